import grpc
import pytest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from tests.serving import saved_models
from tfcompat.serving.errors import ServingError
from tfcompat.serving.loaded_model import LoadedModel


def predict_log(name):
    log = PredictionLog()
    log.predict_log.request.model_spec.name = name
    return log


class TestReplay:
    @pytest.fixture
    def load(self, tmp_path):
        """Loads a model with these records; returns what was replayed."""
        folder = saved_models.publish(tmp_path, 1)

        def write_and_load(logs, run_log=None):
            saved_models.write_warm_up(folder, logs)
            replayed = []

            def run(model, log):
                assert model.path == folder
                assert "serving_default" in model.signatures
                replayed.append(log)

            LoadedModel.load("m", 1, folder, warm_up=run_log or run).close()
            return replayed

        return write_and_load

    def test_every_record_is_run_in_order(self, load):
        classify, regress, multi = (PredictionLog() for _ in range(3))
        classify.classify_log.SetInParent()
        regress.regress_log.SetInParent()
        multi.multi_inference_log.SetInParent()
        logs = [predict_log("other"), classify, regress, multi]
        assert load(logs) == logs

    def test_empty_log_is_passed_over(self, load):
        assert load([PredictionLog(), predict_log("m")]) == [predict_log("m")]

    def test_no_file_is_fine(self, tmp_path):
        folder = saved_models.publish(tmp_path, 2)
        LoadedModel.load("m", 2, folder, warm_up=pytest.fail).close()

    def test_thousand_records_are_not_too_many(self, load):
        assert len(load([predict_log("m")] * 1000)) == 1000

    @pytest.mark.parametrize(
        "logs, code, words",
        [
            (
                [predict_log("m")] * 1001,
                grpc.StatusCode.INVALID_ARGUMENT,
                r"Number of warmup records exceeds the maximum \(1000\) at /",
            ),
            (
                [b"\xff\xff"],
                grpc.StatusCode.INVALID_ARGUMENT,
                "Failed to parse warmup record",
            ),
            (
                [PredictionLog(session_run_log={})],
                grpc.StatusCode.UNIMPLEMENTED,
                "Unsupported log_type for warmup: 5",
            ),
            (
                [PredictionLog(predict_streamed_log={})],
                grpc.StatusCode.UNIMPLEMENTED,
                "Unsupported log_type for warmup: 7",
            ),
        ],
    )
    def test_bad_records_fail_the_load(self, load, logs, code, words):
        with pytest.raises(ServingError, match=words) as info:
            load(logs)
        assert info.value.code is code

    def test_no_tfrecord_file_is_data_loss(self, tmp_path):
        folder = saved_models.publish(tmp_path, 1)
        saved_models.write_warm_up(folder, [])
        file = folder / "assets.extra" / "tf_serving_warmup_requests"
        file.write_text("these are no records, whatever the name may say")
        with pytest.raises(
            ServingError, match="verify your warmup data is in TFRecord format"
        ) as info:
            LoadedModel.load("m", 1, folder, warm_up=pytest.fail)
        assert info.value.code is grpc.StatusCode.DATA_LOSS

    def test_a_request_that_fails_fails_the_load(self, load):
        def refuse(model, log):
            raise ServingError(grpc.StatusCode.OUT_OF_RANGE, "too far")

        with pytest.raises(ServingError, match="too far") as info:
            load([predict_log("m")], refuse)
        assert info.value.code is grpc.StatusCode.OUT_OF_RANGE

    def test_a_bug_in_the_warm_up_fails_the_load(self, load):
        def break_down(model, log):
            raise ZeroDivisionError("by zero")

        with pytest.raises(ServingError, match="ZeroDivisionError") as info:
            load([predict_log("m")], break_down)
        assert info.value.code is grpc.StatusCode.INTERNAL
