"""Waiting for a model to be served."""

import grpc

from tfcompat.serving.client_errors import (
    DeadlineExceeded,
    ModelNotFound,
    ServerUnavailable,
)

_POLL_SECONDS = 0.2


def wait_until_available(ask, model, timeout, retries):
    """Returns once a version is AVAILABLE.

    A server that does not answer yet, or does not know the model yet, is
    waited for like one that loads it.

    Args:
        ask: Function of the seconds left that returns a list of
            `VersionStatus` or raises `ClientError`.
        model: Name of the model, for the message.
        timeout: Seconds to wait.
        retries: `Retries`, for its clock.

    Raises:
        ClientError: If the server refuses to say.
        DeadlineExceeded: If none is available by then; the message says what
            was the matter last.
        ValueError: If `timeout` is not positive.
    """
    deadline = retries.deadline(timeout)
    while True:
        try:
            statuses = ask(deadline - retries.clock())
        except (ServerUnavailable, ModelNotFound, DeadlineExceeded) as error:
            reason = str(error)
        else:
            if any(status.state == "AVAILABLE" for status in statuses):
                return
            reason = _describe(statuses)
        if retries.clock() + _POLL_SECONDS >= deadline:
            raise DeadlineExceeded(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"{model} was not ready after {timeout:g} s: {reason}",
            )
        retries.sleep(_POLL_SECONDS)


def _describe(statuses):
    return ", ".join(
        f"version {status.version} is {status.state}"
        + (f" ({status.error})" if status.error else "")
        for status in statuses
    )
