"""Training steps, beside the bare forward and backward passes of the networks.

A model more is a function that returns a `Case`.
"""

import dataclasses
import types
from collections.abc import Callable

import numpy as np

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import tensorflow as tf
import tf_keras as keras

from benchmarks.machine import describe_machine
from benchmarks.measuring import Peak, interleave
from benchmarks.row import Row
from tfcompat.layers.customer_attention import CustomerAttention
from tfcompat.layers.customer_table import CustomerTable
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.hadamard_masks import HadamardMasks
from tfcompat.layers.imagenet_pixels import ImageNetPixels
from tfcompat.layers.vgg16_trunk import VGG16Trunk
from tfcompat.losses.contrastive import ContrastiveLoss
from tfcompat.losses.geco import GECoLoss
from tfcompat.models.adde import ADDE
from tfcompat.models.backbones import make_backbone
from tfcompat.models.geco import GECo
from tfcompat.models.subspace_net import SubspaceNet
from tfcompat.training.designer import build_designer
from tfcompat.training.designer_config import DesignerConfig
from tfcompat.training.medal import build_medal, compile_medal
from tfcompat.training.medal_config import MedalConfig
from tfcompat.training.precision import choose_precision, computing_in

_RESNET_PASS = "ResNet18's bare forward and backward pass"


@dataclasses.dataclass(frozen=True)
class Case:
    """A model in training.

    Attributes:
        what: What is trained.
        model: Compiled and built `keras.Model`.
        batch: What `fit`'s dataset yields, as tensors.
        bare: Function without arguments: the bare passes of its networks.
        against: What they are.
        images: How many images a step sees.
    """

    what: str
    model: keras.Model
    batch: tuple
    bare: Callable
    against: str
    images: int


def run(scratch, small):
    """Rows of images a second."""
    size, count = (32, 4) if small else (128, 32)
    for make in (
        lambda: _psa_net(size, count),
        lambda: _geco(size, 2 if small else 10),
        lambda: _adde(size, count),
        lambda: _designer(small),
        lambda: _medal(size, 2 if small else 8),
    ):
        yield from _rows(make)


def _rows(make):
    """Times `fit`'s step beside bare passes, and in bfloat16."""
    case = make()
    step = training_step(case.model, case.batch)
    step()  # Traces.
    with Peak() as peak:
        step()
    best = interleave({"ours": step, "bare": case.bare}, rounds=3, seconds=15)
    rates = {name: case.images / seconds for name, seconds in best.items()}
    yield Row(
        f"{case.what}, float32",
        "images/s",
        rates["ours"],
        case.against,
        rates["bare"],
        rates["ours"] / rates["bare"],
        ">= 0.85",
        peak.megabytes,
    )
    with computing_in("mixed_bfloat16"):
        mixed = make()
        calls = {"mixed": training_step(mixed.model, mixed.batch), "full": step}
        best = interleave(calls, rounds=3, seconds=15)
    chosen = choose_precision().name
    has_amx = "amx_bf16" in describe_machine()["instruction_sets"]
    yield Row(
        f"{case.what}, mixed bfloat16",
        "images/s",
        case.images / best["mixed"],
        "the same in float32",
        case.images / best["full"],
        best["full"] / best["mixed"],
        ">= 2.5" if has_amx else "",
        note=f"`precision=auto` takes {chosen} here. The goal is for CPUs "
        "with AMX.",
    )


def training_step(model, batch):
    """Function that takes one step of `fit` on a batch held in memory."""
    function = model.make_train_function()
    batches = iter(tf.data.Dataset.from_tensors(batch).repeat())
    return lambda: function(batches)


def bare_pass(variables, loss):
    """Function that computes a loss and all its gradients, and no more."""

    @tf.function
    def passes():
        with tf.GradientTape() as tape:
            value = loss()
        # All are returned, or the graph would not compute them.
        return tape.gradient(value, variables)

    return passes


def _psa_net(size, count):
    """PSA-Net and a batch in which every item occurs once."""
    random = np.random.default_rng(0)
    questions, customers = count // 2, 50
    table = CustomerTable(customers, 8)
    model = SubspaceNet(
        make_backbone("resnet18", size),
        GroupProjection(2, 64),
        HadamardMasks(3),
        CustomerAttention(3, 64),
        table,
    )
    rows = tf.range(count)
    inputs = {
        "items": tf.constant(random.random((count, size, size, 3)), tf.float32),
        "item_rows": rows,
        "groups": rows % 2,
        "categories": rows % 5,
        "query": tf.range(questions),
        "candidates": tf.range(questions, count)[:, None],
        "customer": tf.range(questions) % customers,
    }
    labels = tf.cast(tf.range(questions) % 2, tf.float32)[:, None]
    model(inputs)
    table.load_embeddings(random.normal(size=(customers, 8)))
    model.compile(keras.optimizers.AdamW(1e-3), ContrastiveLoss())
    return Case(
        f"PSA-Net, ResNet18 end to end at {size} pixels, batches of {count}",
        model,
        (inputs, labels),
        _resnet_pass(model.backbone, inputs["items"]),
        _RESNET_PASS,
        count,
    )


def _resnet_pass(backbone, images):
    return bare_pass(
        backbone.trainable_variables,
        lambda: tf.reduce_mean(backbone(images, training=True)),
    )


def _geco(size, pairs):
    """GECo; a pair is a top, a bottom and a template."""
    model = GECo(make_backbone("resnet18", size), pixels=ImageNetPixels())
    model.compile(keras.optimizers.Adam(1e-4), GECoLoss())
    random = np.random.default_rng(0)
    pixels = tf.constant(random.random((3 * pairs, size, size, 3)), tf.float32)
    rows = tf.range(pairs)
    inputs = {
        "items": pixels[: 2 * pairs],
        "template": pixels[2 * pairs :],
        "query": rows,
        "candidates": tf.tile(pairs + rows[None], (pairs, 1)),
        "customer": rows,
    }
    model(inputs)
    return Case(
        f"GECo, ResNet18 at {size} pixels, batches of {pairs} pairs of three "
        "images",
        model,
        (inputs, tf.eye(pairs)),
        _resnet_pass(model.backbone, pixels),
        _RESNET_PASS,
        3 * pairs,
    )


def _adde(size, count):
    """ADDE of five attributes of three values each."""
    values = {f"attribute_{place}": ["a", "b", "c"] for place in range(5)}
    model = ADDE(make_backbone("resnet18", size), values)
    random = np.random.default_rng(0)
    images = tf.constant(random.random((count, size, size, 3)), tf.float32)
    labels = random.integers(0, 3, (count, len(values)))
    targets = {name: labels[:, at] for at, name in enumerate(values)}
    targets |= {"local": labels, "global": labels @ 3 ** np.arange(5)}
    model(images, training=True)
    model.compile(keras.optimizers.Adam(1e-4), loss=model.losses_of())
    return Case(
        f"ADDE, ResNet18 at {size} pixels, batches of {count}",
        model,
        (images, targets),
        _resnet_pass(model.backbone, images),
        _RESNET_PASS,
        count,
    )


def _designer(small):
    """The designer at the paper's widths, on VGG16."""
    count = 2 if small else 4
    config = DesignerConfig()
    if small:
        config = dataclasses.replace(config, image_size=32, width=8)
    size = config.image_size
    designer = build_designer(config, VGG16Trunk(size), 50, 100)
    random = np.random.default_rng(0)

    def images(number=count):
        pixels = random.random((number, size, size, 3))
        return tf.constant(pixels, tf.float32)

    customer = tf.range(count)
    inputs = {"query": images(), "customer": customer}
    names = ("target", "random", "disliked_query", "disliked_target")
    labels = {name: images() for name in names}
    encoder, judge = designer.encoder, designer.discriminator
    five, two, one = images(5 * count), images(2 * count), images()
    code = tf.random.normal([count, encoder.dim])
    _, condition = designer.customers(customer)
    encode = bare_pass(
        encoder.trainable_variables,
        lambda: tf.reduce_mean(encoder(five, training=True)),
    )
    encode_only = tf.function(lambda: encoder(two))
    tell_apart = bare_pass(
        judge.trainable_variables,
        lambda: (
            tf.reduce_mean(judge(one, training=True))
            - tf.reduce_mean(judge(images(), training=True))
        ),
    )

    def drawn():
        designs = designer.draw(code, condition, training=True)
        value = tf.reduce_mean(judge(designs, training=True))
        value += tf.reduce_mean(judge(one, training=True))
        return value + tf.reduce_mean(encoder(designs))

    draw = bare_pass(designer.decoder.trainable_variables, drawn)

    def bare():
        encode()
        encode_only()
        for _ in range(config.discriminator_steps):
            tell_apart()
        draw()

    return Case(
        f"Designer, VGG16 and the paper's widths at {size} pixels, batches of "
        f"{count} pairs",
        designer,
        (inputs, labels),
        bare,
        "the bare passes of its networks that Algorithm 1 asks for",
        count,
    )


def _medal(size, triplets):
    """MEDAL on DINO's small transformer, with few prototypes."""
    config = MedalConfig(
        image_size=size,
        local_size=size // 32 * 16,
        head_units=4096,
        crop_items=triplets,
        epochs=1,
        aids=(),
    )
    kinds = types.SimpleNamespace(categories=["top", "bottom"])
    model = build_medal(config, kinds, {})
    compile_medal(model, config, 1000)
    random = np.random.default_rng(0)

    def images(count, side=size):
        pixels = random.random((count, side, side, 3))
        return tf.constant(pixels, tf.float32)

    count = 3 * triplets
    rows = tf.range(triplets)
    candidates = tf.stack([triplets + rows, 2 * triplets + rows], axis=1)
    inputs = {
        "items": images(count),
        "categories": tf.cast(tf.range(count) >= triplets, tf.int32),
        "query": rows,
        "candidates": candidates,
    }
    labels = tf.tile([[1.0, 0.0]], (triplets, 1))
    large = images(2 * triplets)
    small = images(config.local_crops * triplets, config.local_size)
    student, head = model.student, model.head

    def learnt():
        value = tf.reduce_mean(student(inputs["items"], training=True))
        for crops in (large, small):
            seen = student.see(crops, training=True)
            value += tf.reduce_mean(head(seen))
        return value

    passes = bare_pass(model.trainable_variables, learnt)
    taught = tf.function(lambda: model.teacher_head(model.teacher.see(large)))

    def bare():
        passes()
        taught()

    return Case(
        f"MEDAL, ViT-S/16 at {size} pixels, batches of {triplets} triplets, "
        f"two global and {config.local_crops} local crops of {triplets} items",
        model,
        (inputs, labels),
        bare,
        "the bare passes of student and teacher",
        count,
    )
