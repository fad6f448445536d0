import os
import subprocess
import sys

import pytest

from tfcompat.export import partial_folders
from tfcompat.export.partial_folders import partial_folder, remove_leftovers


@pytest.fixture(scope="module")
def dead_process():
    """Id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def leave(folder, host, process, started=1):
    path = folder / f".{host}-{process}-{started}-0123abcd.partial"
    path.mkdir()
    (path / "saved_model.pb").write_text("half")
    return path


@pytest.fixture
def host():
    return partial_folders.socket.gethostname()


class TestPartialFolder:
    def test_is_gone_after_the_block(self, tmp_path):
        with partial_folder(tmp_path) as partial:
            (partial / "file").write_text("x")
            assert partial.name.startswith(".")
        assert not list(tmp_path.iterdir())

    def test_is_gone_after_an_interrupt(self, tmp_path):
        with pytest.raises(KeyboardInterrupt):
            with partial_folder(tmp_path):
                raise KeyboardInterrupt
        assert not list(tmp_path.iterdir())

    def test_stays_when_renamed(self, tmp_path):
        with partial_folder(tmp_path) as partial:
            partial.rename(tmp_path / "1")
        assert [path.name for path in tmp_path.iterdir()] == ["1"]

    def test_is_readable_by_other_users(self, tmp_path):
        before = os.umask(0o022)
        try:
            with partial_folder(tmp_path) as partial:
                assert partial.stat().st_mode & 0o777 == 0o755
        finally:
            os.umask(before)


class TestRemoveLeftovers:
    def test_of_an_ended_process_are_removed(
        self, tmp_path, host, dead_process
    ):
        leave(tmp_path, host, dead_process)
        remove_leftovers(tmp_path)
        assert not list(tmp_path.iterdir())

    def test_of_an_earlier_process_of_the_same_id_are_removed(
        self, tmp_path, host
    ):
        leave(tmp_path, host, os.getpid(), started=1)
        remove_leftovers(tmp_path)
        assert not list(tmp_path.iterdir())

    def test_of_a_living_process_stay(self, tmp_path):
        with partial_folder(tmp_path) as partial:
            remove_leftovers(tmp_path)
            assert partial.exists()

    def test_of_another_container_stay_while_locked(
        self, tmp_path, host, dead_process
    ):
        path = leave(tmp_path, host, dead_process)
        with partial_folders._locked(path):
            remove_leftovers(tmp_path)
            assert path.exists()
        remove_leftovers(tmp_path)
        assert not path.exists()

    def test_of_another_host_stay(self, tmp_path, dead_process):
        path = leave(tmp_path, "elsewhere", dead_process)
        remove_leftovers(tmp_path)
        assert path.exists()

    def test_other_folders_stay(self, tmp_path, host, dead_process):
        for name in ("1", ".hidden", f"{host}-{dead_process}-1-0123abcd"):
            (tmp_path / name).mkdir()
        remove_leftovers(tmp_path)
        assert len(list(tmp_path.iterdir())) == 3

    def test_where_there_is_no_proc(
        self, tmp_path, host, dead_process, monkeypatch
    ):
        monkeypatch.setattr(partial_folders, "_PROCESSES", tmp_path / "none")
        gone = leave(tmp_path, host, dead_process, started=0)
        kept = leave(tmp_path, host, os.getppid(), started=0)
        remove_leftovers(tmp_path)
        assert not gone.exists()
        assert kept.exists()
