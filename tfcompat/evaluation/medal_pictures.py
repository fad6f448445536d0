"""Pictures of what MEDAL finds, as its Fig. 1 to 3."""

import matplotlib.figure
import numpy as np
from PIL import Image

from tfcompat.data.outfit_pairs import outfit_pairs
from tfcompat.training.trained_medal import TrainedMedal

_FOUND = 10
_ROWS = 8


def draw_retrieval(run, wardrobe, path, split="test"):
    """Queries, what was worn with them, and the first ten that are found.

    Above each found item is its score; the item that was worn has a frame.
    One query in two is one whose item is among the ten, as far as there are.

    Args:
        run: Folder of a finished run of MEDAL.
        wardrobe: `Wardrobe`.
        path: The PNG.
        split: Outfits to ask about.
    """
    trained = TrainedMedal(run, wardrobe)
    pairs = outfit_pairs(wardrobe, (split,))
    chosen = np.random.default_rng(0).permutation(len(pairs))[:200]
    rows, hits = [], []
    for place in chosen:
        query, worn = pairs.query[place], pairs.candidates[place, 0]
        group = wardrobe.items["group"].iloc[worn]
        found, scores = trained.rank(query, group, _FOUND)
        rows.append((query, worn, found, scores))
        hits.append(worn in found)
    hits = np.array(hits)
    shown = [
        *np.flatnonzero(hits)[: _ROWS // 2],
        *np.flatnonzero(~hits)[: _ROWS // 2],
    ]
    figure = matplotlib.figure.Figure(
        figsize=(_FOUND + 3, 1.25 * len(shown)), layout="constrained"
    )
    grid = figure.subplots(
        len(shown), _FOUND + 2, squeeze=False, gridspec_kw={"wspace": 0.05}
    )
    for axes_row, row in zip(
        grid, (rows[place] for place in shown), strict=True
    ):
        query, worn, found, scores = row
        for axes in axes_row:
            axes.set_axis_off()
        _show(axes_row[0], wardrobe, query, "asked")
        _show(axes_row[1], wardrobe, worn, "worn with it")
        for axes, item, score in zip(axes_row[2:], found, scores, strict=False):
            _show(axes, wardrobe, item, f"{score:.2f}", item == worn)
    figure.savefig(path, format="png", dpi=90)


def _show(axes, wardrobe, item, title, is_framed=False):
    with Image.open(wardrobe.image_paths[item]) as image:
        axes.imshow(np.asarray(image.convert("RGB")))
    axes.set_title(title, fontsize=7, pad=2)
    if is_framed:
        axes.set_axis_on()
        axes.set_xticks([])
        axes.set_yticks([])
        for side in axes.spines.values():
            side.set(color="tab:green", linewidth=3)
