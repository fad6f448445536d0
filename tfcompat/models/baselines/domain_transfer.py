"""Pixel-level domain transfer: from one domain's item to another's."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.image_model import ImageModel
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.pixel_range import to_signed, to_unit
from tfcompat.losses.adversarial import (
    cost_of_designed,
    cost_of_real,
    probability_of_real,
)
from tfcompat.losses.global_batch import global_share

_METRICS = (
    "loss",  # What the converter minimises.
    "generator",
    "association",
    "discriminator",
    "domain_discriminator",
    "real_score",
    "fake_score",
)


@keras.saving.register_keras_serializable(package="tfcompat")
class DomainTransfer(NestedParts, ImageModel, keras.Model):
    """Converts a query into an item of the other domain.

    The converter is led by two discriminators and by no pixel: one tells real
    items from converted ones, the other whether an item belongs to the query
    it is shown with. For the first a real item is real whether it belongs to
    the query or not; for the second a converted item never does.

    Args:
        converter: `ImageConverter` with a code and tanh.
        discriminator: `StridedDiscriminator` of items.
        domain_discriminator: `StridedDiscriminator` of query and item, joined
            along the channels.
        image_size: Height and width of the images, in pixels.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict with "query", float images `[b, s, s, 3]` in [0, 1];
            whose they are does not matter.

    Returns:
        float32 `[b, s, s, 3]` designs in [0, 1].

    Reference:
        Yoo, Kim, Park, Paek, Kweon 2016, https://arxiv.org/abs/1603.07442.
    """

    part_names = ("converter", "discriminator", "domain_discriminator")
    logged = _METRICS

    def __init__(
        self,
        converter,
        discriminator,
        domain_discriminator,
        image_size=64,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.converter = converter
        self.discriminator = discriminator
        self.domain_discriminator = domain_discriminator
        self.image_size = image_size

    def build(self, input_shape=None):
        shape = (None, self.image_size, self.image_size)
        for name, channels in zip(self.part_names, (3, 3, 6), strict=True):
            part = getattr(self, name)
            if not part.built:
                part.build((*shape, channels))
        self.built = True

    def call(self, inputs, training=False):
        query = to_signed(inputs["query"])
        return to_unit(self.converter(query, training=training))

    def compile(
        self,
        generator_optimizer="adam",
        discriminator_optimizer="adam",
        **kwargs,
    ):
        """Sets up the training.

        Args:
            generator_optimizer: Of the converter; Adam, 2e-4, beta_1 0.5.
            discriminator_optimizer: Of both discriminators; the same.
            **kwargs: Passed to `keras.Model.compile`.
        """
        super().compile(optimizer=generator_optimizer, **kwargs)
        self.build()
        self.build_optimizers(
            discriminator_optimizer,
            self.converter.trainable_variables,
            self._judge_variables,
        )

    @property
    def _judge_variables(self):
        return [
            *self.discriminator.trainable_variables,
            *self.domain_discriminator.trainable_variables,
        ]

    def train_step(self, data):
        """A step of both discriminators, then one of the converter.

        Takes a batch of `make_design_dataset`; its random items are those
        that belong to another query. Each network's loss is the mean of its
        terms. Losses are means over the global batch of `tf.distribute`,
        statistics of batch norm those of a replica's part.
        """
        inputs, labels = data
        query, target, other = map(
            to_signed, (inputs["query"], labels["target"], labels["random"])
        )
        with tf.GradientTape() as tape:
            drawn = self.converter(query, training=True)
            with tape.stop_recording():
                parts = self._learn_to_discriminate(query, target, other, drawn)
            real = self.discriminator(drawn, training=True)
            parts["generator"] = global_share(cost_of_real(real))
            belongs = self._judge_pair(query, drawn)
            parts["association"] = global_share(cost_of_real(belongs))
            loss = (parts["generator"] + parts["association"]) / 2.0
        self.optimizer.minimize(
            loss, self.converter.trainable_variables, tape=tape
        )
        parts["loss"] = loss
        self.log(parts)
        return self.results()

    def _judge_pair(self, query, item):
        pair = tf.concat([query, item], axis=-1)
        return self.domain_discriminator(pair, training=True)

    def _learn_to_discriminate(self, query, target, other, drawn):
        with tf.GradientTape() as tape:
            real, unrelated, fake = (
                self.discriminator(items, training=True)
                for items in (target, other, drawn)
            )
            reality = global_share(
                cost_of_real(real)
                + cost_of_real(unrelated)
                + cost_of_designed(fake)
            )
            domain = global_share(
                cost_of_real(self._judge_pair(query, target))
                + cost_of_designed(self._judge_pair(query, other))
                + cost_of_designed(self._judge_pair(query, drawn))
            )
            # Their weights are apart, so the sum trains each by its own.
            loss = (reality + domain) / 3.0
        self.discriminator_optimizer.minimize(
            loss, self._judge_variables, tape=tape
        )
        return {
            "discriminator": reality / 3.0,
            "domain_discriminator": domain / 3.0,
            "real_score": global_share(probability_of_real(real)),
            "fake_score": global_share(probability_of_real(fake)),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
        }
