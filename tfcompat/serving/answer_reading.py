"""Reading what a server answered, one message for each part of the rows."""

import grpc
import numpy as np

from tfcompat.serving.answers import (
    Design,
    Ranking,
    Scores,
    Signature,
    TensorSpec,
    VersionStatus,
)
from tfcompat.serving.client_errors import ServerFailed
from tfcompat.serving.tensor_arrays import dtype_name, to_array
from tfcompat.serving.wire import SignatureDefMap

_STATES = {
    10: "START",
    20: "LOADING",
    30: "AVAILABLE",
    40: "UNLOADING",
    50: "END",
}


class Parts:
    """The messages that answer one question, in the order of its rows.

    Args:
        messages: List of (`wire.PredictResponse`, number of rows it is for).
    """

    def __init__(self, messages):
        self._messages = messages

    def join(self, name, rank):
        """List of the arrays of an output, one a message.

        Args:
            name: The output.
            rank: Number of dimensions it must have; the first is the rows.

        Raises:
            ServerFailed: If it is missing or of another shape.
        """
        arrays = []
        for message, rows in self._messages:
            if name not in message.outputs:
                there = ", ".join(sorted(message.outputs)) or "nothing"
                raise _strange(message, f"no `{name}`, only {there}")
            array = read_tensor(message, name)
            if array.ndim != rank or len(array) != rows:
                raise _strange(
                    message,
                    f"`{name}` of shape {list(array.shape)} for {rows} rows",
                )
            arrays.append(array)
        return arrays

    def values(self, name):
        """List of an output's values, one a row.

        Raises:
            ServerFailed: If it is missing or of another shape.
        """
        return [
            value for array in self.join(name, 1) for value in array.tolist()
        ]

    def known_customers(self, asked):
        """List of bool, one a row; None if no customers were asked for."""
        if not asked or not self._all_have("known_customer"):
            return None
        return self.values("known_customer")

    def templates(self):
        """List of PNG bytes, one a row; None if there are none."""
        return self.values("template") if self._all_have("template") else None

    def items(self):
        """Pairs of ids and scores, one a row, less what only pads it."""
        for ids, scores in zip(
            self.join("item_id", 2), self.join("score", 2), strict=True
        ):
            for row_ids, row_scores in zip(
                ids.tolist(), scores.tolist(), strict=True
            ):
                real = [place for place, id_ in enumerate(row_ids) if id_]
                yield (
                    [row_ids[place].decode("utf-8") for place in real],
                    [row_scores[place] for place in real],
                )

    def _all_have(self, name):
        return all(name in message.outputs for message, _ in self._messages)


def read_scores(parts, with_customers):
    """`Parts` to `Scores`."""
    scores = np.concatenate(
        [np.empty(0, np.float32), *parts.join("score", 1)], dtype=np.float32
    )
    return Scores(scores, parts.known_customers(with_customers))


def read_rankings(parts, with_customers):
    """`Parts` to a list of `Ranking`."""
    rows = list(parts.items())
    known = parts.known_customers(with_customers) or [None] * len(rows)
    templates = parts.templates() or [None] * len(rows)
    return [
        Ranking(ids, scores, *rest)
        for (ids, scores), *rest in zip(rows, known, templates, strict=True)
    ]


def read_designs(parts, with_customers):
    """`Parts` to a list of `Design`."""
    rows = list(parts.items())
    known = parts.known_customers(with_customers) or [None] * len(rows)
    images = parts.values("image")
    return [
        Design(image, ids, scores, is_known)
        for image, (ids, scores), is_known in zip(
            images, rows, known, strict=True
        )
    ]


def read_tensor(message, name):
    """Array of an output.

    Raises:
        ServerFailed: If NumPy has no such array.
    """
    try:
        return to_array(message.outputs[name])
    except ValueError as error:
        raise _strange(message, f"`{name}` that is unreadable: {error}") from (
            error
        )


def read_statuses(response):
    """`wire.GetModelStatusResponse` to a list of `VersionStatus`."""
    return [
        VersionStatus(
            status.version,
            _STATES.get(status.state, "UNKNOWN"),
            status.status.error_message,
        )
        for status in response.model_version_status
    ]


def read_signatures(response):
    """`wire.GetModelMetadataResponse` to a dict of `Signature`."""
    packed = response.metadata["signature_def"].value
    signatures = SignatureDefMap.FromString(packed).signature_def
    return {
        name: Signature(
            _read_specs(signature.inputs), _read_specs(signature.outputs)
        )
        for name, signature in sorted(signatures.items())
    }


def _read_specs(infos):
    return {
        name: TensorSpec(
            dtype_name(info.dtype),
            None
            if info.tensor_shape.unknown_rank
            else tuple(dim.size for dim in info.tensor_shape.dim),
        )
        for name, info in sorted(infos.items())
    }


def _strange(message, what):
    spec = message.model_spec
    return ServerFailed(
        grpc.StatusCode.INTERNAL,
        f"Version {spec.version.value} of {spec.name} answered "
        f"{spec.signature_name} with {what}",
    )
