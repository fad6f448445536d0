import pytest

from tfcompat.training.schedules import halved_by_thirds, warmed_up_cosine


class TestWarmedUpCosine:
    def test_rises_peaks_and_ends_at_zero(self):
        schedule = warmed_up_cosine(0.2, 1000)
        assert float(schedule(0)) == 0
        assert float(schedule(15)) == pytest.approx(0.1)
        assert float(schedule(30)) == pytest.approx(0.2)
        # Half of the remaining 970 steps: half of the cosine.
        assert float(schedule(30 + 485)) == pytest.approx(0.1, rel=1e-3)
        assert float(schedule(1000)) == pytest.approx(0, abs=1e-6)

    def test_a_single_step(self):
        assert float(warmed_up_cosine(0.2, 1)(1)) == pytest.approx(0.2)


class TestHalvedByThirds:
    def test_each_third_has_half_the_rate(self):
        schedule = halved_by_thirds(0.8, 30)
        rates = [float(schedule(step)) for step in (0, 9, 10, 19, 20, 29)]
        assert rates == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2, 0.2])
