"""Preprocessing of the example sets: the same graph in training and serving.

TFX's Transform calls these functions by their import path. Images pass through
as bytes: `tfcompat.data.images.decode_images` turns them into pixels, in the
trainer as in what is served.
"""

import tensorflow as tf
import tensorflow_transform as tft

_POSITIVE = "1"


def items_fn(inputs):
    """Preprocesses items.

    Args:
        inputs: Dict of raw features, as `tfx_pipeline.wardrobe_records` makes
            them: string or float `[batch]`, sparse where optional.

    Returns:
        Dict: `item_row`, `group_row`, `category_row` int64 `[batch]`, places
        in the vocabularies "item_id", "group" and "category"; `image` and
        `image_path` string `[batch]`; `row`, and every optional column as it
        is.
    """
    outputs = dict(inputs)
    for name, row in (
        ("item_id", "item_row"),
        ("group", "group_row"),
        ("category", "category_row"),
    ):
        outputs[row] = _vocabulary_rows(outputs.pop(name), name)
    return outputs


def item_votes_fn(inputs):
    """Preprocesses votes on items.

    Args:
        inputs: Dict of raw features, as above.

    Returns:
        Dict: `label` float32 `[batch]`, 1 = liked and 0 = not;
        `customer_row` int64 `[batch]`, places in the vocabulary
        "customer_id"; numeric `survey_*` scaled to mean 0 and deviation 1 over
        the votes, others as they are; `customer_id`, `item_id`, `item_group`
        and `item_category` string `[batch]`; `row`.
    """
    outputs = _labelled(inputs)
    outputs["customer_row"] = _vocabulary_rows(
        inputs["customer_id"], "customer_id"
    )
    for name, values in inputs.items():
        if name.startswith("survey_") and values.dtype == tf.float32:
            outputs[name] = tft.scale_to_z_score(values)
    return outputs


def pair_votes_fn(inputs):
    """Preprocesses votes on pairs.

    Args:
        inputs: Dict of raw features, as above.

    Returns:
        Dict: `label` float32 `[batch]`, 1 = goes together and 0 = does not;
        `customer_id`, `query_id`, `candidate_id` and the groups and
        categories of both, string `[batch]`; `row`. There is a vocabulary
        "customer_id", too: of those who vote on pairs.
    """
    tft.vocabulary(inputs["customer_id"], vocab_filename="customer_id")
    return _labelled(inputs)


def outfits_fn(inputs):
    """Passes rows of outfits through.

    Args:
        inputs: Dict of raw features, as above.

    Returns:
        The same.
    """
    return dict(inputs)


def _labelled(inputs):
    outputs = dict(inputs)
    vote = outputs.pop("vote")
    outputs.pop("customer_listed", None)  # For the validator alone.
    outputs["label"] = tf.cast(tf.equal(vote, _POSITIVE), tf.float32)
    return outputs


def _vocabulary_rows(values, name):
    return tft.compute_and_apply_vocabulary(values, vocab_filename=name)
