"""Designs side by side: with baselines, with real items, for customers."""

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

from tfcompat.retrieval.design_index import DesignIndex
from tfcompat.training.design_progress import image_grid

_SHOWN = 96  # Least pixels that a picture is shown with.
_LETTERS, _MARGIN = 14, 6
_NEIGHBOURS = 5


def choose_pairs(pairs, count, seed=0):
    """Rows of liked pairs of different queries and, if it can be, customers.

    Args:
        pairs: `DesignPairs`.
        count: How many at most.
        seed: Of the draw.

    Returns:
        int `[n]`.
    """
    order = np.random.default_rng(seed).permutation(len(pairs))
    chosen, queries, customers = [], set(), set()
    many = len(np.unique(pairs.customer)) >= count
    for row in order:
        query, customer = pairs.query[row], pairs.customer[row]
        if query in queries or (many and customer in customers):
            continue
        chosen.append(row)
        queries.add(query)
        customers.add(customer)
        if len(chosen) == count:
            break
    return np.array(chosen)


def compare_designs(designers, pairs, columns=8, seed=0):
    """Fig. 5: queries, what each model designs for them, and what was liked.

    Args:
        designers: Dict from name to `TrainedDesigner`, all of one image size.
        pairs: `DesignPairs` held out.
        columns: Most queries.
        seed: Of their choice.

    Returns:
        Tuple of the rows' names and float `[rows, columns, s, s, 3]`.
    """
    chosen = choose_pairs(pairs, columns, seed)
    query, target = pairs.query[chosen], pairs.target[chosen]
    images = next(iter(designers.values())).images
    rows = {"query": images.batch(query)}
    for name, designer in designers.items():
        rows[name] = designer.design(pairs.customer[chosen], query)
    rows["liked"] = images.batch(target)
    return list(rows), np.stack(list(rows.values()))


def find_neighbours(designer, pairs, rows=6, seed=1):
    """Fig. 6: designs and the real items most like them.

    Args:
        designer: `TrainedDesigner` of a `Designer`.
        pairs: `DesignPairs` held out.
        rows: Most designs.
        seed: Of their choice.

    Returns:
        Tuple of the rows' names and float `[rows, 7, s, s, 3]`: query, design
        and five items.
    """
    chosen = choose_pairs(pairs, rows, seed)
    query = pairs.query[chosen]
    designs = designer.design(pairs.customer[chosen], query)
    images, model = designer.images, designer.model
    index = DesignIndex.of(model, images, pairs.targets)
    _, found = index.search(
        model.embed_candidate(tf.constant(designs)), _NEIGHBOURS
    )
    shown = [
        np.concatenate(
            [images.batch(query[i : i + 1]), designs[i : i + 1], items]
        )
        for i, items in enumerate(images.batch(row) for row in found)
    ]
    return [""] * len(shown), np.stack(shown)


def design_for_customers(designer, pairs, names, rows=4, columns=6, seed=2):
    """Fig. 7: what different customers get for the same query.

    Args:
        designer: `TrainedDesigner`.
        pairs: `DesignPairs` held out.
        names: Ids of all customers.
        rows: Most queries.
        columns: Most customers.
        seed: Of their choice.

    Returns:
        Tuple of the columns' names and float `[rows, 1 + columns, s, s, 3]`,
        the query first.
    """
    query = pairs.query[choose_pairs(pairs, rows, seed)]
    everybody = np.unique(pairs.customer)
    customers = np.sort(
        np.random.default_rng(seed).choice(
            everybody, min(columns, len(everybody)), replace=False
        )
    )
    designs = designer.design(
        np.tile(customers, len(query)), np.repeat(query, len(customers))
    )
    side = designs.shape[1]
    designs = designs.reshape(len(query), len(customers), side, side, 3)
    shown = np.concatenate(
        [designer.images.batch(query).numpy()[:, None], designs], axis=1
    )
    return ["query", *(str(names[row]) for row in customers)], shown


def draw_grid(images, *, rows=(), columns=()):
    """Draws a grid of images with names at its side and on top.

    Args:
        images: float `[rows, columns, s, s, 3]` in [0, 1].
        rows: Names of the rows, or none.
        columns: Names of the columns, or none.

    Returns:
        `PIL.Image.Image`.
    """
    times = max(1, -(-_SHOWN // np.shape(images)[2]))
    grid = Image.fromarray(
        image_grid(np.repeat(np.repeat(images, times, axis=2), times, axis=3))
    )
    font = ImageFont.load_default(_LETTERS)
    left = round(max(map(font.getlength, rows), default=0))
    left += 2 * _MARGIN if left else 0
    top = 2 * _LETTERS if any(columns) else 0
    page = Image.new("RGB", (grid.width + left, grid.height + top), "white")
    page.paste(grid, (left, top))
    draw = ImageDraw.Draw(page)
    height = grid.height / len(images)
    for row, name in enumerate(rows):
        middle = top + (row + 0.5) * height
        draw.text((_MARGIN, middle), name, "black", font, anchor="lm")
    width = grid.width / np.shape(images)[1]
    for column, name in enumerate(columns):
        middle = left + (column + 0.5) * width
        draw.text((middle, top / 2), name, "black", font, anchor="mm")
    return page
