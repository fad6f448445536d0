"""The numbers that Prometheus reads."""

from grpc import StatusCode
from prometheus_client.parser import text_string_to_metric_families

from tfcompat.serving.server_metrics import ServerMetrics


def samples(metrics):
    """Dict of values by name and sorted labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def value(metrics, name, **labels):
    return samples(metrics)[name, tuple(sorted(labels.items()))]


class TestRequests:
    def test_counted_by_model_signature_method_and_code(self):
        metrics = ServerMetrics()
        for code in (StatusCode.OK, StatusCode.OK, StatusCode.NOT_FOUND):
            metrics.count_request("m", "s", "Predict", code, 0.03)
        labels = {"model": "m", "signature": "s", "method": "Predict"}
        count = "tfcompat_requests_total"
        assert value(metrics, count, code="OK", **labels) == 2
        assert value(metrics, count, code="NOT_FOUND", **labels) == 1
        seconds = "tfcompat_request_seconds"
        assert value(metrics, f"{seconds}_count", **labels) == 3
        assert value(metrics, f"{seconds}_bucket", le="0.02", **labels) == 0
        assert value(metrics, f"{seconds}_bucket", le="0.05", **labels) == 3

    def test_tensorflow_servings_names(self):
        metrics = ServerMetrics()
        metrics.count_request("m", "s", "Predict", StatusCode.OK, 0.001)
        metrics.count_request("m", "s", "Predict", StatusCode.ABORTED, 9)
        metrics.count_request("m", "", "GetModelMetadata", StatusCode.OK, 9)
        count = ":tensorflow:serving:request_count"
        assert value(metrics, count, model_name="m", status="OK") == 1
        assert value(metrics, count, model_name="m", status="ABORTED") == 1
        # Successful ones only, in microseconds.
        latency = ":tensorflow:serving:request_latency"
        labels = {"model_name": "m", "API": "Predict"}
        assert value(metrics, f"{latency}_count", **labels) == 1
        assert value(metrics, f"{latency}_sum", **labels) == 1000

    def test_read_by_name_over_all_labels(self):
        metrics = ServerMetrics()
        for model in ("m", "n"):
            metrics.count_request(model, "s", "Predict", StatusCode.OK, 0.001)
        assert metrics.read(":tensorflow:serving:request_count") == 2
        assert metrics.read("/tensorflow/serving/request_count") == 2
        assert metrics.read("no such metric") is None

    def test_names_are_as_they_are_in_the_text(self):
        metrics = ServerMetrics()
        metrics.count_request("m", "s", "Predict", StatusCode.OK, 0.001)
        text = metrics.render().decode()
        assert (
            '\n:tensorflow:serving:request_count{model_name="m",status="OK"} '
            in text
        )
        assert metrics.content_type.startswith("text/plain")


class TestBatches:
    def test_sizes(self):
        metrics = ServerMetrics()
        for rows in (3, 5):
            metrics.observe_batch("m", rows)
        name = "tfcompat_batch_rows"
        assert value(metrics, f"{name}_sum", model="m") == 8
        assert value(metrics, f"{name}_bucket", model="m", le="4.0") == 1

    def test_queue_goes_up_and_down(self):
        metrics = ServerMetrics()
        for rows in (4, 2, -4):
            metrics.add_queued_rows("m", rows)
        assert value(metrics, "tfcompat_queued_rows", model="m") == 2


def test_loads_by_outcome():
    metrics = ServerMetrics()
    for succeeded in (True, False, False):
        metrics.count_load("m", succeeded)
    name = "tfcompat_loads_total"
    assert value(metrics, name, model="m", outcome="success") == 1
    assert value(metrics, name, model="m", outcome="failure") == 2


def test_two_servers_do_not_mix():
    one, other = ServerMetrics(), ServerMetrics()
    one.count_load("m", True)
    assert "tfcompat_loads_total{" not in other.render().decode()
