import dataclasses
import json

import pytest

from tfcompat.training.config_files import load_config as load_named
from tfx_pipeline.trainers.arguments import dump_config, load_config


class TestConfigAsText:
    @pytest.mark.parametrize(
        "name",
        ["garment-encoder", "partial-dual", "stynet", "psa-net", "joint"],
    )
    def test_comes_back_as_it_was(self, name):
        config = dataclasses.replace(load_named(name), seed=7)
        assert load_config(dump_config(config)) == config

    def test_tuples_come_back_as_tuples(self):
        config = dataclasses.replace(load_named("psa-net"), splits=("a", "b"))
        assert load_config(dump_config(config)).splits == ("a", "b")

    def test_names_the_module_that_trains_it(self):
        # Settings of the subspace family stand in a module of their own.
        text = json.loads(dump_config(load_named("psa-net")))
        assert text["module"] == "tfcompat.training.subspace_config"
        assert text["trainer"] == "tfcompat.training.subspace_net"

    def test_changes_with_the_version_of_tfcompat(self):
        # TFX would take a model of an older version from its cache.
        assert "tfcompat_version" in json.loads(
            dump_config(load_named("psa-net"))
        )
