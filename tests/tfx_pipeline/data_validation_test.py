"""Each way to break a wardrobe is an anomaly, said in words."""

import pandas as pd
import pyarrow as pa
import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_data_validation.statistics import stats_impl
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from tests.tfx_pipeline.conftest import SCHEMA
from tfx_pipeline.anomalies_in_words import findings_in_words
from tfx_pipeline.data_validation import complete_schema, find_anomalies
from tfx_pipeline.example_encoding import encode_examples

ITEMS = pd.DataFrame(
    {
        "item_id": [f"i{n}" for n in range(20)],
        "row": range(20),
        "group": ["top", "bottom"] * 10,
        "category": ["shirt", "jeans", "hoodie", "skirt"] * 5,
        "image": ["..."] * 20,
        "image_path": [f"{n}.png" for n in range(20)],
        "price": [9.5] * 20,
        "attr_color": ["red"] * 20,
        "attr_length": [1.5] * 20,
    }
)
VOTES = pd.DataFrame(
    {
        "customer_id": ["c1", "c2"] * 10,
        "item_id": [f"i{n}" for n in range(20)],
        "row": range(20),
        "vote": ["1", "-1"] * 10,
        "item_group": ["top", "bottom"] * 10,
        "item_category": ["shirt", "jeans", "hoodie", "skirt"] * 5,
        "customer_listed": [1] * 20,
        "survey_age": [30.0] * 20,
    }
)
PAIRS = VOTES.drop(columns=["survey_age"]).rename(
    columns=lambda name: name.replace("item_", "query_")
)
PAIRS = PAIRS.assign(
    candidate_id=PAIRS["query_id"],
    candidate_group=PAIRS["query_group"],
    candidate_category=PAIRS["query_category"],
)


def statistics(frame):
    return tfdv.generate_statistics_from_dataframe(frame)


def judged(name, found, previous=None, reviewed=""):
    """Findings on statistics of splits; `reviewed` adds to a schema."""
    text = (SCHEMA / name / "schema.pbtxt").read_text() + reviewed
    first = next(iter(found.values()))
    schema = complete_schema(
        text_format.Parse(text, schema_pb2.Schema()),
        tfdv.infer_schema(first, infer_feature_shape=False),
    )
    anomalies = find_anomalies(found, schema, previous)
    return findings_in_words(anomalies, found, schema, previous)


def findings(name, *frames, previous=None, reviewed=""):
    """The same on frames, as train, valid and test."""
    splits = ("train", "valid", "test")
    found = dict(zip(splits, map(statistics, frames), strict=False))
    previous = None if previous is None else statistics(previous)
    return judged(name, found, previous, reviewed)


def texts(*args, **options):
    return [finding.text for finding in findings(*args, **options)]


class TestGoodData:
    @pytest.mark.parametrize(
        "name, frame",
        [("items", ITEMS), ("item_votes", VOTES), ("pair_votes", PAIRS)],
    )
    def test_passes_beside_itself(self, name, frame):
        assert findings(name, frame, previous=frame) == []

    def test_optional_columns_may_be_absent_or_empty(self):
        frame = ITEMS.drop(columns=["price", "attr_color"])
        frame = frame.assign(brand=["x"] + [None] * 19)
        assert findings("items", frame) == []

    def test_own_groups_and_attributes_need_no_review(self):
        frame = ITEMS.assign(group=["hat", "scarf"] * 10, attr_knit="cable")
        assert findings("items", frame) == []

    def test_empty_validation_part_is_no_matter(self):
        assert findings("item_votes", VOTES, VOTES[:0]) == []


class TestVotes:
    def test_other_votes_are_counted_over_all_parts(self):
        train = VOTES.assign(vote=["2", "1"] * 10)
        valid = VOTES.assign(vote=["1"] * 19 + ["maybe"])
        assert texts("item_votes", train, valid) == [
            "column vote holds '2' (10 rows), 'maybe' (1 row), not '1' or '-1'"
        ]

    def test_missing_column_explains_what_could_not_be_looked_up(self):
        frame = VOTES.drop(columns=["item_id", "item_group", "item_category"])
        assert texts("item_votes", frame) == [
            "column item_id is missing or empty"
        ]

    def test_empty_cells_are_counted(self):
        frame = VOTES.copy()
        frame.loc[:2, "customer_id"] = None
        assert texts("item_votes", frame) == [
            "column customer_id is empty in 3 of 20 rows"
        ]

    def test_unknown_items_are_told_by_what_was_not_found(self):
        frame = PAIRS.copy()
        frame.loc[:1, ["query_group", "query_category"]] = None
        assert texts("pair_votes", frame) == [
            f"column query_id names items whose {column} the table of items "
            "does not say (2 of 20 rows)"
            for column in ("category", "group")
        ]

    def test_unknown_customers_are_told(self):
        frame = VOTES.assign(customer_listed=[0] + [1] * 19)
        assert texts("item_votes", frame) == [
            "column customer_id names customers that are not defined"
        ]

    def test_nothing_to_learn_from(self):
        assert texts("item_votes", VOTES[:0], VOTES) == [
            "no row is in the part to learn from (train)"
        ]


class TestItems:
    def test_missing_column(self):
        assert texts("items", ITEMS.drop(columns="category")) == [
            "column category is missing or empty"
        ]

    def test_words_for_a_price(self):
        assert texts("items", ITEMS.assign(price="cheap")) == [
            "column price: String values that were not floats were found, such "
            'as "cheap"',
            "column price: Expected data of type: FLOAT but got STRING",
        ]

    def test_negative_price(self):
        (text,) = texts("items", ITEMS.assign(price=-1.0))
        assert text.startswith("column price: Unexpectedly low values: -1<0")

    def test_no_number_among_numbers(self):
        columns = {name: pa.array(ITEMS[name]) for name in ITEMS.columns[:6]}
        columns["attr_length"] = pa.array(
            [float("nan")] + [1.5] * 19, pa.float32(), from_pandas=False
        )
        examples = ExamplesToRecordBatchDecoder().DecodeBatch(
            encode_examples(columns)
        )
        found = {"all": stats_impl.generate_statistics_in_memory(examples)}
        assert judged("items", found) == [
            ("column attr_length: Float feature has NaN values", False)
        ]


class TestReviewedVocabulary:
    REVIEWED = """
        feature {
          name: "attr_color" type: BYTES
          string_domain { value: "red" value: "blue" }
        }
    """

    def test_unseen_value_of_a_reviewed_attribute(self):
        frame = ITEMS.assign(attr_color=["green"] * 2 + ["red"] * 18)
        assert texts("items", frame, reviewed=self.REVIEWED) == [
            "column attr_color holds 'green' (2 rows), not 'red' or 'blue'"
        ]


class TestDrift:
    def test_replaced_categories_are_named(self):
        frame = ITEMS.assign(category=["shirt", "jeans", "kilt", "cape"] * 5)
        (finding,) = findings("items", frame, previous=ITEMS)
        assert finding.is_drift
        assert finding.text.startswith(
            "category has drifted from the data of the last run, "
            "new: 'cape', 'kilt', gone: 'hoodie', 'skirt' ("
        )
        # Half of the mass moved to values unseen before: by hand, each half
        # adds .5 log2(2), so the divergence is .5.
        assert "is 0.5 " in finding.text and "threshold 0.1" in finding.text

    def test_what_is_new_without_a_last_run_is_no_drift(self):
        frame = ITEMS.assign(category="kilt")
        assert findings("items", frame) == []

    def test_more_of_the_same_is_no_drift(self):
        frame = pd.concat([ITEMS, ITEMS, ITEMS[:5]], ignore_index=True)
        assert findings("items", frame, previous=ITEMS) == []

    def test_votes_name_the_column_behind_it(self):
        frame = VOTES.assign(item_category="cape")
        (finding,) = findings("item_votes", frame, previous=VOTES)
        assert finding.text.startswith(
            "the category behind column item_id has drifted"
        )

    def test_small_parts_are_not_compared(self):
        other = VOTES.assign(item_category="cape")
        assert findings("item_votes", VOTES, other, previous=VOTES) == []

    @pytest.mark.parametrize(
        "name, frame, column",
        [
            ("items", ITEMS, "attr_color"),
            ("items", ITEMS, "attr_length"),
            ("item_votes", VOTES, "survey_age"),
        ],
    )
    def test_own_column_that_is_gone_is_drift(self, name, frame, column):
        gone = [(f"column {column} is gone since the last run", True)]
        without = frame.drop(columns=column)
        assert findings(name, without, previous=frame) == gone
        empty = frame.assign(**{column: [None] * len(frame)})
        assert findings(name, empty, previous=frame) == gone
        assert findings(name, without, previous=empty) == []
        assert findings(name, without) == []  # As when drift is accepted.

    def test_gone_column_that_was_reviewed_is_said_once(self):
        reviewed = """
            feature {
              name: "attr_color" type: BYTES
              presence { min_fraction: 1 min_count: 1 }
            }
        """
        without = ITEMS.drop(columns="attr_color")
        assert findings(
            "items", without, previous=ITEMS, reviewed=reviewed
        ) == [("column attr_color is missing or empty", False)]

    def test_small_parts_may_lack_a_column(self):
        without = ITEMS.drop(columns="attr_color")
        assert findings("items", ITEMS, without, previous=ITEMS) == []

    def test_new_column_is_no_drift(self):
        frame = ITEMS.assign(attr_knit="cable")
        assert findings("items", frame, previous=ITEMS) == []
