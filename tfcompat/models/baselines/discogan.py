"""DiscoGAN: relations between two domains, there and back."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.image_model import ImageModel
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.losses.adversarial import (
    cost_of_designed,
    cost_of_real,
    probability_of_real,
)
from tfcompat.losses.feature_matching import feature_matching
from tfcompat.losses.global_batch import global_share
from tfcompat.losses.weight_norm import weight_decay_share

_METRICS = (
    "loss",  # What the generators minimise.
    "generator",
    "feature_matching",
    "reconstruction",
    "discriminator",
    "real_score",
    "fake_score",
)
# Shares of the verdict and of matched features in the adversarial loss.
_VERDICT, _FEATURES = 0.1, 0.9
_CYCLE = 3  # Iterations, of which the first is the discriminators'.


@keras.saving.register_keras_serializable(package="tfcompat")
class DiscoGAN(NestedParts, ImageModel, keras.Model):
    """Draws a target from a query, and a query from a target.

    Two generators, each with a discriminator of its own domain. What is drawn
    from an image should lead back to it, so each query gets a target of its
    own. Which query and target belong together is not used.

    Args:
        to_target: `ImageConverter` with a sigmoid, from queries to targets.
        to_query: The same, from targets to queries.
        target_discriminator: `StridedDiscriminator` of targets.
        query_discriminator: `StridedDiscriminator` of queries.
        image_size: Height and width of the images, in pixels.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict with "query", float images `[b, s, s, 3]` in [0, 1];
            whose they are does not matter.

    Returns:
        float32 `[b, s, s, 3]` designs in [0, 1].

    Reference:
        Kim, Cha, Kim, Lee, Kim 2017, https://arxiv.org/abs/1703.05192; where
        the paper is silent, their code (SKTBrain/DiscoGAN).
    """

    part_names = (
        "to_target",
        "to_query",
        "target_discriminator",
        "query_discriminator",
    )
    logged = _METRICS

    def __init__(
        self,
        to_target,
        to_query,
        target_discriminator,
        query_discriminator,
        image_size=64,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.to_target = to_target
        self.to_query = to_query
        self.target_discriminator = target_discriminator
        self.query_discriminator = query_discriminator
        self.image_size = image_size

    def build(self, input_shape=None):
        for name in self.part_names:
            part = getattr(self, name)
            if not part.built:
                part.build((None, self.image_size, self.image_size, 3))
        self.built = True

    def call(self, inputs, training=False):
        return self.to_target(inputs["query"], training=training)

    def compile(
        self,
        generator_optimizer="adam",
        discriminator_optimizer="adam",
        *,
        early_rate=0.01,
        late_rate=0.5,
        early_iterations=10_000,
        weight_decay=1e-5,
        **kwargs,
    ):
        """Sets up the training.

        Args:
            generator_optimizer: The authors' is Adam, 2e-4, beta_1 0.5.
            discriminator_optimizer: The same.
            early_rate: Weight of the reconstruction at first; the rest of 1
                is that of the adversarial loss.
            late_rate: The same later on.
            early_iterations: When that is, in iterations of a third of a
                batch.
            weight_decay: Adds this times a weight to its gradient.
            **kwargs: Passed to `keras.Model.compile`.

        Raises:
            ValueError: If a rate is not in [0, 1].
        """
        for name, rate in (
            ("early_rate", early_rate),
            ("late_rate", late_rate),
        ):
            if not 0 <= rate <= 1:
                raise ValueError(f"`{name}` must be in [0, 1], got {rate}.")
        super().compile(optimizer=generator_optimizer, **kwargs)
        self.early_rate = early_rate
        self.late_rate = late_rate
        self.early_iterations = early_iterations
        self.weight_decay = weight_decay
        self.build()
        self.build_optimizers(
            discriminator_optimizer,
            self._generator_variables,
            self._judge_variables,
        )

    @property
    def _generator_variables(self):
        return [
            *self.to_target.trainable_variables,
            *self.to_query.trainable_variables,
        ]

    @property
    def _judge_variables(self):
        return [
            *self.target_discriminator.trainable_variables,
            *self.query_discriminator.trainable_variables,
        ]

    def train_step(self, data):
        """Three iterations: one of the discriminators, two of the generators.

        The authors train the discriminators on every third batch and the
        generators on the others. Here a batch of `make_design_dataset` is cut
        into three for one such round: give it three times the batch size. So
        no step has to be left out, which no optimiser can do within
        `tf.distribute`.

        Losses are means over the global batch of `tf.distribute`; the means
        of matched features and of batch norm are those of a replica's part.
        """
        inputs, labels = data
        count = tf.shape(inputs["query"])[0]
        third = count // _CYCLE
        tf.debugging.assert_positive(
            third, f"DiscoGAN needs batches of at least {_CYCLE} pairs."
        )
        sizes = [third, third, count - 2 * third]
        queries = tf.split(inputs["query"], sizes)
        targets = tf.split(labels["target"], sizes)
        first = tf.cast(
            _CYCLE * self.discriminator_optimizer.iterations, tf.float32
        )
        self.log(self._learn_to_discriminate(queries[0], targets[0]))
        for i in range(1, _CYCLE):
            rate = tf.where(
                first + i < self.early_iterations,
                self.early_rate,
                self.late_rate,
            )
            self.log(self._learn_to_draw(queries[i], targets[i], rate))
        return self.results()

    def _learn_to_discriminate(self, query, target):
        drawn_target = self.to_target(query, training=True)
        drawn_query = self.to_query(target, training=True)
        with tf.GradientTape() as tape:
            real = self.target_discriminator(target, training=True)
            fake = self.target_discriminator(drawn_target, training=True)
            costs = cost_of_real(real) + cost_of_designed(fake)
            costs += cost_of_real(
                self.query_discriminator(query, training=True)
            )
            costs += cost_of_designed(
                self.query_discriminator(drawn_query, training=True)
            )
            loss = 0.5 * global_share(costs)
            decayed = loss + weight_decay_share(
                self._judge_variables, self.weight_decay
            )
        self.discriminator_optimizer.minimize(
            decayed, self._judge_variables, tape=tape
        )
        return {
            "discriminator": loss,
            "real_score": global_share(probability_of_real(real)),
            "fake_score": global_share(probability_of_real(fake)),
        }

    def _learn_to_draw(self, query, target, rate):
        with tf.GradientTape() as tape:
            drawn_target = self.to_target(query, training=True)
            drawn_query = self.to_query(target, training=True)
            there = self._adversarial(
                self.target_discriminator, target, drawn_target
            )
            back = self._adversarial(
                self.query_discriminator, query, drawn_query
            )
            verdict, features = there[0] + back[0], there[1] + back[1]
            reconstruction = global_share(
                _gap(query, self.to_query(drawn_target, training=True))
                + _gap(target, self.to_target(drawn_query, training=True))
            )
            loss = (1.0 - rate) * (_VERDICT * verdict + _FEATURES * features)
            loss += rate * reconstruction
            decayed = loss + weight_decay_share(
                self._generator_variables, self.weight_decay
            )
        self.optimizer.minimize(decayed, self._generator_variables, tape=tape)
        return {
            "loss": loss,
            "generator": verdict,
            "feature_matching": features,
            "reconstruction": reconstruction,
        }

    def _adversarial(self, discriminator, real, drawn):
        """The two losses of designs that should be taken for real."""
        _, real_features = discriminator.judge(real, training=True)
        logits, drawn_features = discriminator.judge(drawn, training=True)
        # Without the first block, which sees little more than pixels.
        return (
            global_share(cost_of_real(logits)),
            feature_matching(real_features[1:], drawn_features[1:]),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
        }


def _gap(images, others):
    """Mean squared difference of each image, `[n]`."""
    return tf.reduce_mean(tf.square(images - others), axis=(1, 2, 3))
