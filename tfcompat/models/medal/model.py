"""MEDAL: compatibility in meta-spaces, taught by self-distillation."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.pair_inputs import blank_pair_inputs
from tfcompat.models.medal.learning import LOGGED


@keras.saving.register_keras_serializable(package="tfcompat")
class MEDAL(NestedParts, keras.Model):
    """Scores item pairs by their distance in the space of their types.

    A student learns from crops of single images, whose teacher is the running
    mean of the student itself, and from triplets of outfits. What is asked
    afterwards is the teacher: its embedding, not its head, no text and no
    CLIP. An ablation is a part that is left out.

    `embed_query` and `embed_candidate` have a dot product that ranks as the
    score does; the candidate's side does not depend on the pair of types.

    Args:
        encoder: `MEDALEncoder`, the student; the teacher is made like it.
        meta_spaces: `MetaSpaces`, or None for one space for all pairs.
        head: `DistillationHead`, or None without self-supervision.
        crops: `MultiCrop`; needed with `head`.
        type_key: Which of the inputs is the product type: "categories" or
            "groups".
        aids: Dict from the name of an aid in training, as "text", to the size
            of its frozen features; empty without.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict as `make_dataset` gives it, the items being images
            `[items, s, s, 3]` in [0, 1]. Only training also takes
            "<aid>_features", float `[items, f]`, for each of `aids`.

    Returns:
        float32 `[batch, candidates]` scores of the teacher: the negative
        distance; higher is more compatible.

    Raises:
        ValueError: If parts do not fit each other.

    Reference:
        Sanny, Verma, Sircar, Gupta, "MEDAL: multi-modal MEta-space
        Distillation and ALignment for Visual Compatibility Learning",
        supplementary 2 and 3. `MEDALLearning` lists what it leaves open.
    """

    part_names = ("encoder", "meta_spaces", "head", "crops")

    def __init__(
        self,
        encoder,
        meta_spaces=None,
        head=None,
        crops=None,
        type_key="categories",
        aids=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if type_key not in ("categories", "groups"):
            raise ValueError(
                f"`type_key` must be categories or groups, got {type_key!r}."
            )
        if head is not None and crops is None:
            raise ValueError("`crops` must be given with a `head`.")
        if meta_spaces is not None and meta_spaces.dim != encoder.dim:
            raise ValueError(
                f"`meta_spaces` must have the encoder's dim {encoder.dim}, got "
                f"{meta_spaces.dim}."
            )
        self.encoder = encoder
        self.meta_spaces = meta_spaces
        self.head = head
        self.crops = crops
        self.type_key = type_key
        self.aids = dict(aids or {})
        self.teacher = _alike(encoder)
        self.teacher.trainable = False
        if head is not None:
            self.teacher_head = _alike(head)
            self.teacher_head.trainable = False
            self.centre = tf.Variable(
                tf.zeros(head.units), trainable=False, name="centre"
            )
        self.aid_projections = {
            name: keras.layers.Dense(encoder.dim, dtype="float32")
            for name in sorted(self.aids)
        }
        self.aid_alignments = {
            name: keras.layers.Dense(size, dtype="float32")
            for name, size in sorted(self.aids.items())
        }
        self.trackers = {}

    @property
    def student(self):
        return self.encoder

    def build(self, input_shape):
        """Builds student and teacher, alike in every weight."""
        images = tf.zeros((1, *tuple(input_shape["items"])[1:]))
        for encoder, head in self._networks():
            encoder(images)
            if head is not None:
                head(encoder.see(images))
        if self.meta_spaces is not None:
            self.meta_spaces(tf.zeros(1, tf.int32), tf.zeros(1, tf.int32))
        for name, project in self.aid_projections.items():
            project.build((None, self.aids[name]))
            seen = (None, self.encoder.vision.width)
            self.aid_alignments[name].build(seen)
        for ours, theirs in self.followed():
            ours.assign(theirs)
        self.built = True

    def _networks(self):
        return (
            (self.encoder, self.head),
            (self.teacher, self.teacher_head if self.head else None),
        )

    def followed(self):
        """Pairs of a teacher's weight and the student's that it follows."""
        (student, head), (teacher, teacher_head) = self._networks()
        pairs = [*zip(teacher.weights, student.weights, strict=True)]
        if head is not None:
            pairs += zip(teacher_head.weights, head.weights, strict=True)
        return pairs

    def call(self, inputs, training=False):
        latent = self.embed_images(inputs["items"])
        return self.score_latent(latent, latent, inputs)

    def embed_images(self, images):
        """The teacher's embedding, float32 `[n, dim]` of unit length."""
        return self.teacher(images, training=False)

    def score_latent(self, query, candidates, inputs):
        """Scores pairs of embeddings.

        Args:
            query: float `[items, dim]`, where the inputs' "query" points.
            candidates: float `[items, dim]`, where "candidates" point; may
                be the same.
            inputs: As `call`'s.

        Returns:
            float32 `[batch, candidates]`.
        """
        gaps = tf.gather(query, inputs["query"])[:, None] - tf.gather(
            candidates, inputs["candidates"]
        )  # [b, c, d]
        if self.meta_spaces is not None:
            types = inputs[self.type_key]
            gaps *= self.meta_spaces(
                tf.gather(types, inputs["query"])[:, None],
                tf.gather(types, inputs["candidates"]),
            )
        squared = tf.reduce_sum(tf.square(gaps), axis=-1)
        # The root has no finite gradient at zero.
        return -tf.sqrt(tf.maximum(squared, 1e-12))

    def embed_query(self, inputs, training=False):
        """Embeds queries for candidates of one type each.

        Args:
            inputs: As `call`'s; of "candidates" only the first column's types
                count. They may be given as "candidate_categories" or
                "candidate_groups", int `[batch, 1]`, in place of them.
            training: Makes no difference: it is the teacher who is asked.

        Returns:
            float32 `[batch, 2 * dim]`.
        """
        latent = self.embed_images(inputs["items"])
        query = tf.gather(latent, inputs["query"])
        if self.meta_spaces is None:
            mask = tf.ones_like(query)
        else:
            types = inputs[self.type_key]
            given = f"candidate_{self.type_key}"
            others = (
                inputs[given]
                if given in inputs
                else tf.gather(types, inputs["candidates"])
            )[:, 0]
            mask = self.meta_spaces(tf.gather(types, inputs["query"]), others)
        return index_query(query, mask)

    def embed_candidate(self, inputs, training=False):
        """Embeds all "items" of the inputs as candidates of an index.

        Args:
            inputs: Dict of "items", as `call`'s.
            training: Makes no difference.

        Returns:
            float32 `[items, 2 * dim]`.
        """
        return index_candidate(self.embed_images(inputs["items"]))

    def compile(self, learning, **kwargs):
        """Sets up training.

        Args:
            learning: `MEDALLearning`.
            **kwargs: Passed to `keras.Model.compile`.
        """
        super().compile(**kwargs)
        self.learning = learning
        names = set(LOGGED)
        if self.head is None:
            names -= {
                "self_distillation",
                "teacher_entropy",
                "mean_entropy",
                "centre_norm",
            }
        if not self.aids:
            names -= {"aid_triplet", "alignment"}
        self.trackers = {
            name: keras.metrics.Mean(name) for name in LOGGED if name in names
        }

    @property
    def metrics(self):
        return list(self.trackers.values())

    def train_step(self, data):
        """One step of `MEDALLearning`, on a batch of `make_dataset`."""
        inputs, labels = data
        for name, value in self.learning.step(self, inputs, labels).items():
            self.trackers[name].update_state(value)
        return {metric.name: metric.result() for metric in self.metrics}

    def get_build_config(self):
        return {"item_shape": list(self._build_input_shape["items"][1:])}

    def build_from_config(self, config):
        self(blank_pair_inputs(config["item_shape"]))

    def get_config(self):
        return {
            **super().get_config(),
            "type_key": self.type_key,
            "aids": self.aids,
        }


def index_query(query, mask):
    """The query's side of a dot product that ranks as `-|m (q - c)|`.

    `2 m^2 q . c - m^2 . c^2` is the negative squared distance but for a
    constant of the query's.

    Args:
        query: float `[b, d]`.
        mask: float `[b, d]`.

    Returns:
        float `[b, 2 * d]`.
    """
    squared = tf.square(mask)
    return tf.concat([2.0 * squared * query, -squared], axis=-1)


def index_candidate(candidates):
    """The candidate's side: itself and its squares, `[n, 2 * d]`."""
    return tf.concat([candidates, tf.square(candidates)], axis=-1)


def _alike(layer):
    """An untrained layer of the same configuration."""
    return type(layer).from_config(layer.get_config())
