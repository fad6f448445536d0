import inspect

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat import losses

# Arguments that differ from every default.
ARGUMENTS = {
    losses.BPRLoss: {},
    losses.CalibratedLogisticLoss: {"margin": 2.5, "floor": 0.03},
    losses.ContrastiveLoss: {"margin": 2.5},
    losses.GECoLoss: {
        "bpr_weight": 0.3,
        "info_nce_weight": 0.7,
        "temperature": 0.2,
    },
    losses.InfoNCELoss: {"temperature": 0.3},
    losses.LogisticLoss: {},
    losses.OutfitRankingLoss: {"margin": 0.7},
    losses.TripletLoss: {"margin": 0.7},
}
LABELS = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
SCORES = np.array(
    [
        [-0.2, -1.0, -0.2, -3.0],
        [-0.4, -0.4, -0.4, -0.4],
        [-0.1, -0.9, -2.4, -0.3],
        [-0.6, -1.9, -0.0, -0.3],
    ],
    "float32",
)


def make_losses(**kwargs):
    return [make(**a, **kwargs) for make, a in ARGUMENTS.items()]


def rows(loss, labels, scores):
    """Costs before reduction and their gradient."""
    scores = tf.constant(scores, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        costs = loss.call(labels, scores)
    return costs.numpy(), tape.gradient(costs, scores).numpy()


def test_every_public_loss_is_tested_here():
    public = {getattr(losses, name) for name in losses.__all__}
    assert public == ARGUMENTS.keys()


@pytest.mark.parametrize("loss", make_losses(), ids=lambda x: x.name)
class TestEveryLoss:
    def test_config_names_every_constructor_argument(self, loss):
        names = set(inspect.signature(type(loss)).parameters) - {"kwargs"}
        assert names <= loss.get_config().keys()

    def test_restored_loss_costs_the_same(self, loss):
        loss = type(loss)(**ARGUMENTS[type(loss)], name="mine", reduction="sum")
        config = keras.saving.serialize_keras_object(loss)
        restored = keras.saving.deserialize_keras_object(config)
        assert type(restored) is type(loss)
        assert restored.get_config() == loss.get_config()
        assert float(restored(LABELS, SCORES)) == float(loss(LABELS, SCORES))

    def test_default_arguments_differ_from_the_tested_ones(self, loss):
        for name, value in ARGUMENTS[type(loss)].items():
            assert type(loss)().get_config()[name] != value

    def test_one_cost_a_row(self, loss):
        costs, _ = rows(loss, LABELS, SCORES)
        assert costs.shape == (4,)
        assert (costs >= 0).all()

    def test_batch_of_one_costs_what_it_costs_among_others(self, loss):
        together, _ = rows(loss, LABELS, SCORES)
        alone = [
            rows(loss, LABELS[i : i + 1], SCORES[i : i + 1])[0][0]
            for i in range(4)
        ]
        np.testing.assert_allclose(alone, together, rtol=1e-6)

    def test_order_of_candidates_does_not_matter(self, loss):
        order = [2, 0, 3, 1]
        costs, gradient = rows(loss, LABELS, SCORES)
        permuted, moved = rows(loss, LABELS[:, order], SCORES[:, order])
        np.testing.assert_allclose(permuted, costs, rtol=1e-5)
        np.testing.assert_allclose(moved, gradient[:, order], atol=1e-6)

    @pytest.mark.parametrize("scale", [0.0, 1.0, 1e4, 1e8])
    def test_costs_and_gradients_stay_finite(self, loss, scale):
        costs, gradient = rows(loss, LABELS, SCORES * scale)
        assert np.isfinite(costs).all()
        assert np.isfinite(gradient).all()

    def test_gradient_never_asks_for_worse_scores(self, loss):
        _, gradient = rows(loss, LABELS, SCORES)
        assert (gradient[LABELS == 1] <= 0).all()
        assert (gradient[LABELS == 0] >= 0).all()
        assert (gradient[0] != 0).any()

    def test_label_dtype_does_not_matter(self, loss):
        costs, _ = rows(loss, LABELS.astype("float32"), SCORES)
        for dtype in ("int32", "bool"):
            other, _ = rows(loss, LABELS.astype(dtype), SCORES)
            np.testing.assert_array_equal(other, costs)

    def test_model_fits_one_batch(self, loss, tmp_path):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((3,)),
                keras.layers.Dense(16, activation="relu"),
                keras.layers.Dense(4),
                keras.layers.Lambda(lambda x: -tf.nn.softplus(x)),
            ]
        )
        model.compile(keras.optimizers.Adam(0.02), loss=loss)
        inputs = np.eye(4, 3, dtype="float32")
        history = model.fit(inputs, LABELS, epochs=60, verbose=0).history
        assert history["loss"][-1] < 0.8 * history["loss"][0]


@pytest.mark.parametrize("value", [0, -1.0, float("nan")])
class TestWrongArguments:
    @pytest.mark.parametrize(
        "make",
        [
            losses.CalibratedLogisticLoss,
            losses.ContrastiveLoss,
            losses.OutfitRankingLoss,
            losses.TripletLoss,
        ],
    )
    def test_margin_must_be_positive(self, make, value):
        with pytest.raises(ValueError, match=f"`margin`.*{value}"):
            make(margin=value)

    def test_temperature_must_be_positive(self, value):
        with pytest.raises(ValueError, match=f"`temperature`.*{value}"):
            losses.InfoNCELoss(temperature=value)

    def test_floor_must_be_positive(self, value):
        with pytest.raises(ValueError, match=f"`floor`.*{value}"):
            losses.CalibratedLogisticLoss(floor=value)
