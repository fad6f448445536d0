"""Wires what trains: garment encoder, stage 1, tuner, stage 2."""

import dataclasses
import os

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)
from tfx.types.channel import Channel
from tfx.types.standard_artifacts import Model, ModelBlessing

from tfx_pipeline.run_configs import choose_run_configs
from tfx_pipeline.stage_trainer import StageTrainer
from tfx_pipeline.stage_tuner import StageTuner
from tfx_pipeline.trainers.arguments import dump_config


@dataclasses.dataclass(frozen=True)
class Trainers:
    """The components that train; those that a config has no use for are None.

    Attributes:
        encoder: Garment encoder.
        stage_one: What customers think of single items.
        base_model: Resolver of the model to start from.
        tuner: Search for stage 2's settings.
        stage_two: What goes together; its `model` is what is evaluated.
        beside: Tuple of components of models beside it.
    """

    encoder: BaseComponent
    stage_one: BaseComponent | None
    base_model: BaseComponent | None
    tuner: BaseComponent | None
    stage_two: BaseComponent
    beside: tuple

    @property
    def components(self):
        """List of those that there are, in order."""
        *parts, beside = (
            getattr(self, f.name) for f in dataclasses.fields(self)
        )
        return [part for part in (*parts, *beside) if part is not None]


def make_trainers(config, sets):
    """Makes the components that train.

    Args:
        config: `tfx_pipeline.config.PipelineConfig`.
        sets: What `tfx_pipeline.pipeline.make_example_sets` made.

    Returns:
        `Trainers`.

    Raises:
        InputError: If a run config is not there or takes no such setting.
    """
    chosen = choose_run_configs(config)
    places = {
        "work": os.path.join(config.pipeline_root, "unfinished"),
        "wardrobe": config.wardrobe,
    }
    items = _examples(sets, "items")
    votes = {**items, **_examples(sets, "item_votes")}
    encoder = StageTrainer(
        stage="encoder",
        run_fn="tfx_pipeline.trainers.garment_encoder.run_fn",
        config=dump_config(chosen.encoder),
        **places,
        exports=False,
        **items,
    ).with_id("Trainer_encoder")
    runs = {"encoder": encoder.outputs["model_run"]}
    stage_one = base_model = tuner = None
    if chosen.stage_one is not None:
        stage_one = StageTrainer(
            stage="stage_one",
            run_fn="tfx_pipeline.trainers.stage_one.run_fn",
            config=dump_config(chosen.stage_one),
            **places,
            **votes,
            **runs,
        ).with_id("Trainer_stage_one")
        runs["stage_one"] = stage_one.outputs["model_run"]
    inputs = {**votes, **_examples(sets, "pair_votes"), **runs}
    helped = {}
    if config.tune:
        tuner = StageTuner(
            stage="tuner",
            config=dump_config(chosen.stage_two),
            **places,
            trials=config.tuner_trials,
            **inputs,
        ).with_id("Tuner")
        helped["hyperparameters"] = tuner.outputs["best_hyperparameters"]
    if config.warm_start:
        base_model = Resolver(
            # Finds nothing, and says so quietly, when nothing is blessed yet.
            strategy_class=LatestBlessedModelStrategy,
            model=Channel(type=Model),
            model_blessing=Channel(type=ModelBlessing),
        ).with_id("Resolver_base_model")
        helped["base_model"] = base_model.outputs["model"]
    stage_two = StageTrainer(
        stage="stage_two",
        run_fn="tfx_pipeline.trainers.stage_two.run_fn",
        config=dump_config(chosen.stage_two),
        **places,
        index=config.index,
        **inputs,
        **helped,
    ).with_id("Trainer_stage_two")
    beside = tuple(
        _make_beside(chosen_beside, sets, encoder, places)
        for chosen_beside in chosen.beside
    )
    return Trainers(encoder, stage_one, base_model, tuner, stage_two, beside)


def _make_beside(chosen, sets, encoder, places):
    inputs = {}
    for name in chosen.module.EXAMPLE_SETS:
        inputs |= _examples(sets, name)
    stage = chosen.name.replace("-", "_")
    return StageTrainer(
        stage=stage,
        run_fn=f"{chosen.module.__name__}.run_fn",
        config=dump_config(chosen.config),
        **places,
        exports=False,
        encoder=encoder.outputs["model_run"],
        **inputs,
    ).with_id(f"Trainer_{stage}")


def _examples(sets, name):
    outputs = sets[name].transform.outputs
    return {
        name: outputs["transformed_examples"],
        f"{name}_graph": outputs["transform_graph"],
    }
