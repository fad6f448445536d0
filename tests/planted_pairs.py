"""A tiny wardrobe in which colours decide what goes together."""

import numpy as np
import pandas as pd
from PIL import Image

from tfcompat.data.wardrobe import Wardrobe

COLOURS = {
    "red": (200, 40, 40),
    "green": (40, 170, 60),
    "blue": (40, 60, 200),
    "yellow": (220, 200, 40),
}
_SIDE = 32


def make_planted_wardrobe(folder, tops=40, bottoms=40, seed=0):
    """Writes a wardrobe folder whose outfits are of one colour.

    Items take turns in colour. Each top is worn with three random bottoms of
    its colour: the outfits. Two customers vote on pairs: "own" likes equal
    colours, "other" likes those of the next colour. Items have text that
    names their colour.
    """
    random = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    names = list(COLOURS)
    rows = []
    for group, count in (("top", tops), ("bottom", bottoms)):
        for number in range(count):
            colour = names[number % len(names)]
            rows.append((f"{group}-{number}", group, colour))
            _draw(
                folder / "images" / f"{group}-{number}.png",
                np.array(COLOURS[colour]) + random.integers(-25, 25, 3),
                group,
            )
    ids = [row[0] for row in rows]
    items = pd.DataFrame(
        {
            "item_id": ids,
            "image": [f"images/{id_}.png" for id_ in ids],
            "group": [row[1] for row in rows],
            "category": [row[1] for row in rows],
            "text": [f"a {row[2]} {row[1]}" for row in rows],
            "attr_color": [row[2] for row in rows],
        }
    )
    outfits = [
        (top, tops + bottom)
        for top in range(tops)
        for bottom in random.choice(
            np.arange(top % len(names), bottoms, len(names)), 3, replace=False
        )
    ]
    wardrobe = Wardrobe.from_frames(
        folder,
        items,
        pd.DataFrame({"customer_id": ["own", "other"]}),
        pair_votes=_votes(random, tops, bottoms, len(names)),
        outfits=pd.DataFrame(
            {
                "outfit_id": np.repeat(
                    [f"o{i}" for i in range(len(outfits))], 2
                ),
                "customer": np.full(2 * len(outfits), -1, "int32"),
                "item": np.array(outfits, "int32").ravel(),
            }
        ),
        manifest={"name": "planted"},
    )
    wardrobe.save_tables(folder)
    return Wardrobe.load(folder)


def _votes(random, tops, bottoms, colours):
    pairs = [(top, bottom) for top in range(tops) for bottom in range(bottoms)]
    chosen = random.choice(len(pairs), 400, replace=False)
    rows = []
    for customer in (0, 1):
        for top, bottom in (pairs[i] for i in chosen):
            liked = (top + customer) % colours == bottom % colours
            rows.append((customer, top, tops + bottom, 1 if liked else -1))
    frame = pd.DataFrame(
        rows, columns=["customer", "query", "candidate", "vote"]
    )
    return frame.astype(
        {"customer": "int32", "query": "int32", "candidate": "int32"}
    ).astype({"vote": "int8"})


def _draw(path, colour, group):
    image = np.full((_SIDE, _SIDE, 3), 255, "uint8")
    colour = np.clip(colour, 0, 255)
    if group == "top":
        image[6:20, 4:28] = colour
    else:
        image[4:30, 8:15] = image[4:30, 17:24] = colour
    Image.fromarray(image).save(path)
