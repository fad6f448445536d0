"""A line search that spends one evaluation when the step fits."""


class InterpolatingLineSearcher:
    """Backtracks by quadratic interpolation and remembers the scale.

    An evaluation is a pass over all ratings, so the fixed factors of
    pymanopt's searches, which try about two steps an iteration, are too dear.
    The minimiser of the parabola through the last step predicts the next one.

    Args:
        sufficient_decrease: Share of the linear decrease that must be met.
        max_trials: Steps tried before the search gives up.
    """

    def __init__(self, sufficient_decrease=1e-4, max_trials=25):
        self.sufficient_decrease = sufficient_decrease
        self.max_trials = max_trials
        # The preconditioned gradient is a Newton-like step: 1 fits at first.
        self._scale = 1.0

    def search(self, objective, manifold, x, d, f0, df0):
        """pymanopt's contract: returns the step's length and the new point."""
        scale = self._scale
        for _ in range(self.max_trials):
            point = manifold.retraction(x, scale * d)
            value = objective(point)
            curvature = (value - f0 - scale * df0) / scale**2
            best = -df0 / (2.0 * curvature) if curvature > 0 else 4.0 * scale
            if value <= f0 + self.sufficient_decrease * scale * df0:
                self._scale = min(max(best, 0.5 * scale), 4.0 * scale)
                return scale * manifold.norm(x, d), point
            scale = min(max(best, 0.1 * scale), 0.5 * scale)
        return 0.0, x
