"""Templates: what a generator imagines to go with each query, made once."""

import hashlib

import numpy as np
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.data.progress import progress
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_designer import DESIGNERS, TrainedDesigner

_NOBODY = -1
_PERSONAL = ("DesignerConfig",)
_NOISY = ("CIGMConfig", "Pix2pixConfig")


class Templates:
    """Gives batches of templates by customer and query, inside a graph.

    Args:
        keys: int64 `[m]`, ascending, `(customer + 1) * num_items + query`.
        content: uint8 `[m, s, s, 3]` pixels, or float `[m, …]`, what an
            encoder saw in them.
        num_items: Number of the wardrobe's items.
        image_size: Side to which pixels are brought.
        is_personal: Whether a query's template depends on the customer.
    """

    def __init__(self, keys, content, num_items, image_size, is_personal):
        self._keys = tf.constant(keys, tf.int64)
        self._content = tf.constant(content)
        self._num_items = num_items
        self.image_size = image_size
        self.is_personal = is_personal

    def __len__(self):
        return len(self._keys)

    def batch(self, customers, queries):
        """Templates of some queries.

        Args:
            customers: int32 `[b]` customer rows of the wardrobe, -1 = unknown.
            queries: int32 `[b]` item rows of the wardrobe.

        Returns:
            float32 `[b, image_size, image_size, 3]` in [0, 1], or what the
            encoder saw in them.

        Raises:
            tf.errors.InvalidArgumentError: When run with a query that has no
                template.
        """
        if not self.is_personal:
            customers = tf.fill(tf.shape(queries), _NOBODY)
        wanted = _key(
            tf.cast(customers, tf.int64),
            tf.cast(queries, tf.int64),
            self._num_items,
        )
        places = tf.searchsorted(self._keys, wanted)
        places = tf.minimum(places, len(self._keys) - 1)
        tf.debugging.assert_equal(
            tf.gather(self._keys, places),
            wanted,
            "A query has no template: it was not among those asked for.",
        )
        found = tf.gather(self._content, places)
        if found.dtype.is_floating:
            return found
        return resize_template(found, self.image_size)


def resize_template(pixels, image_size):
    """Brings drawn templates to the size of a model's images.

    Args:
        pixels: uint8 `[n, s, s, 3]`.
        image_size: Side, in pixels.

    Returns:
        float32 `[n, image_size, image_size, 3]` in [0, 1].
    """
    images = tf.cast(pixels, tf.float32) / 255.0
    if images.shape[1] == image_size:
        return images
    images = tf.image.resize(images, (image_size, image_size), antialias=True)
    # Antialiasing may overshoot where colours meet.
    return tf.clip_by_value(images, 0.0, 1.0)


def make_templates(
    generator,
    wardrobe,
    customers,
    queries,
    image_size,
    noise_seed=None,
    frozen=None,
):
    """Generates templates, or reads them where they were generated before.

    Kept in the generator's run folder, under a fingerprint of its weights, of
    what the queries' images hold, of whom they are for and of the noise:
    whatever of that changes, they are generated anew.

    Args:
        generator: Path of a finished run of CIGM, of a designer or of one of
            its baselines.
        wardrobe: `Wardrobe`.
        customers: int `[n]` customer rows, -1 = unknown; a generator that
            knows no customers takes no notice.
        queries: int `[n]` item rows; pairs may repeat.
        image_size: Side to which templates are brought, in pixels.
        noise_seed: Seed of CIGM's noise; None, the default, for none, so that
            a query has one template.
        frozen: Optional `FrozenEncoder`; templates then are what it sees in
            them, kept likewise.

    Returns:
        `Templates` of all these pairs.

    Raises:
        InputError: If the run generates nothing, or has no noise but
            `noise_seed` is given.
    """
    run = RunFolder(generator)
    config = run.read_config()
    kind = config.get("config")
    if kind not in DESIGNERS:
        raise InputError(
            f"{run.path}: is a run of {kind}, which designs nothing."
        )
    run.require_finished()
    if noise_seed is not None and kind not in _NOISY:
        raise InputError(
            f"{run.path}: a {kind} has no noise; leave template_noise off."
        )
    is_personal = kind in _PERSONAL
    num_items = len(wardrobe.items)
    who = np.asarray(customers, "int64")
    if not is_personal:
        who = np.full(len(queries), _NOBODY, "int64")
    keys = np.unique(_key(who, np.asarray(queries, "int64"), num_items))
    who, rows = keys // num_items - 1, keys % num_items
    kept = run.path / "templates" / f"{_print(run, wardrobe, who, rows)}"
    suffix = "" if noise_seed is None else f"-noise-{noise_seed}"
    kept = kept.with_name(f"{kept.name}{suffix}.npy")
    content = _keep(
        kept, lambda: _generate(run, wardrobe, who, rows, noise_seed)
    )
    if frozen is not None:
        content = _keep(
            kept.with_name(f"{kept.stem}-seen-by-{frozen.fingerprint}.npy"),
            lambda pixels=content: _look(pixels, frozen, image_size),
        )
    return Templates(keys, content, num_items, image_size, is_personal)


def _keep(path, make):
    """The array of a file, which is made where it is not there."""
    if path.exists():
        return np.load(path, mmap_mode="r")
    content = make()
    with atomic_path(path) as partial, open(partial, "wb") as file:
        np.save(file, content)
    return content


def _look(pixels, frozen, image_size, batch_size=128):
    """float `[m, …]`, what a garment encoder sees."""
    see = tf.function(
        lambda part: frozen.see(resize_template(part, image_size)),
        reduce_retracing=True,
    )
    starts = range(0, len(pixels), batch_size)
    return np.concatenate(
        [
            see(tf.constant(pixels[start : start + batch_size])).numpy()
            for start in progress(starts, "looking", unit="batch")
        ]
    )


def _key(customers, queries, num_items):
    return (customers + 1) * num_items + queries


def _print(run, wardrobe, customers, queries):
    """16 hexadecimal digits for a generator, what it sees and for whom."""
    seen = hashlib.sha256((run.model / "model.keras").read_bytes())
    ids = wardrobe.customers["customer_id"].to_numpy()
    paths, photos = wardrobe.image_paths, {}
    for customer, query in zip(customers, queries, strict=True):
        if query not in photos:
            content = paths[query].read_bytes()
            photos[query] = hashlib.sha256(content).digest()
        seen.update(photos[query])
        seen.update(b"|" if customer < 0 else f"|{ids[customer]}".encode())
    return seen.hexdigest()[:16]


def _generate(run, wardrobe, customers, queries, noise_seed, batch_size=128):
    """uint8 `[m, s, s, 3]`."""
    designer = TrainedDesigner(run.path, wardrobe)

    @tf.function(reduce_retracing=True)
    def draw(images, rows, seed):
        inputs = {"query": images, "customer": rows}
        if noise_seed is None:
            drawn = designer.model(inputs, training=False)
        else:
            drawn = designer.model.design(inputs, seed=seed)
        return tf.cast(tf.round(255.0 * drawn), tf.uint8)

    parts = []
    starts = range(0, len(queries), batch_size)
    for start in progress(starts, "templates", unit="batch"):
        part = slice(start, start + batch_size)
        rows = designer.customer_rows(customers[part])
        images = designer.images.batch(tf.constant(queries[part], tf.int32))
        seed = tf.constant([noise_seed or 0, start], tf.int64)
        parts.append(draw(images, tf.constant(rows, tf.int32), seed).numpy())
    return np.concatenate(parts)
