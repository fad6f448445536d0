"""What can go wrong when the client asks a server."""

import re

import grpc

# What servers write where a row of a batch is at fault; not "rows 3" of a
# count, nor a part of a longer word.
_ROW = re.compile(r"\b([Rr]ow) (\d+)\b")
# What TensorFlow puts around a message: the kind of op, and which node it was.
_ASSERTION = re.compile(r"assertion failed: \[(.*)\]", re.DOTALL)
_NODE = re.compile(r"\s*\[\[\{\{.*", re.DOTALL)


class ClientError(Exception):
    """A call that the server, or the way to it, did not answer.

    Args:
        code: `grpc.StatusCode`.
        message: What the server said.

    Attributes:
        code: As the argument.
        message: As the argument.
    """

    def __init__(self, code: grpc.StatusCode, message: str):
        super().__init__(code, message)
        self.code = code
        self.message = message

    @property
    def reason(self):
        """The message less TensorFlow's notes on its graph, in one line."""
        reason = _ASSERTION.sub(r"\1", _NODE.sub("", self.message))
        return " ".join(reason.split())

    def __str__(self):
        return f"{self.reason} ({self.code.name})"


class ServerUnavailable(ClientError):
    """Nobody answers at the address, or the server is going down."""


class ServerBusy(ClientError):
    """The server has too much to do and refused the call."""


class DeadlineExceeded(ClientError):
    """No answer in the time given."""


class ModelNotFound(ClientError):
    """The server serves no such model, or not this version of it."""


class AccessDenied(ClientError):
    """The server does not let this client in."""


class ServerFailed(ClientError):
    """An error within the server, or an answer that cannot be understood."""


class BadRequest(ClientError):
    """The server understood, and says what is wrong with the question.

    Rows are counted as in the caller's lists, whatever the chunks were.
    """

    @property
    def row(self) -> int | None:
        """The first row that the message names, from 0; None if none."""
        found = _ROW.search(self.message)
        return int(found[2]) if found else None

    def moved(self, rows: int):
        """The same for a chunk that starts `rows` rows further down."""
        message = _ROW.sub(
            lambda found: f"{found[1]} {int(found[2]) + rows}",
            self.message,
            count=1,  # What follows may be an id that reads like one.
        )
        return type(self)(self.code, message)


_CLASSES = {
    grpc.StatusCode.UNAVAILABLE: ServerUnavailable,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ServerBusy,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.NOT_FOUND: ModelNotFound,
    grpc.StatusCode.PERMISSION_DENIED: AccessDenied,
    grpc.StatusCode.UNAUTHENTICATED: AccessDenied,
    grpc.StatusCode.INVALID_ARGUMENT: BadRequest,
    grpc.StatusCode.OUT_OF_RANGE: BadRequest,
    # An unknown signature, among others.
    grpc.StatusCode.FAILED_PRECONDITION: BadRequest,
}


def from_rpc_error(error: grpc.RpcError) -> ClientError:
    """Makes the `ClientError` of what grpc raised."""
    code = error.code()
    return _CLASSES.get(code, ServerFailed)(code, error.details() or "")
