"""The REST API of the embedded server, and its health and metrics."""

import asyncio
import concurrent.futures
import json
import logging
import threading

import grpc
from aiohttp import web

from tfcompat.data.errors import InputError
from tfcompat.serving.errors import ServingError
from tfcompat.serving.rest_calls import RestCalls
from tfcompat.serving.rest_paths import http_status, parse_path

logger = logging.getLogger(__name__)

_METRICS_PATHS = ("/metrics", "/monitoring/prometheus/metrics")


class RestServer:
    """TensorFlow Serving's REST API over HTTP, in a thread of its own.

    Beside it: `/healthz`, 200 if every configured model serves, else 503 with
    the reason as text; and `/metrics`, also where TensorFlow Serving has it.

    Departs from TensorFlow Serving: a body that is too large (413) or too slow
    (408) is refused, and so are calls beyond `max_requests` (429), before they
    are read, so that memory stays bounded.

    Args:
        inference: `Inference`.
        manager: `ModelManager`.
        metrics: `ServerMetrics`.
        address: Host name or address to listen at.
        port: TCP port; 0 takes any that is free.
        tls: `TLSFiles`; None serves plain HTTP.
        max_body_bytes: Size of the largest request body.
        max_requests: Calls that are read or answered at once.
        timeout: Seconds that an inference may take, and before it the body.

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(
        self,
        inference,
        manager,
        metrics,
        *,
        address="127.0.0.1",
        port=8501,
        tls=None,
        max_body_bytes=64 * 2**20,
        max_requests=64,
        timeout=30.0,
    ):
        for name, value in (
            ("max_body_bytes", max_body_bytes),
            ("max_requests", max_requests),
            ("timeout", timeout),
        ):
            if not value > 0:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.address = address
        self.port = port
        self.tls = tls
        self.max_body_bytes = max_body_bytes
        self.max_requests = max_requests
        self.timeout = timeout
        self._calls = RestCalls(inference, manager, timeout)
        self._manager = manager
        self._metrics = metrics
        self._active = 0  # Touched by the event loop's thread only.
        self._workers = concurrent.futures.ThreadPoolExecutor(
            max_requests, "rest-call"
        )
        self._thread = None
        self._loop = None
        self._stopping = None

    def start(self):
        """Listens; `port` is then the real one.

        Returns:
            The server.

        Raises:
            InputError: If it cannot listen there, or a TLS file is wrong.
        """
        context = None if self.tls is None else self.tls.ssl_context()
        started = concurrent.futures.Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(context, started)),
            name="rest",
            daemon=True,
        )
        self._thread.start()
        try:
            self.port = started.result()
        except OSError as error:
            raise InputError(
                f"{self.address}:{self.port}: cannot serve REST there: "
                f"{error.strerror or error}."
            ) from error
        return self

    def stop(self, grace=5.0):
        """Takes no more calls, and returns when those at work are done.

        Args:
            grace: Seconds to wait for them at most.
        """
        if self._thread is None:
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set_result, grace)
            self._thread.join()
        self._thread = None
        self._workers.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, context, started):
        app = web.Application(client_max_size=self.max_body_bytes)
        app.router.add_get("/healthz", self._healthz)
        for path in _METRICS_PATHS:
            app.router.add_get(path, self._show_metrics)
        app.router.add_route("*", "/{path:.*}", self._handle)
        # Calls at work have been waited for when the runner is cleaned up.
        runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=0.1
        )
        self._loop = asyncio.get_running_loop()
        self._stopping = self._loop.create_future()
        try:
            await runner.setup()
            site = web.TCPSite(
                runner, self.address, self.port, ssl_context=context
            )
            await site.start()
        except BaseException as error:
            await runner.cleanup()
            started.set_exception(error)
            return
        started.set_result(runner.addresses[0][1])
        grace = await self._stopping
        await site.stop()
        end = self._loop.time() + grace
        while self._active and self._loop.time() < end:
            await asyncio.sleep(0.02)
        await runner.cleanup()

    async def _healthz(self, request):
        problems = await asyncio.to_thread(_problems, self._manager)
        if problems:
            return web.Response(status=503, text="\n".join(problems) + "\n")
        return web.Response(text="ok\n")

    async def _show_metrics(self, request):
        text = await asyncio.to_thread(self._metrics.render)
        return web.Response(
            body=text, headers={"Content-Type": self._metrics.content_type}
        )

    async def _handle(self, request):
        """Answers a call of the API, or says in JSON why not."""
        path = request.rel_url.raw_path
        if not path.lower().startswith("/v1/"):
            return _error(404, f"Not found: {path}")
        if self._stopping.done():
            return _error(503, "The server is shutting down")
        if self._active >= self.max_requests:
            return _error(
                429,
                f"Too many calls at once: {self.max_requests} are being "
                "answered; try again later",
            )
        self._active += 1
        try:
            call = parse_path(request.method, path)
            body = await asyncio.wait_for(request.read(), self.timeout)
            text = await self._loop.run_in_executor(
                self._workers, self._answer, call, body, request
            )
            return web.Response(body=text, content_type="application/json")
        except ServingError as error:
            return _error(http_status(error.code), error.message)
        except asyncio.TimeoutError:
            return _error(408, f"No whole body came in {self.timeout:g} s")
        except web.HTTPRequestEntityTooLarge:
            return _error(
                413,
                f"The body is larger than the {self.max_body_bytes:,} bytes "
                "that are taken; split the batch",
            )
        finally:
            self._active -= 1

    def _answer(self, call, body, request):
        """The response's bytes; runs in a worker thread."""

        def is_active():
            transport = request.transport
            return transport is not None and not transport.is_closing()

        try:
            answer = self._calls.answer(call, body, is_active)
            return json.dumps(answer, ensure_ascii=False).encode("utf-8")
        except ServingError:
            raise
        except Exception as error:
            logger.exception("REST %s failed", call.method)
            raise ServingError(
                grpc.StatusCode.INTERNAL, f"{call.method} failed: {error!r}"
            ) from error


def _problems(manager):
    """Lines that say which models do not serve, and why."""
    if not manager.names():
        return ["no model is configured"]
    return [
        f"{name}: {' '.join(problem.split())}"
        for name, problem in sorted(manager.problems().items())
    ]


def _error(status, message):
    return web.json_response({"error": message}, status=status)
