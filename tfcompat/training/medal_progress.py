"""What is watched while MEDAL trains: collapse, and held-out outfits."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.outfit_pairs import hidden_item_questions, outfit_pairs
from tfcompat.training.latent_scorer import LatentScorer

_EVEN = 0.995  # Of the greatest entropy: all prototypes alike.
_SINGLE = 0.02  # Of it: one prototype for everything.
_BATCH = 128


class StopOnCollapse(keras.callbacks.Callback):
    """Stops a run whose teacher no longer tells images apart.

    Either its probabilities are even for every image, or the mean over images
    is all on one prototype. Both are logged as shares of the greatest
    entropy, and beside them the length of the centre.

    As the centre needs a while at first, an epoch may be the only one in a
    row, unless it is the last. The epoch before is looked up in the run's
    history, which a killed run leaves to the one that goes on with it.

    Args:
        run: `RunFolder`, named in the message.
    """

    def __init__(self, run):
        super().__init__()
        self.run = run

    def on_epoch_end(self, epoch, logs=None):
        problem = _problem(logs)
        if problem is None:
            return
        is_last = epoch + 1 == self.params["epochs"]
        before = self.run.read_history()[:epoch]
        if is_last or (before and _problem(before[-1])):
            what, advice = problem
            raise InputError(
                f"{self.run.path}: collapsed in epoch {epoch + 1}: the teacher "
                f"{what} (teacher_entropy {logs['teacher_entropy']:.3f}, "
                f"mean_entropy {logs['mean_entropy']:.3f}, centre_norm "
                f"{logs['centre_norm']:.3g}); {advice}."
            )


def _problem(logs):
    """What the teacher does wrong and what helps; None if it is well."""
    if "teacher_entropy" not in logs:
        return None
    if logs["teacher_entropy"] > _EVEN:
        return (
            "gives all prototypes the same probability",
            "lower teacher_temperature or learning_rate",
        )
    if logs["mean_entropy"] < _SINGLE:
        return (
            "puts all images on one prototype",
            "raise teacher_temperature or lower learning_rate",
        )
    return None


class OutfitMetrics(keras.callbacks.Callback):
    """Adds FITB accuracy and Recall@10 on held-out outfits to the log.

    Args:
        wardrobe: `Wardrobe`.
        images: `ImageStore` whose first rows are its items.
        types: int `[images]`, the model's product types; None without.
        kinds: int `[items]`: of which kind wrong answers are, the right one's.
        most: Most pairs to ask about.
    """

    def __init__(self, wardrobe, images, types, kinds, most=1000):
        super().__init__()
        self.images = images
        self.types = types
        try:
            pairs = outfit_pairs(wardrobe, ("valid",))
        except InputError:  # A small wardrobe has none to hold out.
            self.few = None
            return
        kept = np.arange(len(pairs))[:: -(-len(pairs) // most)]
        pairs = type(pairs)(
            pairs.customer[kept],
            pairs.query[kept],
            pairs.candidates[kept],
            pairs.labels[kept],
        )
        self.few = hidden_item_questions(pairs, kinds)
        self.all = hidden_item_questions(pairs, kinds, candidates=0)

    def on_train_begin(self, logs=None):
        self.embed = embedder(self.model)

    def on_epoch_end(self, epoch, logs=None):
        if self.few is None:
            return
        scorer = LatentScorer(
            embed_all(self.embed, self.images),
            self.types,
            space_masks(self.model),
        )
        logs["valid_fitb_accuracy"] = _share_within(scorer, self.few, 1)
        logs["valid_recall_at_10"] = _share_within(scorer, self.all, 10)


def _share_within(scorer, questions, k):
    """How often the right item is among the first k; a tie is no hit."""
    scores = scorer.score(questions.query, questions.candidates)
    right = questions.labels > 0.5
    answer = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)
    ahead = ((scores >= answer) & ~right).sum(axis=1)
    return float((ahead < k).mean())


def embedder(model):
    """Compiles the function from images to the teacher's embeddings."""
    return tf.function(model.embed_images, reduce_retracing=True)


def embed_all(embed, images):
    """Embeddings of all images, float32 `[items, d]`.

    Args:
        embed: `embedder(model)`.
        images: `ImageStore`.
    """
    return np.concatenate(
        [
            embed(images.batch(tf.range(i, min(i + _BATCH, len(images)))))
            for i in range(0, len(images), _BATCH)
        ]
    )


def space_masks(model):
    """float32 `[types, types, d]` masks of a model; None without spaces."""
    if model.meta_spaces is None:
        return None
    types = tf.range(model.meta_spaces.num_types)
    return model.meta_spaces(types[:, None], types[None]).numpy()
