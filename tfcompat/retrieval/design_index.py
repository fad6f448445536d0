"""The real items that look most like a design, found by the index."""

import numpy as np
import tensorflow as tf

from tfcompat.retrieval.catalogue_index import CatalogueIndex


class DesignIndex(tf.Module):
    """Real items by their looks, to be searched by designs.

    Design and retrieve: where a shop needs items that there are, the design
    says what to look for.

    Args:
        looks: float32 `[items, f]`, as a designer's `embed_candidate` returns
            them.
        rows: int `[items]`, what the items are called in the answer.
        kind: As `CatalogueIndex` takes it.

    Reference:
        Yu et al. 2019, "Personalized fashion design", section 4.4, Fig. 6.
    """

    def __init__(self, looks, rows, kind="exact"):
        super().__init__(name="design_index")
        self.index = CatalogueIndex(looks, np.zeros(len(looks)), 1, kind)
        self.rows = tf.Variable(
            np.asarray(rows, "int32"), trainable=False, name="item_rows"
        )

    @classmethod
    def of(cls, designer, images, rows, kind="exact", batch_size=64):
        """Looks at real items.

        Args:
            designer: Built `Designer`.
            images: `ImageStore` of the wardrobe's items.
            rows: int `[items]`, item rows to be found.
            kind: As `CatalogueIndex` takes it.
            batch_size: Items at a time.

        Returns:
            `DesignIndex`.
        """
        rows = np.asarray(rows, "int32")
        look = tf.function(
            lambda batch: designer.embed_candidate(images.batch(batch)),
            input_signature=[tf.TensorSpec([None], tf.int32)],
        )
        looks = [
            look(rows[start : start + batch_size])
            for start in range(0, len(rows), batch_size)
        ]
        return cls(np.concatenate(looks), rows, kind)

    def search(self, looks, k):
        """The real items most like each design.

        Args:
            looks: float32 `[b, f]`, as `embed_query` or `embed_candidate`
                returns them for designs.
            k: int32 scalar, at least 0; may exceed the number of items.

        Returns:
            Tuple of float32 `[b, m]` cosines, largest first, and int32
            `[b, m]` rows, m being the lesser of `k` and the number of items.
        """
        shelves = tf.zeros([tf.shape(looks)[0]], tf.int32)
        scores, places = self.index.search(looks, shelves, k)
        return scores, tf.gather(self.rows, places)
