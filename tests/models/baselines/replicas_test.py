"""Two replicas train as one device does; in a process of its own.

The number of logical devices is fixed once TensorFlow has started.
"""

import math
import subprocess
import sys

import pytest

_SCRIPT = """
import tfcompat
import tensorflow as tf
import tf_keras as keras
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
from tests.models.baselines import (
    design_contract, discogan_test, domain_transfer_test, mrcgan_test,
    pix2pix_test,
)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
for test in (
    pix2pix_test.TestPix2pix(),
    domain_transfer_test.TestDomainTransfer(),
    discogan_test.TestDiscoGAN(),
    mrcgan_test.TestMrCGAN(),
):
    with strategy.scope():
        model = test.make_model()
        model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        for weight in model.trainable_variables:
            weight.assign(tf.zeros_like(weight))
    data = tf.data.Dataset.from_tensor_slices(
        design_contract.make_design_batch(batch=12)
    )
    history = model.fit(data.batch(12), verbose=0).history
    print(model.name, history["generator"][0], history["discriminator"][0])
"""


@pytest.mark.slow
def test_losses_of_two_replicas_add_up():
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-2000:]
    lines = [line.split() for line in result.stdout.splitlines()]
    losses = {name: (float(a), float(b)) for name, a, b in lines}
    # Without weights every verdict costs log 2, as on one device; a loss that
    # was not shared out would be twice that.
    for name, generator, discriminator in (
        ("pix2pix", 1, 1),
        ("domain_transfer", 1, 1),
        ("disco_gan", 2, 2),
        ("mr_cgan", 1, 2),
    ):
        assert losses[name] == pytest.approx(
            (generator * math.log(2), discriminator * math.log(2)), abs=0.02
        )
