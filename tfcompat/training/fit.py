"""`model.fit` with checkpoints, history, TensorBoard logs and resumption."""

import logging

import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.progress import progress

_LOG = logging.getLogger(__name__)


class _KeepRun(keras.callbacks.Callback):
    """After each epoch: one history row, then the checkpoint that counts it."""

    def __init__(self, run, manager, epoch, history):
        super().__init__()
        self.run = run
        self.manager = manager
        self.epoch = epoch
        self.history = history

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, **{k: float(v) for k, v in logs.items()}}
        if not all(tf.math.is_finite(list(row.values()))):
            raise InputError(
                f"{self.run.path}: the loss is not finite in epoch "
                f"{epoch + 1}; lower learning_rate. {self.run.checkpoints} "
                "keeps the epoch before."
            )
        self.history.append(row)
        self.run.write_history(self.history)
        self.epoch.assign(epoch + 1)
        try:
            self.manager.save()
        except (OSError, tf.errors.OpError) as error:
            raise InputError(
                f"{self.run.checkpoints}: cannot be written: {error}"
            ) from error


class _Progress(keras.callbacks.Callback):
    """One bar over all steps of all epochs."""

    def __init__(self, description, first_step, num_steps):
        super().__init__()
        self.bar = progress(None, description, total=num_steps, unit="step")
        self.bar.update(first_step)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(1)

    def on_train_end(self, logs=None):
        self.bar.close()


def fit(
    model,
    make_train,
    run,
    *,
    epochs,
    steps,
    callbacks=(),
    name="fit",
    in_parts=False,
):
    """Trains a compiled, built model and can go on where a killed run stopped.

    Every epoch ends with a checkpoint of model and optimiser. Since the order
    of the data depends on the seed and the epoch alone, a resumed run ends
    with the weights of one that was never interrupted, if its model draws no
    random numbers of TensorFlow's stateful operations. Where it does (dropout,
    `MaskableEmbedding`, `VoteHistory`, `VariationalCustomers`), a resumed run
    begins their sequence again, which no checkpoint keeps: it draws other
    noise than the one that went through, of the same distribution.

    A model made in the scope of a `tf.distribute` strategy is trained by all
    its replicas, each step's batch being split among them.

    Args:
        model: Compiled and built `keras.Model`.
        make_train: Function from the first epoch's number to the
            `tf.data.Dataset` of all epochs from there on.
        run: `RunFolder` that takes checkpoints, history and logs.
        epochs: Number of epochs in all.
        steps: Batches in an epoch.
        callbacks: Keras callbacks; what they add to an epoch's log is kept.
        name: What the progress bar says.
        in_parts: Whether `make_train` splits batches itself: then each step
            takes as many of the dataset's elements as there are replicas.
            Otherwise batches are split by row.

    Raises:
        InputError: If the loss is no longer finite, or the run folder cannot
            be written.
    """
    epoch = tf.Variable(0, trainable=False, dtype=tf.int64)
    model.optimizer.build(model.trainable_variables)
    checkpoint = tf.train.Checkpoint(
        model=model, optimizer=model.optimizer, epoch=epoch
    )
    manager = tf.train.CheckpointManager(
        checkpoint, str(run.checkpoints), max_to_keep=2
    )
    if manager.latest_checkpoint:
        checkpoint.restore(manager.latest_checkpoint).assert_consumed()
        _LOG.info("%s: going on after epoch %d", run.path, epoch.numpy())
    first = int(epoch.numpy())
    if first >= epochs:
        return
    if first == 0 and run.prepare is not None:
        run.prepare(model, run)
    strategy = model.distribute_strategy
    if in_parts and strategy.num_replicas_in_sync > 1:
        train = strategy.distribute_datasets_from_function(
            lambda context: make_train(first).shard(
                context.num_input_pipelines, context.input_pipeline_id
            )
        )
    else:
        train = make_train(first)
    model.fit(
        train,
        initial_epoch=first,
        epochs=epochs,
        steps_per_epoch=steps,
        verbose=0,
        callbacks=[
            _Progress(name, first * steps, epochs * steps),
            *callbacks,
            _KeepRun(run, manager, epoch, run.read_history()[:first]),
            keras.callbacks.TensorBoard(
                str(run.tensorboard), write_graph=False, profile_batch=0
            ),
        ],
    )
