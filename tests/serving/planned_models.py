"""SavedModels with the signatures that DESIGN.md gives to later models.

They compute next to nothing, and answer with what they were asked, so that a
test sees that each argument arrives in its tensor.
"""

import tensorflow as tf

PNG = b"\x89PNG\r\n\x1a\n\0of "


def write_designer(folder):
    """`design`: the picture names the customer, the items the query."""

    def design(customer_id, query, k):
        return {
            "image": PNG + customer_id,
            **_ranking(query, k),
            "known_customer": customer_id == "c1",
        }

    _save(folder, design=(design, ["customer_id", "query", "k"]))


def write_geco(folder):
    """`serving_default` and `complete` without customers and groups."""

    def score(query, candidate):
        lengths = tf.strings.length(query) - tf.strings.length(candidate)
        return {"score": tf.cast(lengths, tf.float32)}

    def complete(query, k):
        item_id, score = _items(query, k)
        return {"item_id": item_id, "score": score, "template": PNG + query}

    _save(
        folder,
        serving_default=(score, ["query", "candidate"]),
        complete=(complete, ["query", "k"]),
    )


def write_adde(folder):
    """`manipulate`, `similar`, and `complete` of outfits."""

    def manipulate(query, remove, add, k):
        return _ranking(query + "-" + remove + "+" + add, k)

    def similar(query, attribute, k):
        return _ranking(query + ":" + attribute, k)

    def complete(queries, group, k):
        return _ranking(
            tf.strings.reduce_join(queries, axis=1, separator="|")
            + "|"
            + group,
            k,
        )

    _save(
        folder,
        manipulate=(manipulate, ["query", "remove", "add", "k"]),
        similar=(similar, ["query", "attribute", "k"]),
        complete=(complete, ["queries", "group", "k"]),
    )


def _items(names, k):
    """Each row's `k` items: its name, and a number behind it."""
    k = tf.broadcast_to(k, tf.shape(names))
    places = tf.range(tf.reduce_max(k))
    item_id = names[:, None] + tf.strings.as_string(places)
    asked = places < k[:, None]
    scores = tf.zeros(tf.shape(item_id)) - tf.cast(places, tf.float32)
    return tf.where(asked, item_id, ""), tf.where(asked, scores, -float("inf"))


def _ranking(names, k):
    item_id, score = _items(names, k)
    return {"item_id": item_id, "score": score}


_SPECS = {
    "k": tf.TensorSpec(None, tf.int32, "k"),
    "queries": tf.TensorSpec([None, None], tf.string, "queries"),
}


def _save(folder, **signatures):
    tf.saved_model.save(
        tf.Module(),
        str(folder),
        signatures={
            key: tf.function(
                function,
                input_signature=[
                    _SPECS.get(name, tf.TensorSpec([None], tf.string, name))
                    for name in names
                ],
                autograph=False,
            )
            for key, (function, names) in signatures.items()
        },
    )
