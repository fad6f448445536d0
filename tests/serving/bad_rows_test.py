"""The row that spoils a batch is found and named."""

import time

import numpy as np
import pytest
from grpc import StatusCode

from tfcompat.serving.bad_rows import MAX_ROWS, name_bad_row
from tfcompat.serving.errors import ServingError

FAILURE = ServingError(StatusCode.INVALID_ARGUMENT, "Input is not an image")


class Decoder:
    """Fails for rows below 0, of any part of the batch, and counts rows."""

    def __init__(self):
        self.rows = 0
        self.scalars = set()

    def __call__(self, feeds, timeout):
        self.rows += len(feeds["x:0"])
        self.scalars.add(int(feeds["k:0"]))
        bad = [int(x) for x in feeds["x:0"] if x < 0]
        if bad:
            # Which one a parallel graph tells of is chance: the last here.
            raise ServingError(StatusCode.INVALID_ARGUMENT, f"bad {bad[-1]}")


def batch(count, bad):
    values = np.arange(count)
    values[list(bad)] = -1 - values[list(bad)]
    return {"x:0": values, "k:0": np.array(5)}


def named(feeds, run=None, error=FAILURE, remaining=None, **arguments):
    return name_bad_row(error, feeds, run or Decoder(), remaining, **arguments)


class TestNamed:
    @pytest.mark.parametrize("count", [2, 3, 7, 32])
    def test_every_row_is_found(self, count):
        for row in range(count):
            error = named(batch(count, [row]))
            assert error.message == f"Row {row} of the batch: bad {-1 - row}"
            assert error.code is StatusCode.INVALID_ARGUMENT

    def test_first_of_several_with_its_own_message(self):
        error = named(batch(32, [19, 3, 30]))
        assert error.message == "Row 3 of the batch: bad -4"

    def test_work_is_about_one_more_batch(self):
        for row in (0, 511, 1023):
            run = Decoder()
            named(batch(1024, [row]), run)
            assert run.rows <= 1025  # 512 + 256 + ... + 1, and the row.

    def test_scalars_go_with_every_part(self):
        run = Decoder()
        named(batch(8, [2]), run)
        assert run.scalars == {5}

    def test_counts_from_the_first_row_of_the_request(self):
        error = named(batch(8, [2]), first_row=64)
        assert error.message.startswith("Row 66 of the batch: ")

    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            ("query row 1: is empty", "query row 5: is empty"),
            ("Row 3: no group row 7", "Row 7: no group row 7"),
        ],
    )
    def test_a_row_named_already_counts_from_there_too(self, message, expected):
        run = Decoder()
        error = named(
            batch(4, [1]),
            run,
            error=ServingError(StatusCode.INVALID_ARGUMENT, message),
            first_row=4,
        )
        assert error.message == expected
        assert error.code is StatusCode.INVALID_ARGUMENT
        assert run.rows == 0

    def test_also_in_a_part_of_one_row(self):
        error = ServingError(StatusCode.INVALID_ARGUMENT, "row 0: is empty")
        error = named(batch(1, [0]), error=error, first_row=8)
        assert error.message == "row 8: is empty"


class TestLeftAlone:
    def assert_unchanged(self, feeds, **arguments):
        error = arguments.get("error", FAILURE)
        assert named(feeds, **arguments) is error

    def test_other_codes(self):
        for code in StatusCode:
            if code is not StatusCode.INVALID_ARGUMENT:
                error = ServingError(code, "no")
                self.assert_unchanged(batch(8, [2]), error=error)

    def test_message_that_names_a_row(self):
        for message in ("unknown group in row 3: hat", "Row 3: not an image"):
            error = ServingError(StatusCode.INVALID_ARGUMENT, message)
            self.assert_unchanged(batch(8, [2]), error=error)

    def test_word_row_without_a_number_is_no_name(self):
        error = ServingError(StatusCode.INVALID_ARGUMENT, "a row is bad")
        assert named(batch(8, [2]), error=error) is not error

    def test_single_row(self):
        self.assert_unchanged(batch(1, [0]))

    def test_no_common_number_of_rows(self):
        feeds = {**batch(8, [2]), "y:0": np.ones([7])}
        self.assert_unchanged(feeds)
        self.assert_unchanged({"k:0": np.array(5)})

    def test_very_large_batch(self):
        run = Decoder()
        self.assert_unchanged(batch(MAX_ROWS + 1, [2]), run=run)
        assert run.rows == 0

    def test_wrong_type_is_nobodys_row(self):
        """Fails without a row, too."""

        def run(feeds, timeout):
            raise ServingError(
                StatusCode.INVALID_ARGUMENT,
                "Expects arg[0] to be float but double is provided",
            )

        self.assert_unchanged(batch(8, []), run=run)

    def test_fault_of_several_rows_together(self):
        def run(feeds, timeout):
            if len(feeds["x:0"]) > 3:
                raise FAILURE

        self.assert_unchanged(batch(8, []), run=run)

    def test_part_that_fails_otherwise(self):
        def run(feeds, timeout):
            if len(feeds["x:0"]):
                raise ServingError(StatusCode.INTERNAL, "out of order")

        self.assert_unchanged(batch(8, []), run=run)


class TestDeadline:
    def test_search_ends_at_half_of_the_time(self, monkeypatch):
        clock = iter(range(1000))  # Each look at it takes a second.
        monkeypatch.setattr(time, "monotonic", lambda: next(clock))
        run = Decoder()
        assert named(batch(1024, [7]), run, remaining=10) is FAILURE
        # Of the looks, the first is the start; then one before each part.
        assert next(clock) == 6

    def test_parts_are_run_with_what_is_left(self):
        timeouts = []

        def run(feeds, timeout):
            timeouts.append(timeout)
            Decoder()(feeds, timeout)

        named(batch(8, [7]), run, remaining=10)
        assert 0 < timeouts[-1] <= timeouts[0] <= 5
