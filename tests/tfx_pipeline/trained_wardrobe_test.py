import dataclasses

import numpy as np
import pandas as pd
import pytest

from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfx_pipeline.trained_wardrobe import read_trained_wardrobe


def by_id(wardrobe, votes):
    """Votes in their table's order, with ids in place of rows."""
    named = votes.copy()
    for column in ("customer", "item", "query", "candidate"):
        if column in votes:
            kind = "customer" if column == "customer" else "item"
            ids = getattr(wardrobe, f"{kind}s")[f"{kind}_id"]
            named[column] = ids.to_numpy()[votes[column]]
    return named


class TestRebuilt:
    @pytest.mark.parametrize("table", ["item_votes", "pair_votes"])
    def test_votes_and_splits_are_the_wardrobes(self, shop, trained, table):
        pd.testing.assert_frame_equal(
            by_id(trained, getattr(trained, table)),
            by_id(shop, getattr(shop, table)),
        )
        for column, kind in getattr(shop, table).dtypes.items():
            assert getattr(trained, table)[column].dtype == kind

    def test_items_and_attributes_are_the_wardrobes(self, shop, trained):
        ours = trained.items.sort_values("item_id", ignore_index=True)
        theirs = shop.items.sort_values("item_id", ignore_index=True)
        assert set(ours) == set(theirs)
        pd.testing.assert_frame_equal(ours[theirs.columns], theirs)
        assert trained.attributes == shop.attributes
        assert trained.groups == shop.groups
        assert trained.categories == shop.categories

    def test_images_are_the_wardrobes(self, shop, trained):
        expected = dict(
            zip(shop.items["item_id"], shop.image_paths, strict=True)
        )
        for item_id, path in zip(
            trained.items["item_id"], trained.image_paths, strict=True
        ):
            assert path.read_bytes() == expected[item_id].read_bytes()

    def test_rows_are_those_of_the_examples(self, pipeline_runs, trained):
        votes = pipeline_runs.transformed("item_votes").read(
            "test", ["customer_row", "customer_id"]
        )
        ids = trained.customers["customer_id"].to_numpy()[votes["customer_row"]]
        assert [id_.encode() for id_ in ids] == votes["customer_id"].tolist()
        items = pipeline_runs.transformed("items").read(
            "all", ["item_row", "image_path"]
        )
        images = trained.items["image"].to_numpy()[items["item_row"]]
        assert [i.encode() for i in images] == items["image_path"].tolist()

    def test_customers_are_those_who_vote(self, shop, trained):
        voters = {*shop.item_votes["customer"], *shop.pair_votes["customer"]}
        ids = shop.customers["customer_id"][sorted(voters)]
        assert sorted(trained.customers["customer_id"]) == sorted(ids)

    def test_answers_are_their_customers_scaled(self, shop, trained):
        both = trained.customers.merge(
            shop.customers, on="customer_id", suffixes=("", "_said")
        )
        known = both["customer_id"].isin(
            shop.customers["customer_id"][shop.item_votes["customer"].unique()]
        )
        said = both["survey_style_said"].where(known, "")
        assert both["survey_style"].tolist() == said.tolist()
        heights = both[["survey_height", "survey_height_said"]][known].dropna()
        assert len(heights) > 20
        slope, start = np.polyfit(
            heights["survey_height_said"], heights["survey_height"], 1
        )
        assert slope > 0
        np.testing.assert_allclose(
            heights["survey_height"],
            slope * heights["survey_height_said"] + start,
            atol=1e-5,
        )
        assert both["survey_height"][~known].isna().all()

    def test_tfcompat_trains_on_it(self, trained, tmp_path):
        from tfcompat.training.config_files import load_config
        from tfcompat.training.execution import execute

        config = dataclasses.replace(load_config("partial-dual"), rank=2)
        assert execute(config, trained, tmp_path / "run").is_finished


class TestWorkFolder:
    def test_second_reading_leaves_images_alone(self, pipeline_runs, trained):
        before = [path.stat().st_mtime_ns for path in trained.image_paths]
        spoilt = trained.image_paths[3]
        content = spoilt.read_bytes()
        spoilt.write_bytes(b"half")
        read_trained_wardrobe(
            trained.folder,
            pipeline_runs.transformed("items"),
            pipeline_runs.transformed("item_votes"),
        )
        after = [path.stat().st_mtime_ns for path in trained.image_paths]
        assert spoilt.read_bytes() == content
        assert before[:3] + before[4:] == after[:3] + after[4:]


class _Stub:
    """A transformed set of a few votes in memory."""

    def __init__(self, vocabularies, columns):
        self._vocabularies = vocabularies
        self._columns = columns

    def vocabulary(self, name):
        return self._vocabularies[name]

    @property
    def columns(self):
        return list(self._columns)

    def read(self, split, columns):
        rows = slice(None) if split in ("all", "train") else slice(0, 0)
        return {name: np.array(self._columns[name])[rows] for name in columns}

    def batches(self, split, columns, batch_size=0):
        yield self.read(split, columns)


def stubs(votes):
    """Items i0 and i1, and votes `(item, label)` of customer c."""
    items = _Stub(
        {"item_id": ["i0", "i1"], "group": ["g"], "category": ["k"]},
        {
            "row": [0, 1],
            "item_row": [1, 0],
            "group_row": [0, 0],
            "category_row": [0, 0],
            "image": np.array([b"B", b"A"], object),
            "image_path": np.array([b"b.png", b"a/a.png"], object),
        },
    )
    votes = _Stub(
        {"customer_id": ["c"]},
        {
            "row": list(range(len(votes)))[::-1],
            "customer_row": [0] * len(votes),
            "customer_id": np.array([b"c"] * len(votes), object),
            "item_id": np.array([item.encode() for item, _ in votes], object),
            "label": [float(label) for _, label in votes],
        },
    )
    return items, votes


class TestVotes:
    def test_stand_in_the_order_of_the_table(self, tmp_path):
        wardrobe = read_trained_wardrobe(
            tmp_path, *stubs([("i0", 1), ("i1", 0)])
        )
        assert wardrobe.item_votes["item"].tolist() == [1, 0]
        assert wardrobe.item_votes["vote"].tolist() == [-1, 1]
        assert wardrobe.items["image"].tolist() == ["a/a.png", "b.png"]
        assert (tmp_path / "a" / "a.png").read_bytes() == b"A"
        assert isinstance(wardrobe, Wardrobe) and wardrobe.pair_votes.empty

    def test_items_are_split_as_the_shop_says(self, tmp_path):
        wardrobe = read_trained_wardrobe(
            tmp_path, *stubs([("i0", 1)]), manifest={"split_seed": 7}
        )
        assert wardrobe.split_seed == 7

    def test_repeated_ones_count_once(self, tmp_path):
        wardrobe = read_trained_wardrobe(
            tmp_path, *stubs([("i0", 1), ("i0", 1)])
        )
        assert len(wardrobe.item_votes) == 1

    def test_contradictory_ones_are_named(self, tmp_path):
        with pytest.raises(InputError, match="customer_id 'c', item_id 'i0'"):
            read_trained_wardrobe(tmp_path, *stubs([("i0", 1), ("i0", 0)]))

    def test_unknown_item_is_named(self, tmp_path):
        with pytest.raises(InputError, match="'i9', which is not among"):
            read_trained_wardrobe(tmp_path, *stubs([("i9", 1)]))
