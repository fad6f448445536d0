"""The calls of the REST API: JSON in, JSON out; knows no HTTP."""

import grpc
from google.protobuf import json_format
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
    regression_pb2,
)

from tfcompat.serving.errors import ServingError
from tfcompat.serving.json_tensors import invalid
from tfcompat.serving.rest_examples import (
    fill_examples,
    make_classifications,
    make_regressions,
)
from tfcompat.serving.rest_json import (
    fill_inputs,
    make_outputs,
    parse_body,
    signature_name,
)

_DEFAULT_SIGNATURE = "serving_default"


class RestCalls:
    """Answers what paths ask for, by `Inference` and `ModelManager`.

    Args:
        inference: `Inference`.
        manager: `ModelManager`.
        timeout: Seconds that an inference may take.
    """

    def __init__(self, inference, manager, timeout):
        self._inference = inference
        self._manager = manager
        self._timeout = timeout

    def answer(self, call, body: bytes, is_active) -> dict:
        """Answers one call.

        Args:
            call: `RestCall`.
            body: What was posted.
            is_active: Function that tells whether the caller is still there.

        Returns:
            JSON object.

        Raises:
            ServingError: With TensorFlow Serving's code and message.
        """
        return getattr(self, f"_{call.method}")(call, body, is_active)

    def _predict(self, call, body, is_active):
        request = predict_pb2.PredictRequest()
        call.fill_spec(request.model_spec)
        document = parse_body(body)
        name = signature_name(document)
        request.model_spec.signature_name = name
        in_rows = fill_inputs(
            document, self._inputs(request.model_spec), request.inputs
        )
        response = self._inference.predict(
            request, self._timeout, is_active=is_active
        )
        return make_outputs(response.outputs, in_rows)

    def _classify(self, call, body, is_active):
        request = classification_pb2.ClassificationRequest()
        self._fill_examples(call, body, request)
        response = self._inference.classify(
            request, self._timeout, is_active=is_active
        )
        return make_classifications(response.result)

    def _regress(self, call, body, is_active):
        request = regression_pb2.RegressionRequest()
        self._fill_examples(call, body, request)
        response = self._inference.regress(
            request, self._timeout, is_active=is_active
        )
        return make_regressions(response.result)

    def _status(self, call, body, is_active):
        response = get_model_status_pb2.GetModelStatusResponse(
            model_version_status=self._manager.statuses(
                call.model, call.version
            )
        )
        return _as_json(response)

    def _metadata(self, call, body, is_active):
        request = get_model_metadata_pb2.GetModelMetadataRequest(
            metadata_field=["signature_def"]
        )
        call.fill_spec(request.model_spec)
        response = self._inference.get_model_metadata(
            request, self._timeout, is_active=is_active
        )
        signatures = get_model_metadata_pb2.SignatureDefMap()
        if not response.metadata["signature_def"].Unpack(signatures):
            raise ServingError(
                grpc.StatusCode.INTERNAL,
                "Failed to unpack 'Any' object to 'SignatureDefMap'.",
            )
        return {
            "model_spec": _as_json(response.model_spec),
            "metadata": {"signature_def": _as_json(signatures)},
        }

    def _inputs(self, spec):
        """The `TensorInfo`s that a signature takes, by name."""
        name = spec.signature_name or _DEFAULT_SIGNATURE
        with self._manager.use(spec) as model:
            if name not in model.signatures:
                raise invalid(
                    f'Serving signature name: "{name}" not found in signature '
                    "def"
                )
            infos = dict(model.signatures[name].inputs)
        if not infos:
            raise invalid(
                "Failed to get input map for signature: "
                f"{spec.signature_name or 'DEFAULT'}"
            )
        return infos

    @staticmethod
    def _fill_examples(call, body, request):
        call.fill_spec(request.model_spec)
        document = parse_body(body)
        request.model_spec.signature_name = signature_name(document)
        fill_examples(document, request.input)


def _as_json(message):
    return json_format.MessageToDict(
        message,
        including_default_value_fields=True,
        preserving_proto_field_name=True,
    )
