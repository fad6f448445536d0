"""What a student learns from its teacher's view of other crops."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class SelfDistillationLoss(keras.losses.Loss):
    """Cross-entropy of the student's view of a crop with the teacher's.

    `-softmax((t - c) / tau_t) . log softmax(s / tau_s)`, mean over all pairs
    of a teacher's crop and another crop of the student. Both defences against
    collapse are the teacher's: the centre c keeps one prototype from winning
    always, the low temperature (sharpening) keeps all from being even.

    Args:
        teacher_temperature: tau_t; DINO's 0.04.
        student_temperature: tau_s; DINO's 0.1.
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: float `[g, n, k]`, the teacher's logits of g global crops, the
            centre already taken off; no gradient flows into them.
        y_pred: float `[v, n, k]`, the student's logits of v crops, of which
            the first g are the teacher's.

    Returns:
        float `[n]`, before reduction.

    Raises:
        ValueError: If a temperature is not positive.

    Reference:
        MEDAL, supplementary 2; Caron et al. 2021 (DINO), eq. 1 to 4,
        https://arxiv.org/abs/2104.14294.
    """

    def __init__(
        self,
        teacher_temperature=0.04,
        student_temperature=0.1,
        name="self_distillation",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        for key, value in (
            ("teacher_temperature", teacher_temperature),
            ("student_temperature", student_temperature),
        ):
            if not value > 0:
                raise ValueError(f"`{key}` must be positive, got {value}.")
        self.teacher_temperature = teacher_temperature
        self.student_temperature = student_temperature

    def targets(self, y_true):
        """The teacher's probabilities, float `[g, n, k]`."""
        return tf.nn.softmax(
            tf.stop_gradient(y_true) / self.teacher_temperature
        )

    def call(self, y_true, y_pred):
        y_pred = tf.convert_to_tensor(y_pred)
        targets = self.targets(tf.cast(y_true, y_pred.dtype))
        guesses = tf.nn.log_softmax(y_pred / self.student_temperature)
        costs = -tf.einsum("gnk,vnk->gvn", targets, guesses)
        views, crops = targets.shape[0], guesses.shape[0]
        others = 1.0 - tf.eye(views, crops, dtype=costs.dtype)
        total = tf.reduce_sum(costs * others[:, :, None], axis=(0, 1))
        return total / tf.reduce_sum(others)

    def get_config(self):
        return {
            **super().get_config(),
            "teacher_temperature": self.teacher_temperature,
            "student_temperature": self.student_temperature,
        }
