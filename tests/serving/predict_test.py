"""Predict answers, and refuses, as TensorFlow Serving does."""

import numpy as np
import pytest
import tensorflow as tf
from grpc import StatusCode
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from tests.serving import saved_models
from tests.serving.single_model import SingleModel, load, refused
from tfcompat.serving.inference import Inference
from tfcompat.serving.limits import Limits


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    limits = Limits(max_message_bytes=2**20)
    return {
        name: Inference(SingleModel(load(folder, write, name)), limits=limits)
        for name, write in {
            "affine": saved_models.write_affine,
            "matmul": saved_models.write_matmul,
            "two": saved_models.write_two_signatures,
            "text": saved_models.write_text,
            "examples": saved_models.write_examples,
        }.items()
    }


def request(inputs, signature="", output_filter=()):
    message = PredictRequest(output_filter=output_filter)
    message.model_spec.name = "whatever"
    message.model_spec.signature_name = signature
    for alias, value in inputs.items():
        if not isinstance(value, TensorProto):
            value = tf.make_tensor_proto(value)
        message.inputs[alias].CopyFrom(value)
    return message


def floats(*values):
    return np.array(values, np.float32)


class TestAnswer:
    def test_values_are_in_typed_fields(self, served):
        response = served["affine"].predict(request({"x": floats(1, 2)}))
        # 0.5 x + 2.
        assert list(response.outputs["y"].float_val) == [2.5, 3.0]
        assert not response.outputs["y"].tensor_content

    def test_strings_and_integers_are_in_typed_fields(self, served):
        outputs = served["text"].predict(request({"text": ["top"]})).outputs
        assert list(outputs["upper"].string_val) == [b"TOP"]
        assert list(outputs["length"].int_val) == [3]
        assert list(outputs["index"].int64_val) == [0]

    def test_model_spec_says_what_was_used(self, served):
        spec = served["affine"].predict(request({"x": floats(1)})).model_spec
        assert spec.name == "affine"
        assert spec.version.value == 3
        assert spec.signature_name == "serving_default"

    def test_signature_is_chosen_by_name(self, served):
        response = served["two"].predict(
            request({"x": np.array([5])}, signature="negate")
        )
        assert list(response.outputs["y"].int64_val) == [-5]
        assert response.model_spec.signature_name == "negate"

    def test_output_filter_leaves_the_others_out(self, served):
        inputs = {"a": floats(2), "b": floats(5)}
        outputs = (
            served["two"]
            .predict(request(inputs, output_filter=["product"]))
            .outputs
        )
        assert list(outputs) == ["product"]
        assert list(outputs["product"].float_val) == [10]

    def test_classify_signature_can_be_predicted(self, served):
        example = tf.train.Example()
        example.features.feature["x"].float_list.value.append(4)
        outputs = (
            served["examples"]
            .predict(request({"inputs": [example.SerializeToString()]}))
            .outputs
        )
        assert list(outputs["outputs"].float_val) == [8]

    def test_shape_is_not_compared_with_the_signature(self, served):
        for value in (floats(1), np.ones([2, 2], "f"), np.float32(1)):
            [output] = (
                served["affine"].predict(request({"x": value})).outputs.values()
            )
            assert tf.make_ndarray(output).shape == value.shape

    def test_empty_batch_gives_an_empty_answer(self, served):
        value = np.zeros([0], np.float32)
        response = served["affine"].predict(request({"x": value}))
        assert [d.size for d in response.outputs["y"].tensor_shape.dim] == [0]

    def test_nan_is_a_number_like_others(self, served):
        response = served["affine"].predict(request({"x": floats(np.nan)}))
        assert np.isnan(response.outputs["y"].float_val[0])

    def test_short_list_of_values_repeats_its_last(self, served):
        value = TensorProto(dtype=1, float_val=[4])
        value.tensor_shape.dim.add(size=2)
        response = served["affine"].predict(request({"x": value}))
        assert list(response.outputs["y"].float_val) == [4, 4]


class TestRefusal:
    def test_unknown_signature(self, served):
        with refused(
            StatusCode.FAILED_PRECONDITION,
            'Serving signature key "nope" not found.',
        ):
            served["affine"].predict(request({}, signature="nope"))

    def test_no_model_spec(self, served):
        with refused(StatusCode.INVALID_ARGUMENT, "Missing ModelSpec"):
            served["affine"].predict(PredictRequest())

    def test_missing_input(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "input size does not match signature: 0!=1 len({}) != len({x}). "
            "Sent extra: {}. Missing but required: {x}.",
        ):
            served["affine"].predict(request({}))

    def test_surplus_input(self, served):
        inputs = {name: floats(1) for name in "zabc"}
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "input size does not match signature: 4!=2 len({a,b,c,z}) != "
            "len({a,b}). Sent extra: {c,z}. Missing but required: {}.",
        ):
            served["two"].predict(request(inputs))

    def test_wrong_name(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "Signature input alias: x(feed name: serving_default_x:0) not "
            "found in request and no default value provided. Inputs expected "
            "to be in the request {X}, or default input alias set: ",
        ):
            served["affine"].predict(request({"X": floats(1)}))

    def test_bad_tensor(self, served):
        with refused(StatusCode.INVALID_ARGUMENT, "tensor parsing error: x"):
            served["affine"].predict(request({"x": TensorProto()}))

    def test_huge_tensor_in_a_small_message(self, served):
        value = TensorProto(dtype=1, float_val=[0])
        value.tensor_shape.dim.add(size=10**10)
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "tensor parsing error: x: shape [10000000000] needs more than the "
            "1048576 bytes that this server takes",
        ):
            served["affine"].predict(request({"x": value}))

    def test_unknown_output(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "output tensor alias not found in signature: Z Outputs expected "
            "to be in the set {product,sum}.",
        ):
            inputs = {"a": floats(2), "b": floats(5)}
            served["two"].predict(request(inputs, output_filter=["Z"]))

    def test_output_by_its_graph_name(self, served):
        name = "StatefulPartitionedCall:0"
        with refused(StatusCode.INVALID_ARGUMENT):
            served["affine"].predict(
                request({"x": floats(1)}, output_filter=[name])
            )

    def test_repeated_output(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT, "duplicate output tensor alias: y"
        ):
            served["affine"].predict(
                request({"x": floats(1)}, output_filter=["y", "y"])
            )

    def test_wrong_type_is_not_cast(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "Expects arg[0] to be float but double is provided",
        ):
            served["affine"].predict(request({"x": np.array([1.0])}))

    def test_wrong_size_is_found_by_the_kernel(self, served):
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            served["matmul"].predict(request({"x": np.ones([2, 4], "f")}))
        assert "Matrix size-incompatible: In[0]: [2,4], In[1]: [3,2]" in (
            caught.value.message
        )
        assert "Row" not in caught.value.message


class TestOrderOfChecks:
    def test_signature_before_inputs_before_outputs(self, served):
        """Each request is wrong in all the ways that come after it."""
        bad_inputs = {"X": TensorProto()}
        predict = served["affine"].predict
        with refused(StatusCode.FAILED_PRECONDITION):
            predict(request({}, signature="nope", output_filter=["Z"]))
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            predict(request({}, output_filter=["Z"]))
        assert caught.value.message.startswith("input size does not match")
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            predict(request(bad_inputs, output_filter=["Z"]))
        assert caught.value.message.startswith("Signature input alias: x")
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            predict(request({"x": TensorProto()}, output_filter=["Z"]))
        assert caught.value.message == "tensor parsing error: x"
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            predict(request({"x": np.array([1.0])}, output_filter=["Z"]))
        assert caught.value.message.startswith("output tensor alias")


class TestDefaults:
    @pytest.fixture
    def with_default(self, tmp_path):
        """A model whose input b is 10 when it is not sent."""
        model = load(tmp_path, saved_models.write_two_signatures)
        default = model.signatures["serving_default"].defaults["b"]
        default.CopyFrom(tf.make_tensor_proto(floats(10)))
        return Inference(SingleModel(model))

    def test_default_is_used(self, with_default):
        outputs = with_default.predict(request({"a": floats(1)})).outputs
        assert list(outputs["sum"].float_val) == [11]

    def test_input_without_default_is_missed(self, with_default):
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            with_default.predict(request({"b": floats(1)}))
        assert caught.value.message.endswith(
            "expected to be in the request {b}, or default input alias set: b"
        )

    def test_surplus_name_is_told(self, with_default):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "Inputs contains invalid name. Used request inputs: a, request "
            "input: a,z",
        ):
            with_default.predict(request({"a": floats(1), "z": floats(1)}))
