"""Time and memory, so that figures of one run can be compared."""

import contextlib
import gc
import pathlib
import resource
import time


def interleave(calls, rounds=5, seconds=None, warm_up=True, collect=False):
    """Times several ways of doing the same, in turns.

    What else the machine does then slows all of them alike.

    Args:
        calls: Dict from name to a function without arguments.
        rounds: How often each is timed.
        seconds: Stop after this long, but not before the second round.
        warm_up: Whether to call each once before the clock runs.
        collect: Whether to free, before each, the memory of those before it.

    Returns:
        Dict from name to its shortest time in seconds.
    """
    for call in calls.values() if warm_up else ():
        call()
    times = {name: [] for name in calls}
    began = time.perf_counter()
    for done in range(rounds):
        if seconds and done > 1 and time.perf_counter() - began > seconds:
            break
        for name, call in calls.items():
            if collect:
                gc.collect()
            times[name].append(timed(call))
    return {name: min(found) for name, found in times.items()}


def timed(call):
    """Seconds that a function without arguments takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


class Peak:
    """Most memory that this process held inside a `with` block.

    Attributes:
        megabytes: Known when the block has ended. Where the kernel cannot
            forget an earlier peak, that of the process's whole life.
    """

    megabytes = None

    def __enter__(self):
        gc.collect()
        with contextlib.suppress(OSError):
            pathlib.Path("/proc/self/clear_refs").write_text("5")
        return self

    def __exit__(self, *_):
        self.megabytes = peak_megabytes()


def peak_megabytes():
    """Most memory that this process held since the last `Peak` began."""
    return _peak_kilobytes() / 1024


def _peak_kilobytes():
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
