"""The server that a command line names."""

import contextlib
import dataclasses

from tfcompat.data.errors import InputError
from tfcompat.serving.client import Client
from tfcompat.serving.client_errors import ClientError, ServerUnavailable
from tfcompat.serving.wire_channel import ClientTLS


@contextlib.contextmanager
def open_client(args):
    """Yields a `Client` of the server that `tfcompat query` is to ask.

    Args:
        args: Arguments of the command.

    Raises:
        InputError: If they are wrong, or, within the block, if the server
            does not answer: one line for whoever asked.
    """
    try:
        with _connect(args) as client:
            yield client
    except ServerUnavailable as error:
        raise InputError(
            f"{args.server}: no server answers ({error}). "
            "`tfcompat serve` starts one; --server names another."
        ) from error
    except ClientError as error:
        raise InputError(f"{args.server}: {args.model}: {error}") from error


def ask_status(args):
    """List of dicts: version, state and error of each version of a model.

    Raises:
        InputError: If the server does not answer, or has no such model.
    """
    with open_client(args) as client:
        return [
            dataclasses.asdict(status)
            for status in client.status(args.model, timeout=args.timeout)
        ]


def _connect(args):
    tls = None
    if args.tls or args.tls_ca or args.tls_key or args.tls_cert:
        if (args.tls_key is None) != (args.tls_cert is None):
            raise InputError("--tls-key and --tls-cert go together.")
        tls = ClientTLS(args.tls_ca, args.tls_key, args.tls_cert)
    try:
        return Client(args.server, tls=tls)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"--server {args.server}: {error}") from error
