"""The five notions of what goes together."""

import numpy as np

NOTIONS = (
    "colour_harmony",
    "light_with_dark",
    "same_formality",
    "one_pattern_at_most",
    "wide_with_slim",
)


def notions(traits, first, second):
    """Scores pairs of items by each notion, before scaling.

    With colour `(L, a, b)`, formality `f` and fit `g` of both items: nearness
    of hue and chroma `-|ab - ab'|`, contrast `|L - L'|`, `-|f - f'|`, `-1`
    when both are patterned, and balance `-|g + g' - 1|`. All are symmetric.

    Args:
        traits: `Traits` of all items.
        first: int array, rows of items.
        second: int array, rows of items; broadcast against `first`.

    Returns:
        float64, the broadcast shape followed by 5, in the order of `NOTIONS`.
    """
    gap = traits.lab[first] - traits.lab[second]
    patterned = traits.pattern > 0
    return np.stack(
        [
            -np.sqrt(gap[..., 1] ** 2 + gap[..., 2] ** 2),
            np.abs(gap[..., 0]),
            -np.abs(traits.formality[first] - traits.formality[second]),
            -(patterned[first] & patterned[second]).astype(np.float64),
            -np.abs(traits.fit[first] + traits.fit[second] - 1.0),
        ],
        axis=-1,
    )
