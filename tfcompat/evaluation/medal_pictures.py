"""Pictures of what MEDAL finds, as its Fig. 1 to 3."""

import numpy as np

from tfcompat.data.outfit_pairs import outfit_pairs
from tfcompat.evaluation.picture_rows import GREEN

_FOUND = 10
_ROWS = 4
_ASKED = 200


def retrieval_rows(trained, wardrobe, split="test"):
    """Queries, what was worn with them, and the first ten that are found.

    Beneath each is its score; the item that was worn has a green frame. Above
    are queries whose item is among the ten, below some whose item is not.

    Args:
        trained: `TrainedMedal`.
        wardrobe: `Wardrobe`.
        split: Outfits to ask about.

    Returns:
        Sections, as `draw_picture_rows` takes them.

    Raises:
        InputError: If the wardrobe has no outfits in the split.
    """
    pairs = outfit_pairs(wardrobe, (split,))
    photos = wardrobe.image_paths
    hits, misses = [], []
    for place in np.random.default_rng(0).permutation(len(pairs))[:_ASKED]:
        query, worn = pairs.query[place], pairs.candidates[place, 0]
        group = wardrobe.items["group"].iloc[worn]
        found, scores = trained.rank(query, group, _FOUND)
        row = [
            (photos[query], "asked", None),
            (photos[worn], "worn with it", GREEN),
            (None, "", None),
            *(
                (photos[item], f"{score:.3f}", GREEN if item == worn else None)
                for item, score in zip(found, scores, strict=True)
            ),
        ]
        (hits if worn in found else misses).append(row)
    return [
        ("What was worn is among the ten", hits[:_ROWS]),
        ("It is not", misses[:_ROWS]),
    ]
