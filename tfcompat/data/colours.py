"""The colours of a garment in a photo, measured in CIELAB."""

import dataclasses

import numpy as np
from PIL import Image

_SIDE = 48  # Pixels; colours need no more.
_PARTS = 10  # Colour regions that a photo is taken apart into.
_PLACE_WEIGHT = 18.0  # Lab units from the middle to the edge of a photo.
_CENTRE_WIDTH = 0.42  # Of the centre's bell curve, in half sides.
_BORDER = 0.12  # Share of the side that counts as border.
_LAB_WEIGHTS = (0.5, 1.0, 1.0)  # Shade and folds change lightness most.
_SAME_COLOUR = 18.0  # Lab distance below which two parts are one colour.
_SECOND_DISTANCE = 24.0  # From the main colour, to count as another one.
_SECOND_SHARE = 0.15

# sRGB to XYZ, IEC 61966-2-1, and its white point D65.
_RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _RGB_TO_XYZ.sum(axis=1)

# Garments as photographed, so less saturated than paint; several of a name.
_ANCHORS = (
    ("black", (8, 0, 0)),
    ("black", (20, 1, -1)),
    ("grey", (36, 0, -2)),
    ("grey", (50, 0, -2)),
    ("grey", (65, 0, -1)),
    ("white", (80, 0, 0)),
    ("white", (95, 0, 2)),
    ("beige", (74, 4, 16)),
    ("beige", (86, 2, 14)),
    ("beige", (60, 5, 13)),
    ("brown", (30, 12, 16)),
    ("brown", (45, 16, 26)),
    ("brown", (42, 8, 24)),
    ("brown", (32, 4, 15)),
    ("red", (42, 55, 34)),
    ("red", (53, 78, 64)),
    ("red", (30, 40, 20)),
    ("red", (20, 28, 12)),
    ("red", (32, 26, 8)),
    ("pink", (70, 28, 4)),
    ("pink", (50, 55, 0)),
    ("pink", (60, 85, -45)),
    ("pink", (80, 16, 6)),
    ("pink", (64, 14, 4)),
    ("orange", (60, 45, 50)),
    ("yellow", (78, 2, 60)),
    ("yellow", (82, -6, 42)),
    ("green", (42, -26, 18)),
    ("green", (40, -6, 20)),
    ("green", (62, -32, 44)),
    ("green", (25, -14, 8)),
    ("green", (66, -12, 22)),
    ("green", (32, -5, 15)),
    ("turquoise", (50, -22, -8)),
    ("turquoise", (72, -22, -6)),
    ("blue", (45, 4, -38)),
    ("blue", (42, -2, -18)),
    ("blue", (65, -4, -20)),
    ("blue", (62, 2, -18)),
    ("blue", (40, 30, -62)),
    ("blue", (78, -6, -12)),
    ("navy", (20, 4, -14)),
    ("navy", (24, 8, -26)),
    ("navy", (16, 30, -48)),
    ("purple", (38, 28, -28)),
    ("purple", (30, 24, -8)),
    ("purple", (65, 16, -16)),
    ("purple", (24, 12, -10)),
    ("purple", (46, 16, -20)),
)
_ANCHOR_LAB = np.array([lab for _, lab in _ANCHORS], np.float64)
NAMES = tuple(dict.fromkeys(name for name, _ in _ANCHORS))


@dataclasses.dataclass(frozen=True)
class Colours:
    """What was measured on one garment.

    Attributes:
        main: CIELAB of the main colour.
        main_share: Its share of the garment, in (0, 1].
        second: CIELAB of the second colour; None for a garment of one.
        pattern_strength: Mean CIELAB distance of the garment's pixels from
            the main colour; folds alone make about 8.
    """

    main: tuple[float, float, float]
    main_share: float
    second: tuple[float, float, float] | None
    pattern_strength: float


def rgb_to_lab(rgb):
    """Turns sRGB into CIELAB (D65, 2 degrees).

    Args:
        rgb: uint8 `[..., 3]`.

    Returns:
        float64 `[..., 3]`: L in [0, 100], a and b.

    Reference:
        IEC 61966-2-1; CIE 15:2004, section 8.2.1.
    """
    levels = np.arange(256) / 255.0
    linear = np.where(
        levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4
    )
    xyz = linear[rgb] @ _RGB_TO_XYZ.T / _WHITE
    small = xyz * (841 / 108) + 4 / 29
    roots = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), small)
    x, y, z = np.moveaxis(roots, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def colour_name(lab):
    """The basic colour word for a CIELAB colour, one of `NAMES`."""
    distances = np.linalg.norm(_ANCHOR_LAB - np.asarray(lab), axis=1)
    return _ANCHORS[int(np.argmin(distances))][0]


def colour_margin(lab):
    """How much farther any other name is than that of a CIELAB colour.

    Args:
        lab: CIELAB colour.

    Returns:
        float, a difference of distances; 0 on the border of two names.
    """
    distances = np.linalg.norm(_ANCHOR_LAB - np.asarray(lab), axis=1)
    nearest = colour_name(lab)
    named = np.array([name == nearest for name, _ in _ANCHORS])
    return float(distances[~named].min() - distances[named].min())


def measure_colours(image):
    """Measures the colours of the garment in the middle of a photo.

    The photo is taken apart into regions of like colour and place. A region
    counts as garment by how much more of it lies in the middle than along the
    border; a photo without background is all garment.

    Args:
        image: `PIL.Image.Image`.

    Returns:
        `Colours`.
    """
    lab = rgb_to_lab(_shrunk(image))  # [h, w, 3]
    pixels = lab.reshape(-1, 3)
    weights = _garment_weights(lab).ravel()
    centres, parts = _cluster(pixels, weights, _PARTS)
    colours, shares, parts = _merge(centres, parts, weights)
    order = np.argsort(-shares, kind="stable")
    main = colours[order[0]]
    second = next(
        (
            colours[part]
            for part in order[1:]
            if shares[part] >= _SECOND_SHARE
            and np.linalg.norm((colours[part] - main) * _LAB_WEIGHTS)
            >= _SECOND_DISTANCE
        ),
        None,
    )
    distances = np.linalg.norm(pixels - main, axis=1)
    return Colours(
        main=tuple(main.tolist()),
        main_share=float(shares[order[0]]),
        second=None if second is None else tuple(second.tolist()),
        pattern_strength=float(np.average(distances, weights=weights)),
    )


def _shrunk(image):
    """uint8 `[h, w, 3]`, alpha on white."""
    image = image.convert("RGBA")
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return np.asarray(white.convert("RGB"))


def fade_background(image):
    """Fades to white what in a photo is surely not the garment.

    By the same judgement as `measure_colours`: regions that look like the
    border, wherever they are.

    Args:
        image: `PIL.Image.Image`.

    Returns:
        `PIL.Image.Image` RGB of the same size.
    """
    garment, _ = _garment_map(rgb_to_lab(_shrunk(image)))
    # Undecided regions stay: half a garment is worse than some background.
    mask = np.clip(garment * 4.0, 0.0, 1.0)
    mask = Image.fromarray((255 * mask).astype(np.uint8)).resize(
        image.size, Image.Resampling.BICUBIC
    )
    white = Image.new("RGB", image.size, "white")
    return Image.composite(image.convert("RGB"), white, mask)


def _garment_weights(lab):
    """float `[h, w]`: how surely and how centrally a pixel is garment."""
    garment, centre = _garment_map(lab)
    return garment * centre + 1e-6


def _garment_map(lab):
    """How surely each pixel is garment, and how central it is, `[h, w]`."""
    height, width = lab.shape[:2]
    down, right = np.meshgrid(
        (np.arange(height) + 0.5) / height * 2 - 1,
        (np.arange(width) + 0.5) / width * 2 - 1,
        indexing="ij",
    )
    centre = np.exp(-(down**2 + right**2) / (2 * _CENTRE_WIDTH**2))
    border = np.maximum(abs(down), abs(right)) > 1 - 2 * _BORDER
    places = np.stack([down, right], axis=-1) * _PLACE_WEIGHT
    points = np.concatenate([lab, places], axis=-1).reshape(-1, 5)
    _, parts = _cluster(points, np.ones(len(points)), 2 * _PARTS)
    # Colour alone decides which regions are alike: one wall, left and right.
    inside = np.bincount(parts, centre.ravel() / centre.sum())
    outside = np.bincount(parts, border.ravel() / max(border.sum(), 1))
    likeness = _likeness(lab.reshape(-1, 3), parts)
    inside, outside = likeness @ inside, likeness @ outside
    surely = (inside / (inside + outside + 1e-9)) ** 3
    return surely[parts].reshape(height, width), centre


def _likeness(pixels, parts):
    """float `[parts, parts]`: 1 for the same colour, to 0 for far ones."""
    counts = np.maximum(np.bincount(parts), 1)
    means = np.stack(
        [np.bincount(parts, channel) / counts for channel in pixels.T], axis=1
    )
    gaps = np.linalg.norm(means[:, None] - means[None], axis=-1)
    return np.exp(-((gaps / (_SAME_COLOUR / 2)) ** 2))


def _cluster(points, weights, count, rounds=6):
    """Weighted k-means from far-apart starts: the same on any machine.

    Returns:
        `(centres [k, d], parts int [n])`, without empty clusters.
    """
    centres = [np.average(points, axis=0, weights=weights)]
    gaps = np.full(len(points), np.inf)
    for _ in range(count - 1):
        gaps = np.minimum(gaps, ((points - centres[-1]) ** 2).sum(axis=1))
        # The root keeps single odd pixels from becoming clusters.
        centres.append(points[np.argmax(np.sqrt(gaps) * weights)])
    centres = np.array(centres)
    for _ in range(rounds):
        gaps = (centres**2).sum(axis=1) - 2 * points @ centres.T
        parts = np.argmin(gaps, axis=1)
        totals = np.bincount(parts, weights, minlength=len(centres))
        kept = totals > 0
        sums = [
            np.bincount(parts, weights * column, minlength=len(centres))
            for column in points.T
        ]
        centres = (np.stack(sums, axis=1)[kept]) / totals[kept, None]
        parts = (np.cumsum(kept) - 1)[parts]
    return centres, parts


def _merge(centres, parts, weights):
    """Joins clusters of one colour, heaviest first.

    Returns:
        `(colours [k, 3], shares [k], parts int [n])`.
    """
    shares = np.bincount(parts, weights) / weights.sum()
    scaled = centres * _LAB_WEIGHTS
    label = np.full(len(centres), -1)
    for heavy in np.argsort(-shares, kind="stable"):
        if label[heavy] < 0:
            gaps = np.linalg.norm(scaled - scaled[heavy], axis=1)
            label[(gaps < _SAME_COLOUR) & (label < 0)] = label.max() + 1
    joined = np.bincount(label, shares)
    colours = [
        np.bincount(label, shares * channel) / joined for channel in centres.T
    ]
    return np.stack(colours, axis=1), joined, label[parts]
