import numpy as np
import pytest
import tensorflow as tf

from tests.serving.fake_server import typed_tensor
from tfcompat.serving import wire
from tfcompat.serving.tensor_arrays import (
    as_array,
    dtype_name,
    fill_tensor,
    to_array,
)

ARRAYS = {
    "float": np.array([[0.1, np.nan, np.inf], [-0.0, 1e-45, -2]], np.float32),
    "double": np.array([0.1, -np.inf]),
    "half": np.array([0.1, 65504, -np.inf], np.float16),
    "int8": np.array([-128, 127], np.int8),
    "uint8": np.array([0, 255], np.uint8),
    "int16": np.array([-32768, 32767], np.int16),
    "uint16": np.array([0, 65535], np.uint16),
    "int32": np.array([[-(2**31)], [2**31 - 1]], np.int32),
    "uint32": np.array([2**32 - 1], np.uint32),
    "int64": np.array([-(2**63), 2**63 - 1]),
    "uint64": np.array([2**64 - 1], np.uint64),
    "bool": np.array([True, False]),
    "complex64": np.array([1 + 2j, -1j], np.complex64),
    "complex128": np.array([1 + 2j]),
    "string": np.array([[b"\xff\0\0", b""]], object),
}


def sent(array):
    tensor = wire.TensorProto()
    fill_tensor(tensor, array)
    return tensor


def tensorflow_reads(tensor):
    """What TensorFlow makes of our message."""
    return tf.io.parse_tensor(
        tensor.SerializeToString(), tf.as_dtype(tensor.dtype)
    ).numpy()


def received(**fields):
    """Our message of what TensorFlow's would be with these fields."""
    return wire.TensorProto(**fields)


def shape(*sizes):
    return {"dim": [{"size": size} for size in sizes]}


@pytest.mark.parametrize("name", ARRAYS)
class TestEveryType:
    def test_tensorflow_reads_what_we_send(self, name):
        array = ARRAYS[name]
        tensor = sent(array)
        assert dtype_name(tensor.dtype) == name
        read = tensorflow_reads(tensor)
        assert read.dtype == array.dtype
        np.testing.assert_array_equal(read, array)

    def test_we_read_what_tensorflow_sends(self, name):
        array = ARRAYS[name]
        theirs = tf.make_tensor_proto(array)
        ours = wire.TensorProto.FromString(theirs.SerializeToString())
        np.testing.assert_array_equal(to_array(ours), array)
        assert to_array(ours).dtype == array.dtype

    def test_we_read_typed_fields(self, name):
        array = ARRAYS[name]
        theirs = typed_tensor(array)
        assert not theirs.tensor_content
        np.testing.assert_array_equal(to_array(theirs), array)

    def test_scalar_and_empty(self, name):
        for array in (ARRAYS[name].ravel()[0], ARRAYS[name][:0]):
            array = np.asarray(array, ARRAYS[name].dtype)
            read = tensorflow_reads(sent(array))
            assert np.shape(read) == array.shape
            np.testing.assert_array_equal(to_array(sent(array)), array)


class TestReading:
    def test_short_field_repeats_its_last_value(self):
        tensor = received(dtype=1, tensor_shape=shape(2, 2), float_val=[1, 2])
        expected = tensorflow_reads(tensor)
        np.testing.assert_array_equal(expected, [[1, 2], [2, 2]])
        np.testing.assert_array_equal(to_array(tensor), expected)

    def test_no_values_are_zeros(self):
        tensor = received(dtype=3, tensor_shape=shape(2))
        np.testing.assert_array_equal(
            to_array(tensor), tensorflow_reads(tensor)
        )
        strings = received(dtype=7, tensor_shape=shape(2))
        assert to_array(strings).tolist() == [b"", b""]

    def test_surplus_values_are_dropped(self):
        tensor = received(dtype=1, tensor_shape=shape(1), float_val=[1, 2])
        np.testing.assert_array_equal(
            to_array(tensor), tensorflow_reads(tensor)
        )

    def test_content_wins_over_values(self):
        tensor = sent(np.array([5.0], np.float32))
        tensor.float_val.append(1)
        np.testing.assert_array_equal(tensorflow_reads(tensor), [5])
        np.testing.assert_array_equal(to_array(tensor), [5])

    def test_bfloat16_is_read_as_float32(self):
        values = [1.5, -2.0, 3.140625]  # Each of them is a bfloat16.
        theirs = tf.make_tensor_proto(tf.constant(values, tf.bfloat16))
        read = to_array(theirs)
        assert read.dtype == np.float32
        assert read.tolist() == values

    @pytest.mark.parametrize("dtype", [0, 13, 20, 101])
    def test_what_is_no_array_is_refused(self, dtype):
        with pytest.raises(ValueError, match=f"type {dtype}"):
            to_array(received(dtype=dtype))

    def test_content_of_the_wrong_length_is_refused(self):
        tensor = received(
            dtype=1, tensor_shape=shape(2), tensor_content=b"\0" * 4
        )
        with pytest.raises(ValueError, match="shape"):
            to_array(tensor)


class TestAsArray:
    def test_pythons_numbers_become_what_tensorflow_makes_of_them(self):
        for values in (1, 1.5, True, [1, 2], [[0.5]], [1, 2.5], [False]):
            expected = tf.constant(values).numpy()
            array = as_array(values)
            assert array.dtype == expected.dtype, values
            np.testing.assert_array_equal(array, expected)

    def test_large_integers_stay_whole(self):
        assert as_array([2**31 - 1]).dtype == np.int32
        assert as_array([2**31]).dtype == np.int64
        assert as_array([-(2**31) - 1]).dtype == np.int64

    def test_arrays_keep_their_type(self):
        for kind in (np.float64, np.int64, np.uint8):
            assert as_array(np.ones(2, kind)).dtype == kind
        assert as_array(np.float64(1)).dtype == np.float64

    def test_big_endian_arrays_travel_right(self):
        array = np.array([1.5, -2], ">f4")
        np.testing.assert_array_equal(
            tensorflow_reads(sent(as_array(array))), [1.5, -2]
        )

    def test_zeros_at_the_end_of_a_picture_stay(self):
        assert as_array([b"jpeg\0\0"]).tolist() == [b"jpeg\0\0"]
        assert as_array(b"\0").shape == ()

    def test_text_becomes_utf_8(self):
        assert as_array([["ä", b"b"]]).tolist() == [["ä".encode(), b"b"]]
        assert as_array(np.array(["ä"])).tolist() == ["ä".encode()]

    @pytest.mark.parametrize(
        "values, words",
        [
            ([[1], [2, 3]], "rectangular"),
            ([["a"], ["b", "c"]], "not text"),
            ([1, "a"], "numbers and text"),
            (["a", 1], "not text"),
            (None, "not text or bytes: None"),
            (np.array(["2020"], "datetime64[D]"), "datetime64"),
        ],
    )
    def test_what_is_no_tensor_is_refused(self, values, words):
        with pytest.raises(ValueError, match=words):
            as_array(values)
