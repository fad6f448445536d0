"""Who waits for an answer, and for how long."""

import time

import grpc

from tfcompat.serving.errors import ServingError

_FOR_EVER = 1e8  # Seconds. Who asks for more means that there is no deadline.


class Caller:
    """The deadline of one call, and whether its caller is still there.

    Args:
        timeout: Seconds from now until the deadline; None for never.
        is_active: Function that returns False once the caller has gone; None
            when that cannot be known.
    """

    def __init__(self, timeout=None, is_active=None):
        self.deadline = None
        if timeout is not None and timeout < _FOR_EVER:
            self.deadline = time.monotonic() + timeout
        self._is_active = is_active

    def remaining(self):
        """Seconds until the deadline, not below 0; None if there is none."""
        if self.deadline is None:
            return None
        return max(0.0, self.deadline - time.monotonic())

    def gone(self):
        """Whether nobody waits for the answer."""
        return self._is_active is not None and not self._is_active()

    def check(self):
        """Refuses work that would be in vain.

        Raises:
            ServingError: DEADLINE_EXCEEDED or CANCELLED.
        """
        if self.remaining() == 0:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline exceeded"
            )
        if self.gone():
            raise ServingError(grpc.StatusCode.CANCELLED, "The caller has gone")
