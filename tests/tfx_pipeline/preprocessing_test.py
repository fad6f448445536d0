import pickle
import tempfile

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata.dataset_metadata import DatasetMetadata

from tfx_pipeline import preprocessing
from tfx_pipeline.config import IN_PROCESS

TEXT = tf.io.FixedLenFeature([], tf.string)
VOTES = {
    "row": tf.io.FixedLenFeature([], tf.int64),
    "customer_id": TEXT,
    "item_id": TEXT,
    "vote": TEXT,
    "survey_height": tf.io.VarLenFeature(tf.float32),
    "survey_style": tf.io.VarLenFeature(tf.string),
    "customer_listed": tf.io.VarLenFeature(tf.int64),
}


def transform(function, spec, rows):
    """The transformed rows, as dicts, by their `row`."""
    metadata = DatasetMetadata.from_feature_spec(spec)
    with tempfile.TemporaryDirectory() as folder:
        with (
            beam.Pipeline(argv=list(IN_PROCESS)) as pipeline,
            tft_beam.Context(temp_dir=f"{folder}/tmp"),
        ):
            data = pipeline | beam.Create(rows)
            (made, _), _ = (
                data,
                metadata,
            ) | tft_beam.AnalyzeAndTransformDataset(function)
            _ = (
                made
                | beam.Map(pickle.dumps)
                | beam.io.WriteToTFRecord(f"{folder}/made")
            )
        paths = tf.io.gfile.glob(f"{folder}/made*")
        records = tf.data.TFRecordDataset(paths).as_numpy_iterator()
        return {row["row"]: row for row in map(pickle.loads, records)}


class TestItemVotes:
    @pytest.fixture(scope="class")
    def made(self):
        heights = [[150.0], [170.0], [160.0], []]
        return transform(
            preprocessing.item_votes_fn,
            VOTES,
            [
                {
                    "row": row,
                    "customer_id": "é" if row else "b",
                    "item_id": f"i{row}",
                    "vote": "1" if row % 2 else "-1",
                    "survey_height": height,
                    "survey_style": [] if row else ["bold"],
                    "customer_listed": [1],
                }
                for row, height in enumerate(heights)
            ],
        )

    def test_votes_become_labels(self, made):
        assert [made[row]["label"] for row in range(4)] == [0, 1, 0, 1]
        assert not any("vote" in row for row in made.values())

    def test_customers_are_rows_the_most_frequent_first(self, made):
        rows = [made[row]["customer_row"] for row in range(4)]
        assert rows == [1, 0, 0, 0]

    def test_numeric_answers_are_scaled_over_the_known_ones(self, made):
        # Mean 160, deviation sqrt((100 + 100 + 0) / 3) = 8.165.
        heights = [made[row]["survey_height"] for row in range(3)]
        np.testing.assert_allclose(
            np.concatenate(heights), [-1.2247449, 1.2247449, 0], atol=1e-6
        )
        assert made[3]["survey_height"].size == 0

    def test_words_and_ids_stay_as_they_are(self, made):
        assert made[0]["survey_style"].tolist() == [b"bold"]
        assert made[1]["survey_style"].size == 0
        assert made[1]["customer_id"] == "é".encode()
        assert made[3]["item_id"] == b"i3"


class TestSameGraphInServing:
    """A raw example through the saved graph is what Transform has written."""

    @pytest.mark.parametrize(
        "name, split",
        [("items", "all"), ("item_votes", "test"), ("pair_votes", "test")],
    )
    def test_served_alone_is_as_transformed_with_all(
        self, pipeline_runs, name, split
    ):
        graph = tft.TFTransformOutput(
            pipeline_runs.output(f"Transform_{name}", "transform_graph")
        )
        raw = self.first(
            pipeline_runs.output(f"ExampleGen_{name}", "examples"), split
        )
        spec = graph.raw_feature_spec()
        spec.pop("vote", None)  # Unknown when serving.
        inputs = tf.io.parse_example([raw], spec)
        served = graph.transform_features_layer()(inputs)
        expected = self.find(
            pipeline_runs.output(f"Transform_{name}", "transformed_examples"),
            split,
            graph.transformed_feature_spec(),
            int(served["row"][0]),
        )
        assert set(expected) - set(served) <= {"label"}
        for key, values in served.items():
            np.testing.assert_array_equal(
                dense(values), dense(expected[key]), err_msg=key
            )

    def first(self, folder, split):
        return next(self.records(folder, split))

    def find(self, folder, split, spec, row):
        for record in self.records(folder, split):
            parsed = tf.io.parse_example([record], spec)
            if int(parsed["row"][0]) == row:
                return parsed

    def records(self, folder, split):
        paths = tf.io.gfile.glob(f"{folder}/Split-{split}/*")
        return tf.data.TFRecordDataset(paths, "GZIP").as_numpy_iterator()


def dense(values):
    if isinstance(values, tf.SparseTensor):
        return values.values.numpy()
    return values.numpy()
