import inspect

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.metrics.frechet_distance import FrechetDistance
from tfcompat.metrics.inception_score import InceptionScore
from tfcompat.metrics.kernel_distance import KernelDistance
from tfcompat.metrics.opposite_ssim import OppositeSSIM

random = np.random.default_rng(0)
REAL = random.normal(size=(40, 5)).astype("float32")
DESIGNED = random.normal(0.5, 1.5, (40, 5)).astype("float32")
PROBABILITIES = random.dirichlet(np.ones(4), 40).astype("float32")
IMAGES = random.random((40, 16, 16, 3)).astype("float32")
# Arguments that differ from every default, and what to update with.
CASES = {
    InceptionScore: ({"num_classes": 4, "splits": 3}, [PROBABILITIES]),
    FrechetDistance: ({"dim": 5}, [REAL, DESIGNED]),
    KernelDistance: ({"dim": 5}, [REAL, DESIGNED]),
    OppositeSSIM: ({"image_size": 16, "partners": 3}, [IMAGES]),
}


def make_case(make):
    arguments, columns = CASES[make]
    return make(**arguments, name="mine"), columns


def measure(metric, columns, part=slice(None)):
    metric.update_state(*(column[part] for column in columns))
    return metric


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
class TestEveryGenerationMetric:
    def test_config_names_every_constructor_argument(self, make):
        metric, _ = make_case(make)
        names = set(inspect.signature(make).parameters) - {"kwargs"}
        assert names <= metric.get_config().keys()

    def test_restored_metric_measures_the_same(self, make):
        metric, columns = make_case(make)
        config = keras.saving.serialize_keras_object(metric)
        restored = keras.saving.deserialize_keras_object(config)
        assert type(restored) is make
        assert restored.get_config() == metric.get_config()
        assert float(measure(restored, columns).result()) == float(
            measure(metric, columns).result()
        )

    def test_batches_add_up_to_the_whole(self, make):
        whole, columns = make_case(make)
        expected = float(measure(whole, columns).result())
        metric, _ = make_case(make)
        for part in (slice(0, 1), slice(1, 3), slice(3, 3), slice(3, 40)):
            measure(metric, columns, part)
        assert np.isfinite(expected)
        assert float(metric.result()) == pytest.approx(expected, rel=1e-5)

    def test_reset_forgets(self, make):
        metric, columns = make_case(make)
        measure(metric, columns, slice(0, 9))
        metric.reset_state()
        fresh, _ = make_case(make)
        part = slice(9, 40)
        assert float(measure(metric, columns, part).result()) == float(
            measure(fresh, columns, part).result()
        )

    def test_graph_of_unknown_batch_sizes(self, make):
        whole, columns = make_case(make)
        expected = float(measure(whole, columns).result())
        metric, _ = make_case(make)

        @tf.function(
            input_signature=[
                tf.TensorSpec([None, *column.shape[1:]]) for column in columns
            ]
        )
        def step(*batch):
            metric.update_state(*batch)

        result = tf.function(lambda: metric.result())
        for part in (slice(0, 13), slice(13, 40)):
            step(*(column[part] for column in columns))
        assert float(result()) == pytest.approx(expected, rel=1e-5)

    def test_merged_metrics_measure_all_they_have_seen(self, make):
        first, columns = make_case(make)
        second, _ = make_case(make)
        measure(first, columns, slice(0, 21))
        measure(second, columns, slice(21, 40))
        apart = float(first.result())
        first.merge_state([second])
        merged = float(first.result())
        whole, _ = make_case(make)
        expected = float(measure(whole, columns).result())
        assert merged != apart
        # Pairs across the two are not formed, so SSIM agrees only roughly.
        close = 0.02 if make is OppositeSSIM else 1e-5
        assert merged == pytest.approx(expected, rel=close)

    def test_bfloat16_is_measured_in_full_precision(self, make):
        metric, columns = make_case(make)
        rounded = [tf.cast(column, tf.bfloat16) for column in columns]
        expected, _ = make_case(make)
        measure(expected, [tf.cast(column, tf.float32) for column in rounded])
        metric.update_state(*rounded)
        assert float(metric.result()) == float(expected.result())

    def test_sizes_must_be_positive(self, make):
        arguments, _ = CASES[make]
        for name in arguments:
            with pytest.raises(ValueError, match=f"`{name}` must be .*got 0"):
                make(**{**arguments, name: 0})
