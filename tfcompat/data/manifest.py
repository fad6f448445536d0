"""The wardrobe folder's manifest, `wardrobe.json`."""

import json

from tfcompat.data.errors import InputError

NAME = "wardrobe.json"


def read_manifest(folder):
    """Reads a folder's manifest.

    Args:
        folder: `pathlib.Path` of the wardrobe folder.

    Returns:
        dict, empty when there is no manifest.

    Raises:
        InputError: If it is no JSON object or its `split_seed` no integer.
    """
    path = folder / NAME
    if not path.exists():
        return {}
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}, line {error.lineno}: is not JSON: {error.msg}."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}.") from error
    if not isinstance(manifest, dict):
        raise InputError(f"{path}, line 1: is not a JSON object.")
    seed = manifest.get("split_seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise InputError(f"{path}: split_seed {seed!r} is not an integer.")
    return manifest


def write_manifest(folder, manifest):
    """Writes `manifest` (a dict) into `folder`."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")
