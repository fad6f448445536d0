"""Waiting for what other threads do, no longer than it takes."""

import time


def wait_until(condition, seconds=120.0):
    """Calls `condition` until it is true; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in {seconds} s"
        time.sleep(0.002)


def is_idle(seconds=0.1):
    """Whether this process takes (next to) no CPU for so long.

    Asked again and again it is, sooner or later, unless a thread is at work.
    """
    start = time.process_time()
    time.sleep(seconds)
    return time.process_time() - start < seconds / 3
