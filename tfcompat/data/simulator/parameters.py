"""The numbers that make one world easier than another."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class WorldParameters:
    """How customers differ and how noisy their votes are.

    Attributes:
        common: How much of the notions everybody shares.
        pair_scale: How decided votes on pairs are; larger is less noisy.
        liking_share: Weight of liking the two items against their match.
        individual: Standard deviation of what is a customer's own.
        concentration: Of the Dirichlet over archetypes; small is pure types.
        item_scale: How decided votes on single items are.
        leaning: Standard deviation of a customer's leaning to say yes.
        pair_leaning: Share of the leaning that also tips votes on pairs.
    """

    common: float = 0.25
    pair_scale: float = 2.5
    liking_share: float = 0.3
    individual: float = 0.35
    concentration: float = 0.3
    item_scale: float = 1.56
    leaning: float = 0.4
    pair_leaning: float = 0.3


# World B and world A of the calibration, see docs/data.md.
WORLDS = {
    "personal": WorldParameters(),
    "common": WorldParameters(common=0.5, pair_scale=2.0),
}
