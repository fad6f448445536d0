"""Which versions of a model there are, and which of them are to be served."""

import logging
import os
import pathlib
import re

import grpc

from tfcompat.serving.errors import ServingError

logger = logging.getLogger(__name__)

_NUMBER = re.compile(r"\s*-?\d+\s*", re.ASCII)  # As TensorFlow's strto64.
_INT64 = range(-(2**63), 2**63)


def find_versions(base_path):
    """Lists the version folders of a model.

    A version is a folder whose whole name is a number of 64 bits: `7` and
    `00000123`, but not `v5`, `5.tmp` or `.5`, so that what is still being
    written or copied under another name is never looked at. TensorFlow
    Serving takes files of such names for versions, too, and fails to load
    them; here they are passed over.

    Args:
        base_path: The model's folder.

    Returns:
        Dict of `pathlib.Path` by number, ascending. Of two names of one
        number, as `7` and `007`, the last in sort order counts.

    Raises:
        OSError: If `base_path` is not there, is no folder or is unreadable.
    """
    return _by_number(_numbered_folders(base_path))


def _numbered_folders(base_path):
    """Pairs of number and path, in the order of the names."""
    return [
        (int(child.name), child)
        for child in sorted(pathlib.Path(base_path).iterdir())
        if _NUMBER.fullmatch(child.name)
        and int(child.name) in _INT64
        and child.is_dir()
    ]


def _by_number(found):
    """Dict of such pairs, ascending; of equal numbers the last pair counts."""
    return dict(sorted(dict(found).items()))


def choose_versions(versions, policy):
    """Applies a version policy.

    Args:
        versions: Dict of paths by number, ascending.
        policy: `ServableVersionPolicy` message: `latest` (the default, with 0
            standing for 1), `all` or `specific`.

    Returns:
        Dict of paths by number: the versions to be served.
    """
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return versions
    if choice == "specific":
        wanted = set(policy.specific.versions)
        return {n: path for n, path in versions.items() if n in wanted}
    count = max(1, policy.latest.num_versions)
    return dict(list(versions.items())[-count:])


def fingerprint(path):
    """Returns a value that changes when a file in a folder does.

    Names, sizes, times and inodes; the contents are not read.
    """
    found = set()
    for folder, _, files in os.walk(path):
        for name in files:
            file = os.path.join(folder, name)
            try:
                status = os.stat(file)
            except OSError:  # Gone meanwhile: a change like any other.
                continue
            found.add((file, status.st_size, status.st_mtime_ns, status.st_ino))
    return frozenset(found)


class VersionSource:
    """Polls the base path of one model.

    Args:
        config: `ModelConfig` message: name, base path and version policy.
    """

    def __init__(self, config):
        self.name = config.name
        self.base_path = pathlib.Path(config.base_path)
        self.policy = config.model_version_policy
        self._warned = None

    def __eq__(self, other):
        return isinstance(other, VersionSource) and (
            (self.name, self.base_path, self.policy)
            == (other.name, other.base_path, other.policy)
        )

    def poll(self):
        """Returns the versions to be served: dict of paths by number.

        It is empty when the base path is there but holds none: then they are
        all to be unloaded. What is odd is logged, once until it changes.

        Raises:
            ServingError: NOT_FOUND or INTERNAL, if the base path cannot be
                read: what is served shall stay.
        """
        try:
            found = _numbered_folders(self.base_path)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError | NotADirectoryError)
            failure = ServingError(
                grpc.StatusCode.NOT_FOUND
                if missing
                else grpc.StatusCode.INTERNAL,
                f"Could not find base path {self.base_path} for servable "
                f"{self.name} with error {error.strerror}",
            )
            self._warn(failure.message)
            raise failure from None
        chosen = choose_versions(_by_number(found), self.policy)
        self._warn(self._oddity(found, chosen))
        return chosen

    def _oddity(self, found, chosen):
        """What somebody may want to know of what was found; None if nothing."""
        if not found:
            return (
                f"No versions of servable {self.name} found under base path "
                f"{self.base_path}. Did you forget to name your leaf "
                "directory as a number (eg. '/1/')?"
            )
        ignored = {path.name for _, path in found}
        ignored -= {path.name for path in dict(found).values()}
        if ignored:
            return (
                f"{self.base_path}: several folders of one version number; "
                f"ignored: {', '.join(sorted(ignored))}"
            )
        missing = set(self.policy.specific.versions) - chosen.keys()
        if missing:
            return (
                f"{self.name}: the versions {sorted(missing)}, which were "
                "requested to be served as 'specific' versions, were not "
                f"found in {self.base_path}"
            )
        return None

    def _warn(self, message):
        if message != self._warned and message is not None:
            logger.warning("%s", message)
        self._warned = message
