"""ADDE for serving: attributes changed, attributes compared, outfits."""

import tensorflow as tf

from tfcompat.export.id_table import IdTable
from tfcompat.export.request_limits import (
    check_batch,
    check_counts,
    cut_rows,
    largest_count,
)
from tfcompat.export.row_checks import check_rows

_WARMED_UP = (1, 8)  # Rows of the warm-up requests.
_SEPARATOR = ";"


class AttributeServable(tf.Module):
    """Answers what a garment would be with other attributes, and the like.

    `manipulate` finds items like a photo with some values of attributes gone
    and others come, `similar` those like it in one attribute, and `complete`,
    where there is an outfit model, the items of a group that complete an
    outfit. A model of outfits alone has `complete` only. The queries' own
    items are never among the answers.

    Args:
        name: Name of the model folder.
        photos: `Photos`.
        item_ids: List of str, in the order of the catalogue's rows.
        ranking: `AttributeRanking`, or None.
        values: Dict from attribute to its values, as `ADDE.values`.
        outfit_ranking: `OutfitRanking`, or None.
        groups: List of the groups that the outfit model knows.
        outfit_size: Photos of an outfit at most, m.
        samples: List of contents of image files, for the warm-up.
        card: Dict for the model card.
        max_rows: Most rows of a request.

    Attributes:
        signatures: Dict of `tf.function`.
        sources: Empty: an index is rebuilt by exporting the run again.
    """

    def __init__(
        self,
        name,
        photos,
        item_ids,
        *,
        ranking,
        values,
        outfit_ranking,
        groups,
        outfit_size,
        samples,
        card,
        max_rows,
    ):
        super().__init__(name=name)
        self.photos = photos
        self.items = IdTable(item_ids, "item")
        self.ranking = ranking
        self.outfit_ranking = outfit_ranking
        self.attributes = IdTable(list(values), "attribute")
        texts = [f"{n}={v}" for n, known in values.items() for v in known]
        self.values = IdTable(texts, "value")
        self.groups = IdTable(groups, "group")
        self.outfit_size = outfit_size
        self.samples = samples
        self.card = card
        self.sources = {}
        self.max_rows = max_rows

        def column(name):
            return tf.TensorSpec([None], tf.string, name=name)

        k = tf.TensorSpec(None, tf.int32, name="k")
        outfits = tf.TensorSpec([None, None], tf.string, name="queries")
        inputs = {}
        if ranking is not None:
            inputs["manipulate"] = (
                self._manipulate,
                [column("query"), column("remove"), column("add"), k],
            )
            inputs["similar"] = (
                self._similar,
                [column("query"), column("attribute"), k],
            )
        if outfit_ranking is not None:
            inputs["complete"] = (self._complete, [outfits, column("group"), k])
        self.signatures = {
            # Nothing to convert, and so half the time to trace.
            name: tf.function(answer, input_signature=specs, autograph=False)
            for name, (answer, specs) in inputs.items()
        }

    def _manipulate(self, query, remove, add, k):
        inputs = check_batch(
            {"query": query, "remove": remove, "add": add}, self.max_rows
        )
        counts = check_counts(k, tf.shape(inputs["query"])[0])
        gone = self._read_values("remove", inputs["remove"])
        come = self._read_values("add", inputs["add"])
        features, own = self._look(inputs["query"], counts, gone, come)
        found = self.ranking.manipulate(
            features, own, gone, come, largest_count(counts)
        )
        return self._answer(*found, counts)

    def _similar(self, query, attribute, k):
        inputs = check_batch(
            {"query": query, "attribute": attribute}, self.max_rows
        )
        counts = check_counts(k, tf.shape(inputs["query"])[0])
        attributes = self.attributes.require_rows(
            inputs["attribute"],
            lambda row: _explain(
                row, "attribute", inputs["attribute"], self.attributes
            ),
        )
        features, own = self._look(inputs["query"], counts, attributes)
        found = self.ranking.similar(
            features, own, attributes, largest_count(counts)
        )
        return self._answer(*found, counts)

    def _complete(self, queries, group, k):
        group = check_batch({"group": group}, self.max_rows)["group"]
        rows = tf.shape(group)[0]
        counts = check_counts(k, rows)
        queries = tf.ensure_shape(queries, [None, None])
        shape = tf.shape(queries)
        problem = tf.strings.join(
            [
                "queries must be one row a group, of 1 to ",
                str(self.outfit_size),
                ' photos, "" for none',
            ]
        )
        fits = (shape[0] == rows) & (shape[1] <= self.outfit_size)
        with tf.control_dependencies(
            [tf.debugging.Assert(fits & (shape[1] > 0), [problem])]
        ):
            queries = tf.identity(queries)
        queries = tf.pad(queries, [[0, 0], [0, self.outfit_size - shape[1]]])
        queries = tf.ensure_shape(queries, [None, self.outfit_size])
        is_there = queries != ""
        queries = check_rows(
            queries,
            ~tf.reduce_any(is_there, axis=1),
            lambda row: tf.strings.join(
                ["queries row ", tf.strings.as_string(row), ": has no photo"]
            ),
        )
        groups = self.groups.require_rows(
            group, lambda row: _explain(row, "group", group, self.groups)
        )
        with tf.control_dependencies([counts, groups]):
            asked = tf.boolean_mask(queries, is_there)
        items, places = self.photos.read({"queries": asked})
        outfit = tf.tensor_scatter_nd_update(
            tf.fill(tf.shape(queries), -1),
            tf.cast(tf.where(is_there), tf.int32),
            places["queries"],
        )
        outfit = tf.ensure_shape(outfit, [None, self.outfit_size])
        found = self.outfit_ranking.rank(
            items, outfit, groups, largest_count(counts)
        )
        return self._answer(*found, counts)

    def _look(self, query, *checked):
        """Features and catalogue rows of photos, once all else is checked."""
        with tf.control_dependencies(list(checked)):
            query = tf.identity(query)
        items, places = self.photos.read({"query": query})
        return tuple(
            tf.gather(items[name], places["query"])
            for name in ("features", "catalogue_rows")
        )

    def _answer(self, scores, rows, counts):
        item_ids, scores = cut_rows(self.items.get_ids(rows), scores, counts)
        return {"item_id": item_ids, "score": scores}

    def _read_values(self, name, texts):
        """`attribute=value;…` of each row as float32 `[b, J]`."""
        parts = tf.strings.split(texts, _SEPARATOR)
        rows = parts.value_rowids()
        parts = tf.strings.strip(parts.flat_values)
        given = parts != ""
        parts, rows = (
            tf.boolean_mask(parts, given),
            tf.boolean_mask(rows, given),
        )

        def explain(place):
            return _explain(
                tf.gather(rows, place), name, parts, self.values, place
            )

        places = self.values.require_rows(parts, explain)
        count = tf.shape(texts)[0]
        hot = tf.one_hot(places, len(self.values))
        found = tf.math.unsorted_segment_max(hot, rows, count)
        # A row that names nothing has the least of all numbers.
        return tf.maximum(found, 0.0)

    def examples(self):
        """Example inputs of each signature, for a few batch sizes."""
        examples = {name: [] for name in self.signatures}
        for rows in _WARMED_UP:
            query = _repeat(self.samples, rows)
            some = {
                "query": query,
                "k": [10] * rows,
            }
            values = self.values.ids.numpy().tolist()
            for name, inputs in {
                "manipulate": {
                    **some,
                    "remove": [b""] * rows,
                    "add": _repeat(values, rows),
                },
                "similar": {
                    **some,
                    "attribute": _repeat(
                        self.attributes.ids.numpy().tolist(), rows
                    ),
                },
                "complete": {
                    "queries": [[photo] for photo in query],
                    "group": _repeat(self.groups.ids.numpy().tolist(), rows),
                    "k": [10] * rows,
                },
            }.items():
                if name in examples and rows <= self.max_rows:
                    examples[name].append(inputs)
        return examples


def _explain(row, column, texts, table, place=None):
    """Message about an unknown text, with those that are known."""
    known = tf.strings.reduce_join(table.ids, separator=", ")
    return tf.strings.join(
        [
            f"{column} row ",
            tf.strings.as_string(row),
            f": there is no {table.what} ",
            tf.gather(texts, row if place is None else place),
            "; there are ",
            known,
        ]
    )


def _repeat(values, count):
    values = list(values) or [b""]
    return (values * (-(-count // len(values))))[:count]
