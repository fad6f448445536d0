import dataclasses

import pytest

from tfcompat.data.errors import InputError
from tfcompat.training.config_files import (
    apply_settings,
    config_names,
    load_config,
)
from tfcompat.training.execution import train_model
from tfcompat.training.medal_config import MedalConfig
from tfcompat.training.subspace_net import SubspaceConfig


class TestLoadConfig:
    @pytest.mark.parametrize("name", config_names())
    def test_every_config_has_a_trainer(self, name):
        config = load_config(name)
        assert dataclasses.is_dataclass(config)
        assert train_model.dispatch(type(config)) is not train_model.dispatch(
            object
        )

    def test_a_file_of_ones_own(self, tmp_path):
        path = tmp_path / "mine.py"
        path.write_text(
            "from tfcompat.training.subspace_net import SubspaceConfig\n"
            "CONFIG = SubspaceConfig(num_subspaces=7)\n"
        )
        assert load_config(str(path)).num_subspaces == 7

    def test_unknown_names_list_the_known_ones(self):
        with pytest.raises(InputError, match="psa-nett: .*psa-net-k5"):
            load_config("psa-nett")

    def test_a_file_without_a_config_is_named(self, tmp_path):
        path = tmp_path / "empty.py"
        path.write_text("")
        with pytest.raises(InputError, match="empty.py: defines no `CONFIG`"):
            load_config(str(path))

    def test_a_broken_file_is_named(self, tmp_path):
        path = tmp_path / "broken.py"
        path.write_text("CONFIG = 1 / 0")
        with pytest.raises(InputError, match="broken.py: cannot be run"):
            load_config(str(path))


class TestApplySettings:
    def test_values_take_the_type_of_the_field(self):
        config = apply_settings(
            SubspaceConfig(),
            [
                "epochs=3",
                "margin=2",
                "item_terms=true",
                "splits=train,valid",
                "loss=triplet",
            ],
        )
        assert config.epochs == 3
        assert config.margin == 2.0 and isinstance(config.margin, float)
        assert config.item_terms is True
        assert config.splits == ("train", "valid")
        assert config.loss == "triplet"

    def test_parts_of_a_tuple_take_the_type_of_its_first(self):
        config = apply_settings(
            MedalConfig(), ["colour_bins=4,6, 6", "aids=image"]
        )
        assert config.colour_bins == (4, 6, 6)
        assert config.aids == ("image",)
        with pytest.raises(
            InputError, match="colour_bins must be int, separated by commas"
        ):
            apply_settings(MedalConfig(), ["colour_bins=4,six,6"])

    @pytest.mark.parametrize(
        ("setting", "message"),
        [
            ("epoch=3", "SubspaceConfig has no epoch; it has seed"),
            ("epochs", "write it as name=value"),
            ("epochs=many", "epochs must be int, got 'many'"),
            ("epochs=2.5", "epochs must be int, got '2.5'"),
            ("epochs=1e999", "epochs must be int, got '1e999'"),
            ("item_terms=maybe", "item_terms must be bool"),
            ("loss=huber", "loss must be one of contrastive"),
            ("attention=none", "attention must be one of customer"),
        ],
    )
    def test_wrong_settings_are_explained(self, setting, message):
        with pytest.raises(InputError, match=message):
            apply_settings(SubspaceConfig(), [setting])

    def test_item_terms_need_partial_dual(self):
        with pytest.raises(InputError, match="needs customers=partial_dual"):
            SubspaceConfig(item_terms=True, customers="learned")
