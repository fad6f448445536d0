"""A small wardrobe of photos of every kind, and untrained models for it."""

import io

import numpy as np
import tensorflow as tf
import tf_keras as keras
from PIL import Image

from tfcompat.data.images import ImageStore
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.export.shortlist import CandidateTowers
from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.customer_attention import CustomerAttention
from tfcompat.layers.customer_table import CustomerTable
from tfcompat.layers.dense_subspaces import DenseSubspaces
from tfcompat.layers.free_attention import FreeAttention
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.hadamard_masks import HadamardMasks
from tfcompat.layers.item_liking import ItemLiking
from tfcompat.layers.pair_inputs import blank_pair_inputs
from tfcompat.layers.variational_customers import VariationalCustomers
from tfcompat.models.backbones import make_backbone
from tfcompat.models.garment_encoder import GarmentEncoder
from tfcompat.models.joint_subspace_net import JointSubspaceNet
from tfcompat.models.subspace_net import SubspaceNet

SIZE = 32
CUSTOMERS = ["anna", "Zoë, 2", "ben", "77"]
# Id, file name, group, category, mode and size of the photo.
ITEMS = [
    ("t1", "t1.jpg", "top", "shirt", "RGB", (48, 48)),
    ("Hemd ü", "t2.png", "top", "polo", "RGBA", (33, 57)),
    ("t3", "t3.jpg", "top", "shirt", "L", (71, 40)),
    ("0004", "t4.png", "top", "polo", "P", (20, 20)),
    ("b1", "b1.jpg", "bottom", "jeans", "RGB", (64, 37)),
    ("b2", "b2.png", "bottom", "skirt", "I;16", (41, 90)),
    ("b3", "b3.bmp", "bottom", "jeans", "RGB", (39, 39)),
    ("b4", "b4.png", "bottom", "skirt", "LA", (1, 50)),
    ("b5", "b5.gif", "bottom", "jeans", "P", (30, 44)),
    ("靴", "s1.png", "shoes", "boots", "RGB", (300, 200)),
]
KINDS = {".jpg": "JPEG", ".png": "PNG", ".bmp": "BMP", ".gif": "GIF"}


def make_photo(kind, mode="RGB", size=(40, 40), seed=0, **options):
    """Contents of an image file of noise."""
    random = np.random.default_rng(seed)
    noise = Image.fromarray(
        random.integers(0, 256, (size[1], size[0], 4), "uint8"), "RGBA"
    )
    if mode == "I;16":
        image = Image.fromarray(
            random.integers(0, 2**16, (size[1], size[0]), "uint16")
        )
    elif mode == "P":
        image = noise.convert("RGB").quantize(8)
    else:
        image = noise.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned():
    """EXIF that says the photo was taken upside down, and then some."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def write_wardrobe(folder, items=ITEMS):
    """Writes items and customers; returns the `Wardrobe`."""
    (folder / "images").mkdir(parents=True)
    lines = ["item_id,image,group,category"]
    for seed, (id_, file, group, category, mode, size) in enumerate(items):
        kind = KINDS[file[file.index(".") :]]
        options = {"exif": turned()} if file == "b1.jpg" else {}
        content = make_photo(kind, mode, size, seed, **options)
        (folder / "images" / file).write_bytes(content)
        lines.append(f"{id_},images/{file},{group},{category}")
    (folder / "items.csv").write_text("\n".join(lines) + "\n", "utf-8")
    names = "".join(f'"{name}"\n' for name in CUSTOMERS)
    (folder / "customers.csv").write_text("customer_id\n" + names, "utf-8")
    return Wardrobe.load(folder)


def make_encoder(wardrobe):
    keras.utils.set_random_seed(0)
    heads = {
        "attr_length": {"mean": 0.0, "scale": 1.0},
        "category": {"values": wardrobe.categories},
    }
    encoder = GarmentEncoder(make_backbone("small_cnn", SIZE), heads)
    encoder(tf.zeros((1, SIZE, SIZE, 3)))
    return encoder


def read_items(wardrobe, encoder=None):
    """What training sees of the items: features, or pixels."""
    images = ImageStore(wardrobe.image_paths, SIZE)
    images = images.batch(tf.range(len(images)))
    return images if encoder is None else encoder.describe(images)


def make_model(kind, wardrobe, items, encoder=None):
    """A model as training makes it, of random weights.

    Args:
        kind: "psa", "dense", "items", "csa", "free", "shared", "joint" or
            "pixels".
        wardrobe: `Wardrobe`.
        items: What `read_items` returned.
        encoder: Whose backbone "pixels" takes.
    """
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(2)
    customers = len(wardrobe.customers)
    groups, dim = len(wardrobe.groups), 8
    if kind == "pixels":
        backbone = encoder.backbone
    else:
        backbone = keras.Sequential(
            [
                keras.layers.InputLayer(input_shape=items.shape[1:]),
                keras.layers.Normalization(mean=0.1, variance=0.25),
            ]
        )
    if kind == "joint":
        model = JointSubspaceNet(
            backbone,
            GroupProjection(groups, 6, normalize=False),
            GroupProjection(groups, 3 * 2 + 4, normalize=False),
            VariationalCustomers(customers, 5),
            keras.layers.Dense(3),
            num_subspaces=3,
            subspace_dim=2,
            taste_dim=4,
        )
    else:
        table = CustomerTable(customers, 3)
        table.load_embeddings(random.normal(size=(customers, 3)))
        attention = CustomerAttention(3, hidden_units=4)
        liking = None
        if kind == "csa":
            attention = CategoryPairAttention(3, len(wardrobe.categories), 5)
        if kind == "free":
            attention = FreeAttention(3)
        if kind == "items":
            liking = ItemLiking(customers, len(wardrobe.items), 2)
            liking.load_tastes(
                random.normal(size=(customers, 2)),
                random.normal(size=(len(wardrobe.items), 2)),
                random.normal(size=len(wardrobe.items)),
            )
        model = SubspaceNet(
            backbone,
            GroupProjection(1 if kind in ("shared", "csa") else groups, dim),
            DenseSubspaces(3, 4) if kind == "dense" else HadamardMasks(3),
            attention,
            None if kind in ("csa", "free") else table,
            liking,
        )
    model(blank_pair_inputs(items.shape[1:]))
    for weight in model.trainable_variables:
        if "masks" in weight.name or "means" in weight.name:
            weight.assign(random.normal(size=weight.shape))
    if kind == "items":
        model.item_terms.scales.assign([0.3, -0.2, 0.1, 0.4, 2.0])
    return model


def score_in_training(model, wardrobe, items, customers, queries, candidates):
    """The model's scores of rows of the wardrobe, as training sees them."""
    rows = np.arange(len(wardrobe.items), dtype="int32")
    return model(
        {
            "items": items,
            "item_rows": rows,
            "groups": wardrobe.item_groups,
            "categories": wardrobe.item_categories,
            "query": np.array(queries, "int32"),
            "candidates": np.array(candidates, "int32").reshape(
                len(queries), -1
            ),
            "customer": np.array(customers, "int32"),
        }
    ).numpy()


def make_towers(wardrobe, item_ids=None):
    """Two-tower embeddings at random, of the wardrobe's items or some ids."""
    random = np.random.default_rng(3)
    item_ids = wardrobe.items["item_id"] if item_ids is None else item_ids

    def embed(count):
        vectors = random.normal(size=(count, 4)).astype("float32")
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    customer_ids = wardrobe.customers["customer_id"].to_numpy(str)
    return CandidateTowers(
        customer_ids=customer_ids,
        customers=embed(len(customer_ids)),
        stranger=embed(1)[0],
        item_ids=np.array(item_ids, str),
        items=embed(len(item_ids)),
    )
