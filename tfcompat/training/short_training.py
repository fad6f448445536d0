"""What lets a designer learn in few steps: the judge first, averaged weights.

Neither is in the paper, which trains on a GPU for 70,000 steps.
"""

import tensorflow as tf

from tfcompat.data.progress import progress

BATCHES_TO_NORM = 50  # Of momentum 0.9: what was before is forgotten.


def warm_up_judge(designer, batches):
    """Steps of encoder, metric network and customers' vectors alone.

    Args:
        designer: Compiled `Designer`.
        batches: `tf.data.Dataset` as of `make_design_dataset`, one a step.
    """
    learn = tf.function(designer.algorithm.learn_compatibility)
    for inputs, labels in progress(batches, "judge", unit="step"):
        learn(designer, inputs, labels)


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
