import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.design_batches import design_pairs
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.evaluation.design_quality import (
    measure_compatibility,
    measure_designs,
    score_designs,
)
from tfcompat.training.design_scorer import DesignScorer
from tfcompat.training.generation_features import GenerationFeatures

SIZE = 32


class Blurred(keras.Model):
    """Designs that are the query, all one colour."""

    def call(self, inputs):
        means = tf.reduce_mean(inputs["query"], axis=(1, 2), keepdims=True)
        return tf.broadcast_to(means, tf.shape(inputs["query"]))


class Copied(keras.Model):
    """Designs that are the query itself."""

    def call(self, inputs):
        return inputs["query"]


@pytest.fixture(scope="module")
def pairs(wardrobe):
    return design_pairs(wardrobe, "top", "bottom", ("train", "valid", "test"))


@pytest.fixture(scope="module")
def images(wardrobe):
    return ImageStore(wardrobe.image_paths, SIZE)


@pytest.fixture(scope="module")
def network():
    """Mean colours of four quarters, and the softmax of three of them."""

    def read(images):
        features = tf.reshape(
            tf.image.resize(images, (2, 2), method="area"), (-1, 12)
        )
        return features, tf.nn.softmax(10 * features[:, :3])

    return GenerationFeatures("quarters", read, 16, 12, 3)


class TestMeasureDesigns:
    def test_real_items_are_no_way_from_themselves(
        self, pairs, images, network
    ):
        report = measure_designs(None, pairs, images, network)
        assert report["fid"] == pytest.approx(0, abs=1e-4)
        assert report["kid"] == pytest.approx(0, abs=0.05)
        assert report["images"] == len(pairs)
        assert report["features"] == "quarters"
        for name in ("fid", "kid", "inception_score"):
            assert report[f"{name}_quarters"] == report[name]

    def test_designs_are_told_from_real_items(self, pairs, images, network):
        real = measure_designs(None, pairs, images, network)
        blurred = measure_designs(Blurred(), pairs, images, network)
        assert blurred["fid"] > real["fid"] + 0.01
        assert blurred["opposite_ssim"] < real["opposite_ssim"]
        assert 1 <= blurred["inception_score"] < 3

    def test_batch_size_does_not_matter(self, pairs, images, network):
        pairs = pairs.sample(40)
        reports = [
            measure_designs(Copied(), pairs, images, network, batch_size=size)
            for size in (7, 100)
        ]
        assert reports[0].keys() == reports[1].keys()
        for name, value in reports[0].items():
            if name != "features":
                expected = pytest.approx(reports[1][name], rel=1e-3, abs=1e-5)
                assert value == expected, name

    def test_too_few_pairs_are_refused_before_anything_is_drawn(
        self, pairs, images, network
    ):
        few = dataclasses.replace(
            pairs,
            customer=pairs.customer[:12],
            query=pairs.query[:12],
            target=pairs.target[:12],
        )
        with pytest.raises(
            InputError, match="fid_quarters needs at least 13 .* are 12 pairs"
        ):
            measure_designs(None, few, images, network)


class TestMeasureCompatibility:
    @pytest.fixture(scope="class")
    def scorer(self, runs, wardrobe):
        return DesignScorer(runs / "psa-net", wardrobe)

    def test_real_items_stand_at_their_own_mark(
        self, pairs, images, scorer, wardrobe
    ):
        class Truth:
            """Hands out the true items, batch after batch."""

            def __init__(self):
                self.start = 0

            def predict_on_batch(self, inputs):
                rows = slice(self.start, self.start + len(inputs["customer"]))
                self.start = rows.stop
                return images.batch(pairs.target[rows]).numpy()

        report = measure_compatibility(
            score_designs(
                Truth(), pairs, images, scorer, wardrobe, batch_size=50
            )
        )
        assert report["designed"] == pytest.approx(report["real"], abs=1e-5)
        assert report["position"] == pytest.approx(1, abs=1e-3)
        # Ties, but for rounding.
        assert report["beats_real"] == pytest.approx(0.5, abs=0.1)

    def test_marks_do_not_depend_on_the_designer(
        self, pairs, images, scorer, wardrobe
    ):
        first, second = (
            measure_compatibility(
                score_designs(designer, pairs, images, scorer, wardrobe)
            )
            for designer in (Blurred(), Copied())
        )
        assert first["real"] == second["real"]
        assert first["random"] == second["random"]
        assert first["designed"] != second["designed"]
        for report in (first, second):
            assert 0 <= report["beats_random"] <= 1
            expected = (report["designed"] - report["random"]) / (
                report["real"] - report["random"]
            )
            assert report["position"] == pytest.approx(expected)

    def test_random_items_are_of_the_targets_group(
        self, pairs, images, scorer, wardrobe
    ):
        marks = [
            score_designs(Copied(), pairs, images, scorer, wardrobe, seed=seed)[
                "random"
            ].mean()
            for seed in (0, 0, 1)
        ]
        assert marks[0] == marks[1] != marks[2]
        assert np.isfinite(marks).all()
