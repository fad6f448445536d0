"""Starts real TensorFlow Serving where it is installed.

The binary, `tensorflow_model_server`, could not be had where this was written.
Its flags were read from the source of 2.16.1 and the starting, watching and
stopping tried with a stand-in; nothing here has run against the real one.
"""

import contextlib
import ctypes
import dataclasses
import logging
import math
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

from google.protobuf.text_encoding import CEscape

from tfcompat.data.errors import InputError
from tfcompat.serving.batching_parameters import BatchingParameters
from tfcompat.serving.config_source import ConfigSource
from tfcompat.serving.model_config import write_model_config
from tfcompat.serving.tls import TLSFiles

logger = logging.getLogger(__name__)

BINARY = "tensorflow_model_server"
_MONITORING = """prometheus_config {
  enable: true
  path: "/monitoring/prometheus/metrics"
}
"""
_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # Linux's <sys/prctl.h>.


def find_binary():
    """Returns the path of `tensorflow_model_server`; None if not on PATH."""
    return shutil.which(BINARY)


@dataclasses.dataclass(frozen=True)
class TensorFlowModelServer:
    """A TensorFlow Serving process, run in the foreground.

    Args:
        source: Path of a root folder of models, or of a `models.config`. What
            is in it is kept up to date while the server runs.
        port: Of gRPC.
        rest_port: Of REST and of Prometheus's metrics; None for neither.
        address: None or "0.0.0.0", for TensorFlow Serving listens on every
            interface and has no option for it.
        poll_seconds: Time between two looks at files and folders, rounded up
            to whole seconds; 0 looks once.
        tls: `TLSFiles`, or None. TensorFlow Serving's REST has no TLS: with
            it REST is switched off.
        batching: Whether models that bring `batching_params.pbtxt` are
            batched.
        batching_parameters: Path of a file of `BatchingParameters` for all
            models, instead of their own.
    """

    source: pathlib.Path | str
    port: int = 8500
    rest_port: int | None = 8501
    address: str | None = None
    poll_seconds: float = 1.0
    tls: TLSFiles | None = None
    batching: bool = True
    batching_parameters: pathlib.Path | str | None = None

    def run(self):
        """Runs the server until it ends, passing SIGTERM, SIGINT, SIGHUP on.

        Returns:
            Its exit status; 128 + n if signal n ended it, as shells say.

        Raises:
            InputError: If it is not installed, or an argument cannot be
                served.
        """
        binary = find_binary()
        if binary is None:
            raise InputError(f"{BINARY} is not on PATH.")
        if self.address not in (None, "0.0.0.0"):
            raise InputError(
                f"{BINARY} listens on every interface and cannot be bound to "
                f"{self.address} alone; use the embedded server for that."
            )
        with tempfile.TemporaryDirectory(prefix="tfcompat-serve-") as folder:
            folder = pathlib.Path(folder)  # For its owner's eyes only.
            source = ConfigSource(self.source, self.poll_seconds)
            models, config = folder / "models.config", source.read()
            write_model_config(config, models)
            command = [binary, *self._flags(folder)]
            logger.info("%s", " ".join(command))
            logger.warning("%s listens on every interface", BINARY)
            source.watch(lambda new: write_model_config(new, models), config)
            try:
                status = _run_in_foreground(command)
            finally:
                source.stop()
        return status if status >= 0 else 128 - status

    def _flags(self, folder):
        """The server's flags; writes the files that they name."""
        poll = math.ceil(self.poll_seconds)
        flags = {
            "port": self.port,
            "rest_api_port": 0,
            "model_config_file": folder / "models.config",
            "model_config_file_poll_wait_seconds": poll,
            "file_system_poll_wait_seconds": poll,
            # By default loads and their retries run in the manager's only
            # thread: one broken version holds up all models for 5 minutes.
            "num_load_threads": 2,
            "max_num_load_retries": 1,
            "load_retry_interval_micros": 1_000_000,
            # Labels in the config at the start, as the embedded server does.
            "allow_version_labels_for_unavailable_models": "true",
            "enable_grpc_healthcheck_service": "true",
        }
        if self.tls is not None:
            flags["ssl_config_file"] = folder / "ssl.config"
            flags["ssl_config_file"].write_text(
                _ssl_config(self.tls), encoding="utf-8"
            )
            if self.rest_port is not None:
                logger.warning("%s has no TLS for REST: it is off", BINARY)
        elif self.rest_port is not None:
            flags["rest_api_port"] = self.rest_port
            flags["monitoring_config_file"] = folder / "monitoring.config"
            flags["monitoring_config_file"].write_text(
                _MONITORING, encoding="utf-8"
            )
        if self.batching_parameters is not None:
            path = pathlib.Path(self.batching_parameters).absolute()
            _check_batching_parameters(path)
            flags["enable_batching"] = "true"
            flags["batching_parameters_file"] = path
        elif self.batching:
            flags["enable_batching"] = "true"
            flags["enable_per_model_batching_parameters"] = "true"
        return [f"--{name}={value}" for name, value in flags.items()]


def _check_batching_parameters(path):
    try:
        BatchingParameters.read(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(str(error)) from error


def _ssl_config(tls):
    """Text of TensorFlow Serving's SSLConfig, which holds the PEM itself."""
    tls.ssl_context()  # Says what is wrong with the files, if anything is.
    pems = {"server_key": tls.key, "server_cert": tls.certificate}
    if tls.client_ca is not None:
        pems["custom_ca"] = tls.client_ca
    lines = [
        f'{name}: "{CEscape(pathlib.Path(path).read_bytes(), as_utf8=False)}"'
        for name, path in pems.items()
    ]
    lines.append(f"client_verify: {str(tls.client_ca is not None).lower()}")
    return "\n".join(lines) + "\n"


def _run_in_foreground(command):
    """Runs a command, passing signals on; its return code as Popen's."""
    received, processes = [], []

    def pass_on(number, frame):
        received.append(number)
        for process in processes:
            process.send_signal(number)

    with _handling_signals(pass_on):
        # In a session of its own, so that Ctrl-C reaches it once: through us.
        process = subprocess.Popen(
            command, start_new_session=True, preexec_fn=_end_with_parent()
        )
        processes.append(process)
        for number in received:
            process.send_signal(number)
        while True:
            # A signal may be delivered to another thread, and Python runs no
            # handler as long as the main one is held up in the kernel.
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(0.5)


@contextlib.contextmanager
def _handling_signals(handler):
    """Handles the signals to pass on; only the main thread can.

    Those that are ignored, as SIGHUP is under `nohup`, stay so.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _PASSED_ON:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _end_with_parent():
    """A function that ties a new process's life to ours, where Linux can.

    Else a `kill -9` of ours would leave the server behind, holding the port.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is None:
        return None
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
