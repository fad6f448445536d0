import resource
import signal
import subprocess
import sys

import pytest
import tensorflow as tf

from tests.export.doubler import Doubler
from tfcompat.data.errors import InputError
from tfcompat.export import versions
from tfcompat.export.versions import list_versions, publish

PUBLISH = """
import sys
import tfcompat
from tests.export.doubler import Doubler
from tfcompat.export import saved_model, versions
"""
HALF_WAY = """
import signal
import time
signal.signal(signal.SIGINT, signal.default_int_handler)
def wait(folder):
    print("written", flush=True)
    time.sleep(600)
saved_model.answer_warmup_requests = wait
try:
    versions.publish(Doubler(), sys.argv[1])
except KeyboardInterrupt:
    versions.publish(Doubler(), sys.argv[2])
"""
FOUR = """
print("ready", flush=True)
sys.stdin.readline()
for _ in range(4):
    versions.publish(Doubler(), sys.argv[1])
"""


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISH + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestVersions:
    def test_first_is_1_and_the_next_is_one_more(self, tmp_path):
        assert publish(Doubler(), tmp_path) == tmp_path / "doubler" / "1"
        path = publish(Doubler(factor=3.0), tmp_path)
        assert path == tmp_path / "doubler" / "2"
        double = tf.saved_model.load(path).signatures["serving_default"]
        answer = double(number=tf.constant([5.0]), unit=tf.constant(["m"]))
        assert answer["double"].numpy().tolist() == [15.0]

    def test_is_above_every_number_whatever_stands_there(self, tmp_path):
        folder = tmp_path / "doubler"
        folder.mkdir()
        for name in ("7", "00000123", ".900", "901-old", "tmp-902", "٩٩٩"):
            (folder / name).mkdir()
        (folder / "130").write_text("a file")
        (folder / str(2**63)).mkdir()  # No int64, so no version.
        assert publish(Doubler(), tmp_path).name == "131"

    def test_a_version_taken_meanwhile_is_skipped(self, tmp_path, monkeypatch):
        publish(Doubler(), tmp_path)
        seen = iter([[], [1]])
        monkeypatch.setattr(versions, "list_versions", lambda _: next(seen))
        assert publish(Doubler(), tmp_path).name == "2"

    def test_there_is_none_above_the_last_int64(self, tmp_path):
        (tmp_path / "doubler" / str(2**63 - 1)).mkdir(parents=True)
        with pytest.raises(InputError, match="there is none above it"):
            publish(Doubler(), tmp_path)

    def test_versions_are_listed_in_the_order_of_numbers(self, tmp_path):
        for name in ("10", "9", "002", ".3.partial", "x"):
            (tmp_path / name).mkdir()
        assert list_versions(tmp_path) == [2, 9, 10]


class TestRefusals:
    @pytest.mark.parametrize("name", ["", ".x", "..", "a/b", "a b", "é", "a\n"])
    def test_names_that_are_no_folder_of_a_model(self, tmp_path, name):
        servable = Doubler()
        servable._name = name
        with pytest.raises(InputError, match="is no name of a model"):
            publish(servable, tmp_path)
        assert not names(tmp_path)

    def test_no_folder_to_write_into(self, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(InputError, match="cannot be written: Not a direc"):
            publish(Doubler(), tmp_path / "file" / "models")

    def test_full_disk_leaves_nothing(self, tmp_path):
        # No file may grow past 100 kB: to the writer a full disk.
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            with pytest.raises(InputError, match="cannot be written") as info:
                publish(Doubler(size=200_000), tmp_path / "models")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert "\n" not in str(info.value)
        assert not names(tmp_path)

    def test_a_servable_that_fails_its_warm_up_leaves_nothing(self, tmp_path):
        servable = Doubler()
        servable.example = [-1.0]
        with pytest.raises(InputError, match="is not answered"):
            publish(servable, tmp_path / "models")
        assert not names(tmp_path)

    def test_versions_before_stay(self, tmp_path):
        publish(Doubler(), tmp_path)
        servable = Doubler()
        servable.example = [-1.0]
        with pytest.raises(InputError):
            publish(servable, tmp_path)
        assert names(tmp_path / "doubler") == ["1"]


@pytest.mark.slow
class TestOtherProcesses:
    def test_two_exporters_at_once_get_a_version_each(self, tmp_path):
        other = start(FOUR, tmp_path)
        assert other.stdout.readline() == "ready\n"
        other.stdin.write("\n")
        other.stdin.flush()
        for _ in range(4):
            publish(Doubler(), tmp_path)
        _, errors = other.communicate(timeout=600)
        assert other.returncode == 0, errors
        folder = tmp_path / "doubler"
        assert names(folder) == [str(number) for number in range(1, 9)]
        for path in folder.iterdir():
            assert (path / "saved_model.pb").exists()

    def test_ended_half_way(self, tmp_path):
        killed, interrupted = tmp_path / "killed", tmp_path / "interrupted"
        process = start(HALF_WAY, interrupted, killed)
        for number in (signal.SIGINT, signal.SIGKILL):
            assert process.stdout.readline() == "written\n"
            process.send_signal(number)
        process.communicate(timeout=600)
        assert process.returncode == -signal.SIGKILL
        # Ctrl-C tidies up; after kill -9 there is what no server looks at.
        assert not interrupted.exists()
        (leftover,) = names(killed / "doubler")
        assert leftover.startswith(".") and leftover.endswith(".partial")
        assert list_versions(killed / "doubler") == []
        publish(Doubler(), killed)
        assert names(killed / "doubler") == ["1"]
