import json

import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import outfit_splits
from tfcompat.data.readers.polyvore import read_polyvore
from tfcompat.data.wardrobe import Wardrobe

GROUPS = {"1": "tops", "2": "bottoms", "3": "shoes", "4": "tops", "5": "shoes"}
SETS = {
    "train": [("10", ["1", "2", "3"])],
    "valid": [("11", ["4", "2"])],
    "test": [("12", ["4", "2", "5"]), ("13", ["1", "3"])],
}
FITB = [
    {
        "question": ["12_1", "12_2"],
        "answers": ["13_2", "12_3"],
        "blank_position": 3,
    }
]


def write(folder, variant="nondisjoint"):
    (folder / "images").mkdir(parents=True)
    (folder / variant).mkdir()
    metadata = {
        name: {
            "semantic_category": group,
            "title": "",
            "url_name": f"item {name}",
            "category_id": f"{group}-{int(name) % 2}",
        }
        for name, group in GROUPS.items()
    }
    (folder / "polyvore_item_metadata.json").write_text(json.dumps(metadata))
    for split, sets in SETS.items():
        content = [
            {
                "set_id": name,
                "items": [
                    {"item_id": item, "index": n}
                    for n, item in enumerate(items, 1)
                ],
            }
            for name, items in sets
        ]
        (folder / variant / f"{split}.json").write_text(json.dumps(content))
    (folder / variant / "fill_in_blank_test.json").write_text(json.dumps(FITB))
    (folder / variant / "compatibility_test.txt").write_text(
        "1 12_1 12_2 12_3\n0 13_1 12_2\n"
    )
    for name in GROUPS:
        Image.new("RGB", (8, 8)).save(folder / "images" / f"{name}.jpg")
    return folder


@pytest.fixture
def source(tmp_path):
    return write(tmp_path / "polyvore")


class TestReadPolyvore:
    def test_items_outfits_and_their_parts(self, source):
        wardrobe = read_polyvore(source)
        items = wardrobe.items.set_index("item_id")
        assert items.loc["3", "group"] == "shoes"
        assert items.loc["3", "category"] == "shoes-1"
        assert items.loc["3", "text"] == "item 3"
        ids = wardrobe.outfits["outfit_id"].unique()
        assert list(ids) == ["train-10", "valid-11", "test-12", "test-13"]
        assert outfit_splits(wardrobe, ids).tolist() == [
            "train",
            "valid",
            "test",
            "test",
        ]

    def test_fill_in_the_blank_by_hand(self, source):
        wardrobe = read_polyvore(source)
        names = wardrobe.items["item_id"]
        questions = wardrobe.questions
        rows = questions[questions["question_id"] == "fitb-test-00001"]
        found = [
            (names[row.query], names[row.candidate], row.label)
            for row in rows.itertuples()
        ]
        # The outfit is items 4 and 2; item 3 of set 13 is wrong, 5 is right.
        assert found == [
            ("4", "3", 0),
            ("4", "5", 1),
            ("2", "3", 0),
            ("2", "5", 1),
        ]

    def test_compatibility_is_every_pair_of_the_outfit(self, source):
        questions = read_polyvore(source).questions
        ids = questions["question_id"].value_counts()
        assert ids["compatibility-test-00001"] == 3
        assert ids["compatibility-test-00002"] == 1
        labels = questions.groupby("question_id")["label"].first()
        assert labels["compatibility-test-00002"] == 0

    def test_what_has_no_image_is_left_out_and_counted(self, source):
        (source / "images" / "5.jpg").unlink()
        left_out = read_polyvore(source).manifest["left_out"]
        # Item 5 takes one question and one compatibility outfit with it.
        assert left_out == {
            "items without a usable image": 1,
            "outfits with fewer than two items left": 0,
            "questions about what was left out": 2,
        }

    def test_import_makes_a_valid_wardrobe(self, source, tmp_path, capsys):
        write(tmp_path / "other", "disjoint")
        for folder, words in (
            (source, ""),
            (tmp_path / "other", "--variant disjoint"),
        ):
            out = tmp_path / f"out-{folder.name}"
            line = f"import polyvore {folder} {out} {words}"
            assert tfcompat_main(line) == 0
            said = capsys.readouterr().out
            assert "5 items in 3 groups, 4 outfits, 3 questions" in said
            assert len(Wardrobe.load(out).questions) == 8

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("train.json", "[{}]", "is no outfit with set_id"),
            ("train.json", "[", "line 1: is not JSON"),
            (
                "train.json",
                '[{"set_id": "9", "items": [{"item_id": "8", "index": 1}]}]',
                "set 9 has the item 8",
            ),
            ("compatibility_test.txt", "2 12_1 12_2", "line 1: '2' is not"),
            ("compatibility_test.txt", "1 12_1 99_1", "no item '99_1'"),
            (
                "fill_in_blank_test.json",
                '[{"question": ["12_1"], "answers": ["13_1"]}]',
                "question 1: 0 answers are of the set 12",
            ),
            (
                "test.json",
                "version https://git-lfs.github.com/spec/v1",
                "test.json: is a Git-LFS pointer",
            ),
        ],
    )
    def test_what_does_not_fit_is_named(self, source, name, text, message):
        (source / "nondisjoint" / name).write_text(text)
        with pytest.raises(InputError, match=message):
            read_polyvore(source)
