"""What the embedded server counts, for Prometheus."""

import collections
import threading

import grpc
import prometheus_client
from prometheus_client.metrics_core import Metric

_LATENCY_BUCKETS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    *(1, 2, 5, 10, 20, 50),
)
_ROWS_BUCKETS = tuple(2**i for i in range(13))
# TensorFlow Serving's, in microseconds, and the calls that it measures.
_SERVING_BUCKETS = tuple(10 * 1.8**i for i in range(33))
_SERVING_METHODS = {"Predict", "Classify", "Regress"}


class ServerMetrics:
    """Counters and histograms in a registry of their own.

    Safe to use from many threads; two servers in one process do not mix. Two
    metrics bear TensorFlow Serving's names as well, so that a dashboard made
    for it shows the embedded server, too.
    """

    content_type = prometheus_client.CONTENT_TYPE_LATEST  # Of `render`.

    def __init__(self):
        self._registry = prometheus_client.CollectorRegistry()
        self._requests = prometheus_client.Counter(
            "tfcompat_requests",
            "Finished calls.",
            ["model", "signature", "method", "code"],
            registry=self._registry,
        )
        self._seconds = prometheus_client.Histogram(
            "tfcompat_request_seconds",
            "Time that calls took, failed ones included.",
            ["model", "signature", "method"],
            buckets=_LATENCY_BUCKETS,
            registry=self._registry,
        )
        self._batch_rows = prometheus_client.Histogram(
            "tfcompat_batch_rows",
            "Rows of each batch that was run, without padding.",
            ["model"],
            buckets=_ROWS_BUCKETS,
            registry=self._registry,
        )
        self._queued_rows = prometheus_client.Gauge(
            "tfcompat_queued_rows",
            "Rows that wait for their batch.",
            ["model"],
            registry=self._registry,
        )
        self._loads = prometheus_client.Counter(
            "tfcompat_loads",
            "Attempts to load a version.",
            ["model", "outcome"],
            registry=self._registry,
        )
        self._serving_count = _PlainCounter(
            ":tensorflow:serving:request_count",
            "The total number of requests.",
            ["model_name", "status"],
        )
        self._registry.register(self._serving_count)
        self._serving_latency = prometheus_client.Histogram(
            ":tensorflow:serving:request_latency",
            "Wall time (in microseconds) of successful requests.",
            ["model_name", "API"],
            buckets=_SERVING_BUCKETS,
            registry=self._registry,
        )

    def count_request(self, model, signature, method, code, seconds):
        """Counts one finished call.

        Args:
            model: Name of a served model, "" if it is not one; what a client
                makes up must not become a label that stays for ever.
            signature: Signature of that model, "" if it is not one.
            method: "Predict", "Classify", "Regress", "MultiInference" or
                "GetModelMetadata".
            code: `grpc.StatusCode` it ended with.
            seconds: How long it took.
        """
        self._requests.labels(model, signature, method, code.name).inc()
        self._seconds.labels(model, signature, method).observe(seconds)
        if method in _SERVING_METHODS and model:
            self._serving_count.add(model, code.name)
            if code is grpc.StatusCode.OK:
                self._serving_latency.labels(model, method).observe(
                    seconds * 1e6
                )

    def observe_batch(self, model, rows):
        """Counts one session run of `rows` rows that went by batching."""
        self._batch_rows.labels(model).observe(rows)

    def add_queued_rows(self, model, rows):
        """Says that so many rows more, or fewer, wait for their batch."""
        self._queued_rows.labels(model).inc(rows)

    def count_load(self, model, succeeded):
        """Counts one attempt to load a version of a model."""
        outcome = "success" if succeeded else "failure"
        self._loads.labels(model, outcome).inc()

    def read(self, name):
        """Value of a metric, over all its labels.

        Args:
            name: As `render` writes it; TensorFlow Serving's may have its
                slashes.

        Returns:
            int; None if there is no such metric.
        """
        values = [
            sample.value
            for metric in self._registry.collect()
            for sample in metric.samples
            if sample.name == name.replace("/", ":")
        ]
        return int(sum(values)) if values else None

    def render(self) -> bytes:
        """Everything in Prometheus's text format."""
        return prometheus_client.generate_latest(self._registry)


class _PlainCounter:
    """A counter whose name does not end in `_total`, as the library's do."""

    def __init__(self, name, documentation, labels):
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._counts = collections.Counter()
        self._lock = threading.Lock()

    def add(self, *values):
        with self._lock:
            self._counts[values] += 1

    def collect(self):
        metric = Metric(self._name, self._documentation, "unknown")
        with self._lock:
            counts = list(self._counts.items())
        for values, count in counts:
            labels = dict(zip(self._labels, values, strict=True))
            metric.add_sample(self._name, labels, count)
        return [metric]
