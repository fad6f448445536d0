"""The models of a server: which there are, and which a request is for."""

import contextlib
import threading

import grpc

from tfcompat.data.errors import InputError
from tfcompat.serving.config_source import ConfigSource
from tfcompat.serving.errors import ServingError
from tfcompat.serving.model_keeper import KeeperOptions
from tfcompat.serving.model_set import ModelSet


class ModelManager:
    """Loads, keeps and unloads models, and hands them to requests.

    Behaves as TensorFlow Serving 2.16.1, with these improvements:

    - Each model is polled and loaded in a thread of its own: neither a
      broken version nor a missing base path holds up the others.
    - A failed version is tried again (see `ModelKeeper`).
    - A version that is wanted again is taken up at once; one whose base path
      has changed is loaded from there.
    - A config that is refused leaves no trace; one that names a missing base
      path is answered at once (with UNKNOWN) and the model served as soon as
      it is there.
    - Labels may be given at the start, before any version is loaded.

    An emptied base path unloads the model, as there: whoever deletes every
    version means it. A base path, or a root folder, that is not there at all
    unloads nothing, for then a disk may be missing; but a model's folder
    that vanishes from a root that is there takes the model with it.

    Args:
        source: `ModelServerConfig` message; or path of a `models.config`,
            read again whenever it changes; or path of a root folder, whose
            models are served as `make_model_config` finds them, from when
            they appear until they vanish.
        poll_seconds: Time between two looks at files and folders; 0 looks
            once.
        warm_up: Function of a `LoadedModel` and a `PredictionLog` that runs
            the request in that model; None skips warm-ups.
        load_retries: How often a version that failed to load is tried again.
        retry_seconds: Time until the first of these tries; doubled for each
            further one.
        load_threads: Versions that may be loaded at the same time.
        listeners: Functions of model name, version, state (as in
            `ModelVersionStatus`) and `ServingError` or None, called just
            before each change of a state by the thread that makes it.

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(
        self,
        source,
        *,
        poll_seconds=1.0,
        warm_up=None,
        load_retries=3,
        retry_seconds=1.0,
        load_threads=4,
        listeners=(),
    ):
        for name, value, least in (
            ("poll_seconds", poll_seconds, 0),
            ("load_retries", load_retries, 0),
            ("retry_seconds", retry_seconds, 0),
            ("load_threads", load_threads, 1),
        ):
            if value < least:
                raise ValueError(
                    f"`{name}` must be at least {least}, got {value}."
                )
        self._source = ConfigSource(source, poll_seconds)
        options = KeeperOptions(
            poll_seconds=poll_seconds,
            load_retries=load_retries,
            retry_seconds=retry_seconds,
            load_slots=threading.BoundedSemaphore(load_threads),
            warm_up=warm_up,
            listeners=tuple(listeners),
        )
        self._changed = threading.Condition(threading.RLock())
        self._models = ModelSet(self._changed, options)
        self._is_closed = False

    def start(self):
        """Begins to load the models; returns before they are there.

        Returns:
            The manager.

        Raises:
            InputError: If the source cannot be read or is no valid config.
        """
        config = self._source.read()
        try:
            with self._changed:
                self._models.replace(config, check_labels=False)
        except ServingError as error:
            raise InputError(f"{self._source}: {error.message}") from error
        self._source.watch(self._take_over, config)
        return self

    def wait_until_ready(self, timeout=None):
        """Waits until it is known of every model whether it serves.

        A model that fails to load, or has no version, is waited for no
        longer than it takes to find that out.

        Args:
            timeout: Seconds, or None for no end.

        Returns:
            Whether every model serves; `problems` says which does not.
        """
        with self._changed:
            configured = self._models.configured
            self._changed.wait_for(
                lambda: all(keeper.is_settled for keeper in configured()),
                timeout,
            )
            return all(keeper.versions.pick() for keeper in configured())

    def problems(self):
        """Returns why models do not serve: dict of texts by model name."""
        with self._changed:
            return {
                keeper.name: keeper.failure()
                for keeper in self._models.configured()
                if keeper.versions.pick() is None
            }

    def close(self, timeout=None):
        """Unloads everything once its last request is done.

        Args:
            timeout: Seconds to wait for that, or None for no end.

        Returns:
            Whether all is unloaded.
        """
        self._source.stop()
        with self._changed:
            self._is_closed = True
            keepers = self._models.all()
            for keeper in keepers:
                keeper.configure(None)
            return self._changed.wait_for(
                lambda: all(keeper.is_idle for keeper in keepers), timeout
            )

    @contextlib.contextmanager
    def use(self, model_spec):
        """Holds the model that a request is for, so that it stays loaded.

        Args:
            model_spec: `ModelSpec` message; None if the request has none.
                (An unset field reads as an empty message: ask `HasField`.)

        Yields:
            `LoadedModel`.

        Raises:
            ServingError: INVALID_ARGUMENT for a missing spec, a missing name
                or an unknown label, NOT_FOUND if no such model or version is
                loaded.
        """
        with self._changed:
            version = self._models.resolve(model_spec)
            version.users += 1
        try:
            yield version.model
        finally:
            with self._changed:
                version.users -= 1
                if not version.users:
                    self._changed.notify_all()

    def statuses(self, name, version=None):
        """Returns the states of a model's versions.

        Versions that were unloaded, or failed to load, stay listed as END.

        Args:
            name: The model's name.
            version: Number of the one asked for; None for all.

        Returns:
            List of `ModelVersionStatus` messages, highest version first.

        Raises:
            ServingError: NOT_FOUND if there never was such a version.
        """
        with self._changed:
            keeper = self._models.get(name)
            found = keeper.versions.statuses() if keeper is not None else []
        if version is not None:
            found = [status for status in found if status.version == version]
        if found:
            return found
        what = "any versions" if version is None else f"version {version}"
        raise ServingError(
            grpc.StatusCode.NOT_FOUND, f"Could not find {what} of model {name}"
        )

    def names(self):
        """Returns the names of the configured models, loaded or not."""
        with self._changed:
            return sorted(k.name for k in self._models.configured())

    def reload(self, config, timeout=None):
        """Replaces the config: models left out are unloaded.

        Returns once every model that is new serves; changes of known models
        take effect meanwhile or later. From then on the source given at the
        start is watched no more. A config that is refused changes nothing; a
        new model that cannot be served makes this fail but stays configured,
        as does the rest.

        Args:
            config: `ModelServerConfig` message with a `model_config_list`.
            timeout: Seconds to wait for the new models, or None for no end.

        Raises:
            ServingError: INVALID_ARGUMENT for a bad config,
                FAILED_PRECONDITION for a label onto a version that is not
                available, UNKNOWN if a new model cannot be served,
                DEADLINE_EXCEEDED after `timeout`.
        """
        with self._changed:
            if self._is_closed:
                raise ServingError(
                    grpc.StatusCode.UNAVAILABLE, "The server is shutting down"
                )
            new = self._models.replace(config)
            self._source.stop()
            settled = self._changed.wait_for(
                lambda: all(keeper.is_settled for keeper in new), timeout
            )
            failures = [k.failure() for k in new if not k.versions.pick()]
        if not settled:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"{len(failures)} model(s) are still being loaded",
            )
        if failures:
            listed = "".join(f"{failure}}}, " for failure in failures)
            raise ServingError(
                grpc.StatusCode.UNKNOWN,
                f"{len(failures)} model(s) did not become available: "
                f"{{{listed}}}",
            )

    def _take_over(self, config):
        """Takes over a config that the source was found to have by now."""
        with self._changed:
            if not self._source.is_stopped:
                self._models.replace(config)
