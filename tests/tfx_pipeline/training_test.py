import pytest

from tests.tfx_pipeline.conftest import SCHEMA
from tfx_pipeline.config import PipelineConfig
from tfx_pipeline.pipeline import assemble, make_example_sets
from tfx_pipeline.training import make_trainers


@pytest.fixture
def wire(tmp_path):
    """Function that wires a pipeline as far as training."""

    def wire(**changes):
        config = PipelineConfig(
            name="wired",
            wardrobe=str(tmp_path),
            pipeline_root=str(tmp_path / "root"),
            metadata_path=str(tmp_path / "metadata.sqlite"),
            serving_dir=str(tmp_path / "models"),
            schema=str(SCHEMA),
            **changes,
        )
        sets = make_example_sets(config)
        trainers = make_trainers(config, sets)
        components = [
            part for made in sets.values() for part in made.components
        ]
        assemble(config, components + trainers.components)
        return trainers

    return wire


def inputs(component):
    """Dict from input to the component that it comes from."""
    return {
        name: channel.producer_component_id
        for name, channel in component.inputs.items()
    }


class TestMakeTrainers:
    def test_encoder_depends_on_items_alone(self, wire):
        assert inputs(wire().encoder) == {
            "items": "Transform_items",
            "items_graph": "Transform_items",
        }

    def test_stage_one_does_not_depend_on_pair_votes(self, wire):
        assert inputs(wire().stage_one) == {
            "items": "Transform_items",
            "items_graph": "Transform_items",
            "item_votes": "Transform_item_votes",
            "item_votes_graph": "Transform_item_votes",
            "encoder": "Trainer_encoder",
        }

    def test_stage_two_builds_on_both(self, wire):
        trainers = wire()
        found = inputs(trainers.stage_two)
        assert found["stage_one"] == "Trainer_stage_one"
        assert found["encoder"] == "Trainer_encoder"
        assert found["pair_votes_graph"] == "Transform_pair_votes"
        assert "hyperparameters" not in found
        assert "base_model" not in found
        assert len(trainers.components) == 3

    def test_stage_one_is_left_out_where_nobody_asks_for_it(self, wire):
        trainers = wire(stage_two="joint")
        assert trainers.stage_one is None
        assert len(trainers.components) == 2
        assert "stage_one" not in inputs(trainers.stage_two)

    def test_designer_stands_beside_stage_two(self, wire):
        trainers = wire(also_train=("designer-small epochs=1",))
        [designer] = trainers.beside
        assert trainers.components[-1] is designer
        assert designer.id == "Trainer_designer_small"
        assert inputs(designer) == {
            "items": "Transform_items",
            "items_graph": "Transform_items",
            "pair_votes": "Transform_pair_votes",
            "pair_votes_graph": "Transform_pair_votes",
            "encoder": "Trainer_encoder",
        }
        assert set(designer.outputs) == {"model_run"}

    def test_outfits_are_read_where_a_model_learns_from_them(self, wire):
        [medal] = wire(also_train=("medal-small",)).beside
        assert inputs(medal) == {
            "items": "Transform_items",
            "items_graph": "Transform_items",
            "outfits": "Transform_outfits",
            "outfits_graph": "Transform_outfits",
            "encoder": "Trainer_encoder",
        }

    def test_tuner_and_resolver_by_option(self, wire):
        trainers = wire(tune=True, tuner_trials=3, warm_start=True)
        assert [part.id for part in trainers.components] == [
            "Trainer_encoder",
            "Trainer_stage_one",
            "Resolver_base_model",
            "Tuner",
            "Trainer_stage_two",
        ]
        found = inputs(trainers.stage_two)
        assert found["hyperparameters"] == "Tuner"
        assert found["base_model"] == "Resolver_base_model"
        assert trainers.tuner.exec_properties["trials"] == 3

    def test_what_is_not_trained_by_changes_nothing(self, wire):
        # TFX takes a component from its cache when its properties agree.
        first, second = wire(), wire(stage_two_settings=("margin=0.5",))
        for name, same in (("encoder", True), ("stage_two", False)):
            properties = [
                getattr(trainers, name).exec_properties["config"]
                for trainers in (first, second)
            ]
            assert (properties[0] == properties[1]) == same
