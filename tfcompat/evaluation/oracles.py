"""What the true probabilities of a simulated wardrobe would score."""

from tfcompat.data.simulator.truth import TRUTH_FILE, check_truth
from tfcompat.data.simulator.world import World
from tfcompat.metrics.vote_report import evaluate_votes

_KEYS = ("overall", "customer")


def load_world(wardrobe):
    """Loads the world behind a simulated wardrobe.

    Args:
        wardrobe: `Wardrobe`.

    Returns:
        `World` whose rows are those of the wardrobe; None if it is not
        simulated.

    Raises:
        InputError: If the truth cannot be read, or the wardrobe's items or
            customers are not those that were simulated.
    """
    if not (wardrobe.folder / TRUTH_FILE).exists():
        return None
    check_truth(wardrobe)
    return World.load(wardrobe.folder)


def oracle_metrics(wardrobe, kind, votes):
    """Scores votes by the truth, where it is known.

    Args:
        wardrobe: `Wardrobe`.
        kind: "pair" or "item".
        votes: Rows of the wardrobe's pair or item votes.

    Returns:
        Dict of "oracle", the true probabilities, and "population_oracle",
        what everybody's mean taste would say: the most that an impersonal
        model can know. Each has the keys "overall" and "customer" of
        `evaluate_votes`. Empty for a wardrobe that is not simulated.
    """
    world = load_world(wardrobe)
    if world is None:
        return {}
    customers = votes["customer"].to_numpy()
    liked = votes["vote"].to_numpy() > 0
    reports = {}
    for name, population in (("oracle", False), ("population_oracle", True)):
        if kind == "pair":
            scores = world.pair_probability(
                customers,
                votes["query"].to_numpy(),
                votes["candidate"].to_numpy(),
                population,
            )
        else:
            scores = world.item_probability(
                customers, votes["item"].to_numpy(), population
            )
        report = evaluate_votes(liked, scores, customers)
        reports[name] = {key: report[key] for key in _KEYS}
    return reports
