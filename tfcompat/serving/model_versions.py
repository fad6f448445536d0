"""The versions of one model, and what is to happen to them next."""

import time

from tfcompat.serving.version_state import AVAILABLE, END, START, VersionState


class ModelVersions:
    """Decides what is loaded and unloaded, and in which order.

    The rules are TensorFlow Serving's: a version that is wanted no more goes
    once a wanted one serves, when none is wanted, or when another one stands
    in for it; otherwise the newest that is wanted is loaded beside it. Unlike
    there, a version that is wanted again while it serves simply stays, and
    one whose folder is another is another version.

    Not safe for threads by itself: the manager's lock guards it.
    """

    def __init__(self):
        self._wanted = {}  # VersionState by number.
        self._all = []  # Those and all that ever were, oldest first.

    def want(self, found):
        """Takes up the versions that are to be served from now on.

        Args:
            found: Dict of paths by number.
        """
        wanted = {}
        for number, path in found.items():
            wanted[number] = self._known(number, path)
            if wanted[number] is None:
                wanted[number] = VersionState(number, path)
                self._all = [
                    version
                    for version in self._all
                    if version.number != number or version.state != END
                ] + [wanted[number]]
        for version in self._wanted.values():
            if version.state == START and version not in wanted.values():
                version.state = END
        self._wanted = wanted

    def _known(self, number, path):
        for version in self._all:
            if (version.number, version.path) == (number, path):
                if version.state in (START, AVAILABLE) or self.wants(version):
                    return version
        return None

    def wants(self, version):
        """Whether this `VersionState` is still to be served."""
        return self._wanted.get(version.number) is version

    def pick(self, number=None):
        """The available version of that number, or the newest; None if none."""
        available = [
            version
            for version in self._all
            if version.state == AVAILABLE and number in (None, version.number)
        ]
        # Of two folders of one number the one taken up last.
        return max(reversed(available), key=_number, default=None)

    def statuses(self):
        """`ModelVersionStatus` messages of all versions, highest first."""
        by_number = {}
        for version in self._all:
            known = by_number.get(version.number)
            if known is None or known.state != AVAILABLE:
                by_number[version.number] = version
        return [
            by_number[number].status()
            for number in sorted(by_number, reverse=True)
        ]

    def leaving(self):
        """The version to unload now, or None."""
        ready = [v for v in self._all if v.state == AVAILABLE]
        surplus = [version for version in ready if not self.wants(version)]
        replaced = len(surplus) < len(ready)
        if surplus and (replaced or not self._wanted or len(surplus) > 1):
            return min(surplus, key=_number)
        return None

    def coming(self):
        """The version to load now, or None."""
        now = time.monotonic()
        due = [
            version
            for version in self._wanted.values()
            if version.state == START
            or (version.has_failed and (version.retry_at or now + 1) <= now)
        ]
        return max(due, key=_number, default=None)

    def failed(self):
        """The wanted versions that could not be loaded, highest first."""
        failed = [v for v in self._wanted.values() if v.has_failed]
        return sorted(failed, key=_number, reverse=True)

    @property
    def all_tried(self):
        """Whether every wanted version has been tried and has failed."""
        return all(version.tries for version in self._wanted.values())


def _number(version):
    return version.number
