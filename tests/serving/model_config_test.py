import grpc
import pytest
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tests.serving.saved_models import write_broken
from tfcompat.data.errors import InputError
from tfcompat.serving.errors import ServingError
from tfcompat.serving.model_config import (
    check_model_config,
    make_model_config,
    read_model_config,
    write_model_config,
)

TEXT = """
# Both newest versions.
model_config_list {
  config {
    name: "psa_net"
    base_path: "/models/psa_net"
    model_platform: "tensorflow"
    model_version_policy { latest { num_versions: 2 } }
    version_labels { key: "stable" value: 3 }
    logging_config { sampling_config { sampling_rate: 0.5 } }
  },
  config: { name: 'stynet', base_path: '/models/stynet',
            model_platform: 'tensorflow', model_version_policy: {all: {}} }
}
"""


def parse(text):
    return text_format.Parse(text, ModelServerConfig())


class TestFile:
    def test_text_of_tensorflow_serving_is_read(self, tmp_path):
        path = tmp_path / "models.config"
        path.write_text(TEXT)
        first, second = read_model_config(path).model_config_list.config
        assert first.name == "psa_net"
        assert first.model_version_policy.latest.num_versions == 2
        assert first.version_labels == {"stable": 3}
        assert second.base_path == "/models/stynet"
        assert second.model_version_policy.HasField("all")

    def test_what_is_written_comes_back(self, tmp_path):
        config = parse(TEXT)
        config.model_config_list.config[0].name = "Größe 7"
        write_model_config(config, tmp_path / "models.config")
        assert read_model_config(tmp_path / "models.config") == config
        assert "Größe 7" in (tmp_path / "models.config").read_text("utf-8")

    def test_malformed_line_is_named(self, tmp_path):
        path = tmp_path / "models.config"
        path.write_text("model_config_list {\n  config { nmae: 'x' }\n}")
        with pytest.raises(InputError, match=r"models.config:2:.*nmae"):
            read_model_config(path)

    @pytest.mark.parametrize("text", ["", "custom_model_config {}"])
    def test_other_configs_are_named(self, tmp_path, text):
        path = tmp_path / "models.config"
        path.write_text(text)
        with pytest.raises(InputError, match="has no model_config_list"):
            read_model_config(path)

    def test_missing_file_is_named(self, tmp_path):
        with pytest.raises(InputError, match="none.config: cannot be read"):
            read_model_config(tmp_path / "none.config")


class TestMakeModelConfig:
    def names(self, root):
        config = make_model_config(root)
        check_model_config(config)
        return [model.name for model in config.model_config_list.config]

    def test_folders_with_versions_are_models(self, tmp_path):
        for name in ("b/1", "a/00000123", "empty", "notes/v2", "b/tmp"):
            (tmp_path / name).mkdir(parents=True)
        (tmp_path / "README.md").write_text("")
        config = make_model_config(tmp_path)
        assert self.names(tmp_path) == ["a", "b"]
        first = config.model_config_list.config[0]
        assert first.base_path == str(tmp_path / "a")
        assert not first.HasField("model_version_policy")

    def test_half_written_names_are_never_looked_at(self, tmp_path):
        for name in (".a/1", ".a.12.partial/1", "a.partial/1"):
            (tmp_path / name).mkdir(parents=True)
        assert self.names(tmp_path) == []

    def test_models_own_folder_is_that_model(self, tmp_path):
        write_broken(tmp_path / "two_tower" / "3")
        (tmp_path / "two_tower" / "other" / "1").mkdir(parents=True)
        config = make_model_config(tmp_path / "two_tower")
        [model] = config.model_config_list.config
        assert model.name == "two_tower"
        assert model.base_path == str(tmp_path / "two_tower")

    def test_a_model_may_have_a_number_for_its_name(self, tmp_path):
        (tmp_path / "2024" / "1").mkdir(parents=True)
        assert self.names(tmp_path) == ["2024"]

    def test_relative_root_gives_absolute_paths(self, tmp_path, monkeypatch):
        (tmp_path / "models" / "a" / "1").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "models")
        [model] = make_model_config(".").model_config_list.config
        assert model.base_path == str(tmp_path / "models" / "a")

    def test_missing_root_is_said(self, tmp_path):
        with pytest.raises(InputError, match="none: is no folder to serve"):
            make_model_config(tmp_path / "none")
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match="file: is no folder to serve"):
            make_model_config(tmp_path / "file")


def model(name="m", base_path="/m", model_platform="tensorflow", **others):
    return dict(
        name=name, base_path=base_path, model_platform=model_platform, **others
    )


def config(*models):
    return ModelServerConfig(model_config_list={"config": models})


class TestCheckModelConfig:
    @pytest.mark.parametrize(
        "models, message",
        [
            (
                [model(), model()],
                "Illegal to list model m multiple times in config list",
            ),
            (
                [model(base_path="here/m")],
                "Expected model m to have an absolute path or URI; got "
                "base_path()=here/m",
            ),
            (
                [model(base_path="")],
                "Expected model m to have an absolute path or URI; got "
                "base_path()=",
            ),
            (
                [model(model_platform="")],
                "Illegal setting neither ModelServerConfig::model_type "
                "(deprecated) nor ModelServerConfig::model_platform, model "
                "name is m",
            ),
            (
                [model(model_type=1)],
                "Illegal setting both ModelServerConfig::model_type "
                "(deprecated) and ModelServerConfig::model_platform.",
            ),
            (
                [model(model_platform="", model_type=2)],
                "ModelServerConfig::model_type choice 2 not supported.",
            ),
            (
                [model(model_platform="pytorch")],
                "Model m requests unsupported platform pytorch",
            ),
            ([model(name="")], "Illegal to list a model without a name"),
        ],
    )
    def test_what_is_refused(self, models, message):
        with pytest.raises(ServingError) as info:
            check_model_config(config(*models))
        assert info.value.code is grpc.StatusCode.INVALID_ARGUMENT
        assert info.value.message == message

    def test_uris_are_for_tensorflow_serving(self):
        with pytest.raises(ServingError, match="gs://m; the embedded server"):
            check_model_config(config(model(base_path="gs://m")))

    @pytest.mark.parametrize(
        "other", [ModelServerConfig(), parse("custom_model_config {}")]
    )
    def test_only_lists_are_supported(self, other):
        with pytest.raises(ServingError) as info:
            check_model_config(other)
        assert info.value.message == (
            "ServerModelConfig type not supported by "
            "HandleReloadConfigRequest. Only ModelConfigList is currently "
            "supported"
        )

    def test_platform_of_a_known_model_stays(self):
        current = config(model())
        with pytest.raises(ServingError) as info:
            check_model_config(config(model(model_platform="b")), current)
        assert info.value.message == (
            "Illegal to change a model's platform. For model m platform was "
            "tensorflow and new platform requested is b"
        )
        old_style = model(model_platform="", model_type=1)
        check_model_config(config(old_style), current)

    def test_empty_list_is_a_config(self):
        check_model_config(parse("model_config_list {}"))
