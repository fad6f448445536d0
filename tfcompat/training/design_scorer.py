"""Scores designs, which are in no wardrobe, with a trained pair model."""

import numpy as np
import tensorflow as tf

from tfcompat.training.garment_encoder import load_garment_encoder
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_scorer import TrainedScorer


class DesignScorer(TrainedScorer):
    """How well images go with a wardrobe's items, as customers see it.

    An image is scored as an item that nobody has seen before: by its looks.
    Score real items by their images too where they stand beside designs, or
    what is known of them would count for them.

    Args:
        path: Folder of a finished run of stage 2.
        wardrobe: `Wardrobe` that customers and queries are of.
    """

    def __init__(self, path, wardrobe):
        super().__init__(path, wardrobe)
        run = RunFolder(path)
        if self.config.get("backbone", "frozen") == "frozen":
            encoder = RunFolder(self.config["encoder"] or run.path / "encoder")
            self._size = encoder.read_config()["image_size"]
            describe = load_garment_encoder(encoder.path).describe
            known = tf.constant(self._content, tf.float32)
            self._query_content = lambda rows: tf.gather(known, rows)
        else:
            self._size = self._content.image_size
            describe = tf.identity
            self._query_content = self._content.batch
        self._describe = tf.function(
            lambda images: describe(
                tf.image.resize(
                    images, (self._size, self._size), antialias=True
                )
            ),
            input_signature=[tf.TensorSpec([None, None, None, 3])],
        )

    def score_images(self, customer, query, images, categories, group):
        """Scores one image for each customer and query.

        Args:
            customer: int `[n]` customer rows, -1 = unknown.
            query: int `[n]` item rows.
            images: float `[n, s, s, 3]` in [0, 1]; any s.
            categories: int `[n]`, what each image stands for, as
                `Wardrobe.item_categories`.
            group: Name of the images' group.

        Returns:
            float32 `[n]` scores; higher is more compatible.

        Raises:
            ValueError: If the wardrobe has no such group.
        """
        if group not in self.wardrobe.groups:
            raise ValueError(
                f"`group` must be one of {', '.join(self.wardrobe.groups)}, "
                f"got {group!r}."
            )
        count = len(query)
        query = tf.constant(query, tf.int32)
        place = tf.range(count)
        described = self._describe(tf.cast(images, tf.float32))
        inputs = {
            "items": tf.concat([self._query_content(query), described], axis=0),
            "item_rows": tf.concat([query, tf.fill([count], -1)], axis=0),
            "groups": tf.concat(
                [
                    tf.gather(self.wardrobe.item_groups, query),
                    tf.fill([count], self.wardrobe.groups.index(group)),
                ],
                axis=0,
            ),
            "categories": tf.concat(
                [
                    tf.gather(self.wardrobe.item_categories, query),
                    tf.constant(categories, tf.int32),
                ],
                axis=0,
            ),
            "query": place,
            "candidates": place[:, None] + count,
            "customer": tf.constant(customer, tf.int32),
        }
        inputs, _ = self._translate(inputs, None)
        return np.asarray(self.model(inputs, training=False))[:, 0]
