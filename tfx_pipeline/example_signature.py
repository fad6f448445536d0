"""A served pair model that also scores raw examples, for the Evaluator.

What Transform does to an example in the pipeline is done by the very graph
that it has written, inside the served model.
"""

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from tfcompat.export.id_table import IdTable
from tfcompat.export.request_limits import check_batch

SIGNATURE = "examples"
# What is not known, or does not count, when a model is asked.
_NOT_ASKED = ("vote", "row", "customer_listed")
_WARMED_UP = (1, 8, 32)  # Rows of the warm-up requests.


class ExampleTransform(tf.Module):
    """Parses raw examples and applies Transform's graph to them.

    Args:
        transform_graph: Folder of the graph.

    Attributes:
        spec: Dict of the raw features that are read, as `parse_example` takes
            it.
    """

    def __init__(self, transform_graph):
        super().__init__(name="example_transform")
        transform = tft.TFTransformOutput(transform_graph)
        self.spec = {
            name: spec
            for name, spec in transform.raw_feature_spec().items()
            if name not in _NOT_ASKED
        }
        self._layer = transform.transform_features_layer()
        # Vocabularies that the graph looks up, for whoever saves it.
        self._tables = [
            part
            for part in tf.train.TrackableView(self._layer).descendants()
            if isinstance(part, tf.saved_model.experimental.TrackableResource)
        ]

    def __call__(self, examples):
        """Transforms examples.

        Args:
            examples: string `[b]`, serialised `tf.Example`s.

        Returns:
            Dict of the transformed features that do not depend on what is
            not known, such as the vote.
        """
        return self._layer(tf.io.parse_example(examples, self.spec))


class ExampleServable(tf.Module):
    """A servable with one more signature, `examples`: raw examples -> score.

    The examples are votes on pairs, as ExampleGen makes them; whether there
    is a vote does not matter. Scores are those of `serving_default` on the
    two items' photos; NaN where the model came before one of the items, for
    the Evaluator, which compares it with a later one.

    It keeps the items' features, so that examples need no photos.

    Args:
        servable: `PairServable` of the items that the model was trained on.
        wardrobe: `Wardrobe` of these items, in the order of the model's rows.
        transform_graph: Folder of the graph that Transform made of the votes.

    Attributes:
        signatures: Dict of `tf.function`.
    """

    def __init__(self, servable, wardrobe, transform_graph):
        super().__init__(name=servable.name)
        self.servable = servable
        self.card = servable.card
        self.sources = servable.sources
        self.transform = ExampleTransform(transform_graph)
        self._ids = IdTable(wardrobe.items["item_id"].tolist(), "item")
        self._items = {
            name: tf.Variable(rows, trainable=False, name=name)
            for name, rows in (
                ("features", _read_features(servable, wardrobe)),
                ("groups", wardrobe.item_groups),
                ("categories", wardrobe.item_categories),
            )
        }
        self._wardrobe = wardrobe
        self.signatures = {
            **servable.signatures,
            SIGNATURE: tf.function(
                self._score,
                input_signature=[
                    tf.TensorSpec([None], tf.string, name="examples")
                ],
            ),
        }

    def _score(self, examples):
        examples = check_batch({"examples": examples})["examples"]
        asked = self.transform(examples)
        customers = self.servable.customers.find_rows(asked["customer_id"])
        rows = tf.concat(
            [
                self._ids.find_rows(asked[name])
                for name in ("query_id", "candidate_id")
            ],
            axis=0,
        )
        count = tf.size(customers)
        scores = self.servable.model(
            {
                **{
                    name: tf.gather(values, tf.maximum(rows, 0))
                    for name, values in self._items.items()
                },
                "item_rows": rows,
                "query": tf.range(count),
                "candidates": tf.range(count, 2 * count)[:, None],
                "customer": customers,
            }
        )
        are_known = tf.reduce_all(tf.reshape(rows, [2, count]) >= 0, axis=0)
        scores = tf.where(are_known, scores[:, 0], float("nan"))
        return {"score": scores, "known_customer": customers >= 0}

    def examples(self):
        """Example inputs of each signature, for a few batch sizes."""
        votes = self._wardrobe.pair_votes.head(_WARMED_UP[-1])
        contents = [
            make_raw_example(self._wardrobe, vote, self.transform.spec)
            for vote in votes.itertuples()
        ]
        return {
            **self.servable.examples(),
            SIGNATURE: [
                {"examples": np.resize(np.array(contents, object), rows)}
                for rows in _WARMED_UP
            ],
        }


def make_raw_example(wardrobe, vote, spec):
    """What ExampleGen makes of a vote on a pair, less the vote itself.

    Args:
        wardrobe: `Wardrobe`.
        vote: A row of its pair votes, with `customer`, `query`, `candidate`.
        spec: Dict whose keys name the features to make.

    Returns:
        `bytes`, a serialised `tf.Example`.
    """
    customers, items = wardrobe.customers, wardrobe.items
    texts = {"customer_id": customers["customer_id"].iat[vote.customer]}
    for name in ("query", "candidate"):
        item = items.iloc[getattr(vote, name)]
        texts[f"{name}_id"] = item["item_id"]
        texts[f"{name}_group"] = item["group"]
        texts[f"{name}_category"] = item["category"]
    example = tf.train.Example()
    for name in texts.keys() & spec.keys():
        value = texts[name].encode()
        example.features.feature[name].bytes_list.value.append(value)
    return example.SerializeToString(deterministic=True)


def _read_features(servable, wardrobe):
    """float32 `[items, f]`, as the servable has seen the catalogue."""
    with np.load(servable.sources["photos.npz"]) as arrays:
        if arrays["item_ids"].tolist() != wardrobe.items["item_id"].tolist():
            raise ValueError(
                "`servable` must rank the items of `wardrobe`, in its order."
            )
        return arrays["features"]
