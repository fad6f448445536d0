"""PredictionService over gRPC."""

from tensorflow_serving.apis import prediction_service_pb2_grpc

from tfcompat.serving.errors import ServingError
from tfcompat.serving.limits import cut_message


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Hands each call, with its deadline, to `Inference`.

    Args:
        inference: `Inference`.
    """

    def __init__(self, inference):
        self._inference = inference

    def Predict(self, request, context):
        return _answer(self._inference.predict, request, context)

    def Classify(self, request, context):
        return _answer(self._inference.classify, request, context)

    def Regress(self, request, context):
        return _answer(self._inference.regress, request, context)

    def MultiInference(self, request, context):
        return _answer(self._inference.multi_inference, request, context)

    def GetModelMetadata(self, request, context):
        return _answer(self._inference.get_model_metadata, request, context)


def _answer(method, request, context):
    try:
        return method(
            request, context.time_remaining(), is_active=context.is_active
        )
    except ServingError as error:
        context.abort(error.code, cut_message(error.message))
