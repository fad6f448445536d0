import json

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.meta_graph_pb2 import TensorInfo
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

from tests.serving.fake_server import typed_tensor
from tests.serving.single_model import refused
from tfcompat.serving.json_tensors import make_array, show
from tfcompat.serving.rest_json import (
    fill_inputs,
    make_outputs,
    parse_body,
    signature_name,
)

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED


def read(text, **types):
    """(in rows?, dict of arrays) of a body, for inputs of these types."""
    infos = {
        name: TensorInfo(dtype=kind.as_datatype_enum)
        for name, kind in types.items()
    }
    request = PredictRequest()
    in_rows = fill_inputs(parse_body(text.encode()), infos, request.inputs)
    arrays = {}
    for name, tensor in request.inputs.items():
        arrays[name] = tf.io.parse_tensor(
            tensor.SerializeToString(), types[name]
        ).numpy()
    return in_rows, arrays


def write(in_rows, **arrays):
    """The JSON object of these outputs."""
    response = PredictResponse()
    for name, array in arrays.items():
        response.outputs[name].CopyFrom(typed_tensor(array))
    return make_outputs(response.outputs, in_rows)


def strings(*values):
    return np.array(values, dtype=object)


class TestRows:
    def test_one_input_as_plain_values(self):
        in_rows, arrays = read('{"instances": [1.5, 2]}', x=tf.float32)
        assert in_rows
        assert arrays["x"].tolist() == [1.5, 2.0]
        assert arrays["x"].dtype == np.float32

    def test_one_input_as_lists(self):
        _, arrays = read('{"instances": [[[1], [2]]]}', x=tf.int32)
        assert arrays["x"].tolist() == [[[1], [2]]]

    def test_several_inputs_as_objects(self):
        in_rows, arrays = read(
            '{"instances": [{"id": "a", "x": [1, 2]}, '
            '{"x": [3, 4], "id": "b"}]}',
            id=tf.string,
            x=tf.float32,
        )
        assert in_rows
        assert arrays["id"].tolist() == [b"a", b"b"]
        assert arrays["x"].tolist() == [[1, 2], [3, 4]]

    def test_one_input_may_be_an_object_too(self):
        _, arrays = read('{"instances": [{"x": 1}, {"x": 2}]}', x=tf.int64)
        assert arrays["x"].tolist() == [1, 2]

    def test_bytes(self):
        body = '{"instances": [{"b64": "/9gA"}, "ä", {"b64": ""}]}'
        _, arrays = read(body, x=tf.string)
        assert arrays["x"].tolist() == [b"\xff\xd8\0", "ä".encode(), b""]

    def test_k_is_one_a_row(self):
        body = '{"instances": [{"q": "a", "k": 3}, {"q": "b", "k": 5}]}'
        _, arrays = read(body, q=tf.string, k=tf.int32)
        assert arrays["k"].tolist() == [3, 5]

    @pytest.mark.parametrize(
        "instances, message",
        [
            (
                "[1, true]",
                "Failed to process element: 1 of 'instances' list. Error: "
                "INVALID_ARGUMENT: JSON Value: true Type: Bool is not of "
                "expected type: float",
            ),
            (
                "[[1, 2], [3, 4], [5]]",
                "Failed to process element: 2 of 'instances' list. Error: "
                "INVALID_ARGUMENT: Expecting shape [2] but got: [1]",
            ),
            (
                '[{"x": 1}, {"x": "1"}]',
                "Failed to process element: 1 key: x of 'instances' list. "
                'Error: INVALID_ARGUMENT: JSON Value: "1" Type: String is not '
                "of expected type: float",
            ),
            (
                '[{"y": 1}]',
                "Failed to process element: 0 key: y of 'instances' list. "
                "Error: INVALID_ARGUMENT: JSON object: does not have named "
                "input: y",
            ),
            (
                '[{"x": 1}, {}]',
                "Failed to process element: 1 of 'instances' list. JSON "
                "object: {} keys must be equal to: x",
            ),
            (
                '[{"x": 1}, 2]',
                "Expecting object but got list at item 1 of input list",
            ),
            (
                '[1, {"x": 2}]',
                "Expecting value/list but got object at item 1 of input list",
            ),
            ("[]", "No values in 'instances' array"),
        ],
    )
    def test_errors_name_the_element(self, instances, message):
        with refused(INVALID, message):
            read(f'{{"instances": {instances}}}', x=tf.float32)

    def test_a_plain_list_is_not_enough_for_two_inputs(self):
        for instances in ("[1]", '[{"b64": "AA=="}]'):
            with refused(INVALID) as caught:
                read(f'{{"instances": {instances}}}', x=tf.int32, y=tf.int32)
            assert "instances is a plain list" in caught.value.message

    def test_instances_must_be_a_list(self):
        for instances in ("1", "{}", "null"):
            with refused(INVALID) as caught:
                read(f'{{"instances": {instances}}}', x=tf.int32)
            assert "'instances' to be an list" in caught.value.message


class TestColumns:
    def test_one_input_as_a_plain_list(self):
        in_rows, arrays = read('{"inputs": [[1, 2], [3, 4]]}', x=tf.float32)
        assert not in_rows
        assert arrays["x"].tolist() == [[1, 2], [3, 4]]

    def test_one_input_as_a_scalar_or_bytes(self):
        _, arrays = read('{"inputs": 7}', x=tf.int32)
        assert arrays["x"].shape == () and arrays["x"] == 7
        _, arrays = read('{"inputs": {"b64": "AA=="}}', x=tf.string)
        assert arrays["x"] == b"\0"
        assert isinstance(arrays["x"], bytes)  # A scalar.

    def test_several_inputs_with_a_scalar_k(self):
        _, arrays = read(
            '{"inputs": {"query": [{"b64": "AA=="}], "k": 5, "more": 1}}',
            query=tf.string,
            k=tf.int32,
        )
        assert arrays["query"].tolist() == [b"\0"]
        assert arrays["k"].shape == () and arrays["k"] == 5

    def test_no_rows(self):
        _, arrays = read('{"inputs": []}', x=tf.float32)
        assert arrays["x"].shape == (0,)
        _, arrays = read('{"inputs": [[], []]}', x=tf.float32)
        assert arrays["x"].shape == (2, 0)

    def test_a_missing_input_is_named(self):
        message = "Missing named input: y in 'inputs' object."
        with refused(INVALID, message):
            read('{"inputs": {"x": 1}}', x=tf.int32, y=tf.int32)

    def test_a_plain_value_is_not_enough_for_two_inputs(self):
        with refused(INVALID) as caught:
            read('{"inputs": [1]}', x=tf.int32, y=tf.int32)
        assert "inputs is a plain value/list" in caught.value.message

    @pytest.mark.parametrize(
        "inputs, message",
        [
            (
                "[[1, 2], [3]]",
                "Encountered list at unexpected size: 1 at level: 1 expected "
                "size: 2",
            ),
            (
                "[[1], 2]",
                "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. "
                "Expected at level: 2",
            ),
            (
                "[1, [2]]",
                "Encountered list at unexpected level: 1 expected < 1",
            ),
            (
                "[[[1]], [[[2]]]]",
                "Encountered list at unexpected level: 3 expected < 3",
            ),
        ],
    )
    def test_ragged_lists(self, inputs, message):
        with refused(INVALID, message):
            read(f'{{"inputs": {inputs}}}', x=tf.int32)


class TestBody:
    @pytest.mark.parametrize(
        "body, words",
        [
            ("", "JSON Parse error: The document is empty"),
            ("{", "JSON Parse error: "),
            ('{"inputs": [1,]}', "at offset: "),
            ("[1]", "JSON Value: [1] Is not object"),
            ("{}", "Missing 'inputs' or 'instances' key"),
            ('{"inputs": 1, "instances": [1]}', "expecting only one of"),
            ("[" * 100_000, "JSON Parse error: "),
            ('{"inputs": 1' + "0" * 5000 + "}", "JSON Parse error: "),
        ],
    )
    def test_what_is_no_request(self, body, words):
        with refused(INVALID) as caught:
            read(body, x=tf.int32)
        assert words in caught.value.message

    def test_what_is_no_utf_8(self):
        with refused(INVALID) as caught:
            parse_body(b'{"inputs": "\xff"}')
        assert "JSON Parse error" in caught.value.message

    def test_byte_order_mark_is_passed_over(self):
        assert parse_body(b"\xef\xbb\xbf{}") == {}

    def test_signature_name(self):
        assert signature_name({"signature_name": "s"}) == "s"
        assert signature_name({}) == ""
        with refused(INVALID) as caught:
            signature_name({"signature_name": 1})
        assert "must be a string" in caught.value.message

    def test_deep_nesting_is_refused(self):
        deep = "[" * 40 + "]" * 40
        with refused(INVALID, "Lists are nested more than 32 deep"):
            read(f'{{"inputs": {deep}}}', x=tf.int32)
        deep = '{"a":' * 900 + "1" + "}" * 900
        with refused(INVALID):
            read(f'{{"inputs": [{deep}]}}', x=tf.int32)

    def test_long_values_are_cut_in_messages(self):
        assert show([1, "ä"]) == '[1, "ä"]'
        assert len(show(["x" * 999])) == 203
        assert len(show(list(range(10**5)))) == 203


class TestTypes:
    @pytest.mark.parametrize(
        "kind, value",
        [
            (tf.float32, 16777215),
            (tf.float32, -0.1),
            (tf.float64, 2**53 - 1),
            (tf.float64, 1e308),
            (tf.float16, 0.5),
            (tf.int8, -128),
            (tf.uint8, 255),
            (tf.int16, 32767),
            (tf.uint16, 65535),
            (tf.int32, -(2**31)),
            (tf.uint32, 2**32 - 1),
            (tf.int64, -(2**63)),
            (tf.uint64, 2**64 - 1),
            (tf.bool, True),
        ],
    )
    def test_what_each_holds(self, kind, value):
        array = make_array([value], kind.as_datatype_enum)
        assert array.dtype == kind.as_numpy_dtype
        assert array.tolist() == [np.array(value, array.dtype).item()]

    @pytest.mark.parametrize(
        "kind, text",
        [
            (tf.int32, "1.0"),
            (tf.int32, "2147483648"),
            (tf.int8, "128"),
            (tf.uint8, "-1"),
            (tf.uint64, "18446744073709551616"),
            (tf.int32, "true"),
            (tf.bool, "1"),
            (tf.float32, '"1"'),
            (tf.float32, "null"),
            (tf.float32, '{"b64": "AA=="}'),
            (tf.string, "1"),
        ],
    )
    def test_what_each_refuses(self, kind, text):
        with refused(INVALID) as caught:
            make_array(json.loads(text), kind.as_datatype_enum)
        message = caught.value.message
        assert message.startswith(f"JSON Value: {text} Type: ")
        assert message.endswith(f"is not of expected type: {kind.name}") or (
            kind in (tf.float32, tf.float64) and message.endswith("float")
        )

    @pytest.mark.parametrize(
        "kind, value",
        [(tf.float32, 16777216), (tf.float32, 1e39), (tf.float64, -(2**53))],
    )
    def test_floats_lose_nothing(self, kind, value):
        with refused(INVALID) as caught:
            make_array(value, kind.as_datatype_enum)
        assert "without loss of precision" in caught.value.message

    def test_nan_and_infinity(self):
        _, arrays = read('{"inputs": [NaN, Infinity, -Infinity]}', x=tf.float32)
        np.testing.assert_array_equal(arrays["x"], [np.nan, np.inf, -np.inf])

    @pytest.mark.parametrize(
        "value, words",
        [
            ('{"b64": "$"}', "Unable to base64 decode"),
            ('{"b64": "A"}', "Unable to base64 decode"),
            ('{"b64": 1}', "not formatted correctly for base64"),
            ('{"b64": "", "x": 1}', "not formatted correctly for base64"),
            ('"\\ud800"', "no Unicode"),
        ],
    )
    def test_bad_strings(self, value, words):
        with refused(INVALID) as caught:
            make_array([json.loads(value)], tf.string.as_datatype_enum)
        assert words in caught.value.message

    def test_base64_may_lack_its_padding_and_have_line_ends(self):
        array = make_array({"b64": "/9\ngA\nAA"}, tf.string.as_datatype_enum)
        assert array.item() == b"\xff\xd8\0\0"

    @pytest.mark.parametrize("kind", [tf.complex64, tf.bfloat16, tf.resource])
    def test_what_json_cannot_hold(self, kind):
        with refused(UNIMPLEMENTED) as caught:
            make_array([1], kind.as_datatype_enum)
        assert "Conversion of JSON Value: [1] to type: " in caught.value.message


class TestOutputs:
    def test_one_output_in_rows_is_bare(self):
        answer = write(True, y=np.array([[1.5, 2], [3, 4]], "f4"))
        assert answer == {"predictions": [[1.5, 2.0], [3.0, 4.0]]}

    def test_several_outputs_in_rows_are_objects(self):
        answer = write(
            True,
            score=np.array([0.5, 1], "f4"),
            item_id=strings(b"a", "ä".encode()),
        )
        assert answer == {
            "predictions": [
                {"item_id": "a", "score": 0.5},
                {"item_id": "ä", "score": 1.0},
            ]
        }

    def test_one_output_in_columns_is_bare(self):
        assert write(False, y=np.int32(7)) == {"outputs": 7}
        assert write(False, y=np.array([True])) == {"outputs": [True]}

    def test_several_outputs_in_columns_are_an_object(self):
        answer = write(False, a=np.array([1]), b=np.array([[2], [3]]))
        assert answer == {"outputs": {"a": [1], "b": [[2], [3]]}}

    def test_float32_is_written_as_short_as_it_is(self):
        answer = write(False, y=np.array([0.1, 1e10, 16777216, 1e-7], "f4"))
        assert json.dumps(answer) == (
            '{"outputs": [0.1, 10000000000.0, 16777216.0, 1e-07]}'
        )

    def test_every_float32_comes_back_as_it_was(self):
        bits = np.random.default_rng(0).integers(0, 2**32, 2000, np.uint32)
        values = bits.view(np.float32)
        written = json.loads(json.dumps(write(False, y=values)))["outputs"]
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(np.array(written, "f4"), values)

    def test_nan_and_infinity(self):
        answer = write(True, y=np.array([np.nan, np.inf, -np.inf], "f4"))
        text = json.dumps(answer)
        assert text == '{"predictions": [NaN, Infinity, -Infinity]}'

    def test_half_precision(self):
        assert write(False, y=np.array([0.1], "f2")) == {"outputs": [0.1]}

    def test_names_in_bytes_are_base64(self):
        answer = write(True, image_bytes=strings(b"png"))
        assert answer == {"predictions": [{"b64": "cG5n"}]}
        answer = write(False, bytes_image=strings(b"png"))
        assert answer == {"outputs": ["png"]}

    def test_what_is_no_text_is_base64_too(self):
        # TensorFlow Serving writes it raw, which no parser reads.
        answer = write(True, image=strings(b"png", b"\xff"))
        assert answer == {"predictions": [{"b64": "cG5n"}, {"b64": "/w=="}]}

    @pytest.mark.parametrize(
        "arrays, message",
        [
            ({}, "Cannot convert empty tensor map to JSON"),
            (
                {"a": np.ones(2), "b": np.ones(3)},
                "Tensor name: b has inconsistent batch size: 3 expecting: 2",
            ),
            (
                {"a": np.float32(1)},
                "Tensor name: a has no shape information ",
            ),
            (
                {"a": np.ones(1, np.complex64)},
                "Failed to write JSON value for tensor type: complex64",
            ),
        ],
    )
    def test_what_makes_no_rows(self, arrays, message):
        with refused(INVALID, message):
            write(True, **arrays)
