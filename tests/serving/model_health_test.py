"""gRPC health says whether the models serve."""

import concurrent.futures

import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceStub,
)

from tests.serving import saved_models
from tests.serving.stock_client import (
    NOT_SERVING,
    SERVING,
    check,
    floats,
    request,
    start,
)
from tests.serving.waiting import wait_until


@pytest.fixture
def root(tmp_path):
    saved_models.publish(tmp_path / "affine", 1)
    return tmp_path


@pytest.fixture
def channel(root):
    with start(root) as server:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield channel


class TestHealth:
    def test_every_service(self, channel):
        for service in (
            "",
            "tensorflow.serving.PredictionService",
            "tensorflow.serving.ModelService",
            "PredictionService",
            "ModelService",
        ):
            assert check(channel, service) == SERVING

    def test_unknown_service(self, channel):
        with pytest.raises(grpc.RpcError) as caught:
            check(channel, "nope")
        assert caught.value.code() is StatusCode.NOT_FOUND

    def test_follows_the_models(self, tmp_path):
        base = tmp_path / "affine"
        with start(tmp_path) as server:
            address = f"127.0.0.1:{server.port}"
            with grpc.insecure_channel(address) as channel:
                assert check(channel) == NOT_SERVING  # There is no model.
                saved_models.publish(base, 1)
                wait_until(lambda: check(channel) == SERVING)
                other = tmp_path / "broken"
                saved_models.publish(other, 1, saved_models.write_broken)
                wait_until(lambda: check(channel) == NOT_SERVING)
                # The first still answers.
                stub = PredictionServiceStub(channel)
                assert stub.Predict(request(x=floats(1)), timeout=10)

    def test_watch_is_told_of_the_end(self, root):
        server = start(root)
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            seen = stub.Watch(health_pb2.HealthCheckRequest(), timeout=30)
            assert next(seen).status == SERVING
            # Else the watch itself would be waited for, all of the grace.
            with concurrent.futures.ThreadPoolExecutor() as pool:
                assert pool.submit(server.stop, 600).result(60)
            assert [answer.status for answer in seen] == [NOT_SERVING]
