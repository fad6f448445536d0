import json
import os
import pathlib

import pytest
import tensorflow as tf
from tfx.orchestration.metadata import (
    Metadata,
    sqlite_metadata_connection_config,
)
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto import pusher_pb2
from tfx.types.standard_artifacts import (
    InfraBlessing,
    Model,
    ModelBlessing,
    PushedModel,
)
from tfx.utils import proto_utils

from tests.tfx_pipeline.artifacts import make_artifact
from tests.tfx_pipeline.scored_votes import write_model
from tfcompat.data.errors import InputError
from tfx_pipeline import pusher
from tfx_pipeline.pusher import VersionDriver, VersionExecutor, digest_folder


class Shop:
    """A folder that models are pushed to."""

    def __init__(self, folder):
        self.folder = folder
        self.served = folder / "served"

    def make_model(self, name, scores=(0.25, 0.5)):
        write_model(self.folder / name, scores)
        return make_artifact(Model, self.folder / name)

    def push(self, model, blessed=True, servable=True, to=None):
        """Returns the `PushedModel`."""
        pushed = make_artifact(PushedModel, self.folder / "pushed")
        inputs = {
            "model": [model],
            "model_blessing": [self.bless(ModelBlessing, "BLESSED", blessed)],
            "infra_blessing": [
                self.bless(InfraBlessing, "INFRA_BLESSED", servable)
            ],
        }
        VersionExecutor().Do(
            inputs, {"pushed_model": [pushed]}, self.properties(to)
        )
        return pushed

    def bless(self, kind, name, value):
        blessing = make_artifact(kind, self.folder / name)
        blessing.set_int_custom_property("blessed", int(value))
        return blessing

    def properties(self, to=None):
        destination = pusher_pb2.PushDestination()
        destination.filesystem.base_directory = str(to or self.served)
        return {"push_destination": proto_utils.proto_to_json(destination)}

    @property
    def versions(self):
        return sorted(path.name for path in self.served.glob("table/*"))


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def score(path):
    serve = tf.saved_model.load(str(path)).signatures["serving_default"]
    return serve(candidate=tf.constant(["i1"]))["score"].numpy().item()


class TestPush:
    def test_goes_to_the_folder_that_the_model_card_names(self, shop):
        pushed = shop.push(shop.make_model("a"))
        path = shop.served / "table" / "1"
        assert pushed.get_int_custom_property("pushed") == 1
        assert pushed.get_string_custom_property("pushed_destination") == str(
            path
        )
        assert pushed.get_string_custom_property("pushed_version") == "1"
        assert score(path) == 0.5

    def test_version_has_all_that_the_trainer_wrote(self, shop):
        model = shop.make_model("a")
        shop.push(model)
        source = pathlib.Path(model.uri) / "Format-Serving"
        copy = shop.served / "table" / "1"
        files = {path.relative_to(source) for path in source.rglob("*")}
        copied = {path.relative_to(copy) for path in copy.rglob("*")}
        assert copied - files == {pathlib.Path(pusher.ORIGIN)}
        assert not files - copied

    def test_next_model_is_the_next_version(self, shop):
        shop.push(shop.make_model("a"))
        (shop.served / "table" / "7").mkdir()
        shop.push(shop.make_model("b", (0.25, 0.75)))
        assert shop.versions == ["1", "7", "8"]
        assert score(shop.served / "table" / "8") == 0.75

    def test_same_model_is_pushed_once(self, shop):
        model = shop.make_model("a")
        shop.push(model)
        again = shop.push(model)
        assert shop.versions == ["1"]
        assert again.get_int_custom_property("pushed") == 1
        assert again.get_string_custom_property("pushed_version") == "1"

    def test_version_says_which_artifact_it_is(self, shop):
        model = shop.make_model("a")
        shop.push(model)
        origin = json.loads(
            (shop.served / "table" / "1" / pusher.ORIGIN).read_text()
        )
        assert origin["model"] == model.uri
        assert origin["digest"] == digest_folder(f"{model.uri}/Format-Serving")

    @pytest.mark.parametrize(
        "blessings", [{"blessed": False}, {"servable": False}]
    )
    def test_model_that_is_not_blessed_stays_out(self, shop, blessings):
        pushed = shop.push(shop.make_model("a"), **blessings)
        assert pushed.get_int_custom_property("pushed") == 0
        assert not shop.served.exists()

    def test_no_version_is_seen_before_it_is_whole(self, shop, monkeypatch):
        copy_folder, seen = pusher.copy_folder, []

        def copy(source, target):
            copy_folder(source, target)
            seen.append(sorted(os.listdir(shop.served / "table")))

        monkeypatch.setattr(pusher, "copy_folder", copy)
        shop.push(shop.make_model("a"))
        [[name]] = seen
        assert name.startswith(".")
        assert shop.versions == ["1"]

    def test_nothing_is_left_of_a_push_that_fails(self, shop, monkeypatch):
        def copy(source, target):
            (target / "half").mkdir()
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(pusher, "copy_folder", copy)
        with pytest.raises(InputError, match="cannot be written: No space"):
            shop.push(shop.make_model("a"))
        assert not shop.served.exists()

    def test_object_store_gets_the_model_that_servers_need_last(self, shop):
        to = f"ram://{shop.folder}/served"
        pushed = shop.push(shop.make_model("a"), to=to)
        path = pushed.get_string_custom_property("pushed_destination")
        assert path.startswith(f"{to}/table/")
        assert tf.io.gfile.exists(f"{path}/saved_model.pb")


class TestDigest:
    def test_depends_on_names_and_contents(self, tmp_path):
        digests = set()
        for number, (name, content) in enumerate(
            [("a", "x"), ("b", "x"), ("a", "y")]
        ):
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / name).write_text(content)
            digests.add(digest_folder(str(folder)))
        assert len(digests) == 3

    def test_does_not_depend_on_where_it_is(self, tmp_path):
        for name in ("a", "b"):
            (tmp_path / name / "sub").mkdir(parents=True)
            (tmp_path / name / "sub" / "file").write_text("x")
        first, second = (
            digest_folder(str(tmp_path / name)) for name in ("a", "b")
        )
        assert first == second


class TestDriver:
    @pytest.fixture
    def decide(self, shop, tmp_path):
        """Function that says what the driver adds to the cache's key."""
        metadata = Metadata(
            sqlite_metadata_connection_config(str(tmp_path / "m.sqlite"))
        )

        def decide(model, pushed=None):
            if pushed is not None:
                with metadata as connection:
                    self.record(connection.store, pushed)
            info = ExecutionInfo(
                input_dict={"model": [model]},
                exec_properties=shop.properties(),
            )
            return dict(VersionDriver(metadata).run(info).exec_properties)

        return decide

    def record(self, store, pushed):
        artifact = pushed.mlmd_artifact
        artifact.ClearField("id")
        artifact.type_id = store.put_artifact_type(pushed.artifact_type)
        store.put_artifacts([artifact])

    def test_first_push_and_one_that_stands_are_alike(self, shop, decide):
        model = shop.make_model("a")
        assert decide(model) == {}
        assert decide(model, shop.push(model)) == {}

    def test_empty_folder_is_pushed_to_again(self, shop, decide):
        model = shop.make_model("a")
        pushed = shop.push(model)
        (shop.served / "table").rename(shop.folder / "elsewhere")
        decisions = [decide(model, pushed), decide(model)]
        assert decisions[0]["gone"] != decisions[1]["gone"]  # Never cached.

    def test_version_that_somebody_withdrew_stays_out(self, shop, decide):
        shop.push(shop.make_model("a"))
        model = shop.make_model("b", (0.25, 0.75))
        pushed = shop.push(model)
        (shop.served / "table" / "2").rename(shop.folder / "withdrawn")
        assert decide(model, pushed) == {}
