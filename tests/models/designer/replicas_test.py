import subprocess
import sys

import pytest

# One customer, so that no outfit of the batch is another's: which outfits are
# depends on the replica. Networks without batch norm for the same reason.
REPLICAS = """
import numpy as np
import tfcompat
import tensorflow as tf
import tf_keras as keras
from tfcompat.layers.customer_vectors import CustomerVectors
from tfcompat.layers.image_encoder import ImageEncoder
from tfcompat.layers.metric_network import MetricNetwork
from tfcompat.losses.global_batch import global_mean, global_share
from tfcompat.models.designer import Algorithm1, Designer

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

# Means of the global batch: 1, 2, 3 on one replica and 6 on the other.
halves = mirrored.experimental_distribute_values_from_function(
    lambda context: tf.constant(
        [[1.0, 2.0, 3.0], [6.0]][context.replica_id_in_sync_group]
    )
)

@tf.function
def means(values):
    return mirrored.run(
        lambda x: (global_mean(x), global_share(x)), args=(values,)
    )

mean, share = map(mirrored.experimental_local_results, means(halves))
np.testing.assert_allclose(mean, [3.0, 3.0])
np.testing.assert_allclose(share, [1.5, 1.5])


@keras.saving.register_keras_serializable(package="test")
class Decoder(keras.layers.Layer):
    image_size = 4

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(48, "tanh")

    def build(self, shape):
        self.dense.build(shape)
        super().build(shape)

    def call(self, codes, training=False):
        return tf.reshape(self.dense(codes), (-1, 4, 4, 3))


@keras.saving.register_keras_serializable(package="test")
class Discriminator(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1, use_bias=False)

    def build(self, shape):
        self.dense.build((None, 48))
        super().build(shape)

    def call(self, images, training=False):
        return self.dense(tf.reshape(images, (-1, 48)))[:, 0]


def train(strategy):
    with strategy.scope():
        keras.utils.set_random_seed(0)
        trunk = keras.Sequential([keras.layers.Flatten(input_shape=(4, 4, 3))])
        model = Designer(
            ImageEncoder(trunk, (7,), 5),
            Decoder(),
            Discriminator(),
            MetricNetwork((6,)),
            CustomerVectors(2, 5),
        )
        sgd = lambda: keras.optimizers.SGD(0.5)
        model.compile(
            Algorithm1(*(sgd() for _ in range(4)), regularization=0.01,
                       shrinkage=0.1)
        )
    random = np.random.default_rng(0)
    image = lambda: random.random((8, 4, 4, 3)).astype("float32")
    names = ("target", "random", "disliked_query", "disliked_target")
    batch = (
        {"query": image(), "customer": np.ones(8, "int32")},
        {name: image() for name in names},
    )
    data = tf.data.Dataset.from_tensor_slices(batch).batch(8).repeat(3)
    history = model.fit(data, steps_per_epoch=3, verbose=0).history
    return [v.numpy() for v in model.trainable_variables], history


alone, history = train(tf.distribute.get_strategy())
together, others = train(mirrored)
for a, b in zip(alone, together):
    np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-6)
for name in history:
    np.testing.assert_allclose(history[name], others[name], rtol=2e-4)
print("same")
"""


@pytest.mark.slow
def test_two_replicas_learn_what_one_device_learns_from_the_whole_batch():
    # Its own process, since devices are fixed once TensorFlow has started.
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS], capture_output=True, text=True
    )
    assert done.stdout.split()[-1:] == ["same"], done.stderr[-4000:]
