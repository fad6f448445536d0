import grpc
import pytest

from tfcompat.serving.client_errors import (
    BadRequest,
    DeadlineExceeded,
    ServerBusy,
    ServerUnavailable,
)
from tfcompat.serving.retries import Retries

UNAVAILABLE = ServerUnavailable(grpc.StatusCode.UNAVAILABLE, "gone")
BUSY = ServerBusy(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")
BAD = BadRequest(grpc.StatusCode.INVALID_ARGUMENT, "bad")


class Time:
    """A clock that moves when somebody sleeps, or as told."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


class Calls:
    """Fails with each error in turn, then answers."""

    def __init__(self, time, *errors, seconds=0.0):
        self.time = time
        self.errors = list(errors)
        self.seconds = seconds
        self.timeouts = []

    def __call__(self, timeout):
        self.timeouts.append(timeout)
        self.time.now += self.seconds
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


@pytest.fixture
def time():
    return Time()


def make(time, most=3, jitter=1.0, **arguments):
    return Retries(
        most,
        clock=time.clock,
        sleep=time.sleep,
        jitter=lambda: jitter,
        **arguments,
    )


class TestBackOff:
    def test_waits_double(self, time):
        calls = Calls(time, *[UNAVAILABLE] * 3)
        assert make(time).call(calls, 200.0) == "answer"
        assert time.slept == pytest.approx([0.1, 0.2, 0.4])

    def test_jitter_takes_up_to_half(self, time):
        # First wait 0.4, second 0.8, each between a half and the whole.
        calls = Calls(time, UNAVAILABLE, UNAVAILABLE)
        make(time, jitter=0.0, first_wait=0.4).call(calls, 200.0)
        assert time.slept == pytest.approx([0.2, 0.4])

    def test_waits_do_not_grow_past_the_longest(self, time):
        calls = Calls(time, *[UNAVAILABLE] * 5)
        make(time, 5, longest_wait=0.3).call(calls, 200.0)
        assert time.slept == pytest.approx([0.1, 0.2, 0.3, 0.3, 0.3])

    def test_real_jitter_stays_in_range(self):
        waits = {Retries()._wait(1) for _ in range(50)}
        assert len(waits) > 10
        assert all(0.1 <= wait <= 0.2 for wait in waits)


class TestHowOften:
    @pytest.mark.parametrize("most", [0, 1, 3])
    def test_gives_up_after_so_many(self, time, most):
        calls = Calls(time, *[UNAVAILABLE] * 9)
        with pytest.raises(ServerUnavailable):
            make(time, most).call(calls, 200.0)
        assert len(calls.timeouts) == most + 1
        assert len(time.slept) == most

    @pytest.mark.parametrize("error", [BAD, BUSY])
    def test_other_errors_are_raised_at_once(self, time, error):
        calls = Calls(time, error)
        with pytest.raises(type(error)):
            make(time).call(calls, 200.0)
        assert len(calls.timeouts) == 1

    def test_busy_is_repeated_when_asked(self, time):
        calls = Calls(time, BUSY, UNAVAILABLE)
        assert make(time, when_busy=True).call(calls, 200.0) == "answer"


class TestDeadline:
    def test_every_attempt_gets_what_is_left(self, time):
        # 10 s; each attempt takes 1 s, the waits 0.1 and 0.2 s.
        calls = Calls(time, UNAVAILABLE, UNAVAILABLE, seconds=1.0)
        make(time).call(calls, 110.0)
        assert calls.timeouts == pytest.approx([10, 8.9, 7.7])

    def test_a_wait_past_it_is_not_begun(self, time):
        calls = Calls(time, UNAVAILABLE, UNAVAILABLE)
        with pytest.raises(ServerUnavailable):
            make(time).call(calls, 100.25)
        assert time.slept == pytest.approx([0.1])  # 0.2 more would be late.

    def test_nothing_is_sent_after_it(self, time):
        calls = Calls(time)
        with pytest.raises(DeadlineExceeded, match="before"):
            make(time).call(calls, 100.0)
        assert calls.timeouts == []

    def test_timeout_must_be_positive(self, time):
        assert make(time).deadline(2.5) == 102.5
        for timeout in (0, -1, float("nan")):
            with pytest.raises(ValueError, match="timeout"):
                make(time).deadline(timeout)


class TestArguments:
    def test_values_out_of_range_are_refused(self):
        with pytest.raises(ValueError, match="`most`.* -1"):
            Retries(-1)
        with pytest.raises(ValueError, match="`first_wait`.* 0"):
            Retries(first_wait=0)
        with pytest.raises(ValueError, match="`first_wait`.* 5"):
            Retries(first_wait=5)
