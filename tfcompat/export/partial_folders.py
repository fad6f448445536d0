"""Folders that are still being written, and those nobody writes any more."""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import socket
import uuid

# Dot-names are no versions: no server looks into them.
_NAME = re.compile(
    r"\.(?P<host>.+)-(?P<process>\d+)-(?P<started>\d+)-[0-9a-f]{8}\.partial"
)
_PROCESSES = pathlib.Path("/proc")


@contextlib.contextmanager
def partial_folder(folder):
    """Yields a new folder in `folder`; it is gone when the block ends.

    Rename it to keep it. Its name says which process of which host it belongs
    to, and a lock says that the process is alive, also to processes in other
    containers, which cannot see this one.

    Args:
        folder: `pathlib.Path` of an existing folder.

    Yields:
        `pathlib.Path`.

    Raises:
        OSError: If it cannot be made.
    """
    process = os.getpid()
    partial = folder / (
        f".{socket.gethostname()}-{process}-{_start_of(process)}-"
        f"{uuid.uuid4().hex[:8]}.partial"
    )
    try:
        partial.mkdir()
        with _locked(partial):
            yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def remove_leftovers(folder):
    """Removes partial folders whose process on this host has ended.

    Those of other hosts stay: whether their process lives cannot be known.

    Args:
        folder: `pathlib.Path` of an existing folder.
    """
    for path in folder.iterdir():
        match = _NAME.fullmatch(path.name)
        if match is None or match["host"] != socket.gethostname():
            continue
        if _start_of(int(match["process"])) == int(match["started"]):
            continue
        # Gone meanwhile, or locked by a process of another container.
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            with _locked(path):
                shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder):
    """Holds the lock of a folder; the kernel frees it if the process dies."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            pass  # Some network file systems have no locks.
        yield
    finally:
        os.close(descriptor)


def _start_of(process):
    """When a process started, as the kernel counts; None if it has ended.

    Ids of processes are used again, in containers after each restart.
    """
    if not _PROCESSES.exists():  # No Linux.
        return 0 if _is_running(process) else None
    try:
        state = (_PROCESSES / str(process) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the command, which may hold blanks and brackets.
    fields = state.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
