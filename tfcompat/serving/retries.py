"""Trying a call again while it makes sense and there is time."""

import itertools
import random
import time

import grpc

from tfcompat.serving.client_errors import (
    ClientError,
    DeadlineExceeded,
    ServerBusy,
    ServerUnavailable,
)


class Retries:
    """Repeats calls that a server did not take, waiting longer each time.

    Before the nth repetition it waits between half and all of `first_wait *
    2**(n - 1)` seconds, at random, so that clients that lost their server
    together do not come back together. A wait that would not end before the
    deadline is not begun: the error is raised at once.

    Args:
        most: How often a call is repeated at most.
        first_wait: Seconds.
        longest_wait: Seconds that no wait exceeds.
        when_busy: Also repeat what the server refused because it had too much
            to do. Off by default: that is how load becomes overload.
        clock: Function that tells the time in seconds.
        sleep: Function that waits so many seconds.
        jitter: Function that draws from [0, 1).

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(
        self,
        most=3,
        *,
        first_wait=0.1,
        longest_wait=2.0,
        when_busy=False,
        clock=time.monotonic,
        sleep=time.sleep,
        jitter=random.random,
    ):
        if most < 0:
            raise ValueError(f"`most` must not be negative, got {most}.")
        if not 0 < first_wait <= longest_wait:
            raise ValueError(
                "`first_wait` must be positive and at most `longest_wait` "
                f"({longest_wait}), got {first_wait}."
            )
        self.most = most
        self.first_wait = first_wait
        self.longest_wait = longest_wait
        self.when_busy = when_busy
        self.clock = clock
        self.sleep = sleep
        self.jitter = jitter
        self._worthwhile = (
            (ServerUnavailable, ServerBusy) if when_busy else ServerUnavailable
        )

    def deadline(self, timeout: float) -> float:
        """When, on this clock, a call begun now must be done.

        Raises:
            ValueError: If `timeout` is not positive.
        """
        if not timeout > 0:
            raise ValueError(f"`timeout` must be positive, got {timeout}.")
        return self.clock() + timeout

    def call(self, attempt, deadline: float):
        """Returns what `attempt` returns, once it does.

        Args:
            attempt: Function of the seconds left; raises `ClientError`.
            deadline: From `deadline`.

        Raises:
            ClientError: The last attempt's error.
        """
        for repetition in itertools.count():
            left = deadline - self.clock()
            if left <= 0:
                raise DeadlineExceeded(
                    grpc.StatusCode.DEADLINE_EXCEEDED,
                    "The time given was over before the call was sent",
                )
            try:
                return attempt(left)
            except ClientError as error:
                wait = self._wait(repetition)
                if (
                    not isinstance(error, self._worthwhile)
                    or repetition == self.most
                    or self.clock() + wait >= deadline
                ):
                    raise
            self.sleep(wait)

    def _wait(self, repetition):
        longest = min(self.first_wait * 2.0**repetition, self.longest_wait)
        return longest * (1 + self.jitter()) / 2
