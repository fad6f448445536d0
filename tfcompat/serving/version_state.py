"""One version of a model on its way from the disk to the end."""

from tensorflow_serving.apis.get_model_status_pb2 import ModelVersionStatus

START = ModelVersionStatus.START
LOADING = ModelVersionStatus.LOADING
AVAILABLE = ModelVersionStatus.AVAILABLE
UNLOADING = ModelVersionStatus.UNLOADING
END = ModelVersionStatus.END


class VersionState:
    """What is known of one version, guarded by the manager's lock.

    Args:
        number: The version's number.
        path: The version's folder.

    Attributes:
        state: As GetModelStatus reports it.
        error: `ServingError` of the last attempt to load it, or None.
        model: `LoadedModel` while there is one.
        users: Requests that hold on to the model.
        tries: Failed attempts in a row.
        retry_at: `time.monotonic()` of the next attempt; None if there is to
            be none before a file changes.
        files: Fingerprint of the folder when the last attempt began.
        files_seen: The same at the last poll since.
    """

    def __init__(self, number, path):
        self.number = number
        self.path = path
        self.state = START
        self.error = None
        self.model = None
        self.users = 0
        self.tries = 0
        self.retry_at = None
        self.files = None
        self.files_seen = None

    @property
    def has_failed(self):
        """Whether the last attempt to load it failed."""
        return self.state == END and self.error is not None

    def status(self):
        """Returns the `ModelVersionStatus` message."""
        status = ModelVersionStatus(version=self.number, state=self.state)
        status.status.SetInParent()  # There also when all is well.
        if self.error is not None:
            status.status.error_code = self.error.code.value[0]
            status.status.error_message = self.error.message
        return status
