"""Subspaces reached by a fully connected layer each."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class DenseSubspaces(keras.layers.Layer):
    """Projects embeddings by k dense layers and blends the results.

    The alternative to `HadamardMasks` in PSA-Net's ablation of the masking
    operation: `f = sum_i w_i W_i x`. There is no bias, since it would cancel
    in the difference of two items under the same weights.

    Args:
        num_subspaces: Number of projections, k.
        subspace_dim: Size of each subspace, e.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        embeddings: float `[..., d]`.
        weights: float `[..., k]` whose leading dimensions broadcast against
            those of `embeddings`.

    Returns:
        float `[..., e]`.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        PSA-Net, section IV-D.2, "Effect of masking operation".
    """

    def __init__(self, num_subspaces, subspace_dim, **kwargs):
        super().__init__(**kwargs)
        if num_subspaces < 1:
            raise ValueError(
                f"`num_subspaces` must be positive, got {num_subspaces}."
            )
        if subspace_dim < 1:
            raise ValueError(
                f"`subspace_dim` must be positive, got {subspace_dim}."
            )
        self.num_subspaces = num_subspaces
        self.subspace_dim = subspace_dim

    def build(self, embeddings_shape, weights_shape=None):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(embeddings_shape[-1], self.num_subspaces, self.subspace_dim),
            # Each of the k projections is a dense layer of its own.
            initializer=keras.initializers.VarianceScaling(
                scale=self.num_subspaces, mode="fan_in"
            ),
        )
        self.built = True

    def call(self, embeddings, weights):
        parts = tf.tensordot(embeddings, self.kernel, axes=1)  # [..., k, e]
        return tf.reduce_sum(parts * weights[..., None], axis=-2)

    def index_query(self, embeddings, weights):
        """Queries whose dot product with `index_candidate` ranks exactly.

        With `W` the blended projection and `A = W' W`, `-|W x - W y|^2` is
        `[2 A x, -A] . [y, y y']` but for a term that is the same for all
        candidates.

        Args:
            embeddings: float `[batch, d]`.
            weights: float `[batch, k]`.

        Returns:
            float `[batch, d + d^2]`.
        """
        blended = tf.einsum("bk,dke->bde", weights, self.kernel)
        form = tf.matmul(blended, blended, transpose_b=True)  # [b, d, d]
        linear = 2.0 * tf.einsum("bde,be->bd", form, embeddings)
        dim = form.shape[-1]
        return tf.concat([linear, tf.reshape(-form, (-1, dim * dim))], axis=-1)

    def index_candidate(self, embeddings):
        """Candidates for `index_query`: `[items, d]` to `[items, d + d^2]`."""
        dim = embeddings.shape[-1]
        products = embeddings[:, :, None] * embeddings[:, None, :]
        return tf.concat(
            [embeddings, tf.reshape(products, (-1, dim * dim))], axis=-1
        )

    def get_config(self):
        return {
            **super().get_config(),
            "num_subspaces": self.num_subspaces,
            "subspace_dim": self.subspace_dim,
        }
