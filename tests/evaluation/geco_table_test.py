import gc
import json
import re

import pytest
import tensorflow as tf
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.evaluation import geco_table, reproduction
from tfcompat.evaluation.geco_page import write_geco_page
from tfcompat.evaluation.geco_rows import geco_rows, sweep_rows
from tfcompat.evaluation.reproduction import Row
from tfcompat.training.run_folder import RunFolder

GECO = "geco-small"


class TestRows:
    def test_all_of_the_papers_models_and_ablations(self, planted):
        names = [row.name for row in geco_rows("", [planted])]
        for name in ("GECo", "MGCM", "Pix2PixCM", "BPR-DAE", "Popularity"):
            assert name in names
        assert {"GECo without BPR", "GECo without InfoNCE"} <= set(names)
        assert "GECo's towers, top alone" in names

    def test_further_rows_are_those_that_the_wardrobe_allows(self, planted):
        # It has text and votes; a designer is named.
        every = {row.name for row in geco_rows("", [planted], "runs/designer")}
        assert "with text" in every
        assert "for the customer, with a design, of votes" in every
        bare = type(planted).from_frames(
            planted.folder, planted.items.drop(columns="text")
        )
        some = {row.name for row in geco_rows("", [planted, bare])}
        assert not {"with text", "for the customer, of votes"} & some

    def test_parts_hold_geco_and_what_was_asked_for(self, planted):
        rows = geco_rows("", [planted], parts=["ablation"])
        assert {row.section for row in rows[1:]} == {"ablation"}
        assert rows[0].name == "GECo"

    def test_sweep_has_the_papers_values_and_shares_the_tables_run(self):
        rows = {row.name: row.settings for row in sweep_rows("")}
        assert len(rows) == 3 + 4 + 5
        assert rows["alpha = 0.5"] == rows["beta = 1.0"] == ()
        assert rows["tau = 0.005"] == ("temperature=0.005",)

    def test_sweep_keeps_its_values_where_the_table_has_others(self):
        given = ["bpr_weight=0.25", "geco.temperature=0.1", "cigm.epochs=1"]
        rows = {row.name: row.settings for row in sweep_rows("", given)}
        assert rows["alpha = 0.25"] == rows["tau = 0.1"] == ()
        assert rows["alpha = 0.5"] == ("bpr_weight=0.5",)
        assert rows["tau = 0.5"] == ("temperature=0.5",)


@pytest.fixture(scope="module")
def reproduced(planted, geco_runs, tmp_path_factory):
    """Folder of a table of two models and a sweep of two values.

    And how many variables lived before each training, and how many trainings
    there were.
    """
    out = tmp_path_factory.mktemp("reproduced") / "out"
    rows = (
        Row("GECo", GECO, section="models"),
        Row("Popularity", "popularity", section="models"),
        Row("GECo without BPR", GECO, ("bpr_weight=0.0",), "ablation"),
    )
    swept = (
        Row("alpha = 0.5", GECO, section="alpha"),
        Row("tau = 0.1", GECO, ("temperature=0.1",), section="tau"),
    )
    alive = []
    original = reproduction.execute

    def counted(config, wardrobe, path, **options):
        if not RunFolder(path).is_finished:
            gc.collect()
            objects = gc.get_objects()
            variables = [x for x in objects if isinstance(x, tf.Variable)]
            alive.append((type(config).__name__, len(variables)))
        return original(config, wardrobe, path, **options)

    settings = " ".join(
        f"--set {text}"
        for text in (
            "epochs=1",
            "epoch_steps=1",
            "image_size=32",
            "width=2",
            "batch_size=32",
            "precision=float32",
            "query_parts=item,template",
            f"encoder={geco_runs['encoder'].path}",
            f"{GECO}.dropout_rate=0.25",
        )
    )
    command = (
        f"reproduce geco --data {planted.folder} --out {out} --seeds 1 "
        f"{settings}"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geco_table, "geco_rows", lambda *_: rows)
        patch.setattr(geco_table, "sweep_rows", lambda *_: swept)
        patch.setattr(reproduction, "execute", counted)
        assert tfcompat_main(command) == 0
        trained = len(alive)
        assert tfcompat_main(command) == 0
    return out, alive[:trained], len(alive) - trained


class TestReproduceGeco:
    def test_tables_are_written(self, reproduced):
        text = (reproduced[0] / "table.md").read_text()
        for title in ("Table 2", "Table 3", "Table 4", "Figure 8"):
            assert title in text
        assert re.search(r"\| GECo \| [01]\.\d{4} \|", text)
        assert re.search(r"\| tau = 0\.1 \| [01]\.\d{4} \|", text)
        table = json.loads((reproduced[0] / "table.json").read_text())
        assert table["rows"]["GECo"]["overall.roc_auc"][0] <= 1
        with Image.open(reproduced[0] / "sweep.png") as plot:
            assert min(plot.size) > 100

    def test_finished_runs_are_not_trained_again(self, reproduced):
        assert reproduced[2] == 0

    def test_a_setting_may_be_for_one_config(self, reproduced):
        runs = reproduced[0] / "runs" / "wardrobe" / "seed-0"
        config = json.loads((runs / GECO / "config.json").read_text())
        assert config["dropout_rate"] == 0.25

    def test_a_stage_that_is_named_is_not_trained(self, reproduced):
        kinds = {kind for kind, _ in reproduced[1]}
        assert kinds == {"GECoConfig", "PopularityConfig", "CIGMConfig"}

    def test_trainings_leave_nothing_behind(self, reproduced):
        before = [count for kind, count in reproduced[1] if "GECo" in kind]
        # A model and its optimiser are hundreds of variables.
        assert len(before) == 3
        assert before[-1] - before[0] < 40, reproduced[1]


class TestPage:
    def test_shows_templates_and_lists(self, planted, geco_runs, tmp_path):
        page = write_geco_page(
            {"GECo": geco_runs["geco"].path},
            planted,
            tmp_path / "page.html",
            queries=2,
        )
        text = page.read_text()
        assert text.count('alt="template"') == 2
        assert text.count('alt="found"') == 2 * 5
        assert text.count('alt="worn with it"') == 2
