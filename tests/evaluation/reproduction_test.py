import json
import shutil

import pytest

from tfcompat.data.errors import InputError
from tfcompat.evaluation.reproduction import (
    Row,
    teach_attributes,
    train_rows,
    with_settings,
)

ROW = Row("Partial Dual", "partial-dual")


@pytest.fixture
def reproduce(wardrobe_folder, tmp_path):
    """Function of settings: what `train_rows` returns for one row."""

    def run(*settings, rows=(ROW,), measure=lambda *_: {"count": 1}, **kwargs):
        return train_rows(
            rows,
            kwargs.pop("stages", {}),
            [kwargs.pop("data", wardrobe_folder)],
            tmp_path / "out",
            seeds=1,
            settings=settings,
            measure=measure,
            **kwargs,
        )

    return run


class TestFinishedRuns:
    def test_are_measured_once(self, reproduce):
        measured = []

        def measure(path, wardrobe):
            measured.append(path)
            return {"count": len(measured)}

        first = reproduce(measure=measure)
        assert reproduce(measure=measure) == first
        assert first[0]["count"] == 1
        # Another report of the same run is measured by itself.
        other = reproduce(measure=measure, report_name="other.json")
        assert other[0]["count"] == len(measured) == 2
        kept = json.loads((measured[0] / "other.json").read_text("utf-8"))
        assert kept == {"count": 2}

    def test_of_other_settings_are_refused(self, reproduce):
        reproduce()
        with pytest.raises(InputError, match="rank 8 -> 4"):
            reproduce("rank=4")

    def test_of_another_wardrobe_are_refused(
        self, reproduce, wardrobe_folder, tmp_path
    ):
        reproduce()
        folder = tmp_path / wardrobe_folder.name
        shutil.copytree(wardrobe_folder, folder)
        votes = folder / "item_votes.csv"
        lines = votes.read_text("utf-8").splitlines(keepends=True)
        votes.write_text("".join(lines[:-5]), "utf-8")
        with pytest.raises(InputError, match="wardrobe"):
            reproduce(data=folder)


class TestSettings:
    def test_of_a_config_named_in_front_are_for_it_alone(self):
        settings = ["epochs=3", "medal-small.epochs=2", "clip-small.seed=1"]
        assert with_settings("medal-small", settings).epochs == 2
        assert with_settings("csa-net", settings).epochs == 3
        # A point in the value is none in the name.
        floats = ["learning_rate=0.5", "csa-net.margin=0.1"]
        found = with_settings("csa-net", floats)
        assert (found.learning_rate, found.margin) == (0.5, 0.1)

    def test_stage_that_is_given_is_not_trained(self, reproduce, tmp_path):
        found = reproduce(
            "partial_dual=/some/where",
            stages={"partial_dual": "partial-dual"},
            rows=[Row("Popularity", "popularity")],
        )
        runs = {path.parent.name for path in tmp_path.rglob("config.json")}
        assert runs == {"popularity"}
        assert found[0]["row"] == "Popularity"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("epohcs=3", "no setting 'epohcs' of any run config"),
            ("partial-dual.width=3", "no setting 'width' of partial-dual"),
            ("two-towel.epochs=3", "no run config 'two-towel'"),
        ],
    )
    def test_nobody_knows(self, reproduce, text, words):
        with pytest.raises(InputError, match=words):
            reproduce(text)

    def test_of_a_row_that_nobody_knows(self, reproduce):
        with pytest.raises(InputError, match="no setting 'widht'"):
            reproduce(rows=[Row("One", "partial-dual", ("widht=3",))])

    def test_that_names_a_stage_is_known(self, reproduce):
        with pytest.raises(InputError, match="no setting 'partial_dual'"):
            reproduce("partial_dual=run")


class TestTeachAttributes:
    def test_where_all_wardrobes_have_two(
        self, outfit_folder, planted, tmp_path
    ):
        bare = tmp_path / "bare"
        shutil.copytree(planted.folder, bare)
        columns = ["item_id", "image", "group", "category"]
        planted.items[columns].to_csv(bare / "items.csv", index=False)
        assert teach_attributes([outfit_folder, planted.folder], [])
        assert not teach_attributes([outfit_folder, bare], ["epochs=1"])

    def test_where_an_encoder_is_given(self, planted):
        assert teach_attributes([planted.folder], ["encoder=run"])
