import json
import math

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.command import tfcompat_main
from tfcompat.data.change_files import AttributeChanges
from tfcompat.data.errors import InputError
from tfcompat.evaluation.attribute_evaluation import (
    adde_m_content,
    change_queries,
    load_model,
)
from tfcompat.losses.triplet import TripletLoss
from tfcompat.training.adde import ADDEConfig, adde_labels
from tfcompat.training.adde_m import ADDEMConfig
from tfcompat.training.best_epoch import BestEpoch, GrowingMargin
from tfcompat.training.change_search import measure_changes
from tfcompat.training.garment_detector import GarmentDetectorConfig
from tfcompat.training.garment_encoder import GarmentEncoderConfig
from tfcompat.training.outfits import OutfitConfig
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.similarity import SimilarityConfig


def report(capsys, folder, run):
    line = f"evaluate {run} --data {folder} --json"
    assert tfcompat_main(line) == 0
    return json.loads(capsys.readouterr().out)


class TestRuns:
    def test_encoder_tells_attributes(
        self, attribute_runs, outfit_folder, capsys
    ):
        found = report(capsys, outfit_folder, attribute_runs / "adde")
        accuracy = found["attribute_accuracy"]
        assert accuracy.keys() == {
            "accuracy",
            "category",
            "color",
            "pattern",
            "length",
            "fit",
        }
        metrics = RunFolder(attribute_runs / "adde").read_json("metrics.json")
        assert metrics["valid_accuracy"] == max(
            row["valid_accuracy"]
            for row in RunFolder(attribute_runs / "adde").read_history()
        )

    def test_manipulation_has_the_promised_keys(
        self, attribute_runs, outfit_folder, outfit_wardrobe, capsys
    ):
        found = report(capsys, outfit_folder, attribute_runs / "adde-m")
        assert found["model"] == "ADDEM" and found["k"] == 5
        assert found["attributes"].keys() == {
            "top_k_accuracy",
            "ndcg",
            "ndcg_target",
            "ndcg_other",
        }
        changes = AttributeChanges.load(
            attribute_runs / "adde-m", outfit_wardrobe.items["item_id"]
        )
        assert found["count"] == len(changes.queries["test"])
        # Several attributes at once, as was asked for.
        assert set(np.abs(changes.triplets.change).sum(axis=1)) == {2, 4}

    def test_change_weight_is_the_greatest_that_keeps_the_rest(
        self, attribute_runs, outfit_wardrobe
    ):
        run = RunFolder(attribute_runs / "adde-m")
        config, model = run.read_config(), load_model(run)
        labels = adde_labels(model.encoder, outfit_wardrobe)
        queries = change_queries(config, labels, outfit_wardrobe, "valid")
        content = adde_m_content(run, config, outfit_wardrobe)
        chosen = model.change_weight

        def others_kept(weight):
            model.change_weight = weight
            return measure_changes(model, content, labels, queries, 5)[
                "ndcg_other"
            ]

        weights = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
        kept = [others_kept(weight) for weight in weights]
        model.memory.memory.assign(tf.zeros_like(model.memory.memory))
        unchanged = others_kept(1.0)
        enough = [
            w for w, k in zip(weights, kept, strict=True) if k >= unchanged
        ]
        assert chosen == (enough or weights[-1:])[0]
        metrics = run.read_json("metrics.json")
        assert metrics["change_weight"] == chosen
        assert metrics["valid_ndcg_other"] == kept[weights.index(chosen)]

    def test_similarity_orders_triplets(
        self, attribute_runs, outfit_folder, capsys
    ):
        found = report(capsys, outfit_folder, attribute_runs / "adde-c")
        by_attribute = found["triplet_accuracy_by_attribute"]
        assert 0 < found["triplet_accuracy"] < 1
        assert set(by_attribute) >= {"color", "fit"}

    @pytest.mark.parametrize("name", ["csa-net", "adde-o"])
    def test_outfits_are_measured_beside_the_oracle(
        self, attribute_runs, outfit_folder, capsys, name
    ):
        found = report(capsys, outfit_folder, attribute_runs / name)
        for scores in (found, found["oracle"]):
            assert 0 <= scores["fitb_accuracy"] <= 1
            assert 0 <= scores["overall"]["roc_auc"] <= 1
            recall = scores["retrieval"]
            assert recall["recall_at_10"] <= recall["recall_at_50"] <= 1
        # Who put the outfits together tells them from random ones.
        assert found["oracle"]["overall"]["roc_auc"] > 0.8

    def test_text_names_every_number(
        self, attribute_runs, outfit_folder, capsys
    ):
        line = f"evaluate {attribute_runs / 'csa-net'} --data {outfit_folder}"
        assert tfcompat_main(line) == 0
        assert "retrieval.recall_at_10 " in capsys.readouterr().out

    def test_backbone_stays_as_it_was(self, attribute_runs):
        encoder, trained = (
            keras.saving.load_model(
                attribute_runs / name / "model" / "model.keras", compile=False
            )
            for name in ("adde", "adde-m")
        )
        for one, other in zip(
            encoder.backbone.weights,
            trained.encoder.backbone.weights,
            strict=True,
        ):
            np.testing.assert_array_equal(one.numpy(), other.numpy())
        assert not np.array_equal(
            encoder.learners.kernel, trained.encoder.learners.kernel
        )


class TestBestEpoch:
    def test_returns_to_the_best_and_remembers_it(self, tmp_path):
        run = RunFolder(tmp_path)
        model = keras.Sequential([keras.layers.Dense(1)])
        model.build((None, 1))
        values = iter([0.1, 0.5, 0.3])
        best = BestEpoch(lambda model: {"v": next(values)}, "v", run)
        best.set_model(model)
        for epoch in range(3):
            model.set_weights([np.full((1, 1), epoch), np.zeros(1)])
            logs = {}
            best.on_epoch_end(epoch, logs)
            assert "v" in logs
        assert BestEpoch(None, "v", run).best == 0.5
        assert best.restore(model) == 2
        assert float(model.weights[0]) == 1.0


class TestGrowingMargin:
    def test_margin_of_every_epoch(self):
        growing = GrowingMargin([], 0.5, 0.1, 10)
        margins = [growing.margin(epoch) for epoch in (0, 9, 10, 29)]
        assert margins == pytest.approx([0.5, 0.5, 0.6, 0.7])

    def test_running_fit_takes_the_new_margin(self):
        loss = TripletLoss(0.5)
        model = keras.Sequential([keras.layers.Dense(2, use_bias=False)])
        model.compile(keras.optimizers.SGD(0.0), loss=loss)
        inputs, labels = np.zeros((1, 3)), np.array([[1.0, 0.0]])
        history = model.fit(
            inputs,
            labels,
            epochs=3,
            verbose=0,
            callbacks=[GrowingMargin([loss], 0.5, 0.25, every=1)],
        ).history
        # Equal scores cost the margin.
        assert history["loss"] == pytest.approx([0.5, 0.75, 1.0])


class TestConfigs:
    @pytest.mark.parametrize(
        ("make", "settings", "message"),
        [
            (ADDEMConfig, {"backbone": "alexnet"}, "fine_tuned or frozen"),
            (ADDEMConfig, {"most_changes": 0}, "most_changes must be at least"),
            (SimilarityConfig, {"masks": "soft"}, "masks must be one of"),
            (OutfitConfig, {"subspaces": "sum"}, "are those of embedding"),
            (OutfitConfig, {"attention": "customer"}, "attention must be one"),
            (OutfitConfig, {"negatives": 0}, "negatives must be at least 1"),
            (OutfitConfig, {"epochs": 0}, "epochs must be at least 1"),
            (OutfitConfig, {"least_items": 1}, "least_items must be at least"),
            (OutfitConfig, {"margin": -1.0}, "margin must be positive"),
            (OutfitConfig, {"margin": math.nan}, "margin must be positive"),
            (ADDEConfig, {"batch_size": 0}, "batch_size must be at least 1"),
            (ADDEMConfig, {"margin_step": -0.1}, "margin_step must be at"),
            (SimilarityConfig, {"dim": 0}, "dim must be at least 1, got 0"),
            (GarmentDetectorConfig, {"epochs": 0}, "epochs must be at least"),
            (GarmentEncoderConfig, {"epochs": 0}, "epochs must be at least"),
        ],
    )
    def test_wrong_settings_are_named(self, make, settings, message):
        with pytest.raises(InputError, match=message):
            make(**settings)
