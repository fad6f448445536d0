"""Pictures of manipulation and of conditional similarity (Fig. 1 to 3)."""

import numpy as np
import tensorflow as tf

from tfcompat.data.id_splits import item_splits
from tfcompat.evaluation.attribute_evaluation import (
    adde_m_content,
    change_queries,
    encoder_run,
    load_model,
)
from tfcompat.evaluation.picture_rows import GREEN, write_picture_rows
from tfcompat.training.adde import adde_features, adde_labels, load_adde
from tfcompat.training.change_search import find_changed

_FOUND = 5
_ROWS = 6


def draw_manipulation(run, wardrobe, path):
    """Queries, their changes, and the five items found first; Fig. 1.

    A green frame has what matches the target in every attribute. Above are
    queries with a match among the five, below some without.

    Args:
        run: Finished `RunFolder` of ADDE-M.
        wardrobe: `Wardrobe`.
        path: The PNG.
    """
    config = run.read_config()
    model = load_model(run)
    labels = adde_labels(model.encoder, wardrobe)
    queries = change_queries(config, labels, wardrobe, "test")
    content = adde_m_content(run, config, wardrobe)
    found = find_changed(model, content, queries, _FOUND)
    right = (labels.labels[found] == queries.target[:, None]).all(axis=-1)
    photos = wardrobe.image_paths

    def row(place):
        return [
            (
                photos[queries.reference[place]],
                _change_in_words(labels, queries.change[place]),
                None,
            ),
            (None, "", None),
            *(
                (
                    photos[item],
                    wardrobe.items["item_id"][item],
                    GREEN if is_right else None,
                )
                for item, is_right in zip(
                    found[place], right[place], strict=True
                )
            ),
        ]

    write_picture_rows(
        [
            (title, [row(place) for place in _spread(np.flatnonzero(which))])
            for title, which in (
                ("Found among the first five", right.any(axis=1)),
                ("Not found", ~right.any(axis=1)),
            )
        ],
        path,
    )


def draw_similarity(run, wardrobe, path):
    """One query a row, and its nearest items in one attribute; Fig. 2 and 3.

    A green frame has what shares the query's value of that attribute.

    Args:
        run: Finished `RunFolder` of a similarity model.
        wardrobe: `Wardrobe`.
        path: The PNG.
    """
    encoder = encoder_run(run)
    labels = adde_labels(load_adde(encoder), wardrobe)
    features = adde_features(encoder, wardrobe)
    rows = np.flatnonzero(item_splits(wardrobe) == "test")
    queries = _spread(rows, 2)
    photos = wardrobe.image_paths
    model = load_model(run)
    sections = []
    for query in queries:
        parts = []
        for attribute, name in enumerate(labels.names):
            others = rows[rows != query]
            nearest = _nearest(model, features, query, others, attribute)
            value = labels.labels[query, attribute]
            parts.append(
                [
                    (photos[query], f"by {name}", None),
                    (None, "", None),
                    *(
                        (
                            photos[item],
                            _value(labels, item, attribute),
                            GREEN
                            if labels.labels[item, attribute] == value >= 0
                            else None,
                        )
                        for item in nearest
                    ),
                ]
            )
        sections.append((wardrobe.items["item_id"][query], parts))
    write_picture_rows(sections, path)


def _change_in_words(labels, change):
    """Such as "color: red to blue, fit: slim to loose"."""
    starts = np.cumsum(labels.counts)[:-1]
    words = []
    for (name, known), part in zip(
        labels.values.items(), np.split(change, starts), strict=True
    ):
        if part.any():
            before, after = (
                "".join(known[i] for i in np.flatnonzero(part == sign))
                for sign in (-1, 1)
            )
            words.append(f"{name}: {before or '?'} to {after or '?'}")
    return ", ".join(words)


def _nearest(model, features, query, others, condition):
    inputs = {
        "features": tf.constant(features[[query, *others]]),
        "groups": tf.zeros([1 + len(others)], tf.int32),
        "categories": tf.zeros([1 + len(others)], tf.int32),
        "item_rows": tf.zeros([1 + len(others)], tf.int32),
        "query": tf.constant([0]),
        "candidates": tf.range(1, 1 + len(others))[None],
        "customer": tf.constant([-1]),
        "condition": tf.constant([condition]),
    }
    scores = model(inputs)[0].numpy()
    return others[np.argsort(-scores, kind="stable")[:_FOUND]]


def _value(labels, item, attribute):
    value = labels.labels[item, attribute]
    known = labels.values[labels.names[attribute]]
    return known[value] if value >= 0 else "unknown"


def _spread(places, most=_ROWS):
    """A few of many, evenly spaced."""
    if len(places) <= most:
        return places
    return places[np.linspace(0, len(places) - 1, most).astype(int)]
