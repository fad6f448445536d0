"""A canvas on which pieces of fabric are laid, lit and photographed."""

import dataclasses

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

IMAGE_SIZE = 128
_OVERSAMPLING = 3
_SIZE = IMAGE_SIZE * _OVERSAMPLING
_ROWS, _COLUMNS = np.mgrid[:_SIZE, :_SIZE].astype(np.float32) + np.float32(0.5)
_UNITS = 100.0  # The canvas is this wide and high in the units of outlines.


@dataclasses.dataclass(frozen=True)
class Frame:
    """Where the fabric of a piece lies: `v` runs along `angle`.

    Attributes:
        x: Where `u` is 0.
        y: Where `v` is 0.
        angle: Radians from straight down towards the right.
        sway: How far folds push the pattern aside, in units.
    """

    x: float = 50.0
    y: float = 10.0
    angle: float = 0.0
    sway: float = 0.4

    def coordinates(self, x, y):
        """Fabric coordinates `u`, `v` of canvas points."""
        cosine = np.float32(np.cos(self.angle))
        sine = np.float32(np.sin(self.angle))
        x, y = x - np.float32(self.x), y - np.float32(self.y)
        u, v = cosine * x - sine * y, sine * x + cosine * y
        if self.sway:
            sway = np.float32(self.sway)
            u = u + sway * np.sin(v / 6.0)
            v = v + sway * np.sin(u / 5.0 + 1.0)
        return u, v


class Canvas:
    """Pieces in the order in which they are laid, on a light ground.

    Args:
        random: `numpy.random.Generator` for pose, light and creases.
        zoom: How near the camera is; 1 shows all of the canvas.
    """

    def __init__(self, random, zoom=1.0):
        angle = random.normal(0.0, 0.022)
        scale = zoom * random.uniform(0.96, 1.02) * _SIZE / _UNITS
        turn = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        self._matrix = scale * turn
        self._shift = _SIZE / 2.0 + random.uniform(-1.5, 1.5, 2) * scale
        inverse = (turn.T / scale).astype(np.float32)
        x = _COLUMNS - np.float32(self._shift[0])
        y = _ROWS - np.float32(self._shift[1])
        self._x = inverse[0, 0] * x + inverse[0, 1] * y + _UNITS / 2
        self._y = inverse[1, 0] * x + inverse[1, 1] * y + _UNITS / 2
        self._creases = _creases(random)
        self._side_light = np.float32(random.uniform(-0.1, 0.1))
        self._rgb = np.zeros((_SIZE, _SIZE, 3), np.float32)
        self._cover = np.zeros((_SIZE, _SIZE), np.float32)
        ground = random.uniform(0.955, 1.0) - random.uniform(0.0, 0.012, 3)
        self._ground = ground.astype(np.float32)
        self._shadow = random.uniform(0.10, 0.30)

    def lay(
        self, outline, fabric, frame=None, *, light=0.0, volume=1.0, folds=()
    ):
        """Lays a piece of fabric over what is there.

        Args:
            outline: `[n, 2]`, canvas units.
            fabric: `Fabric`.
            frame: `Frame` of the pattern.
            light: Added to the brightness, such as -0.2 for an inside.
            volume: How much darker the rim is, as on a round body.
            folds: Tuples `(points, width, depth)`; a negative depth is a
                ridge that catches the light.
        """
        frame = Frame() if frame is None else frame
        box, points = self._place(outline, margin=14)
        mask = _polygon(box, points)
        near = (slice(box[1], box[3]), slice(box[0], box[2]))
        x = self._x[near]
        round_off = np.asarray(mask.filter(ImageFilter.BoxBlur(9)), np.float32)
        shade = 1.03 + light + self._creases[near]
        shade = shade - (0.26 * volume) * (1.0 - round_off / 255.0)
        shade = shade + self._side_light * (x - 50.0) / 50.0
        if folds:
            shade = shade - self._soft_lines(folds, box)
        colour = fabric.paint(*frame.coordinates(x, self._y[near]))
        # The last term lets folds show on black too.
        shade = shade[..., None]
        lit = colour * shade + np.float32(0.10) * (shade - np.float32(1.0))
        np.clip(lit, 0.0, 1.0, out=lit)
        self._blend(near, lit, np.asarray(mask, np.float32) / 255.0)

    def patch(self, outline, colour, alpha=1.0):
        """Fills an outline with one colour, such as a button or a lining."""
        box, points = self._place(outline, margin=1)
        near = (slice(box[1], box[3]), slice(box[0], box[2]))
        mask = np.asarray(_polygon(box, points), np.float32) / 255.0
        self._blend(near, np.asarray(colour, np.float32), alpha * mask)

    def line(self, points, colour, width=0.5, alpha=0.8, dashes=None):
        """Draws a seam, or a row of stitches of `dashes` samples each."""
        if dashes is not None:
            for start in range(0, len(points) - 1, 2 * dashes):
                part = points[start : start + dashes + 1]
                self.line(part, colour, width, alpha)
            return
        box, pixels = self._place(points, margin=4)
        near = (slice(box[1], box[3]), slice(box[0], box[2]))
        mask = _stroke(box, pixels, self._pixels(width))
        # Thread lies on cloth; beside it there is nothing to sew.
        mask = np.asarray(mask, np.float32) * (alpha / 255.0)
        mask = mask * self._cover[near]
        self._blend(near, np.asarray(colour, np.float32), mask)

    def photograph(self):
        """Returns the picture, `PIL.Image` of 128 x 128 pixels."""
        cover = Image.fromarray(np.uint8(255.0 * self._cover))
        cover = cover.reduce(_OVERSAMPLING)
        cloth = Image.fromarray(np.uint8(255.0 * self._rgb + 0.5))
        cloth = np.asarray(cloth.reduce(_OVERSAMPLING), np.float32)
        shadow = cover.filter(ImageFilter.BoxBlur(2))
        shadow = np.asarray(shadow.filter(ImageFilter.BoxBlur(2)), np.float32)
        shadow = np.roll(shadow / 255.0, (2, 1), axis=(0, 1))[..., None]
        ground = 255.0 * self._ground * (1.0 - self._shadow * shadow)
        # Where nothing lies the cloth is black, so it is premultiplied.
        bare = 1.0 - np.asarray(cover, np.float32)[..., None] / 255.0
        pixels = np.clip(np.round(cloth + ground * bare), 0, 255)
        return Image.fromarray(pixels.astype(np.uint8))

    def cut_out(self):
        """Returns the clothes alone, `PIL.Image` RGBA of 128 x 128 pixels."""
        cover = Image.fromarray(np.uint8(255.0 * self._cover))
        cloth = Image.fromarray(np.uint8(255.0 * self._rgb + 0.5))
        cover = np.asarray(cover.reduce(_OVERSAMPLING), np.float32)
        cloth = np.asarray(cloth.reduce(_OVERSAMPLING), np.float32)
        # The cloth is premultiplied; a picture's colour is not.
        cloth = cloth / np.maximum(cover[..., None] / 255.0, 1e-3)
        pixels = np.dstack([np.clip(cloth, 0, 255), cover])
        return Image.fromarray(np.round(pixels).astype(np.uint8))

    def _blend(self, near, colour, alpha):
        rgb = self._rgb[near]
        rgb += alpha[..., None] * (colour - rgb)
        self._cover[near] = np.maximum(self._cover[near], alpha)

    def _pixels(self, width):
        return max(1, round(width * _SIZE / _UNITS))

    def _pixels_of(self, points):
        centred = np.asarray(points, dtype=np.float64) - _UNITS / 2
        return centred @ self._matrix.T + self._shift

    def _place(self, points, margin):
        """Pixel box around points, and the points in pixels within it."""
        pixels = self._pixels_of(points)
        low = np.floor(pixels.min(axis=0)).astype(int) - margin
        high = np.ceil(pixels.max(axis=0)).astype(int) + margin
        left, top = np.clip(low, 0, _SIZE - 1)
        right, bottom = np.clip(high, 1, _SIZE)
        # A piece wholly outside still needs a box of one pixel.
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        return (left, top, right, bottom), pixels - (left, top)

    def _soft_lines(self, folds, box):
        """How much darker folds make a box; negative on ridges."""
        total = np.zeros((box[3] - box[1], box[2] - box[0]), np.float32)
        for sign in (1.0, -1.0):
            mask = _mask(box)
            draw = ImageDraw.Draw(mask)
            for points, width, depth in folds:
                if sign * depth > 0.0:
                    pixels = self._pixels_of(points) - box[:2]
                    _draw_line(draw, pixels, self._pixels(width), abs(depth))
            blur = ImageFilter.BoxBlur(self._pixels(0.9))
            soft = mask.filter(blur).filter(blur)
            total += np.float32(sign / 255.0) * np.asarray(soft, np.float32)
        return total


def _mask(box):
    return Image.new("L", (int(box[2] - box[0]), int(box[3] - box[1])))


def _polygon(box, points):
    mask = _mask(box)
    ImageDraw.Draw(mask).polygon([tuple(p) for p in points], fill=255)
    return mask


def _stroke(box, points, width):
    mask = _mask(box)
    _draw_line(ImageDraw.Draw(mask), points, width, 1.0)
    return mask


def _draw_line(draw, points, width, strength):
    points = [tuple(point) for point in points]
    fill = round(255 * strength)
    draw.line(points, fill=fill, width=width, joint="curve")


def _creases(random):
    """Soft light and dark over the whole cloth, `[size, size]` near 0."""
    noise = np.uint8(random.integers(0, 256, (7, 9)))
    noise = Image.fromarray(noise).resize((_SIZE, _SIZE), Image.BICUBIC)
    noise = np.asarray(noise, np.float32) / 255.0 - 0.5
    return noise * np.float32(random.uniform(0.06, 0.16))
