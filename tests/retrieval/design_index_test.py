import numpy as np
import tensorflow as tf

from tfcompat.retrieval.design_index import DesignIndex


class Mean:
    """A designer that looks at mean colours, of length 1."""

    def embed_candidate(self, images):
        return tf.math.l2_normalize(tf.reduce_mean(images, axis=(1, 2)), -1)


class Colours:
    """Images of one colour each, by item row."""

    def __init__(self, colours):
        self.colours = np.array(colours, "float32")

    def batch(self, rows):
        return tf.tile(
            tf.gather(self.colours, rows)[:, None, None], [1, 4, 4, 1]
        )


class TestDesignIndex:
    def test_nearest_by_cosine_among_the_rows_alone(self):
        # Row 0 is blue itself but not to be found; row 4 is a darker row 2.
        images = Colours(
            [[0, 0, 1], [1, 0, 0], [0, 0.6, 0.8], [0, 1, 0], [0, 0.3, 0.4]]
        )
        index = DesignIndex.of(Mean(), images, [1, 2, 3, 4], batch_size=3)
        scores, rows = index.search(tf.constant([[0.0, 0.0, 1.0]]), 3)
        assert rows.numpy().tolist() == [[2, 4, 1]]
        np.testing.assert_allclose(scores, [[0.8, 0.8, 0.0]], atol=1e-6)

    def test_more_than_there_are_and_no_designs(self):
        index = DesignIndex(np.eye(3, dtype="float32"), [7, 8, 9])
        scores, rows = index.search(tf.eye(3), 10)
        assert scores.shape == rows.shape == (3, 3)
        assert rows[:, 0].numpy().tolist() == [7, 8, 9]
        scores, rows = index.search(tf.zeros([0, 3]), 2)
        assert rows.shape[0] == 0
