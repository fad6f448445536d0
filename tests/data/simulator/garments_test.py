import numpy as np
import pytest

from tfcompat.data.colours import colour_margin, colour_name
from tfcompat.data.simulator.garments import (
    CATEGORIES,
    Garment,
    caption,
    draw_garments,
    garment_table,
    garment_traits,
)
from tfcompat.data.simulator.palette import lab_to_rgb


@pytest.fixture(scope="module")
def garments():
    return draw_garments(400, 1)


def make_garment(**changes):
    fields = {
        "category": "shirt",
        "colour": (20.0, 4.0, -14.0),
        "second_colour": None,
        "pattern": 0,
        "length": 0.9,
        "fit": 0.1,
        "brand": "Alder",
        "price": 39.95,
    }
    return Garment(**{**fields, **changes})


class TestDrawGarments:
    def test_half_are_tops_and_the_odd_one_too(self):
        groups = [garment.group for garment in draw_garments(5, 0)]
        assert groups == ["top"] * 3 + ["bottom"] * 2

    def test_more_garments_leave_the_first_of_each_group(self, garments):
        few = draw_garments(20, 1)
        assert few[:10] == garments[:10]
        assert few[10:] == garments[200:210]

    def test_attributes_stay_in_their_category(self, garments):
        assert {g.category for g in garments} == set(CATEGORIES)
        for garment in garments:
            kind = CATEGORIES[garment.category]
            assert kind.length[0] <= garment.length <= kind.length[1]
            assert kind.fit[0] <= garment.fit <= kind.fit[1]

    def test_only_patterned_garments_have_a_second_colour(self, garments):
        for garment in garments:
            assert (garment.second_colour is None) == (garment.pattern == 0)

    def test_two_colours_can_be_told_apart(self, garments):
        gaps = [
            np.linalg.norm(np.subtract(g.colour, g.second_colour))
            for g in garments
            if g.second_colour
        ]
        assert min(gaps) > 30

    def test_a_screen_can_show_every_colour(self, garments):
        rgb = lab_to_rgb([garment.colour for garment in garments])
        assert rgb.min() >= 0 and rgb.max() <= 1

    def test_patterns_and_neutrals_have_their_shares(self):
        many = draw_garments(2000, 2)
        shares = np.bincount([g.pattern for g in many]) / len(many)
        np.testing.assert_allclose(shares, [0.5, 0.2, 0.15, 0.15], atol=0.04)
        chroma = np.hypot(*np.array([g.colour[1:] for g in many]).T)
        assert np.mean(chroma < 9) == pytest.approx(0.27, abs=0.05)


class TestClearGarments:
    def test_none_is_on_the_border_of_two_names(self, garments):
        clear = draw_garments(60, 1, clear=True)
        assert all(garment.is_clear for garment in clear)
        assert 0.1 < np.mean([garment.is_clear for garment in garments]) < 0.9

    @pytest.mark.parametrize(
        "changes", [{"length": 0.68}, {"fit": 0.36}, {"colour": (28, 0, 0)}]
    )
    def test_border_of_a_length_a_fit_and_a_colour(self, changes):
        clear = {"length": 0.9, "fit": 0.1, "colour": (20.0, 4.0, -14.0)}
        assert not make_garment(**{**clear, **changes}).is_clear

    def test_margin_is_zero_midway_between_two_colours(self):
        white, black = np.array([100.0, 0, 0]), np.array([0.0, 0, 0])
        steps = [
            white + share * (black - white) for share in np.linspace(0, 1, 201)
        ]
        names = [colour_name(lab) for lab in steps]
        margins = np.array([colour_margin(lab) for lab in steps])
        turns = [i for i in range(200) if names[i] != names[i + 1]]
        assert turns and (margins >= 0).all()
        assert max(margins[turns]) < 2


class TestLabToRgb:
    @pytest.mark.parametrize(
        "lab, rgb",
        [
            # Red, green, blue and mid-grey of sRGB, from its standard.
            ((53.24, 80.09, 67.20), (1, 0, 0)),
            ((87.73, -86.18, 83.18), (0, 1, 0)),
            ((32.30, 79.19, -107.86), (0, 0, 1)),
            ((53.59, 0.0, 0.0), (0.50196, 0.50196, 0.50196)),
        ],
    )
    def test_published_values(self, lab, rgb):
        np.testing.assert_allclose(lab_to_rgb(lab), rgb, atol=0.004)


class TestTable:
    def test_row_of_a_solid_shirt(self):
        row = garment_table([make_garment()]).iloc[0]
        assert row["item_id"] == "top-0001"
        assert row["image"] == "images/top-0001.png"
        assert row["attr_color"] == "navy"
        assert row["attr_color_l"] == 20.0
        assert row["attr_color2"] == ""
        assert row["attr_pattern"] == "solid"
        assert row["attr_length"] == "long"
        assert row["attr_fit"] == "slim"
        assert row["attr_formality"] == "formal"
        assert row["price"] == "39.95"

    def test_caption(self):
        assert caption(make_garment()) == "navy slim long-sleeved shirt"
        striped = make_garment(
            category="skirt", second_colour=(95.0, 0, 2.0), pattern=1, fit=0.9
        )
        expected = "navy and white striped loose full-length skirt"
        assert caption(striped) == expected

    @pytest.mark.parametrize(
        "category, length, name",
        [
            ("tank top", 0.0, "sleeveless"),
            ("t-shirt", 0.3, "short"),
            ("shirt", 0.5, "elbow"),
            ("shirt", 0.7, "long"),
            ("skirt", 0.1, "mini"),
            ("skirt", 0.4, "knee"),
            ("skirt", 0.6, "midi"),
            ("jeans", 0.9, "full"),
        ],
    )
    def test_names_of_lengths(self, category, length, name):
        garment = make_garment(category=category, length=length)
        assert garment.length_name == name

    def test_traits_are_the_garments_own(self):
        traits = garment_traits([make_garment(), make_garment(pattern=2)])
        np.testing.assert_array_equal(traits.pattern, [0, 2])
        np.testing.assert_array_equal(traits.formality, [0.8, 0.8])
        np.testing.assert_array_equal(traits.lab[1], [20.0, 4.0, -14.0])
