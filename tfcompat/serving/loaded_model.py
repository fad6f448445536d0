"""One version of a model in memory, run as TensorFlow Serving runs it."""

import contextlib
import ctypes
import logging
import math
import pathlib
import threading

import grpc
import tensorflow as tf
from tensorflow.python.client import pywrap_tf_session
from tensorflow.python.framework.ops import dismantle_graph

from tfcompat.serving.errors import ServingError, from_tensorflow
from tfcompat.serving.restoring import as_load_error, read_batching, restore
from tfcompat.serving.warm_up import replay

logger = logging.getLogger(__name__)

_MAX_TIMEOUT_MS = 2**53


class LoadedModel:
    """A SavedModel in a graph and a session of its own.

    Runs through the session's C++ entry, by its private Python method, since
    nothing public gives TensorFlow Serving's answers: `session.run` casts
    double to float and checks shapes by itself, and a function loaded by
    `tf.saved_model.load` words its errors differently. The tests hold the
    messages fast against a change of TensorFlow.

    Args:
        name: The model's name.
        version: The version's number.
        path: The version's folder.
        session: `tf.compat.v1.Session` with everything restored.
        signatures: Dict of `SignatureDef` by key, `__saved_model_init_op`
            among them where the SavedModel has it.
        batching: `BatchingParameters` of the version folder, or None.
    """

    def __init__(self, name, version, path, session, signatures, batching):
        self.name = name
        self.version = version
        self.path = path
        self.signatures = signatures
        self.batching = batching
        self._session = session
        self._tensors = {}  # TF_Output by name; looking one up takes a lock.
        self._running = 0
        self._changed = threading.Condition()

    @classmethod
    def load(cls, name, version, path, *, warm_up=None):
        """Loads a SavedModel of the tag `serve` and warms it up.

        A folder still being copied fails cleanly, because a graph that has
        variables is never served without them (TensorFlow Serving loads it
        uninitialised).

        Args:
            name: The model's name, as requests will say it.
            version: The version's number.
            path: Folder with `saved_model.pb` or `saved_model.pbtxt`.
            warm_up: Function of the `LoadedModel` and one `PredictionLog`
                that runs the request in it; None skips the warm-up.

        Returns:
            The `LoadedModel`, ready to run.

        Raises:
            ServingError: NOT_FOUND without a SavedModel of that tag,
                DATA_LOSS where a file is malformed, INVALID_ARGUMENT for
                malformed batching parameters, else what TensorFlow or the
                warm-up says.
        """
        try:
            return cls._load(name, version, pathlib.Path(path), warm_up)
        except ServingError as error:
            logger.debug("%s: cannot be loaded", path, exc_info=True)
            failure = ServingError(error.code, error.message)
        # Raised only here, where no frame holds on to the session any more.
        _return_memory()
        raise failure

    @classmethod
    def _load(cls, name, version, path, warm_up):
        session = tf.compat.v1.Session(graph=tf.Graph(), config=_config())
        try:
            with as_load_error(path):
                batching = read_batching(path)
                signatures = restore(session, path)
                model = cls(name, version, path, session, signatures, batching)
                if warm_up is not None:
                    replay(model, warm_up)
            return model
        except ServingError:
            _dismantle(session)
            raise

    def run(self, feeds, fetches, timeout=None):
        """Runs the graph once; safe to call from many threads.

        Args:
            feeds: Dict of `np.ndarray` by graph tensor name, as `"x:0"`.
                Nothing is cast; strings are object arrays of `bytes`.
            fetches: List of graph tensor names.
            timeout: Seconds after which the work is cancelled, or None.

        Returns:
            List of `np.ndarray`, in the order of `fetches`; scalars come as
            NumPy scalars, or `bytes`.

        Raises:
            ServingError: With TensorFlow's own code and message;
                DEADLINE_EXCEEDED after `timeout`, CANCELLED once closed.
        """
        if timeout is not None and timeout <= 0:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                "Timed out waiting for notification",
            )
        # Sorted, because the session keeps an executor for each order.
        names = sorted(set(fetches))
        with (
            self._session_in_use() as session,
            _run_options(timeout) as options,
        ):
            try:
                arrays = session._call_tf_sessionrun(
                    options,
                    {self._tensor(session, k): feeds[k] for k in sorted(feeds)},
                    [self._tensor(session, name) for name in names],
                    [],
                    None,
                )
            except tf.errors.OpError as error:
                raise from_tensorflow(error) from None
        by_name = dict(zip(names, arrays, strict=True))
        return [by_name[name] for name in fetches]

    def close(self):
        """Waits for what is running and frees the memory.

        A second call waits like the first and does no more.
        """
        with self._changed:
            session, self._session = self._session, None
            self._changed.wait_for(lambda: not self._running)
        if session is not None:
            self._tensors.clear()
            _dismantle(session)
            del session
            _return_memory()

    @contextlib.contextmanager
    def _session_in_use(self):
        """Yields the session, which stays open until the block ends."""
        with self._changed:
            session = self._session
            if session is None:
                raise ServingError(
                    grpc.StatusCode.CANCELLED, "Session has been closed."
                )
            self._running += 1
        try:
            yield session
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _tensor(self, session, name):
        """The runtime's handle on a tensor of the graph."""
        if name not in self._tensors:
            try:
                tensor = session.graph.get_tensor_by_name(name)
            except (KeyError, ValueError):
                raise ServingError(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f"Tensor {name}, specified in either feed_devices or "
                    "fetch_devices was not found in the Graph",
                ) from None
            self._tensors[name] = tensor._as_tf_output()
        return self._tensors[name]


@contextlib.contextmanager
def _run_options(timeout):
    """Yields the runtime's buffer of RunOptions; None without a timeout."""
    if timeout is None:
        yield None
        return
    milliseconds = math.ceil(min(timeout * 1000, _MAX_TIMEOUT_MS))
    options = tf.compat.v1.RunOptions(timeout_in_ms=milliseconds)
    buffer = pywrap_tf_session.TF_NewBufferFromString(
        options.SerializeToString()
    )
    try:
        yield buffer
    finally:
        pywrap_tf_session.TF_DeleteBuffer(buffer)


def _config():
    """The session's settings; those that differ from TensorFlow Serving's.

    A model trained on a GPU runs on a machine without one, and one version
    does not take all of a GPU's memory from the next.
    """
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    return config


def _dismantle(session):
    """Undoes the graph's cycles, so that it goes with its last reference.

    The garbage collector would get there, too, but late, and holding up every
    request; until then each version's constants would stay in memory.
    """
    session.close()
    dismantle_graph(session.graph)


def _return_memory():
    """Gives the system what glibc keeps of freed memory."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
