"""`tfcompat serve` from its first line on stderr to its exit status."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import threading

import grpc
import pytest
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceStub,
)

from tests.serving import saved_models
from tests.serving.certificates import Authority
from tests.serving.gate import Gate
from tests.serving.waiting import wait_until
from tfcompat.cli import main as cli
from tfcompat.serving.tensorflow_model_server import BINARY

COMMAND = """
import sys
from tfcompat.cli import main
main._COMMANDS = ("serve",)
sys.exit(main.main(sys.argv[1:]))
"""
REPOSITORY = pathlib.Path(cli.__file__).parents[2]


class Served:
    """A `tfcompat serve` process, and the lines that it writes."""

    def __init__(self, *words, **environment):
        self.lines = []
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-X",
                "faulthandler",
                "-c",
                COMMAND,
                "serve",
                *map(str, words),
            ],
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=os.environ | environment,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, pattern):
        """The match of the first line that has it."""

        def found():
            assert self.process.poll() is None or self._reader.is_alive()
            return next(filter(None, map(search, list(self.lines))), None)

        def search(line):
            return re.search(pattern, line)

        wait_until(found)
        return found()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.status()

    def status(self):
        """The exit status, once there is one."""
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # Shows its threads.
            self._reader.join(10)
            raise AssertionError("\n".join(self.lines)) from None
        self._reader.join(10)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def predict(port, name="affine", authority=None, **inputs):
    request = PredictRequest()
    request.model_spec.name = name
    for alias, value in inputs.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(value))
    if authority is None:
        channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    else:
        channel = grpc.secure_channel(
            f"localhost:{port}",
            grpc.ssl_channel_credentials(authority.path.read_bytes()),
            # No detour by a proxy of the machine's.
            [("grpc.enable_http_proxy", 0)],
        )
    return PredictionServiceStub(channel).Predict.future(request, timeout=300)


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "saved_models"
    folder.mkdir()
    return folder


ANY_PORT = ("--port", 0, "--rest-port", 0, "--engine", "embedded")


class TestServing:
    def test_from_an_empty_folder_to_a_drained_stop(self, models, tmp_path):
        with Served(models, *ANY_PORT, "--poll-seconds", 0.1) as served:
            served.wait_for("saved_models: no models yet, waiting for them")
            where = served.wait_for(
                r"^serving gRPC on 127\.0\.0\.1:(\d+), "
                r"REST on http://127\.0\.0\.1:\d+$"
            )
            saved_models.publish(models / "affine", 1)
            served.wait_for("^affine version 1: available$")
            answer = predict(where[1], x=[1.0]).result()
            assert list(answer.outputs["y"].float_val) == [2.5]

            saved_models.publish(models / "affine", 2, slope=1.0)
            served.wait_for("^affine version 2: available$")
            served.wait_for("^affine version 1: unloaded$")

            saved_models.publish(models / "gate", 1, saved_models.write_gate)
            served.wait_for("^gate version 1: available$")
            with Gate(tmp_path) as gate:
                at_work = predict(where[1], "gate", **gate.inputs)
                gate.wait_until_reached()
                served.process.terminate()
                served.wait_for("^stopping$")
                gate.open()
                assert served.status() == 0
                assert at_work.result().outputs["gate"].string_val

    def test_a_config_over_tls_until_the_grace_ends(self, models, tmp_path):
        saved_models.publish(models / "gate", 1, saved_models.write_gate)
        config = tmp_path / "models.config"
        config.write_text(
            'model_config_list { config { name: "other" base_path: '
            f'"{models}/gate" model_platform: "tensorflow" }} }}'
        )
        authority = Authority(tmp_path)
        key, certificate = authority.issue("localhost")
        with (
            Gate(tmp_path) as gate,
            Served(
                *(models, *ANY_PORT, "--config", config),
                *("--tls-key", key, "--tls-cert", certificate),
                *("--grace-seconds", 0.2),
            ) as served,
        ):
            served.wait_for("^other version 1: available$")
            served.wait_for("REST on https://")
            where = served.wait_for(r"gRPC on 127\.0\.0\.1:(\d+)")
            call = predict(
                where[1], "other", authority=authority, **gate.inputs
            )
            gate.wait_until_reached()
            assert served.stop(signal.SIGINT) == 0
            assert "cut off" in served.lines[-1]
            assert call.code() is not grpc.StatusCode.OK


class TestWrongUsage:
    @pytest.fixture
    def serve(self, monkeypatch, capsys):
        """Status and last line of stderr of a command that ends at once."""
        monkeypatch.setattr(cli, "_COMMANDS", ("serve",))

        def run(*words):
            status = cli.main(["serve", *map(str, words)])
            return status, capsys.readouterr().err.splitlines()[-1]

        return run

    def test_one_clear_line(self, serve, models, tmp_path):
        batching = tmp_path / "batching"
        batching.write_text("max_batch_size { value: 0 }")
        for words, message in (
            ((), "give a folder of models, or --config FILE."),
            ((tmp_path / "no",), f"{tmp_path}/no: no such folder."),
            (
                (models, "--config", tmp_path / "no"),
                f"{tmp_path}/no: no such file.",
            ),
            (
                (models, "--tls-key", "a"),
                "--tls-key and --tls-cert go together.",
            ),
            (
                (models, "--tls-client-ca", "a"),
                "--tls-client-ca needs --tls-key and --tls-cert.",
            ),
            (
                (models, *ANY_PORT, "--tls-key", "a", "--tls-cert", "b"),
                "a: No such file or directory.",
            ),
            (
                (models, "--port", 70000, "--engine", "embedded"),
                "`port` must be 0 to 65535, got 70000.",
            ),
            (
                (models, *ANY_PORT, "--max-concurrent", 0),
                "`max_concurrent` must be positive, got 0.",
            ),
            (
                (models, *ANY_PORT, "--poll-seconds", -1),
                "`poll_seconds` must be at least 0, got -1.0.",
            ),
            (
                (models, *ANY_PORT, "--batching-parameters", batching),
                f"{batching}: max_batch_size must be positive; was 0",
            ),
            (
                (models, *ANY_PORT, "--batching-parameters", tmp_path / "no"),
                f"{tmp_path}/no: No such file or directory.",
            ),
            (
                (models, "--engine", BINARY, "--max-concurrent", 3),
                f"{BINARY} cannot do --max-concurrent.",
            ),
        ):
            status, line = serve(*words)
            assert (status, line) == (2, f"tfcompat serve: {message}")


class TestEngine:
    @pytest.fixture
    def stand_in(self, tmp_path, monkeypatch):
        """Puts a TensorFlow Serving on PATH that writes down its flags."""
        folder = tmp_path / "bin"
        folder.mkdir()
        binary = folder / BINARY
        flags = tmp_path / "flags"

        def write(status):
            binary.write_text(
                f'#!/bin/sh\necho "$@" > {flags}\nexit {status}\n'
            )
            binary.chmod(0o755)
            monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
            return flags

        return write

    @pytest.fixture(autouse=True)
    def registered(self, monkeypatch):
        monkeypatch.setattr(cli, "_COMMANDS", ("serve",))

    def test_tensorflow_serving_is_taken_when_it_is_there(
        self, stand_in, models
    ):
        flags = stand_in(status=0)
        assert cli.main(["serve", str(models), "--port", "8600"]) == 0
        assert "--port=8600" in flags.read_text()

    def test_its_failure_is_told(self, stand_in, models, capsys):
        stand_in(status=3)
        assert cli.main(["serve", str(models)]) == 2
        assert "ended with exit status 3" in capsys.readouterr().err

    def test_embedded_server_where_the_other_cannot(
        self, stand_in, models, capsys
    ):
        flags = stand_in(status=0)
        words = ["serve", str(models), "--address", "no.such.host.invalid"]
        assert cli.main(words) == 2  # The embedded server cannot either.
        assert not flags.exists()
        assert "--address is asked for: the embedded server, not" in (
            capsys.readouterr().err
        )

    def test_missing_engine(self, models, monkeypatch, capsys):
        monkeypatch.setenv("PATH", "")
        words = ["serve", str(models), "--engine", BINARY]
        assert cli.main(words) == 2
        assert f"{BINARY} is not on PATH" in capsys.readouterr().err
