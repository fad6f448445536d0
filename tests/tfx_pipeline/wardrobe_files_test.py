import json
import os
import shutil

import pytest

from tfcompat.data.errors import InputError
from tfx_pipeline import wardrobe_files

VOTES = ("item_votes", "items", "customers")


@pytest.fixture
def folder(shop_folder, tmp_path):
    return shutil.copytree(shop_folder, tmp_path / "wardrobe")


def append(path, text):
    with open(path, "a") as file:
        file.write(text)


class TestFingerprint:
    def fingerprints(self, folder):
        return {
            "items": wardrobe_files.fingerprint(str(folder), ["items"], True),
            "item_votes": wardrobe_files.fingerprint(str(folder), VOTES, False),
        }

    def test_pair_votes_and_counts_in_the_manifest_do_not_matter(self, folder):
        before = self.fingerprints(folder)
        append(folder / "pair_votes.csv", "a,b,c,1\n")
        manifest = json.loads((folder / "wardrobe.json").read_text())
        manifest["counts"]["pair_votes"] += 1
        (folder / "wardrobe.json").write_text(json.dumps(manifest))
        assert self.fingerprints(folder) == before

    def test_a_table_written_again_is_the_same(self, folder):
        before = self.fingerprints(folder)
        os.utime(folder / "items.csv", (0, 0))
        assert self.fingerprints(folder) == before

    def test_one_vote_more_matters_to_its_set_alone(self, folder):
        before = self.fingerprints(folder)
        append(folder / "item_votes.csv", "a,b,1\n")
        after = self.fingerprints(folder)
        assert after["items"] == before["items"]
        assert after["item_votes"] != before["item_votes"]

    def test_a_changed_image_matters_to_items_alone(self, folder):
        before = self.fingerprints(folder)
        image = folder / "images" / "top-0001.png"
        shutil.copyfile(folder / "images" / "top-0002.png", image)
        after = self.fingerprints(folder)
        assert after["items"] != before["items"]
        assert after["item_votes"] == before["item_votes"]

    def test_another_seed_matters(self, folder):
        before = self.fingerprints(folder)
        (folder / "wardrobe.json").write_text('{"split_seed": 5}')
        assert self.fingerprints(folder) != before


class TestManifest:
    def test_without_one_the_seed_is_zero(self, tmp_path):
        assert wardrobe_files.read_split_seed(str(tmp_path)) == 0

    @pytest.mark.parametrize("text", ["{", "[]", '{"split_seed": "x"}'])
    def test_broken_one_is_named(self, tmp_path, text):
        (tmp_path / "wardrobe.json").write_text(text)
        with pytest.raises(InputError, match=r"wardrobe\.json: "):
            wardrobe_files.read_split_seed(str(tmp_path))


class TestTables:
    def test_two_files_of_one_table_are_refused(self, folder):
        (folder / "items.parquet").write_bytes(b"")
        with pytest.raises(InputError, match="both items.csv and items.parq"):
            wardrobe_files.find_table(str(folder), "items")

    def test_missing_table_is_named(self, tmp_path):
        with pytest.raises(InputError, match="holds no pair_votes.csv"):
            wardrobe_files.require_table(str(tmp_path), "pair_votes")

    def test_missing_folder_is_named(self, tmp_path):
        with pytest.raises(InputError, match="nowhere: does not exist"):
            wardrobe_files.require_table(str(tmp_path / "nowhere"), "items")
