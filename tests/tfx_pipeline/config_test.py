import dataclasses
import json

import pytest

from tfcompat.data.errors import InputError
from tfx_pipeline.config import PipelineConfig, load_config

DEFAULTS = PipelineConfig(
    name="tfcompat",
    wardrobe="/wardrobe",
    pipeline_root="/pipeline",
    metadata_path="/pipeline/metadata.sqlite",
    serving_dir="/models",
    schema="/schema",
)


@pytest.fixture
def configure(monkeypatch, tmp_path):
    """Function from a file's name and text to the settled config."""

    def configure(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("TFCOMPAT_PIPELINE_CONFIG", str(path))
        return load_config(DEFAULTS)

    return configure


class TestSources:
    def test_defaults_stay_without_file_and_environment(self):
        assert load_config(DEFAULTS) == DEFAULTS

    @pytest.mark.parametrize(
        "name, text",
        [
            ("c.yaml", "stage_one: stynet\nbar_customer_roc_auc: 1\n"),
            ("c.json", '{"stage_one": "stynet", "bar_customer_roc_auc": 1}'),
        ],
    )
    def test_file_changes_what_it_names(self, configure, name, text):
        config = configure(name, text)
        assert config == dataclasses.replace(
            DEFAULTS, stage_one="stynet", bar_customer_roc_auc=1.0
        )
        assert isinstance(config.bar_customer_roc_auc, float)

    def test_environment_wins_over_the_file(self, configure, monkeypatch):
        monkeypatch.setenv("TFCOMPAT_PIPELINE_SEED", "2")
        config = configure("c.yaml", "seed: 1\ntuner_trials: 3")
        assert (config.seed, config.tuner_trials) == (2, 3)

    def test_lists_are_words_as_a_shell_splits_them(self, monkeypatch):
        monkeypatch.setenv(
            "TFCOMPAT_PIPELINE_STAGE_TWO_SETTINGS", "epochs=3 'splits=a, b'"
        )
        config = load_config(DEFAULTS)
        assert config.stage_two_settings == ("epochs=3", "splits=a, b")

    @pytest.mark.parametrize(
        "text, expected", [("true", True), ("False", False), ("1", True)]
    )
    def test_flags_by_word_or_digit(self, monkeypatch, text, expected):
        monkeypatch.setenv("TFCOMPAT_PIPELINE_TUNE", text)
        assert load_config(DEFAULTS).tune is expected

    def test_relative_paths_start_from_the_current_folder(
        self, monkeypatch, tmp_path
    ):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TFCOMPAT_PIPELINE_WARDROBE", "mine")
        monkeypatch.setenv("TFCOMPAT_PIPELINE_PIPELINE_ROOT", "gs://bucket/a")
        config = load_config(DEFAULTS)
        assert config.wardrobe == str(tmp_path / "mine")
        assert config.pipeline_root == "gs://bucket/a"


class TestMistakes:
    @pytest.mark.parametrize(
        "text, problem",
        [
            ("epochs: 3", r"c\.yaml: there is no field 'epochs'; .*stage_one"),
            ("seed: many", r"c\.yaml: seed must be a whole number, got 'many'"),
            ("seed: true", "seed must be a whole number, got True"),
            ("seed: 1.5", "seed must be a whole number, got 1.5"),
            ("tune: 1", "tune must be true or false, got 1"),
            ("wardrobe: 7", "wardrobe must be a text, got 7"),
            ("allowed_loss: x", "allowed_loss must be a number, got 'x'"),
            ("beam_args: --a", "beam_args must be a list of texts, got '--a'"),
            ("beam_args: [1]", r"beam_args must be a list of texts, got \[1\]"),
            ("- seed", "is no mapping"),
            ("seed: [", r"c\.yaml: is not YAML: .*line 1"),
        ],
    )
    def test_file_is_named_with_what_is_wrong(self, configure, text, problem):
        with pytest.raises(InputError, match=problem):
            configure("c.yaml", text)

    def test_broken_json_is_named(self, configure):
        with pytest.raises(InputError, match=r"c\.json: is not JSON"):
            configure("c.json", "{")

    def test_missing_file_is_named_with_its_variable(self, monkeypatch):
        monkeypatch.setenv("TFCOMPAT_PIPELINE_CONFIG", "/no/such.yaml")
        with pytest.raises(InputError, match="such.yaml.*PIPELINE_CONFIG"):
            load_config(DEFAULTS)

    def test_unknown_variable_is_named(self, monkeypatch):
        monkeypatch.setenv("TFCOMPAT_PIPELINE_EPOCHS", "3")
        with pytest.raises(InputError, match="TFCOMPAT_PIPELINE_EPOCHS: there"):
            load_config(DEFAULTS)

    @pytest.mark.parametrize(
        "name, text, problem",
        [
            ("SEED", "x", "SEED: seed must be a whole number, got 'x'"),
            ("TUNE", "maybe", "TUNE: tune must be true or false, got 'maybe'"),
            ("BEAM_ARGS", "'a", "BEAM_ARGS: beam_args must be a list"),
        ],
    )
    def test_wrong_variable_is_named(self, monkeypatch, name, text, problem):
        monkeypatch.setenv(f"TFCOMPAT_PIPELINE_{name}", text)
        with pytest.raises(InputError, match=f"TFCOMPAT_PIPELINE_{problem}"):
            load_config(DEFAULTS)

    @pytest.mark.parametrize(
        "changes, problem",
        [
            ({"stage_one": "psa-net"}, "stage_one must be .* got 'psa-net'"),
            ({"bar_customer_roc_auc": 1.1}, "between 0 and 1, got 1.1"),
            ({"allowed_loss": float("nan")}, "between 0 and 1, got nan"),
            ({"tuner_trials": 0}, "tuner_trials must be at least 1, got 0"),
            ({"name": ""}, "name must not be empty"),
        ],
    )
    def test_out_of_range_is_refused(self, changes, problem):
        with pytest.raises(InputError, match=problem):
            dataclasses.replace(DEFAULTS, **changes)


def test_survives_json():
    config = dataclasses.replace(DEFAULTS, encoder_settings=("epochs=1",))
    text = json.dumps(dataclasses.asdict(config))
    assert PipelineConfig(**json.loads(text)) == config
