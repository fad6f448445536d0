"""The files of a wardrobe folder, wherever Beam's file systems reach."""

import hashlib
import json
from os.path import isdir

from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from tfcompat.data.errors import InputError
from tfcompat.data.manifest import NAME as MANIFEST
from tfcompat.version import __version__
from tfx_pipeline.remote_paths import is_remote
from tfx_pipeline.table_batches import read_batches

_CHUNK_BYTES = 1 << 20
_KEPT = ("name", "split_seed", "split_prefixes")


def find_table(wardrobe, name):
    """Path of a table's file, None when there is none.

    Args:
        wardrobe: The folder, local or as a URL.
        name: Of the table.

    Raises:
        InputError: If it is there both as CSV and as Parquet.
    """
    ends = (".csv", ".parquet")
    paths = [FileSystems.join(wardrobe, name + end) for end in ends]
    found = [path for path in paths if FileSystems.exists(path)]
    if len(found) > 1:
        raise InputError(
            f"{wardrobe}: holds both {name}.csv and {name}.parquet; keep one "
            "of them."
        )
    return found[0] if found else None


def require_table(wardrobe, name):
    """The same for a table that must be there."""
    path = find_table(wardrobe, name)
    if path is None and not is_remote(wardrobe) and not isdir(wardrobe):
        raise InputError(f"{wardrobe}: does not exist or is no folder.")
    if path is None:
        raise InputError(
            f"{wardrobe}: holds no {name}.csv (nor {name}.parquet), which the "
            "pipeline needs."
        )
    return path


def read_manifest(wardrobe):
    """What the wardrobe's manifest says of what is not in its tables.

    Returns:
        Dict: its name, and how items are split, as far as it says.

    Raises:
        InputError: If the manifest is no JSON object or its seed no integer.
    """
    path = FileSystems.join(wardrobe, MANIFEST)
    if not FileSystems.exists(path):
        return {}
    with FileSystems.open(path) as file:
        content = file.read()
    try:
        manifest = json.loads(content.decode("utf-8"))
        known = {k: v for k, v in manifest.items() if k in _KEPT}
    except (AttributeError, ValueError) as error:
        raise InputError(f"{path}: is no JSON object: {error}.") from error
    seed = known.get("split_seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise InputError(f"{path}: split_seed {seed!r} is not an integer.")
    return known


def read_split_seed(wardrobe):
    """Seed of the wardrobe's splits; errors as `read_manifest`."""
    return read_manifest(wardrobe).get("split_seed", 0)


def fingerprint(wardrobe, tables, images):
    """What examples made of some files depend on, in one line.

    Tables count by their content, images by name, size and time of change.
    The manifest counts by its seed alone: it also says how many rows each
    table has, and more pair votes must not make item votes look new.

    Args:
        wardrobe: The folder.
        tables: Names of tables; those that are not there count as such.
        images: Whether the items' images count.

    Returns:
        str, the same as long as nothing changed.

    Raises:
        InputError: If the folder cannot be used.
    """
    parts = [f"tfcompat:{__version__}", f"seed:{read_split_seed(wardrobe)}"]
    for name in tables:
        path = find_table(wardrobe, name)
        parts.append(f"{name}:{_content_hash(path) if path else 'none'}")
    if images:
        parts.append(f"images:{_images_hash(wardrobe)}")
    return ",".join(parts)


def _content_hash(path):
    digest = hashlib.sha256()
    with FileSystems.open(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _images_hash(wardrobe):
    digest = hashlib.sha256()
    path = require_table(wardrobe, "items")
    for _, batch in read_batches(path):
        if "image" not in batch.schema.names:
            return "none"
        for image in batch.column("image").to_pylist():
            path = FileSystems.join(wardrobe, image)
            try:
                found = FileSystems.get_filesystem(path).metadata(path)
                state = found.size_in_bytes, found.last_updated_in_seconds
            except BeamIOError:  # Reading it will say so.
                state = None
            digest.update(repr((image, state)).encode())
    return digest.hexdigest()
