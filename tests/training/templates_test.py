import shutil

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.planted_pairs import make_planted_wardrobe
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.training import templates as module
from tfcompat.training.execution import execute
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.templates import Templates, make_templates
from tfcompat.training.trained_designer import TrainedDesigner

TOPS = np.arange(6)
NOBODY = np.full(6, -1)


@pytest.fixture
def generator(geco_runs):
    return geco_runs["cigm"]


@pytest.fixture
def generated(monkeypatch):
    """List that grows by the queries of each generation."""
    calls = []
    original = module._generate

    def counted(run, wardrobe, customers, queries, *arguments):
        calls.append(queries.tolist())
        return original(run, wardrobe, customers, queries, *arguments)

    monkeypatch.setattr(module, "_generate", counted)
    return calls


def livelier(generator, path):
    """A copy of a run that heeds its noise and draws in stronger strokes."""
    shutil.copytree(generator.path, path)
    run = RunFolder(path)
    model = keras.saving.load_model(run.model / "model.keras")
    for layer in (*model.generator.up, model.generator.draw):
        layer.kernel.assign(20.0 * layer.kernel)
    run.write_model(model)
    return run


def files(generator):
    return sorted(
        path.name for path in (generator.path / "templates").iterdir()
    )


class TestMakeTemplates:
    def test_are_what_the_generator_draws(self, planted, generator):
        made = make_templates(generator.path, planted, NOBODY, TOPS, 16)
        rows = tf.constant([4, 2, 2])
        images = ImageStore(planted.image_paths, 16).batch(rows)
        model = TrainedDesigner(generator.path, planted).model
        np.testing.assert_allclose(
            made.batch(tf.constant([-1, 0, 1]), rows),
            model({"query": images}),
            atol=1 / 255,
        )

    def test_are_generated_once(self, planted, generator, generated):
        queries = np.array([7, 8, 8, 7])
        first = make_templates(generator.path, planted, queries, queries, 16)
        second = make_templates(generator.path, planted, NOBODY, [8, 7], 16)
        assert generated == [[7, 8]]
        assert len(first) == len(second) == 2

    def test_another_image_is_another_template(
        self, planted, generator, generated, tmp_path
    ):
        wardrobe = make_planted_wardrobe(tmp_path / "w", seed=5)
        make_templates(generator.path, wardrobe, NOBODY, TOPS, 16)
        before = files(generator)
        path = wardrobe.image_paths[0]
        path.write_bytes(wardrobe.image_paths[1].read_bytes())
        again = Wardrobe.load(tmp_path / "w")
        made = make_templates(generator.path, again, NOBODY, TOPS, 16)
        assert len(generated) == 2
        assert set(files(generator)) > set(before)
        drawn = made.batch(tf.constant([-1, -1]), tf.constant([0, 1]))
        np.testing.assert_array_equal(drawn[0], drawn[1])

    def test_another_generator_is_another_template(
        self, planted, generator, generated, tmp_path
    ):
        other = livelier(generator, tmp_path / "cigm")
        make_templates(generator.path, planted, NOBODY, TOPS, 16)
        before = len(generated)
        # The folder has the templates of the one that it is a copy of.
        make_templates(other.path, planted, NOBODY, TOPS, 16)
        assert len(generated) == before + 1

    def test_noise_is_off_unless_asked_for(self, planted, generator, tmp_path):
        other = livelier(generator, tmp_path / "cigm")
        plain, noisy, third = (
            make_templates(
                other.path, planted, NOBODY, TOPS, 16, noise_seed=seed
            ).batch(tf.constant(NOBODY, tf.int32), tf.constant(TOPS, tf.int32))
            for seed in (None, 1, 2)
        )
        assert np.abs(plain - noisy).max() > 0.01
        assert np.abs(third - noisy).max() > 0.01

    def test_size_is_brought_to_what_is_asked(self, planted, generator):
        made = make_templates(generator.path, planted, NOBODY, TOPS, 24)
        drawn = made.batch(tf.constant([-1]), tf.constant([3]))
        assert drawn.shape == (1, 24, 24, 3)
        assert 0 <= np.min(drawn) and np.max(drawn) <= 1


class TestTemplates:
    def test_are_found_by_customer_and_query(self):
        # Keys (customer + 1) * 10 + query of a stranger with 3 and customer
        # 1 with 0.
        pixels = np.zeros((2, 1, 1, 3), "uint8")
        pixels[1] = 255
        personal = Templates([3, 20], pixels, 10, 1, is_personal=True)
        drawn = personal.batch(tf.constant([1, -1]), tf.constant([0, 3]))
        assert drawn[:, 0, 0, 0].numpy().tolist() == [1.0, 0.0]

    def test_unknown_query_is_an_error(self):
        some = Templates([3], np.zeros((1, 1, 1, 3), "uint8"), 10, 1, False)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="has no template"
        ):
            some.batch(tf.constant([-1]), tf.constant([4]))

    def test_noise_of_what_has_none_is_refused(self, planted, tmp_path):
        from tfcompat.training.gan_baselines import DomainTransferConfig

        config = DomainTransferConfig(
            image_size=16, width=2, epochs=1, epoch_steps=1, batch_size=4
        )
        run = execute(config, planted, tmp_path / "run")
        with pytest.raises(InputError, match="has no noise"):
            make_templates(run.path, planted, NOBODY, TOPS, 16, noise_seed=1)
