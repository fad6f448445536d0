import math

import numpy as np
import pytest
import tensorflow as tf

from tfcompat.losses.self_distillation import SelfDistillationLoss


class TestSelfDistillationLoss:
    def test_two_crops_by_hand(self):
        # Teacher at temperature 0.5: (ln 3 / 2, 0) -> logits (ln 3, 0) ->
        # (3/4, 1/4), and (0, 0) -> (1/2, 1/2). Student at temperature 2:
        # (2, 0) -> logits (1, 0), and (0, 0).
        teacher = np.array([[[math.log(3) / 2, 0]], [[0, 0]]], "float32")
        student = np.array([[[2, 0]], [[0, 0]]], "float32")
        loss = SelfDistillationLoss(0.5, 2.0, reduction="none")
        # Only crops of different number meet: teacher 1 with student 2, whose
        # guess is even: log 2; teacher 2 with student 1:
        # -(log s + log (1 - s)) / 2 with s = sigmoid(1).
        s = 1 / (1 + math.exp(-1))
        second = -(math.log(s) + math.log(1 - s)) / 2
        expected = (math.log(2) + second) / 2
        np.testing.assert_allclose(loss(teacher, student), [expected], 1e-5)

    def test_local_crops_meet_both_global_ones(self):
        # Three crops of the student: 2 x 3 pairs less the two of one number.
        random = np.random.default_rng(0)
        teacher, student = (
            random.normal(size=(2, 5, 4)),
            random.normal(size=(3, 5, 4)),
        )
        loss = SelfDistillationLoss(0.4, 0.9, reduction="none")
        targets = tf.nn.softmax(teacher / 0.4).numpy()
        guesses = tf.nn.log_softmax(student / 0.9).numpy()
        costs = [
            -(targets[i] * guesses[j]).sum(axis=-1)
            for i, j in ((0, 1), (0, 2), (1, 0), (1, 2))
        ]
        np.testing.assert_allclose(
            loss(teacher, student), np.mean(costs, axis=0), rtol=1e-5
        )

    def test_a_shift_of_all_logits_changes_nothing(self):
        random = np.random.default_rng(1)
        teacher, student = random.normal(size=(2, 2, 3, 4))
        loss = SelfDistillationLoss()
        assert float(loss(teacher, student)) == pytest.approx(
            float(loss(teacher + 3, student - 70)), rel=1e-4
        )

    def test_sharpening_makes_the_teacher_surer(self):
        logits = np.array([[[0.1, 0.0]]], "float32")
        sharp = SelfDistillationLoss(0.04).targets(logits)[0, 0, 0]
        soft = SelfDistillationLoss(1.0).targets(logits)[0, 0, 0]
        assert float(sharp) == pytest.approx(1 / (1 + math.exp(-2.5)), rel=1e-5)
        assert float(soft) < 0.53

    def test_no_gradient_reaches_the_teacher(self):
        teacher, student = tf.ones((2, 1, 3)), tf.zeros((2, 1, 3))
        with tf.GradientTape() as tape:
            tape.watch([teacher, student])
            loss = SelfDistillationLoss()(teacher, student)
        slopes = tape.gradient(loss, [teacher, student])
        assert slopes[0] is None and slopes[1] is not None

    def test_wrong_temperatures_are_refused(self):
        with pytest.raises(ValueError, match="`teacher_temperature`"):
            SelfDistillationLoss(0.0)
