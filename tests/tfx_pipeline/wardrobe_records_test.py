import shutil

import apache_beam as beam
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfx_pipeline import wardrobe_records
from tfx_pipeline.config import IN_PROCESS
from tfx_pipeline.failures import find_input_error


def make(make_examples, folder, tmp_path):
    """Dict from split to a list of dicts of features; absent ones are None."""
    with beam.Pipeline(argv=list(IN_PROCESS)) as pipeline:
        for split, examples in make_examples(pipeline, str(folder)).items():
            examples | f"Write_{split}" >> beam.io.WriteToTFRecord(
                str(tmp_path / f"examples-{split}")
            )
    made = {}
    for path in tmp_path.glob("examples-*"):
        records = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
        split = path.name.split("-")[1]
        made.setdefault(split, []).extend(map(_features, records))
    return made


def _features(record):
    features = tf.train.Example.FromString(record).features.feature
    values = {}
    for name, feature in features.items():
        kind = feature.WhichOneof("kind")
        found = getattr(feature, kind).value if kind else [None]
        (value,) = found
        textual = kind == "bytes_list" and name != "image"
        values[name] = value.decode() if textual else value
    return values


@pytest.fixture
def folder(shop_folder, tmp_path):
    """A copy of the shop's folder that a test may spoil."""
    return shutil.copytree(shop_folder, tmp_path / "wardrobe")


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


class TestItems:
    @pytest.fixture(scope="class")
    def items(self, shop, tmp_path_factory):
        made = make(
            wardrobe_records.item_examples,
            shop.folder,
            tmp_path_factory.mktemp("items"),
        )
        assert list(made) == ["all"]
        return sorted(made["all"], key=lambda item: item["row"])

    def test_one_example_an_item_with_the_bytes_of_its_image(self, shop, items):
        frame = pd.DataFrame(items)
        assert frame["row"].tolist() == list(range(len(shop.items)))
        for column in ("item_id", "group", "category"):
            assert frame[column].tolist() == shop.items[column].tolist()
        assert frame["image_path"].tolist() == shop.items["image"].tolist()
        assert frame["image"].tolist() == [
            path.read_bytes() for path in shop.image_paths
        ]

    def test_numbers_are_floats_and_what_is_not_said_is_absent(
        self, shop, items
    ):
        assert items[0]["price"] == np.float32(shop.items["price"][0])
        assert items[0]["attr_color"] is items[0]["brand"] is None
        assert items[1]["price"] is items[1]["attr_color_l"] is None
        assert items[2]["text"] == 'red, "very"\nred'

    def test_missing_image_is_named(self, folder, tmp_path):
        (folder / "images" / "top-0002.png").unlink()
        with pytest.raises(Exception) as raised:
            make(wardrobe_records.item_examples, folder, tmp_path)
        assert find_input_error(raised.value) == (
            f"{folder}/items.csv, item 'top-0002', column image: "
            "'images/top-0002.png' does not exist."
        )

    def test_image_outside_the_folder_is_refused(self, folder, tmp_path):
        replace(folder / "items.csv", "images/top-0002.png", "../x.png")
        with pytest.raises(InputError, match="'../x.png' leaves the folder"):
            make(wardrobe_records.item_examples, folder, tmp_path)

    def test_doubled_id_is_refused(self, folder, tmp_path):
        replace(folder / "items.csv", "top-0002,", "top-0001,")
        with pytest.raises(InputError, match="'top-0001' is there 2 times"):
            make(wardrobe_records.item_examples, folder, tmp_path)

    def test_missing_column_goes_through(self, folder, tmp_path):
        replace(folder / "items.csv", "category", "kind")
        made = make(wardrobe_records.item_examples, folder, tmp_path)
        assert len(made["all"]) == 40
        assert not any("category" in item for item in made["all"])

    def test_words_among_numbers_make_the_column_text(self, folder, tmp_path):
        items = pd.read_csv(folder / "items.csv", dtype=str)
        items.loc[5, "price"] = "cheap"
        items.loc[5, "attr_color_l"] = "NaN"
        items.to_csv(folder / "items.csv", index=False)
        made = make(wardrobe_records.item_examples, folder, tmp_path)
        item = next(item for item in made["all"] if item["row"] == 5)
        assert item["price"] == "cheap"
        assert np.isnan(item["attr_color_l"])


class TestVotes:
    @pytest.mark.parametrize(
        "make_examples, table, ids",
        [
            (
                wardrobe_records.item_vote_examples,
                "item_votes",
                {"customer": "customer_id", "item": "item_id"},
            ),
            (
                wardrobe_records.pair_vote_examples,
                "pair_votes",
                {
                    "customer": "customer_id",
                    "query": "query_id",
                    "candidate": "candidate_id",
                },
            ),
        ],
    )
    @pytest.mark.parametrize("kind, seed", [("csv", 0), ("parquet", 7)])
    def test_splits_are_those_of_the_wardrobe_vote_for_vote(
        self, shop, tmp_path, make_examples, table, ids, kind, seed
    ):
        folder = tmp_path / "wardrobe"
        Wardrobe.from_frames(
            shop.folder,
            shop.items,
            shop.customers,
            shop.item_votes,
            shop.pair_votes,
            manifest={"split_seed": seed},
        ).save(folder, kind)
        wardrobe = Wardrobe.load(folder)
        votes = getattr(wardrobe, table)
        made = make(make_examples, folder, tmp_path)
        frame = pd.concat(
            pd.DataFrame(examples).assign(split=split)
            for split, examples in made.items()
        ).sort_values("row", ignore_index=True)
        assert frame["row"].tolist() == list(range(len(votes)))
        assert frame["split"].tolist() == votes["split"].tolist()
        assert frame["vote"].tolist() == votes["vote"].astype(str).tolist()
        for name, column in ids.items():
            kind = "customer" if name == "customer" else "item"
            known = getattr(wardrobe, f"{kind}s")[f"{kind}_id"]
            assert frame[column].tolist() == known[votes[name]].tolist()
            if kind == "item":
                groups = wardrobe.items["group"][votes[name]]
                assert frame[f"{name}_group"].tolist() == groups.tolist()

    def test_item_votes_hold_their_customers_answers_and_no_image(
        self, shop, tmp_path
    ):
        made = make(wardrobe_records.item_vote_examples, shop.folder, tmp_path)
        customers = shop.customers.set_index("customer_id")
        silent = 0
        for vote in made["valid"]:
            said = customers.loc[vote["customer_id"]]
            assert (vote["survey_style"] or "") == said["survey_style"]
            height = vote["survey_height"]
            assert (height is None) == np.isnan(said["survey_height"])
            assert height is None or height == said["survey_height"]
            assert vote["customer_listed"] == 1
            silent += height is None
        assert silent
        size = sum(path.stat().st_size for path in tmp_path.glob("examples-*"))
        smallest = min(path.stat().st_size for path in shop.image_paths)
        assert size / len(shop.item_votes) < 400 < smallest

    def test_votes_go_through_as_they_are_meant(self, folder, tmp_path):
        written = {"+1": "1", "-1.0": "-1", "2": "2", "maybe": "maybe"}
        votes = pd.read_csv(folder / "item_votes.csv", dtype=str)
        votes.loc[:3, "vote"] = list(written)
        votes.to_csv(folder / "item_votes.csv", index=False)
        made = make(wardrobe_records.item_vote_examples, folder, tmp_path)
        read = {v["row"]: v["vote"] for vs in made.values() for v in vs}
        assert [read[row] for row in range(4)] == list(written.values())

    def test_missing_columns_go_through(self, folder, tmp_path):
        replace(folder / "item_votes.csv", "customer_id,item_id", "who,item_id")
        replace(folder / "items.csv", "group", "kind")
        made = make(wardrobe_records.item_vote_examples, folder, tmp_path)
        votes = [vote for votes in made.values() for vote in votes]
        lines = (folder / "item_votes.csv").read_text().splitlines()
        assert len(votes) == len(lines) - 1
        absent = {"customer_id", "item_group"}
        assert not any(absent & vote.keys() for vote in votes)

    def test_unknown_items_and_customers_go_through(self, folder, tmp_path):
        votes = pd.read_csv(folder / "pair_votes.csv", dtype=str)
        votes.loc[0, ["customer_id", "query_id"]] = "nobody", "nothing"
        votes.to_csv(folder / "pair_votes.csv", index=False)
        made = make(wardrobe_records.pair_vote_examples, folder, tmp_path)
        (vote,) = [v for vs in made.values() for v in vs if v["row"] == 0]
        assert vote["customer_listed"] == 0
        assert vote["query_group"] is None
        assert vote["candidate_group"] == "bottom"

    def test_customers_need_no_table(self, folder, tmp_path):
        (folder / "customers.csv").unlink()
        made = make(wardrobe_records.item_vote_examples, folder, tmp_path)
        assert not any("customer_listed" in vote for vote in made["train"])

    def test_doubled_customer_is_refused(self, folder, tmp_path):
        replace(folder / "customers.csv", "customer-0002,", "customer-0001,")
        with pytest.raises(InputError, match="'customer-0001' is there twice"):
            make(wardrobe_records.item_vote_examples, folder, tmp_path)

    @pytest.mark.parametrize("vote", ["-1", "-1.0", "1", "+1"])
    @pytest.mark.parametrize(
        "make_examples, table",
        [
            (wardrobe_records.item_vote_examples, "item_votes"),
            (wardrobe_records.pair_vote_examples, "pair_votes"),
        ],
    )
    def test_only_contradictory_votes_are_refused(
        self, folder, tmp_path, make_examples, table, vote
    ):
        votes = pd.read_csv(folder / f"{table}.csv", dtype=str)
        (row,) = votes.index[votes["vote"] == "1"][:1]
        again = votes.loc[[row]].assign(vote=vote)
        pd.concat([votes, again]).to_csv(folder / f"{table}.csv", index=False)
        if vote in ("1", "+1"):  # Said twice.
            made = make(make_examples, folder, tmp_path)
            assert sum(map(len, made.values())) == len(votes) + 1
            return
        with pytest.raises(Exception) as raised:
            make(make_examples, folder, tmp_path)
        ids = votes.loc[row].drop(["vote", "timestamp"], errors="ignore")
        customer = ids.pop("customer_id")
        named = ", ".join(f"{name} {id_!r}" for name, id_ in ids.items())
        assert find_input_error(raised.value) == (
            f"{folder}/{table}.csv: customer {customer!r} says both 1 and -1 "
            f"of {named}. `tfcompat check {folder}` names the lines."
        )

    def test_customer_of_two_lines_is_refused(self, folder, tmp_path):
        votes = pd.read_csv(folder / "pair_votes.csv", dtype=str)
        votes.loc[0, "customer_id"] = "an\nna"
        votes.to_csv(folder / "pair_votes.csv", index=False)
        with pytest.raises(InputError, match=r"customer_id: 'an\\nna' holds a"):
            make(wardrobe_records.pair_vote_examples, folder, tmp_path)
