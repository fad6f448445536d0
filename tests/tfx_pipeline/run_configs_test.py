import dataclasses

import pytest

from tfcompat.data.errors import InputError
from tfcompat.training.compatibility_config import GECoConfig
from tfcompat.training.designer_config import DesignerConfig
from tfcompat.training.partial_dual import PartialDualConfig
from tfcompat.training.stynet import StyNetConfig
from tfx_pipeline.config import PipelineConfig
from tfx_pipeline.run_configs import choose_run_configs

DEFAULTS = PipelineConfig(
    name="x",
    wardrobe="w",
    pipeline_root="r",
    metadata_path="m",
    serving_dir="s",
    schema="c",
)


def choose(**changes):
    return choose_run_configs(dataclasses.replace(DEFAULTS, **changes))


class TestStages:
    def test_psa_net_takes_its_customers_from_stage_one(self):
        chosen = choose()
        assert isinstance(chosen.stage_one, PartialDualConfig)
        assert chosen.stage_two.customers == "partial_dual"
        chosen = choose(stage_one="stynet")
        assert type(chosen.stage_one) is StyNetConfig
        assert chosen.stage_two.customers == "stynet"

    @pytest.mark.parametrize(
        "name", ["joint", "psa-net-learned", "psa-net-nonpersonal"]
    )
    def test_stage_one_is_left_out_where_nobody_asks_for_it(self, name):
        assert choose(stage_two=name).stage_one is None

    def test_settings_and_seed_reach_their_stages(self):
        chosen = choose(
            seed=5,
            encoder_settings=("epochs=2",),
            stage_one_settings=["rank=4"],
            stage_two_settings=("margin=0.5", "seed=9"),
        )
        assert (chosen.encoder.epochs, chosen.encoder.seed) == (2, 5)
        assert (chosen.stage_one.rank, chosen.stage_one.seed) == (4, 5)
        assert (chosen.stage_two.margin, chosen.stage_two.seed) == (0.5, 9)

    def test_models_beside_stage_two_have_their_own_settings(self):
        chosen = choose(
            seed=3,
            also_train=[
                "designer-small epochs=2",
                "pix2pix-small",
                "geco",
                "adde-m",
                "csa-net",
                "medal-small",
            ],
        )
        designer, baseline, geco, adde, csa_net, medal = chosen.beside
        assert designer.name == "designer-small"
        assert isinstance(designer.config, DesignerConfig)
        assert (designer.config.epochs, designer.config.seed) == (2, 3)
        assert designer.module is baseline.module is not geco.module
        assert isinstance(geco.config, GECoConfig)
        assert adde.module.EXAMPLE_SETS == ("items",)
        assert csa_net.module is medal.module
        assert medal.module.EXAMPLE_SETS == ("items", "outfits")
        assert baseline.config.seed == 3


class TestRefused:
    @pytest.mark.parametrize(
        "changes, words",
        [
            ({"stage_two": "psa"}, "neither a Python file nor one of"),
            ({"stage_two": "stynet"}, "learns from pair votes; stynet is a"),
            ({"stage_two": "psa-net-stynet"}, "but stage_one is partial-dual"),
            ({"stage_two": "psa-net-stylists"}, "learns from stylists"),
            (
                {"stage_two_settings": ("margins=1",)},
                "stage_two_settings: .* has no margins",
            ),
            (
                {"encoder_settings": ("epochs=many",)},
                "encoder_settings: .* must be int",
            ),
            (
                {"stage_two_settings": ("encoder=/x",)},
                "encoder=/x is for the pipeline to settle",
            ),
            ({"also_train": ["stynet"]}, "stynet is a StyNetConfig, which no"),
            (
                {"also_train": ["designer epochs=many"]},
                "also_train: .* must be int",
            ),
            ({"also_train": ["designer 'x"]}, "No closing quotation"),
            (
                {"also_train": ["designer", "designer epochs=2"]},
                "names designer more than once",
            ),
        ],
    )
    def test_with_the_field_and_the_reason(self, changes, words):
        with pytest.raises(InputError, match=words):
            choose(**changes)
