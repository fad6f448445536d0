"""Classify, Regress and MultiInference are those of TensorFlow Serving."""

import types

import numpy as np
import pytest
import tensorflow as tf
from grpc import StatusCode
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    inference_pb2,
    regression_pb2,
)

from tests.serving import saved_models
from tests.serving.single_model import SingleModel, load, refused
from tfcompat.serving.classification import classify
from tfcompat.serving.inference import Inference
from tfcompat.serving.multi_inference import multi_inference
from tfcompat.serving.regression import regress

CLASSIFY = "tensorflow/serving/classify"
REGRESS = "tensorflow/serving/regress"


def floats(*values):
    return np.array(values, np.float32)


def strings(*values):
    return np.char.encode(np.array(values)).astype(object)


def copy_of(message):
    return type(message).FromString(message.SerializeToString())


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return load(folder, saved_models.write_examples, "examples")


@pytest.fixture(scope="module")
def served(model):
    return Inference(SingleModel(model))


@pytest.fixture
def reshaped(tmp_path):
    """A function that loads the model and lets a test change a signature."""

    def change(key, edit):
        model = load(tmp_path, saved_models.write_examples)
        edit(model.signatures[key])
        return Inference(SingleModel(model))

    return change


def add_examples(message, values):
    examples = message.input.example_list.examples
    for value in values:
        feature = examples.add().features.feature["x"]
        feature.float_list.value.append(value)
    return message


def classification(*values, signature="classify"):
    request = classification_pb2.ClassificationRequest()
    request.model_spec.name = "examples"
    request.model_spec.signature_name = signature
    return add_examples(request, values) if values else request


def regression(*values, signature="regress"):
    request = regression_pb2.RegressionRequest()
    request.model_spec.name = "examples"
    request.model_spec.signature_name = signature
    return add_examples(request, values) if values else request


def multi(*tasks, values=(4,)):
    """Tasks of (signature, method name)."""
    request = inference_pb2.MultiInferenceRequest()
    for signature, method_name in tasks:
        task = request.tasks.add(method_name=method_name)
        task.model_spec.name = "examples"
        task.model_spec.signature_name = signature
    return add_examples(request, values) if values else request


class TestClassify:
    def test_labels_and_scores_of_each_example(self, served):
        response = served.classify(classification(0.25, 1))
        # classes are ["even", "odd"], scores [x, 1 - x].
        assert [
            [(entry.label, entry.score) for entry in row.classes]
            for row in response.result.classifications
        ] == [[("even", 0.25), ("odd", 0.75)], [("even", 1), ("odd", 0)]]
        assert response.model_spec.signature_name == "classify"
        assert response.model_spec.version.value == 3

    def test_context_is_merged_into_each_example(self, served):
        request = classification()
        examples = request.input.example_list_with_context
        feature = examples.context.features.feature["x"]
        feature.float_list.value.append(0.5)
        examples.examples.add()
        examples.examples.add().features.feature["x"].float_list.value.append(1)
        result = served.classify(request).result
        scores = [row.classes[0].score for row in result.classifications]
        assert scores == [0.5, 1]

    def test_no_example(self, served):
        unset, empty, context = (classification() for _ in range(3))
        empty.input.example_list.SetInParent()
        context.input.example_list_with_context.SetInParent()
        for request in (unset, empty, context):
            with refused(StatusCode.INVALID_ARGUMENT, "Input is empty."):
                served.classify(request)

    def test_unknown_signature(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "No signature was found with the name: nope",
        ):
            served.classify(classification(1, signature="nope"))

    def test_default_signature_is_a_regression(self, served):
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            served.classify(classification(1, signature=""))
        assert caught.value.message.startswith(
            "Expected classification signature outputs to contain at least "
            'one of "classes" or "scores". Signature was: inputs {'
        )

    def test_scores_alone_have_empty_labels(self, reshaped):
        served = reshaped("classify", lambda s: s.outputs.pop("classes"))
        result = served.classify(classification(0.25)).result
        [row] = result.classifications
        assert [(c.label, c.score) for c in row.classes] == [
            ("", 0.25),
            ("", 0.75),
        ]

    def test_classes_alone_have_no_score(self, reshaped):
        served = reshaped("classify", lambda s: s.outputs.pop("scores"))
        result = served.classify(classification(0.25)).result
        [row] = result.classifications
        assert [(c.label, c.score) for c in row.classes] == [
            ("even", 0),
            ("odd", 0),
        ]

    @pytest.mark.parametrize(
        "edit, message",
        [
            (
                lambda s: s.inputs["more"].CopyFrom(s.inputs["inputs"]),
                "Expected one input Tensor.",
            ),
            (
                lambda s: s.outputs["more"].CopyFrom(s.outputs["scores"]),
                "Expected one or two output Tensors, found 3",
            ),
        ],
    )
    def test_signature_that_is_not_fit(self, reshaped, edit, message):
        served = reshaped("classify", edit)
        with refused(StatusCode.INVALID_ARGUMENT, message):
            served.classify(classification(1))

    @pytest.mark.parametrize(
        "classes, scores, message",
        [
            (
                strings("a"),
                floats(1),
                "Expected Tensor shape: [batch_size num_classes] but got [1]",
            ),
            (
                floats([1]),
                floats([1]),
                "Expected classes Tensor of DT_STRING. Got: DT_FLOAT",
            ),
            (
                strings(["a"]),
                np.array([[1.0]]),
                "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE",
            ),
            (
                strings(["a"], ["b"]),
                floats([1]),
                "Expected classes output batch size of 1. Got: 2",
            ),
            (
                strings(["a", "b"]),
                floats([1]),
                "Tensors class and score should match in dim_size(1). Got 2 "
                "vs. 1",
            ),
        ],
    )
    def test_outputs_that_do_not_fit(self, model, classes, scores, message):
        with refused(StatusCode.INVALID_ARGUMENT, message):
            classify(
                model, classification(1), lambda feeds, names: [classes, scores]
            )

    def test_input_of_another_name(self, reshaped):
        def rename(signature):
            signature.inputs["x"].CopyFrom(signature.inputs.pop("inputs"))

        served = reshaped("classify", rename)
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            served.classify(classification(1))
        assert caught.value.message.startswith(
            "No classification inputs found in SignatureDef: inputs {"
        )


class TestRegress:
    def test_value_of_each_example(self, served):
        response = served.regress(regression(1, 4))
        values = [row.value for row in response.result.regressions]
        assert values == [2, 8]  # 2 x.

    def test_default_signature(self, served):
        response = served.regress(regression(1, signature=""))
        assert response.model_spec.signature_name == "serving_default"

    def test_unknown_signature(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "No signature was found with the name: nope",
        ):
            served.regress(regression(1, signature="nope"))

    def test_signature_of_another_kind(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT, "Expected one output Tensor."
        ):
            served.regress(regression(1, signature="classify"))
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            served.regress(regression(1, signature="predict_x"))
        assert caught.value.message.startswith(
            "No regression outputs found in SignatureDef: inputs {"
        )

    @pytest.mark.parametrize(
        "output, message",
        [
            (
                floats([1, 2]),
                "Expected output Tensor shape to be either [batch_size] or "
                "[batch_size, 1] but got [1,2]",
            ),
            (
                floats(1, 2),
                "Input batch size did not match output batch size: 1 vs. 2",
            ),
            (
                strings("a"),
                "Expected output Tensor of DT_FLOAT.  Got: DT_STRING",
            ),
        ],
    )
    def test_output_that_does_not_fit(self, model, output, message):
        with refused(StatusCode.INVALID_ARGUMENT, message):
            regress(model, regression(1), lambda feeds, names: [output])

    def test_output_of_one_column(self, model):
        response = regress(
            model, regression(1, 2), lambda feeds, names: [floats([3], [4])]
        )
        values = [row.value for row in response.result.regressions]
        assert values == [3, 4]


class TestMultiInference:
    def test_results_come_in_the_order_of_the_tasks(self, model):
        signatures = {
            "classify": copy_of(model.signatures["classify"]),
            "regress": copy_of(model.signatures["regress"]),
        }
        # TensorFlow Serving wants one input for both.
        for signature in signatures.values():
            signature.inputs["inputs"].name = "examples:0"
        outputs = {
            signatures["classify"].outputs["classes"].name: strings(["a"]),
            signatures["classify"].outputs["scores"].name: floats([0.5]),
            signatures["regress"].outputs["outputs"].name: floats(7),
        }
        stand_in = types.SimpleNamespace(
            name="examples", version=3, signatures=signatures
        )
        response = multi_inference(
            stand_in,
            multi(("regress", REGRESS), ("classify", CLASSIFY)),
            lambda feeds, names: [outputs[name] for name in names],
        )
        first, second = response.results
        assert first.model_spec.signature_name == "regress"
        assert first.regression_result.regressions[0].value == 7
        assert second.model_spec.signature_name == "classify"
        [entry] = second.classification_result.classifications[0].classes
        assert (entry.label, entry.score) == ("a", 0.5)

    def test_one_run_for_two_signatures_of_one_input(self, tmp_path):
        manager = SingleModel(load(tmp_path, saved_models.write_examples))
        manager.model.signatures["again"] = manager.model.signatures["regress"]
        response = Inference(manager).multi_inference(
            multi(("again", REGRESS), ("regress", REGRESS), values=(1, 2))
        )
        assert [
            (
                result.model_spec.signature_name,
                [row.value for row in result.regression_result.regressions],
            )
            for result in response.results
        ] == [("again", [2, 4]), ("regress", [2, 4])]
        assert manager.runs == [2]

    def test_no_task(self, tmp_path):
        class NoName(SingleModel):
            def use(self, model_spec):
                assert model_spec is not None and not model_spec.name
                return super().use(model_spec)

        manager = NoName(load(tmp_path, saved_models.write_examples))
        with refused(StatusCode.INVALID_ARGUMENT):
            Inference(manager).multi_inference(multi())

    @pytest.mark.parametrize(
        "tasks, message",
        [
            (
                [("classify", CLASSIFY), ("classify", CLASSIFY)],
                "Duplicate evaluation of signature: classify",
            ),
            (
                [("nope", CLASSIFY)],
                "Requested signature not found in model graph: nope",
            ),
            (
                [("classify", CLASSIFY), ("regress", REGRESS)],
                "Input tensor must be the same for all Signatures.",
            ),
        ],
    )
    def test_bad_tasks(self, served, tasks, message):
        with refused(StatusCode.INVALID_ARGUMENT, message):
            served.multi_inference(multi(*tasks))

    def test_unknown_method(self, served):
        with refused(
            StatusCode.UNIMPLEMENTED,
            "Unsupported signature method_name: tensorflow/serving/predict",
        ):
            served.multi_inference(
                multi(("classify", "tensorflow/serving/predict"))
            )

    def test_two_models(self, served):
        request = multi(("classify", CLASSIFY), ("regress", REGRESS))
        request.tasks[1].model_spec.name = "other"
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "All ModelSpecs in a MultiInferenceRequest must access the same "
            "model name.",
        ):
            served.multi_inference(request)

    def test_later_task_without_a_name(self, served):
        request = multi(("classify", CLASSIFY), ("regress", REGRESS))
        request.tasks[1].model_spec.name = ""
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "Found ModelSpec with an empty model name.",
        ):
            served.multi_inference(request)

    def test_no_example(self, served):
        with refused(StatusCode.INVALID_ARGUMENT, "Input is empty."):
            served.multi_inference(multi(("classify", CLASSIFY), values=()))


class TestGetModelMetadata:
    def request(self, *fields):
        message = get_model_metadata_pb2.GetModelMetadataRequest(
            metadata_field=fields
        )
        message.model_spec.name = "examples"
        return message

    def test_all_signatures(self, served):
        response = served.get_model_metadata(self.request("signature_def"))
        packed = response.metadata["signature_def"]
        assert packed.type_url == (
            "type.googleapis.com/tensorflow.serving.SignatureDefMap"
        )
        signatures = get_model_metadata_pb2.SignatureDefMap()
        packed.Unpack(signatures)
        assert {"classify", "regress", "serving_default"} <= set(
            signatures.signature_def
        )
        inputs = signatures.signature_def["classify"].inputs
        assert inputs["inputs"].dtype == tf.string.as_datatype_enum
        assert response.model_spec.version.value == 3
        assert response.model_spec.signature_name == ""

    def test_no_field(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "GetModelMetadataRequest must specify at least one metadata_field",
        ):
            served.get_model_metadata(self.request())

    def test_unknown_field(self, served):
        with refused(
            StatusCode.INVALID_ARGUMENT, "Metadata field size is not supported"
        ):
            served.get_model_metadata(self.request("signature_def", "size"))

    def test_no_model_spec(self, served):
        request = get_model_metadata_pb2.GetModelMetadataRequest()
        with refused(StatusCode.INVALID_ARGUMENT, "Missing ModelSpec"):
            served.get_model_metadata(request)
