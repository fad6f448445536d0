"""Artifacts for executors that run without a pipeline."""

import itertools

_IDS = itertools.count(1)


def make_artifact(kind, uri, **properties):
    """An artifact in a folder, which is made if it is not there.

    Args:
        kind: Class of the artifact.
        uri: `pathlib.Path` of the folder.
        **properties: Of the artifact.
    """
    artifact = kind()
    uri.mkdir(parents=True, exist_ok=True)
    artifact.uri = str(uri)
    artifact.id = next(_IDS)
    for name, value in properties.items():
        setattr(artifact, name, value)
    return artifact
