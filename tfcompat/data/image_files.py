"""Checks on the image files of a wardrobe."""

import itertools
import os
import pathlib
from concurrent import futures
from typing import NamedTuple

from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.jpeg_header import plain_jpeg_size
from tfcompat.data.progress import progress
from tfcompat.data.table_lines import find_lines
from tfcompat.data.table_specs import ITEMS, find_table
from tfcompat.data.tables import LFS_POINTER

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # What `decode_images` reads.
MAX_PIXELS = 50_000_000
_CHUNK = 16  # Images that a thread takes at a time.
_HEADER = 4096  # Bytes that hold most headers.


class ImagePaths:
    """Tells whether image paths stay inside a folder and are there.

    Folders are listed once instead of asking for each file.

    Args:
        folder: The wardrobe folder.
    """

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        self._root = os.path.realpath(folder)
        self._listed = {}
        self._sound = {}  # Files known to be sound, by their folder's text.

    def problem(self, image):
        """What is wrong with the relative path `image`; "" if nothing."""
        parent, _, name = image.rpartition("/")
        if name in self._sound.get(parent, ()):
            return ""
        problem = self._look(image)
        if not problem and parent not in self._sound:
            _, names, links = self._list(pathlib.PurePosixPath(image).parent)
            self._sound[parent] = {
                name
                for name in names - links
                if "\\" not in name and ":" not in name
            }
        return problem

    def _look(self, image):
        path = pathlib.PurePosixPath(image)
        if path.is_absolute() or pathlib.PureWindowsPath(image).drive:
            return "is an absolute path; give it relative to the folder"
        if ".." in path.parts or "\\" in image or "\0" in image:
            return "leaves the folder or is no plain relative path"
        inside, names, links = self._list(path.parent)
        if not inside:
            return "leaves the folder by a symbolic link"
        if path.name not in names:
            return "does not exist"
        if path.name in links:
            target = os.path.realpath(self._folder / path)
            if not self._holds(target):
                return "leaves the folder by a symbolic link"
            if not os.path.isfile(target):
                return "does not exist"
        return ""

    def _holds(self, path):
        return os.path.commonpath([self._root, path]) == self._root

    def _list(self, parent):
        if parent not in self._listed:
            folder = self._folder / parent
            names, links = set(), set()
            inside = self._holds(os.path.realpath(folder))
            if inside and folder.is_dir():
                for entry in _entries(folder):
                    if entry.is_symlink():
                        links.add(entry.name)
                    elif not entry.is_file():
                        continue
                    names.add(entry.name)
            self._listed[parent] = inside, names, links
        return self._listed[parent]


def _entries(folder):
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be listed: {error.strerror}."
        ) from error


class ImageFacts(NamedTuple):
    """What the look at an image file found.

    Attributes:
        problem: What is wrong with it; "" if nothing.
        jpeg_size: Height and width of a JPEG that says nothing of its
            orientation; None of all other files.
    """

    problem: str
    jpeg_size: tuple[int, int] | None = None


def image_problems(paths, max_pixels=MAX_PIXELS):
    """Decodes image files, several at a time.

    Args:
        paths: List of files.
        max_pixels: As `image_facts` takes it.

    Returns:
        List of what is wrong with each, "" if nothing.
    """
    facts = image_facts(paths, max_pixels, decode=True)
    return [fact.problem for fact in facts]


def image_facts(paths, max_pixels=MAX_PIXELS, decode=False):
    """Looks at image files, several at a time.

    Args:
        paths: List of files.
        max_pixels: Width times height above which a file is not decoded, so
            that a small one that unpacks to gigabytes does no harm.
        decode: Whether to decode every pixel, or only to read the header.

    Returns:
        List of `ImageFacts`.
    """
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None  # `max_pixels` decides, not Pillow's own.
    try:
        with futures.ThreadPoolExecutor() as pool:
            found = pool.map(
                lambda some: [_look_at(x, max_pixels, decode) for x in some],
                [paths[i : i + _CHUNK] for i in range(0, len(paths), _CHUNK)],
            )
            each = itertools.chain.from_iterable(found)
            return list(progress(each, "Checking images", len(paths), "image"))
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _look_at(path, max_pixels, decode):
    try:
        with open(path, "rb") as file:
            start = file.read(_HEADER)
            if not start:
                return ImageFacts("is empty (0 bytes)")
            if start.startswith(LFS_POINTER):
                return ImageFacts(
                    "is a Git-LFS pointer, not the image; run `git lfs pull`"
                )
            size = None if decode else plain_jpeg_size(start)
            if size:
                return ImageFacts(_size_problem(*size, max_pixels), size)
            file.seek(0)
            with Image.open(file) as image:
                problem = _content_problem(image, max_pixels, decode)
                is_plain = _kind(image) == "JPEG" and "exif" not in image.info
                size = image.size[::-1] if is_plain else None
                return ImageFacts(problem, size)
    except FileNotFoundError:
        return ImageFacts("does not exist")
    except Image.UnidentifiedImageError:
        return ImageFacts(
            f"is not an image of a known kind ({', '.join(FORMATS)})"
        )
    # Pillow's readers raise whatever a broken file leads them into.
    except Exception as error:
        return ImageFacts(f"is corrupt ({error})")


def _content_problem(image, max_pixels, decode):
    width, height = image.size
    problem = _size_problem(height, width, max_pixels)
    if problem:
        return problem
    if _kind(image) not in FORMATS:
        return f"is {image.format}, not one of {', '.join(FORMATS)}"
    if decode:
        image.load()
    return ""


def _size_problem(height, width, max_pixels):
    if width * height <= max_pixels:
        return ""
    return (
        f"has {width} x {height} pixels, more than the {max_pixels:,} allowed"
    )


def _kind(image):
    # Telephones write MPO: a JPEG with more behind it.
    return "JPEG" if image.format == "MPO" else image.format


class ImageProblem(NamedTuple):
    """An item whose image cannot be used.

    Attributes:
        row: The item's row.
        image: The image's path as the table has it.
        problem: What is wrong with it.
        place: File and line of the item.
    """

    row: int
    image: str
    problem: str
    place: str

    def __str__(self):
        return f"{self.place}, column image: {self.image!r} {self.problem}"


def validate_images(wardrobe, max_pixels=MAX_PIXELS):
    """Decodes every image of a wardrobe to see whether it can be.

    Args:
        wardrobe: `tfcompat.data.wardrobe.Wardrobe`.
        max_pixels: Width times height allowed for one image.

    Returns:
        List of `ImageProblem`; empty when all is well.

    Raises:
        InputError: If `max_pixels` is not positive.
    """
    if max_pixels < 1:
        raise InputError(f"--max-pixels must be positive, got {max_pixels}.")
    images = wardrobe.items["image"]
    distinct = images.unique()
    paths = [wardrobe.folder / image for image in distinct]
    found = image_problems(paths, max_pixels)
    problems = dict(zip(distinct, found, strict=True))
    bad = [(row, problems[image]) for row, image in enumerate(images)]
    bad = [(row, problem) for row, problem in bad if problem]
    places = _places(wardrobe, {row for row, _ in bad})
    return [
        ImageProblem(row, images[row], problem, places[row])
        for row, problem in bad
    ]


def _places(wardrobe, rows):
    """Item row to "file, line" where the item is defined."""
    ids = {row: wardrobe.items["item_id"][row] for row in rows}
    path = find_table(wardrobe.folder, ITEMS)
    if path is None or path.suffix != ".csv" or not rows:
        path = path or wardrobe.folder / "items.csv"
        return {row: f"{path}, item {item}" for row, item in ids.items()}
    lines = find_lines(path, "item_id", set(ids.values()))
    return {row: f"{path}, line {lines[item]}" for row, item in ids.items()}
