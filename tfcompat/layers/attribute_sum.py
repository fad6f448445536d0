"""ADDE-O's attribute subspaces, weighted and added up."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.attribute_concatenation import build_kernel, specialise


@keras.saving.register_keras_serializable(package="tfcompat")
class AttributeSum(keras.layers.Layer):
    """Specialises each attribute for outfits and adds them up by weight.

    `f = sum_a w_a psi_a(r_a)`, by analogy with CSA-Net, whose masked
    embeddings are added up so. The paper's way of combining is not public;
    `AttributeConcatenation` is the alternative.

    Args:
        num_attributes: Number of attributes, A.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        embeddings: float `[..., A d]`, all attributes side by side.
        weights: float `[..., A]` whose leading dimensions broadcast against
            those of `embeddings`.

    Returns:
        float `[..., d]`.

    Raises:
        ValueError: If `num_attributes` is not positive, or the embeddings
            cannot be cut into so many parts.

    Reference:
        ADDE, supplementary material, table 1, `psi_a`.
    """

    def __init__(self, num_attributes, **kwargs):
        super().__init__(**kwargs)
        if num_attributes < 1:
            raise ValueError(
                f"`num_attributes` must be positive, got {num_attributes}."
            )
        self.num_attributes = num_attributes

    def build(self, embeddings_shape, weights_shape=None):
        self.kernel = build_kernel(self, embeddings_shape)
        self.built = True

    def call(self, embeddings, weights):
        parts = specialise(self.kernel, embeddings)
        return tf.reduce_sum(parts * weights[..., None], axis=-2)

    def index_query(self, embeddings, weights):
        """Queries whose dot product with `index_candidate` ranks exactly.

        With `p` the specialised parts and `G` all their dot products,
        `-|f(x) - f(y)|^2` is `[2 w_a f(x), -w_a w_b] . [p_a(y), G_ab(y)]` but
        for a term that is the same for all candidates.

        Args:
            embeddings: float `[batch, A d]`.
            weights: float `[batch, A]`.

        Returns:
            float `[batch, A d + A d + A^2]`: first the embeddings' own place,
            which no candidate answers to.
        """
        total = self.call(embeddings, weights)  # [b, d]
        linear = 2.0 * weights[:, :, None] * total[:, None]  # [b, A, d]
        products = weights[:, :, None] * weights[:, None]
        return tf.concat(
            [tf.zeros_like(embeddings), _flat(linear), -_flat(products)],
            axis=-1,
        )

    def index_candidate(self, embeddings):
        """Candidates for `index_query`, one copy for every pair.

        The embeddings themselves come first: an exact score is worked out
        from them.
        """
        parts = specialise(self.kernel, embeddings)
        products = tf.matmul(parts, parts, transpose_b=True)
        return tf.concat([embeddings, _flat(parts), _flat(products)], axis=-1)

    def get_config(self):
        return {**super().get_config(), "num_attributes": self.num_attributes}


def _flat(values):
    return tf.reshape(values, (-1, values.shape[1] * values.shape[2]))
