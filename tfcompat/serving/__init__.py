"""Queries over the network: the client and the embedded server.

The client needs protos and grpcio alone, so nothing is imported before it is
asked for.
"""

import importlib

_PUBLIC = {
    "Client": "tfcompat.serving.client",
    "EmbeddedServer": "tfcompat.serving.embedded_server",
}

__all__ = list(_PUBLIC)


def __getattr__(name):
    if name not in _PUBLIC:
        raise AttributeError(
            f"module 'tfcompat.serving' has no attribute {name!r}"
        )
    return getattr(importlib.import_module(_PUBLIC[name]), name)
