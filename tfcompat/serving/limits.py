"""How much the embedded server takes on before it says no."""

import contextlib
import dataclasses
import threading

import grpc

from tfcompat.serving.errors import ServingError

_MESSAGE_BYTES = 1024  # Where TensorFlow Serving cuts its messages.


@dataclasses.dataclass(frozen=True)
class Limits:
    """Options of the embedded server that bound its memory.

    Args:
        max_message_bytes: Size of the largest request; also the most that one
            tensor of a request may grow to when its shape asks for more
            values than were sent.
        max_concurrent: Inference calls at work or queued at once, over gRPC
            and REST together; one more is refused at once.

    Raises:
        ValueError: If a limit is not positive.
    """

    max_message_bytes: int = 256 * 2**20
    max_concurrent: int = 256

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value < 1:
                raise ValueError(
                    f"`{field.name}` must be positive, got {value}."
                )


class CallLimit:
    """Counts the calls at work and refuses those beyond `max_concurrent`.

    Args:
        max_concurrent: Calls let in at once.
    """

    def __init__(self, max_concurrent):
        self.max_concurrent = max_concurrent
        self.active = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def admit(self):
        """Holds one place.

        Raises:
            ServingError: RESOURCE_EXHAUSTED, if all places are taken.
        """
        with self._lock:
            if self.active >= self.max_concurrent:
                raise ServingError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    f"Too many calls at once: the server takes "
                    f"{self.max_concurrent}; try again later",
                )
            self.active += 1
        try:
            yield
        finally:
            with self._lock:
                self.active -= 1


def cut_message(message):
    """Shortens an error message as TensorFlow Serving does.

    At most 1,024 bytes of UTF-8 and `...TRUNCATED`; clients refuse trailers
    that are much longer. A character that the cut would halve is left out.
    """
    encoded = message.encode("utf-8", "replace")
    if len(encoded) <= _MESSAGE_BYTES:
        return encoded.decode("utf-8")
    start = encoded[:_MESSAGE_BYTES].decode("utf-8", "ignore")
    return start + "...TRUNCATED"
