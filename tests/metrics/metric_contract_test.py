import inspect

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat import metrics

# Arguments that differ from every default.
ARGUMENTS = {
    metrics.AUPRC: {},
    metrics.AveragePrecisionAtK: {"k": 3},
    metrics.CustomerAveraged: {"metric": metrics.RecallAtPercent(30)},
    metrics.FillInTheBlankAccuracy: {},
    metrics.MeanReciprocalRank: {},
    metrics.NDCGAtK: {"k": 2},
    metrics.ROCAUC: {},
    metrics.RecallAtK: {"k": 2},
    metrics.RecallAtPercent: {"percent": 30},
}
COMPILABLE = ARGUMENTS.keys() - {metrics.CustomerAveraged}
random = np.random.default_rng(0)
INPUTS = random.normal(size=(22, 4)).astype("float32")
LABELS = random.integers(0, 2, (22, 4))
SCORES = random.normal(size=(22, 4)).round(1).astype("float32")
CUSTOMERS = random.integers(0, 3, 22)


def update(metric, part=slice(None)):
    extra = (
        [CUSTOMERS[part]] if type(metric) is metrics.CustomerAveraged else []
    )
    metric.update_state(LABELS[part], SCORES[part], *extra)
    return float(metric.result())


def make_model(run_eagerly=False):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    model.compile(
        keras.optimizers.SGD(0.1),
        loss="mse",
        metrics=[
            make(**ARGUMENTS[make])
            for make in sorted(COMPILABLE, key=lambda make: make.__name__)
        ],
        run_eagerly=run_eagerly,
    )
    return model


def test_every_public_metric_is_tested_here():
    public = {getattr(metrics, name) for name in metrics.__all__}
    assert ARGUMENTS.keys() == {
        each
        for each in public
        if inspect.isclass(each) and issubclass(each, keras.metrics.Metric)
    }


@pytest.mark.parametrize("make", ARGUMENTS, ids=lambda make: make.__name__)
class TestEveryMetric:
    def test_config_names_every_constructor_argument(self, make):
        names = set(inspect.signature(make).parameters) - {"kwargs"}
        assert names <= make(**ARGUMENTS[make]).get_config().keys()

    def test_restored_metric_measures_the_same(self, make):
        metric = make(**ARGUMENTS[make], name="mine")
        config = keras.saving.serialize_keras_object(metric)
        restored = keras.saving.deserialize_keras_object(config)
        assert type(restored) is make
        assert restored.get_config() == metric.get_config()
        assert update(restored) == update(metric)

    def test_arguments_matter(self, make):
        if make is not metrics.CustomerAveraged and ARGUMENTS[make]:
            assert update(make(**ARGUMENTS[make])) != update(make())

    def test_batches_add_up_to_the_whole(self, make):
        whole = update(make(**ARGUMENTS[make]))
        metric = make(**ARGUMENTS[make])
        for part in (slice(0, 1), slice(1, 14), slice(14, None)):
            last = update(metric, part)
        assert last == pytest.approx(whole, rel=1e-6)

    def test_reset_forgets(self, make):
        metric = make(**ARGUMENTS[make])
        update(metric, slice(0, 9))
        metric.reset_state()
        fresh = make(**ARGUMENTS[make])
        assert update(metric, slice(9, 22)) == update(fresh, slice(9, 22))

    def test_graph_of_unknown_shapes(self, make):
        metric = make(**ARGUMENTS[make])
        expected = update(make(**ARGUMENTS[make]))
        arguments = [LABELS, SCORES]
        if make is metrics.CustomerAveraged:
            arguments.append(CUSTOMERS)
        signature = [tf.TensorSpec([None] * x.ndim, x.dtype) for x in arguments]

        @tf.function(input_signature=signature)
        def step(*batch):
            metric.update_state(*batch)

        for part in (slice(0, 9), slice(9, 22)):
            step(*(x[part] for x in arguments))
        assert float(metric.result()) == pytest.approx(expected, rel=1e-6)


class TestInKeras:
    def test_fit_and_evaluate_rank_the_whole_set(self, tmp_path):
        keras.utils.set_random_seed(0)
        model = make_model()
        history = model.fit(
            INPUTS,
            LABELS,
            epochs=2,
            batch_size=5,
            validation_data=(INPUTS, LABELS),
            verbose=0,
        ).history
        scores = model.predict(INPUTS, verbose=0)
        results = model.evaluate(
            INPUTS, LABELS, batch_size=7, verbose=0, return_dict=True
        )
        for make in COMPILABLE:
            metric = make(**ARGUMENTS[make])
            metric.update_state(LABELS, scores)
            expected = pytest.approx(float(metric.result()), rel=1e-5)
            assert results[metric.name] == expected
            assert history[f"val_{metric.name}"][-1] == expected

        # The votes kept by the metrics do not get in the way of saving.
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(tmp_path / "model.keras")
        again = restored.evaluate(INPUTS, LABELS, verbose=0, return_dict=True)
        assert again == pytest.approx(results, rel=1e-5)

    def test_customer_average_says_why_it_cannot_be_compiled(self):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
        metric = metrics.CustomerAveraged(metrics.ROCAUC())
        model.compile(loss="mse", metrics=[metric], run_eagerly=True)
        with pytest.raises(ValueError, match="evaluate_votes"):
            model.evaluate(INPUTS, LABELS, verbose=0)
