"""Waiting for what other threads do, no longer than it takes."""

import time


def wait_until(condition, seconds=120.0):
    """Calls `condition` until it is true; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in {seconds} s"
        time.sleep(0.002)
