import dataclasses
import io
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.command import tfcompat_main
from tests.designer_run import write_designer_run
from tfcompat.data.errors import InputError
from tfcompat.data.questions import Questions
from tfcompat.export.export import export_run
from tfcompat.export.geco_building import make_geco_servable
from tfcompat.export.serving_options import ServingOptions
from tfcompat.serving import Client
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.training.compatibility import GECoConfig, RandomConfig
from tfcompat.training.execution import execute
from tfcompat.training.run_folder import RunFolder
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


class TestManyPhotos:
    ROWS = 150

    def watch(self, model, name, monkeypatch):
        """Batch sizes that a method of a model is called with, as it runs."""
        sizes, method = [], getattr(model, name)

        def call(images, *arguments, **options):
            content = tf.nest.flatten(images)[0]
            tf.py_function(
                lambda size: sizes.append(int(size)), [tf.shape(content)[0]], []
            )
            return method(images, *arguments, **options)

        monkeypatch.setattr(model, name, call)
        return sizes

    def test_go_through_the_networks_64_at_a_time(
        self, run, planted, monkeypatch
    ):
        servable = make_geco_servable(run, planted, ServingOptions())
        seen = self.watch(servable.model, "describe", monkeypatch)
        drawn = self.watch(servable, "generator", monkeypatch)
        photos = [photo(planted, row) for row in range(self.ROWS)]
        assert len(set(photos)) == self.ROWS
        servable.signatures["serving_default"](
            tf.constant(photos), tf.constant(photos[::-1])
        )
        # 150 rows are three blocks of 50.
        assert seen == [50] * 9 and drawn == [50] * 3
        del seen[:], drawn[:]
        servable.signatures["complete"](tf.constant(photos), tf.constant(2))
        assert seen == [50] * 6 and drawn == [50] * 3

    def test_get_the_answers_of_few(self, signatures, planted):
        photos = [photo(planted, row) for row in range(self.ROWS)]

        def ask(part):
            scored = signatures["serving_default"](
                query=tf.constant(photos[part]),
                candidate=tf.constant(photos[::-1][part]),
            )
            found = signatures["complete"](
                query=tf.constant(photos[part]), k=tf.constant(3)
            )
            return {"pairs": scored["score"], **found}

        together = ask(slice(None))
        parts = [
            ask(slice(start, start + 10)) for start in range(0, self.ROWS, 10)
        ]
        for name, answer in together.items():
            apart = np.concatenate([part[name] for part in parts])
            if name in ("pairs", "score"):
                np.testing.assert_allclose(answer, apart, atol=1e-5)
            else:
                np.testing.assert_array_equal(answer, apart)

    def test_none_at_all(self, signatures):
        none = tf.zeros([0], tf.string)
        answer = signatures["complete"](query=none, k=tf.constant(3))
        assert len(answer["item_id"]) == len(answer["template"]) == 0
        scored = signatures["serving_default"](query=none, candidate=none)
        assert scored["score"].shape == (0,)


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


class TestIndex:
    def test_card_tells_the_kind_that_was_made(self, run, planted):
        options = ServingOptions(index="scann")  # A hundred items: exact.
        servable = make_geco_servable(run, planted, options)
        catalogue = servable.card["data"]["catalogue"]
        assert catalogue == {"items": BOTTOMS, "index": "exact"}

    def test_scann_is_advised_by_items_and_numbers(
        self, run, planted, advised, caplog
    ):
        servable = make_geco_servable(run, planted, ServingOptions())
        assert advised == [(BOTTOMS, servable.index.dim)]
        assert "geco: 100 items of 128 numbers" in caplog.text


class TestWhatIsServed:
    def changed(self, run, path, **settings):
        """A copy of a run with other settings."""
        shutil.copytree(run.path, path)
        file = path / "config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**config, **settings}), encoding="utf-8")
        return RunFolder(path)

    def test_noisy_templates_are_refused(self, run, planted, tmp_path):
        noisy = self.changed(run, tmp_path / "noisy", template_noise=True)
        with pytest.raises(InputError, match="noisy: .* template_noise"):
            export_run(noisy.path, tmp_path / "models", wardrobe=planted)

    def test_a_generator_that_asks_for_whom_is_refused(
        self, run, geco_runs, planted, tmp_path
    ):
        designer = write_designer_run(
            tmp_path / "designer", planted, geco_runs["encoder"].path
        )
        own = self.changed(run, tmp_path / "own", generator=str(designer.path))
        with pytest.raises(
            InputError, match="own: its generator=.*/designer designs for a"
        ):
            export_run(own.path, tmp_path / "models", wardrobe=planted)

    def test_others_are_refused(self, run, planted, tmp_path):
        other = execute(RandomConfig(), planted, tmp_path / "random")
        with pytest.raises(InputError, match="is Random of no parts"):
            export_run(other.path, tmp_path / "models", wardrobe=planted)
        bare = dataclasses.replace(planted, items=planted.items.copy())
        bare.items["group"] = "top"
        bare.__dict__.pop("groups", None)
        with pytest.raises(InputError, match="group 'bottom'"):
            export_run(run.path, tmp_path / "models", wardrobe=bare)
