"""The queue of a batched model, and how batches leave it."""

import collections
import contextlib
import logging
import threading
import time

import grpc

from tfcompat.serving.batch_merging import batch_key, merge_rows, split_rows
from tfcompat.serving.batch_task import Admission, BatchTask
from tfcompat.serving.errors import ServingError

logger = logging.getLogger(__name__)


class BatchQueue:
    """The requests that wait for one model version.

    Args:
        name: The model's name, for the metrics.
        parameters: `BatchingParameters`.
        metrics: `ServerMetrics` or None.
    """

    def __init__(self, name, parameters, metrics=None):
        self.parameters = parameters
        self.capacity = (
            parameters.max_enqueued_batches * parameters.max_batch_size
        )
        self._name = name
        self._metrics = metrics
        self._lock = threading.Lock()
        self._waiting = {}  # Deque of tasks by batch key; no empty ones.
        self._waiting_rows = 0
        self._running = 0

    @contextlib.contextmanager
    def admit(self, rows):
        """Finds room for a request, whatever parts it is then run in.

        Args:
            rows: Rows of the whole request, at least 1.

        Yields:
            The admission that `run` wants.

        Raises:
            ServingError: INVALID_ARGUMENT, if it can never fit;
                RESOURCE_EXHAUSTED, if it does not now.
        """
        limit = self.parameters.max_batch_size
        if rows > limit:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"Task size {rows} is larger than maximum input batch size "
                f"{limit}",
            )
        admission = Admission(rows)
        with self._lock:
            waiting = self._waiting_rows
            if waiting and waiting + rows > self.capacity:
                raise ServingError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    "The batch scheduling queue to which this task was "
                    f"submitted is full; {waiting} rows wait and at most "
                    f"{self.capacity} may",
                )
            self._add_waiting(rows)
        try:
            yield admission
        finally:
            with self._lock:
                self._add_waiting(-admission.rows)

    def run(self, run, feeds, fetches, caller, admission):
        """Runs an admitted request, or a part of it, together with others.

        Args:
            run: Function of feeds, fetches and a timeout in seconds, or None,
                that runs the model.
            feeds: Dict of arrays by graph tensor name; 1 to `largest_batch`
                rows.
            fetches: List of graph tensor names.
            caller: `Caller`; if its deadline is past, or it is gone, when its
                turn comes, nothing is run for it.
            admission: What `admit` gave.

        Returns:
            List of arrays: this request's rows.

        Raises:
            ServingError: What the model raised for these rows;
                RESOURCE_EXHAUSTED or CANCELLED, if nothing was run;
                DEADLINE_EXCEEDED, if the deadline passed meanwhile.
        """
        padded = self.parameters.pad_variable_length_inputs
        key = batch_key(feeds, fetches, padded)
        task = BatchTask(key, feeds, caller, admission)
        with self._lock:
            self._waiting.setdefault(key, collections.deque()).append(task)
            self._dispatch()
        self._await(task)
        if task.batch is not None:
            try:
                self._run_batch(task.batch, run, fetches)
            finally:
                with self._lock:
                    self._running -= 1
                    self._dispatch()
        if task.error is not None:
            raise task.error
        if task.outputs is None:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                "Deadline exceeded while the batch was running",
            )
        return task.outputs

    def _await(self, task):
        """Returns when the task is done or too late, or is to run a batch."""
        ripe = task.enqueued + self.parameters.batch_timeout_micros / 1e6
        times = [t for t in (ripe, task.caller.deadline) if t is not None]
        while True:
            now = time.monotonic()
            ahead = [t - now for t in times if t > now]
            if task.caller.remaining() != 0:
                task.wake.wait(min(ahead, default=None))
            with self._lock:
                if task.wake.is_set():
                    return
                if task.caller.remaining() == 0:
                    self._withdraw(task)
                    return
                self._dispatch()

    def _withdraw(self, task):
        """Takes a task whose deadline is past out of the queue, if in it."""
        tasks = self._waiting.get(task.key, ())
        if task in tasks:
            task.in_vain()
            tasks.remove(task)
            self._leave(task)

    def _leave(self, task):
        """The task no longer waits."""
        task.admission.rows -= task.rows
        self._add_waiting(-task.rows)
        if not self._waiting[task.key]:
            del self._waiting[task.key]

    def _add_waiting(self, rows):
        self._waiting_rows += rows
        if self._metrics is not None:
            self._metrics.add_queued_rows(self._name, rows)

    def _dispatch(self):
        """Gives batches to their first tasks while threads are free."""
        while self._running < self.parameters.num_batch_threads:
            ready = [t for t in self._waiting.values() if self._is_ready(t)]
            if not ready:
                return
            batch = self._take(min(ready, key=lambda t: t[0].enqueued))
            if batch:
                self._running += 1
                batch[0].batch = batch
                batch[0].wake.set()

    def _is_ready(self, tasks):
        age = time.monotonic() - tasks[0].enqueued
        if age >= self.parameters.batch_timeout_micros / 1e6:
            return True
        rows = sum(task.rows for task in tasks)
        return rows >= self.parameters.largest_batch

    def _take(self, tasks):
        """The next batch from tasks of one key; those in vain are dropped."""
        batch, room = [], self.parameters.largest_batch
        while tasks and tasks[0].rows <= room:
            task = tasks.popleft()
            self._leave(task)
            if task.in_vain():
                task.wake.set()
            else:
                room -= task.rows
                batch.append(task)
        return batch

    def _run_batch(self, tasks, run, fetches):
        """Runs the tasks together; one by one, if one of them is bad."""
        error = self._try_run(tasks, run, fetches)
        if error is None:
            pass
        elif error.code is grpc.StatusCode.INVALID_ARGUMENT and tasks[1:]:
            for task in tasks:
                if not task.in_vain():
                    task.error = self._try_run([task], run, fetches)
                task.wake.set()
        else:
            for task in tasks:
                task.error = ServingError(error.code, error.message)
        for task in tasks:
            task.wake.set()

    def _try_run(self, tasks, run, fetches):
        """Runs the tasks together; returns the error there was, if any."""
        counts = [task.rows for task in tasks]
        size = self._round_up(sum(counts))
        timeouts = [task.caller.remaining() for task in tasks]
        try:
            feeds = merge_rows([task.feeds for task in tasks], size)
            if self._metrics is not None:
                self._metrics.observe_batch(self._name, sum(counts))
            outputs = run(
                feeds, fetches, None if None in timeouts else max(timeouts)
            )
            parts = split_rows(outputs, counts, size)
        except ServingError as error:
            return error
        except Exception as error:  # Nobody may be left waiting.
            logger.exception("a batch for %s failed", self._name)
            return ServingError(grpc.StatusCode.INTERNAL, repr(error))
        for task, part in zip(tasks, parts, strict=True):
            task.outputs = part
        return None

    def _round_up(self, rows):
        allowed = self.parameters.allowed_batch_sizes
        return min((size for size in allowed if size >= rows), default=rows)
