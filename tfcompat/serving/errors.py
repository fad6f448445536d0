"""The error of a served request, with the status that a client receives."""

import grpc

# gRPC took over TensorFlow's numbers, so one table serves both.
_STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}


class ServingError(Exception):
    """A request, a config or a load that is refused or has failed.

    Args:
        code: `grpc.StatusCode` that the client receives.
        message: What is wrong, as TensorFlow Serving puts it where that
            server has words for it; whole, to be cut when it is sent.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message

    def describe(self):
        """Returns `NAME: message`, as TensorFlow Serving quotes an error."""
        return f"{self.code.name}: {self.message}"


def from_tensorflow(error):
    """Returns the `ServingError` of an error raised by TensorFlow's runtime.

    Args:
        error: `tf.errors.OpError`. Only its number and message are read, so
            that this module does not load TensorFlow.
    """
    code = _STATUS_CODES.get(error.error_code, grpc.StatusCode.UNKNOWN)
    return ServingError(code, error.message or code.name)
