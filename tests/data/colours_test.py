import numpy as np
import pytest
from PIL import Image, ImageDraw

from tfcompat.data.colours import (
    NAMES,
    colour_name,
    fade_background,
    measure_colours,
    rgb_to_lab,
)


class TestLab:
    @pytest.mark.parametrize(
        ("rgb", "lab"),
        [
            # Bruce Lindbloom's calculator, sRGB, D65.
            ((0, 0, 0), (0, 0, 0)),
            ((255, 255, 255), (100, 0, 0)),
            ((255, 0, 0), (53.241, 80.092, 67.203)),
            ((0, 255, 0), (87.735, -86.183, 83.179)),
            ((0, 0, 255), (32.297, 79.188, -107.860)),
            ((128, 128, 128), (53.585, 0, 0)),
            ((1, 1, 1), (0.274, 0, 0)),  # On the straight part near black.
        ],
    )
    def test_known_colours(self, rgb, lab):
        measured = rgb_to_lab(np.array(rgb, np.uint8))
        np.testing.assert_allclose(measured, lab, atol=0.02)

    def test_shape_is_kept(self):
        assert rgb_to_lab(np.zeros((4, 5, 3), np.uint8)).shape == (4, 5, 3)


class TestNames:
    @pytest.mark.parametrize(
        ("rgb", "name"),
        [
            ((20, 20, 22), "black"),
            ((250, 250, 250), "white"),
            ((128, 128, 128), "grey"),
            ((200, 20, 30), "red"),
            ((30, 120, 50), "green"),
            ((30, 80, 200), "blue"),
            ((25, 30, 60), "navy"),
            ((230, 200, 60), "yellow"),
            ((230, 120, 30), "orange"),
            ((240, 160, 190), "pink"),
            ((100, 60, 140), "purple"),
            ((90, 60, 35), "brown"),
            ((210, 190, 160), "beige"),
            ((40, 150, 160), "turquoise"),
        ],
    )
    def test_plain_colours(self, rgb, name):
        assert colour_name(rgb_to_lab(np.array(rgb, np.uint8))) == name

    def test_there_are_fourteen(self):
        assert len(NAMES) == 14


def photo(garment, background, second=None):
    """A garment in the middle of a patterned background."""
    random = np.random.default_rng(0)
    image = Image.new("RGB", (160, 190), background)
    draw = ImageDraw.Draw(image)
    shade = tuple(int(0.85 * channel) for channel in background)
    for left in range(0, 160, 20):
        draw.rectangle([left, 0, left + 9, 190], fill=shade)
    draw.rectangle([40, 40, 120, 160], fill=garment)
    if second:
        draw.rectangle([40, 40, 120, 80], fill=second)
    noise = random.normal(0, 6, (190, 160, 3))
    return Image.fromarray(
        np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)
    )


class TestMeasureColours:
    @pytest.mark.parametrize(
        ("garment", "background", "name"),
        [
            ((190, 25, 35), (200, 170, 120), "red"),
            ((240, 240, 240), (170, 20, 50), "white"),
            ((25, 30, 60), (225, 225, 220), "navy"),
            ((30, 120, 50), (40, 30, 25), "green"),
        ],
    )
    def test_background_is_not_measured(self, garment, background, name):
        colours = measure_colours(photo(garment, background))
        assert colour_name(colours.main) == name
        truth = rgb_to_lab(np.array(garment, np.uint8))
        assert np.linalg.norm(truth - colours.main) < 6
        assert colours.second is None and colours.main_share > 0.85

    def test_second_colour(self):
        image = photo((25, 30, 60), (200, 170, 120), second=(240, 240, 240))
        colours = measure_colours(image)
        assert colour_name(colours.main) == "navy"
        assert colour_name(colours.second) == "white"
        plain = measure_colours(photo((25, 30, 60), (200, 170, 120)))
        assert colours.pattern_strength > plain.pattern_strength + 10

    def test_shade_is_no_second_colour(self):
        image = photo((200, 60, 60), (220, 220, 215), second=(170, 45, 45))
        assert measure_colours(image).second is None

    def test_garment_that_fills_the_photo(self):
        image = Image.new("RGB", (50, 30), (30, 120, 50))
        assert colour_name(measure_colours(image).main) == "green"

    def test_transparent_background(self):
        image = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
        ImageDraw.Draw(image).ellipse([10, 10, 50, 50], fill=(190, 25, 35))
        assert colour_name(measure_colours(image).main) == "red"

    def test_measured_twice_alike(self):
        image = photo((190, 25, 35), (200, 170, 120))
        assert measure_colours(image) == measure_colours(image)

    @pytest.mark.parametrize("size", [(1, 1), (2, 1), (3, 200)])
    def test_tiny_images(self, size):
        colours = measure_colours(Image.new("L", size, 128))
        assert colour_name(colours.main) == "grey"


class TestFadeBackground:
    def test_the_garment_stays_and_the_wall_goes_white(self):
        photo = Image.new("RGB", (120, 90), (200, 60, 40))
        photo.paste((30, 40, 120), (35, 20, 85, 75))
        faded = np.asarray(fade_background(photo)).astype(int)
        assert faded.shape == (90, 120, 3)
        assert abs(faded[45, 60] - [30, 40, 120]).max() <= 2
        for corner in (faded[2, 2], faded[-3, -3], faded[2, -3]):
            assert corner.min() >= 225  # 40 to 200 before.
