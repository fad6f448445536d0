"""The pair models for serving: PSA-Net, its relatives and the joint model."""

import tensorflow as tf

from tfcompat.export.id_table import IdTable
from tfcompat.export.request_limits import (
    MAX_ROWS,
    check_batch,
    check_counts,
    cut_rows,
    largest_count,
)

_WARMED_UP = (1, 8, 32)  # Rows of the warm-up requests.


class PairServable(tf.Module):
    """Answers what goes with what, for this customer.

    `serving_default` scores pairs of photos, `complete` finds the items of a
    group that go best with a photo; both give a pair the same score. The
    query's own item is never among the answers. A customer whom the model
    does not know gets its answer to a stranger.

    Args:
        name: Name of the model folder.
        model: `SubspaceNet` or `JointSubspaceNet`.
        photos: `Photos`.
        ranking: `PairRanking` or `ShortlistRanking`.
        vocabulary: `Vocabulary` of the model.
        item_ids: List of str, in the order of the catalogue's rows.
        samples: List of contents of image files, for the warm-up.
        card: Dict for the model card.
        sources: Dict from name to the path of what an index is rebuilt from.
        max_rows: Most rows of a request.

    Attributes:
        signatures: Dict of `tf.function`.
    """

    def __init__(
        self,
        name,
        model,
        photos,
        ranking,
        vocabulary,
        item_ids,
        *,
        samples,
        card,
        sources,
        max_rows=MAX_ROWS,
    ):
        super().__init__(name=name)
        if max_rows < 1:
            raise ValueError(f"`max_rows` must be positive, got {max_rows}.")
        self.model = model
        self.photos = photos
        self.ranking = ranking
        self.customers = IdTable(vocabulary.customers, "customer")
        self.groups = IdTable(vocabulary.groups, "group")
        self.items = IdTable(item_ids, "item")
        self.samples = samples
        self.card = card
        self.sources = sources
        self.max_rows = max_rows
        columns = {
            column: tf.TensorSpec([None], tf.string, name=column)
            for column in ("customer_id", "query", "candidate", "group")
        }
        self.signatures = {
            "serving_default": tf.function(
                self._score,
                input_signature=[
                    columns[name]
                    for name in ("customer_id", "query", "candidate")
                ],
                # Nothing to convert, and so half the time to trace.
                autograph=False,
            ),
            "complete": tf.function(
                self._complete,
                input_signature=[
                    *(
                        columns[name]
                        for name in ("customer_id", "query", "group")
                    ),
                    tf.TensorSpec(None, tf.int32, name="k"),
                ],
                autograph=False,
            ),
        }

    def _score(self, customer_id, query, candidate):
        inputs = check_batch(
            {
                "customer_id": customer_id,
                "query": query,
                "candidate": candidate,
            },
            self.max_rows,
        )
        customers = self.customers.find_rows(inputs.pop("customer_id"))
        items, places = self.photos.read(inputs)
        scores = self.model(
            {
                **items,
                "query": places["query"],
                "candidates": places["candidate"][:, None],
                "customer": customers,
            }
        )
        return {"score": scores[:, 0], "known_customer": customers >= 0}

    def _complete(self, customer_id, query, group, k):
        inputs = check_batch(
            {"customer_id": customer_id, "query": query, "group": group},
            self.max_rows,
        )
        counts = check_counts(k, tf.shape(inputs["query"])[0])
        groups = self.groups.require_rows(
            inputs["group"],
            lambda row: self._explain_group(inputs["group"], row),
        )
        customers = self.customers.find_rows(inputs["customer_id"])
        # Photos are looked at when all the rest is in order.
        with tf.control_dependencies([counts, groups]):
            query = tf.identity(inputs["query"])
        items, places = self.photos.read({"query": query})
        scores, rows = self.ranking.rank(
            items,
            {
                "query": places["query"],
                "customer": customers,
                "group": groups,
                "customer_id": inputs["customer_id"],
            },
            largest_count(counts),
        )
        item_ids, scores = cut_rows(self.items.get_ids(rows), scores, counts)
        return {
            "item_id": item_ids,
            "score": scores,
            "known_customer": customers >= 0,
        }

    def _explain_group(self, names, row):
        return tf.strings.join(
            [
                "row ",
                tf.strings.as_string(row),
                ": there is no group named ",
                tf.gather(names, row),
                "; the groups are ",
                tf.strings.reduce_join(self.groups.ids, separator=", "),
            ]
        )

    def examples(self):
        """Example inputs of each signature, for a few batch sizes.

        The last customer of a larger batch is a stranger. `k` is one for each
        row, as a server that batches requests needs it.
        """
        customers = self.customers.ids.numpy().tolist() or [b""]
        groups = self.groups.ids.numpy().tolist()
        examples = {"serving_default": [], "complete": []}
        for rows in _WARMED_UP:
            if rows > self.max_rows:
                break
            asking = _repeat(customers, rows)
            if rows > 1:
                asking[-1] = b""
            query = _repeat(self.samples, rows)
            examples["serving_default"].append(
                {
                    "customer_id": asking,
                    "query": query,
                    "candidate": _repeat(self.samples[::-1], rows),
                }
            )
            examples["complete"].append(
                {
                    "customer_id": asking,
                    "query": query,
                    "group": _repeat(groups, rows),
                    "k": [10] * rows,
                }
            )
        return examples


def _repeat(values, count):
    return (values * (-(-count // len(values))))[:count]
