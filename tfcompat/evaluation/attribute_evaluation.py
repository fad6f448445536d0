"""The metrics of ADDE's encoder, ADDE-M and the similarity models."""

import numpy as np
import tf_keras as keras

from tfcompat.data.attribute_tasks import make_attribute_changes
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import item_splits
from tfcompat.data.images import ImageStore
from tfcompat.training.adde import (
    adde_features,
    adde_labels,
    load_adde,
    measure_accuracy,
)
from tfcompat.training.change_search import measure_changes
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.similarity import triplet_accuracy, triplet_questions


def load_model(run):
    """The Keras model of a finished run."""
    return keras.saving.load_model(run.model / "model.keras", compile=False)


def encoder_run(run):
    """The `RunFolder` of the ADDE encoder that a run builds on."""
    return RunFolder(run.read_config()["encoder"] or run.path / "encoder")


def evaluate_adde(run, wardrobe, split):
    """Attribute accuracy of an encoder.

    Returns:
        Dict of "count" and "attribute_accuracy": a dict of the mean,
        "accuracy", and each attribute's.
    """
    chosen = _chosen(wardrobe, split)
    model = load_adde(run)
    labels = adde_labels(model, wardrobe)
    report = measure_accuracy(
        model, adde_features(run, wardrobe), labels, chosen
    )
    return {"count": int(chosen.sum()), "attribute_accuracy": report}


def evaluate_adde_m(run, wardrobe, split):
    """Attribute manipulation among the items of a part.

    Returns:
        Dict of "count" of queries, "k", and "attributes": a dict of
        "top_k_accuracy", "ndcg", "ndcg_target" and "ndcg_other".
    """
    config = run.read_config()
    model = load_model(run)
    labels = adde_labels(model.encoder, wardrobe)
    queries = change_queries(config, labels, wardrobe, split)
    content = adde_m_content(run, config, wardrobe)
    return {
        "count": len(queries),
        "k": config["k"],
        "attributes": measure_changes(
            model, content, labels, queries, config["k"]
        ),
    }


def change_queries(config, labels, wardrobe, split):
    """The queries of a part, as a run of ADDE-M was given them.

    Raises:
        InputError: If there is none.
    """
    changes = make_attribute_changes(
        wardrobe,
        attributes=tuple(labels.names),
        changes=tuple(range(1, config["most_changes"] + 1)),
        per_item=config["triplets_per_item"],
        most_queries=config["most_queries"],
        seed=config["seed"],
    )
    queries = changes.queries.get(split)
    if queries is None or not len(queries):
        raise InputError(
            f"{wardrobe.folder}: there are no queries of changed attributes "
            f"in {split}."
        )
    return queries


def adde_m_content(run, config, wardrobe):
    """What an ADDE-M takes for items: features if its backbone is frozen."""
    encoder = encoder_run(run)
    if config["backbone"] == "frozen":
        return adde_features(encoder, wardrobe)
    size = encoder.read_config()["image_size"]
    return ImageStore(wardrobe.image_paths, size)


def evaluate_similarity(run, wardrobe, split):
    """Triplet accuracy of a similarity model.

    Returns:
        Dict of "count" of triplets, "triplet_accuracy", and
        "triplet_accuracy_by_attribute".
    """
    encoder = encoder_run(run)
    labels = adde_labels(load_adde(encoder), wardrobe)
    questions = triplet_questions(
        labels, _chosen(wardrobe, split), run.read_config()["seed"]
    )
    report = triplet_accuracy(
        load_model(run), questions, adde_features(encoder, wardrobe), wardrobe
    )
    return {
        "count": len(questions),
        "triplet_accuracy": report["triplet_accuracy"],
        "triplet_accuracy_by_attribute": dict(
            zip(labels.names, report["by_condition"], strict=False)
        ),
    }


def _chosen(wardrobe, split):
    chosen = np.asarray(item_splits(wardrobe) == split)
    if not chosen.any():
        raise InputError(f"{wardrobe.folder}: no item is in {split}.")
    return chosen
