"""The key and certificates of a server."""

import dataclasses
import pathlib
import ssl

import grpc

from tfcompat.data.errors import InputError


@dataclasses.dataclass(frozen=True)
class TLSFiles:
    """PEM files; REST and gRPC are served with the same.

    Args:
        key: The server's private key.
        certificate: The server's certificate, followed by its chain.
        client_ca: Certificates of the authorities that clients' certificates
            must be signed by; None asks clients for none.
    """

    key: pathlib.Path
    certificate: pathlib.Path
    client_ca: pathlib.Path | None = None

    def grpc_credentials(self):
        """Returns `grpc.ServerCredentials`.

        Raises:
            InputError: If a file cannot be read or the key is not that of the
                certificate.
        """
        self.ssl_context()  # gRPC says nothing of a key that does not fit.
        ca = self.client_ca
        return grpc.ssl_server_credentials(
            [(_read(self.key), _read(self.certificate))],
            root_certificates=None if ca is None else _read(ca),
            require_client_auth=ca is not None,
        )

    def ssl_context(self):
        """Returns the `ssl.SSLContext` of a server, for REST.

        Raises:
            InputError: If a file cannot be read or the key is not that of the
                certificate.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for path in (self.key, self.certificate, self.client_ca):
            if path is not None:
                _read(path)
        try:
            # A key with a passphrase must not ask for it on the terminal.
            context.load_cert_chain(
                self.certificate, self.key, password=lambda: ""
            )
        except (ssl.SSLError, ValueError) as error:
            raise InputError(
                f"{self.certificate} and {self.key} are no certificate in PEM "
                f"format with its unencrypted private key ({error})."
            ) from error
        if self.client_ca is not None:
            try:
                context.load_verify_locations(self.client_ca)
            except ssl.SSLError as error:
                raise InputError(
                    f"{self.client_ca} holds no certificate in PEM format "
                    f"({error})."
                ) from error
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def _read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from error
