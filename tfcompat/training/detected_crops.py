"""The boxes of a wardrobe's items, by a detector."""

import logging

import numpy as np
from PIL import Image

from tfcompat.data.cropping import Crop
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore

_ORIENTATION = 0x0112  # Of EXIF; 5 to 8 lie on their side.
_LOG = logging.getLogger(__name__)


def detect_items(detector, wardrobe, confidence=0.3):
    """Looks for each item in its image: the surest garment of its kind.

    What an item's kind is, its group says, or its category where the detector
    knows that.

    Args:
        detector: `TrainedDetector`.
        wardrobe: `Wardrobe`.
        confidence: Below it a garment counts as not found.

    Returns:
        List of `Crop`, one per item row; None where nothing was found.

    Raises:
        InputError: If the detector knows none of the wardrobe's groups and
            categories, or an image cannot be read.
    """
    kinds = [
        category if category in detector.kinds else group
        for category, group in zip(
            wardrobe.items["category"], wardrobe.items["group"], strict=True
        )
    ]
    unknown = sorted(set(kinds) - set(detector.kinds))
    if unknown == sorted(set(kinds)):
        raise InputError(
            f"{wardrobe.folder}: the detector finds "
            f"{', '.join(detector.kinds)}, but items are {', '.join(unknown)}."
        )
    if unknown:
        _LOG.warning(
            "%s: the detector does not know %s; whole images are used.",
            wardrobe.folder,
            ", ".join(unknown),
        )
    images = ImageStore(wardrobe.image_paths, detector.image_size)
    found = detector.find(images, photo_sizes(wardrobe.image_paths))
    return [
        _crop(garments, kind, confidence)
        for garments, kind in zip(found, kinds, strict=True)
    ]


def detect_outfits(detector, photos, confidence=0.3):
    """Looks for the surest garment of each kind in photos.

    Args:
        detector: `TrainedDetector`.
        photos: List of paths.
        confidence: Below it a garment counts as not found.

    Returns:
        List of dicts, one a photo, from kind to box, float `[4]`.

    Raises:
        InputError: If a photo cannot be read.
    """
    images = ImageStore(photos, detector.image_size)
    outfits = []
    for garments in detector.find(images, photo_sizes(photos)):
        places = {kind: garments.best(kind) for kind in detector.kinds}
        outfits.append(
            {
                kind: garments.boxes[place]
                for kind, place in places.items()
                if place is not None
                and garments.confidences[place] >= confidence
            }
        )
    return outfits


def _crop(garments, kind, confidence):
    place = garments.best(kind)
    if place is None or garments.confidences[place] < confidence:
        return None
    return Crop(garments.boxes[place], float(garments.confidences[place]))


def photo_sizes(paths):
    """int `[n, 2]`, width and height when upright; reads the headers alone."""
    sizes = []
    for path in paths:
        with Image.open(path) as photo:
            turned = photo.getexif().get(_ORIENTATION, 1) >= 5
            sizes.append(photo.size[::-1] if turned else photo.size)
    return np.array(sizes)
