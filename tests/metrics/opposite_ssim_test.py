import math

import numpy as np
import pytest
from scipy import signal

from tfcompat.metrics.opposite_ssim import OppositeSSIM


def reference_ssim(a, b):
    """Wang et al. 2004, equation 13, for one channel of range 1."""
    x = np.arange(11) - 5
    window = np.exp(-(x**2) / (2 * 1.5**2))
    window = np.outer(window, window)
    window /= window.sum()

    def blur(image):
        return signal.convolve2d(image, window, mode="valid")

    mean_a, mean_b = blur(a), blur(b)
    variance_a = blur(a * a) - mean_a**2
    variance_b = blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    contrast = (2 * covariance + c2) / (variance_a + variance_b + c2)
    return np.mean(luminance * contrast)


def reference(designs, partners):
    values = [
        np.mean([reference_ssim(x[..., c], y[..., c]) for c in range(3)])
        for i, y in enumerate(designs)
        for x in designs[max(i - partners, 0) : i]
    ]
    return 1 - np.mean(values), np.std(values)


class TestOppositeSSIM:
    @pytest.mark.parametrize("sizes", [[6], [1, 1, 4], [3, 0, 3]])
    def test_agrees_with_the_formula_whatever_the_batches(self, sizes):
        random = np.random.default_rng(0)
        smooth = np.linspace(0, 1, 14)[:, None, None]
        designs = 0.7 * smooth + 0.3 * random.random((6, 14, 14, 3))
        expected, deviation = reference(designs, partners=2)
        metric = OppositeSSIM(14, partners=2)
        for batch in np.split(designs, np.cumsum(sizes)[:-1]):
            metric.update_state(batch)
        assert float(metric.pairs) == 9  # 0 + 1 + 2 + 2 + 2 + 2.
        assert float(metric.result()) == pytest.approx(expected, rel=1e-3)
        assert metric.deviation() == pytest.approx(deviation, rel=1e-2)

    def test_designs_all_alike_get_0(self):
        metric = OppositeSSIM(16)
        image = np.random.default_rng(0).random((1, 16, 16, 3))
        metric.update_state(np.repeat(image, 5, axis=0))
        assert float(metric.result()) == pytest.approx(0, abs=1e-6)
        assert metric.deviation() == pytest.approx(0, abs=1e-3)

    def test_unlike_designs_get_more_than_like_ones(self):
        random = np.random.default_rng(0)
        base = random.random((1, 16, 16, 3))
        like, unlike = OppositeSSIM(16), OppositeSSIM(16)
        like.update_state(0.9 * base + 0.1 * random.random((8, 16, 16, 3)))
        unlike.update_state(random.random((8, 16, 16, 3)))
        assert float(like.result()) < 0.5 * float(unlike.result())

    def test_one_design_has_no_pair(self):
        metric = OppositeSSIM(16)
        metric.update_state(np.zeros((1, 16, 16, 3)))
        assert math.isnan(float(metric.result()))

    def test_images_smaller_than_the_window_are_refused(self):
        with pytest.raises(ValueError, match="at least 11, got 8"):
            OppositeSSIM(8)
