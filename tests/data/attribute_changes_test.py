import numpy as np
import pandas as pd
import pytest

from tfcompat.data.attribute_changes import (
    changed_attributes,
    draw_attribute_triplets,
    find_attribute_queries,
)
from tfcompat.data.attribute_labels import AttributeLabels
from tfcompat.data.attribute_tasks import make_attribute_changes
from tfcompat.data.change_files import AttributeChanges
from tfcompat.data.conditional_triplets import draw_conditional_triplets
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import item_splits, outfit_splits
from tfcompat.data.wardrobe import Wardrobe

VALUES = {"color": ["blue", "red", "tan"], "fit": ["loose", "slim"]}
#             color, fit; the last item's fit is unknown.
ROWS = [[0, 0], [1, 0], [1, 1], [2, 1], [1, 0], [0, -1]]
LABELS = AttributeLabels(VALUES, np.array(ROWS, "int32"))


class TestFindAttributeQueries:
    def test_every_change_with_a_real_result_and_no_other(self):
        queries = find_attribute_queries(LABELS, np.arange(6))
        found = {
            (int(row), *map(int, target))
            for row, target in zip(
                queries.reference, queries.target, strict=True
            )
        }
        # 0 (blue loose) -> red loose. 1 and 4 (red loose) -> blue loose, red
        # slim. 2 (red slim) -> red loose, tan slim. 3 (tan slim) -> red slim.
        # Nobody is tan loose or blue slim; 5 has no fit, and asks nothing.
        assert found == {
            (0, 1, 0),
            (1, 0, 0),
            (1, 1, 1),
            (2, 1, 0),
            (2, 2, 1),
            (3, 1, 1),
            (4, 0, 0),
            (4, 1, 1),
        }
        assert len(queries) == len(found)

    def test_change_leads_to_the_target(self):
        queries = find_attribute_queries(LABELS, np.arange(6))
        before = LABELS.indicators(LABELS.labels[queries.reference])
        np.testing.assert_array_equal(
            before + queries.change, LABELS.indicators(queries.target)
        )
        changed = changed_attributes(LABELS, queries.change)
        assert (changed.sum(axis=1) == 1).all()

    def test_two_changes_at_once(self):
        queries = find_attribute_queries(LABELS, np.arange(6), changes=2)
        # Blue loose -> red slim or tan slim; red loose -> tan slim; and back.
        found = set(zip(queries.reference, *queries.target.T, strict=True))
        assert found == {
            (0, 1, 1),
            (0, 2, 1),
            (1, 2, 1),
            (4, 2, 1),
            (2, 0, 0),
            (3, 0, 0),
            (3, 1, 0),
        }

    def test_a_part_of_them_is_chosen_by_seed(self):
        parts = [
            find_attribute_queries(LABELS, np.arange(6), most=3, seed=seed)
            for seed in (1, 1, 2)
        ]
        assert [len(part) for part in parts] == [3, 3, 3]
        np.testing.assert_array_equal(parts[0].target, parts[1].target)
        assert not np.array_equal(parts[0].target, parts[2].target)


class TestDrawAttributeTriplets:
    def test_positive_has_what_is_asked_for_and_negative_has_not(self):
        triplets = draw_attribute_triplets(
            LABELS, np.arange(6), per_item=20, changes=(1, 2), seed=3
        )
        rows = np.array(ROWS)
        target = LABELS.indicators(rows[triplets.reference]) + triplets.change
        positive = LABELS.indicators(rows[triplets.positive])
        negative = LABELS.indicators(rows[triplets.negative])
        np.testing.assert_array_equal(target, positive)
        assert (negative != target).any(axis=1).all()
        counts = changed_attributes(LABELS, triplets.change).sum(axis=1)
        assert set(counts) == {1, 2}
        assert 5 not in triplets.reference
        # Every other item is somebody's negative.
        assert set(triplets.negative) == set(range(6))

    def test_no_triplet_at_all_is_refused(self):
        with pytest.raises(ValueError, match="No two items differ"):
            draw_attribute_triplets(LABELS, [0, 2], changes=(1,))


class TestDrawConditionalTriplets:
    def test_alike_in_the_attribute_and_not(self):
        draws = [
            draw_conditional_triplets(LABELS, np.arange(6), seed=seed)
            for seed in range(30)
        ]
        for triplets in draws:
            asked = triplets.attribute
            anchor, positive, negative = (
                np.array(ROWS)[rows, asked]
                for rows in (
                    triplets.anchor,
                    triplets.positive,
                    triplets.negative,
                )
            )
            assert (anchor == positive).all()
            assert (anchor != negative).all()
            assert min(anchor.min(), negative.min()) >= 0
            assert (triplets.anchor != triplets.positive).all()
        # Tan is one item's alone; the fit of 5 is unknown.
        pairs = set(zip(draws[0].anchor, draws[0].attribute, strict=True))
        assert pairs == {(0, 0), (1, 0), (2, 0), (4, 0), (5, 0)} | {
            (row, 1) for row in range(5)
        }
        # All that may be drawn is drawn.
        partners = {
            int(t.positive[(t.anchor == 1) & (t.attribute == 0)][0])
            for t in draws
        }
        assert partners == {2, 4}


def make_wardrobe(folder, prefixes=()):
    items = pd.DataFrame(
        [
            (f"{part}-{n}", "x.jpg", "top", category, color)
            for n, (part, category, color) in enumerate(
                (part, category, color)
                for part in ("train", "valid", "test")
                for category in ("shirt", "polo")
                for color in ("red", "blue", "tan")
            )
        ],
        columns=["item_id", "image", "group", "category", "attr_color"],
    )
    manifest = {"split_prefixes": list(prefixes)}
    return Wardrobe.from_frames(folder, items, manifest=manifest)


class TestSplits:
    def test_ids_that_begin_with_their_part(self, tmp_path):
        wardrobe = make_wardrobe(tmp_path, ["items"])
        assert item_splits(wardrobe).tolist() == (
            ["train"] * 6 + ["valid"] * 6 + ["test"] * 6
        )
        with pytest.raises(InputError, match="x-1.*must begin with train-"):
            outfit_splits(make_wardrobe(tmp_path, ["outfits"]), ["x-1"])

    def test_other_ids_are_split_by_hash_and_stay(self, tmp_path):
        wardrobe = make_wardrobe(tmp_path)
        ids = [f"outfit-{n}" for n in range(3000)]
        parts = outfit_splits(wardrobe, ids)
        assert (outfit_splits(wardrobe, ids[::-1])[::-1] == parts).all()
        shares = [(parts == part).mean() for part in ("train", "valid", "test")]
        assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.03)


class TestMakeAttributeChanges:
    def test_parts_keep_to_themselves_and_the_manifest_says_how(self, tmp_path):
        wardrobe = make_wardrobe(tmp_path, ["items"])
        made = make_attribute_changes(wardrobe, changes=(1, 2), seed=5)
        assert set(made.triplets.positive) <= set(range(6))
        assert set(made.queries["test"].reference) == set(range(12, 18))
        # Each of 6 has 3 single changes and 2 double ones.
        assert len(made.queries["valid"]) == 6 * 5
        assert made.manifest["queries"] == {"valid": 30, "test": 30}
        again = make_attribute_changes(wardrobe, changes=(1, 2), seed=5)
        other = make_attribute_changes(wardrobe, changes=(1, 2), seed=6)
        assert again.manifest == made.manifest
        assert other.manifest["sha256"] != made.manifest["sha256"]

    def test_saved_ones_follow_their_items(self, tmp_path):
        wardrobe = make_wardrobe(tmp_path, ["items"])
        made = make_attribute_changes(wardrobe)
        ids = wardrobe.items["item_id"]
        made.save(tmp_path, ids)
        turned = AttributeChanges.load(tmp_path, ids[::-1])
        assert turned.manifest == made.manifest
        np.testing.assert_array_equal(
            turned.triplets.negative, 17 - made.triplets.negative
        )
        # A wardrobe that brings them is taken at its word.
        taken = make_attribute_changes(wardrobe, seed=9)
        np.testing.assert_array_equal(
            taken.queries["test"].target, made.queries["test"].target
        )
        with pytest.raises(InputError, match="names the item 'train-0'"):
            AttributeChanges.load(tmp_path, ids[1:])
