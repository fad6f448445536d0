"""MGCM and Pix2PixCM: a generator trained together with what it serves."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.image_model import ImageModel
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.noise_seed import step_seed
from tfcompat.layers.pixel_range import to_signed, to_unit
from tfcompat.losses.bpr import BPRLoss
from tfcompat.losses.global_batch import global_share
from tfcompat.losses.weight_norm import weight_decay_share

_METRICS = ("loss", "bpr", "l1", "generator", "discriminator")
_AT_ONCE = 2**24  # Numbers laid out at once when templates are compared.


@keras.saving.register_keras_serializable(package="tfcompat")
class MGCM(NestedParts, ImageModel, keras.Model):
    """Scores a candidate by the query and by a template drawn of the query.

    The generator's encoder reads the query, an encoder of its own the
    candidate. Pooled and projected, their dot product is the likeness of the
    items; that of candidate and template is the negative L1 distance between
    the candidate's code and the one the template is drawn from. Everything is
    trained at once: generator and discriminator as a GAN with an L1 distance
    to the true candidate, and all but the discriminator by BPR.

    With `ImageConverter` and a discriminator of whole pairs this is MGCM;
    with `UNet` and `PatchDiscriminator` it is Pix2PixCM.

    Args:
        generator: `ImageConverter` or `UNet`.
        discriminator: Layer from pairs `[n, s, s, 6]` in [-1, 1] to logits.
        candidate_encoder: `ConvolutionStack` to codes of the generator's
            shape.
        image_size: Height and width of the images, in pixels.
        latent_dim: Size of the latent space of items.
        template_weight: beta, of the likeness to the template.
        seed: Of what is random in training.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict as `make_dataset` yields it, "items" being images in
            [0, 1].

    Returns:
        float32 `[b, c]` scores; higher goes together better.

    Reference:
        Liu, Song, Chen, Ma 2020, "MGCM", https://doi.org/10.1016/
        j.neucom.2020.06.033, without text, as in GECo, section 5.4. Departs
        from GECo's released code, which adds the distance to the template to
        the score: here a candidate that is nearer scores higher.
    """

    part_names = ("generator", "discriminator", "candidate_encoder")
    logged = _METRICS

    def __init__(
        self,
        generator,
        discriminator,
        candidate_encoder,
        image_size=64,
        latent_dim=128,
        template_weight=0.01,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, value in (
            ("image_size", image_size),
            ("latent_dim", latent_dim),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.generator = generator
        self.discriminator = discriminator
        self.candidate_encoder = candidate_encoder
        self.image_size = image_size
        self.latent_dim = latent_dim
        self.template_weight = template_weight
        self.seed = seed
        self.pool = keras.layers.GlobalAveragePooling2D(dtype="float32")
        self.query_head = _head(latent_dim, "query_head")
        self.candidate_head = _head(latent_dim, "candidate_head")

    def build(self, input_shape=None):
        shape = (None, self.image_size, self.image_size)
        for part, channels in (
            (self.generator, 3),
            (self.discriminator, 6),
            (self.candidate_encoder, 3),
        ):
            if not part.built:
                part.build((*shape, channels))
        code = self.candidate_encoder.compute_output_shape((*shape, 3))
        for head in (self.query_head, self.candidate_head):
            if not head.built:
                head.build((None, code[-1]))
        self.built = True

    def call(self, inputs, training=False):
        asked = tf.gather(inputs["items"], inputs["query"])
        code, _ = self.generator.encode(to_signed(asked), training)
        query = self._embed(code, self.query_head)
        offered = self.embed_candidate(inputs, training)
        return self._score(query, tf.gather(offered, inputs["candidates"]))

    def design(self, inputs):
        """float32 `[b, s, s, 3]` templates in [0, 1] of `inputs["query"]`,
        which are images `[b, s, s, 3]` here."""
        return to_unit(self.generator(to_signed(inputs["query"])))

    def embed_query(self, inputs):
        """float32 `[b, latent_dim + code]`."""
        asked = tf.gather(inputs["items"], inputs["query"])
        code, _ = self.generator.encode(to_signed(asked))
        return self._embed(code, self.query_head)

    def embed_candidate(self, inputs, training=False):
        """float32 `[u, latent_dim + code]`, of all items of the batch."""
        images = to_signed(inputs["items"])
        code = self.candidate_encoder(images, training=training)
        return self._embed(code, self.candidate_head)

    def match(self, queries, candidates):
        """float32 `[b, n]` scores; in blocks, for the codes are long."""
        count = tf.shape(queries)[0]
        size = tf.size(candidates)
        block = tf.clip_by_value(_AT_ONCE // tf.maximum(size, 1), 1, count)
        parts = tf.range(0, count, block)
        rows = tf.map_fn(
            lambda start: self._padded_block(queries, candidates, start, block),
            parts,
            fn_output_signature=tf.TensorSpec([None, None], tf.float32),
            parallel_iterations=1,
        )  # [blocks, block, n]
        return tf.reshape(rows, (-1, tf.shape(candidates)[0]))[:count]

    def _padded_block(self, queries, candidates, start, block):
        part = queries[start : start + block]
        part = tf.pad(part, [[0, block - tf.shape(part)[0]], [0, 0]])
        every = tf.repeat(candidates[None], block, axis=0)
        return self._score(part, every)

    def _embed(self, code, head):
        code = tf.cast(code, tf.float32)
        latent = tf.sigmoid(head(self.pool(code)))
        flat = tf.reshape(code, (tf.shape(code)[0], -1))
        return tf.concat([latent, flat], axis=-1)

    def _score(self, queries, candidates):
        """float32 `[b, c]` of embeddings `[b, d]` and `[b, c, d]`."""
        size = self.latent_dim
        latent, code = queries[..., :size], queries[..., size:]
        latents, codes = candidates[..., :size], candidates[..., size:]
        likeness = tf.einsum("bd,bcd->bc", latent, latents)
        distance = tf.reduce_sum(tf.abs(code[:, None] - codes), axis=-1)
        return likeness - self.template_weight * distance

    def compile(
        self,
        optimizer="adam",
        discriminator_optimizer="adam",
        *,
        adversarial_weight=0.1,
        l1_weight=10_000.0,
        weight_decay=0.01,
        **kwargs,
    ):
        """Sets up the training.

        Args:
            optimizer: Of all but the discriminator; the paper's is Adam, 2e-4,
                beta_1 0.5.
            discriminator_optimizer: The same.
            adversarial_weight: mu.
            l1_weight: Of the template's distance to the true candidate.
            weight_decay: nu, of half the squared norm of all weights.
            **kwargs: Passed to `keras.Model.compile`.
        """
        super().compile(optimizer=optimizer, **kwargs)
        self.adversarial_weight = adversarial_weight
        self.l1_weight = l1_weight
        self.weight_decay = weight_decay
        self.rank = BPRLoss(reduction="none")
        self.build()
        self.build_optimizers(
            discriminator_optimizer,
            self._ranking_variables(),
            self.discriminator.trainable_variables,
        )

    def _ranking_variables(self):
        return [
            variable
            for part in (
                self.generator,
                self.candidate_encoder,
                self.query_head,
                self.candidate_head,
            )
            for variable in part.trainable_variables
        ]

    def train_step(self, data):
        """A step of the discriminator, then one of all the rest.

        Losses are means over the global batch of `tf.distribute`.
        """
        inputs, labels = data
        query = to_signed(tf.gather(inputs["items"], inputs["query"]))
        best = tf.argmax(labels, axis=1, output_type=tf.int32)
        target = tf.gather(inputs["candidates"], best, batch_dims=1)
        target = to_signed(tf.gather(inputs["items"], target))
        seed = step_seed(self.seed, self.optimizer.iterations)
        with tf.GradientTape() as tape:
            code, skips = self.generator.encode(query, training=True)
            drawn = self.generator.decode(code, skips, seed, training=True)
            with tape.stop_recording():
                parts = self._learn_to_discriminate(query, target, drawn)
            asked = self._embed(code, self.query_head)
            offered = self.embed_candidate(inputs, training=True)
            scores = self._score(
                asked, tf.gather(offered, inputs["candidates"])
            )
            parts["bpr"] = global_share(self.rank(labels, scores))
            judged = self._judge(query, drawn)
            parts["generator"] = 0.5 * global_share(tf.square(judged - 1.0))
            parts["l1"] = global_share(tf.abs(target - drawn))
            variables = self._ranking_variables()
            loss = (
                parts["bpr"]
                + self.adversarial_weight * parts["generator"]
                + self.l1_weight * parts["l1"]
                + weight_decay_share(variables, self.weight_decay)
            )
        self.optimizer.minimize(loss, variables, tape=tape)
        self.log({**parts, "loss": loss})
        return self.results()

    def _judge(self, query, item):
        pair = tf.concat([query, item], axis=-1)
        return tf.sigmoid(self.discriminator(pair, training=True))

    def _learn_to_discriminate(self, query, target, drawn):
        with tf.GradientTape() as tape:
            real, fake = self._judge(query, target), self._judge(query, drawn)
            loss = 0.5 * (
                global_share(tf.square(real - 1.0))
                + global_share(tf.square(fake))
            )
        self.discriminator_optimizer.minimize(
            loss, self.discriminator.trainable_variables, tape=tape
        )
        return {"discriminator": loss}

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "latent_dim": self.latent_dim,
            "template_weight": self.template_weight,
            "seed": self.seed,
        }


def _head(units, name):
    return keras.layers.Dense(units, dtype="float32", name=name)
