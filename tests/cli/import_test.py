import argparse

import pytest
from PIL import Image

from tfcompat.cli import import_
from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "clothing"
    (folder / "images").mkdir(parents=True)
    (folder / "items.csv").write_text(
        "image,sender_id,label,kids\na,1,Hat,False\nb,2,Other,False\n"
    )
    for name in "ab":
        Image.new("RGB", (8, 8)).save(folder / "images" / f"{name}.jpg")
    return folder


def run(*words):
    parser = argparse.ArgumentParser()
    import_.add_arguments(parser)
    import_.run(parser.parse_args([str(word) for word in words]))


class TestImport:
    def test_wardrobe_is_made_and_counted(self, source, tmp_path, capsys):
        run("clothing", source, tmp_path / "out")
        said = capsys.readouterr().out
        assert "1 items in 1 groups, 1 customers, 1 item votes; 1 left" in said
        wardrobe = Wardrobe.load(tmp_path / "out")
        assert wardrobe.items["group"].tolist() == ["accessory"]

    def test_existing_folder_is_refused_before_the_work(self, source, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine").write_text("mine")
        with pytest.raises(InputError, match="out: already exists"):
            run("clothing", source / "nowhere", tmp_path / "out")

    def test_failure_leaves_nothing(self, source, tmp_path):
        with pytest.raises(InputError, match="nowhere: is not a folder"):
            run("clothing", source / "nowhere", tmp_path / "out")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["clothing"]

    def test_unknown_format_is_wrong_usage(self, source, tmp_path, capsys):
        with pytest.raises(SystemExit) as stopped:
            run("shoes", source, tmp_path / "out")
        assert stopped.value.code == 2
        assert "invalid choice: 'shoes'" in capsys.readouterr().err
