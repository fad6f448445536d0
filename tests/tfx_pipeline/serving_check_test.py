import pathlib
import types

import pytest
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
from tfx.components import InfraValidator
from tfx.types.channel import Channel
from tfx.types.standard_artifacts import Examples, InfraBlessing, Model

from tests.tfx_pipeline import dying_check
from tests.tfx_pipeline.artifacts import make_artifact
from tests.tfx_pipeline.scored_votes import write_model
from tfx_pipeline import serving_check
from tfx_pipeline.own_requests import find_problem, main
from tfx_pipeline.serving_check import (
    ServingCheck,
    check_model,
    make_serving_check,
)


@pytest.fixture
def model(tmp_path):
    """Folder of a SavedModel that can be served."""
    write_model(tmp_path / "model", [0.25, 0.5])
    return tmp_path / "model" / "Format-Serving"


def change_request(folder, **fields):
    """Makes the first warm-up request another one."""
    path = folder / "assets.extra" / "tf_serving_warmup_requests"
    logs = [
        PredictionLog.FromString(record)
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    ]
    request = logs[0].predict_log.request
    for name, value in fields.items():
        if name == "signature_name":
            request.model_spec.signature_name = value
        else:
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    with tf.io.TFRecordWriter(str(path)) as writer:
        for log in logs:
            writer.write(log.SerializeToString())


class TestFindProblem:
    def test_good_model_has_none(self, model):
        assert find_problem(model, 10) == ""

    def test_request_that_fails(self, model):
        change_request(model, candidate=["i7"])
        problem = find_problem(model, 10)
        assert problem.startswith("table cannot be loaded: ")
        assert "is not in [0, 2)" in problem

    def test_signature_that_is_not_there(self, model):
        change_request(model, signature_name="nope")
        assert '"nope"' in find_problem(model, 10)

    def test_model_that_cannot_be_loaded(self, model):
        (model / "saved_model.pb").write_bytes(b"\xff no SavedModel")
        assert "table cannot be loaded" in find_problem(model, 10)

    def test_model_without_requests(self, model):
        (model / "assets.extra" / "tf_serving_warmup_requests").unlink()
        assert "there is no such file" in find_problem(model, 10)

    def test_nan(self, model):
        scores = tf.train.load_checkpoint(str(model / "variables/variables"))
        [name] = [
            key
            for key in scores.get_variable_to_shape_map()
            if key.startswith("variables_")
        ]
        tf.raw_ops.SaveV2(
            prefix=str(model / "variables" / "variables"),
            tensor_names=[name, "_CHECKPOINTABLE_OBJECT_GRAPH"],
            shape_and_slices=["", ""],
            tensors=[
                tf.fill([2], float("nan")),
                scores.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"),
            ],
        )
        problem = find_problem(model, 10)
        assert problem == (
            "table: request 1 (serving_default) is answered with NaN in score"
        )


class TestProcess:
    def test_good_model_is_blessed(self, model, tmp_path):
        blessing = self.check(tmp_path)
        assert blessing.get_int_custom_property("blessed") == 1
        assert blessing.get_string_custom_property("problem") == ""
        assert pathlib.Path(blessing.uri, "INFRA_BLESSED").exists()

    def test_bad_model_is_not_and_the_reason_is_said(
        self, model, tmp_path, caplog, monkeypatch
    ):
        def run(command, timeout):  # Starting a process takes its time.
            main(command[3:])
            return types.SimpleNamespace(returncode=0)

        monkeypatch.setattr(serving_check.subprocess, "run", run)
        change_request(model, candidate=["i7"])
        blessing = self.check(tmp_path)
        assert blessing.get_int_custom_property("blessed") == 0
        reason = blessing.get_string_custom_property("problem")
        assert "is not in [0, 2)" in reason
        said = [
            record.getMessage()
            for record in caplog.records
            if record.name == serving_check.__name__
        ]
        assert said == [f"not served: {reason}"]
        path = pathlib.Path(blessing.uri, "INFRA_NOT_BLESSED")
        assert path.read_text() == reason

    def test_server_that_dies(self, monkeypatch):
        monkeypatch.setattr(serving_check, "_CHECK", dying_check.__name__)
        assert check_model("x", 1, 60) == "the server died of SIGSEGV"

    def test_server_that_takes_too_long(self, model):
        problem = check_model(str(model), 1, 0.01)
        assert problem == "the server has not answered in 0.01 seconds"

    def test_check_that_fails(self, tmp_path, monkeypatch):
        monkeypatch.setattr(serving_check, "_CHECK", "no.such.module")
        problem = check_model(str(tmp_path), 1, 60)
        assert problem == "the check failed with exit status 1"

    def test_model_may_be_elsewhere(self, model, tmp_path, monkeypatch):
        folder = f"ram://{tmp_path}/model"
        tf.io.gfile.makedirs(folder)
        tf.io.gfile.copy(
            str(model / "saved_model.pb"), f"{folder}/saved_model.pb"
        )
        copied = []

        def run(command, timeout):
            copied.extend(path.name for path in map(pathlib.Path, command[3:]))
            assert (pathlib.Path(command[3]) / "saved_model.pb").exists()
            main([model, *command[4:]])
            return types.SimpleNamespace(returncode=0)

        monkeypatch.setattr(serving_check.subprocess, "run", run)
        assert check_model(folder, 10, 60) == ""
        assert copied[0] == "model"

    def check(self, tmp_path):
        blessing = make_artifact(InfraBlessing, tmp_path / "blessing")
        model = make_artifact(Model, tmp_path / "model")
        ServingCheck.EXECUTOR_SPEC.executor_class._FUNCTION(
            model=model,
            blessing=blessing,
            request_seconds=10,
            check_seconds=300,
        )
        return blessing


class TestChoice:
    def make(self, docker):
        return make_serving_check(
            types.SimpleNamespace(docker_infra_validation=docker),
            model=Channel(type=Model),
            examples=Channel(type=Examples),
        )

    def test_ours_needs_no_docker(self):
        assert isinstance(self.make(False), ServingCheck)

    def test_tfx_runs_tensorflow_serving_in_docker(self):
        component = self.make(True)
        assert isinstance(component, InfraValidator)
        assert "local_docker" in component.exec_properties["serving_spec"]
        assert "examples" in component.exec_properties["request_spec"]

    def test_both_give_a_blessing(self):
        for docker in (False, True):
            channel = self.make(docker).outputs["blessing"]
            assert channel.type is InfraBlessing
