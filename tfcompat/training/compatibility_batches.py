"""Batches for GECo and its baselines: more than `make_dataset` yields."""

import tensorflow as tf


def offer_whole_batch(inputs, labels):
    """Gives every question the candidates of all questions of its batch.

    Args:
        inputs: As `make_dataset` yields them from questions with one
            candidate each, which is compatible.
        labels: float32 `[b, 1]`, not read.

    Returns:
        Tuple of inputs with "candidates" `[b, b]` and labels `[b, b]`, 1 where
        a candidate is the very item that is a question's own.
    """
    own = inputs["candidates"][:, 0]
    everybody = tf.tile(own[None], (tf.shape(own)[0], 1))
    same = tf.cast(own[:, None] == own[None], tf.float32)
    return {**inputs, "candidates": everybody}, same


class QueryParts:
    """Adds to a batch what its queries are composed of beside the item.

    Args:
        templates: Dict from the name of an input to its `Templates`.
        text: float32 `[items, t]`, or None.
    """

    def __init__(self, templates, text=None):
        self.templates = templates
        self.text = None if text is None else tf.constant(text, tf.float32)

    def add(self, inputs, labels):
        """For `tf.data.Dataset.map`; customers and items as the wardrobe's."""
        queries = tf.gather(inputs["item_rows"], inputs["query"])
        added = {
            name: templates.batch(inputs["customer"], queries)
            for name, templates in self.templates.items()
        }
        if self.text is not None:
            added["text"] = tf.gather(self.text, inputs["item_rows"])
        return {**inputs, **added}, labels
