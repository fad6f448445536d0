import json
from functools import partial

import numpy as np
import pytest

from tests.command import tfcompat_main
from tests.designer_run import write_designer_run
from tfcompat.data.errors import InputError
from tfcompat.evaluation import design_judges
from tfcompat.evaluation.design_report import write_design_report
from tfcompat.evaluation.design_taste import measure_taste
from tfcompat.evaluation.evaluate import evaluate_run
from tfcompat.evaluation.evaluate_designs import evaluate_designer
from tfcompat.training.gan_baseline_configs import Pix2pixConfig
from tfcompat.training.gan_baselines import build_baseline
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.subspace_net import save_model


@pytest.fixture(autouse=True)
def few_designs_for_taste(monkeypatch):
    """Looking at the colours of hundreds takes seconds."""
    monkeypatch.setattr(
        design_judges,
        "measure_taste",
        partial(measure_taste, most_queries=4, most_customers=4),
    )


@pytest.fixture(scope="module")
def run(runs, wardrobe, tmp_path_factory):
    path = tmp_path_factory.mktemp("designs") / "designer"
    return write_designer_run(path, wardrobe, runs / "garment-encoder")


@pytest.fixture(scope="module")
def baseline(wardrobe, tmp_path_factory):
    """A Pix2pix at its random start, which stands on no garment encoder."""
    config = Pix2pixConfig(image_size=32, width=2)
    run = RunFolder.start(tmp_path_factory.mktemp("pix") / "pix2pix", config)
    save_model(build_baseline(config), wardrobe, run)
    run.write_json("metrics.json", {})
    return run


@pytest.fixture
def measured(monkeypatch):
    """Numbers that were not measured."""
    monkeypatch.setattr(
        "tfcompat.evaluation.design_report.evaluate_designer",
        lambda *args, **judges: {
            "count": 5,
            "generation": {"fid": 1.25, "features": "garment"},
        },
    )


class TestEvaluate:
    def test_json_has_the_promised_keys(
        self, run, runs, wardrobe_folder, capsys
    ):
        status = tfcompat_main(
            f"evaluate {run.path} --data {wardrobe_folder} --split train --json"
            f" --features {runs}/garment-encoder --scorer {runs}/psa-net"
        )
        assert status == 0
        report = json.loads(capsys.readouterr().out)
        assert report["model"] == "Designer"
        assert report["split"] == "train"
        generation = report["generation"]
        assert {"inception_score", "opposite_ssim", "fid", "kid"} <= set(
            generation
        )
        assert generation["features"] == "garment"
        assert generation["fid_garment"] == generation["fid"] > 0
        assert {"designed", "real", "random", "beats_random"} <= set(
            report["compatibility"]
        )
        assert {"colour", "formality", "direction"} <= set(report["taste"])
        assert report["count"] > 256

    def test_too_few_images_are_refused_with_the_number_needed(
        self, run, wardrobe
    ):
        with pytest.raises(
            InputError, match=r"fid_garment needs at least 257 .* are \d+ pairs"
        ):
            evaluate_run(run.path, wardrobe, "valid")

    def test_a_baseline_must_be_told_whose_eyes(
        self, baseline, runs, wardrobe, capsys
    ):
        with pytest.raises(InputError, match="no garment encoder; .*--feat"):
            evaluate_designer(baseline.path, wardrobe, "train")
        report = evaluate_designer(
            baseline.path,
            wardrobe,
            "train",
            features=str(runs / "garment-encoder"),
        )
        assert report["model"] == "Pix2pix"
        assert "compatibility" not in report
        # It is told of no customer, and so has no direction at all.
        assert report["taste"]["direction"] == 0

    def test_some_customers_alone(self, run, wardrobe):
        with pytest.raises(InputError, match="pairs held out"):
            evaluate_designer(run.path, wardrobe, customers=np.array([3]))

    def test_eyes_are_for_runs_that_design(self, runs, wardrobe):
        with pytest.raises(InputError, match="psa-net: designs nothing that"):
            evaluate_run(runs / "psa-net", wardrobe, features="x", scorer="")


class TestReport:
    def test_page_shows_numbers_and_pictures(
        self,
        run,
        baseline,
        runs,
        wardrobe,
        wardrobe_folder,
        tmp_path,
        measured,
        capsys,
    ):
        status = tfcompat_main(
            f"report {run.path} {baseline.path} --data {wardrobe_folder} "
            f"--out {tmp_path / 'page.html'}"
        )
        assert status == 0
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert page.count("data:image/png;base64,") == 3
        assert "<td>designer</td><td>1.250</td>" in page
        assert "<td>pix2pix</td>" in page
        assert "http" not in page  # Whole by itself.
        names = "page.html", "page_survey.html", "page_survey_key.json"
        written = [str(tmp_path / name) for name in names]
        assert capsys.readouterr().out.split() == written
        survey, key = (
            (tmp_path / name).read_text(encoding="utf-8") for name in names[1:]
        )
        assert "data:image/png;base64," in survey and "pix2pix" not in survey
        key = json.loads(key)
        assert key["ours"] == "designer" and key["questions"]
        for sides in key["questions"].values():
            assert set(sides.values()) == {"designer", "pix2pix"}

    def test_one_run_has_nobody_to_stand_beside(
        self, run, wardrobe, tmp_path, measured
    ):
        page = tmp_path / "page.html"
        written = write_design_report({"ours": run.path}, wardrobe, page)
        assert written == [page] == list(tmp_path.iterdir())

    def test_runs_of_two_tasks_are_reported_apart(
        self, run, runs, wardrobe, wardrobe_folder, tmp_path, capsys
    ):
        other = write_designer_run(
            tmp_path / "turned",
            wardrobe,
            runs / "garment-encoder",
            query_group="bottom",
            target_group="top",
        )
        status = tfcompat_main(
            f"report {run.path} {other.path} --data {wardrobe_folder} "
            f"--out {tmp_path / 'page.html'}"
        )
        assert status == 2
        assert "differ in query_group: bottom, top" in capsys.readouterr().err
