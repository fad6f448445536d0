import numpy as np
import pytest

from tfcompat.data.colours import rgb_to_lab
from tfcompat.data.simulator.drawing import draw_garment
from tfcompat.data.simulator.garments import CATEGORIES, Garment
from tfcompat.data.simulator.streams import stream

RED, TEAL, WHITE = (45.0, 50.0, 30.0), (48.0, -25.0, -8.0), (95.0, 0.0, 2.0)


def draw(seed=0, **changes):
    fields = {
        "category": "t-shirt",
        "colour": RED,
        "second_colour": None,
        "pattern": 0,
        "length": 0.4,
        "fit": 0.5,
        "brand": "Alder",
        "price": 20.0,
    }
    garment = Garment(**{**fields, **changes})
    return np.asarray(draw_garment(garment, stream(seed, "drawing")))


def lab_distance(image, colour):
    return np.linalg.norm(rgb_to_lab(image) - np.array(colour), axis=-1)


def cloth(image):
    """Where the garment lies: what is not nearly white."""
    return lab_distance(image, (97.0, 0.0, 0.0)) > 30


class TestEveryCategory:
    @pytest.mark.parametrize("category", CATEGORIES)
    def test_is_drawn_in_the_colour_asked_for(self, category):
        kind = CATEGORIES[category]
        for seed, at in enumerate((0.0, 0.5, 1.0)):
            length = kind.length[0] + at * (kind.length[1] - kind.length[0])
            fit = kind.fit[0] + at * (kind.fit[1] - kind.fit[0])
            image = draw(seed, category=category, length=length, fit=fit)
            assert image.shape == (128, 128, 3) and image.dtype == np.uint8
            inside = cloth(image)
            assert 0.04 < inside.mean() < 0.75
            assert np.median(lab_distance(image, RED)[inside]) < 8
            assert (lab_distance(image[:3], WHITE) < 12).all()  # Ground.

    @pytest.mark.parametrize("category", CATEGORIES)
    @pytest.mark.parametrize("pattern", [1, 2, 3])
    def test_pattern_shows_both_colours(self, category, pattern):
        # Averaged over fabrics: a single one may be mostly one colour.
        shares = []
        for seed in range(4):
            image = draw(
                seed,
                category=category,
                pattern=pattern,
                second_colour=TEAL,
                length=CATEGORIES[category].length[1],
            )
            inside = cloth(image)
            shares.append(
                [
                    (lab_distance(image, colour)[inside] < 18).mean()
                    for colour in (RED, TEAL)
                ]
            )
        first, second = np.mean(shares, axis=0)
        assert first > 0.25
        assert second > 0.05
        assert first > second

    @pytest.mark.parametrize("category", CATEGORIES)
    def test_black_and_white_garments_stand_out(self, category):
        black = draw(category=category, colour=(9.0, 0.0, 0.0))
        lightness = rgb_to_lab(black)[..., 0][cloth(black)]
        assert np.percentile(lightness, 5) < 15
        assert lightness.std() > 1.5  # Seams and folds show on black.
        white = draw(category=category, colour=(96.0, 0.0, 1.0))
        assert rgb_to_lab(white)[..., 0].min() < 80  # So do they on white.


class TestShape:
    def test_same_stream_draws_the_same_pixels(self):
        np.testing.assert_array_equal(draw(3), draw(3))

    def test_other_streams_vary_the_garment(self):
        assert (draw(3) != draw(4)).any(axis=-1).mean() > 0.05

    @pytest.mark.parametrize("category", ["shirt", "skirt", "jeans", "sweater"])
    def test_loose_is_wider_than_slim(self, category):
        def width(fit):
            image = draw(category=category, fit=fit, length=1.0)
            return cloth(image).any(axis=0).sum()

        assert width(1.0) > width(0.0) + 6

    @pytest.mark.parametrize("category", ["leggings", "shorts", "skirt"])
    def test_longer_legs_reach_lower(self, category):
        def bottom(length):
            image = draw(category=category, length=length)
            return np.flatnonzero(cloth(image).any(axis=1)).max()

        assert bottom(0.1) + 15 < bottom(0.5) < bottom(1.0) - 15

    @pytest.mark.parametrize("category", ["shirt", "blouse", "sweater"])
    def test_longer_sleeves_cover_more(self, category):
        def sides(length):
            image = draw(category=category, length=length, fit=0.3)
            return cloth(image)[60:90, :].sum()

        assert sides(1.0) > sides(0.3) + 150
