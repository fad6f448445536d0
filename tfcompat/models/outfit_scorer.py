"""Whole outfits scored by a pair model."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.pair_inputs import blank_pair_inputs


@keras.saving.register_keras_serializable(package="tfcompat")
class OutfitScorer(keras.Model):
    """Scores how well candidates complete an outfit.

    The score of a candidate is the mean over the outfit's items of the pair
    model's score, both of which are seen under the same pair of categories:
    `-D(O, s) = mean_i -d(f_i, f_s)`. With `CategoryPairAttention` in the pair
    model this is CSA-Net, with ADDE's attribute subspaces ADDE-O, with
    `CategoryPairChoice` type-aware embeddings, with `FreeAttention` and one
    subspace a Siamese network.

    Args:
        pair: `SubspaceNet`, whose "categories" are what tells pairs apart.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict as the pair model's, but for
            "outfit": int `[batch, m]`, positions in "items", -1 for none;
            "candidates": int `[batch, candidates]`, positions in "items".

    Returns:
        float `[batch, candidates]` scores; higher completes the outfit better.

    Reference:
        Lin, Tran, Davis 2020, https://arxiv.org/abs/1912.08967; ADDE,
        section 3.4.
    """

    def __init__(self, pair, **kwargs):
        super().__init__(**kwargs)
        self.pair = pair

    def _pairs(self, inputs):
        """The pair model's inputs, a row for each place in each outfit."""
        outfit = inputs["outfit"]
        places = tf.shape(outfit)[1]
        count = tf.shape(outfit)[0] * places
        return {
            **{key: value for key, value in inputs.items() if key != "outfit"},
            # An empty place asks about the first item, and does not count.
            "query": tf.reshape(tf.maximum(outfit, 0), [-1]),
            "customer": tf.fill([count], -1),
            **{
                name: tf.repeat(inputs[name], places, axis=0)
                for name in ("candidates", "candidate_categories")
                if name in inputs
            },
        }

    def _mean(self, values, outfit):
        """Mean over an outfit's items: `[b m, c]` to `[b, c]`."""
        filled = tf.cast(outfit >= 0, values.dtype)[:, :, None]
        shape = (-1, tf.shape(outfit)[1], tf.shape(values)[1])
        total = tf.reduce_sum(tf.reshape(values, shape) * filled, axis=1)
        return tf.math.divide_no_nan(total, tf.reduce_sum(filled, axis=1))

    def call(self, inputs, training=False):
        scores = self.pair(self._pairs(inputs), training=training)
        return self._mean(scores, inputs["outfit"])

    def embed_query(self, inputs, training=False):
        """Embeds outfits for an index of `embed_candidate`.

        The dot product ranks candidates by their mean *squared* distance: the
        mean of the items' queries is one query. `score_candidates` puts what
        is found in the order of the score itself.

        Args:
            inputs: As `call`'s, with "candidate_categories" `[batch, 1]` in
                place of "candidates".
            training: Whether this is a training step.

        Returns:
            float `[batch, q]`.
        """
        queries = self.pair.embed_query(self._pairs(inputs), training)
        return self._mean(queries, inputs["outfit"])

    def embed_candidate(self, inputs, training=False):
        """Embeds all "items" of the inputs, one copy for every pair."""
        return self.pair.embed_candidate(inputs, training)

    def score_candidates(self, inputs, candidates):
        """Scores items that are known by their embeddings in an index.

        Args:
            inputs: As `embed_query` takes them.
            candidates: float `[batch, candidates, q]` from `embed_candidate`.

        Returns:
            float `[batch, candidates]`, as `call` scores the same items.
        """
        places = tf.shape(inputs["outfit"])[1]
        scores = self.pair.score_candidates(
            self._pairs(inputs), tf.repeat(candidates, places, axis=0)
        )
        return self._mean(scores, inputs["outfit"])

    def get_build_config(self):
        return self.pair.get_build_config()

    def build_from_config(self, config):
        inputs = blank_pair_inputs(config["item_shape"])
        del inputs["query"]
        self({**inputs, "outfit": tf.zeros([1, 1], tf.int32)})

    def get_config(self):
        return {
            **super().get_config(),
            "pair": keras.saving.serialize_keras_object(self.pair),
        }

    @classmethod
    def from_config(cls, config):
        pair = keras.saving.deserialize_keras_object(config.pop("pair"))
        return cls(pair=pair, **config)
