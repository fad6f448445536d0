"""A request on its way through the queue of a batched model."""

import threading
import time

import grpc

from tfcompat.serving.batch_merging import count_rows
from tfcompat.serving.errors import ServingError


class Admission:
    """The rows of one request that have a place in the queue."""

    def __init__(self, rows):
        self.rows = rows


class BatchTask:
    """One request, or a part of it, in the queue."""

    def __init__(self, key, feeds, caller, admission):
        self.key = key
        self.feeds = feeds
        self.rows = count_rows(feeds)
        self.caller = caller
        self.admission = admission
        self.enqueued = time.monotonic()
        self.wake = threading.Event()  # It is done, or is to run a batch.
        self.batch = None  # The tasks that it is to run, itself among them.
        self.outputs = None
        self.error = None

    def in_vain(self):
        """Whether nobody would get the answer; if so, the error says why."""
        if self.caller.remaining() == 0:
            self.error = ServingError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "Run() timeout exceeded while waiting in batching queue",
            )
        elif self.caller.gone():
            self.error = ServingError(
                grpc.StatusCode.CANCELLED, "The caller has gone"
            )
        return self.error is not None
