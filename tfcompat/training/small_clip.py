"""Training run of a small CLIP on a wardrobe's own captions."""

import dataclasses
import pathlib
import tempfile

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.captions import END, item_captions, write_vocabulary
from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_folder
from tfcompat.data.images import ImageStore
from tfcompat.losses.matching import MatchingLoss
from tfcompat.models.contrastive_clip import ContrastiveCLIP, make_small_clip
from tfcompat.models.frozen_clip import FrozenCLIP, import_transformers
from tfcompat.training.execution import train_model
from tfcompat.training.fit import fit
from tfcompat.training.schedules import warmed_up_cosine


@dataclasses.dataclass(frozen=True)
class SmallCLIPConfig:
    """Settings of a small CLIP, trained from nothing on items' captions.

    It stands in for published weights where those cannot be had, and knows no
    more of the world than the wardrobe's captions say.

    Attributes:
        seed: Of weights and order.
        image_size: Side of the images in pixels, a multiple of `patch_size`.
        patch_size: Side of a patch in pixels.
        width: Size of the tokens' vectors in both encoders.
        layers: Number of transformer blocks in each.
        heads: Attention heads of a block.
        dim: Size of the shared space.
        text_length: Most tokens of a caption.
        batch_size: Items a step; each is told apart from all others.
        epochs: Passes over the items.
        epoch_steps: Steps of an epoch; 0 for one pass.
        learning_rate: Peak of the cosine schedule.
        weight_decay: Of AdamW.
    """

    seed: int = 0
    image_size: int = 64
    patch_size: int = 8
    width: int = 64
    layers: int = 3
    heads: int = 4
    dim: int = 64
    text_length: int = 20
    batch_size: int = 64
    epochs: int = 30
    epoch_steps: int = 0
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2


@train_model.register
def train_small_clip(config: SmallCLIPConfig, wardrobe, run):
    """Trains both encoders to find each other's item in a batch.

    Args:
        config: `SmallCLIPConfig`.
        wardrobe: `Wardrobe`.
        run: `RunFolder` to fill; its `model` folder is what `FrozenCLIP.load`
            takes.

    Returns:
        Dict of the last epoch's loss, the accuracy of captions found within a
        batch, and where the weights are from.

    Raises:
        InputError: If there are fewer items than two, or a setting does not
            fit another.
    """
    if config.image_size % config.patch_size or config.width % config.heads:
        raise InputError(
            f"image_size {config.image_size} must be a multiple of patch_size "
            f"{config.patch_size}, and width {config.width} one of heads "
            f"{config.heads}."
        )
    if len(wardrobe.items) < 2:
        raise InputError(f"{wardrobe.folder}: CLIP needs at least two items.")
    captions = item_captions(wardrobe.items)
    clip = _untrained(config, captions, wardrobe)
    images = ImageStore(wardrobe.image_paths, config.image_size)
    model = ContrastiveCLIP(clip.network)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            warmed_up_cosine(
                config.learning_rate,
                config.epochs * _steps(config, len(images)),
            ),
            weight_decay=config.weight_decay,
        ),
        loss=MatchingLoss(),
    )
    model.built = True  # Its one part is.
    fit(
        model,
        lambda first: _batches(config, clip, images, captions, first),
        run,
        epochs=config.epochs,
        steps=_steps(config, len(images)),
        name="small CLIP",
    )
    with atomic_folder(run.model) as folder:
        clip.save(folder)
    return {
        "loss": run.read_history()[-1]["loss"],
        "caption_accuracy": _accuracy(clip, images, captions, config),
        "origin": clip.origin,
        "is_pretrained": clip.is_pretrained,
    }


def _untrained(config, captions, wardrobe):
    transformers = import_transformers()
    keras.utils.set_random_seed(config.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        count = write_vocabulary(captions, folder)
        tokenizer = transformers.CLIPTokenizer(
            folder / "vocab.json", folder / "merges.txt"
        )
    network = make_small_clip(
        transformers,
        count,
        tokenizer.convert_tokens_to_ids(END),
        image_size=config.image_size,
        patch_size=config.patch_size,
        width=config.width,
        layers=config.layers,
        heads=config.heads,
        dim=config.dim,
        text_length=config.text_length,
    )
    name = wardrobe.manifest.get("name", wardrobe.folder.name)
    return FrozenCLIP(
        network,
        tokenizer,
        origin="no pretrained weights: a small CLIP trained on "
        f"{len(captions)} captions of the wardrobe {name!r}",
        is_pretrained=False,
    )


def _steps(config, count):
    return config.epoch_steps or max(count // config.batch_size, 1)


def _batches(config, clip, images, captions, first_epoch):
    """Epochs of shuffled full batches; order depends on seed and epoch."""
    count = len(images)
    size = min(config.batch_size, count)
    steps = count // size  # Of a pass, whatever counts as an epoch.
    tokens, counted = clip.tokens(captions)
    _, same = np.unique(captions, return_inverse=True)
    same = tf.constant(same, tf.int32)

    def load(step):
        seed = tf.stack([tf.constant(config.seed, tf.int64), step // steps])
        start = tf.cast(step % steps * size, tf.int32)
        rows = tf.random.experimental.index_shuffle(
            tf.range(start, start + size), seed, count - 1
        )
        rows = tf.ensure_shape(rows, (size,))
        flips = tf.random.stateless_uniform((size, 1, 1, 1), seed) < 0.5
        pixels = images.batch(rows)
        pixels = tf.where(flips, pixels[:, :, ::-1], pixels)
        kind = tf.gather(same, rows)
        return {
            "images": clip.prepare(pixels),
            "tokens": tf.gather(tokens, rows),
            "counted": tf.gather(counted, rows),
        }, tf.cast(kind[:, None] == kind[None], tf.float32)

    places = tf.data.Dataset.range(
        first_epoch * _steps(config, count),
        config.epochs * _steps(config, count),
    )
    return places.map(load, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def _accuracy(clip, images, captions, config):
    """How often an image finds its caption among those of `batch_size`."""
    right = []
    for start in range(0, len(images), config.batch_size):
        rows = range(start, min(start + config.batch_size, len(images)))
        pictures = clip.embed_images(images.batch(tf.constant([*rows])))
        texts = clip.embed_texts([captions[row] for row in rows])
        best = np.argmax(np.matmul(pictures, np.transpose(texts)), axis=1)
        right += [
            captions[start + found] == captions[row]
            for found, row in zip(best, rows, strict=True)
        ]
    return float(np.mean(right))
