import pytest
import tensorflow as tf

from tfcompat.export import id_table
from tfcompat.export.id_table import IdTable

IDS = ["7", "", "Müller, Jürgen", "靴\n1", "a" * 300, "007"]


class TestFindRows:
    def test_any_text_comes_back_as_its_row(self):
        rows = IdTable(IDS, "customer").find_rows(tf.constant(IDS))
        assert rows.numpy().tolist() == list(range(len(IDS)))

    def test_ids_that_look_alike_are_unknown(self):
        table = IdTable(IDS, "customer")
        strangers = tf.constant(["07", " 7", "7.0", "Muller, Jurgen"])
        assert table.find_rows(strangers).numpy().tolist() == [-1] * 4

    def test_a_shared_fingerprint_does_not_make_an_id_known(self, monkeypatch):
        table = IdTable(["a", "b"])
        known = id_table.fingerprint(tf.constant(["a"]))
        monkeypatch.setattr(id_table, "fingerprint", lambda ids: known)
        assert table.find_rows(tf.constant(["x"])).numpy().tolist() == [-1]
        assert table.find_rows(tf.constant(["a"])).numpy().tolist() == [0]

    def test_none_of_none(self):
        assert IdTable(IDS).find_rows(tf.constant([], tf.string)).shape == (0,)

    def test_a_table_of_nobody_knows_nobody(self):
        table = IdTable([])
        assert len(table) == 0
        assert table.find_rows(tf.constant(["a"])).numpy().tolist() == [-1]
        assert table.get_ids(tf.constant([0, -1])).numpy().tolist() == [b""] * 2


class TestRequireRows:
    def test_the_first_unknown_id_is_named_with_its_row(self):
        table = IdTable(IDS, "item")
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match="row 1: there is no item with the id Schuh ü",
        ):
            table.require_rows(tf.constant(["7", "Schuh ü", "x"]))

    def test_known_ids_pass(self):
        rows = IdTable(IDS).require_rows(tf.constant(["007", "7"]))
        assert rows.numpy().tolist() == [5, 0]


class TestGetIds:
    def test_rows_of_any_shape(self):
        ids = IdTable(IDS).get_ids(tf.constant([[2, 0], [-1, 6]]))
        assert ids.numpy().tolist() == [
            ["Müller, Jürgen".encode(), b"7"],
            [b"", b""],
        ]


class TestArguments:
    def test_an_id_given_twice_is_named(self):
        with pytest.raises(ValueError, match="`ids` holds 'b' twice"):
            IdTable(["a", "b", "c", "b"])

    def test_a_shared_fingerprint_is_refused(self, monkeypatch):
        monkeypatch.setattr(
            id_table, "fingerprint", lambda ids: tf.ones(ids.shape, tf.int64)
        )
        with pytest.raises(ValueError, match="'a' and 'b', whose fingerprints"):
            IdTable(["a", "b"])


class TestSavedModel:
    def test_the_ids_are_no_part_of_the_graph(self, tmp_path):
        module = tf.Module()
        module.table = IdTable([f"customer {i}" for i in range(20_000)])
        module.find = tf.function(
            lambda ids: {"rows": module.table.find_rows(ids)},
            input_signature=[tf.TensorSpec([None], tf.string, name="ids")],
        )
        tf.saved_model.save(module, tmp_path, signatures={"find": module.find})
        assert (tmp_path / "saved_model.pb").stat().st_size < 50_000
        find = tf.saved_model.load(tmp_path).signatures["find"]
        rows = find(ids=tf.constant(["customer 19999", "customer x"]))["rows"]
        assert rows.numpy().tolist() == [19_999, -1]
