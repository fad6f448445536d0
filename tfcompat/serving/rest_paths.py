"""The paths of the REST API, and HTTP's word for each status.

Reference: `tensorflow_serving/model_servers/http_rest_api_util.cc` and
`http_server.cc`, 2.16.1.
"""

import dataclasses
import re
import urllib.parse

import grpc

from tfcompat.serving.json_tensors import invalid

_VERSION = r"(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
_POST = re.compile(
    r"/v1/models/(?P<name>[^/:]+)" + _VERSION + r":(?P<method>classify|"
    r"regress|predict)",
    re.IGNORECASE,
)
_GET = re.compile(
    r"/v1/models(?:/(?P<name>[^/:]+))?" + _VERSION + r"(?:/(?P<method>"
    r"metadata))?",
    re.IGNORECASE,
)
_HTTP_STATUS = {
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.UNAUTHENTICATED: 401,
}


@dataclasses.dataclass(frozen=True)
class RestCall:
    """What a path asks for.

    Attributes:
        method: "predict", "classify", "regress", "metadata" or "status".
        model: Name of the model.
        version: Its version, or None.
        label: The version's label, or None.
    """

    method: str
    model: str
    version: int | None
    label: str | None

    def fill_spec(self, spec):
        """Writes the model into an empty `ModelSpec`."""
        spec.name = self.model
        if self.version is not None:
            spec.version.value = self.version
        if self.label is not None:
            spec.version_label = self.label


def parse_path(http_method: str, path: str) -> RestCall:
    """Reads a path.

    Args:
        http_method: "GET", "POST" or another.
        path: As it was sent, without query.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is none of the API's.
    """
    pattern = {"POST": _POST, "GET": _GET}.get(http_method)
    found = pattern and pattern.fullmatch(path)
    if not found:
        raise invalid(f"Malformed request: {http_method} {path}")
    if found["name"] is None:
        raise invalid("Missing model name in request.")
    version = None if found["version"] is None else int(found["version"])
    if version is not None and version >= 2**63:
        raise invalid(
            f"Failed to convert version: {found['version']} to numeric."
        )
    label = found["label"]
    return RestCall(
        (found["method"] or "status").lower(),
        urllib.parse.unquote(found["name"]),
        version,
        None if label is None else urllib.parse.unquote(label),
    )


def http_status(code: grpc.StatusCode) -> int:
    """HTTP's number for a status."""
    return _HTTP_STATUS.get(code, 500)
