"""TensorProtos are read and written as TensorFlow Serving does."""

import random

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto

from tfcompat.serving.tensors import (
    TensorTooLargeError,
    read_tensor,
    write_tensor,
)

MEGABYTE = 2**20


def proto(dtype, shape=(), **fields):
    message = TensorProto(dtype=tf.as_dtype(dtype).as_datatype_enum, **fields)
    for size in shape:
        message.tensor_shape.dim.add(size=size)
    message.tensor_shape.SetInParent()
    return message


def read(message, max_bytes=MEGABYTE):
    return read_tensor(message, max_bytes)


def written(array):
    message = TensorProto()
    write_tensor(array, message)
    return message


class TestReadTensor:
    def test_last_value_is_repeated(self):
        array = read(proto("float32", [2, 2], float_val=[1, 2]))
        np.testing.assert_array_equal(array, [[1, 2], [2, 2]])
        assert array.dtype == np.float32

    def test_no_value_is_zeros_or_empty_strings(self):
        np.testing.assert_array_equal(read(proto("int32", [2])), [0, 0])
        assert read(proto("string", [2])).tolist() == [b"", b""]

    def test_surplus_values_are_dropped(self):
        array = read(proto("int64", [1], int64_val=[5, 6]))
        assert array.tolist() == [5]

    def test_value_in_another_field_is_ignored(self):
        assert read(proto("float32", [1], double_val=[5])).tolist() == [0]

    def test_content_comes_before_values(self):
        content = np.array([7], np.float32).tobytes()
        message = proto("float32", [1], float_val=[1], tensor_content=content)
        assert read(message).tolist() == [7]

    @pytest.mark.parametrize(
        "dtype", ["float32", "float64", "int32", "int64", "string", "uint8"]
    )
    @pytest.mark.parametrize("shape", [(), (3,), (2, 3), (1, 1, 2)])
    def test_whole_tensors_are_read_as_tensorflow_reads_them(
        self, dtype, shape
    ):
        values = np.arange(np.prod(shape, dtype=int)) + 7
        array = values.reshape(shape).astype(
            dtype if dtype != "string" else "S"
        )
        if dtype == "string":
            array = array.astype(object)
        for message in (written(array), tf.make_tensor_proto(array)):
            found = read(message)
            expected = tf.io.parse_tensor(message.SerializeToString(), dtype)
            assert found.shape == shape
            np.testing.assert_array_equal(found, expected.numpy())
            assert found.dtype == (object if dtype == "string" else dtype)
            found[...] = found  # May be written to.

    def test_scalar_has_no_dimension(self):
        array = read(proto("string", string_val=[b"\xff\x00"]))
        assert array.shape == ()
        assert array.item() == b"\xff\x00"

    def test_empty_batch_keeps_its_shape(self):
        assert read(proto("float32", [0, 3])).shape == (0, 3)

    @pytest.mark.parametrize(
        "message",
        [
            TensorProto(),
            TensorProto(dtype=77),
            TensorProto(dtype=101),  # DT_FLOAT_REF.
            proto("float32", [-1]),
            proto("float32", [2], tensor_content=b"abc"),
            proto("resource", [1]),
            proto("variant", [1]),
            proto("float32", [2**40, 2**40, 0, 2**40]),
        ],
        ids=lambda message: str(message).replace("\n", " ")[:40],
    )
    def test_what_is_no_tensor_is_refused(self, message):
        with pytest.raises(ValueError):
            read(message)

    def test_unknown_rank_is_ignored(self):
        message = proto("float32", [2], float_val=[1])
        message.tensor_shape.unknown_rank = True
        assert read(message).tolist() == [1, 1]

    @pytest.mark.parametrize(
        "message",
        [
            proto("float32", [2**40], float_val=[1]),
            proto("float32", [2**31, 2**31], float_val=[1]),
            proto("string", [MEGABYTE], string_val=[b""]),
            # 100 times the last string, of 20 kB.
            proto("string", [100], string_val=[b"x" * 20_000]),
        ],
        ids=["float", "square", "strings", "repeated string"],
    )
    def test_small_message_cannot_ask_for_a_huge_tensor(self, message):
        with pytest.raises(TensorTooLargeError, match="1048576 bytes"):
            read(message)

    def test_tensor_of_just_the_limit_is_taken(self):
        content = bytes(MEGABYTE)
        message = proto("uint8", [MEGABYTE], tensor_content=content)
        assert read(message).size == MEGABYTE

    def test_random_messages_are_read_or_refused(self):
        """Whatever bytes a client sends, the process lives."""
        generator = random.Random(1)
        read_some = 0
        for _ in range(3000):
            message = TensorProto(dtype=generator.choice(range(34)))
            for _ in range(generator.randrange(4)):
                size = generator.choice([-2, -1, 0, 1, 2, 3, 2**40, 2**62])
                message.tensor_shape.dim.add(size=size)
            if generator.random() < 0.5:
                message.tensor_content = generator.randbytes(
                    generator.choice([0, 1, 4, 8, 16])
                )
            message.float_val.extend([1.0] * generator.randrange(3))
            message.int_val.extend([-1] * generator.randrange(3))
            message.string_val.extend([b"a"] * generator.randrange(3))
            try:
                read_some += isinstance(read(message), np.ndarray)
            except ValueError:
                pass
        assert read_some > 100


class TestWriteTensor:
    @pytest.mark.parametrize(
        "array, field",
        [
            (np.array([[1.5, -2], [np.inf, 0]], np.float32), "float_val"),
            (np.array([1.5, -2], np.float64), "double_val"),
            (np.array([-1, 127], np.int8), "int_val"),
            (np.array([-1, 300], np.int16), "int_val"),
            (np.array([-1, 2**31 - 1], np.int32), "int_val"),
            (np.array([0, 255], np.uint8), "int_val"),
            (np.array([0, 2**16 - 1], np.uint16), "int_val"),
            (np.array([0, 2**32 - 1], np.uint32), "uint32_val"),
            (np.array([0, 2**64 - 1], np.uint64), "uint64_val"),
            (np.array([-(2**63), 5], np.int64), "int64_val"),
            (np.array([True, False, True]), "bool_val"),
            (np.array([1.5, -2], np.float16), "half_val"),
            (np.array([1 + 2j, 3], np.complex64), "scomplex_val"),
            (np.array([1 + 2j, 3], np.complex128), "dcomplex_val"),
            (np.array([[b"a"], [b"\xff\x00"]], object), "string_val"),
        ],
        ids=lambda value: str(getattr(value, "dtype", value)),
    )
    def test_typed_field_holds_the_values(self, array, field):
        message = written(array)
        assert len(getattr(message, field)) > 0
        assert not message.tensor_content
        np.testing.assert_array_equal(tf.make_ndarray(message), array)
        np.testing.assert_array_equal(read(message), array)
        assert tf.make_tensor_proto(array).dtype == message.dtype

    def test_bfloat16_is_written_as_halves(self):
        array = np.array([1.5, -2], tf.bfloat16.as_numpy_dtype)
        message = written(array)
        assert list(message.half_val) == [0x3FC0, 0xC000]
        np.testing.assert_array_equal(read(message), array)

    def test_stock_client_reads_float_val(self):
        message = written(np.array([0.25, 0.5], np.float32))
        assert list(message.float_val) == [0.25, 0.5]
        assert [dim.size for dim in message.tensor_shape.dim] == [2]

    def test_packed_length_of_several_bytes(self):
        # 4 * 50,000 bytes need three bytes for their length.
        array = np.arange(50_000, dtype=np.float32)
        np.testing.assert_array_equal(read(written(array)), array)

    def test_empty_array_keeps_its_shape(self):
        for dtype in (np.float32, np.int64, object):
            message = written(np.empty([0, 3], dtype))
            assert [dim.size for dim in message.tensor_shape.dim] == [0, 3]
            assert read(message).shape == (0, 3)

    def test_scalar_has_a_shape(self):
        message = written(np.array(2.0, np.float32))
        assert message.HasField("tensor_shape")
        assert list(message.float_val) == [2.0]

    def test_strided_array_is_written_in_order(self):
        array = np.arange(6, dtype=np.float32).reshape(2, 3).T
        assert list(written(array).float_val) == [0, 3, 1, 4, 2, 5]
