"""Requests that wait for the same model are run together."""

import threading
import weakref

from tfcompat.serving.batch_queue import BatchQueue


class Batcher:
    """Merges concurrent requests for one model version into session runs.

    A batch leaves at once while fewer than `num_batch_threads` are running;
    else requests gather, up to `largest_batch` rows, until one has finished.
    With `batch_timeout_micros` a batch that is not full waits that long, too.

    There are no threads of its own: the request that has waited longest runs
    the batch for all that are in it. So nothing is left to stop, and a model
    is in use as long as something of it runs.

    Args:
        parameters: `BatchingParameters` for every model that brings none of
            its own; None leaves those unbatched.
        metrics: `ServerMetrics` to count in; None counts nothing.
    """

    def __init__(self, parameters=None, *, metrics=None):
        self.parameters = parameters
        self._metrics = metrics
        self._queues = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def queue(self, model):
        """The `BatchQueue` of a `LoadedModel`; None if it is not batched."""
        parameters = model.batching or self.parameters
        if parameters is None:
            return None
        with self._lock:
            if model not in self._queues:
                # A queue that held the model itself would keep it for ever.
                self._queues[model] = BatchQueue(
                    model.name, parameters, self._metrics
                )
            return self._queues[model]
