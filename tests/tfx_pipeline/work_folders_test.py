import os
import tempfile
import time

from tfx_pipeline.work_folders import open_work_folder

_DAY = 24 * 3600


class TestOpenWorkFolder:
    def test_same_things_find_the_same_folder(self, tmp_path):
        first = open_work_folder(tmp_path, "encoder", {"a": 1, "b": [2]})
        (first / "half").touch()
        again = open_work_folder(tmp_path, "encoder", {"b": [2], "a": 1})
        assert (again / "half").exists()

    def test_other_things_find_another(self, tmp_path):
        found = {
            open_work_folder(root, stage, made_of)
            for root, stage, made_of in (
                (tmp_path, "encoder", {"a": 1}),
                (tmp_path, "encoder", {"a": 2}),
                (tmp_path, "stage_one", {"a": 1}),
                (tmp_path / "x", "encoder", {"a": 1}),
            )
        }
        assert len(found) == 4

    def test_left_for_a_week_is_removed(self, tmp_path):
        folders = [open_work_folder(tmp_path, "s", age) for age in (1, 8)]
        for folder, age in zip(folders, (1, 8), strict=True):
            (folder / "half").touch()
            os.utime(folder, (0, time.time() - age * _DAY))
        open_work_folder(tmp_path, "s", "new")
        assert [folder.exists() for folder in folders] == [True, False]

    def test_own_folder_is_never_too_old(self, tmp_path):
        folder = open_work_folder(tmp_path, "s", 1)
        (folder / "half").touch()
        os.utime(folder, (0, 0))
        assert (open_work_folder(tmp_path, "s", 1) / "half").exists()

    def test_root_by_url_has_a_local_one(self):
        folder = open_work_folder("gs://bucket/root", "s", 1)
        assert tempfile.gettempdir() in str(folder)
        folder.rmdir()
