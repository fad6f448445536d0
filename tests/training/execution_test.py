import json

from tfcompat.data.wardrobe import Wardrobe


class TestExecute:
    def test_a_run_remembers_its_wardrobe(self, runs, wardrobe_folder):
        data = json.loads((runs / "psa-net" / "data.json").read_text())
        assert data["wardrobe"] == str(wardrobe_folder.absolute())
        wardrobe = Wardrobe.load(wardrobe_folder)
        assert data["splits_hash"] == wardrobe.splits_hash
        assert data["counts"]["items"] == 40
