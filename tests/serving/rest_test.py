import concurrent.futures
import contextlib
import gzip
import http.client
import json
import socket
import ssl
import threading

import grpc
import pytest

from tests.serving.certificates import Authority
from tests.serving.saved_models import (
    publish,
    write_affine,
    write_broken,
    write_examples,
    write_gate,
    write_text,
    write_two_signatures,
)
from tests.serving.served_models import FAST, model_config
from tests.serving.waiting import wait_until
from tfcompat.data.errors import InputError
from tfcompat.serving.errors import ServingError
from tfcompat.serving.inference import Inference
from tfcompat.serving.model_manager import ModelManager
from tfcompat.serving.rest import RestServer
from tfcompat.serving.rest_paths import RestCall, http_status, parse_path
from tfcompat.serving.server_metrics import ServerMetrics
from tfcompat.serving.tls import TLSFiles


@contextlib.contextmanager
def started(source, **arguments):
    """A `ModelManager` at work."""
    manager = ModelManager(source, **FAST, **arguments).start()
    try:
        yield manager
    finally:
        manager.close(10)


@contextlib.contextmanager
def serving(manager, **arguments):
    """A server of its own, with these arguments."""
    server = RestServer(
        Inference(manager), manager, ServerMetrics(), port=0, **arguments
    ).start()
    try:
        yield server
    finally:
        server.stop(grace=1)


@pytest.fixture(scope="module")
def manager(tmp_path_factory):
    """Models of each kind, `affine` in versions 1 (offset 1) and 2 (2)."""
    root = tmp_path_factory.mktemp("models")
    publish(root / "affine", 1, write_affine, offset=1.0)
    publish(root / "affine", 2, write_affine, offset=2.0)
    publish(root / "two", 1, write_two_signatures)
    publish(root / "text", 1, write_text)
    publish(root / "examples", 1, write_examples)
    publish(root / "gate", 1, write_gate)
    affine = {
        "name": "affine",
        "base_path": str(root / "affine"),
        "model_version_policy": {"all": {}},
        "version_labels": {"stable one": 1},
    }
    others = [root / name for name in ("two", "text", "examples", "gate")]
    with started(model_config(affine, *others)) as manager:
        assert manager.wait_until_ready(60)
        wait_until(lambda: len(manager.statuses("affine")) == 2)
        wait_until(
            lambda: all(s.state == 30 for s in manager.statuses("affine"))
        )
        yield manager


@pytest.fixture(scope="module")
def server(manager):
    metrics = ServerMetrics()
    server = RestServer(
        Inference(manager, metrics=metrics), manager, metrics, port=0
    ).start()
    yield server
    server.stop()


def call(server, method, path, body=None, headers=(), timeout=30):
    """(status, headers, body) of an answer."""
    connection = http.client.HTTPConnection(
        server.address, server.port, timeout=timeout
    )
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def get(server, path):
    status, headers, body = call(server, "GET", path)
    assert headers.get_content_type() == "application/json"
    return status, json.loads(body)


GATE = "/v1/models/gate:predict"


def as_json(gate):
    return {"inputs": [path.decode() for path in gate.inputs["gate"]]}


def post(server, path, document):
    if not isinstance(document, (str, bytes)):
        document = json.dumps(document)
    status, headers, body = call(server, "POST", path, document)
    assert headers.get_content_type() == "application/json"
    return status, json.loads(body)


class TestPredict:
    def test_rows(self, server):
        answer = post(
            server, "/v1/models/affine:predict", {"instances": [1, 2.5]}
        )
        assert answer == (200, {"predictions": [2.5, 3.25]})

    def test_columns(self, server):
        answer = post(server, "/v1/models/affine:predict", {"inputs": [1]})
        assert answer == (200, {"outputs": [2.5]})

    def test_several_inputs_and_outputs(self, server):
        path = "/v1/models/two:predict"
        rows = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
        assert post(server, path, {"instances": rows}) == (
            200,
            {
                "predictions": [
                    {"product": 2.0, "sum": 3.0},
                    {"product": 12.0, "sum": 7.0},
                ]
            },
        )
        columns = {"a": [1, 3], "b": [2, 4]}
        assert post(server, path, {"inputs": columns}) == (
            200,
            {"outputs": {"product": [2.0, 12.0], "sum": [3.0, 7.0]}},
        )

    def test_text(self, server):
        body = {"instances": ["top", {"b64": "Ym90dG9t"}]}
        assert post(server, "/v1/models/text:predict", body) == (
            200,
            {
                "predictions": [
                    {"index": 0, "length": 3, "upper": "TOP"},
                    {"index": 1, "length": 6, "upper": "BOTTOM"},
                ]
            },
        )

    def test_another_signature(self, server):
        body = {"signature_name": "negate", "inputs": [3]}
        answer = post(server, "/v1/models/two:predict", body)
        assert answer == (200, {"outputs": [-3]})

    @pytest.mark.parametrize(
        "where, offset",
        [
            ("/versions/1", 1.0),
            ("/versions/2", 2.0),
            ("/labels/stable%20one", 1.0),
        ],
    )
    def test_versions_and_labels(self, server, where, offset):
        path = f"/v1/models/affine{where}:predict"
        assert post(server, path, {"inputs": 0}) == (200, {"outputs": offset})

    def test_nan_comes_and_goes(self, server):
        status, _, body = call(
            server,
            "POST",
            "/v1/models/affine:predict",
            '{"instances": [NaN, -Infinity]}',
        )
        assert (status, body) == (200, b'{"predictions": [NaN, -Infinity]}')

    def test_a_compressed_body_is_read(self, server):
        body = gzip.compress(b'{"inputs": 0}')
        headers = {"Content-Encoding": "gzip"}
        path = "/v1/models/affine:predict"
        status, _, answer = call(server, "POST", path, body, headers)
        assert (status, json.loads(answer)) == (200, {"outputs": 2.0})


class TestExamples:
    def test_classify(self, server):
        body = {"signature_name": "classify", "examples": [{"x": 0.25}]}
        assert post(server, "/v1/models/examples:classify", body) == (
            200,
            {"results": [[["even", 0.25], ["odd", 0.75]]]},
        )

    def test_regress_with_context(self, server):
        body = {"context": {"x": 1.5}, "examples": [{}, {"x": 2.0}]}
        answer = post(server, "/v1/models/examples:regress", body)
        assert answer == (200, {"results": [3.0, 4.0]})


class TestStatusAndMetadata:
    def test_status(self, server):
        status, answer = get(server, "/v1/models/affine")
        version = {
            "version": "2",
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
        assert status == 200
        assert answer == {
            "model_version_status": [version, {**version, "version": "1"}]
        }
        _, answer = get(server, "/v1/models/affine/versions/1")
        assert len(answer["model_version_status"]) == 1

    def test_metadata(self, server):
        status, answer = get(server, "/v1/models/affine/versions/1/metadata")
        assert status == 200
        assert answer["model_spec"] == {
            "name": "affine",
            "signature_name": "",
            "version": "1",
        }
        signatures = answer["metadata"]["signature_def"]["signature_def"]
        x = signatures["serving_default"]["inputs"]["x"]
        assert x["dtype"] == "DT_FLOAT"
        assert x["tensor_shape"] == {
            "dim": [{"size": "-1", "name": ""}],
            "unknown_rank": False,
        }
        assert "method_name" in signatures["serving_default"]


class TestErrors:
    @pytest.mark.parametrize(
        "path, body, status, words",
        [
            (
                "affine:predict",
                "{",
                400,
                "JSON Parse error: ",
            ),
            (
                "affine:predict",
                '{"inputs": 1, "signature_name": "s"}',
                400,
                'Serving signature name: "s" not found in signature def',
            ),
            (
                "nobody:predict",
                '{"inputs": 1}',
                404,
                "Servable not found for request: Latest(nobody)",
            ),
            (
                "affine/versions/9:predict",
                '{"inputs": 1}',
                404,
                "Servable not found for request: Specific(affine, 9)",
            ),
            (
                "affine/labels/l:predict",
                '{"inputs": 1}',
                400,
                "Unrecognized servable version label: l",
            ),
            ("examples:classify", "{}", 400, "key 'examples' is expected"),
            (
                "examples:classify",
                '{"signature_name": "s", "examples": [{}]}',
                400,
                "No signature was found with the name: s",
            ),
        ],
    )
    def test_status_and_message(self, server, path, body, status, words):
        answer = post(server, f"/v1/models/{path}", body)
        assert answer[0] == status
        assert list(answer[1]) == ["error"]
        assert words in answer[1]["error"]

    def test_unknown_model(self, server):
        assert get(server, "/v1/models/nobody") == (
            404,
            {"error": "Could not find any versions of model nobody"},
        )
        status, answer = get(server, "/v1/models/nobody/metadata")
        assert status == 404

    @pytest.mark.parametrize(
        "method, path",
        [
            ("POST", "/v1/models/affine"),
            ("POST", "/v1/models/affine:explain"),
            ("POST", "/v1/models/affine/versions/x:predict"),
            ("POST", "/v1/models/affine/versions/1/labels/l:predict"),
            ("GET", "/v1/models/affine:predict"),
            ("GET", "/v1/models/affine/"),
            ("GET", "/v1/other"),
            ("PUT", "/v1/models/affine:predict"),
        ],
    )
    def test_malformed_paths(self, server, method, path):
        status, _, body = call(server, method, path, b"{}")
        assert status == 400
        assert json.loads(body) == {
            "error": f"Malformed request: {method} {path}"
        }

    def test_paths_outside_the_api(self, server):
        status, answer = get(server, "/v2/models/affine")
        assert (status, answer) == (
            404,
            {"error": "Not found: /v2/models/affine"},
        )

    def test_a_slow_model_meets_the_deadline(self, manager, gate):
        with serving(manager, timeout=0.3) as server:
            assert post(server, GATE, as_json(gate))[0] == 504

    def test_what_nobody_foresaw_is_500(self, server, monkeypatch, caplog):
        def fail(call, body, is_active):
            raise KeyError("lost")

        monkeypatch.setattr(server._calls, "answer", fail)
        status, answer = get(server, "/v1/models/affine")
        assert status == 500
        assert answer == {"error": "status failed: KeyError('lost')"}
        assert "Traceback" in caplog.text


class TestLimits:
    def test_a_large_body_is_413(self, manager):
        with serving(manager, max_body_bytes=1000) as server:
            path = "/v1/models/affine:predict"
            body = json.dumps({"inputs": [1] * 100})
            assert post(server, path, body)[0] == 200
            status, answer = post(
                server, path, json.dumps({"inputs": [1] * 999})
            )
            assert status == 413
            assert "1,000 bytes" in answer["error"]

    def test_a_compressed_bomb_is_413(self, manager):
        with serving(manager, max_body_bytes=10_000) as server:
            bomb = gzip.compress(b" " * 10_000_000)
            status, _, body = call(
                server,
                "POST",
                "/v1/models/affine:predict",
                bomb,
                {"Content-Encoding": "gzip"},
            )
            assert status == 413

    def test_calls_beyond_the_limit_are_429_at_once(self, manager, gate):
        with serving(manager, max_requests=1) as server:
            with concurrent.futures.ThreadPoolExecutor() as pool:
                slow = pool.submit(post, server, GATE, as_json(gate))
                gate.wait_until_reached()
                status, answer = get(server, "/v1/models/affine")
                assert status == 429
                assert "try again later" in answer["error"]
                # Health is still told.
                assert call(server, "GET", "/healthz")[0] == 200
                gate.open()
                assert slow.result()[0] == 200
            assert get(server, "/v1/models/affine")[0] == 200

    def test_a_body_that_does_not_come_is_408(self, manager):
        with serving(manager, timeout=0.2) as server:
            with socket.create_connection(
                (server.address, server.port), timeout=10
            ) as connection:
                connection.sendall(
                    b"POST /v1/models/affine:predict HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Length: 10\r\n\r\n{"
                )
                assert b" 408 " in connection.recv(1000)
            wait_until(lambda: not server._active)

    @pytest.mark.parametrize(
        "name", ["max_body_bytes", "max_requests", "timeout"]
    )
    def test_numbers_must_be_positive(self, manager, name):
        with pytest.raises(ValueError, match=f"`{name}`.*got 0"):
            RestServer(None, manager, None, **{name: 0})


class TestHealth:
    def test_all_models_serve(self, server):
        status, headers, body = call(server, "GET", "/healthz")
        assert (status, body) == (200, b"ok\n")
        assert headers.get_content_type() == "text/plain"
        assert call(server, "HEAD", "/healthz")[0] == 200

    def test_a_broken_model_is_named(self, tmp_path):
        publish(tmp_path / "good", 1)
        publish(tmp_path / "bad", 1, write_broken)
        with started(tmp_path, load_retries=0) as manager:
            assert not manager.wait_until_ready(30)
            with serving(manager) as server:
                status, _, body = call(server, "GET", "/healthz")
        assert status == 503
        [line] = body.decode().splitlines()
        assert line.startswith("bad: ")

    def test_no_model_at_all(self, tmp_path):
        with started(tmp_path) as manager:
            with serving(manager) as server:
                answer = call(server, "GET", "/healthz")
        assert (answer[0], answer[2]) == (503, b"no model is configured\n")

    def test_metrics_count_the_calls(self, server):
        post(server, "/v1/models/two:predict", {"inputs": {"a": [1], "b": [1]}})
        for path in ("/metrics", "/monitoring/prometheus/metrics"):
            status, headers, body = call(server, "GET", path)
            assert status == 200
            assert headers.get_content_type() == "text/plain"
            assert b'model="two"' in body


class TestLife:
    def test_port_that_is_taken(self, manager, server):
        other = RestServer(None, manager, None, port=server.port)
        with pytest.raises(InputError, match=f":{server.port}: cannot serve"):
            other.start()
        other.stop()

    def test_stop_waits_for_calls_at_work(self, manager, gate):
        server = RestServer(
            Inference(manager), manager, ServerMetrics(), port=0
        ).start()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            slow = pool.submit(post, server, GATE, as_json(gate))
            gate.wait_until_reached()
            stopped = pool.submit(server.stop, grace=300)
            wait_until(server._stopping.done)
            assert not stopped.done()
            gate.open()
            stopped.result(60)
            assert slow.result()[0] == 200
        with pytest.raises(ConnectionRefusedError):
            call(server, "GET", "/healthz")
        server.stop()  # Twice is no harm.

    def test_no_thread_is_left(self, manager):
        before = set(threading.enumerate())
        with serving(manager) as server:
            get(server, "/v1/models/affine")
        wait_until(
            lambda: (
                not {
                    thread
                    for thread in set(threading.enumerate()) - before
                    if thread.name.startswith("rest")
                }
            )
        )


class TestTLS:
    def test_clients_show_who_they_are(self, manager, tmp_path):
        authority = Authority(tmp_path)
        key, certificate = authority.issue("localhost")
        tls = TLSFiles(key, certificate, authority.path)
        with serving(manager, tls=tls) as server:
            context = ssl.create_default_context(cafile=authority.path)
            context.load_cert_chain(certificate, key)
            connection = http.client.HTTPSConnection(
                "localhost", server.port, context=context, timeout=10
            )
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            connection.close()
            stranger = ssl.create_default_context(cafile=authority.path)
            connection = http.client.HTTPSConnection(
                "localhost", server.port, context=stranger, timeout=10
            )
            with pytest.raises((ssl.SSLError, ConnectionError)):
                connection.request("GET", "/healthz")
                connection.getresponse()


class TestPaths:
    def test_parts(self):
        assert parse_path("POST", "/v1/models/m/versions/7:regress") == (
            RestCall("regress", "m", 7, None)
        )
        assert parse_path("GET", "/V1/Models/a%20b/labels/x%2Fy/METADATA") == (
            RestCall("metadata", "a b", None, "x/y")
        )
        assert parse_path("GET", "/v1/models/m") == (
            RestCall("status", "m", None, None)
        )

    @pytest.mark.parametrize(
        "path, message",
        [
            ("/v1/models", "Missing model name in request."),
            (
                "/v1/models/m/versions/9223372036854775808",
                "Failed to convert version: 9223372036854775808 to numeric.",
            ),
        ],
    )
    def test_errors(self, path, message):
        with pytest.raises(ServingError) as caught:
            parse_path("GET", path)
        assert caught.value.message == message

    def test_every_status_has_its_number(self):
        codes = grpc.StatusCode
        assert http_status(codes.RESOURCE_EXHAUSTED) == 429
        assert http_status(codes.FAILED_PRECONDITION) == 400
        assert http_status(codes.UNIMPLEMENTED) == 501
        assert http_status(codes.UNAVAILABLE) == 503
        for code in (codes.UNKNOWN, codes.INTERNAL, codes.DATA_LOSS):
            assert http_status(code) == 500
