"""Scores of items that are known by their embeddings."""

import numpy as np

_CHUNK = 1 << 24  # Numbers held at a time.


class LatentScorer:
    """Negative distances between embeddings, in the spaces of their types.

    Args:
        latents: float32 `[items, d]`.
        types: int `[items]`, in `[0, types)`.
        masks: float32 `[types, types, d]`, or None for one space.
    """

    def __init__(self, latents, types=None, masks=None):
        self.latents = np.asarray(latents, np.float32)
        self.types = types
        self.squared_masks = None
        if masks is not None:
            self.squared_masks = np.square(np.asarray(masks, np.float32))

    def score(self, query, candidates):
        """Scores candidates.

        Args:
            query: int `[n]`, item rows.
            candidates: int `[n, c]`, item rows.

        Returns:
            float32 `[n, c]`, higher is more compatible.
        """
        query, candidates = np.asarray(query), np.asarray(candidates)
        scores = np.empty(candidates.shape, np.float32)
        step = max(_CHUNK // (candidates.shape[1] * self.latents.shape[1]), 1)
        for start in range(0, len(query), step):
            rows = slice(start, start + step)
            asked = candidates[rows]
            gaps = self.latents[query[rows], None] - self.latents[asked]
            gaps *= gaps
            if self.squared_masks is not None:
                gaps *= self.squared_masks[
                    self.types[query[rows], None], self.types[asked]
                ]
            scores[rows] = -np.sqrt(gaps.sum(axis=-1))
        return scores

    def score_outfits(self, outfits, candidates):
        """How well candidates go with all items of outfits.

        Args:
            outfits: int `[n, m]`, item rows, -1 where an outfit has fewer.
            candidates: int `[n, c]`, item rows, -1 where there are fewer.

        Returns:
            float32 `[n, c]`, the mean score over each outfit's items; -inf
            where there is no candidate.
        """
        outfits, candidates = np.asarray(outfits), np.asarray(candidates)
        asked = np.maximum(candidates, 0)
        there = outfits >= 0
        totals = np.zeros(candidates.shape, np.float32)
        for place in range(outfits.shape[1]):
            rows = np.flatnonzero(there[:, place])
            totals[rows] += self.score(outfits[rows, place], asked[rows])
        means = totals / np.maximum(there.sum(axis=1, keepdims=True), 1)
        return np.where(candidates >= 0, means, -np.inf)


def with_unknown(masks):
    """Masks with one more type at the end, which nobody has seen.

    Args:
        masks: float `[types, types, d]`.

    Returns:
        float32 `[types + 1, types + 1, d]`: with the unknown type, the root of
        the mean of the squares of all masks, since distances are squares.
    """
    masks = np.asarray(masks, np.float32)
    mean = np.sqrt(np.square(masks).mean(axis=(0, 1)))
    table = np.tile(mean, (len(masks) + 1, len(masks) + 1, 1))
    table[:-1, :-1] = masks
    return table
