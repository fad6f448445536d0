import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.losses.semi_hard import SemiHardLoss


def cost(classes, places, **kwargs):
    """Cost of points on a line."""
    embeddings = np.array(places, "float32")[:, None]
    return float(SemiHardLoss(**kwargs)(np.array(classes), embeddings))


class TestSemiHardLoss:
    def test_nearest_of_the_farther_negatives_by_hand(self):
        # Class 0 at 0 and 1, class 1 at -0.5, 1.5 and 3; class 1 pairs too.
        # (0 -> 1): d = 1; negatives .25, 2.25, 9: nearest farther is 2.25:
        #   1 - 2.25 + 2 = .75.
        # (1 -> 0): d = 1; negatives 2.25, .25, 4: 2.25: .75.
        # (-.5 -> 1.5): 4; negatives .25, 2.25: all nearer, farthest 2.25:
        #   4 - 2.25 + 2 = 3.75. (-.5 -> 3): 12.25 - 2.25 + 2 = 12.
        # (1.5 -> -.5): 4; negatives 2.25, .25: 3.75. (1.5 -> 3): 2.25;
        #   no negative is farther than 2.25, farthest 2.25: 2.
        # (3 -> -.5): 12.25; negatives 9, 4: 5.25. (3 -> 1.5): 2.25; 4: .25.
        # Mean of .75, .75, 3.75, 12, 3.75, 2, 5.25, .25.
        found = cost([0, 0, 1, 1, 1], [0, 1, -0.5, 1.5, 3], margin=2.0)
        assert found == pytest.approx(28.5 / 8)

    def test_unknown_class_is_neither_positive_nor_negative(self):
        known = cost([0, 0, 1], [0, 1, 3], margin=5.0)
        # (0 -> 1): 1 - 9 + 5 < 0; (1 -> 0): 1 - 4 + 5 = 2. Mean 1.
        assert known == pytest.approx(1.0)
        assert cost([0, 0, 1, -1, -1], [0, 1, 3, 1.5, 1.6], margin=5.0) == (
            pytest.approx(known)
        )

    @pytest.mark.parametrize("classes", [[0, 0, 0], [0, 1, 2], [-1, -1, 0]])
    def test_no_pair_with_a_negative_costs_nothing(self, classes):
        assert cost(classes, [0, 1, 3]) == 0

    def test_subspaces_are_added_up(self):
        one = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
        other = one[:, ::-1] * 0.5
        classes = np.arange(12) % 3, np.arange(12) // 6
        apart = [
            float(SemiHardLoss()(c, e))
            for c, e in zip(classes, (one, other), strict=True)
        ]
        together = SemiHardLoss()(
            np.stack(classes, axis=1), np.stack([one, other], axis=1)
        )
        assert float(together) == pytest.approx(sum(apart), rel=1e-5)

    def test_mining_one_by_one_agrees(self):
        random = np.random.default_rng(1)
        points = random.normal(size=(20, 3)).astype("float32")
        classes = random.integers(0, 4, 20)
        gaps = ((points[:, None] - points[None]) ** 2).sum(-1)
        costs = []
        for a in range(20):
            negatives = gaps[a, classes != classes[a]]
            for p in np.flatnonzero(classes == classes[a]):
                if p != a:
                    farther = negatives[negatives > gaps[a, p]]
                    chosen = farther.min() if len(farther) else negatives.max()
                    costs.append(max(0, gaps[a, p] - chosen + 0.7))
        found = float(SemiHardLoss(0.7)(classes, points))
        assert found == pytest.approx(np.mean(costs), rel=1e-4)

    def test_training_separates_the_classes(self):
        keras.utils.set_random_seed(0)
        table = tf.Variable(tf.random.normal([12, 2]))
        classes = np.arange(12) % 3
        loss, optimizer = SemiHardLoss(), keras.optimizers.Adam(0.1)
        for _ in range(60):
            with tf.GradientTape() as tape:
                value = loss(classes, tf.math.l2_normalize(table, axis=1))
            optimizer.apply_gradients([(tape.gradient(value, table), table)])
        assert float(value) < 0.1

    def test_config_and_arguments(self):
        assert SemiHardLoss(0.9).get_config()["margin"] == 0.9
        with pytest.raises(ValueError, match="`margin`.*0"):
            SemiHardLoss(0)
