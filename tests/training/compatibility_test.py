import dataclasses
import json

import numpy as np
import pytest

from tests.command import tfcompat_main
from tfcompat.data.compatible_pairs import compatibility_questions
from tfcompat.data.errors import InputError
from tfcompat.training.compatibility import (
    BPRDAEConfig,
    GECoConfig,
    MGCMConfig,
    Pix2PixCMConfig,
    PopularityConfig,
    RandomConfig,
)
from tfcompat.training.compatibility_batches import offer_whole_batch
from tfcompat.training.config_files import load_config
from tfcompat.training.execution import execute
from tfcompat.training.gan_baselines import build_baseline
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_matcher import TrainedMatcher

SMALL = {"batch_size": 16, "epochs": 2, "precision": "float32"}
GECO = GECoConfig(
    image_size=32,
    backbone="small_cnn",
    pixels="unit",
    **SMALL,
)
OWN = ("item", "template", "customer", "text")


@pytest.fixture(scope="module")
def runs(planted, geco_runs, tmp_path_factory):
    """Finished runs by name; GECo learns, the others only run."""
    folder = tmp_path_factory.mktemp("runs")
    encoder = str(geco_runs["encoder"].path)
    configs = {
        "tuned": GECoConfig(
            image_size=32,
            backbone="frozen",
            trained_convolutions=2,
            encoder=encoder,
            generator=str(geco_runs["cigm"].path),
            **SMALL,
        ),
        "bpr_dae": BPRDAEConfig(**SMALL, encoder=encoder),
        "mgcm": MGCMConfig(image_size=16, width=2, **SMALL),
        "pix2pix_cm": Pix2PixCMConfig(image_size=16, width=2, **SMALL),
        "popularity": PopularityConfig(),
        "random": RandomConfig(),
    }
    made = {
        name: execute(config, planted, folder / name)
        for name, config in configs.items()
    }
    return {**made, **geco_runs}


MODELS = (
    "geco",
    "tuned",
    "bpr_dae",
    "mgcm",
    "pix2pix_cm",
    "popularity",
    "random",
)


class TestCIGM:
    def test_diversity_is_measured_with_and_without_noise(self, runs):
        metrics = runs["cigm"].read_json("metrics.json")
        assert 0 < metrics["diversity_of_noise"]
        assert {"diversity_with_noise", "diversity_without_noise"} <= set(
            metrics
        )

    def test_published_networks(self):
        model = build_baseline(load_config("cigm"))
        assert model.generator.noise_dim == 1024
        assert model.generator.dropout_blocks == 2
        shape = model.discriminator.compute_output_shape((1, 128, 128, 6))
        assert shape[1:3] == (8, 8)
        config = load_config("cigm")
        assert (config.epochs, config.batch_size) == (200, 64)
        assert (config.l1_weight, config.learning_rate) == (100.0, 2e-4)


@pytest.mark.parametrize("name", MODELS)
class TestEveryModel:
    def test_saved_model_scores_and_ranks_alike(self, runs, name, planted):
        matcher = TrainedMatcher(runs[name].path, planted)
        questions = compatibility_questions(planted, "top", "bottom", "test")
        scores = matcher.score(questions)
        assert scores.shape == questions.candidates.shape
        assert np.isfinite(scores).all()
        # The same pairs out of the whole ranking.
        rows = np.unique(questions.candidates)
        for part, block in matcher.score_blocks(
            questions.customer, questions.query, rows
        ):
            places = np.searchsorted(rows, questions.candidates[part])
            np.testing.assert_allclose(
                np.take_along_axis(block, places, axis=1),
                scores[part],
                rtol=1e-3,
                atol=1e-4,
            )


class TestGECo:
    def test_learns_what_goes_together(self, runs, planted, capsys):
        run = runs["geco"].path
        arguments = f"evaluate {run} --data {planted.folder}"
        assert tfcompat_main(f"{arguments} --json") == 0
        report = json.loads(capsys.readouterr().out)
        assert report["model"] == "GECo"
        assert report["pairs"] == "outfits"
        # A quarter of the bottoms has the colour, so that nobody has 1: a
        # negative of the right colour beats half of the time.
        assert report["overall"]["roc_auc"] > 0.65
        assert report["mgcm_protocol"]["roc_auc"] > 0.65
        assert tfcompat_main(arguments) == 0
        assert "MRR, all" in capsys.readouterr().out

    def test_killed_run_ends_like_one_that_was_not(
        self, runs, planted, tmp_path, monkeypatch
    ):
        encoder = str(runs["encoder"].path)
        config = BPRDAEConfig(**{**SMALL, "batch_size": 24}, encoder=encoder)
        original = RunFolder.write_history

        def killed(self, epochs):
            if len(epochs) == 2:
                raise KeyboardInterrupt
            original(self, epochs)

        with monkeypatch.context() as patch:
            patch.setattr(RunFolder, "write_history", killed)
            with pytest.raises(KeyboardInterrupt):
                execute(config, planted, tmp_path / "run")
        resumed = execute(config, planted, tmp_path / "run", resume=True)
        whole = execute(config, planted, tmp_path / "whole")
        losses = [run.read_history()[-1]["loss"] for run in (resumed, whole)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-3)

    def test_customers_and_text_are_part_of_the_query(
        self, runs, planted, tmp_path
    ):
        config = dataclasses.replace(
            GECO,
            epochs=1,
            pairs="votes",
            query_parts=OWN,
            text_dim=8,
            generator=str(runs["cigm"].path),
        )
        run = execute(config, planted, tmp_path / "run")
        matcher = TrainedMatcher(run.path, planted)
        assert matcher.config == config
        questions = compatibility_questions(
            planted, "top", "bottom", "test", "votes"
        )
        scores = matcher.score(questions)
        others = dataclasses.replace(questions, customer=1 - questions.customer)
        assert np.abs(matcher.score(others) - scores).max() > 1e-5

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"pixels": "x"}, "pixels must be imagenet or unit, got 'x'"),
            ({"query_parts": ("design",)}, "name a finished run of a designer"),
            ({"query_parts": ("hat",)}, "query_parts must be some of"),
            ({"query_parts": ("text",)}, "items.csv has no text"),
            ({"weights": "/none.h5"}, "there is no such weights file"),
        ],
    )
    def test_wrong_settings_are_bad_input(
        self, planted, tmp_path, changes, message
    ):
        wardrobe = dataclasses.replace(
            planted, items=planted.items.drop(columns="text")
        )
        changes = {"query_parts": ("item",), **changes}
        config = dataclasses.replace(GECO, **changes)
        with pytest.raises(InputError, match=message):
            execute(config, wardrobe, tmp_path / "run")

    def test_run_of_another_model_is_refused(self, runs, planted):
        with pytest.raises(InputError, match="neither of GECo nor of one"):
            TrainedMatcher(runs["encoder"].path, planted)

    def test_config_by_name_has_the_published_numbers(self):
        config = load_config("geco")
        assert (config.backbone, config.embedding_dim) == ("resnet18", 128)
        assert (config.learning_rate, config.decay_epochs) == (1e-4, 8)
        assert (config.epochs, config.batch_size) == (50, 64)
        assert config.bpr_weight == 0.5 and config.info_nce_weight == 1.0
        assert not config.template_noise


class TestOfferWholeBatch:
    def test_by_hand(self):
        # The first and the last have the same candidate.
        inputs = {"candidates": np.array([[5], [6], [5]])}
        offered, labels = offer_whole_batch(inputs, None)
        assert offered["candidates"].numpy().tolist() == [[5, 6, 5]] * 3
        assert labels.numpy().tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
