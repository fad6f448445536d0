import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tfcompat import metrics

LABELS = np.array([[1, 0], [1, 1], [0, 0]])
SCORES = np.array([[0.9, 0.8], [0.7, 0.6], [0.5, 0.4]], "float32")


def value(metric, labels=LABELS, scores=SCORES):
    metric.update_state(labels, scores)
    return float(metric.result())


class TestNumbersByHand:
    """All six votes are ranked together: 1 0 1 1 0 0."""

    def test_roc_auc(self):
        # 3 + 2 + 2 of 3 * 3 pairs.
        assert value(metrics.ROCAUC()) == pytest.approx(7 / 9)

    def test_auprc(self):
        expected = (1 + 2 / 3 + 3 / 4) / 3
        assert value(metrics.AUPRC()) == pytest.approx(expected)

    def test_recall_at_percent(self):
        assert value(metrics.RecallAtPercent()) == pytest.approx(2 / 3)
        assert value(metrics.RecallAtPercent(25)) == pytest.approx(1 / 3)

    def test_average_precision_at_k(self):
        expected = (1 + 1 / 2 + 2 / 3 + 3 / 4) / 4
        assert value(metrics.AveragePrecisionAtK(4)) == pytest.approx(expected)


class TestVoteMetric:
    def test_undefined_is_nan(self):
        assert np.isnan(value(metrics.ROCAUC(), [[1, 1]], SCORES[:1]))
        assert np.isnan(float(metrics.AUPRC().result()))

    def test_float64_scores_keep_their_order(self):
        # float32 cannot tell these two apart.
        scores = np.array([[1.0 + 1e-12, 1.0]])
        assert value(metrics.ROCAUC(), [[1, 0]], scores) == 1

    def test_nan_score_is_an_error(self):
        metric = metrics.ROCAUC()
        metric.update_state([[1, 0]], np.array([[np.nan, 1.0]]))
        with pytest.raises(ValueError, match="^`scores` has 1 NaN.$"):
            metric.result()
        with pytest.raises(tf.errors.InvalidArgumentError, match="1 NaN"):
            tf.function(metric.result)()

    def test_sample_weight_is_refused(self):
        with pytest.raises(ValueError, match="`sample_weight`.*roc_auc"):
            metrics.ROCAUC().update_state(LABELS, SCORES, [1, 1, 2])

    def test_names_tell_the_list(self):
        assert metrics.RecallAtPercent(50).name == "recall_at_50_percent"
        assert metrics.AveragePrecisionAtK(10).name == "average_precision_at_10"

    def test_merged_metrics_rank_all_votes(self):
        first, second = metrics.ROCAUC(), metrics.ROCAUC()
        first.update_state(LABELS[:1], SCORES[:1])
        second.update_state(LABELS[1:], SCORES[1:])
        first.merge_state([second])
        assert float(first.result()) == value(metrics.ROCAUC())

    @pytest.mark.parametrize("percent", [0, 101])
    def test_percent_out_of_range(self, percent):
        with pytest.raises(ValueError, match=f"`percent`.*{percent}"):
            metrics.RecallAtPercent(percent)

    @pytest.mark.parametrize("k", [0, 2.5])
    def test_k_must_be_a_positive_integer(self, k):
        with pytest.raises(ValueError, match=f"`k`.*{k}"):
            metrics.AveragePrecisionAtK(k)


REPLICAS = """
import numpy as np
from tfcompat import metrics
import tensorflow as tf

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    metric = metrics.ROCAUC()
random = np.random.default_rng(0)
labels = random.integers(0, 2, (11, 3))  # 4 + 4 + 3 rows, halved.
scores = random.normal(size=(11, 3))
batches = tf.data.Dataset.from_tensor_slices((labels, scores)).batch(4)

@tf.function
def update(*batch):
    strategy.run(metric.update_state, args=batch)

for batch in strategy.experimental_distribute_dataset(batches):
    update(*batch)
alone = metrics.ROCAUC()
alone.update_state(labels, scores)
print(float(metric.result()) == float(alone.result()))
"""


@pytest.mark.slow
def test_votes_of_all_replicas_are_ranked_together():
    # Its own process, since devices are fixed once TensorFlow has started.
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS], capture_output=True, text=True
    )
    assert done.stdout.split() == ["True"], done.stderr
