import math

import numpy as np
import pytest

from tfcompat.metrics.inception_score import InceptionScore


def score(probabilities, splits=1):
    metric = InceptionScore(np.shape(probabilities)[1], splits)
    metric.update_state(np.array(probabilities, "float32"))
    return metric


class TestInceptionScore:
    def test_two_images_by_hand(self):
        # p = (1, 0) and (1/2, 1/2), mean (3/4, 1/4). Divergences: log(4/3)
        # and 1/2 log(2/3) + 1/2 log 2.
        first = math.log(4 / 3)
        second = 0.5 * math.log(2 / 3) + 0.5 * math.log(2)
        expected = math.exp((first + second) / 2)
        result = score([[1.0, 0.0], [0.5, 0.5]]).result()
        assert float(result) == pytest.approx(expected, rel=1e-6)

    def test_clear_and_varied_images_get_the_number_of_classes(self):
        assert float(score(np.eye(7)).result()) == pytest.approx(7, rel=1e-6)

    @pytest.mark.parametrize("row", [[0.2, 0.8], [1.0, 0.0], [0.5, 0.5]])
    def test_designs_all_alike_get_1(self, row):
        assert float(score([row] * 5).result()) == pytest.approx(1, rel=1e-6)

    def test_agrees_with_the_formula_split_by_split(self):
        p = np.random.default_rng(1).dirichlet(np.ones(6), 50)
        parts = [p[i::4] for i in range(4)]
        expected = [
            np.exp(np.mean(np.sum(x * np.log(x / x.mean(0)), axis=1)))
            for x in parts
        ]
        metric = score(p, splits=4)
        assert float(metric.result()) == pytest.approx(
            np.mean(expected), rel=1e-5
        )
        assert metric.deviation() == pytest.approx(np.std(expected), rel=1e-3)

    def test_fewer_images_than_parts(self):
        metric = score([[1.0, 0.0], [0.5, 0.5]], splits=10)
        assert float(metric.result()) == 1.0  # Each is alone in its part.

    def test_nothing_seen_is_not_a_number(self):
        assert math.isnan(float(InceptionScore(3).result()))
