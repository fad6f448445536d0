import subprocess
import sys

import grpc
import pytest
import tensorflow as tf

from tfcompat.serving.errors import ServingError, from_tensorflow


class TestFromTensorFlow:
    @pytest.mark.parametrize(
        "kind, code",
        [
            (tf.errors.InvalidArgumentError, grpc.StatusCode.INVALID_ARGUMENT),
            (
                tf.errors.DeadlineExceededError,
                grpc.StatusCode.DEADLINE_EXCEEDED,
            ),
            (tf.errors.NotFoundError, grpc.StatusCode.NOT_FOUND),
            (tf.errors.DataLossError, grpc.StatusCode.DATA_LOSS),
            (tf.errors.UnimplementedError, grpc.StatusCode.UNIMPLEMENTED),
        ],
    )
    def test_code_is_the_same(self, kind, code):
        error = from_tensorflow(kind(None, None, "what it says"))
        assert (error.code, error.message) == (code, "what it says")

    def test_a_number_nobody_knows_is_unknown(self):
        error = from_tensorflow(tf.errors.OpError(None, None, "odd", 77))
        assert error.code is grpc.StatusCode.UNKNOWN


class TestServingError:
    def test_describes_itself_as_tensorflow_serving_does(self):
        error = ServingError(grpc.StatusCode.NOT_FOUND, "No model.")
        assert error.describe() == "NOT_FOUND: No model."
        assert str(error) == "No model."

    def test_the_module_needs_no_tensorflow(self):
        code = (
            "import sys; import tfcompat.serving.errors; "
            "sys.exit('tensorflow' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code]).returncode == 0
