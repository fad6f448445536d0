import pathlib
import re
import subprocess
import sys

import pytest

import tfcompat

README = pathlib.Path(__file__).parents[1] / "README.md"


class TestPublicAPI:
    @pytest.mark.parametrize("name", tfcompat.__all__)
    def test_every_public_name_is_there(self, name):
        assert getattr(tfcompat, name) is not None

    def test_another_name_is_refused(self):
        with pytest.raises(AttributeError, match="Nothing"):
            tfcompat.Nothing  # noqa: B018

    def test_readme_names_all_of_it(self):
        text = README.read_text(encoding="utf-8")
        missing = [
            name
            for name in tfcompat.__all__
            if not re.search(rf"`{name}`", text) and name != "__version__"
        ]
        assert not missing


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )


class TestOneKeras:
    def test_import_chooses_keras_2_and_loads_no_tensorflow(self):
        result = run_python(
            "import sys, tfcompat\n"
            "assert 'tensorflow' not in sys.modules\n"
            "import tensorflow as tf\n"
            "assert 'tf_keras' in tf.keras.layers.Dense.__module__\n"
        )
        assert result.returncode == 0, result.stderr

    def test_keras_3_chosen_before_is_an_error_that_says_what_to_do(
        self, monkeypatch
    ):
        monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
        result = run_python(
            "import tensorflow as tf\ntf.keras.layers.Dense\nimport tfcompat"
        )
        assert result.returncode == 1
        last = result.stderr.strip().splitlines()[-1]
        assert last.startswith("ImportError: tfcompat needs Keras 2")
        assert "Import tfcompat before tensorflow" in last
