import numpy as np
import pytest

from tfcompat.data.design_batches import design_pairs
from tfcompat.data.images import ImageStore
from tfcompat.evaluation.design_taste import (
    jackknife,
    measure_taste,
    wanted_looks,
)
from tfcompat.evaluation.garment_eyes import SEEN, GarmentEyes
from tfcompat.evaluation.oracles import load_world
from tfcompat.training.garment_encoder import load_garment_encoder


@pytest.fixture(scope="module")
def world(wardrobe):
    return load_world(wardrobe)


@pytest.fixture(scope="module")
def pairs(wardrobe):
    return design_pairs(wardrobe, "top", "bottom")


@pytest.fixture(scope="module")
def images(wardrobe):
    return ImageStore(wardrobe.image_paths, 32)


class Knowing:
    """Designs one pixel that holds what the customer wants, times `sign`."""

    def __init__(self, world, pairs, images, sign):
        queries = np.unique(pairs.query)
        pictures = images.batch(queries.astype("int32")).numpy()
        self.rows = {
            picture.tobytes(): query
            for picture, query in zip(pictures, queries, strict=True)
        }
        self.world, self.targets, self.sign = world, pairs.targets, sign

    def predict_on_batch(self, inputs):
        wanted = [
            wanted_looks(
                self.world,
                [self.rows[np.asarray(picture).tobytes()]],
                np.array([customer]),
                self.targets,
            )[0, 0]
            for picture, customer in zip(
                inputs["query"], inputs["customer"], strict=True
            )
        ]
        return self.sign * np.array(wanted)[:, None, None, :]


class PlainEyes:
    """Reads what `Knowing` has drawn."""

    def read(self, images):
        return images[:, 0, 0, :]


class TestMeasureTaste:
    @pytest.mark.parametrize("sign", [1, -1, 0])
    def test_wishes_fulfilled_denied_and_ignored(
        self, world, pairs, images, sign
    ):
        report = measure_taste(
            Knowing(world, pairs, images, sign),
            world,
            PlainEyes(),
            pairs,
            images,
            most_queries=5,
            most_customers=4,
            batch_size=7,
        )
        for name in (*SEEN, "colour", "direction"):
            assert report[name] == pytest.approx(sign, abs=1e-6)
            assert report[f"{name}_deviation"] == pytest.approx(0, abs=1e-6)
        assert (report["queries"], report["customers"]) == (5, 4)

    def test_customers_who_disagree_make_the_number_uncertain(
        self, world, pairs, images
    ):
        knowing = Knowing(world, pairs, images, 1)
        random = np.random.default_rng(0)

        class Wavering:
            def predict_on_batch(self, inputs):
                wanted = knowing.predict_on_batch(inputs)
                return wanted + 10 * random.normal(size=wanted.shape)

        report = measure_taste(
            Wavering(),
            world,
            PlainEyes(),
            pairs,
            images,
            most_queries=5,
            most_customers=4,
        )
        assert report["direction_deviation"] > 0.01

    def test_left_out_means_give_the_standard_error_of_the_mean(self):
        values = np.array([1.0, 4.0, 2.0, 9.0])
        without = [np.delete(values, i).mean() for i in range(4)]
        expected = values.std(ddof=1) / np.sqrt(4)
        assert jackknife(without) == pytest.approx(expected)

    def test_without_a_designer_the_best_real_items_are_looked_at(
        self, world, pairs, images
    ):
        seen = []

        class Eyes:
            def read(self, pictures):
                seen.append(pictures)
                return PlainEyes().read(np.zeros((len(pictures), 1, 1, 5)))

        report = measure_taste(
            None,
            world,
            Eyes(),
            pairs,
            images,
            most_queries=3,
            most_customers=3,
            batch_size=2,
        )
        assert report["direction"] == 0  # These eyes see no difference.
        [pictures] = seen
        random = np.random.default_rng(0)
        queries, customers = (
            np.sort(random.choice(np.unique(some), 3, replace=False))
            for some in (pairs.query, pairs.customer)
        )
        chance = [
            world.pair_probability(customers[1], queries[0], target)
            for target in pairs.targets
        ]
        best = pairs.targets[int(np.argmax(chance))]
        np.testing.assert_array_equal(
            pictures[1], images.batch(np.array([best], "int32"))[0]
        )

    def test_wanted_is_the_mean_of_items_by_their_true_chance(
        self, world, pairs
    ):
        [[[lightness, *_, formality]]] = wanted_looks(
            world, [pairs.query[0]], np.array([4]), pairs.targets[:2]
        )
        first, second = world.pair_probability(
            4, pairs.query[0], pairs.targets[:2]
        )
        for value, truth in (
            (lightness, world.traits.lab[:, 0]),
            (formality, world.traits.formality),
        ):
            a, b = truth[pairs.targets[:2]]
            expected = (first * a + second * b) / (first + second)
            assert value == pytest.approx(expected)


class TestGarmentEyes:
    def test_colours_are_those_of_the_garments(
        self, runs, wardrobe, world, images
    ):
        encoder = load_garment_encoder(runs / "garment-encoder")
        eyes = GarmentEyes(encoder, wardrobe.items, world.traits.formality)
        plain = np.flatnonzero(world.traits.pattern == 0)[:8].astype("int32")
        looks = eyes.read(images.batch(plain).numpy())
        true = world.traits.features()[plain][:, :4]
        assert looks.shape == (len(plain), 5)
        # Folds and shade change what is drawn with a colour.
        assert np.corrcoef(looks[:, 0], true[:, 0])[0, 1] > 0.8
        np.testing.assert_allclose(
            looks[:, 3], np.hypot(looks[:, 1], looks[:, 2])
        )
        values = world.traits.formality
        assert (looks[:, 4] > values.min()).all()
        assert (looks[:, 4] < values.max()).all()
