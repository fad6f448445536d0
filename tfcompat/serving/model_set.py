"""The models that are configured, and the labels of their versions."""

import logging

import grpc
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tfcompat.serving.errors import ServingError
from tfcompat.serving.model_config import check_model_config
from tfcompat.serving.model_keeper import ModelKeeper
from tfcompat.serving.model_request import requested_version
from tfcompat.serving.version_source import VersionSource

logger = logging.getLogger(__name__)


class ModelSet:
    """Turns configs into keepers, and model specs into versions.

    Every method is called with the manager's lock held.

    Args:
        changed: `threading.Condition`, the manager's lock.
        options: `KeeperOptions`.
    """

    def __init__(self, changed, options):
        self._changed = changed
        self._options = options
        self._config = None
        self._labels = {}  # Dict of versions by label, by model.
        self._keepers = {}  # Of every model that ever was.

    def all(self):
        """The `ModelKeeper`s of every model that ever was configured."""
        return list(self._keepers.values())

    def configured(self):
        """The `ModelKeeper`s of the models that are now."""
        return [k for k in self.all() if k.source is not None]

    def get(self, name):
        """The `ModelKeeper` of a model that ever was; None if never."""
        return self._keepers.get(name)

    def replace(self, config, *, check_labels=True):
        """Takes over a config, wholly or not at all.

        Args:
            config: `ModelServerConfig` message.
            check_labels: Whether labels must be of versions that serve.

        Returns:
            List of the `ModelKeeper`s of models that were not configured.

        Raises:
            ServingError: INVALID_ARGUMENT or FAILED_PRECONDITION; then all is
                as it was.
        """
        check_model_config(config, self._config)
        models = config.model_config_list.config
        if check_labels:
            self._check_labels(models)
        self._config = ModelServerConfig()
        self._config.CopyFrom(config)  # The caller may change theirs.
        self._labels = {
            model.name: dict(model.version_labels) for model in models
        }
        before = {keeper.name for keeper in self.configured()}
        for name in before - self._labels.keys():
            logger.info("%s: is not configured any more", name)
            self._keepers[name].configure(None)
        for model in models:
            if model.name not in self._keepers:
                self._keepers[model.name] = ModelKeeper(
                    model.name, self._changed, self._options
                )
            self._keepers[model.name].configure(VersionSource(model))
        return [
            self._keepers[name] for name in self._labels if name not in before
        ]

    def resolve(self, model_spec):
        """Finds the version that a request is for.

        Args:
            model_spec: `ModelSpec` message, or None.

        Returns:
            `VersionState` that is available.

        Raises:
            ServingError: INVALID_ARGUMENT as `requested_version`, NOT_FOUND
                if nothing of that kind is loaded.
        """
        name, number = requested_version(model_spec, self._labels)
        keeper = self._keepers.get(name)
        version = keeper.versions.pick(number) if keeper is not None else None
        if version is None:
            asked = f"Specific({name}, {number})"
            if number is None:
                asked = f"Latest({name})"
            raise ServingError(
                grpc.StatusCode.NOT_FOUND,
                f"Servable not found for request: {asked}",
            )
        return version

    def _check_labels(self, models):
        for model in models:
            keeper = self._keepers.get(model.name)
            for version in model.version_labels.values():
                if keeper is None or keeper.versions.pick(version) is None:
                    raise ServingError(
                        grpc.StatusCode.FAILED_PRECONDITION,
                        f"Request to assign label to version {version} of "
                        f"model {model.name}, which is not currently "
                        "available for inference",
                    )
