"""What a designer's training shows at the end of each epoch."""

import logging

import numpy as np
import tensorflow as tf
import tf_keras as keras
from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.metrics.vote_report import evaluate_votes
from tfcompat.training.item_codes import encode_items
from tfcompat.training.scoring import vote_logs

_LOG = logging.getLogger(__name__)

_CHECKED = 50  # Steps between two looks for NaN.
_QUERIES, _CUSTOMERS = 8, 6
_GAP = 4  # White pixels around each picture of the grid.
_COLLAPSED = 0.1
_LEAST = 1e-6  # Deviation of a single target, by which nothing is divided.


class StopOnNaN(keras.callbacks.Callback):
    """Stops within an epoch when a loss is no longer finite.

    A mean stays NaN once it is, so that looking now and then misses nothing.

    Args:
        run: `RunFolder` whose checkpoints the message names.
    """

    def __init__(self, run):
        super().__init__()
        self.run = run
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if batch % _CHECKED:
            return
        wrong = [name for name, value in logs.items() if not np.isfinite(value)]
        if wrong:
            raise InputError(
                f"{self.run.path}: {', '.join(wrong)} is not finite in epoch "
                f"{self.epoch + 1}, step {batch + 1}; lower learning_rate or "
                f"judge_learning_rate. {self.run.checkpoints} keeps the last "
                "good epoch."
            )


class JudgeMetrics(keras.callbacks.Callback):
    """Adds how well the metric network ranks held-out votes.

    What is undefined on these votes is left out, with one warning.

    Args:
        pairs: `DesignPairs` held out.
        images: `ImageStore` of the wardrobe's items.
    """

    def __init__(self, pairs, images):
        super().__init__()
        self.pairs = pairs
        self.images = images
        self.warn = True

    def on_epoch_end(self, epoch, logs=None):
        report = judge_votes(self.model, self.pairs, self.images)
        logs.update(vote_logs(report, self.warn))
        self.warn = False


def judge_votes(designer, pairs, images):
    """How well a designer's metric network tells liked from disliked pairs.

    Args:
        designer: Built `Designer`.
        pairs: `DesignPairs` with both kinds.
        images: `ImageStore` of the wardrobe's items.

    Returns:
        Dict as `evaluate_votes` returns it.
    """
    query = np.concatenate([pairs.query, pairs.disliked_query])
    target = np.concatenate([pairs.target, pairs.disliked_target])
    customer = np.concatenate([pairs.customer, pairs.disliked_customer])
    codes = encode_items(
        designer.encoder, images, np.concatenate([query, target])
    )
    vectors, _ = designer.customers(tf.constant(customer))
    scores = designer.score_codes(
        vectors, codes[: len(query)], codes[len(query) :]
    )
    liked = np.arange(len(query)) < len(pairs)
    return evaluate_votes(liked, scores.numpy(), customer)


class DesignSamples(keras.callbacks.Callback):
    """Draws the same designs after each epoch and says how they vary.

    The grid, in `samples/epoch_NNN.png` of the run and in TensorBoard, has a
    row a query: query, liked target, its design for the customer who liked
    it, then designs for other customers, the same in every row.

    Adds to the log "diversity" and "personal_diversity": the deviation of
    designs of different pairs, and of designs for different customers of one
    query, as a share of that of real targets. Near 1 designs vary as real
    items do; at 0 they are all one, which is warned of.

    Args:
        run: `RunFolder`.
        pairs: `DesignPairs` to design for, all different.
        images: `ImageStore` of the wardrobe's items.
        seed: Of the choice of pairs.
        most: How many pairs diversity is measured on.
    """

    def __init__(self, run, pairs, images, seed=0, most=64):
        super().__init__()
        self.run = run
        random = np.random.default_rng(seed)
        chosen = random.choice(len(pairs), min(len(pairs), most), replace=False)
        self.customer = pairs.customer[chosen]
        self.query = images.batch(pairs.query[chosen])
        self.target = images.batch(pairs.target[chosen])
        everybody = np.unique(pairs.customer)
        self.others = random.choice(
            everybody, min(len(everybody), _CUSTOMERS), replace=False
        )
        self.writer = tf.summary.create_file_writer(
            str(run.tensorboard / "samples")
        )

    def _design(self, query, customer):
        inputs = {"query": query, "customer": tf.constant(customer, tf.int32)}
        return self.model.predict_on_batch(inputs)

    def on_epoch_end(self, epoch, logs=None):
        own = self._design(self.query, self.customer)
        query, target = self.query[:_QUERIES], self.target[:_QUERIES]
        rows, columns = len(query), len(self.others)
        personal = self._design(
            tf.repeat(query, columns, axis=0), np.tile(self.others, rows)
        ).reshape(rows, columns, *own.shape[1:])
        real = max(spread(self.target), _LEAST)
        logs["diversity"] = spread(own) / real
        logs["personal_diversity"] = float(
            np.mean([spread(designs) for designs in personal]) / real
        )
        if logs["diversity"] < _COLLAPSED:
            _LOG.warning(
                "%s: after epoch %d all designs look alike (diversity %.3f of "
                "1): the decoder may have collapsed",
                self.run.path,
                epoch + 1,
                logs["diversity"],
            )
        grid = image_grid(
            np.concatenate(
                [np.stack([query, target, own[:rows]], axis=1), personal],
                axis=1,
            )
        )
        path = self.run.path / "samples" / f"epoch_{epoch + 1:03d}.png"
        with atomic_path(path) as partial:
            Image.fromarray(grid).save(partial, "PNG")
        with self.writer.as_default():
            tf.summary.image("designs", grid[None], step=epoch)
        self.writer.flush()


def noise_diversity(model, pairs, images, seed=0, most=32, draws=4):
    """How much the noise of a Pix2pix adds to the diversity of its designs.

    Args:
        model: `Pix2pix`.
        pairs: `DesignPairs` to design for.
        images: `ImageStore` of the wardrobe's items.
        seed: Of the choice of pairs and of the noise.
        most: How many pairs are looked at.
        draws: Designs of each with different noise.

    Returns:
        Dict of floats, shares of the deviation of real targets:
        "diversity_without_noise" and "diversity_with_noise", of designs of
        different pairs, and "diversity_of_noise", of designs of one query
        that differ in noise (and dropout, which a seed brings too) alone.
    """
    random = np.random.default_rng(seed)
    chosen = random.choice(len(pairs), min(len(pairs), most), replace=False)
    inputs = {"query": images.batch(pairs.query[chosen])}
    real = max(spread(images.batch(pairs.target[chosen])), _LEAST)
    noisy = np.stack(
        [
            model.design(inputs, seed=tf.constant([seed, draw], tf.int64))
            for draw in range(draws)
        ]
    )
    return {
        "diversity_without_noise": spread(model.design(inputs)) / real,
        "diversity_with_noise": float(np.mean([*map(spread, noisy)])) / real,
        "diversity_of_noise": float(
            np.mean([spread(noisy[:, row]) for row in range(len(chosen))])
        )
        / real,
    }


def spread(images):
    """Root mean square deviation of images from their mean; a float."""
    images = np.asarray(images, "float64")
    return float(np.sqrt(np.mean(np.square(images - images.mean(axis=0)))))


def image_grid(images):
    """Puts images side by side.

    Args:
        images: float `[rows, columns, s, s, 3]` in [0, 1].

    Returns:
        uint8 `[rows * (s + gap) + gap, columns * (s + gap) + gap, 3]`.
    """
    rows, columns, side = np.shape(images)[:3]
    step = side + _GAP
    grid = np.full((rows * step + _GAP, columns * step + _GAP, 3), 255, "uint8")
    levels = np.round(255.0 * np.clip(images, 0.0, 1.0)).astype("uint8")
    for row in range(rows):
        for column in range(columns):
            top, left = row * step + _GAP, column * step + _GAP
            grid[top : top + side, left : left + side] = levels[row, column]
    return grid
