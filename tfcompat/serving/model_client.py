"""A client of any SavedModel: by its signatures, in messages that fit.

Imports neither TensorFlow nor its stubs.
"""

import functools

from tfcompat.serving import answer_reading as reading
from tfcompat.serving import wire
from tfcompat.serving.answers import Prediction, Signature, VersionStatus
from tfcompat.serving.client_errors import BadRequest
from tfcompat.serving.question_columns import make_columns, make_tensor
from tfcompat.serving.question_rows import make_rows, part_rows
from tfcompat.serving.readiness import wait_until_available
from tfcompat.serving.retries import Retries
from tfcompat.serving.served_model import ServedModel
from tfcompat.serving.tensor_arrays import as_array, fill_tensor
from tfcompat.serving.wire_channel import ClientTLS, WireChannel

_MOST_RESULTS = 200_000  # Rows times k that our exported models answer.


class ModelClient:
    """Asks a server about any SavedModel, in tensors.

    One client serves any number of threads. `Client` adds the questions that
    our own models answer.

    All methods raise `ClientError`, one of its kinds, with the server's own
    message.

    Args:
        address: "host:port" of the server's gRPC port, or "unix:/path".
        timeout: Seconds that a call may take, all its messages and
            repetitions together.
        retries: How often a message is sent again to a server that is
            UNAVAILABLE; or `Retries`, to say more.
        tls: `ClientTLS`; None sends everything in the clear.
        rows_per_message: Rows of a message at most.
        bytes_per_message: Bytes of images and text of a message at most; a
            larger row goes alone.

    Raises:
        InputError: If a file of `tls` cannot be read.
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:8500",
        *,
        timeout: float = 10.0,
        retries: int | Retries = 3,
        tls: ClientTLS | None = None,
        rows_per_message: int = 256,
        bytes_per_message: int = 16 * 2**20,
    ):
        for name, value in (
            ("timeout", timeout),
            ("rows_per_message", rows_per_message),
            ("bytes_per_message", bytes_per_message),
        ):
            if not value > 0:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.address = address
        self.timeout = timeout
        self.retries = (
            retries if isinstance(retries, Retries) else Retries(retries)
        )
        self.tls = tls
        self.rows_per_message = rows_per_message
        self.bytes_per_message = bytes_per_message
        self._channel = WireChannel(address, tls)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Ends the connection; later calls raise ValueError."""
        self._channel.close()

    def predict(
        self,
        model: str,
        inputs: dict,
        *,
        signature: str = "",
        version: int | None = None,
        label: str | None = None,
        outputs=(),
        timeout: float | None = None,
    ) -> Prediction:
        """Calls any signature, in one message.

        Args:
            model: Name of the model.
            inputs: Dict from name to array, or to what makes one: Python's
                numbers become float32 and int32, arrays keep their type.
            signature: Name of the signature; "" for `serving_default`.
            version: Version of the model; None for the newest.
            label: Label of a version instead.
            outputs: Names of the outputs wanted; none for all.
            timeout: Seconds that the call may take, instead of the client's.

        Raises:
            ValueError: If an input cannot be sent, before anything is.
        """
        chosen = ServedModel(model, version, label)
        request = wire.PredictRequest(
            model_spec=chosen.spec(signature), output_filter=outputs
        )
        for name, values in inputs.items():
            try:
                fill_tensor(request.inputs[name], as_array(values))
            except ValueError as error:
                raise ValueError(f"`inputs[{name!r}]`: {error}.") from error
        response = self._send(
            self._channel.predict, request, self._deadline(timeout)
        )
        return Prediction(
            {
                name: reading.read_tensor(response, name)
                for name in response.outputs
            },
            response.model_spec.version.value,
            response.model_spec.signature_name,
        )

    def status(
        self, model: str, *, version: int | None = None, timeout=None
    ) -> list[VersionStatus]:
        """Where a model's versions stand, highest first.

        Calls `GetModelStatus`. A version that is listed need not answer: look
        at its state.

        Args:
            model: Name of the model.
            version: Only this version.
            timeout: Seconds that the call may take, instead of the client's.
        """
        request = wire.GetModelStatusRequest(
            model_spec=ServedModel(model, version).spec()
        )
        return reading.read_statuses(
            self._send(self._channel.status, request, self._deadline(timeout))
        )

    def metadata(
        self, model: str | ServedModel, *, timeout=None
    ) -> dict[str, Signature]:
        """What each signature of a model takes and gives, by its name.

        Calls `GetModelMetadata`.

        Args:
            model: Name of the model, or `ServedModel`.
            timeout: Seconds that the call may take, instead of the client's.
        """
        request = wire.GetModelMetadataRequest(
            model_spec=_served(model).spec(), metadata_field=["signature_def"]
        )
        return reading.read_signatures(
            self._send(self._channel.metadata, request, self._deadline(timeout))
        )

    def wait_until_ready(
        self,
        model: str,
        timeout: float = 60.0,
        *,
        version: int | None = None,
    ):
        """Returns once a model answers, however long its server is to start.

        Args:
            model: Name of the model.
            timeout: Seconds to wait.
            version: Wait for this version.

        Raises:
            DeadlineExceeded: If it is not ready by then; the message says
                what was the matter last.
        """
        request = wire.GetModelStatusRequest(
            model_spec=ServedModel(model, version).spec()
        )
        wait_until_available(
            lambda left: reading.read_statuses(
                self._channel.status(request, min(left, self.timeout))
            ),
            model,
            timeout,
            self.retries,
        )

    def _ask(self, read, model, signature, timeout, **arguments):
        """Sends rows to a signature, in as many messages as it takes.

        Args:
            read: Function of `answer_reading.Parts` and whether customers
                were given, that makes the answer.
            model: Name of the model, or `ServedModel`.
            signature: Name of the signature; "" for `serving_default`.
            timeout: Seconds for all messages; None for the client's.
            **arguments: As `make_columns` takes them.

        Returns:
            What `read` returns.
        """
        spec = _served(model).spec(signature)
        deadline = self._deadline(timeout)
        rows, columns = make_rows(make_columns(arguments))
        messages = []
        for part in part_rows(
            columns, rows, self._most_rows(columns), self.bytes_per_message
        ):
            request = wire.PredictRequest(model_spec=spec)
            for name, column in columns.items():
                tensor, array = make_tensor(name, column[part])
                fill_tensor(request.inputs[tensor], array)
            try:
                response = self._send(self._channel.predict, request, deadline)
            except BadRequest as error:
                raise error.moved(part.start) from error
            messages.append((response, part.stop - part.start))
        return read(reading.Parts(messages), "customers" in columns)

    def _most_rows(self, columns):
        most = max(columns.get("k", ()), default=1)
        return min(self.rows_per_message, _MOST_RESULTS // most) or 1

    def _deadline(self, timeout):
        return self.retries.deadline(
            self.timeout if timeout is None else timeout
        )

    def _send(self, method, request, deadline):
        return self.retries.call(functools.partial(method, request), deadline)


def _served(model):
    return model if isinstance(model, ServedModel) else ServedModel(model)
