import concurrent.futures

import grpc
import pytest
from tensorflow_serving.apis.get_model_status_pb2 import (
    GetModelStatusRequest,
    ModelVersionStatus,
)
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest
from tensorflow_serving.apis.model_service_pb2_grpc import (
    ModelServiceStub,
    add_ModelServiceServicer_to_server,
)
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tests.serving.saved_models import publish, write_broken
from tests.serving.served_models import FAST, ask, model_config, model_spec
from tfcompat.serving.model_manager import ModelManager
from tfcompat.serving.model_service import ModelService


@pytest.fixture
def served(tmp_path):
    """Stub, manager and dict of metrics of a server with a model `m`."""
    publish(tmp_path / "m", 1, offset=1.0)
    metrics = {"loads": 3}
    manager = ModelManager(model_config(tmp_path / "m"), **FAST).start()
    assert manager.wait_until_ready(30)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    add_ModelServiceServicer_to_server(
        ModelService(manager, read_metric=metrics.get), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield ModelServiceStub(channel), manager, metrics
    server.stop(0).wait()
    assert manager.close(30)


def refused(call, request, **options):
    """Code and message of a call that must be refused."""
    with pytest.raises(grpc.RpcError) as info:
        call(request, **options)
    return info.value.code().name, info.value.details()


class TestGetModelStatus:
    def test_versions_are_listed(self, served):
        stub, _, _ = served
        for spec in (
            model_spec("m"),
            model_spec("m", 1),
            model_spec("m", label="nobody's"),
        ):
            answer = stub.GetModelStatus(GetModelStatusRequest(model_spec=spec))
            [status] = answer.model_version_status
            assert status.version == 1
            assert status.state == ModelVersionStatus.AVAILABLE
            assert status.HasField("status")
            assert status.status.error_message == ""

    def test_errors(self, served):
        stub, _, _ = served

        def error(**request):
            return refused(
                stub.GetModelStatus, GetModelStatusRequest(**request)
            )

        assert error() == ("INVALID_ARGUMENT", "Missing ModelSpec")
        assert error(model_spec={}) == (
            "NOT_FOUND",
            "Could not find any versions of model ",
        )
        assert error(model_spec=model_spec("m", 0)) == (
            "NOT_FOUND",
            "Could not find version 0 of model m",
        )

    def test_long_message_is_cut(self, served):
        stub, _, _ = served
        request = GetModelStatusRequest(model_spec={"name": "m" * 2000})
        _, message = refused(stub.GetModelStatus, request)
        assert len(message) == 1024 + len("...TRUNCATED")
        assert message.startswith("Could not find any versions of model mmm")
        assert message.endswith("m...TRUNCATED")


class TestHandleReloadConfigRequest:
    def test_config_is_replaced(self, served, tmp_path):
        stub, manager, metrics = served
        publish(tmp_path / "n", 1, offset=5.0)
        answer = stub.HandleReloadConfigRequest(
            ReloadConfigRequest(config=model_config(tmp_path / "n"))
        )
        assert answer.HasField("status")
        assert (answer.status.error_code, answer.status.error_message) == (
            0,
            "",
        )
        assert manager.names() == ["n"]
        assert ask(manager, "n") == 5

    def test_increase_of_metrics_is_told(self, served, monkeypatch):
        stub, manager, metrics = served

        def reload(config, timeout):
            metrics["loads"] += 4

        monkeypatch.setattr(manager, "reload", reload)
        answer = stub.HandleReloadConfigRequest(
            ReloadConfigRequest(metric_names=["loads", "nobody's"])
        )
        assert [(m.name, m.int64_value_increase) for m in answer.metric] == [
            ("loads", 4),
            ("nobody's", 0),
        ]

    @pytest.mark.parametrize("deadline", [None, 30])
    def test_model_that_fails_is_unknown(self, served, tmp_path, deadline):
        stub, _, _ = served
        publish(tmp_path / "bad", 1, write_broken)
        request = ReloadConfigRequest(config=model_config(tmp_path / "bad"))
        code, message = refused(
            stub.HandleReloadConfigRequest, request, timeout=deadline
        )
        assert code == "UNKNOWN"
        assert message.startswith(
            "1 model(s) did not become available: {{name: bad version: 1} due "
        )

    @pytest.mark.parametrize(
        "config", [None, ModelServerConfig(custom_model_config={})]
    )
    def test_other_configs_are_refused(self, served, config):
        stub, manager, _ = served
        assert refused(
            stub.HandleReloadConfigRequest, ReloadConfigRequest(config=config)
        ) == (
            "INVALID_ARGUMENT",
            "ServerModelConfig type not supported by "
            "HandleReloadConfigRequest. Only ModelConfigList is currently "
            "supported",
        )
        assert ask(manager) == 1
