"""The personalised designer for serving: a garment drawn for a customer."""

import numpy as np
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.export.design_card import DESIGN_CARD
from tfcompat.export.id_table import IdTable
from tfcompat.export.index_advice import advise_index
from tfcompat.export.model_card import describe_run
from tfcompat.export.model_name import check_name
from tfcompat.export.photo_reader import PhotoReader
from tfcompat.export.request_limits import (
    check_batch,
    check_counts,
    cut_rows,
    largest_count,
)
from tfcompat.export.sample_photos import sample_photos
from tfcompat.export.serving_options import ServingOptions
from tfcompat.models.designer import Designer
from tfcompat.retrieval.design_index import DesignIndex
from tfcompat.retrieval.row_blocks import map_in_blocks
from tfcompat.training.trained_designer import DESIGNERS, TrainedDesigner
from tfcompat.training.vocabulary import Vocabulary

CONFIGS = DESIGNERS  # Of the runs that this serves, or refuses in words.
_WARMED_UP = (1, 8, 32)  # Rows of the warm-up requests.
_AT_ONCE = 64  # Designs that go through the networks together.


class DesignServable(tf.Module):
    """Answers with a garment that does not exist, and real ones like it.

    `design` draws a garment that goes with a photo and suits a customer, and
    finds the real items that look most like it. A customer whom the model
    does not know gets what suits the average one.

    Args:
        name: Name of the model folder.
        designer: Built `Designer`.
        index: `DesignIndex` whose rows are those of `item_ids`.
        customer_ids: List of str, in the order of the designer's rows.
        item_ids: List of str.
        samples: List of contents of image files, for the warm-up.
        card: Dict for the model card.
        options: `ServingOptions`.

    Attributes:
        signatures: Dict of `tf.function`.
        sources: Empty: an index of other items is made by another export.
    """

    def __init__(
        self,
        name,
        designer,
        index,
        customer_ids,
        item_ids,
        *,
        samples,
        card,
        options,
    ):
        super().__init__(name=name)
        self.designer = designer
        self.index = index
        self.customers = IdTable(customer_ids, "customer")
        self.items = IdTable(item_ids, "item")
        self.samples = samples
        self.card = card
        self.max_rows = options.max_rows
        self.photos = PhotoReader(
            designer.decoder.image_size,
            max_pixels=options.max_pixels,
            webp=options.webp,
        )
        self.sources = {}
        self.signatures = {
            "design": tf.function(
                self._design,
                input_signature=[
                    tf.TensorSpec([None], tf.string, name="customer_id"),
                    tf.TensorSpec([None], tf.string, name="query"),
                    tf.TensorSpec(None, tf.int32, name="k"),
                ],
                autograph=False,
            )
        }

    def _design(self, customer_id, query, k):
        inputs = check_batch(
            {"customer_id": customer_id, "query": query}, self.max_rows
        )
        counts = check_counts(k, tf.shape(inputs["query"])[0])
        customers = self.customers.find_rows(inputs["customer_id"])
        # Photos are looked at when all the rest is in order.
        with tf.control_dependencies([counts]):
            query = tf.identity(inputs["query"])
        photos, _, places = self.photos.read({"query": query})
        pictures, looks = self._draw(photos, places["query"], customers)
        scores, rows = self.index.search(looks, largest_count(counts))
        item_ids, scores = cut_rows(self.items.get_ids(rows), scores, counts)
        return {
            "image": pictures,
            "item_id": item_ids,
            "score": scores,
            "known_customer": customers >= 0,
        }

    def _draw(self, photos, places, customers):
        """string `[b]` PNGs and float32 `[b, f]` looks, a few at a time."""
        # A white photo more, for a batch of none.
        photos = tf.pad(photos, [[0, 1], *[[0, 0]] * 3], constant_values=255)
        return map_in_blocks(
            lambda part: self._draw_block(tf.gather(photos, part[0]), part[1]),
            (places, customers),
            _AT_ONCE,
            (
                tf.TensorSpec([None], tf.string),
                tf.TensorSpec([None, self.index.index.dim], tf.float32),
            ),
        )

    def _draw_block(self, photos, customers):
        designs = self.designer(
            {
                "query": tf.cast(photos, tf.float32) / 255.0,
                "customer": customers,
            }
        )
        levels = tf.cast(tf.round(255.0 * designs), tf.uint8)
        pictures = tf.map_fn(
            tf.io.encode_png, levels, fn_output_signature=tf.string
        )
        return pictures, self.designer.embed_candidate(designs)

    def examples(self):
        """Example inputs, for a few batch sizes.

        The last customer of a larger batch is a stranger. `k` is one for each
        row, as a server that batches requests needs it.
        """
        customers = self.customers.ids.numpy()
        examples = []
        for rows in _WARMED_UP:
            if rows > self.max_rows:
                break
            asking = np.resize(customers, rows)
            if rows > 1:
                asking[-1] = b""
            query = np.array(self.samples, object)
            examples.append(
                {
                    "customer_id": asking.tolist(),
                    "query": np.resize(query, rows).tolist(),
                    "k": [10] * rows,
                }
            )
        return {"design": examples}


def make_design_servable(run, wardrobe, options=None, name=None):
    """Makes a servable of a finished run of the personalised designer.

    Args:
        run: `RunFolder`.
        wardrobe: `Wardrobe` whose items of the group that is designed are
            found; they may be others than those of the training.
        options: `ServingOptions`; None for the default ones.
        name: Name of the model folder; None for "designer".

    Returns:
        `DesignServable`.

    Raises:
        InputError: If the run is not finished or of another model, or the
            wardrobe has no items of the group.
    """
    options = options or ServingOptions()
    trained = TrainedDesigner(run.path, wardrobe)
    if not isinstance(trained.model, Designer):
        raise InputError(
            f"{run.path}: is a run of {trained.config['config']}, a baseline "
            "that designs for nobody in particular; only the personalised "
            "designer is served."
        )
    group = trained.config["target_group"]
    rows = np.flatnonzero(wardrobe.items["group"] == group)
    if not len(rows):
        raise InputError(
            f"{wardrobe.folder}: has no items of the group {group!r}, which "
            f"{run.path} designs."
        )
    name = check_name(name or "designer")
    index = DesignIndex.of(
        trained.model, trained.images, rows, options.index_kind
    )
    advise_index(name, options.index, len(rows), index.index.dim)
    vocabulary = Vocabulary(**run.read_json("model/vocabulary.json"))
    about = describe_run(run, wardrobe)
    about["data"]["catalogue"] = {
        "group": group,
        "items": len(rows),
        "index": index.index.kind,
    }
    return DesignServable(
        name,
        trained.model,
        index,
        vocabulary.customers,
        wardrobe.items["item_id"].tolist(),
        samples=sample_photos(wardrobe, options.webp, reads_new=True),
        card={**DESIGN_CARD, **about},
        options=options,
    )
