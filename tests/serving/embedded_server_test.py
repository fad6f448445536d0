"""The embedded server, called by stock stubs over real sockets."""

import concurrent.futures
import socket
import threading
import urllib.request

import grpc
import numpy as np
import pytest
from grpc import StatusCode
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
)
from tensorflow_serving.apis.get_model_status_pb2 import (
    GetModelStatusRequest,
    ModelVersionStatus,
)
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceStub
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceStub,
)
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tests.serving import saved_models
from tests.serving.stock_client import SERVING, check, floats, request, start
from tests.serving.waiting import is_idle, wait_until
from tfcompat.data.errors import InputError
from tfcompat.serving import embedded_server
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.serving.limits import Limits


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("saved_models")
    saved_models.publish(root / "affine", 1, slope=1.0)
    saved_models.publish(root / "affine", 3)
    saved_models.publish(root / "gate", 1, saved_models.write_gate)
    saved_models.publish(root / "examples", 7, saved_models.write_examples)
    return root


@pytest.fixture(scope="module")
def server(root):
    limits = Limits(max_message_bytes=2**20)
    with start(root, rest_port=0, limits=limits) as server:
        yield server


@pytest.fixture(scope="module")
def channel(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel


@pytest.fixture(scope="module")
def stub(channel):
    return PredictionServiceStub(channel)


def all_available(manager, name, count):
    states = [status.state for status in manager.statuses(name)]
    return states == [ModelVersionStatus.AVAILABLE] * count


class TestAnswers:
    def test_stock_stub_reads_float_val(self, stub):
        response = stub.Predict(request(x=floats(1, 2)), timeout=10)
        assert list(response.outputs["y"].float_val) == [2.5, 3]
        assert response.model_spec.name == "affine"
        assert response.model_spec.version.value == 3

    def test_without_a_deadline(self, stub):
        response = stub.Predict(request(x=floats(1)))
        assert list(response.outputs["y"].float_val) == [2.5]

    def test_version_by_number(self, stub):
        response = stub.Predict(request(version=3, x=floats(1)), timeout=10)
        assert response.model_spec.version.value == 3

    @pytest.mark.parametrize(
        "message, code, text",
        [
            (
                request("nope"),
                StatusCode.NOT_FOUND,
                "Servable not found for request: Latest(nope)",
            ),
            (
                request(version=9),
                StatusCode.NOT_FOUND,
                "Servable not found for request: Specific(affine, 9)",
            ),
            (
                request(version=0),
                StatusCode.NOT_FOUND,
                "Servable not found for request: Specific(affine, 0)",
            ),
            (
                request(label="stable"),
                StatusCode.INVALID_ARGUMENT,
                "Unrecognized servable version label: stable",
            ),
            (
                request(""),
                StatusCode.INVALID_ARGUMENT,
                "ModelSpec has no name specified.",
            ),
            (
                PredictRequest(),
                StatusCode.INVALID_ARGUMENT,
                "Missing ModelSpec",
            ),
            (
                request(signature="nope"),
                StatusCode.FAILED_PRECONDITION,
                'Serving signature key "nope" not found.',
            ),
            (
                request(x=np.array([1.0])),
                StatusCode.INVALID_ARGUMENT,
                "Expects arg[0] to be float but double is provided",
            ),
            (
                request(x=TensorProto()),
                StatusCode.INVALID_ARGUMENT,
                "tensor parsing error: x",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_status_and_message(self, stub, message, code, text):
        with pytest.raises(grpc.RpcError) as caught:
            stub.Predict(message, timeout=10)
        assert caught.value.code() is code
        assert caught.value.details() == text

    def test_long_message_is_cut(self, stub):
        with pytest.raises(grpc.RpcError) as caught:
            stub.Predict(request("é" * 2000), timeout=10)
        details = caught.value.details()
        assert details.endswith("...TRUNCATED")
        assert len(details.encode()) <= 1024 + len("...TRUNCATED")

    def test_metadata(self, stub):
        message = GetModelMetadataRequest(metadata_field=["signature_def"])
        message.model_spec.name = "examples"
        response = stub.GetModelMetadata(message, timeout=10)
        assert response.model_spec.version.value == 7

    def test_status(self, channel):
        message = GetModelStatusRequest()
        message.model_spec.name = "affine"
        response = ModelServiceStub(channel).GetModelStatus(message, timeout=10)
        assert response.model_version_status[0].version == 3

    def test_unknown_service(self, channel):
        call = channel.unary_unary("/tensorflow.serving.SessionService/Run")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"", timeout=10)
        assert caught.value.code() is StatusCode.UNIMPLEMENTED


class TestBadRequests:
    def refusal(self, channel, content):
        call = channel.unary_unary(
            "/tensorflow.serving.PredictionService/Predict"
        )
        with pytest.raises(grpc.RpcError) as caught:
            call(content, timeout=10)
        return caught.value.code()

    def test_random_bytes_are_no_message(self, channel, stub):
        assert self.refusal(channel, b"\xff" * 100) is StatusCode.INTERNAL
        assert stub.Predict(request(x=floats(1)), timeout=10)

    def test_message_that_is_too_large(self, channel, stub):
        content = request(x=np.zeros(300_000, np.float32)).SerializeToString()
        assert self.refusal(channel, content) is StatusCode.RESOURCE_EXHAUSTED
        assert stub.Predict(request(x=floats(1)), timeout=10)

    def test_shape_that_is_too_large(self, stub):
        value = TensorProto(dtype=1, float_val=[1])
        value.tensor_shape.dim.add(size=10**12)
        with pytest.raises(grpc.RpcError) as caught:
            stub.Predict(request(x=value), timeout=10)
        assert caught.value.code() is StatusCode.INVALID_ARGUMENT
        assert stub.Predict(request(x=floats(1)), timeout=10)


class TestDeadline:
    def test_work_past_it_is_cancelled(self, stub, server, gate):
        with pytest.raises(grpc.RpcError) as caught:
            stub.Predict(request("gate", **gate.inputs), timeout=0.3)
        assert caught.value.code() is StatusCode.DEADLINE_EXCEEDED
        wait_until(lambda: server.inference.active == 0)
        wait_until(is_idle)  # A loop that went on would take a whole core.


class TestReflection:
    def test_lists_the_services(self, channel):
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        [answer] = stub.ServerReflectionInfo(iter([asked]), timeout=10)
        names = {
            service.name for service in answer.list_services_response.service
        }
        assert names == {
            "tensorflow.serving.PredictionService",
            "tensorflow.serving.ModelService",
            "grpc.health.v1.Health",
            "grpc.reflection.v1alpha.ServerReflection",
        }

    def test_describes_a_message(self, channel):
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(
            file_containing_symbol="tensorflow.serving.PredictRequest"
        )
        [answer] = stub.ServerReflectionInfo(iter([asked]), timeout=10)
        assert answer.file_descriptor_response.file_descriptor_proto


class TestMetrics:
    def test_calls_and_loads_are_counted(self, server, stub):
        stub.Predict(request(x=floats(1)), timeout=10)
        with pytest.raises(grpc.RpcError):
            stub.Predict(request("made_up_name"), timeout=10)
        url = (
            f"http://127.0.0.1:{server.rest_port}/monitoring/prometheus/metrics"
        )
        with urllib.request.urlopen(url, timeout=10) as response:
            text = response.read().decode()
        assert (
            'tfcompat_requests_total{code="OK",method="Predict",model="affine",'
            'signature="serving_default"}'
        ) in text
        assert 'tfcompat_loads_total{model="affine",outcome="success"}' in text
        assert 'code="NOT_FOUND",method="Predict",model="",signature=""' in text
        assert "made_up_name" not in text


class TestConcurrency:
    def test_calls_beyond_the_limit_are_refused_at_once(self, root, gate):
        limits = Limits(max_concurrent=2)
        with start(root, limits=limits) as server:
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                stub = PredictionServiceStub(channel)
                message = request("gate", **gate.inputs)
                futures = [stub.Predict.future(message) for _ in range(2)]
                wait_until(lambda: server.inference.active == 2)
                with pytest.raises(grpc.RpcError) as caught:
                    stub.Predict(request(x=floats(1)), timeout=10)
                assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED
                assert "takes 2; try again" in caught.value.details()
                assert check(channel) == SERVING  # Still told.
                gate.open()
                for future in futures:
                    assert future.result(60).outputs["gate"].string_val
                assert stub.Predict(request(x=floats(1)), timeout=10)


class TestDrain:
    def test_calls_at_work_end_and_new_ones_are_refused(self, root, gate):
        server = start(root)
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            stub = PredictionServiceStub(channel)
            at_work = stub.Predict.future(request("gate", **gate.inputs))
            gate.wait_until_reached()

            def status():
                try:
                    stub.Predict(request(x=floats(1)), timeout=10)
                except grpc.RpcError as error:
                    return error.code()

            with concurrent.futures.ThreadPoolExecutor() as pool:
                stopped = pool.submit(server.stop, 300)
                wait_until(lambda: status() is StatusCode.UNAVAILABLE)
                assert not stopped.done()
                gate.open()
                assert at_work.result(60).outputs["gate"].string_val
                assert stopped.result(60) is True

    def test_grace_ends(self, root, gate, monkeypatch):
        monkeypatch.setattr(embedded_server, "_UNLOAD_SECONDS", 0.1)
        server = start(root)
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            call = PredictionServiceStub(channel).Predict.future(
                request("gate", **gate.inputs)
            )
            gate.wait_until_reached()
            assert server.stop(grace=0.2) is False
            assert call.code() in (StatusCode.CANCELLED, StatusCode.UNAVAILABLE)

    def test_twice_does_no_harm(self, root):
        server = start(root)
        assert server.stop(1) is True
        assert server.stop(1) is True


class TestStart:
    def test_port_in_use(self, root):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for ports in ({"port": port}, {"rest_port": port}):
                with pytest.raises(InputError) as caught:
                    start(root, **ports)
                assert str(caught.value) == (
                    f"127.0.0.1:{port}: cannot listen there: Address already "
                    "in use."
                )

    def test_two_servers_do_not_share_a_port(self, root):
        with start(root) as server:
            with pytest.raises(InputError):
                start(root, port=server.port)

    def test_port_opens_when_the_models_are_loaded(self, tmp_path):
        saved_models.publish(tmp_path / "affine", 1)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        open_at_load = []

        def listener(name, version, state, error):
            with socket.socket() as client:
                open_at_load.append(client.connect_ex(("127.0.0.1", port)) == 0)

        with start(tmp_path, port=port, listeners=[listener]):
            assert open_at_load and not any(open_at_load)
            with socket.socket() as client:
                assert client.connect_ex(("127.0.0.1", port)) == 0

    def test_folder_without_models_is_served(self, tmp_path):
        with start(tmp_path) as server:
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                stub = PredictionServiceStub(channel)
                with pytest.raises(grpc.RpcError) as caught:
                    stub.Predict(request(x=floats(1)), timeout=10)
                assert caught.value.code() is StatusCode.NOT_FOUND
                saved_models.publish(tmp_path / "affine", 1)

                def answers():
                    try:
                        return stub.Predict(request(x=floats(1)), timeout=10)
                    except grpc.RpcError:
                        return None

                wait_until(answers)

    def test_model_that_does_not_load_does_not_stop_the_others(self, tmp_path):
        saved_models.publish(tmp_path / "affine", 1)
        saved_models.publish(tmp_path / "bad", 1, saved_models.write_broken)
        with start(tmp_path) as server:
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                stub = PredictionServiceStub(channel)
                assert stub.Predict(request(x=floats(1)), timeout=10)
            text = server.metrics.render().decode()
        assert 'tfcompat_loads_total{model="bad",outcome="failure"}' in text

    def test_missing_folder(self, tmp_path):
        with pytest.raises(InputError, match="nowhere"):
            start(tmp_path / "nowhere")

    def test_config_and_labels(self, root):
        config = ModelServerConfig()
        model = config.model_config_list.config.add(
            name="renamed",
            base_path=str(root / "affine"),
            model_platform="tensorflow",
        )
        model.model_version_policy.all.SetInParent()
        model.version_labels["old"] = 1
        with start(config) as server:
            # The newest version opens the port; the other is loaded after it.
            wait_until(lambda: all_available(server.manager, "renamed", 2))
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                response = PredictionServiceStub(channel).Predict(
                    request("renamed", label="old", x=floats(1)), timeout=10
                )
        assert response.model_spec.version.value == 1
        assert not response.model_spec.version_label
        assert list(response.outputs["y"].float_val) == [3]  # Slope 1.

    def test_bad_arguments(self, root):
        with pytest.raises(ValueError, match="`port` must be"):
            EmbeddedServer(root, port=70000)
        with pytest.raises(ValueError, match="`max_concurrent` must be"):
            Limits(max_concurrent=0)


class TestWarmUp:
    def test_model_whose_request_fails_is_not_served(self, tmp_path):
        good, bad = PredictionLog(), PredictionLog()
        good.predict_log.request.CopyFrom(request("any", x=floats(1)))
        bad.predict_log.request.CopyFrom(request("any", z=floats(1)))
        path = saved_models.publish(tmp_path / "good", 1)
        saved_models.write_warm_up(path, [good])
        path = saved_models.publish(tmp_path / "bad", 1)
        saved_models.write_warm_up(path, [good, bad])
        with start(tmp_path) as server:
            assert "good" not in server.manager.problems()
            problem = server.manager.problems()["bad"]
        assert "Signature input alias: x" in problem


def test_threads_end_with_the_server(root):
    def ours():
        return {
            thread.name
            for thread in threading.enumerate()
            if thread.name.startswith(("health", "rest"))
        }

    before = ours()
    start(root, rest_port=0).stop()
    wait_until(lambda: ours() <= before)
