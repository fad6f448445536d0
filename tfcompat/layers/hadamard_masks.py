"""Subspaces cut out of a shared embedding by element-wise masks."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class HadamardMasks(keras.layers.Layer):
    """Projects embeddings into k masked subspaces and blends them.

    Computes `f = sum_i w_i (x ∘ m_i) = x ∘ (sum_i w_i m_i)`: one effective
    mask for each row of weights. That form is what makes an exact index
    possible, see `combined_masks`.

    The masks start as blocks: 1 on the subspace's own share of the dimensions
    and `rest` elsewhere. Masks drawn around one common value are nearly
    parallel, so that the attention hardly matters and training stalls.

    Args:
        num_subspaces: Number of masks, k.
        rest: Starting value of a mask outside its own block.
        learned: Whether the masks are trained; fixed ones stay blocks, which
            with `rest` 0 do not overlap.
        l1: Penalty on the masks' mean absolute value, which makes them
            sparse; CSN takes 5e-4 on the sum a batch row.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        embeddings: float `[..., d]`.
        weights: float `[..., k]` whose leading dimensions broadcast against
            those of `embeddings`.

    Returns:
        float `[..., d]`.

    Raises:
        ValueError: If `num_subspaces` is not positive or exceeds d.

    Reference:
        PSA-Net, eq. 2; the same masks are in CSA-Net (Lin et al. 2020,
        https://arxiv.org/abs/1912.08967).
    """

    def __init__(self, num_subspaces, rest=0.1, learned=True, l1=0.0, **kwargs):
        super().__init__(**kwargs)
        if num_subspaces < 1:
            raise ValueError(
                f"`num_subspaces` must be positive, got {num_subspaces}."
            )
        self.num_subspaces = num_subspaces
        self.rest = rest
        self.learned = learned
        self.l1 = l1

    def build(self, embeddings_shape, weights_shape=None):
        dim = embeddings_shape[-1]
        if dim < self.num_subspaces:
            raise ValueError(
                f"`num_subspaces` must not exceed the embedding's size {dim}, "
                f"got {self.num_subspaces}."
            )
        owner = tf.range(dim) * self.num_subspaces // dim
        blocks = tf.one_hot(owner, self.num_subspaces, axis=0)  # [k, d]
        self.masks = self.add_weight(
            name="masks",
            shape=(self.num_subspaces, dim),
            initializer=lambda shape, dtype: tf.cast(
                self.rest + (1.0 - self.rest) * blocks, dtype
            ),
            regularizer=self._penalty if self.l1 else None,
            trainable=self.learned,
        )
        self.built = True

    def _penalty(self, masks):
        return self.l1 * tf.reduce_mean(tf.abs(masks))

    def combined_masks(self, weights):
        """Blends the masks: `[..., k]` weights to `[..., d]` masks."""
        return tf.tensordot(weights, self.masks, axes=1)

    def call(self, embeddings, weights):
        return embeddings * self.combined_masks(weights)

    def index_query(self, embeddings, weights):
        """Queries whose dot product with `index_candidate` ranks exactly.

        With `m` the combined mask, `-|x∘m - y∘m|^2` is
        `[2 m^2∘x, -m^2] . [y, y∘y] - |x∘m|^2`, and the last term is the same
        for all candidates.

        Args:
            embeddings: float `[batch, d]`.
            weights: float `[batch, k]`.

        Returns:
            float `[batch, 2 d]`.
        """
        squared = tf.square(self.combined_masks(weights))
        return tf.concat([2.0 * squared * embeddings, -squared], axis=-1)

    def index_candidate(self, embeddings):
        """Candidates for `index_query`: `[items, d]` to `[items, 2 d]`."""
        return tf.concat([embeddings, tf.square(embeddings)], axis=-1)

    def get_config(self):
        return {
            **super().get_config(),
            "num_subspaces": self.num_subspaces,
            "rest": self.rest,
            "learned": self.learned,
            "l1": self.l1,
        }
