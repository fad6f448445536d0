import hashlib

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tests.export.doubler import Doubler
from tfcompat.data.errors import InputError
from tfcompat.export.saved_model import write_saved_model


class WithTable(Doubler):
    """Has a hash table too, as other people's servables may."""

    def __init__(self):
        super().__init__(name="with_table")
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["m"], ["metre"]), "?"
        )

    def _double(self, number, unit):
        return {"double": number * self.factor[0], "unit": self.table[unit]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved_model")
    servable = Doubler()
    source = folder / "source"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "a.txt").write_text("a")
    (folder / "b.txt").write_text("b")
    servable.sources = {"tree": source, "b.txt": folder / "b.txt"}
    write_saved_model(servable, folder / "1")
    return folder / "1"


def signature_of(folder, name="serving_default"):
    content = saved_model_pb2.SavedModel.FromString(
        (folder / "saved_model.pb").read_bytes()
    )
    return content.meta_graphs[0].signature_def[name]


class TestSignatures:
    def test_inputs_and_outputs_have_their_names_and_types(self, folder):
        signature = signature_of(folder)
        assert {key: info.dtype for key, info in signature.inputs.items()} == {
            "number": tf.float32.as_datatype_enum,
            "unit": tf.string.as_datatype_enum,
        }
        assert sorted(signature.outputs) == ["double", "unit"]
        assert signature.method_name == "tensorflow/serving/predict"

    def test_rows_are_of_any_number(self, folder):
        shape = signature_of(folder).inputs["number"].tensor_shape
        assert [dim.size for dim in shape.dim] == [-1]


class TestFolder:
    def test_only_what_the_signatures_read_is_kept(self, folder):
        variables = tf.train.list_variables(str(folder / "variables/variables"))
        assert [shape for _, shape in variables if shape] == [[1]]

    def test_sources_are_kept(self, folder):
        kept = folder / "assets.extra" / "tfcompat"
        assert (kept / "tree" / "deep" / "a.txt").read_text() == "a"
        assert (kept / "b.txt").read_text() == "b"

    def test_largest_allowed_batch_is_the_largest_batch(self, folder):
        # TensorFlow Serving does not load the model otherwise.
        lines = (folder / "batching_params.pbtxt").read_text().splitlines()
        sizes = [
            int(line.removeprefix("allowed_batch_sizes: "))
            for line in lines
            if line.startswith("allowed_batch_sizes: ")
        ]
        assert sizes == sorted(sizes) and sizes[0] == 1
        assert f"max_batch_size {{ value: {sizes[-1]} }}" in lines

    def test_tables_are_kept(self, tmp_path):
        write_saved_model(WithTable(), tmp_path / "1")
        double = tf.saved_model.load(tmp_path / "1").signatures[
            "serving_default"
        ]
        answer = double(number=tf.constant([1.0]), unit=tf.constant(["m"]))
        assert answer["unit"].numpy().tolist() == [b"metre"]

    def test_all_but_date_and_graph_ids_is_written_alike(self, tmp_path):
        for version in ("1", "2"):
            write_saved_model(Doubler(), tmp_path / version)
        differing = {
            path.name
            for path in (tmp_path / "1").rglob("*")
            if path.is_file()
            and hashlib.sha256(path.read_bytes()).digest()
            != hashlib.sha256(
                (tmp_path / "2" / path.relative_to(tmp_path / "1")).read_bytes()
            ).digest()
        }
        assert differing <= {
            "saved_model.pb",
            "fingerprint.pb",
            "model_card.json",
            "model_card.md",
        }


class TestRefusals:
    def test_a_folder_that_is_not_empty(self, tmp_path):
        (tmp_path / "x").write_text("x")
        with pytest.raises(InputError, match="is not empty"):
            write_saved_model(Doubler(), tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["x"]

    def test_an_empty_folder_is_filled(self, tmp_path):
        write_saved_model(Doubler(), str(tmp_path))
        assert (tmp_path / "saved_model.pb").exists()

    def test_a_file_in_place_of_the_folder(self, tmp_path):
        (tmp_path / "x").write_text("x")
        with pytest.raises(InputError, match="cannot be written"):
            write_saved_model(Doubler(), tmp_path / "x" / "1")
