import concurrent.futures
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading

import pytest

from tests.serving.certificates import Authority
from tests.serving.served_models import model_config
from tests.serving.waiting import wait_until
from tfcompat.data.errors import InputError
from tfcompat.serving.model_config import read_model_config
from tfcompat.serving.tensorflow_model_server import (
    TensorFlowModelServer,
    find_binary,
)
from tfcompat.serving.tls import TLSFiles

# Keeps its arguments and the files they name, then waits for a signal.
STAND_IN = """#!/bin/sh
for argument in "$@"; do
  case "$argument" in --*_file=*) cp "${{argument#*=}}" {folder}/ ;; esac
done
trap 'echo TERM >> {folder}/signals; exit 3' TERM
trap 'echo INT >> {folder}/signals; exit 4' INT
trap 'echo HUP >> {folder}/signals' HUP
printf '%s\\n' "$@" > {folder}/arguments
echo $$ > {folder}/pid.partial
mv {folder}/pid.partial {folder}/pid
while :; do sleep 0.02; done
"""


class StandIn:
    """A `tensorflow_model_server` on PATH that serves nothing."""

    def __init__(self, folder):
        self.folder = folder
        binary = folder / "bin" / "tensorflow_model_server"
        binary.parent.mkdir(parents=True)
        binary.write_text(STAND_IN.format(folder=folder))
        binary.chmod(0o755)
        self.path = f"{binary.parent}:{os.environ['PATH']}"

    @property
    def is_running(self):
        return (self.folder / "pid").exists()

    def kill(self, number):
        wait_until(lambda: self.is_running)
        os.kill(int((self.folder / "pid").read_text()), number)

    def flags(self):
        lines = (self.folder / "arguments").read_text().splitlines()
        return dict(line.removeprefix("--").split("=", 1) for line in lines)

    def signals(self):
        return (self.folder / "signals").read_text().split()


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    stand_in = StandIn(tmp_path / "stand_in")
    monkeypatch.setenv("PATH", stand_in.path)
    return stand_in


@pytest.fixture
def root(tmp_path):
    """A root folder with a model `m`."""
    (tmp_path / "models" / "m" / "1").mkdir(parents=True)
    return tmp_path / "models"


def run_once(stand_in, server):
    """Runs a server until it has started; its flags and exit status."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        status = pool.submit(server.run)
        wait_until(lambda: stand_in.is_running or status.done())
        if not status.done():
            stand_in.kill(signal.SIGTERM)
        return stand_in.flags() if status.result() else None, status.result()


class TestFlags:
    def test_of_a_folder(self, stand_in, root):
        flags, status = run_once(
            stand_in, TensorFlowModelServer(root, port=85, rest_port=86)
        )
        assert status == 3
        folder = pathlib.Path(flags["model_config_file"]).parent
        assert flags == {
            "port": "85",
            "rest_api_port": "86",
            "model_config_file": f"{folder}/models.config",
            "model_config_file_poll_wait_seconds": "1",
            "file_system_poll_wait_seconds": "1",
            "num_load_threads": "2",
            "max_num_load_retries": "1",
            "load_retry_interval_micros": "1000000",
            "allow_version_labels_for_unavailable_models": "true",
            "enable_grpc_healthcheck_service": "true",
            "monitoring_config_file": f"{folder}/monitoring.config",
            "enable_batching": "true",
            "enable_per_model_batching_parameters": "true",
        }
        [model] = read_model_config(
            stand_in.folder / "models.config"
        ).model_config_list.config
        assert (model.name, model.base_path) == ("m", str(root / "m"))
        monitoring = (stand_in.folder / "monitoring.config").read_text()
        assert "enable: true" in monitoring
        assert '"/monitoring/prometheus/metrics"' in monitoring
        assert not folder.exists()  # It is gone with the server.

    def test_of_a_config_file(self, stand_in, root, tmp_path):
        config = model_config(
            {
                "name": "x",
                "base_path": "/models/x",
                "version_labels": {"stable": 1},
            }
        )
        (tmp_path / "models.config").write_text(str(config))
        server = TensorFlowModelServer(
            tmp_path / "models.config",
            rest_port=None,
            poll_seconds=2.5,
            batching=False,
        )
        flags, _ = run_once(stand_in, server)
        assert flags["rest_api_port"] == "0"
        assert flags["file_system_poll_wait_seconds"] == "3"
        assert "enable_batching" not in flags
        assert "monitoring_config_file" not in flags
        copy = read_model_config(stand_in.folder / "models.config")
        assert copy == config

    def test_of_batching_parameters_for_all(self, stand_in, root, tmp_path):
        path = tmp_path / "batching.config"
        path.write_text("max_batch_size { value: 8 }")
        server = TensorFlowModelServer(root, batching_parameters=path)
        flags, _ = run_once(stand_in, server)
        assert flags["enable_batching"] == "true"
        assert flags["batching_parameters_file"] == str(path)
        assert "enable_per_model_batching_parameters" not in flags

    def test_of_tls(self, stand_in, root, tmp_path, caplog):
        (tmp_path / "tls").mkdir()
        authority = Authority(tmp_path / "tls")
        key, certificate = authority.issue("localhost")
        server = TensorFlowModelServer(
            root, tls=TLSFiles(key, certificate, authority.path)
        )
        flags, _ = run_once(stand_in, server)
        assert flags["rest_api_port"] == "0"
        assert "has no TLS for REST" in caplog.text
        lines = (stand_in.folder / "ssl.config").read_text().splitlines()
        pem = key.read_text().replace("\n", "\\n")
        assert lines[0] == f'server_key: "{pem}"'
        names = [line.split(":")[0] for line in lines]
        assert names == [
            "server_key",
            "server_cert",
            "custom_ca",
            "client_verify",
        ]
        assert lines[-1] == "client_verify: true"


class TestRun:
    def test_config_follows_the_folder(self, stand_in, root):
        server = TensorFlowModelServer(root, poll_seconds=0.02)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            status = pool.submit(server.run)
            wait_until(lambda: stand_in.is_running)
            path = stand_in.flags()["model_config_file"]
            (root / "n" / "1").mkdir(parents=True)
            wait_until(
                lambda: [m.name for m in config_of(path).config] == ["m", "n"]
            )
            stand_in.kill(signal.SIGTERM)
            assert status.result() == 3

    @pytest.mark.parametrize(
        "number, status, name",
        [(signal.SIGTERM, 3, "TERM"), (signal.SIGINT, 4, "INT")],
    )
    def test_signals_are_passed_on(self, stand_in, root, number, status, name):
        def send():
            try:
                wait_until(lambda: stand_in.is_running)
                os.kill(os.getpid(), signal.SIGHUP)
                wait_until(lambda: (stand_in.folder / "signals").exists())
                os.kill(os.getpid(), number)
            except BaseException:
                stand_in.kill(signal.SIGKILL)  # Else `run` would not end.
                raise

        with handled(signal.SIGHUP, number):
            before = signal.getsignal(number)
            sender = threading.Thread(target=send)
            sender.start()
            assert TensorFlowModelServer(root).run() == status
            sender.join()
            assert stand_in.signals() == ["HUP", name]
            assert signal.getsignal(number) is before

    def test_an_ignored_signal_stays_ignored(self, stand_in, root):
        with handled(signal.SIGHUP, signal.SIGTERM):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # As by `nohup`.

            def send():
                wait_until(lambda: stand_in.is_running)
                os.kill(os.getpid(), signal.SIGHUP)
                os.kill(os.getpid(), signal.SIGTERM)

            sender = threading.Thread(target=send)
            sender.start()
            assert TensorFlowModelServer(root).run() == 3
            sender.join()
        assert stand_in.signals() == ["TERM"]

    def test_end_by_a_signal_is_told_as_shells_do(self, stand_in, root):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            status = pool.submit(TensorFlowModelServer(root).run)
            stand_in.kill(signal.SIGKILL)
            assert status.result() == 128 + 9

    @pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
    def test_it_does_not_outlive_a_killed_parent(self, stand_in, root):
        code = (
            "import sys\n"
            "from tfcompat.serving.tensorflow_model_server import *\n"
            "TensorFlowModelServer(sys.argv[1]).run()"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", code, str(root)],
            cwd=pathlib.Path(__file__).parents[2],
        )
        wait_until(lambda: stand_in.is_running, seconds=60)
        parent.kill()
        parent.wait()
        wait_until(lambda: (stand_in.folder / "signals").exists())
        assert stand_in.signals() == ["TERM"]


@contextlib.contextmanager
def handled(*numbers):
    """Signals as they are by default, also if the tests run by `nohup`."""
    before = {
        number: signal.signal(number, signal.SIG_DFL) for number in numbers
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def config_of(path):
    return read_model_config(path).model_config_list


class TestRefusals:
    def test_binary_that_is_not_there(self, root, monkeypatch):
        monkeypatch.setenv("PATH", "/nonexistent")
        assert find_binary() is None
        with pytest.raises(InputError, match="is not on PATH"):
            TensorFlowModelServer(root).run()

    def test_one_interface_alone(self, stand_in, root):
        with pytest.raises(InputError, match="bound to 127.0.0.1 alone"):
            TensorFlowModelServer(root, address="127.0.0.1").run()
        assert not stand_in.is_running

    def test_missing_folder(self, stand_in, root):
        with pytest.raises(InputError, match="none: is no folder to serve"):
            TensorFlowModelServer(root / "none").run()

    def test_bad_batching_parameters(self, stand_in, root, tmp_path):
        path = tmp_path / "batching.config"
        server = TensorFlowModelServer(root, batching_parameters=path)
        with pytest.raises(InputError, match="batching.config: No such file"):
            server.run()
        path.write_text("max_batch_size: 8")
        with pytest.raises(InputError, match="batching.config: malformed"):
            server.run()
        assert not stand_in.is_running
