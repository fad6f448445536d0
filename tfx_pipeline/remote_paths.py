"""Telling URLs of file systems from local paths."""


def is_remote(path):
    """Whether a path names a file system, such as gs://bucket/folder."""
    return "://" in str(path)
