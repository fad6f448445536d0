"""Where the list of a server's models comes from, and that it may change."""

import logging
import pathlib
import threading

from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tfcompat.data.errors import InputError
from tfcompat.serving.errors import ServingError
from tfcompat.serving.model_config import make_model_config, read_model_config

logger = logging.getLogger(__name__)


class ConfigSource:
    """Reads the config of a server, and again while it runs.

    Args:
        source: `ModelServerConfig` message, which does not change; or path
            of a `models.config`; or path of a root folder of models.
        poll_seconds: Time between two readings; 0 reads once.
    """

    def __init__(self, source, poll_seconds):
        self._config = self._path = None
        if isinstance(source, ModelServerConfig):
            self._config = ModelServerConfig()
            self._config.CopyFrom(source)
        else:
            self._path = pathlib.Path(source)
        self._poll_seconds = poll_seconds
        self._stopped = threading.Event()

    def __str__(self):
        return str(self._path or "the config")

    def read(self):
        """Returns the `ModelServerConfig` as it is now.

        Raises:
            InputError: If file or folder cannot be read.
        """
        if self._config is not None:
            return self._config
        if self._path.is_file():
            return read_model_config(self._path)
        return make_model_config(self._path)

    def watch(self, apply, applied):
        """Calls a function with each new config, from a thread, until `stop`.

        Args:
            apply: Function of a `ModelServerConfig`. If it raises
                `ServingError` it is called again at the next reading; what
                went wrong is logged once until it changes.
            applied: The config that is in force.
        """
        if self._config is None and self._poll_seconds:
            threading.Thread(
                target=self._watch,
                args=[apply, applied],
                name="models",
                daemon=True,
            ).start()

    def stop(self):
        """Ends the watch."""
        self._stopped.set()

    @property
    def is_stopped(self):
        """Whether what the source says does not count any more."""
        return self._stopped.is_set()

    def _watch(self, apply, applied):
        warned = None
        while not self._stopped.wait(self._poll_seconds):
            try:
                config = self.read()
                if config != applied:
                    apply(config)
                    applied = config
                warned = None
            except (InputError, ServingError) as error:
                if str(error) != warned:
                    logger.error("the models stay as they are: %s", error)
                warned = str(error)
            except Exception:
                logger.exception("the models stay as they are")
