"""Folders for what is not finished, found again by the next attempt."""

import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import time

from tfx_pipeline.remote_paths import is_remote

_LEFT_FOR_DEAD = 7 * 24 * 3600  # Seconds.


def open_work_folder(root, stage, made_of):
    """Makes or finds the folder of a stage that is made of certain things.

    TFX knows an attempt by a number of its own, so that one after a kill would
    not find what the one before has left. Those that nobody came back to for
    a week are removed.

    Args:
        root: Folder of all such folders. Of a URL the machine's folder for
            temporary files takes the place.
        stage: Name of the stage.
        made_of: What goes into it, ready for JSON.

    Returns:
        `pathlib.Path` of a local folder, the same for the same three.
    """
    text = json.dumps([str(root), stage, made_of], sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    if is_remote(root):
        root = os.path.join(tempfile.gettempdir(), "tfcompat-work")
    folder = pathlib.Path(root) / stage / name
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for other in folder.parent.iterdir():
        if time.time() - other.stat().st_mtime > _LEFT_FOR_DEAD:
            shutil.rmtree(other, ignore_errors=True)
    return folder
