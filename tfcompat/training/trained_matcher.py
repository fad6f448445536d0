"""A finished run of GECo or a baseline, ready to score and rank."""

import dataclasses

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.training import compatibility_config
from tfcompat.training.compatibility_inputs import (
    find_content,
    find_query_parts,
)
from tfcompat.training.compatibility_stages import find_frozen
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.vocabulary import Vocabulary

# Config classes of GECo and its baselines, by name.
KINDS = {
    name: kind
    for name, kind in vars(compatibility_config).items()
    if dataclasses.is_dataclass(kind)
}
_IMAGES_AT_ONCE = 256
_QUERIES_AT_ONCE = 256


def is_matcher(run):
    """Whether a `RunFolder` is of GECo or one of its baselines."""
    return run.read_config().get("config") in KINDS


def read_compatibility_config(run):
    """The config of a `RunFolder` of GECo or a baseline, as it was."""
    settings = run.read_config()
    kind = KINDS.get(settings.get("config"))
    if kind is None:
        raise InputError(
            f"{run.path}: is a run of {settings.get('config')}, neither of "
            "GECo nor of one of its baselines."
        )
    fields = {field.name: field.default for field in dataclasses.fields(kind)}
    return kind(
        **{
            name: tuple(settings[name])
            if isinstance(default, tuple)
            else settings[name]
            for name, default in fields.items()
            if name in settings
        }
    )


class TrainedMatcher:
    """Scores and ranks with the model of a run folder.

    Queries and candidates are embedded once each and then compared, block by
    block: 5,600 queries with 8,000 candidates need 13,600 images, of which one
    batch is in memory, and one block of scores at a time.

    Args:
        path: Folder of a finished run.
        wardrobe: `Wardrobe` whose rows are scored.

    Attributes:
        config: The run's `CompatibilityConfig`.
        model: The Keras model.
        frozen: `FrozenEncoder` whose sight the model takes for images; None
            of a model that takes pixels, or nothing.

    Raises:
        InputError: If the folder is no finished run of GECo or a baseline, or
            the wardrobe has groups that the model does not know.
    """

    def __init__(self, path, wardrobe):
        self.run = RunFolder(path)
        self.config = read_compatibility_config(self.run)
        self.run.require_finished()
        self.wardrobe = wardrobe
        self.frozen = find_frozen(self.config, self.run)
        self.model = keras.saving.load_model(
            self.run.model / "model.keras", compile=False
        )
        vocabulary = Vocabulary(**self.run.read_json("model/vocabulary.json"))
        self._translate = vocabulary.translate(wardrobe)
        self._content = find_content(self.config, wardrobe, self.run)
        if isinstance(self._content, np.ndarray):
            self._content = tf.constant(self._content)
        self._embed_query = tf.function(
            self.model.embed_query, reduce_retracing=True
        )
        self._embed_candidate = tf.function(
            self.model.embed_candidate, reduce_retracing=True
        )
        self._match = tf.function(self.model.match, reduce_retracing=True)

    def embed_queries(self, customers, queries):
        """Embeds queries, one batch of images at a time.

        Args:
            customers: int `[n]` customer rows, -1 = unknown.
            queries: int `[n]` item rows.

        Returns:
            `[n, …]`, as the model's `embed_query` makes them.
        """
        parts = find_query_parts(
            self.config, self.wardrobe, self.run, customers, queries
        )
        blocks = []
        for part in _blocks(len(queries), _IMAGES_AT_ONCE):
            rows = tf.constant(queries[part], tf.int32)
            inputs = {
                **self._items(rows),
                "query": tf.range(len(rows)),
                "customer": tf.constant(customers[part], tf.int32),
            }
            inputs, _ = parts.add(inputs, None)
            inputs, _ = self._translate(inputs, None)
            blocks.append(self._embed_query(inputs).numpy())
        return np.concatenate(blocks)

    def embed_candidates(self, rows):
        """Embeds items, int `[n]` rows, as candidates; `[n, …]`."""
        parts = find_query_parts(
            _without_images(self.config), self.wardrobe, self.run
        )
        blocks = []
        for part in _blocks(len(rows), _IMAGES_AT_ONCE):
            items = tf.constant(rows[part], tf.int32)
            nobody = tf.zeros([0], tf.int32)
            inputs = {**self._items(items), "query": nobody, "customer": nobody}
            inputs, _ = parts.add(inputs, None)
            inputs, _ = self._translate(inputs, None)
            blocks.append(self._embed_candidate(inputs).numpy())
        return np.concatenate(blocks)

    def templates(self, customers, queries):
        """What the model imagines to go with queries.

        Args:
            customers: int `[n]` customer rows, -1 = unknown.
            queries: int `[n]` item rows.

        Returns:
            float32 `[n, s, s, 3]` in [0, 1]; None of a model that imagines
            nothing.
        """
        queries = tf.constant(queries, tf.int32)
        if hasattr(self.model, "design"):
            return self.model.design({"query": self._content.batch(queries)})
        config = self.config
        if self.frozen is not None:  # Pixels, not what is seen in them.
            config = dataclasses.replace(config, backbone="")
        parts = find_query_parts(
            config, self.wardrobe, self.run, customers, queries.numpy()
        )
        if "template" not in parts.templates:
            return None
        customers = tf.constant(customers, tf.int32)
        return parts.templates["template"].batch(customers, queries)

    def score_blocks(self, customers, queries, candidates):
        """Scores every query with every candidate.

        Args:
            customers: int `[n]` customer rows, -1 = unknown.
            queries: int `[n]` item rows.
            candidates: int `[m]` item rows.

        Yields:
            Tuple of a slice of the queries and their float32 `[b, m]` scores.
        """
        asked = self.embed_queries(customers, queries)
        offered = tf.constant(self.embed_candidates(candidates))
        for part in _blocks(len(queries), _QUERIES_AT_ONCE):
            yield part, self._match(tf.constant(asked[part]), offered).numpy()

    def score(self, questions):
        """Scores the candidates of `Questions` `[n, c]`.

        Returns:
            float32 `[n, c]`; -inf for a candidate of -1, which is none.
        """
        rows, places = np.unique(questions.candidates, return_inverse=True)
        places = places.reshape(questions.candidates.shape)
        if rows[0] < 0:
            rows, places = rows[1:], places - 1
        scores = np.full(places.shape, -np.inf, "float32")
        for part, block in self.score_blocks(
            questions.customer, questions.query, rows
        ):
            found = np.take_along_axis(
                block, np.maximum(places[part], 0), axis=1
            )
            scores[part] = np.where(places[part] >= 0, found, -np.inf)
        return scores

    def _items(self, rows):
        if hasattr(self._content, "batch"):
            items = self._content.batch(rows)
        else:
            items = tf.gather(self._content, rows)
        groups, categories = (
            tf.gather(tf.constant(codes), rows)
            for codes in (
                self.wardrobe.item_groups,
                self.wardrobe.item_categories,
            )
        )
        return {
            "items": items,
            "item_rows": rows,
            "groups": groups,
            "categories": categories,
        }


def _without_images(config):
    """The same config with a query of the item and, if it has it, text."""
    if not hasattr(config, "query_parts"):
        return config
    kept = ("text",) if "text" in config.query_parts else ("item",)
    return dataclasses.replace(config, query_parts=kept)


def _blocks(count, size):
    return [slice(i, min(i + size, count)) for i in range(0, count, size)]
