"""Stage 2 of MrCGAN: draws the prototypes of a compatibility family."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.image_model import ImageModel
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.noise_seed import content_seeds, step_seed
from tfcompat.layers.pixel_range import to_signed, to_unit
from tfcompat.losses.global_batch import global_share
from tfcompat.losses.gradient_penalty import gradient_penalty, perturbed
from tfcompat.models.baselines.mrcgan.losses import (
    drawing_losses,
    judge_losses,
)

_METRICS = (
    "loss",  # What the generator minimises.
    "generator",
    "near",
    "apart",
    "discriminator",
    "latent",
    "penalty",
    "real_score",
    "fake_score",
)
_NOISE, _PROTOTYPE, _PENALTY = range(3)  # Uses of random numbers in a step.


@keras.saving.register_keras_serializable(package="tfcompat")
class MrCGAN(NestedParts, ImageModel, keras.Model):
    """Draws items from points of a compatibility family's space.

    The generator draws from noise and a point: an item's embedding in
    training, a query's prototype to design. The discriminator also says where
    in the space an image lies, and so a drawn image is kept near the point it
    was drawn from, and the drawing of a query's prototype apart from an item
    that does not go with the query.

    `call` takes one of the prototypes and the noise by the query's pixels: a
    query has one design, whatever else is in the batch.

    Args:
        family: Trained `CompatibilityFamily`; it is frozen.
        generator: `SubpixelGenerator`.
        discriminator: `ResidualDiscriminator` with the family's `dim`.
        noise_dim: Size of the noise, z.
        seed: Of all that is random.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict with "query", float images `[b, s, s, 3]` in [0, 1];
            whose they are does not matter.

    Returns:
        float32 `[b, s, s, 3]` designs in [0, 1].

    Raises:
        ValueError: If `discriminator` has another `dim` than the family, or
            `noise_dim` is not positive.

    Reference:
        Shih, Chang, Lin, Sun 2018, https://arxiv.org/abs/1712.01262; where
        the paper is silent, their code
        (appier/compatibility-family-learning).
    """

    part_names = ("family", "generator", "discriminator")
    logged = _METRICS

    def __init__(
        self, family, generator, discriminator, noise_dim=20, seed=0, **kwargs
    ):
        super().__init__(**kwargs)
        if discriminator.dim != family.encoder.dim:
            raise ValueError(
                f"`discriminator` has dim {discriminator.dim}, but `family` "
                f"{family.encoder.dim}."
            )
        if noise_dim < 1:
            raise ValueError(f"`noise_dim` must be positive, got {noise_dim}.")
        family.trainable = False
        self.family = family
        self.generator = generator
        self.discriminator = discriminator
        self.noise_dim = noise_dim
        self.seed = seed

    @property
    def image_size(self):
        return self.family.image_size

    def build(self, input_shape=None):
        size = self.family.image_size
        self.family.build()
        for part, shape in (
            (self.generator, (None, self.noise_dim + self.family.encoder.dim)),
            (self.discriminator, (None, size, size, 3)),
        ):
            if not part.built:
                part.build(shape)
        self.built = True

    def call(self, inputs, training=False):
        query = inputs["query"]
        _, prototypes = self.family.embed(query)  # [b, K, d]
        noise, chosen = tf.map_fn(
            self._draw_numbers,
            content_seeds(query, self.seed),
            fn_output_signature=(
                tf.TensorSpec((self.noise_dim,), tf.float32),
                tf.TensorSpec((), tf.int32),
            ),
        )
        points = tf.gather(prototypes, chosen, axis=1, batch_dims=1)
        return to_unit(self._draw(noise, points))

    def _draw_numbers(self, seed):
        """One image's noise and number of its prototype."""
        noise = tf.random.stateless_normal((self.noise_dim,), seed)
        chosen = tf.random.stateless_uniform(
            (), seed, 0, self.family.encoder.num_prototypes, tf.int32
        )
        return noise, chosen

    def design_each(self, inputs, seed):
        """One design of each prototype: the kinds of items that go with it.

        Args:
            inputs: As `call`'s.
            seed: int64 `[2]`, decides the noise; all designs share it.

        Returns:
            float32 `[b, K, s, s, 3]` in [0, 1].
        """
        _, prototypes = self.family.embed(inputs["query"])
        noise = tf.random.stateless_normal(
            (tf.shape(prototypes)[0], self.noise_dim), seed
        )
        designs = [
            self._draw(noise, points)
            for points in tf.unstack(prototypes, axis=1)
        ]
        return to_unit(tf.stack(designs, axis=1))

    def _draw(self, noise, points):
        return self.generator(tf.concat([noise, points], axis=-1))

    def compile(
        self,
        generator_optimizer="adam",
        discriminator_optimizer="adam",
        *,
        near_margin=0.05,
        apart_margin=0.2,
        penalty_weight=0.5,
        **kwargs,
    ):
        """Sets up the training.

        Args:
            generator_optimizer: The authors' is Adam, 2e-4, beta_1 0.5.
            discriminator_optimizer: The same.
            near_margin: m_enc: how far a drawing may be from its point.
            apart_margin: m_prj: how far the drawing of a prototype should be
                from what does not go with the query.
            penalty_weight: lambda, of DRAGAN's gradient penalty.
            **kwargs: Passed to `keras.Model.compile`.
        """
        super().compile(optimizer=generator_optimizer, **kwargs)
        self.near_margin = near_margin
        self.apart_margin = apart_margin
        self.penalty_weight = penalty_weight
        self.build()
        self.build_optimizers(
            discriminator_optimizer,
            self.generator.trainable_variables,
            self.discriminator.trainable_variables,
        )

    def train_step(self, data):
        """A step of discriminator and generator, each against the other's last.

        Takes a batch of `make_design_dataset`: its targets are the real
        items, its random items those that do not go with the query. Losses
        are means over the global batch of `tf.distribute`.
        """
        inputs, labels = data
        count = tf.shape(inputs["query"])[0]
        step = self.optimizer.iterations
        noise = tf.random.stateless_normal(
            (count, self.noise_dim), step_seed(self.seed, step, _NOISE)
        )
        _, prototypes = self.family.embed(inputs["query"])
        embedded, _ = self.family.embed(labels["target"])
        unfit, _ = self.family.embed(labels["random"])
        points = self._choose(prototypes, step)
        real = to_signed(labels["target"])
        margins = self.near_margin, self.apart_margin
        with tf.GradientTape(persistent=True) as tape:
            drawn = self._draw(
                tf.tile(noise, (2, 1)), tf.concat([embedded, points], axis=0)
            )
            logits, latents = self.discriminator(drawn)
            real_logits, real_latents = self.discriminator(real)
            parts = judge_losses(real_logits, logits)
            gaps = tf.reduce_sum(tf.square(real_latents - embedded), axis=-1)
            parts["latent"] = global_share(gaps)
            parts["penalty"] = self._penalty(real, step)
            judge_loss = (
                parts["discriminator"]
                + parts["latent"]
                + self.penalty_weight * parts["penalty"]
            )
            parts |= drawing_losses(logits, latents, embedded, unfit, margins)
            loss = parts["generator"] + parts["near"] + parts["apart"]
        parts["loss"] = loss
        judge_variables = self.discriminator.trainable_variables
        variables = self.generator.trainable_variables
        judge_slopes = tape.gradient(judge_loss, judge_variables)
        slopes = tape.gradient(loss, variables)
        del tape
        self.discriminator_optimizer.apply_gradients(
            zip(judge_slopes, judge_variables, strict=True)
        )
        self.optimizer.apply_gradients(zip(slopes, variables, strict=True))
        self.log(parts)
        return self.results()

    def _choose(self, prototypes, step):
        """One prototype of each query, at random; `[b, d]`."""
        chosen = tf.random.stateless_uniform(
            (tf.shape(prototypes)[0],),
            step_seed(self.seed, step, _PROTOTYPE),
            0,
            self.family.encoder.num_prototypes,
            tf.int32,
        )
        return tf.gather(prototypes, chosen, axis=1, batch_dims=1)

    def _penalty(self, real, step):
        near = perturbed(real, step_seed(self.seed, step, _PENALTY))
        return global_share(
            gradient_penalty(lambda images: self.discriminator(images)[0], near)
        )

    def get_config(self):
        return {
            **super().get_config(),
            "noise_dim": self.noise_dim,
            "seed": self.seed,
        }
