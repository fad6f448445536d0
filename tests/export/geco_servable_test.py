import dataclasses
import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.errors import InputError
from tfcompat.data.questions import Questions
from tfcompat.export.export import export_run
from tfcompat.serving import Client
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.training.compatibility import GECoConfig, RandomConfig
from tfcompat.training.execution import execute
from tfcompat.training.trained_matcher import TrainedMatcher

TOPS, BOTTOMS = 60, 100


@pytest.fixture(scope="module")
def run(geco_runs):
    return geco_runs["geco"]


@pytest.fixture(scope="module")
def models(run, planted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    assert tfcompat_main(f"export {run.path} --to {folder}") == 0
    return folder


@pytest.fixture(scope="module")
def signatures(models):
    return tf.saved_model.load(str(models / "geco" / "1")).signatures


@pytest.fixture(scope="module")
def expected(run, planted):
    """Scores `[tops, bottoms]` of the model itself."""
    matcher = TrainedMatcher(run.path, planted)
    tops = np.arange(TOPS)
    bottoms = np.tile(TOPS + np.arange(BOTTOMS), (TOPS, 1))
    return matcher.score(
        Questions(np.full(TOPS, -1), tops, bottoms, np.zeros(bottoms.shape))
    )


def photo(wardrobe, row):
    return wardrobe.image_paths[row].read_bytes()


class TestSignatures:
    def test_score_is_that_of_the_model(self, signatures, planted, expected):
        pairs = [(0, 60), (7, 99), (0, 70)]
        answer = signatures["serving_default"](
            query=tf.constant([photo(planted, top) for top, _ in pairs]),
            candidate=tf.constant([photo(planted, b) for _, b in pairs]),
        )
        assert list(answer) == ["score"]
        np.testing.assert_allclose(
            answer["score"],
            [expected[top, bottom - TOPS] for top, bottom in pairs],
            rtol=1e-3,
            atol=1e-4,
        )

    def test_complete_finds_the_best_of_the_group(
        self, signatures, planted, expected
    ):
        answer = signatures["complete"](
            query=tf.constant([photo(planted, 3), photo(planted, 9)]),
            k=tf.constant([4, 2]),
        )
        assert answer["item_id"].shape == (2, 4)
        for place, (top, k) in enumerate([(3, 4), (9, 2)]):
            best = np.sort(expected[top])[::-1][:k]
            scores = answer["score"][place].numpy()
            np.testing.assert_allclose(scores[:k], best, rtol=1e-3, atol=1e-4)
            names = [name.decode() for name in answer["item_id"][place].numpy()]
            assert all(name.startswith("bottom-") for name in names[:k])
            assert names[k:] == [""] * (4 - k)
            assert (scores[k:] == -np.inf).all()

    def test_template_is_a_png_of_what_is_imagined(
        self, signatures, run, planted
    ):
        answer = signatures["complete"](
            query=tf.constant([photo(planted, 3)] * 2), k=tf.constant(1)
        )
        first, second = answer["template"].numpy()
        assert first == second
        with Image.open(io.BytesIO(first)) as image:
            assert image.format == "PNG" and image.size == (16, 16)
            pixels = np.asarray(image) / 255
        matcher = TrainedMatcher(run.path, planted)
        # The model sees it brought to its own 32 pixels.
        seen = matcher.templates(np.array([-1]), np.array([3]))[0].numpy()
        assert np.abs(seen[::2, ::2].mean() - pixels.mean()) < 0.02

    def test_the_query_itself_is_never_found(self, signatures, planted):
        answer = signatures["complete"](
            query=tf.constant([photo(planted, 65)]), k=tf.constant(BOTTOMS)
        )
        names = [name.decode() for name in answer["item_id"][0].numpy()]
        assert planted.items["item_id"][65] not in names
        assert len(set(names) - {""}) == BOTTOMS - 1

    @pytest.mark.parametrize(
        ("query", "message"),
        [(b"", "query row 1: is empty"), (b"text", "query row 1: is no image")],
    )
    def test_bad_photo_is_named_by_its_row(
        self, signatures, planted, query, message
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            signatures["complete"](
                query=tf.constant([photo(planted, 0), query]), k=tf.constant(1)
            )


class TestFrozenEncoder:
    def test_is_part_of_what_is_served(self, geco_runs, planted, tmp_path):
        config = GECoConfig(
            image_size=32,
            backbone="frozen",
            trained_convolutions=2,
            encoder=str(geco_runs["encoder"].path),
            generator=str(geco_runs["cigm"].path),
            batch_size=16,
            epochs=1,
            precision="float32",
        )
        tuned = execute(config, planted, tmp_path / "run")
        export_run(tuned.path, tmp_path / "models", wardrobe=planted)
        served = tf.saved_model.load(str(tmp_path / "models" / "geco" / "1"))
        answer = served.signatures["serving_default"](
            query=tf.constant([photo(planted, 7)]),
            candidate=tf.constant([photo(planted, 99)]),
        )
        question = Questions(
            np.array([-1]), np.array([7]), np.array([[99]]), np.ones((1, 1))
        )
        expected = TrainedMatcher(tuned.path, planted).score(question)
        np.testing.assert_allclose(
            answer["score"], expected[0], rtol=1e-2, atol=1e-3
        )


class TestServing:
    def test_query_complete_through_the_command(
        self, models, planted, tmp_path, capsys
    ):
        with EmbeddedServer(models, port=0) as server:
            address = f"127.0.0.1:{server.port}"
            with Client(address) as client:
                client.wait_until_ready("geco")
            status = tfcompat_main(
                f"query complete --model geco --server {address} --query top-5"
                f" --data {planted.folder} --k 3 --save {tmp_path / 't.png'}"
            )
        assert status == 0
        lines = capsys.readouterr().out.strip().splitlines()
        assert sum("bottom-" in line for line in lines) == 3
        with Image.open(tmp_path / "t.png") as image:
            assert image.size == (16, 16)


class TestWhatIsServed:
    def test_others_are_refused(self, run, planted, tmp_path):
        other = execute(RandomConfig(), planted, tmp_path / "random")
        with pytest.raises(InputError, match="is Random of no parts"):
            export_run(other.path, tmp_path / "models", wardrobe=planted)
        bare = dataclasses.replace(planted, items=planted.items.copy())
        bare.items["group"] = "top"
        bare.__dict__.pop("groups", None)
        with pytest.raises(InputError, match="group 'bottom'"):
            export_run(run.path, tmp_path / "models", wardrobe=bare)
