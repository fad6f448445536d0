"""Stage 1 of MrCGAN: items and the prototypes of what goes with them."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.image_model import ImageModel
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.pixel_range import to_signed
from tfcompat.losses.adversarial import cost_of_designed, cost_of_real
from tfcompat.losses.global_batch import global_share

_METRICS = ("loss", "liked_distance", "random_distance", "accuracy")
_LEAST = 1e-6  # The threshold's start and least value.


def projected_distance(prototypes, embeddings):
    """Projected compatibility distance (PCD) of queries and candidates.

    The prototypes are blended by how near each is to the candidate, and the
    squared distance of the blend from the candidate counts: one near
    prototype is enough to go together, and all must be far not to.

    Args:
        prototypes: float `[n, K, d]`, e_1(x) to e_K(x) of queries.
        embeddings: float `[n, d]`, e_0(y) of candidates.

    Returns:
        float `[n]`.

    Reference:
        Shih et al. 2018, https://arxiv.org/abs/1712.01262, equation 1.
    """
    gaps = prototypes - embeddings[:, None, :]  # [n, K, d]
    weights = tf.nn.softmax(-tf.reduce_sum(tf.square(gaps), axis=-1))
    blend = tf.einsum("nk,nkd->nd", weights, prototypes)
    return tf.reduce_sum(tf.square(blend - embeddings), axis=-1)


@keras.saving.register_keras_serializable(package="tfcompat")
class CompatibilityFamily(NestedParts, ImageModel, keras.Model):
    """Scores how well a candidate goes with a query, by prototypes.

    An item's family is its embedding, as candidate, and K prototypes, as
    query. The score is the logit `c - d` with d the PCD and c learnt.

    Args:
        encoder: `PrototypeEncoder`.
        image_size: Height and width of the images, in pixels.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict of "query" and "candidate", float images `[b, s, s, 3]`
            in [0, 1].

    Returns:
        float32 `[b]` scores; higher is more compatible.

    Reference:
        Shih, Chang, Lin, Sun 2018, https://arxiv.org/abs/1712.01262.
    """

    part_names = ("encoder",)
    logged = _METRICS

    def __init__(self, encoder, image_size=64, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.image_size = image_size
        self.threshold = self.add_weight(
            name="threshold",
            shape=(),
            initializer=keras.initializers.Constant(_LEAST),
        )

    def build(self, input_shape=None):
        if not self.encoder.built:
            self.encoder.build((None, self.image_size, self.image_size, 3))
        self.built = True

    def embed(self, images):
        """Embeddings and prototypes of images in [0, 1], as the encoder's."""
        return self.encoder(to_signed(images))

    def call(self, inputs, training=False):
        _, prototypes = self.embed(inputs["query"])
        embeddings, _ = self.embed(inputs["candidate"])
        return self._score(projected_distance(prototypes, embeddings))

    def _score(self, distance):
        return tf.maximum(self.threshold, _LEAST) - distance

    def compile(self, optimizer="adam", *, pull_weight=0.5, **kwargs):
        """Sets up the training.

        Args:
            optimizer: The authors' is Adam, 1e-3.
            pull_weight: lambda_m, of the mean distance of liked pairs.
            **kwargs: Passed to `keras.Model.compile`.
        """
        super().compile(optimizer=optimizer, **kwargs)
        self.pull_weight = pull_weight
        self.build()
        self.optimizer.build(self.trainable_variables)

    def train_step(self, data):
        """Learns that liked pairs go together, and random ones do not.

        Takes a batch of `make_design_dataset`. Losses are means over the
        global batch of `tf.distribute`.
        """
        inputs, labels = data
        with tf.GradientTape() as tape:
            _, prototypes = self.embed(inputs["query"])
            images = tf.concat([labels["target"], labels["random"]], axis=0)
            liked, random = (
                projected_distance(prototypes, embeddings)
                for embeddings in tf.split(self.embed(images)[0], 2)
            )
            scores = self._score(liked), self._score(random)
            costs = cost_of_real(scores[0]) + cost_of_designed(scores[1])
            loss = global_share(costs + self.pull_weight * liked)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        right = tf.cast(scores[0] > 0, tf.float32)
        right += tf.cast(scores[1] <= 0, tf.float32)
        self.log(
            {
                "loss": loss,
                "liked_distance": global_share(liked),
                "random_distance": global_share(random),
                "accuracy": 0.5 * global_share(right),
            }
        )
        return self.results()

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
        }
