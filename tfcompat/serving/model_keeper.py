"""Keeps one model in memory as its folder and its config say."""

import dataclasses
import logging
import threading
import time
from collections.abc import Callable

import grpc

from tfcompat.serving.errors import ServingError
from tfcompat.serving.loaded_model import LoadedModel
from tfcompat.serving.model_versions import ModelVersions
from tfcompat.serving.version_source import fingerprint
from tfcompat.serving.version_state import (
    AVAILABLE,
    END,
    LOADING,
    UNLOADING,
)

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class KeeperOptions:
    """What all models of a server have in common; see `ModelManager`."""

    poll_seconds: float
    load_retries: int
    retry_seconds: float
    load_slots: threading.Semaphore
    warm_up: Callable | None
    listeners: tuple[Callable, ...]


class ModelKeeper:
    """Polls, loads and unloads the versions of one model in its own thread.

    So that a slow or broken version, or a base path on a disk that hangs,
    holds up no other model.

    A failed version is tried again `load_retries` times, after
    `retry_seconds`, twice that and so on; and afresh whenever its files have
    changed and then stood still from one poll to the next, as they do at the
    end of a copy. (TensorFlow Serving gives it up for good.)

    Args:
        name: The model's name.
        changed: `threading.Condition` of the manager. It guards everything
            here, and is notified of every change.
        options: `KeeperOptions`.

    Attributes:
        source: `VersionSource`, or None if the model is not configured.
        versions: `ModelVersions`.
    """

    def __init__(self, name, changed, options):
        self.name = name
        self.source = None
        self.versions = ModelVersions()
        self._changed = changed
        self._options = options
        self._polled = None  # The source of the last poll.
        self._problem = None  # Why that poll failed.
        self._unloading = 0
        self._thread = None
        self._wake = threading.Event()

    def configure(self, source):
        """Serves what a source says from now on; returns at once.

        Args:
            source: `VersionSource`, or None to unload everything.
        """
        with self._changed:
            if source is None:
                self.versions.want({})
            if source is None or source != self.source:
                self.source = source
            self._wake.set()
            if self._thread is None and source is not None:
                self._thread = threading.Thread(
                    target=self._run, name=f"model {self.name}", daemon=True
                )
                self._thread.start()

    # These are read with the lock held.

    @property
    def is_settled(self):
        """Whether the model serves, or cannot for a reason that is known."""
        return self.versions.pick() is not None or (
            self._polled is self.source and self.versions.all_tried
        )

    @property
    def is_idle(self):
        """Whether no thread is at work on it."""
        return self._thread is None and not self._unloading

    def failure(self):
        """Why the model does not serve, in TensorFlow Serving's words."""
        which, reason = f"{{name: {self.name}}}", "it is still being loaded"
        if failed := self.versions.failed():
            which = f"{{name: {self.name} version: {failed[0].number}}}"
            reason = failed[0].error.describe()
        elif self._problem is not None:
            reason = self._problem.describe()
        elif self.is_settled:
            reason = f"NOT_FOUND: No versions of servable {self.name} found"
        return f"{which} due to error: {reason}"

    # These run in the model's own thread, without the lock.

    def _run(self):
        while True:
            self._wake.clear()
            try:
                self._poll()
                while self._step():
                    pass
            except Exception:
                logger.exception("%s: is not looked after", self.name)
            with self._changed:
                self._changed.notify_all()
                if self.source is None and not self._wake.is_set():
                    self._thread = None
                    return
                pause = self._pause()
            self._wake.wait(pause)

    def _poll(self):
        source = self.source
        found, problem = {}, None
        try:
            if source is not None:
                found = source.poll()
        except ServingError as error:
            problem = error
        with self._changed:
            if source is not self.source:
                return  # Configured anew meanwhile: another poll follows.
            self._polled, self._problem = source, problem
            if problem is None:
                self.versions.want(found)
            failed = self.versions.failed()
        for version in failed:
            self._reconsider(version)

    def _reconsider(self, version):
        """Gives a failed version new tries when its files have changed."""
        files = fingerprint(version.path)
        with self._changed:
            if files == version.files_seen != version.files:
                version.tries = 0
                version.retry_at = time.monotonic()
            version.files_seen = files

    def _pause(self):
        """Seconds until the next poll or retry; None for no end."""
        times = [
            version.retry_at - time.monotonic()
            for version in self.versions.failed()
            if version.retry_at is not None
        ]
        if self._options.poll_seconds:
            times.append(self._options.poll_seconds)
        return max(0.0, min(times)) if times else None

    def _step(self):
        """Unloads or loads one version; whether there was one."""
        with self._changed:
            leaving = self.versions.leaving()
            coming = self.versions.coming()
        if leaving is not None:
            self._unload(leaving)
        elif coming is not None:
            self._load(coming)
        return leaving is not None or coming is not None

    def _load(self, version):
        model, failure = None, None
        with self._options.load_slots:
            with self._changed:
                if not self.versions.wants(version):
                    return  # Not wanted any more since it began to wait.
            files = fingerprint(version.path)
            self._move(
                version, LOADING, error=None, files=files, files_seen=files
            )
            try:
                model = LoadedModel.load(
                    self.name,
                    version.number,
                    version.path,
                    warm_up=self._options.warm_up,
                )
            except ServingError as error:
                failure = error.with_traceback(None)  # It is kept.
            except Exception as error:
                logger.exception("%s: cannot be loaded", version.path)
                failure = ServingError(grpc.StatusCode.INTERNAL, repr(error))
        if failure is None:
            logger.info("%s: version %d serves", self.name, version.number)
            self._move(version, AVAILABLE, model=model, tries=0)
        else:
            self._fail(version, failure)

    def _fail(self, version, failure):
        tries = version.tries + 1
        retry_at = None
        if tries <= self._options.load_retries:
            pause = self._options.retry_seconds * 2 ** (tries - 1)
            retry_at = time.monotonic() + pause
        logger.warning(
            "%s: version %d cannot be loaded (try %d): %s",
            self.name,
            version.number,
            tries,
            failure.describe(),
        )
        self._move(version, END, error=failure, tries=tries, retry_at=retry_at)

    def _unload(self, version):
        """Lets no request in any more; the rest waits in another thread."""
        with self._changed:
            self._unloading += 1
        self._move(version, UNLOADING)
        threading.Thread(
            target=self._finish_unload,
            args=[version],
            name=f"unload {self.name} {version.number}",
            daemon=True,
        ).start()

    def _finish_unload(self, version):
        with self._changed:
            self._changed.wait_for(lambda: not version.users)
        version.model.close()
        logger.info("%s: version %d unloaded", self.name, version.number)
        self._move(version, END, model=None)
        with self._changed:
            self._unloading -= 1
            self._changed.notify_all()

    def _move(self, version, state, **attributes):
        """Changes a version's state.

        Who listens is told first, so that whoever waits for the state finds
        it counted already.
        """
        error = attributes.get("error", version.error)
        for listener in self._options.listeners:
            try:
                listener(self.name, version.number, state, error)
            except Exception:
                logger.exception("%s: a listener failed", self.name)
        with self._changed:
            version.state = state
            for name, value in attributes.items():
                setattr(version, name, value)
            self._changed.notify_all()
