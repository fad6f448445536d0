"""What every model must do, whatever it computes.

A model's test subclasses `ModelContract` and says how to make the model and a
batch; pytest then runs the whole battery on it.
"""

import inspect

import numpy as np
import tensorflow as tf
import tf_keras as keras


def assert_same(actual, expected):
    """Two tensors, or dicts of tensors, agree to float32's rounding."""
    tf.nest.map_structure(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5),
        actual,
        expected,
    )


class ModelContract:
    """Subclasses define `make_model()` and `make_batch()`.

    `make_batch()` returns `(inputs, labels)`, the same each time. A compiled
    model's `loss` is a class attribute; a model that is compiled otherwise
    overrides `compile`. Every constructor argument should be given a value
    other than its default.
    """

    loss = None
    fit_epochs = 60
    learning_rate = 0.01
    # By what part of its first value training on one batch brings the loss.
    fits_to = 0.5

    def make_model(self):
        raise NotImplementedError

    def make_batch(self):
        raise NotImplementedError

    def compile(self, model):
        model.compile(
            optimizer=keras.optimizers.Adam(self.learning_rate), loss=self.loss
        )

    def train(self, model, epochs):
        """Trains on the one batch; returns the loss of every epoch."""
        data = tf.data.Dataset.from_tensors(self.make_batch())
        return model.fit(data, epochs=epochs, verbose=0).history["loss"]

    def test_scores_have_the_shape_of_the_labels(self):
        inputs, labels = self.make_batch()
        scores = self.make_model()(inputs)
        assert scores.shape == labels.shape
        assert scores.dtype == tf.float32

    def test_config_names_every_constructor_argument(self):
        model = self.make_model()
        names = set(inspect.signature(type(model)).parameters) - {"kwargs"}
        assert names <= model.get_config().keys()

    def test_saved_model_scores_the_same(self, tmp_path):
        keras.utils.set_random_seed(1)
        inputs, _ = self.make_batch()
        model = self.make_model()
        model(inputs)  # Builds it.
        self.compile(model)
        self.train(model, 1)  # So that statistics differ from fresh ones.
        expected = model(inputs)
        model.save(tmp_path / "model.keras")
        keras.utils.set_random_seed(2)
        restored = keras.saving.load_model(
            tmp_path / "model.keras", compile=False
        )
        assert_same(restored(inputs), expected)

    def test_training_moves_every_weight(self):
        keras.utils.set_random_seed(3)
        inputs, _ = self.make_batch()
        model = self.make_model()
        model(inputs)
        before = [weight.numpy() for weight in model.trainable_variables]
        self.compile(model)
        self.train(model, 3)
        for weight, old in zip(model.trainable_variables, before, strict=True):
            assert not np.array_equal(weight.numpy(), old), weight.name

    def test_fits_one_batch(self):
        keras.utils.set_random_seed(4)
        inputs, _ = self.make_batch()
        model = self.make_model()
        model(inputs)
        self.compile(model)
        losses = self.train(model, self.fit_epochs)
        assert np.isfinite(losses).all()
        assert losses[-1] < self.fits_to * losses[0], losses[:: len(losses) - 1]

    def test_training_is_deterministic_by_seed(self):
        losses = []
        for _ in range(2):
            keras.utils.set_random_seed(5)
            model = self.make_model()
            self.compile(model)
            losses.append(self.train(model, 2))
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
