"""Photos with boxes around what is in them."""

import dataclasses
import pathlib

import numpy as np


@dataclasses.dataclass(frozen=True)
class BoxedPhotos:
    """Photos, and where in them which kind of garment is.

    Attributes:
        paths: List of n `pathlib.Path`.
        sizes: int `[n, 2]`, width and height in pixels.
        boxes: List of n float64 `[k, 4]`: left, top, right and bottom as
            shares of the photo's width and height, in [0, 1].
        labels: List of n int `[k]`, indices into `names`.
        names: Names of the kinds.
    """

    paths: list[pathlib.Path]
    sizes: np.ndarray
    boxes: list[np.ndarray]
    labels: list[np.ndarray]
    names: tuple[str, ...]

    def __len__(self):
        return len(self.paths)

    def of(self, rows):
        """The `BoxedPhotos` of some rows, int `[m]`."""
        return dataclasses.replace(
            self,
            paths=[self.paths[row] for row in rows],
            sizes=self.sizes[rows],
            boxes=[self.boxes[row] for row in rows],
            labels=[self.labels[row] for row in rows],
        )


def to_square(boxes, sizes):
    """Boxes in photos to boxes in the squares that `decode_images` makes.

    Args:
        boxes: float `[..., 4]`, shares of width and height.
        sizes: `[..., 2]`, width and height of the photos.

    Returns:
        float64 `[..., 4]`, shares of the square's side.
    """
    scale, shift = _fit(sizes)
    return np.asarray(boxes) * scale + shift


def from_square(boxes, sizes):
    """The other way round; what is beside the photo is cut off.

    Args:
        boxes: float `[..., 4]`, shares of the square's side.
        sizes: `[..., 2]`, width and height of the photos.

    Returns:
        float64 `[..., 4]` in [0, 1], shares of width and height.
    """
    scale, shift = _fit(sizes)
    return np.clip((np.asarray(boxes) - shift) / scale, 0.0, 1.0)


def padded_boxes(photos, image_size, most=None):
    """Boxes of all photos as one array, in pixels of the square images.

    Args:
        photos: `BoxedPhotos`.
        image_size: Side of the square images.
        most: Boxes a photo; by default as many as the fullest photo has.

    Returns:
        Dict of float32 "boxes" `[n, most, 4]` and "classes" `[n, most]`, -1
        where a photo has fewer: what KerasCV takes.
    """
    most = most or max(1, *map(len, photos.boxes))
    boxes = np.full((len(photos), most, 4), -1.0, np.float32)
    classes = np.full((len(photos), most), -1.0, np.float32)
    for row, (found, labels) in enumerate(
        zip(photos.boxes, photos.labels, strict=True)
    ):
        square = to_square(found, photos.sizes[row]) * image_size
        boxes[row, : len(found)] = square
        classes[row, : len(found)] = labels
    return {"boxes": boxes, "classes": classes}


def _fit(sizes):
    """How much of the square's sides a photo fills, and what is before it."""
    sizes = np.asarray(sizes, np.float64)
    scale = sizes / sizes.max(axis=-1, keepdims=True)
    scale = np.concatenate([scale, scale], axis=-1)  # [..., 4]
    return scale, (1.0 - scale) / 2.0
