"""Batching of real models, as requests see it."""

import concurrent.futures
import gc
import threading
import time
import weakref

import numpy as np
import pytest
import tensorflow as tf
from grpc import StatusCode
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from tests.serving import saved_models
from tests.serving.photo_model import png, write_decoder
from tests.serving.single_model import SingleModel, load, refused
from tfcompat.serving.batching import Batcher
from tfcompat.serving.batching_parameters import BatchingParameters
from tfcompat.serving.inference import Inference
from tfcompat.serving.loaded_model import LoadedModel
from tfcompat.serving.server_metrics import ServerMetrics


def request(**inputs):
    message = PredictRequest()
    message.model_spec.name = "m"
    for name, value in inputs.items():
        message.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return message


def floats(*values):
    return np.array(values, np.float32)


def write_heavy(folder):
    """`x` float `[n]` -> `y` = x + 1, after 100 ms whatever n is."""

    def wait(x):
        time.sleep(0.1)
        return x

    def serve(x):
        return {"y": tf.numpy_function(wait, [x], tf.float32) + 1}

    serve = tf.function(
        serve, input_signature=[tf.TensorSpec([None], tf.float32, "x")]
    )
    tf.saved_model.save(
        tf.Module(), str(folder), signatures={"serving_default": serve}
    )


def write_constant(folder):
    """`x` float `[n]` -> `y` float: its sum."""

    def serve(x):
        return {"y": tf.reduce_sum(x)}

    serve = tf.function(
        serve, input_signature=[tf.TensorSpec([None], tf.float32, "x")]
    )
    tf.saved_model.save(
        tf.Module(), str(folder), signatures={"serving_default": serve}
    )


def write_listing(folder):
    """`k` int32 `[n]` -> `list` float `[n, max(k)]`; k must be positive."""

    def serve(k):
        bad = tf.argmin(k)
        message = tf.strings.join(
            ["row ", tf.strings.as_string(bad), ": k must be positive"]
        )
        good = tf.debugging.Assert(tf.reduce_all(k > 0), [message])
        with tf.control_dependencies([good]):
            return {"list": tf.ones([tf.size(k), tf.reduce_max(k)])}

    serve = tf.function(
        serve, input_signature=[tf.TensorSpec([None], tf.int32, "k")]
    )
    tf.saved_model.save(
        tf.Module(), str(folder), signatures={"serving_default": serve}
    )


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        "affine": load(folder, saved_models.write_affine, "affine"),
        "decoder": load(folder, write_decoder, "decoder"),
        "constant": load(folder, write_constant, "constant"),
        "listing": load(folder, write_listing, "listing"),
    }


@pytest.fixture
def serve(models):
    """Makes an `Inference` of one model, and restores the model after."""
    managers = []

    def make(name, metrics=None, **parameters):
        parameters = {"max_batch_size": 64, **parameters}
        manager = SingleModel(models[name])
        managers.append(manager)
        batcher = Batcher(BatchingParameters(**parameters), metrics=metrics)
        return Inference(manager, batcher=batcher), manager

    yield make
    for manager in managers:
        del manager.model.run  # The counting one; the method shows again.


class TestWhoIsBatched:
    def test_model_that_brings_parameters(self, tmp_path):
        model = load(tmp_path, saved_models.write_affine)
        assert Batcher().queue(model) is None
        model.batching = BatchingParameters(max_batch_size=5)
        assert Batcher().queue(model).parameters.max_batch_size == 5

    def test_own_parameters_come_before_the_servers(self, tmp_path):
        model = load(tmp_path, saved_models.write_affine)
        batcher = Batcher(BatchingParameters(max_batch_size=7))
        assert batcher.queue(model).parameters.max_batch_size == 7
        assert batcher.queue(model) is batcher.queue(model)
        other = load(tmp_path, saved_models.write_affine, "other")
        other.batching = BatchingParameters(max_batch_size=5)
        assert batcher.queue(other).parameters.max_batch_size == 5

    def test_queue_does_not_keep_its_model(self, tmp_path):
        model = load(tmp_path, saved_models.write_affine)
        batcher = Batcher(BatchingParameters())
        batcher.queue(model)
        reference = weakref.ref(model)
        model.close()
        del model
        gc.collect()
        assert reference() is None


class TestOneRequest:
    def test_answer_is_the_same_as_without(self, serve):
        inference, manager = serve("affine", allowed_batch_sizes=(8, 64))
        response = inference.predict(request(x=floats(1, 2, 3)))
        assert list(response.outputs["y"].float_val) == [2.5, 3, 3.5]
        assert manager.runs == [8]

    def test_scalars_are_passed_on(self, serve):
        inference, manager = serve("decoder", allowed_batch_sizes=(4, 64))
        response = inference.predict(
            request(image=[png(3), png(5)], k=np.int32(10))
        )
        assert list(response.outputs["size"].int_val) == [30, 50]

    def test_empty_batch_is_answered(self, serve):
        inference, manager = serve("affine", allowed_batch_sizes=(8, 64))
        response = inference.predict(request(x=floats()))
        assert response.outputs["y"].tensor_shape.dim[0].size == 0
        assert manager.runs == [0]

    def test_scalars_alone_go_by_themselves(self, serve):
        inference, manager = serve("affine")
        response = inference.predict(request(x=np.float32(4)))
        assert list(response.outputs["y"].float_val) == [4]

    def test_inputs_of_unequal_length(self, tmp_path):
        model = load(tmp_path, saved_models.write_two_signatures)
        inference = Inference(
            SingleModel(model), batcher=Batcher(BatchingParameters())
        )
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "Batching Run() input tensors must have equal 0th-dimension size",
        ):
            inference.predict(request(a=floats(1, 2), b=floats(1)))

    def test_output_that_is_no_batch(self, serve):
        inference, manager = serve("constant")
        with refused(
            StatusCode.FAILED_PRECONDITION,
            "Batched output tensor has 0 dimensions",
        ):
            inference.predict(request(x=floats(1, 2)))

    def test_hundred_thousand_rows(self, serve):
        inference, manager = serve("affine")
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "Task size 100000 is larger than maximum input batch size 64",
        ):
            inference.predict(request(x=np.zeros(100_000, np.float32)))
        assert manager.runs == []


class TestSplitting:
    def test_large_request_is_run_in_parts(self, serve):
        inference, manager = serve(
            "affine",
            max_batch_size=100,
            enable_large_batch_splitting=True,
            max_execution_batch_size=8,
        )
        values = np.arange(20, dtype=np.float32)
        response = inference.predict(request(x=values))
        expected = (0.5 * values + 2).tolist()
        assert list(response.outputs["y"].float_val) == expected
        assert manager.runs == [8, 8, 4]

    def test_bad_row_counts_from_the_start_of_the_request(self, serve):
        inference, manager = serve(
            "decoder",
            max_batch_size=100,
            enable_large_batch_splitting=True,
            max_execution_batch_size=4,
        )
        images = [png(1)] * 10
        images[6] = b"no image"
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            inference.predict(request(image=images, k=np.int32(1)))
        assert caught.value.message.startswith("Row 6 of the batch: ")

    def ask_listing(self, serve, k):
        inference, _ = serve(
            "listing",
            max_batch_size=100,
            enable_large_batch_splitting=True,
            max_execution_batch_size=4,
        )
        return inference.predict(request(k=np.array(k, "int32")))

    def test_row_that_the_model_names_counts_from_there_too(self, serve):
        with refused(StatusCode.INVALID_ARGUMENT) as caught:
            self.ask_listing(serve, [2, 2, 2, 2, 2, 0, 2])
        assert "row 5: k must be positive" in caught.value.message

    def test_parts_of_one_width_are_put_together(self, serve):
        output = self.ask_listing(serve, [3, 1, 1, 1, 1, 3]).outputs["list"]
        assert [dim.size for dim in output.tensor_shape.dim] == [6, 3]

    def test_parts_of_unequal_width_are_refused_in_words(self, serve):
        with refused(StatusCode.FAILED_PRECONDITION) as caught:
            self.ask_listing(serve, [3, 1, 1, 1, 2, 1])
        assert caught.value.message.endswith(
            "from different parts of the request have rows of different "
            "shapes, [(2,), (3,)]; send at most 4 rows a request"
        )


class TestManyClients:
    def ask_together(self, inference, requests):
        """Responses or errors, of requests that start at the same time."""
        barrier = threading.Barrier(len(requests))

        def ask(message):
            barrier.wait(30)
            try:
                return inference.predict(message, timeout=30)
            except Exception as error:
                return error

        with concurrent.futures.ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(ask, requests))

    def test_requests_share_session_runs(self, serve):
        metrics = ServerMetrics()
        inference, manager = serve(
            "affine", metrics, batch_timeout_micros=200_000, max_batch_size=16
        )
        answers = self.ask_together(
            inference, [request(x=floats(i)) for i in range(16)]
        )
        assert [answer.outputs["y"].float_val[0] for answer in answers] == [
            0.5 * i + 2 for i in range(16)
        ]
        assert len(manager.runs) < 16
        assert sum(manager.runs) == 16
        text = metrics.render().decode()
        assert 'tfcompat_batch_rows_sum{model="affine"} 16.0' in text

    def test_bad_photo_fails_alone_and_its_row_is_named(self, serve):
        inference, manager = serve(
            "decoder", batch_timeout_micros=200_000, max_batch_size=64
        )
        images = [[png(2), png(3)] for _ in range(8)]
        images[5][1] = b"not an image at all"
        answers = self.ask_together(
            inference,
            [request(image=pair, k=np.int32(1)) for pair in images],
        )
        bad = answers.pop(5)
        assert bad.code is StatusCode.INVALID_ARGUMENT
        assert bad.message.startswith("Row 1 of the batch: ")
        for answer in answers:
            assert list(answer.outputs["size"].int_val) == [2, 3]

    def test_32_clients_come_near_the_batched_rate(self, tmp_path):
        """A run takes as long whatever its size; so runs are what counts."""
        manager = SingleModel(load(tmp_path, write_heavy))
        parameters = BatchingParameters(max_batch_size=32, num_batch_threads=1)
        inference = Inference(manager, batcher=Batcher(parameters))
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            for answer in pool.map(
                lambda i: inference.predict(request(x=floats(i))), range(320)
            ):
                assert answer.outputs["y"].float_val
        assert sum(manager.runs) == 320
        # 10 at best; while one runs, nearly all the others come to wait.
        assert len(manager.runs) < 320 / 8


def test_parameters_are_taken_from_the_version_folder(tmp_path):
    path = saved_models.publish(tmp_path / "m", 1)
    (path / "batching_params.pbtxt").write_text("max_batch_size { value: 2 }")
    model = LoadedModel.load("m", 1, path)
    inference = Inference(SingleModel(model), batcher=Batcher())
    with refused(StatusCode.INVALID_ARGUMENT) as caught:
        inference.predict(request(x=floats(1, 2, 3)))
    assert caught.value.message.startswith("Task size 3 is larger")
