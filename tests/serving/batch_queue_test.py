"""Requests are merged, bounded, dropped and kept from each other's errors."""

import concurrent.futures
import threading
import time

import numpy as np
import pytest
from grpc import StatusCode

from tests.serving.single_model import refused
from tests.serving.waiting import wait_until
from tfcompat.serving.batch_queue import BatchQueue
from tfcompat.serving.batching_parameters import BatchingParameters
from tfcompat.serving.caller import Caller
from tfcompat.serving.errors import ServingError
from tfcompat.serving.server_metrics import ServerMetrics


class Graph:
    """Doubles `x:0`; holds every run until it is let go.

    Fails with `error`, or without one for rows below 0.
    """

    def __init__(self, held=True, error=None):
        self.error = error
        self.batches = []  # `x:0` of each run, as a list.
        self.timeouts = []
        self.let_go = threading.Event()
        if not held:
            self.let_go.set()

    def __call__(self, feeds, fetches, timeout):
        rows = feeds["x:0"]
        self.batches.append(rows.tolist())
        self.timeouts.append(timeout)
        assert self.let_go.wait(30)
        if self.error is not None:
            raise self.error
        if (rows < 0).any():
            raise ServingError(
                StatusCode.INVALID_ARGUMENT, f"bad {rows[rows < 0].tolist()}"
            )
        return [rows * 2]


class Users:
    """Sends requests to a queue, each in its own thread."""

    def __init__(self, graph, **parameters):
        parameters = {
            "max_batch_size": 8,
            "num_batch_threads": 1,
            **parameters,
        }
        self.graph = graph
        self.metrics = ServerMetrics()
        self.queue = BatchQueue(
            "m", BatchingParameters(**parameters), self.metrics
        )
        self.pool = concurrent.futures.ThreadPoolExecutor(64)

    def ask(self, *rows, timeout=None, is_active=None, fetch="y:0", **scalars):
        """Future of the rows that come back; returns once it is queued."""
        feeds = {"x:0": np.array(rows)}
        feeds |= {name: np.array(value) for name, value in scalars.items()}

        def run():
            caller = Caller(timeout, is_active)
            with self.queue.admit(len(rows)) as admission:
                [output] = self.queue.run(
                    self.graph, feeds, [fetch], caller, admission
                )
            return output.tolist()

        before = self.seen()
        future = self.pool.submit(run)
        wait_until(lambda: future.done() or self.seen() > before)
        return future

    def seen(self):
        """Requests that are waiting or have been handed to a batch."""
        waiting = sum(map(len, self.queue._waiting.values()))
        return waiting + sum(map(len, self.graph.batches))

    def occupy(self):
        """Starts a run that lasts until the graph is let go."""
        future = self.ask(100)
        wait_until(lambda: len(self.graph.batches) == 1)
        return future

    def queued_rows(self):
        text = self.metrics.render().decode()
        [line] = [
            line
            for line in text.splitlines()
            if line.startswith("tfcompat_queued_rows{")
        ]
        return float(line.split()[-1])


@pytest.fixture
def graph():
    graph = Graph()
    yield graph
    graph.let_go.set()


class TestMerging:
    def test_what_waits_leaves_as_one_batch(self, graph):
        users = Users(graph)
        first = users.occupy()
        others = [users.ask(1), users.ask(2, 3), users.ask(4)]
        graph.let_go.set()
        assert first.result(30) == [200]
        assert [f.result(30) for f in others] == [[2], [4, 6], [8]]
        assert graph.batches == [[100], [1, 2, 3, 4]]
        assert users.queued_rows() == 0

    def test_lone_request_does_not_wait(self, graph):
        users = Users(graph)
        users.ask(1)
        wait_until(lambda: graph.batches == [[1]])

    def test_full_batch_leaves_the_rest_for_the_next(self, graph):
        users = Users(graph, max_batch_size=4)
        users.occupy()
        futures = [users.ask(1, 2), users.ask(3), users.ask(4, 5)]
        graph.let_go.set()
        assert [f.result(30) for f in futures] == [[2, 4], [6], [8, 10]]
        assert graph.batches[1:] == [[1, 2, 3], [4, 5]]

    def test_as_many_batches_run_as_there_are_threads(self, graph):
        users = Users(graph, num_batch_threads=2)
        futures = [users.ask(1), users.ask(2), users.ask(3), users.ask(4)]
        wait_until(lambda: len(graph.batches) == 2)
        graph.let_go.set()
        for future in futures:
            future.result(30)
        assert graph.batches == [[1], [2], [3, 4]]

    def test_other_outputs_and_other_scalars_are_not_merged(self, graph):
        users = Users(graph)
        users.occupy()
        futures = [
            users.ask(1, k=5),
            users.ask(2, k=6),
            users.ask(3, k=5),
            users.ask(4, k=5, fetch="z:0"),
        ]
        graph.let_go.set()
        assert [f.result(30) for f in futures] == [[2], [4], [6], [8]]
        assert graph.batches[1:] == [[1, 3], [2], [4]]

    def test_padding_is_run_and_cut_off(self, graph):
        users = Users(graph, allowed_batch_sizes=(4, 8))
        future = users.ask(7, 9)
        graph.let_go.set()
        assert future.result(30) == [14, 18]
        assert graph.batches == [[7, 9, 7, 7]]

    def test_batch_waits_as_long_as_it_is_told_to(self):
        graph = Graph(held=False)
        users = Users(graph, batch_timeout_micros=1_000_000)
        start = time.monotonic()
        futures = [users.ask(1), users.ask(2)]
        assert [f.result(30) for f in futures] == [[2], [4]]
        assert time.monotonic() - start >= 1
        assert graph.batches == [[1, 2]]

    def test_full_batch_does_not_wait(self):
        graph = Graph(held=False)
        users = Users(graph, max_batch_size=2, batch_timeout_micros=30_000_000)
        futures = [users.ask(1), users.ask(2)]
        assert [f.result(10) for f in futures] == [[2], [4]]

    def test_batch_may_take_as_long_as_its_most_patient_caller(self, graph):
        users = Users(graph)
        users.occupy()
        futures = [users.ask(1, timeout=20), users.ask(2, timeout=40)]
        graph.let_go.set()
        for future in futures:
            future.result(30)
        assert 20 < graph.timeouts[1] <= 40
        users.ask(3, timeout=20).result(30)
        assert graph.timeouts[2] <= 20
        assert graph.timeouts[0] is None

    def test_many_at_once_each_get_their_own(self):
        users = Users(Graph(held=False), num_batch_threads=2)
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            answers = pool.map(lambda i: users.ask(i).result(30), range(400))
            assert list(answers) == [[2 * i] for i in range(400)]


class TestRefusal:
    def test_full_queue_refuses_at_once(self, graph):
        users = Users(graph, max_batch_size=2, max_enqueued_batches=2)
        users.occupy()
        futures = [users.ask(1, 2), users.ask(3), users.ask(4)]
        assert users.queued_rows() == 4
        with refused(
            StatusCode.RESOURCE_EXHAUSTED,
            "The batch scheduling queue to which this task was submitted is "
            "full; 4 rows wait and at most 4 may",
        ):
            users.ask(5).result(30)
        graph.let_go.set()
        assert [f.result(30) for f in futures] == [[2, 4], [6], [8]]
        assert users.ask(6).result(30) == [12]

    def test_idle_queue_takes_any_allowed_request(self):
        users = Users(
            Graph(held=False), max_batch_size=4, max_enqueued_batches=0
        )
        assert users.ask(1, 2, 3, 4).result(30) == [2, 4, 6, 8]

    def test_task_larger_than_a_batch(self, graph):
        users = Users(graph, max_batch_size=2)
        with refused(
            StatusCode.INVALID_ARGUMENT,
            "Task size 3 is larger than maximum input batch size 2",
        ):
            users.ask(1, 2, 3).result(30)
        assert users.queue._waiting_rows == 0


class TestInVain:
    def test_deadline_in_the_queue_drops_the_request(self, graph):
        users = Users(graph)
        users.occupy()
        late = users.ask(1, timeout=0.1)
        with refused(
            StatusCode.RESOURCE_EXHAUSTED,
            "Run() timeout exceeded while waiting in batching queue",
        ):
            late.result(30)  # The graph is still held.
        assert users.queued_rows() == 0
        other = users.ask(2)
        graph.let_go.set()
        assert other.result(30) == [4]
        assert graph.batches == [[100], [2]]

    def test_deadline_already_past(self, graph):
        users = Users(graph)
        users.occupy()
        with refused(StatusCode.RESOURCE_EXHAUSTED):
            users.ask(1, timeout=0).result(30)

    def test_caller_that_has_gone_is_not_run_for(self, graph):
        users = Users(graph)
        users.occupy()
        gone = users.ask(1, is_active=lambda: False)
        other = users.ask(2, is_active=lambda: True)
        graph.let_go.set()
        assert other.result(30) == [4]
        with refused(StatusCode.CANCELLED):
            gone.result(30)
        assert graph.batches == [[100], [2]]

    def test_deadline_while_its_batch_runs(self, graph):
        users = Users(graph)
        users.occupy()
        patient = users.ask(1, timeout=30)
        hasty = users.ask(2, timeout=0.3)
        hold_second, graph.let_go = graph.let_go, threading.Event()
        hold_second.set()  # The first run ends, the second is held.
        wait_until(lambda: len(graph.batches) == 2)
        with refused(StatusCode.DEADLINE_EXCEEDED):
            hasty.result(30)
        assert not patient.done()
        graph.let_go.set()
        assert patient.result(30) == [2]


class TestBadRequestInABatch:
    def test_others_are_answered(self, graph):
        users = Users(graph)
        users.occupy()
        good, bad, last = users.ask(1), users.ask(2, -3), users.ask(4)
        graph.let_go.set()
        assert good.result(30) == [2]
        assert last.result(30) == [8]
        with refused(StatusCode.INVALID_ARGUMENT, "bad [-3]"):
            bad.result(30)
        assert graph.batches[1:] == [[1, 2, -3, 4], [1], [2, -3], [4]]

    def test_other_errors_are_everybodys(self):
        error = ServingError(StatusCode.UNAVAILABLE, "no device")
        graph = Graph(error=error)
        users = Users(graph)
        futures = [users.ask(1), users.ask(2), users.ask(3)]
        graph.let_go.set()
        for future in futures:
            with refused(StatusCode.UNAVAILABLE, "no device"):
                future.result(30)
        assert graph.batches == [[1], [2, 3]]

    def test_unexpected_exception_leaves_nobody_waiting(self):
        graph = Graph(error=MemoryError("too much"))
        users = Users(graph)
        futures = [users.ask(1), users.ask(2), users.ask(3)]
        graph.let_go.set()
        for future in futures:
            with refused(StatusCode.INTERNAL, "MemoryError('too much')"):
                future.result(30)
        graph.error = None
        assert users.ask(4).result(30) == [8]
