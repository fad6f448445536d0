import dataclasses
import shutil

import numpy as np
import pytest

from tests.command import tfcompat_main
from tfcompat.data.errors import InputError
from tfcompat.data.outfit_pairs import outfit_pairs
from tfcompat.data.questions import Questions
from tfcompat.training.clip_features import clip_features, resolve_clip
from tfcompat.training.config_files import load_config
from tfcompat.training.execution import execute
from tfcompat.training.medal_progress import StopOnCollapse
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_medal import TrainedMedal


@pytest.fixture(scope="module")
def config(medal_config):
    return medal_config


@pytest.fixture(scope="module")
def run(medal_run):
    return medal_run


@pytest.fixture(scope="module")
def trained(run, wardrobe):
    return TrainedMedal(run.path, wardrobe)


class TestRun:
    def test_history_has_losses_entropies_and_held_out_outfits(self, run):
        history = run.read_history()
        assert [row["epoch"] for row in history] == [1, 2]
        names = {
            "triplet",
            "aid_triplet",
            "alignment",
            "self_distillation",
            "teacher_entropy",
            "mean_entropy",
            "centre_norm",
            "valid_fitb_accuracy",
            "valid_recall_at_10",
        }
        assert names <= history[0].keys()

    def test_it_says_that_nothing_was_pretrained(self, run):
        for name in ("clip.json", "metrics.json"):
            content = run.read_json(name)
            assert content["clip_is_pretrained"] is False
            assert content["clip_origin"].startswith("no pretrained weights")

    def test_a_run_killed_after_an_epoch_goes_on_to_the_same_end(
        self, run, config, wardrobe, tmp_path
    ):
        path = tmp_path / "run"
        shutil.copytree(run.path, path)
        (path / "metrics.json").unlink()
        shutil.rmtree(path / "model")
        state = path / "checkpoints" / "checkpoint"
        state.write_text(state.read_text().replace("ckpt-2", "ckpt-1"))
        for file in path.glob("checkpoints/ckpt-2*"):
            file.unlink()
        resumed = execute(config, wardrobe, path, resume=True)
        np.testing.assert_allclose(
            resumed.read_history()[-1]["loss"],
            run.read_history()[-1]["loss"],
            rtol=1e-3,
        )
        ours, theirs = (
            TrainedMedal(each.path, wardrobe).latents for each in (resumed, run)
        )
        np.testing.assert_allclose(ours, theirs, atol=1e-3)

    @pytest.mark.parametrize(
        "setting, words",
        [
            ({"local_size": 20}, "local_size 20 must be a multiple"),
            ({"types": "brands"}, "types must be"),
            ({"kind": "brand"}, "kind must be category or group, got brand"),
            ({"aids": ("sound",)}, "aids must be text or image"),
            ({"heads": 3}, "heads must divide width 8, got 3"),
            ({"heads": 0}, "heads must be at least 1, got 0"),
            ({"colour_bins": (4, 6)}, "colour_bins must be three numbers"),
            ({"margin": 0.0}, "margin must be positive"),
            ({"momentum": 1.5}, "momentum must be from 0 to 1"),
            ({"clip": "/nowhere/at/all"}, "no CLIP could be loaded"),
        ],
    )
    def test_wrong_settings_are_named(
        self, config, wardrobe, tmp_path, setting, words
    ):
        with pytest.raises(InputError, match=words):
            wrong = dataclasses.replace(config, **setting)
            execute(wrong, wardrobe, tmp_path / "run")

    def test_configs_are_the_papers_and_a_small_one(self):
        paper = load_config("medal")
        assert (paper.image_size, paper.local_size) == (224, 96)
        assert paper.vision_dim + paper.colour_dim == 128
        assert paper.head_units == 1 << 16
        assert load_config("medal-small").head_units < 1 << 12


class TestStopOnCollapse:
    @pytest.fixture
    def stop(self, tmp_path):
        run = RunFolder(tmp_path / "x")

        def watch(*epochs, of=9):
            """Goes on with a run of so many epochs, as a new process does."""
            stop = StopOnCollapse(run)
            stop.set_params({"epochs": of})
            for teacher, mean in epochs:
                history = run.read_history()
                numbers = {
                    "teacher_entropy": teacher,
                    "mean_entropy": mean,
                    "centre_norm": 1.0,
                }
                stop.on_epoch_end(len(history), numbers)
                run.write_history([*history, numbers])

        return watch

    def test_even_probabilities_stop_the_run(self, stop):
        with pytest.raises(InputError, match="/x: collapsed in epoch 3"):
            stop((0.5, 0.9), (0.999, 1.0), (0.999, 1.0))

    def test_one_prototype_for_all_stops_the_run(self, stop):
        with pytest.raises(InputError, match="all images on one prototype"):
            stop((0.01, 0.01), (0.01, 0.01))

    def test_a_single_bad_epoch_does_not(self, stop):
        stop((0.999, 1.0), (0.5, 0.9), (0.999, 1.0), (0.01, 0.5))

    def test_a_resumed_run_knows_the_bad_epoch_before(self, stop):
        stop((0.5, 0.9), (0.999, 1.0))
        with pytest.raises(InputError, match="collapsed in epoch 3"):
            stop((0.999, 1.0))

    def test_the_last_epoch_must_be_good(self, stop):
        with pytest.raises(InputError, match="collapsed in epoch 2"):
            stop((0.5, 0.9), (0.999, 1.0), of=2)


class TestTrainedMedal:
    def test_scores_are_those_of_the_model(self, trained, wardrobe):
        rows = np.arange(len(wardrobe.items), dtype="int32")
        questions = Questions(
            np.full(2, -1), [0, 1], [[20, 21, 22], [30, 2, 1]], np.zeros((2, 3))
        )
        inputs = {
            "items": _images(trained, rows),
            "categories": wardrobe.item_categories,
            "query": questions.query,
            "candidates": questions.candidates,
        }
        np.testing.assert_allclose(
            trained.score(questions), trained.model(inputs), atol=1e-4
        )

    def test_rank_is_of_the_group_and_without_the_query(
        self, trained, wardrobe
    ):
        rows, scores = trained.rank(3, "top", k=50)
        assert 3 not in rows and len(rows) == 19
        assert (wardrobe.items["group"].iloc[rows] == "top").all()
        assert (np.diff(scores) <= 0).all()
        with pytest.raises(ValueError, match="`group`"):
            trained.rank(3, "shoes")

    def test_outfits_are_scored_by_the_mean_of_their_items(self, trained):
        outfits = np.array([[0, 1, -1], [2, -1, -1]])
        candidates = np.array([[20, 21], [22, -1]])
        single = [
            trained._scorer.score([row], [asked])[0]
            for row, asked in ((0, [20, 21]), (1, [20, 21]), (2, [22]))
        ]
        np.testing.assert_allclose(
            trained.score_outfits(outfits, candidates),
            [(single[0] + single[1]) / 2, [single[2][0], -np.inf]],
            rtol=1e-5,
        )

    def test_a_new_category_is_compared_in_the_mean_space(self, run, wardrobe):
        items = wardrobe.items.assign(category="poncho")
        moved = TrainedMedal(
            run.path, dataclasses.replace(wardrobe, items=items)
        )
        assert np.isfinite(moved.rank(0, "bottom", 5)[1]).all()

    def test_another_run_is_refused(self, small_clip, wardrobe):
        with pytest.raises(InputError, match="not of MEDAL"):
            TrainedMedal(small_clip.path, wardrobe)


def _images(trained, rows):
    from tfcompat.data.images import ImageStore

    paths = trained.wardrobe.image_paths
    return ImageStore(paths, trained.config["image_size"]).batch(rows)


class TestResolveClip:
    def test_a_run_and_its_folder_of_weights_are_the_same(
        self, small_clip, wardrobe, run
    ):
        by_run = resolve_clip(str(small_clip.path), wardrobe, run)
        by_weights = resolve_clip(str(small_clip.model), wardrobe, run)
        assert by_run.origin == by_weights.origin
        features = clip_features(by_run, wardrobe)
        for found in features.values():
            assert found.shape == (40, by_run.dim)

    def test_another_run_is_refused(self, run, wardrobe):
        with pytest.raises(InputError, match="not of CLIP"):
            resolve_clip(str(run.path), wardrobe, run)


class TestCommand:
    def test_a_wardrobe_without_outfits_is_refused(
        self, wardrobe, tmp_path, capsys
    ):
        bare = dataclasses.replace(wardrobe, outfits=wardrobe.outfits[:0])
        bare.save(tmp_path / "bare")
        line = f"train medal-small --data {tmp_path}/bare --out {tmp_path}/run"
        assert tfcompat_main(line) == 2
        assert "outfits.csv has no outfit" in capsys.readouterr().err

    def test_splits_share_no_pair_and_cover_all(self, wardrobe):
        parts = [
            len(outfit_pairs(wardrobe, (part,)))
            for part in ("train", "valid", "test")
        ]
        assert sum(parts) == len(wardrobe.outfits)
        assert parts[0] > parts[2] > parts[1] > 0
