"""What every baseline that designs must do, whatever it computes."""

import inspect

import numpy as np
import tensorflow as tf
import tf_keras as keras

SIZE = 32


def make_design_batch(seed=0, batch=6, size=SIZE):
    """One batch in the format of `make_design_dataset`: plain garments.

    A query is of one colour and its target of the same, turned round.
    """
    random = np.random.default_rng(seed)

    def garments(colours):
        images = np.ones((len(colours), size, size, 3), "float32")
        images[:, size // 8 : -size // 8, size // 4 : -size // 4] = colours[
            :, None, None, :
        ]
        return images

    colours = random.random((batch, 3)).astype("float32")
    inputs = {
        "query": garments(colours),
        "customer": random.integers(-1, 4, batch).astype("int32"),
    }
    labels = {
        "target": garments(colours[:, ::-1]),
        "random": garments(random.random((batch, 3)).astype("float32")),
        "disliked_query": garments(colours),
        "disliked_target": garments(random.random((batch, 3))),
    }
    return inputs, labels


def assert_same_weights(first, second):
    for a, b in zip(first.weights, second.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=a.name)


class DesignContract:
    """Subclasses define `make_model()` and may override `compile`."""

    fit_epochs = 60
    fits_to = 0.7
    # How far the design of a query may depend on the batch it is in.
    tolerance = 1e-5

    def make_model(self):
        raise NotImplementedError

    def compile(self, model):
        model.compile(
            keras.optimizers.Adam(1e-3, beta_1=0.5),
            keras.optimizers.Adam(1e-3, beta_1=0.5),
        )

    def compile_to_fit(self, model):
        """Sets up the training that shall fit one batch."""
        self.compile(model)

    def train(self, model, steps):
        """Trains eagerly, as tracing costs more than steps this small."""
        batch = make_design_batch()
        for _ in range(steps):
            logs = model.train_step(batch)
        return {name: float(value) for name, value in logs.items()}

    def ready(self, seed=3):
        keras.utils.set_random_seed(seed)
        model = self.make_model()
        self.compile(model)
        return model

    def test_designs_are_images(self):
        inputs, _ = make_design_batch()
        model = self.ready()
        designs = model(inputs).numpy()
        assert designs.shape == (6, SIZE, SIZE, 3)
        assert designs.dtype == np.float32
        assert designs.min() >= 0 and designs.max() <= 1
        assert np.ptp(designs, axis=0).max() > 0  # The query matters.

    def test_a_query_has_one_design_whatever_the_batch(self):
        inputs, _ = make_design_batch()
        model = self.ready()
        self.train(model, 1)
        designs = model(inputs)
        turned = model({name: x[::-1] for name, x in inputs.items()})
        alone = model({name: x[2:3] for name, x in inputs.items()})
        np.testing.assert_allclose(turned[::-1], designs, atol=self.tolerance)
        np.testing.assert_allclose(alone[0], designs[2], atol=self.tolerance)

    def test_customer_does_not_matter(self):
        inputs, _ = make_design_batch()
        model = self.ready()
        others = {**inputs, "customer": inputs["customer"] + 1}
        np.testing.assert_array_equal(model(inputs), model(others))

    def test_config_names_every_constructor_argument(self):
        model = self.make_model()
        names = set(inspect.signature(type(model)).parameters) - {"kwargs"}
        assert names <= model.get_config().keys()

    def test_saved_model_designs_the_same(self, tmp_path):
        inputs, _ = make_design_batch()
        model = self.ready()
        self.train(model, 2)
        model.save(tmp_path / "model.keras")
        keras.utils.set_random_seed(9)
        restored = keras.saving.load_model(
            tmp_path / "model.keras", compile=False
        )
        np.testing.assert_allclose(
            restored(inputs), model(inputs), rtol=1e-4, atol=1e-5
        )
        assert_same_weights(restored, model)

    def test_training_moves_every_weight(self):
        model = self.ready()
        before = [weight.numpy() for weight in model.trainable_variables]
        assert before
        self.train(model, 3)
        for weight, old in zip(model.trainable_variables, before, strict=True):
            assert not np.array_equal(weight.numpy(), old), weight.name

    def test_fits_one_batch(self):
        keras.utils.set_random_seed(3)
        model = self.make_model()
        self.compile_to_fit(model)
        data = tf.data.Dataset.from_tensors(make_design_batch())
        history = model.fit(data, epochs=self.fit_epochs, verbose=0).history
        assert history.keys() == model.trackers.keys()
        for name, values in history.items():
            assert np.isfinite(values).all(), name
        measure = self.measure_fit(history)
        assert measure[-1] < self.fits_to * measure[0], measure

    def measure_fit(self, history):
        """What falls when a model learns; by default its loss."""
        return history["loss"]

    def test_scores_are_probabilities(self):
        logs = self.train(self.ready(), 2)
        for name in ("real_score", "fake_score"):
            assert 0 < logs[name] < 1

    def test_training_is_deterministic_by_seed(self):
        models = [self.ready(5) for _ in range(2)]
        for model in models:
            self.train(model, 2)
        assert_same_weights(*models)

    def test_resumed_training_draws_the_noise_it_would_have_drawn(
        self, tmp_path
    ):
        whole = self.ready(5)
        self.train(whole, 3)
        first = self.ready(5)
        self.train(first, 2)
        kept = tf.train.Checkpoint(model=first).save(str(tmp_path / "kept"))
        resumed = self.ready(6)
        tf.train.Checkpoint(model=resumed).restore(kept)
        self.train(resumed, 1)
        assert_same_weights(resumed, whole)

    def test_trains_in_mixed_bfloat16(self):
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        try:
            model = self.ready()
            logs = self.train(model, 2)
            designs = model(make_design_batch()[0])
        finally:
            keras.mixed_precision.set_global_policy("float32")
        assert np.isfinite(list(logs.values())).all()
        assert designs.dtype == tf.float32
