"""Inception Score: are designs clear, each by itself, and varied together?"""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class InceptionScore(keras.metrics.Metric):
    """exp of the mean divergence of a design's classes from all designs'.

    High where a classifier is sure of each image and the images spread over
    its classes: between 1 and the number of classes. It never looks at real
    images, so compare it with the value of the real ones. Which classifier it
    was is part of the number: say so in the name.

    The images are dealt out to `splits` parts in turn, each part has a score,
    and the result is their mean, as published. Fewer images a part give a
    lower score, so compare equal counts. NaN until an image has been seen.

    Args:
        num_classes: Number of the classifier's classes.
        splits: Number of parts; of fewer images than parts, each is its own.
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        probabilities: float `[n, num_classes]`, the classifier's softmax of
            each design.

    Raises:
        ValueError: If `num_classes` or `splits` is not positive.

    Reference:
        Salimans et al. 2016, https://arxiv.org/abs/1606.03498, section 4.
    """

    def __init__(
        self, num_classes, splits=10, name="inception_score", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        for argument, value in (
            ("num_classes", num_classes),
            ("splits", splits),
        ):
            if value < 1:
                raise ValueError(f"`{argument}` must be positive, got {value}.")
        self.num_classes = num_classes
        self.splits = splits

        def add(name, *shape):
            return self.add_weight(
                name, shape=shape, initializer="zeros", dtype=tf.float64
            )

        self.counts = add("counts", splits)
        self.totals = add("totals", splits, num_classes)
        self.negentropies = add("negentropies", splits)  # Sums of p log p.

    def update_state(self, probabilities):
        probabilities = tf.cast(probabilities, tf.float64)
        seen = tf.cast(tf.reduce_sum(self.counts), tf.int32)
        part = (seen + tf.range(tf.shape(probabilities)[0])) % self.splits
        deal = tf.one_hot(part, self.splits, axis=0, dtype=tf.float64)  # [s, n]
        negentropies = tf.reduce_sum(
            tf.math.xlogy(probabilities, probabilities), axis=-1
        )
        self.counts.assign_add(tf.reduce_sum(deal, axis=1))
        self.totals.assign_add(tf.matmul(deal, probabilities))
        self.negentropies.assign_add(tf.linalg.matvec(deal, negentropies))

    def split_scores(self):
        """The score of each part that has images, float64 `[parts]`."""
        used = self.counts > 0
        counts = tf.boolean_mask(self.counts, used)
        means = tf.boolean_mask(self.totals, used) / counts[:, None]
        divergence = tf.boolean_mask(self.negentropies, used) / counts
        divergence -= tf.reduce_sum(tf.math.xlogy(means, means), axis=-1)
        return tf.exp(divergence)

    def result(self):
        # The mean of no score at all is 0 / 0, NaN as it should be.
        return tf.cast(tf.reduce_mean(self.split_scores()), tf.float32)

    def deviation(self):
        """Standard deviation of the parts' scores: the ± of the papers."""
        return float(tf.math.reduce_std(self.split_scores()))

    def reset_state(self):
        for weight in self.weights:
            weight.assign(tf.zeros_like(weight))

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "splits": self.splits,
        }
