"""What is the same for every call: deadlines, callers, counting, warm-up."""

import math

import numpy as np
import pytest
import tensorflow as tf
from grpc import StatusCode
from prometheus_client.parser import text_string_to_metric_families
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from tests.serving import saved_models
from tests.serving.photo_model import png, write_decoder
from tests.serving.single_model import SingleModel, load, refused
from tfcompat.serving.caller import Caller
from tfcompat.serving.inference import Inference
from tfcompat.serving.server_metrics import ServerMetrics


def request(signature="", **inputs):
    message = PredictRequest()
    message.model_spec.name = "whatever"
    message.model_spec.signature_name = signature
    for alias, value in inputs.items():
        message.inputs[alias].CopyFrom(tf.make_tensor_proto(value))
    return message


def floats(*values):
    return np.array(values, np.float32)


@pytest.fixture
def affine(tmp_path):
    return SingleModel(load(tmp_path, saved_models.write_affine))


class TestCaller:
    def test_time_runs_out_and_not_below_zero(self):
        assert 0 < Caller(1000).remaining() <= 1000
        assert Caller(0).remaining() == 0
        assert Caller(-1).remaining() == 0

    def test_no_deadline(self):
        for timeout in (None, math.inf, 9e9):
            assert Caller(timeout).remaining() is None

    def test_who_has_gone(self):
        assert not Caller().gone()
        assert not Caller(is_active=lambda: True).gone()
        assert Caller(is_active=lambda: False).gone()


class TestDeadline:
    def test_slow_work_is_cancelled(self, tmp_path, gate):
        inference = Inference(
            SingleModel(load(tmp_path, saved_models.write_gate))
        )
        with refused(StatusCode.DEADLINE_EXCEEDED):
            inference.predict(request(**gate.inputs), timeout=0.3)

    def test_nothing_is_run_after_it(self, affine):
        with refused(StatusCode.DEADLINE_EXCEEDED):
            Inference(affine).predict(request(x=floats(1)), timeout=0)
        assert affine.runs == []

    def test_nothing_is_run_for_who_has_gone(self, affine):
        with refused(StatusCode.CANCELLED):
            Inference(affine).predict(
                request(x=floats(1)), is_active=lambda: False
            )
        assert affine.runs == []


class TestBadRow:
    def test_bad_photo_is_named_without_batching(self, tmp_path):
        inference = Inference(SingleModel(load(tmp_path, write_decoder)))
        images = [png(1)] * 5 + [b"random bytes"] + [png(1)]
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            inference.predict(request(image=images, k=np.int32(1)))
        assert caught.value.message.startswith("Row 5 of the batch: ")

    def test_one_photo_alone_is_not_numbered(self, tmp_path):
        inference = Inference(SingleModel(load(tmp_path, write_decoder)))
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            inference.predict(request(image=[b"bytes"], k=np.int32(1)))
        assert "of the batch" not in caught.value.message


class TestCounting:
    def counted(self, metrics):
        return {
            tuple(
                sample.labels[name]
                for name in ("model", "signature", "method", "code")
            )
            for family in text_string_to_metric_families(
                metrics.render().decode()
            )
            for sample in family.samples
            if sample.name == "tfcompat_requests_total"
        }

    def test_known_names_only(self, affine):
        metrics = ServerMetrics()
        inference = Inference(affine, metrics=metrics)
        inference.predict(request(x=floats(1)))
        with refused(StatusCode.FAILED_PRECONDITION):
            inference.predict(request(signature="made up"))
        with refused(StatusCode.INVALID_ARGUMENT):
            inference.predict(PredictRequest())
        assert self.counted(metrics) == {
            ("m", "serving_default", "Predict", "OK"),
            ("m", "", "Predict", "FAILED_PRECONDITION"),
            ("", "", "Predict", "INVALID_ARGUMENT"),
        }

    def test_error_of_ours_is_internal_and_counted(self, affine):
        def broken(feeds, fetches, timeout=None):
            raise ZeroDivisionError("oh")

        metrics = ServerMetrics()
        affine.model.run = broken
        inference = Inference(affine, metrics=metrics)
        with refused(
            StatusCode.INTERNAL, "Predict failed: ZeroDivisionError('oh')"
        ):
            inference.predict(request(x=floats(1)))
        assert ("m", "serving_default", "Predict", "INTERNAL") in (
            self.counted(metrics)
        )
        assert inference.active == 0


class TestWarmUp:
    def log(self, message):
        log = PredictionLog()
        log.predict_log.request.CopyFrom(message)
        return log

    def test_request_is_run_whatever_name_it_bears(self, affine):
        inference = Inference(affine)
        inference.warm_up(affine.model, self.log(request(x=floats(1, 2))))
        assert affine.runs == [2]

    def test_bad_request_fails_as_a_request_does(self, affine):
        with refused(
            StatusCode.FAILED_PRECONDITION,
            'Serving signature key "nope" not found.',
        ):
            Inference(affine).warm_up(
                affine.model, self.log(request(signature="nope"))
            )

    def test_other_kinds(self, tmp_path):
        manager = SingleModel(load(tmp_path, saved_models.write_examples))
        inference = Inference(manager)
        kinds = {
            "classify_log": "classify",
            "regress_log": "regress",
        }
        for kind, signature in kinds.items():
            log = PredictionLog()
            message = getattr(log, kind).request
            message.model_spec.signature_name = signature
            feature = message.input.example_list.examples.add().features
            feature.feature["x"].float_list.value.append(1)
            inference.warm_up(manager.model, log)
        log = PredictionLog()
        message = log.multi_inference_log.request
        task = message.tasks.add(method_name="tensorflow/serving/regress")
        task.model_spec.name = "any"
        feature = message.input.example_list.examples.add().features
        feature.feature["x"].float_list.value.append(1)
        inference.warm_up(manager.model, log)
        assert manager.runs == [1, 1, 1]
