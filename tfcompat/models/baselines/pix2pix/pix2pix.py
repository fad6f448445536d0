"""Pix2pix: image-to-image translation from aligned pairs."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.image_model import ImageModel
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.noise_seed import step_seed
from tfcompat.layers.pixel_range import to_signed, to_unit
from tfcompat.losses.adversarial import (
    cost_of_designed,
    cost_of_real,
    probability_of_real,
)
from tfcompat.losses.global_batch import global_share

_METRICS = (
    "loss",  # What the generator minimises.
    "generator",
    "l1",
    "discriminator",
    "real_score",
    "fake_score",
)


@keras.saving.register_keras_serializable(package="tfcompat")
class Pix2pix(NestedParts, ImageModel, keras.Model):
    """Redraws a query as an item to go with it.

    A U-Net draws; a discriminator of patches sees query and item together and
    says whether the pair is real; and the item should be near the true one,
    pixel by pixel. With noise in the U-Net it is CIGM, see `make_cigm`.

    Departs from the paper: `call` draws without noise and dropout and with
    batch norm's running statistics, so that a query has one design, whatever
    else is in the batch. `design` with a seed keeps the noise, as the paper
    does at test time too.

    Args:
        generator: `UNet`.
        discriminator: `PatchDiscriminator`.
        image_size: Height and width of the images, in pixels.
        seed: Of noise and dropout in training.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict with "query", float images `[b, s, s, 3]` in [0, 1];
            whose they are does not matter.

    Returns:
        float32 `[b, s, s, 3]` designs in [0, 1].

    Reference:
        Isola, Zhu, Zhou, Efros 2017, https://arxiv.org/abs/1611.07004.
    """

    part_names = ("generator", "discriminator")
    logged = _METRICS

    def __init__(
        self, generator, discriminator, image_size=128, seed=0, **kwargs
    ):
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.image_size = image_size
        self.seed = seed

    def build(self, input_shape=None):
        shape = (None, self.image_size, self.image_size)
        for part, channels in ((self.generator, 3), (self.discriminator, 6)):
            if not part.built:
                part.build((*shape, channels))
        self.built = True

    def call(self, inputs, training=False):
        return self.design(inputs, training=training)

    def design(self, inputs, seed=None, training=False):
        """Designs, at random if given a seed.

        Args:
            inputs: As `call`'s.
            seed: int64 `[2]`; another one draws other noise. None for none.
            training: Whether this is a training step.

        Returns:
            float32 `[b, s, s, 3]` in [0, 1].
        """
        query = to_signed(inputs["query"])
        return to_unit(self.generator(query, seed=seed, training=training))

    def compile(
        self,
        generator_optimizer="adam",
        discriminator_optimizer="adam",
        *,
        l1_weight=100.0,
        **kwargs,
    ):
        """Sets up the training.

        Args:
            generator_optimizer: The paper's is Adam, 2e-4, beta_1 0.5.
            discriminator_optimizer: The same.
            l1_weight: lambda, of the distance to the true item.
            **kwargs: Passed to `keras.Model.compile`.
        """
        super().compile(optimizer=generator_optimizer, **kwargs)
        self.l1_weight = l1_weight
        self.build()
        self.build_optimizers(
            discriminator_optimizer,
            self.generator.trainable_variables,
            self.discriminator.trainable_variables,
        )

    def train_step(self, data):
        """A step of the discriminator, then one of the generator.

        Takes a batch of `make_design_dataset`. Losses are means over the
        global batch of `tf.distribute`, statistics of batch norm those of a
        replica's part.
        """
        inputs, labels = data
        query = to_signed(inputs["query"])
        target = to_signed(labels["target"])
        seed = step_seed(self.seed, self.optimizer.iterations)
        with tf.GradientTape() as tape:
            drawn = self.generator(query, seed=seed, training=True)
            with tape.stop_recording():
                parts = self._learn_to_discriminate(query, target, drawn)
            logits = self._judge(query, drawn)
            parts["generator"] = global_share(cost_of_real(logits))
            gaps = tf.reduce_mean(tf.abs(target - drawn), axis=(1, 2, 3))
            parts["l1"] = global_share(gaps)
            loss = parts["generator"] + self.l1_weight * parts["l1"]
        self.optimizer.minimize(
            loss, self.generator.trainable_variables, tape=tape
        )
        parts["loss"] = loss
        self.log(parts)
        return self.results()

    def _judge(self, query, item):
        pair = tf.concat([query, item], axis=-1)
        return self.discriminator(pair, training=True)

    def _learn_to_discriminate(self, query, target, drawn):
        with tf.GradientTape() as tape:
            real, fake = self._judge(query, target), self._judge(query, drawn)
            # Halved, which slows the discriminator down.
            loss = 0.5 * global_share(
                cost_of_real(real) + cost_of_designed(fake)
            )
        self.discriminator_optimizer.minimize(
            loss, self.discriminator.trainable_variables, tape=tape
        )
        return {
            "discriminator": loss,
            "real_score": global_share(probability_of_real(real)),
            "fake_score": global_share(probability_of_real(fake)),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "seed": self.seed,
        }
