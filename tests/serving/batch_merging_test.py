"""How requests are put together and taken apart again."""

import numpy as np
from grpc import StatusCode

from tests.serving.single_model import refused
from tfcompat.serving.batch_merging import (
    batch_key,
    count_rows,
    merge_rows,
    split_rows,
)


def strings(*values):
    return np.array([value.encode() for value in values], object)


class TestCountRows:
    def test_scalars_do_not_count(self):
        assert count_rows({"x:0": np.ones([4, 2]), "k:0": np.array(3)}) == 4

    def test_scalars_alone_are_no_batch(self):
        assert count_rows({"k:0": np.array(3)}) is None

    def test_sizes_must_agree(self):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "Batching Run() input tensors must have equal 0th-dimension size",
        ):
            count_rows({"x:0": np.ones([4]), "y:0": np.ones([3])})


class TestBatchKey:
    def key(self, padded=False, fetches=("y:0",), **inputs):
        return batch_key(inputs, list(fetches), padded)

    def test_number_of_rows_does_not_matter(self):
        assert self.key(x=np.ones([1, 3])) == self.key(x=np.ones([5, 3]))

    def test_order_of_the_inputs_does_not_matter(self):
        a, b = np.ones(2), np.ones(2)
        assert self.key(a=a, b=b) == self.key(b=b, a=a)

    def test_names_types_shapes_and_outputs_matter(self):
        x = np.ones([2, 3], np.float32)
        assert self.key(x=x) != self.key(y=x)
        assert self.key(x=x) != self.key(x=x.astype(np.float64))
        assert self.key(x=x) != self.key(x=x[:, :2])
        assert self.key(x=x) != self.key(x=x[:, :, None])
        assert self.key(x=x) != self.key(x=x, fetches=["z:0"])

    def test_value_of_a_scalar_matters(self):
        for one, other in (
            (np.array(3), np.array(4)),
            (np.array(b"top", object), np.array(b"shoe", object)),
        ):
            assert self.key(k=one) == self.key(k=one.copy())
            assert self.key(k=one) != self.key(k=other)

    def test_padding_ignores_sizes_but_not_their_number(self):
        x = np.ones([2, 3])
        assert self.key(True, x=x) == self.key(True, x=x[:, :2])
        assert self.key(True, x=x) != self.key(True, x=x[:, 0])

    def test_key_can_be_looked_up(self):
        hash(self.key(x=np.ones([2, 3]), k=np.array(3), s=strings("a")))


class TestMergeRows:
    def test_rows_are_joined_in_order_and_padded_by_the_first(self):
        merged = merge_rows(
            [
                {"x:0": np.array([1, 2]), "k:0": np.array(7)},
                {"x:0": np.array([3]), "k:0": np.array(7)},
            ],
            size=5,
        )
        assert merged["x:0"].tolist() == [1, 2, 3, 1, 1]
        assert merged["k:0"] == 7

    def test_single_full_request_is_not_copied(self):
        array = np.ones([2, 3])
        assert merge_rows([{"x:0": array}], 2)["x:0"] is array

    def test_strings_stay_objects(self):
        requests = [{"s:0": strings("a")}, {"s:0": strings("bc")}]
        merged = merge_rows(requests, 2)["s:0"]
        assert merged.dtype == object
        assert merged.tolist() == [b"a", b"bc"]

    def test_shorter_rows_are_padded_by_their_array_s_first_value(self):
        merged = merge_rows(
            [{"x:0": np.array([[5, 6, 7]])}, {"x:0": np.array([[8], [9]])}], 3
        )
        assert merged["x:0"].tolist() == [[5, 6, 7], [8, 8, 8], [9, 8, 8]]
        merged = merge_rows(
            [
                {"s:0": strings("a", "b")[None]},
                {"s:0": np.empty([1, 0], object)},
            ],
            2,
        )
        assert merged["s:0"].tolist() == [[b"a", b"b"], [b"", b""]]


class TestSplitRows:
    def test_everybody_gets_their_rows_and_padding_is_cut_off(self):
        outputs = [np.arange(5), np.arange(10).reshape(5, 2)]
        first, second = split_rows(outputs, [1, 3], size=5)
        assert first[0].tolist() == [0]
        assert second[0].tolist() == [1, 2, 3]
        assert second[1].tolist() == [[2, 3], [4, 5], [6, 7]]

    def test_output_of_other_size(self):
        with refused(
            StatusCode.FAILED_PRECONDITION,
            "Batched output tensor's 0th dimension does not equal the sum of "
            "the 0th dimension sizes of the input tensors",
        ):
            split_rows([np.arange(3)], [1, 1], size=2)

    def test_scalar_output(self):
        with refused(
            StatusCode.FAILED_PRECONDITION,
            "Batched output tensor has 0 dimensions",
        ):
            split_rows([np.array(3)], [1, 1], size=2)
