"""What the true probabilities would score on GECo's protocols."""

import numpy as np

from tfcompat.evaluation.compatibility_protocols import evaluate_protocols
from tfcompat.evaluation.oracles import load_world

_AT_ONCE = 64


def compatibility_oracles(wardrobe, questions, is_personal):
    """Measures the truth of a simulated wardrobe.

    Args:
        wardrobe: `Wardrobe`.
        questions: `Questions` of `compatibility_questions`.
        is_personal: Whether each question is a customer's; else they are
            stylists', who made the outfits.

    Returns:
        Dict of "oracle", who knows what made the pairs (the customer's taste,
        or the stylists' eyes), and with customers of "population_oracle",
        everybody's mean taste. Empty for a wardrobe that is not simulated.
    """
    world = load_world(wardrobe)
    if world is None:
        return {}
    oracles = {"oracle": False}
    if is_personal:
        oracles["population_oracle"] = True
    return {
        name: _measure(world, questions, is_personal, population)
        for name, population in oracles.items()
    }


def _measure(world, questions, is_personal, population):
    def score(customers, queries, candidates):
        if is_personal:
            return world.pair_probability(
                customers, queries, candidates, population
            )
        return world.stylist_score(queries, candidates)

    def lists(asked):
        scores = score(
            asked.customer[:, None],
            asked.query[:, None],
            np.maximum(asked.candidates, 0),
        )
        return np.where(asked.candidates >= 0, scores, -np.inf)

    def blocks(customers, queries, candidates):
        for start in range(0, len(queries), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            yield (
                part,
                score(
                    customers[part, None], queries[part, None], candidates[None]
                ),
            )

    report = evaluate_protocols(lists, blocks, questions)
    del report["count"]
    return report
