import json

import pytest
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfx_pipeline.strategy import choose_strategy, count_workers, is_chief


@pytest.fixture
def cluster(monkeypatch):
    """Function that says what TF_CONFIG says."""

    def set_cluster(kind, index, **cluster):
        text = json.dumps(
            {"cluster": cluster, "task": {"type": kind, "index": index}}
        )
        monkeypatch.setenv("TF_CONFIG", text)
        choose_strategy.cache_clear()

    yield set_cluster
    choose_strategy.cache_clear()


class TestOneDevice:
    def test_has_no_strategy_of_its_own(self, monkeypatch):
        monkeypatch.delenv("TF_CONFIG", raising=False)
        assert choose_strategy() is tf.distribute.get_strategy()
        assert (count_workers(), is_chief()) == (1, True)

    def test_cluster_of_one_is_no_cluster(self, cluster):
        cluster("worker", 0, worker=["a:1"])
        assert choose_strategy() is tf.distribute.get_strategy()
        assert (count_workers(), is_chief()) == (1, True)


class TestSeveralGPUs:
    def test_are_mirrored_once_in_a_process(self, monkeypatch):
        made = []

        def mirror():
            made.append(tf.distribute.OneDeviceStrategy("CPU:0"))
            return made[-1]

        monkeypatch.setattr(tf.distribute, "MirroredStrategy", mirror)
        monkeypatch.setattr(
            tf.config, "list_logical_devices", lambda kind: ["GPU:0", "GPU:1"]
        )
        choose_strategy.cache_clear()
        assert choose_strategy() is choose_strategy() is made[0]
        assert len(made) == 1
        choose_strategy.cache_clear()


class TestSeveralWorkers:
    @pytest.mark.parametrize(
        "kind, index, hosts, chief",
        [
            ("worker", 0, {"worker": ["a:1", "b:1"]}, True),
            ("worker", 1, {"worker": ["a:1", "b:1"]}, False),
            ("worker", 0, {"chief": ["a:1"], "worker": ["b:1"]}, False),
            ("chief", 0, {"chief": ["a:1"], "worker": ["b:1"]}, True),
        ],
    )
    def test_one_of_them_keeps_what_is_trained(
        self, cluster, kind, index, hosts, chief
    ):
        cluster(kind, index, **hosts)
        assert (count_workers(), is_chief()) == (2, chief)

    def test_cannot_be_called_together_late(self, cluster):
        tf.zeros(1) + 1  # TensorFlow is at work.
        cluster("worker", 0, worker=["localhost:1", "localhost:2"])
        with pytest.raises(InputError, match="let it do nothing else"):
            choose_strategy()

    @pytest.mark.parametrize(
        "text", ["{", "[]", '{"cluster": {"worker": ["a:1", "b:1"]}}']
    )
    def test_unreadable_variable_is_said(self, monkeypatch, text):
        monkeypatch.setenv("TF_CONFIG", text)
        with pytest.raises(InputError, match="TF_CONFIG is no JSON of"):
            is_chief()
