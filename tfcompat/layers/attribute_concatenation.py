"""ADDE-O's attribute subspaces, weighted and put side by side."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class AttributeConcatenation(keras.layers.Layer):
    """Specialises each attribute for outfits and weights it.

    `f = [w_1 psi_1(r_1); ...; w_A psi_A(r_A)]`: attributes are compared each
    with its like, and the weights say how much each counts. The paper's way
    of combining is not public; this is the alternative to `AttributeSum`.

    Args:
        num_attributes: Number of attributes, A.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        embeddings: float `[..., A d]`, all attributes side by side.
        weights: float `[..., A]` whose leading dimensions broadcast against
            those of `embeddings`.

    Returns:
        float `[..., A d]`.

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
        parts = specialise(self.kernel, embeddings) * weights[..., None]
        return _join(parts)

    def index_query(self, embeddings, weights):
        """Queries whose dot product with `index_candidate` ranks exactly.

        With `p` the specialised parts, `-|f(x) - f(y)|^2` is
        `[2 w^2 p(x), -w^2] . [p(y), |p(y)|^2]`, the last an attribute each,
        but for a term that is the same for all candidates.

        Args:
            embeddings: float `[batch, A d]`.
            weights: float `[batch, A]`.

        Returns:
            float `[batch, A d + A d + A]`: first the embeddings' own place,
            which no candidate answers to.
        """
        squared = tf.square(weights)
        parts = specialise(self.kernel, embeddings)
        linear = _join(2.0 * squared[..., None] * parts)
        return tf.concat([tf.zeros_like(embeddings), linear, -squared], axis=-1)

    def index_candidate(self, embeddings):
        """Candidates for `index_query`, one copy for every pair.

        The embeddings themselves come first: an exact score is worked out
        from them.
        """
        parts = specialise(self.kernel, embeddings)
        norms = tf.reduce_sum(tf.square(parts), axis=-1)
        return tf.concat([embeddings, _join(parts), norms], axis=-1)

    def get_config(self):
        return {**super().get_config(), "num_attributes": self.num_attributes}


def build_kernel(layer, embeddings_shape):
    """Adds `psi` to a layer: `[A, d, d]`, each at first the identity."""
    count = layer.num_attributes
    dim, rest = divmod(embeddings_shape[-1], count)
    if rest:
        raise ValueError(
            f"`num_attributes` must divide the embedding's size "
            f"{embeddings_shape[-1]}, got {count}."
        )
    return layer.add_weight(
        name="kernel",
        shape=(count, dim, dim),
        # The representations are good already.
        initializer=lambda shape, dtype: tf.eye(
            dim, batch_shape=[count], dtype=dtype
        ),
    )


def specialise(kernel, embeddings):
    """`psi_a(r_a)` of all attributes: `[..., A d]` to `[..., A, d]`."""
    count, dim, _ = kernel.shape
    shape = tf.concat([tf.shape(embeddings)[:-1], [count, dim]], axis=0)
    # One product an attribute: einsum with "..." takes sixty times as long.
    parts = tf.transpose(tf.reshape(embeddings, (-1, count, dim)), (1, 0, 2))
    parts = tf.transpose(tf.matmul(parts, kernel), (1, 0, 2))
    return tf.reshape(parts, shape)


def _join(parts):
    count, dim = parts.shape[-2:]
    shape = tf.concat([tf.shape(parts)[:-2], [count * dim]], axis=0)
    joined = tf.reshape(parts, shape)
    return tf.ensure_shape(joined, [*parts.shape[:-2], count * dim])
