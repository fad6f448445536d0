"""One training step of MEDAL: student, teacher, triplets, aids."""

import math

import tensorflow as tf
import tf_keras as keras

from tfcompat.losses.info_nce import InfoNCELoss
from tfcompat.losses.self_distillation import SelfDistillationLoss
from tfcompat.losses.triplet import TripletLoss

_ALIGNMENT_TEMPERATURE = 0.07
_UNKNOWN = -1e6  # Below any cosine, and finite at any temperature.
LOGGED = (
    "loss",
    "triplet",
    "aid_triplet",
    "alignment",
    "self_distillation",
    "teacher_entropy",
    "mean_entropy",
    "centre_norm",
)


class MEDALLearning(tf.Module):
    """The losses of a step, their weights, and how the teacher follows.

    Two losses, as in the paper: cross-entropy between teacher and student
    over crops of single images, without colour, and triplets of outfits on
    the student, with colour. The frozen CLIP enters in two ways. What it says
    of the positive's and the negative's text (and image) stands in for their
    embeddings in further triplets, projected to the student's space. And what
    the student's transformer sees, projected to CLIP's space, is to be nearer
    to what CLIP says of the same item than of others in the batch
    (alignment): from outfits alone the transformer learns little of cut and
    pattern.

    What the paper leaves open is DINO's default where DINO has one: the
    momentum (0.996, to 1 by a cosine), the centre's (0.9), both temperatures,
    the prototypes frozen at first, crops and colour changes (`MultiCrop`),
    head (`DistillationHead`). Ours are: how CLIP enters, the temperature of
    the alignment (0.07, at which CLIP's own training starts), the weights of
    all losses, the margin (0.3, as type-aware embeddings), the split of the
    128 dimensions and the layer that brings their two parts together, and that
    each item of a batch gives its crops once.

    Args:
        steps: Steps of the whole training, which the schedules span.
        seed: Of the crops.
        triplet: `TripletLoss`; None for a margin of 0.3.
        distillation: `SelfDistillationLoss`; None for DINO's temperatures.
        distillation_weight: Of the self-supervised loss; without a head it
            does not matter.
        aid_weight: Of the triplets with each aid.
        alignment_weight: Of the alignment with each aid.
        momentum: Of the teacher, at first.
        centre_momentum: Of the centre.
        frozen_steps: First steps in which the prototypes do not move.
        crop_items: Most items of a batch whose crops are looked at; 0 for
            all. Crops cost many times what triplets cost.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        MEDAL, supplementary 2; Caron et al. 2021 (DINO),
        https://arxiv.org/abs/2104.14294, and its published defaults.
    """

    def __init__(
        self,
        steps,
        *,
        seed=0,
        triplet=None,
        distillation=None,
        distillation_weight=1.0,
        aid_weight=1.0,
        alignment_weight=0.3,
        momentum=0.996,
        centre_momentum=0.9,
        frozen_steps=0,
        crop_items=0,
    ):
        super().__init__()
        if steps < 1:
            raise ValueError(f"`steps` must be positive, got {steps}.")
        for name, value in (
            ("momentum", momentum),
            ("centre_momentum", centre_momentum),
        ):
            if not 0 <= value <= 1:
                raise ValueError(f"`{name}` must be in [0, 1], got {value}.")
        self.steps = steps
        self.seed = seed
        self.triplet = triplet or TripletLoss()
        self.distillation = distillation or SelfDistillationLoss()
        self.distillation_weight = distillation_weight
        self.aid_weight = aid_weight
        self.alignment = InfoNCELoss(_ALIGNMENT_TEMPERATURE)
        self.alignment_weight = alignment_weight
        self.momentum = momentum
        self.centre_momentum = centre_momentum
        self.frozen_steps = frozen_steps
        self.crop_items = crop_items

    def progress(self, step):
        """Share of the training that is done, float32 in [0, 1]."""
        done = tf.cast(step, tf.float32) / self.steps
        return tf.minimum(done, 1.0)

    def momentum_at(self, step):
        """The teacher's momentum: a half cosine from `momentum` to 1."""
        turn = tf.cos(math.pi * self.progress(step))
        return 1.0 - (1.0 - self.momentum) * (turn + 1.0) / 2.0

    def step(self, model, inputs, labels):
        """Moves the student, then the teacher and the centre.

        Args:
            model: Built, compiled `MEDAL`.
            inputs: Dict of a batch of `make_dataset`, with the aids'
                features and, if known, the items' "histograms", which take
                longer to count than everything else of the triplets.
            labels: float `[b, c]`.

        Returns:
            Dict of scalars, some of `LOGGED`.
        """
        # Read now: applying gradients moves the counter on.
        step = tf.identity(model.optimizer.iterations)
        variables = model.trainable_variables
        with tf.GradientTape() as tape:
            numbers = self.triplets(model, inputs, labels)
            loss = numbers["triplet"]
            if "aid_triplet" in numbers:
                loss += self.aid_weight * numbers["aid_triplet"]
                loss += self.alignment_weight * numbers["alignment"]
            if model.head is not None:
                found, logits = self.self_supervision(
                    model, inputs["items"], step
                )
                numbers |= found
                loss += self.distillation_weight * found["self_distillation"]
            scaled = loss
            optimizer = model.optimizer
            if isinstance(optimizer, keras.mixed_precision.LossScaleOptimizer):
                scaled = optimizer.get_scaled_loss(loss)
        slopes = tape.gradient(scaled, variables)
        if isinstance(optimizer, keras.mixed_precision.LossScaleOptimizer):
            slopes = optimizer.get_unscaled_gradients(slopes)
        optimizer.apply_gradients(
            (self._thawed(model, slope, variable, step), variable)
            for slope, variable in zip(slopes, variables, strict=True)
        )
        self._follow(model, self.momentum_at(step))
        if model.head is not None:
            self._centre(model, logits)
            numbers["centre_norm"] = tf.norm(model.centre)
        return {"loss": loss, **numbers}

    def triplets(self, model, inputs, labels):
        """The losses of outfits on the student, with colour, and its aids."""
        seen = model.student.see(inputs["items"], training=True)
        latent = model.student.embed_seen(
            seen, inputs["items"], inputs.get("histograms")
        )
        scores = model.score_latent(latent, latent, inputs)
        numbers = {"triplet": self.triplet(labels, scores)}
        found, aligned = [], []
        for name, project in model.aid_projections.items():
            features = inputs[f"{name}_features"]
            aid = tf.math.l2_normalize(project(features), axis=-1)
            scores = model.score_latent(latent, aid, inputs)
            known = tf.gather(_is_known(features), inputs["candidates"])
            weights = tf.cast(tf.reduce_all(known, axis=-1), tf.float32)  # [b]
            found.append(self.triplet(labels, scores, weights))
            told = model.aid_alignments[name](seen)
            aligned.append(self.alignment(*alignment_scores(told, features)))
        if found:
            numbers["aid_triplet"] = tf.add_n(found) / len(found)
            numbers["alignment"] = tf.add_n(aligned) / len(aligned)
        return numbers

    def self_supervision(self, model, images, step):
        """The self-supervised loss, and what tells of a collapse.

        Returns:
            Dict of scalars, and the teacher's logits `[2, n, units]`.
        """
        if self.crop_items:
            images = images[: self.crop_items]
        seed = tf.stack([tf.constant(self.seed, tf.int64), step])
        large, small = model.crops(images, seed, self.progress(step))
        student = _logits(model.student, model.head, large, training=True)
        if model.crops.local_crops:
            nearer = _logits(model.student, model.head, small, training=True)
            student = tf.concat([student, nearer], axis=0)
        teacher = tf.stop_gradient(
            _logits(model.teacher, model.teacher_head, large, training=False)
        )
        centred = teacher - model.centre
        loss = self.distillation(centred, student)
        targets = self.distillation.targets(centred)
        return {
            "self_distillation": loss,
            "teacher_entropy": tf.reduce_mean(_entropy(targets)),
            "mean_entropy": _entropy(tf.reduce_mean(targets, axis=(0, 1))),
        }, teacher

    def _thawed(self, model, slope, variable, step):
        """No slope for the prototypes in the first steps."""
        head = model.head
        if head is None or variable is not head.prototypes:
            return slope
        return tf.where(step < self.frozen_steps, tf.zeros_like(slope), slope)

    def _follow(self, model, momentum):
        """The teacher becomes the running mean of the student."""
        for ours, theirs in model.followed():
            ours.assign(momentum * ours + (1.0 - momentum) * theirs)

    def _centre(self, model, logits):
        mean = tf.reduce_mean(logits, axis=(0, 1))
        model.centre.assign(
            self.centre_momentum * model.centre
            + (1.0 - self.centre_momentum) * mean
        )


def alignment_scores(told, features):
    """Asks which of a batch's descriptions is that of each item.

    Args:
        told: float `[n, f]`, the student's guess of an item's features.
        features: float `[n, f]` of unit length, or 0 where none are known.

    Returns:
        Labels, bool `[n, n]`: which items have the same features as the one
        asked for, none if its are not known; and float32 `[n, n]` cosines,
        those with unknown features far below all others.
    """
    told = tf.math.l2_normalize(tf.cast(told, tf.float32), axis=-1)
    alike = tf.matmul(features, features, transpose_b=True) > 1.0 - 1e-4
    cosines = tf.matmul(told, features, transpose_b=True)
    return alike, tf.where(_is_known(features), cosines, _UNKNOWN)


def _is_known(features):
    """Of an item cut out of a photo there is no text: bool `[n]`."""
    return tf.reduce_any(features != 0.0, axis=-1)


def _logits(encoder, head, crops, training):
    """Logits of `[v, n, s, s, 3]` crops, `[v, n, units]`."""
    views = crops.shape[0]
    flat = tf.reshape(crops, (-1, *crops.shape[2:]))
    logits = head(encoder.see(flat, training=training))
    return tf.reshape(logits, (views, -1, head.units))


def _entropy(probabilities):
    """Entropy as a share of the greatest there can be, in [0, 1]."""
    logs = tf.math.log(tf.maximum(probabilities, 1e-30))
    count = tf.cast(tf.shape(probabilities)[-1], tf.float32)
    return -tf.reduce_sum(probabilities * logs, axis=-1) / tf.math.log(count)
