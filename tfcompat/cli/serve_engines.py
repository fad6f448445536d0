"""The two servers behind `tfcompat serve`."""

import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import time

from tensorflow_serving.apis.get_model_status_pb2 import ModelVersionStatus

from tfcompat.data.errors import InputError
from tfcompat.serving.batching_parameters import BatchingParameters
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.serving.limits import Limits
from tfcompat.serving.tensorflow_model_server import (
    BINARY,
    TensorFlowModelServer,
    find_binary,
)

_GRACE_SECONDS = 30.0
# What TensorFlow Serving has no option for.
_EMBEDDED_ONLY = ("max_message_mb", "max_concurrent", "grace_seconds")


def serve(args, source, tls):
    """Runs one of them until SIGTERM or SIGINT.

    Args:
        args: The command's arguments.
        source: Path of a folder of models or of a `models.config`.
        tls: `TLSFiles` or None.

    Raises:
        InputError: If folder, files, ports or numbers are unusable.
    """
    if _takes_tensorflow_serving(args):
        _run_tensorflow_serving(args, source, tls)
    else:
        _run_embedded(args, source, tls)


def _takes_tensorflow_serving(args):
    if args.engine == "embedded":
        return False
    if args.engine == "auto" and find_binary() is None:
        return False
    only_ours = [
        f"--{name.replace('_', '-')}"
        for name in _EMBEDDED_ONLY
        if getattr(args, name) is not None
    ]
    if args.address not in (None, "0.0.0.0"):
        only_ours.append("--address")
    if 0 in (args.port, args.rest_port):
        only_ours.append("port 0")
    if not only_ours:
        return True
    if args.engine == "auto":
        _say(f"{only_ours[0]} is asked for: the embedded server, not {BINARY}")
        return False
    raise InputError(f"{BINARY} cannot do {only_ours[0]}.")


def _run_tensorflow_serving(args, source, tls):
    status = TensorFlowModelServer(
        source,
        port=args.port,
        rest_port=args.rest_port,
        poll_seconds=args.poll_seconds,
        tls=tls,
        batching_parameters=args.batching_parameters,
    ).run()
    if status not in (0, 128 + signal.SIGTERM, 128 + signal.SIGINT):
        raise InputError(
            f"{BINARY} ended with exit status {status}; what it wrote above "
            "says why."
        )


def _run_embedded(args, source, tls):
    server = _make_embedded_server(args, source, tls)
    # `_announce` says the same.
    keeper = logging.getLogger("tfcompat.serving.model_keeper")
    keeper.setLevel(logging.DEBUG if args.debug else logging.WARNING)
    try:
        with _stopping_on_signals():
            server.start()
            if not server.manager.names():
                _say(f"{source}: no models yet, waiting for them")
            scheme = "http" if tls is None else "https"
            _say(
                f"serving gRPC on {server.host}:{server.port}, REST on "
                f"{scheme}://{server.host}:{server.rest_port}"
            )
            # A wait without end would miss a signal that another thread got.
            while True:
                time.sleep(0.5)
    except _StoppedError:
        _say("stopping")
    finally:
        grace = args.grace_seconds
        done = server.stop(_GRACE_SECONDS if grace is None else grace)
    if not done:
        _say("stopped; calls that took longer were cut off")
        # Python would wait for the threads that are still at work in them.
        sys.stdout.flush()
        os._exit(0)
    # Spares the exit a last look through all of TensorFlow: seconds, with
    # nothing to find.
    gc.freeze()


def _make_embedded_server(args, source, tls):
    limits = {}
    if args.max_message_mb is not None:
        limits["max_message_bytes"] = args.max_message_mb * 2**20
    if args.max_concurrent is not None:
        limits["max_concurrent"] = args.max_concurrent
    try:
        return EmbeddedServer(
            source,
            address=args.address or "127.0.0.1",
            port=args.port,
            rest_port=args.rest_port,
            tls=tls,
            poll_seconds=args.poll_seconds,
            batching=_batching_parameters(args.batching_parameters),
            limits=Limits(**limits),
            listeners=[_announce],
        )
    except ValueError as error:  # A number out of range.
        raise InputError(str(error)) from error


def _batching_parameters(path):
    if path is None:
        return None
    try:
        return BatchingParameters.read(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from error


def _announce(name, version, state, error):
    """One line for each version that comes or goes."""
    if state == ModelVersionStatus.AVAILABLE:
        _say(f"{name} version {version}: available")
    elif state == ModelVersionStatus.END and error is None:
        _say(f"{name} version {version}: unloaded")


def _say(line):
    """Tells whoever started the server."""
    print(line, file=sys.stderr, flush=True)


class _StoppedError(BaseException):
    """SIGTERM or SIGINT came."""


@contextlib.contextmanager
def _stopping_on_signals():
    """Raises `_StoppedError` for the first signal; a second one ends all."""
    before = {}

    def stop(number, frame):
        restore()
        raise _StoppedError

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        restore()
