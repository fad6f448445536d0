"""GECo for serving: a template of the query, and what is found by it."""

import numpy as np
import tensorflow as tf

from tfcompat.export.id_table import IdTable
from tfcompat.export.pair_ranking import leave_out
from tfcompat.export.photo_reader import PhotoReader
from tfcompat.export.request_limits import (
    MAX_ROWS,
    check_batch,
    check_counts,
    cut_rows,
    largest_count,
)
from tfcompat.retrieval.catalogue_index import CatalogueIndex
from tfcompat.retrieval.row_blocks import map_in_blocks
from tfcompat.training.templates import resize_template

_WARMED_UP = (1, 8, 32)  # Rows of the warm-up requests.
_AT_ONCE = 64  # Photos that go through a network together.


class GECoServable(tf.Module):
    """Answers what goes with a photo, for nobody in particular.

    `serving_default` scores pairs of photos, `complete` finds the catalogue's
    items that go best with a photo and shows the template that it imagined.
    The query's own item is never among the answers.

    Args:
        name: Name of the model folder.
        model: `GECo` whose queries are items and templates.
        frozen: `FrozenEncoder` whose sight the model takes for images, or
            None if it takes these as they are.
        generator: `Pix2pix`, or another that knows no customers.
        item_ids: List of str, the items that are ranked.
        embeddings: float32 `[items, d]`, these as candidates.
        fingerprints: int64 `[items]`, of their photos.
        image_size: Side of the model's images.
        options: `ServingOptions`.
        samples: List of contents of image files, for the warm-up.
        card: Dict for the model card.

    Attributes:
        signatures: Dict of `tf.function`.
        sources: Empty: the model itself holds all that it needs.
    """

    def __init__(
        self,
        name,
        model,
        frozen,
        generator,
        item_ids,
        embeddings,
        fingerprints,
        image_size,
        options,
        *,
        samples,
        card,
    ):
        super().__init__(name=name)
        self.model = model
        self.frozen = frozen
        self.generator = generator
        self.image_size = image_size
        self.items = IdTable(item_ids, "item")
        self.index = CatalogueIndex(
            embeddings, np.zeros(len(embeddings)), 1, options.index_kind
        )
        # Decoded once for each network, as training has decoded them.
        self.readers = [
            PhotoReader(
                size,
                max_pixels=options.max_pixels,
                webp=options.webp,
                known=fingerprints,
            )
            for size in (image_size, generator.image_size)
        ]
        self.samples = samples
        self.card = card
        self.sources = {}
        self.max_rows = min(options.max_rows, MAX_ROWS)
        query, candidate = (
            tf.TensorSpec([None], tf.string, name=column)
            for column in ("query", "candidate")
        )
        self.signatures = {
            "serving_default": tf.function(
                self._score, input_signature=[query, candidate], autograph=False
            ),
            "complete": tf.function(
                self._complete,
                input_signature=[
                    query,
                    tf.TensorSpec(None, tf.int32, name="k"),
                ],
                autograph=False,
            ),
        }

    def _score(self, query, candidate):
        inputs = check_batch(
            {"query": query, "candidate": candidate}, self.max_rows
        )
        queries, places, _, _ = self._imagine(inputs["query"])
        images, _, offered = self.readers[0].read(
            {"candidate": inputs["candidate"]}
        )
        candidates = map_in_blocks(
            self._embed_block,
            images,
            _AT_ONCE,
            tf.TensorSpec([None, self.index.dim], tf.float32),
        )
        pairs = tf.gather(queries, places) * tf.gather(
            candidates, offered["candidate"]
        )
        return {"score": tf.reduce_sum(pairs, axis=-1)}

    def _complete(self, query, k):
        query = check_batch({"query": query}, self.max_rows)["query"]
        counts = check_counts(k, tf.shape(query)[0])
        # Photos are looked at when all the rest is in order.
        with tf.control_dependencies([counts]):
            query = tf.identity(query)
        queries, places, templates, own = self._imagine(query)
        most = largest_count(counts)
        # One more, in case that the query itself is found.
        scores, rows = self.index.search(
            queries, tf.zeros([tf.shape(queries)[0]], tf.int32), most + 1
        )
        scores, rows = leave_out(scores, rows, own)
        width = tf.minimum(most, tf.shape(scores)[1])
        scores, order = tf.math.top_k(scores, width)
        rows = tf.gather(rows, order, batch_dims=1)
        item_ids, scores = cut_rows(
            self.items.get_ids(tf.gather(rows, places)),
            tf.gather(scores, places),
            counts,
        )
        return {
            "item_id": item_ids,
            "score": scores,
            "template": tf.gather(templates, places),
        }

    def _imagine(self, query):
        """Embedded queries, where each row's is, PNGs and catalogue rows."""
        (images, own, places), (small, *_) = (
            reader.read({"query": query}) for reader in self.readers
        )
        queries, templates = map_in_blocks(
            self._imagine_block,
            (images, small),
            _AT_ONCE,
            (
                tf.TensorSpec([None, self.index.dim], tf.float32),
                tf.TensorSpec([None], tf.string),
            ),
        )
        return queries, places["query"], templates, own

    def _embed_block(self, images):
        return self.model.project({}, self._describe(_unit(images)))

    def _imagine_block(self, photos):
        """Embedded queries and PNGs of photos of both sizes."""
        images, small = photos
        drawn = self.generator({"query": _unit(small)}, training=False)
        drawn = tf.cast(tf.round(255.0 * drawn), tf.uint8)
        templates = tf.map_fn(
            tf.io.encode_png,
            drawn,
            fn_output_signature=tf.TensorSpec([], tf.string),
        )
        drawn = tf.ensure_shape(drawn, small.shape)
        seen = resize_template(drawn, self.image_size)
        queries = self.model.compose(
            {"query": tf.range(tf.shape(images)[0])},
            self._describe(_unit(images)),
            {"template": self._describe(seen)},
        )
        return queries, templates

    def _describe(self, images):
        if self.frozen is not None:
            images = self.frozen.see(images)
        return self.model.describe(images)

    def examples(self):
        """Example inputs of each signature, for a few batch sizes."""
        examples = {"serving_default": [], "complete": []}
        for rows in _WARMED_UP:
            if rows > self.max_rows:
                break
            query = np.resize(np.array(self.samples, object), rows)
            examples["serving_default"].append(
                {"query": query, "candidate": query[::-1]}
            )
            examples["complete"].append(
                {"query": query, "k": np.full(rows, 10, "int32")}
            )
        return examples


def _unit(images):
    return tf.cast(images, tf.float32) / 255.0
