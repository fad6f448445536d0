"""ADDE-M: attribute manipulation by a memory of prototypes."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.attribute_learners import join_attributes
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.losses.semi_hard import SemiHardLoss
from tfcompat.losses.triplet import TripletLoss


@keras.saving.register_keras_serializable(package="tfcompat")
class ADDEM(NestedParts, keras.Model):
    """Finds what an item would be with other attributes.

    `r' = r + M i`: the memory's prototypes of the values that go are taken
    off, those that come are added. `r'`, scaled to length 1, is looked up
    among the representations of a catalogue. There the parts of attributes
    that change can count less than the others, which the paper does not have:
    the prototypes of values lie farther apart than items of one value do, so
    that a query may find what was asked for and lose what was to stay.

    Two of the paper's five losses are added in the forward pass, for they are
    about weights and parts and not about outputs: `w_c L_c`, the mean
    difference of representations and their labels' prototypes, and
    `w_mem L_mem` of the memory.

    Args:
        encoder: `ADDE`.
        memory: `AttributeMemory`.
        consistency_weight: The paper's `w_c`.
        change_weight: How much the parts of changed attributes count in a
            query; 1 in the paper.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict of
            "items": float images `[items, s, s, 3]` or features
            `[items, f]`, each item of the batch once;
            "labels": int `[items, A]`, -1 where unknown;
            "reference", "positive", "negative": int `[batch]`, positions in
            "items";
            "change": `[batch, J]`.

    Returns:
        Dict of float32: each attribute's logits `[4 batch, values]` of
        reference, positive, negative and the changed reference; "triplet"
        `[batch, 2]`, the scores (negative Euclidean distances) of positive
        and negative; "label_triplet" `[3 batch, A d]`, representations of
        reference, changed reference and negative, of length 1. What they
        are compared with is made by `make_change_dataset`, with the batches.

    Reference:
        ADDE, section 3.2; supplementary material, eq. 1; released losses
        (facts.md, 1.3).
    """

    part_names = ("encoder", "memory")

    def __init__(
        self,
        encoder,
        memory,
        consistency_weight=1.0,
        change_weight=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not change_weight > 0:
            raise ValueError(
                f"`change_weight` must be positive, got {change_weight}."
            )
        self.encoder = encoder
        self.memory = memory
        self.consistency_weight = consistency_weight
        self.change_weight = change_weight

    def manipulate(self, items, change):
        """Representations of changed items, of length 1; `[n, A d]`.

        Args:
            items: As `ADDE` takes them.
            change: `[n, J]`; zeros change nothing.
        """
        return self.move(self.encoder.represent(items), change)

    def move(self, representations, change):
        """As `manipulate`, from representations `[n, A, d]` of the items."""
        changed = self.memory(representations, change)
        touched = self.memory.touched(change)[:, :, None]
        return join_attributes(
            tf.where(touched, self.change_weight * changed, changed)
        )

    def index(self, items):
        """What a catalogue is looked up by; `[n, A d]`, of length 1."""
        return join_attributes(self.encoder.represent(items))

    def call(self, inputs, training=False):
        items = self.encoder.represent(inputs["items"], training)  # [u, A, d]
        triplet = ("reference", "positive", "negative")
        reference, positive, negative = (
            tf.gather(items, inputs[name]) for name in triplet
        )
        changed = self.memory(reference, inputs["change"])
        labels = [tf.gather(inputs["labels"], inputs[n]) for n in triplet]
        self._add_consistency(
            zip((reference, changed, negative), labels, strict=True)
        )
        parts = tf.concat([reference, positive, negative, changed], axis=0)
        joint, near, far, moved = tf.split(join_attributes(parts), 4)
        distances = [
            # The root has no finite gradient at zero.
            tf.sqrt(
                tf.maximum(
                    tf.reduce_sum(tf.square(moved - other), axis=-1), 1e-12
                )
            )
            for other in (near, far)
        ]
        return {
            **dict(
                zip(
                    self.encoder.values,
                    self.encoder.classify(parts),
                    strict=True,
                )
            ),
            "triplet": -tf.stack(distances, axis=1),
            "label_triplet": tf.concat([joint, moved, far], axis=0),
        }

    def _add_consistency(self, pairs):
        """Pulls representations to the prototypes of their labels.

        The changed reference carries the positive's labels. A part whose
        label is unknown has no prototype to be near to.
        """
        total = 0.0
        for representations, labels in pairs:
            hot = tf.concat(
                [
                    tf.one_hot(labels[:, place], count)
                    for place, count in enumerate(self.memory.value_counts)
                ],
                axis=1,
            )
            gaps = tf.abs(self.memory.prototypes_of(hot) - representations)
            known = tf.cast(labels >= 0, tf.float32)[:, :, None]
            total += tf.reduce_mean(gaps * known)
        self.add_loss(self.consistency_weight * total)

    def losses_of(self, margin=0.5):
        """Dict of losses for `compile`, by output."""
        return {
            **{
                name: keras.losses.SparseCategoricalCrossentropy(
                    from_logits=True
                )
                for name in self.encoder.values
            },
            "triplet": TripletLoss(margin),
            "label_triplet": SemiHardLoss(margin),
        }

    def get_build_config(self):
        if not self.built:
            return None
        return {"item_shape": list(self._build_input_shape["items"][1:])}

    def build_from_config(self, config):
        attributes = len(self.memory.value_counts)
        row = tf.zeros([1], tf.int32)
        self(
            {
                "items": tf.zeros([1, *config["item_shape"]]),
                "labels": tf.zeros([1, attributes], tf.int32),
                "reference": row,
                "positive": row,
                "negative": row,
                "change": tf.zeros([1, sum(self.memory.value_counts)]),
            }
        )

    @property
    def backbone(self):
        """The encoder's backbone, which a catalogue's photos go through."""
        return self.encoder.backbone

    def get_config(self):
        return {
            **super().get_config(),
            "consistency_weight": self.consistency_weight,
            "change_weight": self.change_weight,
        }
