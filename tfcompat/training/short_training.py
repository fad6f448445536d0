"""What lets a designer learn in few steps: the judge first, averaged weights.

Neither is in the paper, which trains on a GPU for 70,000 steps.
"""

import numpy as np
import tensorflow as tf

from tfcompat.data.design_batches import make_design_dataset
from tfcompat.data.progress import progress
from tfcompat.models.designer import Designer

BATCHES_TO_NORM = 50  # Of momentum 0.9: what was before is forgotten.
_AT_ONCE = 256  # Items that the trunk looks at.


def warm_up_judge(designer, pairs, images, *, steps, batch_size, seed=0):
    """Steps of encoder, metric network and customers' vectors alone.

    What a frozen trunk sees in an item is computed once, so that hundreds of
    steps take seconds.

    Args:
        designer: Compiled `Designer`.
        pairs: `DesignPairs` to learn from.
        images: `ImageStore` of the wardrobe's items.
        steps: How many steps.
        batch_size: Liked pairs a step.
        seed: Of order and negatives.
    """
    algorithm, content = designer.algorithm, images
    if not designer.encoder.trunk.trainable:
        content = _SeenItems(designer.encoder.trunk, images)
        designer = Designer(
            designer.encoder.without_trunk(),
            designer.decoder,
            designer.discriminator,
            designer.metric_network,
            designer.customers,
        )
    learn = tf.function(algorithm.learn_compatibility)
    batches = make_design_dataset(
        pairs, content, batch_size=batch_size, seed=seed, steps=steps
    )
    for inputs, labels in progress(batches, "judge", steps, "step"):
        learn(designer, inputs, labels)


class _SeenItems:
    """Stands for an `ImageStore`, with a trunk's features for images."""

    def __init__(self, trunk, images):
        look = tf.function(
            lambda rows: trunk(images.batch(rows)),
            input_signature=[tf.TensorSpec([None], tf.int32)],
        )
        rows = np.arange(len(images), dtype="int32")
        self._seen = tf.concat(
            [
                tf.cast(look(rows[start : start + _AT_ONCE]), tf.float32)
                for start in range(0, len(rows), _AT_ONCE)
            ],
            axis=0,
        )

    def batch(self, rows):
        return tf.gather(self._seen, rows)


def draw_by_average(designer, batches):
    """Gives the decoder the moving average of its weights.

    Batch norm knows only the statistics of the weights before, and learns
    those of the average on some batches.

    Args:
        designer: Trained `Designer`, whose decoder's optimiser averages.
        batches: `tf.data.Dataset` as of `make_design_dataset`.
    """
    designer.algorithm.generator_optimizer.finalize_variable_values(
        designer.decoder.trainable_variables
    )
    draw = tf.function(lambda inputs: designer(inputs, training=True))
    for inputs, _ in batches:
        draw(inputs)
