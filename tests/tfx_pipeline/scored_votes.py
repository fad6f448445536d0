"""Votes with scores of our choice, and a servable that gives just these."""

import pathlib

import numpy as np
import tensorflow as tf

from tfcompat.export.saved_model import write_saved_model

_GROUPS = ("bottom", "shoes")


class ScoredVotes:
    """Votes of some customers, each on a candidate of its own.

    Args:
        customers: int `[n]`, who votes.
        labels: `[n]` of 0 and 1.
    """

    def __init__(self, customers, labels):
        self.customers = np.asarray(customers)
        self.labels = np.asarray(labels)
        count = len(self.labels)
        self.groups = np.array([_GROUPS[n % 3 == 0] for n in range(count)])

    @classmethod
    def random(cls, seed=0, count=300, num_customers=12):
        """Some customers have votes of one kind only."""
        generator = np.random.default_rng(seed)
        customers = generator.integers(num_customers, size=count)
        labels = generator.integers(2, size=count)
        labels[customers < 2] = 1
        return cls(customers, labels)

    def informed_scores(self, share, seed=1):
        """float32 `[n]`: noise, and a `share` of the truth."""
        noise = np.random.default_rng(seed).normal(size=len(self.labels))
        return (share * self.labels - 3 + noise).astype(np.float32)

    def write(self, folder, split="test"):
        """Writes them as an `Examples` artifact holds them."""
        path = pathlib.Path(folder) / f"Split-{split}" / "votes.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        options = tf.io.TFRecordOptions(compression_type="GZIP")
        with tf.io.TFRecordWriter(str(path), options) as writer:
            for row in range(len(self.labels)):
                writer.write(self._example(row).SerializeToString())

    def _example(self, row):
        group = self.groups[row]
        texts = {
            "customer_id": f"c{self.customers[row]}",
            "query_id": "q",
            "candidate_id": f"i{row}",
            "vote": "1" if self.labels[row] else "-1",
            "query_group": "top",
            "query_category": "shirt",
            "candidate_group": group,
            "candidate_category": f"{group} {row % 2}",
        }
        features = {
            name: tf.train.Feature(
                bytes_list=tf.train.BytesList(value=[text.encode()])
            )
            for name, text in texts.items()
        }
        features["row"] = tf.train.Feature(
            int64_list=tf.train.Int64List(value=[row])
        )
        return tf.train.Example(features=tf.train.Features(feature=features))


class TableServable(tf.Module):
    """Scores candidates by a table.

    `examples`: serialised examples -> score; `serving_default`: candidate ->
    score. Candidate `i<n>` scores `scores[n]`.
    """

    def __init__(self, scores, name="table"):
        super().__init__(name=name)
        self.scores = tf.Variable(np.asarray(scores, np.float32))
        self.card = {
            "title": "Table",
            "description": "Looks scores up.",
            "data": {},
            "metrics": {},
            "seed": 0,
            "limits": ["Thinking."],
        }
        self.sources = {}
        self.signatures = {
            "serving_default": tf.function(
                lambda candidate: {"score": self._look_up(candidate)},
                input_signature=[
                    tf.TensorSpec([None], tf.string, name="candidate")
                ],
            ),
            "examples": tf.function(
                self._score_examples,
                input_signature=[
                    tf.TensorSpec([None], tf.string, name="examples")
                ],
            ),
        }

    def _score_examples(self, examples):
        spec = {"candidate_id": tf.io.FixedLenFeature([], tf.string)}
        parsed = tf.io.parse_example(examples, spec)
        return {"score": self._look_up(parsed["candidate_id"])}

    def _look_up(self, candidates):
        rows = tf.strings.to_number(
            tf.strings.regex_replace(candidates, "^i", ""), tf.int32
        )
        return tf.gather(self.scores, rows)

    def examples(self):
        example = tf.train.Example()
        example.features.feature["candidate_id"].bytes_list.value.append(b"i1")
        return {
            "serving_default": [{"candidate": [b"i0"]}],
            "examples": [{"examples": [example.SerializeToString()]}],
        }


def write_model(folder, scores, name="table"):
    """Writes what a Trainer leaves: the folder of a `Model` artifact."""
    write_saved_model(
        TableServable(scores, name), pathlib.Path(folder) / "Format-Serving"
    )
