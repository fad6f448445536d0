"""MEDAL for serving: what goes with a photo, from a group."""

import numpy as np
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.export.id_table import IdTable
from tfcompat.export.model_card import describe_run
from tfcompat.export.model_name import check_name
from tfcompat.export.photo_reader import PhotoReader
from tfcompat.export.request_limits import (
    MAX_ROWS,
    check_batch,
    check_counts,
    cut_rows,
    largest_count,
)
from tfcompat.export.row_lookup import fingerprint
from tfcompat.export.sample_photos import sample_photos
from tfcompat.retrieval.row_blocks import map_in_blocks
from tfcompat.retrieval.typed_ranking import TypedRanking
from tfcompat.training.trained_medal import TrainedMedal

CONFIGS = ("MedalConfig",)  # Of runs that `make_medal_servable` looks at.
_WARMED_UP = (1, 8, 32)  # Rows of the warm-up requests.
_AT_ONCE = 64  # Photos or rows that are worked off together.
_SCORES = 2**24  # Scores laid out at once; 64 MB a matrix.
_CARD = {
    "title": "MEDAL",
    "description": "Finds the items of a group that go best with the garment "
    "in a photo, by shape, texture and colour. No customer counts.",
    "limits": [
        "Scores rank garments for one query. They are no probabilities, and "
        "are not to be compared between queries or versions.",
        "It sees what garments look like: not sizes, materials, prices or "
        "stock; texts helped in training and are not asked for.",
        "It is made for photos like the catalogue's. The product type of a "
        "photo that is not in it is taken to be that of the most alike item.",
    ],
}


class MedalServable(tf.Module):
    """Answers `complete`: the best items of a group for a photo.

    Args:
        name: Name of the model folder.
        model: `MEDAL`, whose teacher is asked.
        item_ids: List of str, the catalogue.
        group_names: List of str.
        ranking: `TypedRanking` over the catalogue.
        fingerprints: int64 `[items]`, of the catalogue's photos.
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
        item_ids,
        group_names,
        ranking,
        fingerprints,
        image_size,
        options,
        *,
        samples,
        card,
    ):
        super().__init__(name=name)
        self.teacher = model.teacher
        self.items = IdTable(item_ids, "item")
        self.groups = IdTable(group_names, "group")
        self.ranking = ranking
        self.reader = PhotoReader(
            image_size,
            max_pixels=options.max_pixels,
            webp=options.webp,
            known=fingerprints,
        )
        self.samples = samples
        self.card = card
        self.sources = {}
        self.max_rows = min(options.max_rows, MAX_ROWS)
        self.signatures = {
            "complete": tf.function(
                self._complete,
                input_signature=[
                    tf.TensorSpec([None], tf.string, name="query"),
                    tf.TensorSpec([None], tf.string, name="group"),
                    tf.TensorSpec(None, tf.int32, name="k"),
                ],
                autograph=False,
            )
        }

    def _complete(self, query, group, k):
        inputs = check_batch({"query": query, "group": group}, self.max_rows)
        counts = check_counts(k, tf.shape(inputs["query"])[0])
        groups = self.groups.require_rows(
            inputs["group"],
            lambda row: tf.strings.join(
                [
                    "row ",
                    tf.strings.as_string(row),
                    ": there is no group named ",
                    tf.gather(inputs["group"], row),
                    "; the groups are ",
                    tf.strings.reduce_join(self.groups.ids, separator=", "),
                ]
            ),
        )
        # Photos are looked at when all the rest is in order.
        with tf.control_dependencies([counts, groups]):
            query = tf.identity(inputs["query"])
        images, own, places = self.reader.read({"query": query})
        latent = map_in_blocks(
            self._embed_block,
            images,
            _AT_ONCE,
            tf.TensorSpec([None, self.ranking.dim], tf.float32),
        )
        most = largest_count(counts)
        scores, rows = map_in_blocks(
            lambda asked: self.ranking.rank(*asked, most),
            (
                tf.gather(latent, places["query"]),
                tf.gather(own, places["query"]),
                groups,
            ),
            min(_AT_ONCE, max(_SCORES // self.ranking.size, 1)),
            (
                tf.TensorSpec([None, None], tf.float32),
                tf.TensorSpec([None, None], tf.int32),
            ),
        )
        item_ids, scores = cut_rows(self.items.get_ids(rows), scores, counts)
        return {"item_id": item_ids, "score": scores}

    def _embed_block(self, images):
        images = tf.cast(images, tf.float32) / 255.0
        return self.teacher(images, training=False)

    def examples(self):
        """Example inputs, for a few batch sizes."""
        groups = np.array(self.groups.ids.numpy(), object)
        samples = np.array(self.samples, object)
        return {
            "complete": [
                {
                    "query": np.resize(samples, rows),
                    "group": np.resize(groups, rows),
                    "k": np.full(rows, 10, "int32"),
                }
                for rows in _WARMED_UP
                if rows <= self.max_rows
            ]
        }


def make_medal_servable(run, wardrobe, options, name=None):
    """Makes a servable of a finished run of MEDAL.

    Args:
        run: `RunFolder`.
        wardrobe: `Wardrobe` whose items are ranked.
        options: `ServingOptions`; the ranking is exact.
        name: Name of the model folder; None for "medal".

    Returns:
        `MedalServable`.

    Raises:
        InputError: If the run is not finished, or another index is asked for.
    """
    if options.index == "scann":
        raise InputError(
            "--index scann: MEDAL compares by both items' types and is ranked "
            "exactly."
        )
    trained = TrainedMedal(run.path, wardrobe)
    types, masks = trained.spaces
    contents = [path.read_bytes() for path in wardrobe.image_paths]
    about = describe_run(run, wardrobe)
    about["data"]["catalogue"] = {"items": len(contents), "index": "exact"}
    about["data"]["clip"] = trained.clip["clip_origin"]
    return MedalServable(
        check_name(name or "medal"),
        trained.model,
        wardrobe.items["item_id"].tolist(),
        wardrobe.groups,
        TypedRanking(trained.latents, wardrobe.item_groups, types, masks),
        np.asarray(fingerprint(tf.constant(contents))),
        trained.config["image_size"],
        options,
        samples=sample_photos(wardrobe, options.webp, True),
        card={**_CARD, **about},
    )
