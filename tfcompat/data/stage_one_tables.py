"""What stage 1 knows of customers and items, as arrays by row."""

import numpy as np

from tfcompat.data.attribute_columns import (
    encode_columns,
    encode_matrix,
    learn_columns,
)


def vote_histories(wardrobe, history_size=200):
    """Each customer's training votes on items, side by side.

    Args:
        wardrobe: `Wardrobe`.
        history_size: Most votes kept of a customer: the last ones, in the
            order of the table.

    Returns:
        Tuple of `[customers, h]` arrays, h <= `history_size`: int32 item rows,
        -1 where there is none, and float32 votes, 1, -1 or 0 = none.
    """
    votes = wardrobe.item_votes
    votes = votes[votes.split == "train"]
    # Counted from the end, so that the latest votes are the ones kept.
    place = votes.groupby("customer").cumcount(ascending=False).to_numpy()
    votes, place = votes[place < history_size], place[place < history_size]
    size = max(int(place.max(initial=-1)) + 1, 1)
    items = np.full((len(wardrobe.customers), size), -1, "int32")
    signs = np.zeros((len(wardrobe.customers), size), "float32")
    items[votes.customer, place] = votes.item
    signs[votes.customer, place] = votes.vote
    return items, signs


def stage_one_columns(wardrobe):
    """The encodings of all customer and item columns that stage 1 reads.

    Args:
        wardrobe: `Wardrobe`.

    Returns:
        Dict of "survey", "attributes", "category" and "brand", each as
        `learn_columns` returns it; plain JSON.
    """
    items, customers = wardrobe.items, wardrobe.customers
    brands = ["brand"] if "brand" in items else []
    attributes = [name for name in items if name.startswith("attr_")]
    attributes += ["price"] if "price" in items else []
    surveys = [name for name in customers if name.startswith("survey_")]
    return {
        "survey": learn_columns(customers, surveys),
        "attributes": learn_columns(items, attributes),
        "category": learn_columns(items, ["category"]),
        # One row of an embedding each, so that many of them cost little.
        "brand": learn_columns(items, brands, max_values=100_000),
    }


def encode_items(items, columns, visual=None):
    """Item features as `CustomerItemTowers` takes them.

    Args:
        items: `pandas.DataFrame` in the columns of `items.csv`.
        columns: What `stage_one_columns` returned.
        visual: Optional float `[items, f]` garment features.

    Returns:
        Dict of arrays: "category" and "brand" int32 `[items]`, -1 = unknown;
        "attributes" float32 `[items, a]`; "visual" float32 `[items, f]`.
    """
    unknown = np.full(len(items), -1, "int32")
    category = encode_columns(items, columns["category"])
    brand = encode_columns(items, columns["brand"])
    if visual is None:
        visual = np.zeros((len(items), 0))
    return {
        "category": category.get("category", unknown),
        "brand": brand.get("brand", unknown),
        "attributes": encode_matrix(items, columns["attributes"]),
        "visual": np.asarray(visual, "float32"),
    }


def stage_one_tables(wardrobe, columns, visual=None, history_size=200):
    """All that `CustomerItemTowers.from_tables` needs of a wardrobe.

    Args:
        wardrobe: `Wardrobe`.
        columns: What `stage_one_columns` returned.
        visual: Optional float `[items, f]` garment features.
        history_size: Most votes kept of a customer.

    Returns:
        Dict of arrays: "survey" float32 `[customers, s]`, "history_items",
        "history_votes", and those of `encode_items`.

    Raises:
        ValueError: If `visual` has not one row for each item.
    """
    if visual is not None and len(visual) != len(wardrobe.items):
        raise ValueError(
            f"`visual` must have {len(wardrobe.items)} rows, one for each "
            f"item, got {len(visual)}."
        )
    history_items, history_votes = vote_histories(wardrobe, history_size)
    return {
        "survey": encode_matrix(wardrobe.customers, columns["survey"]),
        "history_items": history_items,
        "history_votes": history_votes,
        **encode_items(wardrobe.items, columns, visual),
    }
