import concurrent.futures
import gc
import os
import weakref

import grpc
import numpy as np
import psutil
import pytest
from tensorflow.core.framework.types_pb2 import DT_FLOAT

from tests.serving import saved_models
from tests.serving.waiting import is_idle, wait_until
from tfcompat.serving import restoring
from tfcompat.serving.errors import ServingError
from tfcompat.serving.loaded_model import LoadedModel


@pytest.fixture
def load(tmp_path):
    """Writes a SavedModel and loads it; closes it after the test."""
    loaded = []

    def write_and_load(write, **arguments):
        folder = saved_models.publish(tmp_path / "m", 1, write, **arguments)
        loaded.append(LoadedModel.load("m", 1, folder))
        return loaded[-1]

    yield write_and_load
    for model in loaded:
        model.close()


def ask(model, key="serving_default", timeout=None, **inputs):
    """Runs a signature; dict of its outputs."""
    signature = model.signatures[key]
    names = sorted(signature.outputs)
    arrays = model.run(
        {signature.inputs[name].name: value for name, value in inputs.items()},
        [signature.outputs[name].name for name in names],
        timeout,
    )
    return dict(zip(names, arrays, strict=True))


def floats(*values):
    return np.array(values, np.float32)


class TestLoad:
    def test_knows_what_it_is(self, load, tmp_path):
        model = load(saved_models.write_affine)
        assert (model.name, model.version) == ("m", 1)
        assert model.path == tmp_path / "m" / "1"
        assert model.batching is None
        assert model.signatures.keys() == {
            "serving_default",
            "__saved_model_init_op",
        }
        assert model.signatures["serving_default"].inputs["x"].dtype == DT_FLOAT

    def test_tables_are_initialised(self, load):
        model = load(saved_models.write_text)
        text = np.array([b"top", b"hat", "bottom"], object)
        outputs = ask(model, text=text)
        assert outputs["index"].tolist() == [0, -1, 1]
        assert outputs["upper"].tolist() == [b"TOP", b"HAT", b"BOTTOM"]

    def test_batching_parameters_are_the_versions_own(self, tmp_path):
        folder = saved_models.publish(tmp_path, 1)
        file = folder / "batching_params.pbtxt"
        file.write_text("max_batch_size { value: 16 }")
        model = LoadedModel.load("m", 1, folder)
        assert model.batching.max_batch_size == 16
        model.close()
        file.write_text("max_batch_size: 16")
        with pytest.raises(ServingError, match="batching_params.pbtxt") as info:
            LoadedModel.load("m", 1, folder)
        assert info.value.code is grpc.StatusCode.INVALID_ARGUMENT


class TestHalfCopied:
    @pytest.mark.parametrize(
        "missing, words",
        [
            ("saved_model.pb", "Could not find SavedModel .pb or .pbtxt"),
            ("variables/variables.index", "still being copied"),
        ],
    )
    def test_missing_file_is_not_found(self, tmp_path, missing, words):
        folder = saved_models.publish(tmp_path, 1)
        (folder / missing).unlink()
        with pytest.raises(ServingError, match=words) as info:
            LoadedModel.load("m", 1, folder)
        assert info.value.code is grpc.StatusCode.NOT_FOUND

    @pytest.mark.parametrize(
        "file",
        [
            "saved_model.pb",
            "variables/variables.index",
            "variables/variables.data-00000-of-00001",
        ],
    )
    @pytest.mark.parametrize("share", [0, 0.5, 0.95])
    def test_half_a_file_is_never_loaded(self, tmp_path, file, share):
        folder = saved_models.publish(
            tmp_path, 1, saved_models.write_matmul, rows=100, columns=100
        )
        size = (folder / file).stat().st_size
        os.truncate(folder / file, int(share * size))
        with pytest.raises(ServingError):
            LoadedModel.load("m", 1, folder)

    def test_missing_data_file_is_said(self, tmp_path):
        folder = saved_models.publish(tmp_path, 1)
        (folder / "variables" / "variables.data-00000-of-00001").unlink()
        with pytest.raises(ServingError, match="No such file"):
            LoadedModel.load("m", 1, folder)

    def test_garbage_is_data_loss(self, tmp_path):
        folder = saved_models.publish(tmp_path, 1, saved_models.write_broken)
        with pytest.raises(ServingError, match="annot parse") as info:
            LoadedModel.load("m", 1, folder)
        assert info.value.code is grpc.StatusCode.DATA_LOSS

    def test_other_tags_are_not_found(self, tmp_path):
        folder = saved_models.publish(tmp_path, 1)
        path = folder / "saved_model.pb"
        saved_model = saved_models.SavedModel.FromString(path.read_bytes())
        saved_model.meta_graphs[0].meta_info_def.tags[:] = ["train"]
        path.write_bytes(saved_model.SerializeToString())
        with pytest.raises(
            ServingError,
            match=r"Could not find meta graph def .* tags: \{ serve \}",
        ) as info:
            LoadedModel.load("m", 1, folder)
        assert info.value.code is grpc.StatusCode.NOT_FOUND

    def test_an_op_nobody_knows_is_named(self, tmp_path):
        folder = saved_models.publish(tmp_path, 1)
        saved_models.add_op(folder, "Mine>Op")
        with pytest.raises(ServingError, match="Mine>Op"):
            LoadedModel.load("m", 1, folder)


class TestOpPackages:
    def test_package_that_is_not_there_is_named(self, tmp_path, monkeypatch):
        monkeypatch.setitem(restoring._OP_PACKAGES, "Mine>", "no_such_package")
        folder = saved_models.publish(tmp_path, 1)
        saved_models.add_op(folder, "Mine>Op")
        with pytest.raises(ServingError, match="no_such_package") as info:
            LoadedModel.load("m", 1, folder)
        assert info.value.code is grpc.StatusCode.FAILED_PRECONDITION


class TestRun:
    """The messages are the C++ runtime's, byte for byte."""

    def test_outputs_come_in_the_order_asked_for(self, load):
        model = load(saved_models.write_two_signatures)
        signature = model.signatures["serving_default"]
        feeds = {
            signature.inputs["a"].name: floats(2, 3),
            signature.inputs["b"].name: floats(4, 5),
        }
        names = [signature.outputs[n].name for n in ("sum", "product", "sum")]
        total, product, again = model.run(feeds, names)
        assert total.tolist() == again.tolist() == [6, 8]
        assert product.tolist() == [8, 15]

    def test_double_is_not_cast_to_float(self, load):
        model = load(saved_models.write_affine)
        with pytest.raises(ServingError) as info:
            ask(model, x=np.array([1.0]))
        assert info.value.code is grpc.StatusCode.INVALID_ARGUMENT
        assert info.value.message == (
            "Expects arg[0] to be float but double is provided"
        )

    def test_shape_is_left_to_the_kernels(self, load):
        model = load(saved_models.write_affine)
        assert ask(model, x=np.ones([2, 2], np.float32))["y"].shape == (2, 2)
        assert ask(model, x=np.float32(4))["y"] == 4

    def test_a_kernel_that_objects_is_quoted(self, load):
        model = load(saved_models.write_matmul)
        with pytest.raises(ServingError) as info:
            ask(model, x=np.ones([2, 4], np.float32))
        assert info.value.code is grpc.StatusCode.INVALID_ARGUMENT
        first, node = info.value.message.split("\n\t ")
        assert first == "Matrix size-incompatible: In[0]: [2,4], In[1]: [3,2]"
        assert node.startswith("[[{{node ") and node.endswith("matmul}}]]")

    def test_no_rows_are_no_error(self, load):
        model = load(saved_models.write_matmul)
        assert ask(model, x=np.ones([0, 3], np.float32))["y"].shape == (0, 2)

    def test_array_need_not_be_contiguous(self, load):
        model = load(saved_models.write_affine, slope=1.0, offset=0.0)
        x = np.arange(6, dtype=np.float32)[::2]
        assert ask(model, x=x)["y"].tolist() == [0, 2, 4]

    def test_tensor_that_is_not_there_is_named(self, load):
        model = load(saved_models.write_affine)
        with pytest.raises(ServingError, match="Tensor z:0, specified in") as i:
            model.run({}, ["z:0"])
        assert i.value.code is grpc.StatusCode.INVALID_ARGUMENT

    def test_array_of_no_tensor_type_is_refused(self, load):
        model = load(saved_models.write_affine)
        with pytest.raises(ServingError, match="NPY_DATETIME"):
            ask(model, x=np.array(["2024-01-01"], "datetime64[D]"))

    def test_many_threads_at_once(self, load):
        model = load(saved_models.write_affine, slope=2.0, offset=1.0)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = pool.map(
                lambda i: ask(model, x=floats(i))["y"], range(200)
            )
            assert [int(y[0]) for y in answers] == [
                2 * i + 1 for i in range(200)
            ]


class TestTimeout:
    def test_work_past_it_is_cancelled(self, load, gate):
        model = load(saved_models.write_gate)
        with pytest.raises(ServingError) as info:
            ask(model, timeout=0.1, **gate.inputs)
        assert info.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
        assert info.value.message == "Timed out waiting for notification"
        wait_until(is_idle)  # It burns nothing any more.
        with pytest.raises(ServingError) as info:  # Spent before the start.
            ask(model, timeout=0, **gate.inputs)
        assert info.value.code is grpc.StatusCode.DEADLINE_EXCEEDED

    def test_work_within_it_is_done(self, load):
        model = load(saved_models.write_affine)
        assert ask(model, timeout=1e12, x=floats(2))["y"] == [3.0]


class TestClose:
    def test_waits_for_what_runs(self, load, gate):
        model = load(saved_models.write_gate)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = pool.submit(ask, model, **gate.inputs)
            gate.wait_until_reached()
            closed = pool.submit(model.close)
            wait_until(lambda: model._session is None)
            assert not closed.done()
            gate.open()
            closed.result(60)
            assert answer.result(60)["gate"] == gate.inputs["gate"]

    def test_nothing_runs_afterwards(self, load):
        model = load(saved_models.write_affine)
        model.close()
        model.close()
        with pytest.raises(ServingError, match="Session has been closed") as i:
            ask(model, x=floats(1))
        assert i.value.code is grpc.StatusCode.CANCELLED

    def test_session_is_gone(self, load):
        model = load(saved_models.write_affine)
        session = weakref.ref(model._session)
        graph = weakref.ref(model._session.graph)
        gc.disable()
        try:
            model.close()
            assert session() is None and graph() is None
        finally:
            gc.enable()

    def test_session_of_a_failed_load_is_gone(self, tmp_path):
        folder = saved_models.publish(tmp_path, 1)
        saved_models.write_warm_up(folder, [b"garbage"])
        sessions = []

        class Watched(LoadedModel):
            def __init__(self, *arguments):
                super().__init__(*arguments)
                sessions.append(weakref.ref(self._session))

        with pytest.raises(ServingError):
            Watched.load("m", 1, folder, warm_up=lambda model, log: None)
        assert [session() for session in sessions] == [None]


class TestMemory:
    def test_unloaded_versions_give_it_back(self, tmp_path):
        folder = saved_models.publish(
            tmp_path, 1, saved_models.write_large, megabytes=50
        )
        process = psutil.Process()
        sizes = []
        gc.disable()  # Nothing waits for the garbage collector.
        try:
            for _ in range(10):
                model = LoadedModel.load("m", 1, folder)
                assert ask(model, x=np.array([7], np.int32))["y"] == 1
                model.close()
                sizes.append(process.memory_info().rss / 2**20)
        finally:
            gc.enable()
        # Half of them would be 250 MB.
        assert sizes[-1] - sizes[4] < 50, sizes
