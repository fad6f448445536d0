import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from tests.export.doubler import Doubler
from tfcompat.data.errors import InputError
from tfcompat.export.saved_model import write_saved_model
from tfcompat.export.warmup import (
    answer_warmup_requests,
    make_warmup_requests,
    read_warmup_requests,
    write_warmup_requests,
)

PLACE = "assets.extra/tf_serving_warmup_requests"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("warmup") / "1"
    write_saved_model(Doubler(), folder)
    return folder


@pytest.fixture
def extra(tmp_path):
    """A folder with room for requests."""
    (tmp_path / "assets.extra").mkdir()
    return tmp_path


class TestMakeWarmupRequests:
    def test_types_are_those_of_the_signature(self):
        servable = Doubler()
        servable.example = [1, 2]  # Python's own numbers.
        (request,) = make_warmup_requests(servable)
        assert request.model_spec.name == "doubler"
        assert request.model_spec.signature_name == "serving_default"
        number, unit = request.inputs["number"], request.inputs["unit"]
        assert number.dtype == tf.float32.as_datatype_enum
        assert tf.make_ndarray(number).tolist() == [1.0, 2.0]
        assert list(unit.string_val) == [b"m", b"m"]

    @pytest.mark.parametrize(
        "examples, problem",
        [
            ({}, r"must be of \['serving_default'\], got \[\]"),
            ({"serving_default": []}, "has none of 'serving_default'"),
            (
                {"serving_default": [{"number": [1.0]}]},
                r"\['number', 'unit'\], got \['number'\]",
            ),
            (
                {"serving_default": [{"number": [1.0], "unit": ["m"]}] * 1001},
                "at most 1000, got 1001",
            ),
        ],
    )
    def test_examples_that_do_not_fit(self, examples, problem):
        servable = Doubler()
        servable.examples = lambda: examples
        with pytest.raises(ValueError, match=problem):
            make_warmup_requests(servable)

    def test_without_the_protos_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
        with pytest.raises(InputError, match=r"pip install .\.\[serving"):
            make_warmup_requests(Doubler())


class TestReadWarmupRequests:
    def test_what_was_written_is_read(self, folder):
        assert read_warmup_requests(folder) == make_warmup_requests(Doubler())

    def test_records_are_logs_of_predict(self, folder):
        records = tf.data.TFRecordDataset(str(folder / PLACE))
        (record,) = records.as_numpy_iterator()
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(InputError, match="there is no such file"):
            read_warmup_requests(tmp_path)

    def test_a_damaged_file(self, folder, extra):
        whole = (folder / PLACE).read_bytes()
        (extra / PLACE).write_bytes(whole[:-3])
        with pytest.raises(InputError, match="is damaged or no TFRecord"):
            read_warmup_requests(extra)

    def test_records_of_something_else(self, extra):
        with tf.io.TFRecordWriter(str(extra / PLACE)) as writer:
            writer.write(b"\xff\xff")
        with pytest.raises(InputError, match="is damaged or no TFRecord"):
            read_warmup_requests(extra)

    def test_a_log_of_another_kind(self, extra):
        log = prediction_log_pb2.PredictionLog()
        log.classify_log.request.model_spec.name = "m"
        with tf.io.TFRecordWriter(str(extra / PLACE)) as writer:
            writer.write(log.SerializeToString())
        with pytest.raises(InputError, match="record 1: is no log of Predict"):
            read_warmup_requests(extra)

    def test_a_file_without_requests(self, extra):
        write_warmup_requests([], extra)
        with pytest.raises(InputError, match="holds no requests"):
            read_warmup_requests(extra)


class TestAnswerWarmupRequests:
    def test_the_saved_model_answers(self, folder):
        ((request, answer),) = answer_warmup_requests(folder)
        assert request.model_spec.name == "doubler"
        assert answer["double"].tolist() == [2.0, 4.0]
        assert answer["unit"].tolist() == [b"m", b"m"]

    def test_an_error_is_named_with_its_request(self, tmp_path):
        servable = Doubler()
        servable.example = [-1.0]
        with pytest.raises(InputError) as info:
            write_saved_model(servable, tmp_path / "1")
        message = str(info.value)
        assert message.startswith("doubler: warm-up request 1 (serving_default")
        assert "number is negative" in message
        assert "\n" not in message

    def test_nan_is_no_answer(self, tmp_path):
        with pytest.raises(InputError, match="answered with NaN in double"):
            write_saved_model(Doubler(factor=np.nan), tmp_path / "1")

    def test_what_is_no_saved_model(self, folder, extra):
        (extra / PLACE).write_bytes((folder / PLACE).read_bytes())
        with pytest.raises(InputError, match="cannot be loaded"):
            answer_warmup_requests(extra)
