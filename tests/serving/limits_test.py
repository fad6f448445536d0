"""What is too much is refused, and what is too long is cut."""

import threading

import pytest
from grpc import StatusCode

from tests.serving.single_model import refused
from tfcompat.serving.limits import CallLimit, Limits, cut_message


class TestLimits:
    def test_defaults_bound_memory(self):
        assert Limits().max_message_bytes == 256 * 2**20
        assert Limits().max_concurrent > 32

    @pytest.mark.parametrize("name", ["max_message_bytes", "max_concurrent"])
    def test_must_be_positive(self, name):
        with pytest.raises(ValueError, match=f"`{name}`.* got 0"):
            Limits(**{name: 0})


class TestCallLimit:
    def test_one_too_many_is_refused_and_a_free_place_taken(self):
        limit = CallLimit(2)
        with limit.admit():
            with limit.admit():
                with refused(StatusCode.RESOURCE_EXHAUSTED):
                    with limit.admit():
                        raise AssertionError("let in")
                assert limit.active == 2
            with limit.admit():
                assert limit.active == 2
        assert limit.active == 0

    def test_place_is_given_back_after_an_error(self):
        limit = CallLimit(1)
        with pytest.raises(KeyError):
            with limit.admit():
                raise KeyError
        with limit.admit():
            pass

    def test_counts_right_from_many_threads(self):
        limit, refusals = CallLimit(1000), []

        def work():
            for _ in range(500):
                try:
                    with limit.admit():
                        pass
                except Exception as error:
                    refusals.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert limit.active == 0
        assert not refusals


class TestCutMessage:
    def test_short_message_is_left_alone(self):
        assert cut_message("x" * 1024) == "x" * 1024

    def test_long_message_says_so(self):
        assert cut_message("x" * 1025) == "x" * 1024 + "...TRUNCATED"

    def test_counts_bytes_and_halves_no_character(self):
        # 3 bytes each: 341 whole ones in 1,024.
        assert cut_message("€" * 400) == "€" * 341 + "...TRUNCATED"

    def test_what_is_no_text_can_be_sent(self):
        assert cut_message("bad \udcff byte") == "bad ? byte"
