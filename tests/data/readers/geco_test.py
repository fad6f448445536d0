import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.errors import InputError
from tfcompat.data.questions import questions_from_table
from tfcompat.data.readers.geco import read_geco
from tfcompat.data.wardrobe import Wardrobe

HEADER = "tshirt,positive_pant"
NEGATIVES = ",".join(f"neg_{i}" for i in range(1, 10))
NINE = ",".join(f"b{i}" for i in range(2, 11))


def make_source(folder, files, absent=()):
    (folder / "files").mkdir(parents=True)
    ids = set()
    for name, lines in files.items():
        (folder / "files" / name).write_text("\n".join(lines) + "\n")
        ids |= {
            word
            for line in lines[1:]
            for word in line.split(",")
            if word[0] in "tb"
        }
    (folder / "img").mkdir()
    for name in ids - set(absent):
        Image.new("RGB", (8, 8)).save(folder / "img" / f"{name}.jpg")
    return folder


@pytest.fixture
def fashion_vc(tmp_path):
    return make_source(
        tmp_path / "FashionVC",
        {
            "traindata_unique.csv": [HEADER, "t1,b1", "t2,b1", "t2,b2"],
            "devdata_tops.csv": [f"{HEADER},{NEGATIVES}", f"t3,b1,{NINE}"],
            "testdata_tops.csv": [f"{HEADER},{NEGATIVES}", f"t4,b11,{NINE}"],
        },
    )


class TestReadGeco:
    def test_pairs_become_questions_of_their_split(self, fashion_vc):
        wardrobe = read_geco(fashion_vc)
        train = questions_from_table(wardrobe.questions, "train")
        ids = wardrobe.items["item_id"].to_numpy()
        assert ids[train.query].tolist() == ["t1", "t2", "t2"]
        assert ids[train.candidates[:, 0]].tolist() == ["b1", "b1", "b2"]
        assert train.labels.tolist() == [[1], [1], [1]]

    def test_negatives_keep_their_order(self, fashion_vc):
        wardrobe = read_geco(fashion_vc)
        test = questions_from_table(wardrobe.questions, "test")
        ids = wardrobe.items["item_id"].to_numpy()
        assert ids[test.candidates[0]].tolist() == ["b11", *NINE.split(",")]
        assert test.labels[0].tolist() == [1] + [0] * 9

    def test_groups_say_what_an_item_is_asked_as(self, fashion_vc):
        items = read_geco(fashion_vc).items.set_index("item_id")
        assert items.loc["t4", "group"] == "top"
        assert items.loc["b10", "group"] == "bottom"

    def test_taobao_has_more_columns_and_perhaps_no_train_file(self, tmp_path):
        header = f"{HEADER},outfit_id,has_exploded,{NEGATIVES}"
        source = make_source(
            tmp_path / "FashionTaobao-TB",
            {
                "valid_no_dup_1vs9.csv": [header, f"t1,b1,o1,False,{NINE}"],
                "test_disj.csv": [header, f"t2,b1,o2_2,True,{NINE}"],
            },
        )
        questions = read_geco(source).questions
        assert questions["split"].value_counts().to_dict() == {
            "train": 0,
            "valid": 10,
            "test": 10,
        }

    def test_missing_images_are_listed_and_counted(self, tmp_path):
        source = make_source(
            tmp_path / "ExpReduced",
            {
                "traindata_unique_1.csv": [HEADER, "t1,b1", "t2,b2"],
                "testdata_tops_reduced_rs1.csv": [
                    f"{HEADER},{NEGATIVES}",
                    f"t3,b11,{NINE}",
                    f"t4,b12,{NINE}",
                ],
            },
            absent=["t2", "b3", "b12"],
        )
        wardrobe = read_geco(source)
        left_out = wardrobe.manifest["left_out"]
        assert sorted(left_out["images"]) == [
            "img/b12.jpg",
            "img/b3.jpg",
            "img/t2.jpg",
        ]
        assert left_out["images"]["img/t2.jpg"] == "does not exist"
        assert left_out["train pairs without an image"] == 1
        assert left_out["test pairs without an image"] == 1
        assert left_out["test negatives without an image"] == 1
        counts = wardrobe.questions["split"].value_counts()
        assert counts.to_dict() == {"train": 1, "valid": 0, "test": 9}

    def test_negative_named_twice_stays_once(self, tmp_path):
        nine = NINE.replace("b9", "b8")
        source = make_source(
            tmp_path / "FashionVC",
            {"testdata_tops.csv": [f"{HEADER},{NEGATIVES}", f"t1,b1,{nine}"]},
        )
        wardrobe = read_geco(source)
        assert wardrobe.manifest["left_out"]["test negatives named twice"] == 1
        assert len(wardrobe.questions) == 9

    @pytest.mark.parametrize(
        ("name", "place"),
        [("FashionVC", "bitbucket.org"), ("FashionTaobao-TB", "index.ts")],
    )
    def test_absent_images_are_one_line_with_their_origin(
        self, fashion_vc, name, place
    ):
        source = fashion_vc.rename(fashion_vc.parent / name)
        for path in (source / "img").iterdir():
            path.unlink()
        with pytest.raises(InputError, match="none of the 15 images") as empty:
            read_geco(source)
        (source / "img").rmdir()
        with pytest.raises(InputError, match="img: is not there") as absent:
            read_geco(source)
        for error in (empty, absent):
            assert place in str(error.value)
            assert "\n" not in str(error.value)

    def test_bad_id_is_named_with_file_and_line(self, fashion_vc):
        path = fashion_vc / "files" / "devdata_tops.csv"
        path.write_text(f"{HEADER}\nt1,b1\nt2,../b1\n")
        with pytest.raises(
            InputError, match="devdata_tops.csv, line 3, column positive_pant"
        ):
            read_geco(fashion_vc)

    def test_second_file_of_a_split_is_refused(self, fashion_vc):
        (fashion_vc / "files" / "valid.csv").write_text(f"{HEADER}\nt1,b1\n")
        with pytest.raises(InputError, match="second file of valid"):
            read_geco(fashion_vc)

    def test_no_files_is_an_error_that_says_which(self, tmp_path):
        with pytest.raises(InputError, match=r"holds no train\*.csv"):
            read_geco(tmp_path)


class TestCommand:
    def test_wardrobe_is_made_and_counted(self, fashion_vc, tmp_path, capsys):
        out = tmp_path / "out"
        assert tfcompat_main(f"import geco {fashion_vc} {out}") == 0
        said = capsys.readouterr().out
        assert "15 items in 2 groups, 5 pairs (3 of train, 1 of valid" in said
        wardrobe = Wardrobe.load(out)
        assert len(questions_from_table(wardrobe.questions, "train")) == 3
        assert (out / "img" / "t1.jpg").exists()

    def test_absent_images_are_bad_input(self, fashion_vc, tmp_path, capsys):
        for path in (fashion_vc / "img").iterdir():
            path.unlink()
        (fashion_vc / "img").rmdir()
        assert tfcompat_main(f"import geco {fashion_vc} {tmp_path / 'o'}") == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
