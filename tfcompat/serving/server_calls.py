"""The calls to a server: in chunks, by a deadline, and again if need be."""

import functools

import numpy as np

from tfcompat.serving import answer_reading as reading
from tfcompat.serving import wire
from tfcompat.serving.client_errors import BadRequest
from tfcompat.serving.question_rows import make_rows, part_rows
from tfcompat.serving.readiness import wait_until_available
from tfcompat.serving.tensor_arrays import fill_tensor

# The tensor that each argument of the client becomes.
_TENSORS = {
    "customers": "customer_id",
    "queries": "query",
    "candidates": "candidate",
    "item_ids": "item_id",
    "group": "group",
    "attribute": "attribute",
    "remove": "remove",
    "add": "add",
    "k": "k",
}
_MOST_RESULTS = 200_000  # Rows times k that our exported models answer.


class ServerCalls:
    """What `Client` does whatever the question; its arguments are the client's.

    Args:
        channel: `WireChannel`.
        timeout: Seconds that a call may take unless it says otherwise.
        retries: `Retries`.
        rows_per_message: Rows of a message at most.
        bytes_per_message: Bytes of images and text of a message at most.
    """

    def __init__(
        self, channel, timeout, retries, rows_per_message, bytes_per_message
    ):
        self.channel = channel
        self.timeout = timeout
        self.retries = retries
        self.rows_per_message = rows_per_message
        self.bytes_per_message = bytes_per_message

    def ask(self, spec, columns, timeout):
        """Sends rows to a signature, in as many messages as it takes.

        Args:
            spec: `wire.ModelSpec`.
            columns: Dict from the client's argument to what `make_rows` takes.
            timeout: Seconds for all messages; None for `self.timeout`.

        Returns:
            `answer_reading.Parts`.

        Raises:
            ClientError: If a message is not answered; rows that it names are
                the caller's.
            ValueError: If the columns do not go together.
        """
        deadline = self._deadline(timeout)
        rows, columns = make_rows(columns)
        messages = []
        for part in part_rows(
            columns, rows, self._most_rows(columns), self.bytes_per_message
        ):
            request = wire.PredictRequest(model_spec=spec)
            for name, column in columns.items():
                tensor = request.inputs[_TENSORS[name]]
                kind = np.int32 if name == "k" else object
                fill_tensor(tensor, np.array(column[part], kind))
            try:
                response = self._send(self.channel.predict, request, deadline)
            except BadRequest as error:
                raise error.moved(part.start) from error
            messages.append((response, part.stop - part.start))
        return reading.Parts(messages)

    def predict(self, request, timeout):
        """`wire.PredictRequest` to its response, in one message."""
        return self._send(
            self.channel.predict, request, self._deadline(timeout)
        )

    def statuses(self, spec, timeout):
        """List of `VersionStatus` of a `wire.ModelSpec`."""
        request = wire.GetModelStatusRequest(model_spec=spec)
        return reading.read_statuses(
            self._send(self.channel.status, request, self._deadline(timeout))
        )

    def signatures(self, spec, timeout):
        """Dict of `Signature` of a `wire.ModelSpec`."""
        request = wire.GetModelMetadataRequest(
            model_spec=spec, metadata_field=["signature_def"]
        )
        return reading.read_signatures(
            self._send(self.channel.metadata, request, self._deadline(timeout))
        )

    def wait_until_available(self, spec, timeout):
        """As `readiness.wait_until_available`, of a `wire.ModelSpec`."""
        request = wire.GetModelStatusRequest(model_spec=spec)
        wait_until_available(
            lambda left: reading.read_statuses(
                self.channel.status(request, min(left, self.timeout))
            ),
            spec.name,
            timeout,
            self.retries,
        )

    def _most_rows(self, columns):
        most = max(columns.get("k", ()), default=1)
        return min(self.rows_per_message, _MOST_RESULTS // most) or 1

    def _deadline(self, timeout):
        return self.retries.deadline(
            self.timeout if timeout is None else timeout
        )

    def _send(self, method, request, deadline):
        return self.retries.call(functools.partial(method, request), deadline)
