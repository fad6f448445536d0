"""Versions change under load: nobody notices but by the version's number."""

import os
import subprocess
import sys
import threading

from tests.serving.saved_models import (
    publish,
    write_affine,
    write_broken,
)
from tests.serving.waiting import wait_until
from tfcompat.serving.client import Client
from tfcompat.serving.embedded_server import EmbeddedServer

_CLIENTS = 4
_SWAPS = 20


class _Load:
    """Clients that ask without a pause until they are told to stop.

    Each answer must be that of the version it says it is from: version v adds
    v.
    """

    def __init__(self, address):
        self.failures = []
        self.versions = [[] for _ in range(_CLIENTS)]  # One list a client.
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(address, i))
            for i in range(_CLIENTS)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def have_seen(self, version):
        """Whether every client has been answered by that version."""
        return all(seen[-1:] == [version] for seen in self.versions)

    def _ask(self, address, x):
        # Nothing is tried again: a failed request is a failed test.
        with Client(address, retries=0) as client:
            while not self._stop.is_set():
                try:
                    answer = client.predict("m", {"x": [float(x)]})
                    [y] = answer.outputs["y"].tolist()
                    if y != x + answer.version:
                        raise AssertionError(f"{y} from {answer.version}")
                    self.versions[x].append(answer.version)
                except Exception as failure:  # Counted, whatever it is.
                    self.failures.append(repr(failure))


class TestSwaps:
    def test_no_request_fails_while_versions_are_swapped(self, tmp_path):
        publish(tmp_path / "m", 1, write_affine, slope=1.0, offset=1.0)
        with (
            EmbeddedServer(
                tmp_path, port=0, rest_port=None, poll_seconds=0.02
            ) as server,
            _Load(f"127.0.0.1:{server.port}") as load,
        ):
            broken = 11
            for version in range(2, _SWAPS + 3):
                write = write_broken if version == broken else write_affine
                values = {"slope": 1.0, "offset": float(version)}
                publish(
                    tmp_path / "m",
                    version,
                    write,
                    **({} if version == broken else values),
                )
                if version != broken:
                    wait_until(lambda v=version: load.have_seen(v))
        assert load.failures == []
        for seen in load.versions:
            # The first may have been replaced before a client's first call.
            assert set(seen) | {1} == set(range(1, _SWAPS + 3)) - {broken}
            assert seen == sorted(seen)


class TestKill:
    def test_a_server_killed_in_the_middle_of_a_load_starts_again(
        self, tmp_path
    ):
        root = tmp_path / "models"
        version = publish(root / "m", 1, write_affine, slope=1.0, offset=1.0)
        # The load stands still where it reads this, until somebody writes.
        pipe = version / "batching_params.pbtxt"
        os.mkfifo(pipe)
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "tfcompat", "serve", str(root)),
                *("--engine", "embedded", "--port", "0", "--rest-port", "0"),
            ],
        )
        with open(pipe, "w"):  # Opens once the server reads.
            server.kill()
            server.wait()
        pipe.unlink()
        with EmbeddedServer(root, port=0, rest_port=None) as server:
            with Client(f"127.0.0.1:{server.port}") as client:
                answer = client.predict("m", {"x": [0.0, 1.0]})
                assert answer.outputs["y"].tolist() == [1.0, 2.0]
