"""What student and teacher of MEDAL each are: a transformer, and colours."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.nested_parts import NestedParts


@keras.saving.register_keras_serializable(package="tfcompat")
class MEDALEncoder(NestedParts, keras.layers.Layer):
    """Embeds garments by shape and texture, and by colour beside it.

    A linear layer brings the two together. Side by side, each of unit length,
    they were compared apart, and the transformer's part was found to tell
    nothing after training: of a part whose distances are near zero the
    gradient is so, too.

    Args:
        vision: `VisionTransformer`.
        vision_dim: Size of the part that it gives; with the colours 128 in
            the paper, which does not say how they share, nor how they meet.
        colour: `ColourEmbedding`, or None to leave colours to `vision`.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, s, s, 3]` in [0, 1].
        histograms: Optional, float `[n, bins]`: what `colour.count` says of
            the images, where that is known already.

    Returns:
        float32 `[n, dim]` of unit length.

    Raises:
        ValueError: If `vision_dim` is not positive.

    Reference:
        MEDAL, supplementary 2.
    """

    part_names = ("vision", "colour")

    def __init__(self, vision, vision_dim=96, colour=None, **kwargs):
        super().__init__(**kwargs)
        if vision_dim < 1:
            raise ValueError(
                f"`vision_dim` must be positive, got {vision_dim}."
            )
        self.vision = vision
        self.vision_dim = vision_dim
        self.colour = colour
        self.project = keras.layers.Dense(vision_dim, dtype="float32")
        self.fuse = None
        if colour is not None:
            self.fuse = keras.layers.Dense(self.dim, dtype="float32")

    @property
    def dim(self):
        """int: size of the embedding."""
        return self.vision_dim + (self.colour.units if self.colour else 0)

    def see(self, images, training=False):
        """The transformer's vector alone, `[n, width]`; no colour histogram.

        What the self-supervised loss is on.
        """
        return self.vision(images, training=training)

    def call(self, images, histograms=None, training=False):
        return self.embed_seen(self.see(images, training), images, histograms)

    def embed_seen(self, seen, images, histograms=None):
        """The embedding out of `see(images)`; as `call` otherwise."""
        seen = tf.cast(seen, tf.float32)
        latent = self.project(seen) / self.vision_dim**0.5
        if self.colour is not None:
            if histograms is None:
                colours = self.colour(images)
            else:
                colours = self.colour.project(histograms)
            latent = self.fuse(tf.concat([latent, colours], axis=-1))
        return tf.math.l2_normalize(latent, axis=-1)

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self.dim)

    def get_config(self):
        return {
            **super().get_config(),
            "vision_dim": self.vision_dim,
        }
