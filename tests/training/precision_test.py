import pytest
import tf_keras as keras

from tfcompat.training import precision


class TestChoosePrecision:
    @pytest.mark.parametrize(
        ("flags", "expected"),
        [
            ({"avx512f", "amx_bf16"}, "mixed_bfloat16"),
            ({"avx512f", "avx512_bf16"}, "float32"),
        ],
    )
    def test_a_cpu_needs_amx_for_bfloat16(self, monkeypatch, flags, expected):
        monkeypatch.setattr(precision, "_cpu_flags", lambda: flags)
        monkeypatch.setattr(
            precision.tf.config, "list_physical_devices", lambda kind: []
        )
        assert precision.choose_precision("auto").name == expected

    def test_the_user_decides(self):
        assert precision.choose_precision("float32").name == "float32"

    def test_unknown_names_are_refused(self):
        with pytest.raises(ValueError, match="got 'float8'"):
            precision.choose_precision("float8")


class TestComputingIn:
    def test_layers_of_the_block_alone(self):
        with precision.computing_in("mixed_bfloat16"):
            assert keras.layers.Dense(1).compute_dtype == "bfloat16"
        assert keras.layers.Dense(1).compute_dtype == "float32"

    def test_ends_after_an_error(self):
        with (
            pytest.raises(RuntimeError),
            precision.computing_in("mixed_bfloat16"),
        ):
            raise RuntimeError
        assert keras.mixed_precision.global_policy().name == "float32"
