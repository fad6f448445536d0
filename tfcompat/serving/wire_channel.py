"""TensorFlow Serving's calls over one gRPC channel, without its stubs."""

import dataclasses
import pathlib
import re

import grpc

from tfcompat.data.errors import InputError
from tfcompat.serving import client_errors, wire

_LOOPBACK = re.compile(r"(127\.|localhost|\[::1\]|unix:)")
# Address of each call, and the class of its answer.
_PREDICT = "/tensorflow.serving.PredictionService/Predict"
_METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
_STATUS = "/tensorflow.serving.ModelService/GetModelStatus"


@dataclasses.dataclass(frozen=True)
class ClientTLS:
    """How the client makes sure of the server, and shows who it is.

    Args:
        root: PEM file of the authorities that the server's certificate must
            be signed by; None trusts those that come with grpcio.
        key: PEM file of the client's private key, where the server asks for
            clients' certificates.
        certificate: PEM file of the client's certificate.
        server_name: Name that the server's certificate is for, where that is
            not the address's.

    Raises:
        ValueError: If only one of `key` and `certificate` is given.
    """

    root: str | pathlib.Path | None = None
    key: str | pathlib.Path | None = None
    certificate: str | pathlib.Path | None = None
    server_name: str | None = None

    def __post_init__(self):
        if (self.key is None) != (self.certificate is None):
            raise ValueError(
                "`key` and `certificate` go together, got "
                f"{self.key} and {self.certificate}."
            )

    def credentials(self):
        """Returns `grpc.ChannelCredentials`.

        Raises:
            InputError: If a file cannot be read.
        """
        return grpc.ssl_channel_credentials(
            *map(_read, (self.root, self.key, self.certificate))
        )


class WireChannel:
    """A channel to one server; connects at its first call, and again.

    Args:
        address: "host:port", or "unix:/path".
        tls: `ClientTLS`; None sends everything in the clear.

    Raises:
        InputError: If a file of `tls` cannot be read.
        ValueError: If `address` is none.
    """

    def __init__(self, address: str, tls: ClientTLS | None = None):
        if not re.fullmatch(r"unix:.+|(?!https?:)\S+:\d+", address):
            raise ValueError(
                f"`address` must be host:port, such as 127.0.0.1:8500, "
                f"got {address!r}."
            )
        options = [
            # gRPC's own limit of 4 MB is soon reached by answers.
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            # Else a server that is back is not looked for before a second,
            # later two minutes, and the retries before that are for nothing.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
        ]
        if _LOOPBACK.match(address):
            options.append(("grpc.enable_http_proxy", 0))
        if tls is None:
            self._channel = grpc.insecure_channel(address, options)
        else:
            if tls.server_name is not None:
                options.append(
                    ("grpc.ssl_target_name_override", tls.server_name)
                )
            self._channel = grpc.secure_channel(
                address, tls.credentials(), options
            )
        self._predict = self._method(_PREDICT, wire.PredictResponse)
        self._metadata = self._method(_METADATA, wire.GetModelMetadataResponse)
        self._status = self._method(_STATUS, wire.GetModelStatusResponse)

    def predict(self, request, timeout: float):
        """`wire.PredictRequest` to `wire.PredictResponse`.

        This and the others wait `timeout` seconds for the answer.

        Raises:
            ClientError: If there is none.
        """
        return _answer(self._predict, request, timeout)

    def metadata(self, request, timeout: float):
        """`wire.GetModelMetadataRequest` to its response."""
        return _answer(self._metadata, request, timeout)

    def status(self, request, timeout: float):
        """`wire.GetModelStatusRequest` to its response."""
        return _answer(self._status, request, timeout)

    def close(self):
        """Ends the connection, and the calls under way."""
        self._channel.close()

    def _method(self, path, response):
        return self._channel.unary_unary(
            path,
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=response.FromString,
        )


def _answer(method, request, timeout):
    try:
        return method(request, timeout=timeout)
    except grpc.RpcError as error:
        raise client_errors.from_rpc_error(error) from error


def _read(path):
    if path is None:
        return None
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from error
