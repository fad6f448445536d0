"""gRPC's health service, which says whether the models serve."""

import threading

from grpc_health.v1 import health, health_pb2

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_SECONDS = 1.0


class ModelHealth(health.HealthServicer):
    """SERVING while every configured model has an available version.

    NOT_SERVING before, with no model at all, and from `shut_down` on. (The
    health service of TensorFlow Serving says SERVING as soon as it listens.)

    Args:
        manager: `ModelManager`.
        services: Names to answer for, beside "", the whole server.
    """

    def __init__(self, manager, services):
        super().__init__()
        self._manager = manager
        self._services = ("", *services)
        self._watches = set()
        self._stopped = False
        self._changed = threading.Event()
        self._set_all(_NOT_SERVING)
        self._thread = threading.Thread(
            target=self._follow, name="health", daemon=True
        )

    def start(self):
        """Begins to follow the models."""
        self._update()
        self._thread.start()

    def notice(self):
        """Something about a model has changed; returns at once."""
        self._changed.set()

    def shut_down(self):
        """Says NOT_SERVING for good, and ends the streams of who watches.

        A stream that went on would keep the server from being drained.
        """
        self._stopped = True
        self._changed.set()
        self.enter_graceful_shutdown()
        for send in list(self._watches):
            send(None)

    def Watch(self, request, context, send_response_callback=None):
        self._watches.add(send_response_callback)
        context.add_callback(
            lambda: self._watches.discard(send_response_callback)
        )
        return super().Watch(request, context, send_response_callback)

    def _follow(self):
        status = None
        while not self._stopped:
            # A config may change without any version changing its state.
            self._changed.wait(_SECONDS)
            self._changed.clear()
            status = self._update(status)

    def _update(self, before=None):
        is_fine = self._manager.names() and not self._manager.problems()
        status = _SERVING if is_fine else _NOT_SERVING
        if status != before and not self._stopped:
            self._set_all(status)
        return status

    def _set_all(self, status):
        for service in self._services:
            self.set(service, status)
