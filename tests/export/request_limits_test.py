import numpy as np
import pytest
import tensorflow as tf

from tfcompat.export.request_limits import (
    check_batch,
    check_counts,
    cut_rows,
    largest_count,
)

Invalid = tf.errors.InvalidArgumentError


def run(function, *arguments):
    """Runs a function as a server does: in a graph, shapes unknown."""
    arguments = [tf.convert_to_tensor(argument) for argument in arguments]
    specs = [tf.TensorSpec(None, argument.dtype) for argument in arguments]
    return tf.function(function, input_signature=specs)(*arguments)


def batch(*columns):
    return run(lambda a, b: check_batch({"a": a, "b": b}, max_rows=4), *columns)


def counts(k, rows):
    return run(
        lambda k, rows: check_counts(k, rows, max_results=20), k, rows
    ).numpy()


class TestCheckBatch:
    def test_columns_of_one_length_pass(self):
        result = batch(["x", "y"], [1, 2])
        assert result["a"].numpy().tolist() == [b"x", b"y"]
        assert result["b"].numpy().tolist() == [1, 2]

    def test_no_rows_pass(self):
        assert batch(np.zeros(0), np.zeros(0))["a"].shape == (0,)

    def test_unequal_lengths_are_named(self):
        with pytest.raises(Invalid, match="a has 3 rows, but b has 1"):
            batch([1, 2, 3], [1])

    def test_too_many_rows_are_to_be_split(self):
        batch(range(4), range(4))
        with pytest.raises(Invalid, match="5 rows .* than 4; split the batch"):
            batch(range(5), range(5))

    @pytest.mark.parametrize("wrong", [1.0, [[1.0, 2.0]]])
    def test_other_ranks_are_refused(self, wrong):
        with pytest.raises(Invalid, match="not compatible with expected shape"):
            batch(wrong, [1])


class TestCheckCounts:
    def test_one_number_counts_for_all_rows(self):
        assert counts(3, 4).tolist() == [3, 3, 3, 3]

    def test_a_number_for_each_row(self):
        assert counts([3, 1], 2).tolist() == [3, 1]

    def test_no_rows(self):
        assert counts(3, 0).tolist() == []
        assert counts(np.zeros(0, "int32"), 0).tolist() == []

    @pytest.mark.parametrize("k, rows", [([1, 2], 3), ([1], 3), ([[1]], 1)])
    def test_another_number_of_numbers_is_refused(self, k, rows):
        message = f"one number, or one for each of {rows} rows"
        with pytest.raises(Invalid, match=message):
            counts(k, rows)

    @pytest.mark.parametrize("k", [0, -(2**31)])
    def test_below_1_is_refused_with_its_row(self, k):
        with pytest.raises(Invalid, match=f"row 2: k must be .* 1, got {k}"):
            counts([1, 2, k, 0], 4)
        with pytest.raises(Invalid, match=f"row 0: k must be .* 1, got {k}"):
            counts(k, 4)

    def test_too_many_results_are_refused(self):
        assert counts(5, 4).tolist() == [5] * 4
        with pytest.raises(Invalid, match="k of 6 for 4 rows .* than 20 resul"):
            counts([1, 1, 6, 1], 4)

    def test_more_results_than_an_int32_holds_are_refused(self):
        # 4 * 2^30 is 0 in 32 bits.
        with pytest.raises(Invalid, match="asks for more than 20 results"):
            counts(2**30, 4)


class TestCutRows:
    def test_each_row_keeps_what_it_asked_for(self):
        ids, scores = cut_rows(
            tf.constant([["a", "b"], ["c", "d"]]),
            tf.constant([[4.0, 3.0], [2.0, 1.0]]),
            tf.constant([1, 2]),
        )
        assert ids.numpy().tolist() == [[b"a", b""], [b"c", b"d"]]
        assert scores.numpy().tolist() == [[4.0, -np.inf], [2.0, 1.0]]

    def test_a_count_above_the_width_keeps_all(self):
        ids, _ = cut_rows(
            tf.constant([["a"]]), tf.constant([[1.0]]), tf.constant([9])
        )
        assert ids.numpy().tolist() == [[b"a"]]


class TestLargestCount:
    def test_of_some_and_of_none(self):
        assert largest_count(tf.constant([2, 7, 1])).numpy() == 7
        assert largest_count(tf.constant([], tf.int32)).numpy() == 0
