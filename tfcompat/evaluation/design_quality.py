"""How good designs are: real, varied, and what goes with the query."""

import dataclasses

import numpy as np

from tfcompat.data.design_batches import make_query_dataset
from tfcompat.data.errors import InputError
from tfcompat.data.progress import progress
from tfcompat.metrics.frechet_distance import FrechetDistance, images_needed
from tfcompat.metrics.inception_score import InceptionScore
from tfcompat.metrics.kernel_distance import KernelDistance
from tfcompat.metrics.opposite_ssim import OppositeSSIM


def measure_designs(designer, pairs, images, network, *, batch_size=64, seed=0):
    """The generation metrics of a designer's designs against true items.

    One design for each pair, in an order shuffled by the seed: Opposite SSIM
    compares neighbours, and those of one customer may be alike.

    Args:
        designer: Model from inputs of `make_query_dataset` to designs; None
            takes the true items for designs, which is the row "Real".
        pairs: `DesignPairs` held out.
        images: `ImageStore` at the designer's image size.
        network: `GenerationFeatures`.
        batch_size: Designs at a time.
        seed: Of the order.

    Returns:
        Dict: "images", their number; "features", the network's name;
        "inception_score", "opposite_ssim" and their ± "_deviation"; "fid" and
        "kid". What depends on the network is there again under its full name,
        such as "fid_garment".

    Raises:
        InputError: If there are too few pairs for the FID; the message says
            how many are needed.
    """
    needed = images_needed(network.dim)
    if len(pairs) < needed:
        raise InputError(
            f"fid_{network.name} needs at least {needed} images, one more "
            f"than its {network.dim} features; there are {len(pairs)} pairs "
            "held out."
        )
    score = InceptionScore(network.num_classes)
    frechet = FrechetDistance(network.dim, name=f"fid_{network.name}")
    kernel = KernelDistance(network.dim, name=f"kid_{network.name}")
    variety = OppositeSSIM(images.image_size)
    dataset = make_query_dataset(
        _shuffled(pairs, seed), images, batch_size=batch_size
    )
    for inputs, labels in progress(dataset, "designs", unit="batch"):
        real = labels["target"]
        designs = real
        if designer is not None:
            designs = designer.predict_on_batch(inputs)
        real_features, _ = network(real)
        features, probabilities = network(designs)
        score.update_state(probabilities)
        frechet.update_state(real_features, features)
        kernel.update_state(real_features, features)
        variety.update_state(designs)
    numbers = {
        "inception_score": float(score.result()),
        "inception_score_deviation": score.deviation(),
        "opposite_ssim": float(variety.result()),
        "opposite_ssim_deviation": variety.deviation(),
        "fid": float(frechet.result()),
        "kid": float(kernel.result()),
    }
    named = {
        f"{name}_{network.name}": numbers[name]
        for name in ("inception_score", "fid", "kid")
    }
    count = {"images": len(pairs), "features": network.name}
    return {**count, **numbers, **named}


def score_designs(
    designer, pairs, images, scorer, wardrobe, *, batch_size=64, seed=0
):
    """Scores designs, the true items and random ones by a trained model.

    Args:
        designer: Model from inputs of `make_query_dataset` to designs.
        pairs: `DesignPairs` held out, n of them.
        images: `ImageStore` at the designer's image size.
        scorer: `DesignScorer` of the same wardrobe.
        wardrobe: `Wardrobe`.
        batch_size: Designs at a time.
        seed: Of the random items.

    Returns:
        Dict of float32 `[n]`: "designed", "real" and "random".
    """
    random = np.random.default_rng(seed)
    other = random.choice(pairs.targets, len(pairs)).astype("int32")
    group = wardrobe.groups[wardrobe.item_groups[pairs.targets[0]]]
    scores = {name: [] for name in ("designed", "real", "random")}
    dataset = make_query_dataset(pairs, images, batch_size=batch_size)
    start = 0
    for inputs, labels in progress(dataset, "scored designs", unit="batch"):
        rows = slice(start, start + len(inputs["customer"]))
        start = rows.stop
        shown = {
            "designed": (designer.predict_on_batch(inputs), pairs.target[rows]),
            "real": (labels["target"], pairs.target[rows]),
            "random": (images.batch(other[rows]), other[rows]),
        }
        for name, (candidates, stood_for) in shown.items():
            scores[name].append(
                scorer.score_images(
                    pairs.customer[rows],
                    pairs.query[rows],
                    candidates,
                    wardrobe.item_categories[stood_for],
                    group,
                )
            )
    return {name: np.concatenate(parts) for name, parts in scores.items()}


def measure_compatibility(scores):
    """How well designs go with their queries, in a trained scorer's eyes.

    An estimate by a model that no generator has seen, and no survey. Its
    marks are the true item and a random one of the same group, both scored
    by their images alone, as the design is.

    Args:
        scores: Dict as `score_designs` returns it.

    Returns:
        Dict of mean scores "designed", "real" and "random"; "position",
        where designs are between random, 0, and real, 1, which is NaN if
        these two score alike; "beats_random" and "beats_real", the share of
        designs that score above the mark of their own query and customer, a
        tie counting half.
    """
    means = {name: float(values.mean()) for name, values in scores.items()}
    gap = means["real"] - means["random"]
    climbed = means["designed"] - means["random"]
    return {
        **means,
        "position": climbed / gap if gap else float("nan"),
        "beats_random": wins(scores["designed"], scores["random"]),
        "beats_real": wins(scores["designed"], scores["real"]),
    }


def wins(first, second):
    """Share of places where `first` is larger; a tie counts half; a float."""
    return float(np.mean((first > second) + 0.5 * (first == second)))


def _shuffled(pairs, seed):
    """The same liked pairs in another order."""
    order = np.random.default_rng(seed).permutation(len(pairs))
    return dataclasses.replace(
        pairs,
        customer=pairs.customer[order],
        query=pairs.query[order],
        target=pairs.target[order],
    )
