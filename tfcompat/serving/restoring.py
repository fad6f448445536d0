"""Reading a SavedModel from a version folder into a session."""

import contextlib
import importlib

import grpc
import tensorflow as tf
from tensorflow.python.saved_model.loader_impl import SavedModelLoader

from tfcompat.serving.batching_parameters import BatchingParameters
from tfcompat.serving.errors import ServingError, from_tensorflow

_TAGS = ["serve"]
# Ops that a Python package brings; TensorFlow Serving would need an image
# with them built in.
_OP_PACKAGES = {"Scann>": "scann", "IO>": "tensorflow_io"}


@contextlib.contextmanager
def as_load_error(path):
    """Turns whatever a strange SavedModel makes Python raise into one kind.

    Args:
        path: The version's folder, for the message.

    Raises:
        ServingError: As it was, with TensorFlow's code, or else INTERNAL.
    """
    try:
        yield
    except ServingError:
        raise
    except tf.errors.OpError as error:
        failure = from_tensorflow(error)
        message = failure.message.removeprefix("Graph execution error:\n\n")
        raise ServingError(failure.code, message) from error
    except Exception as error:
        raise ServingError(
            grpc.StatusCode.INTERNAL,
            f"{path}: cannot be loaded: {type(error).__name__}: {error}",
        ) from error


def restore(session, path):
    """Loads graph, variables, tables and assets of the tag `serve`.

    A folder still being copied fails: a graph that saved a checkpoint is not
    loaded without it, as TensorFlow Serving would.

    Args:
        session: Empty session, with a graph of its own.
        path: Folder with `saved_model.pb` or `saved_model.pbtxt`.

    Returns:
        Dict of `SignatureDef` by key.

    Raises:
        ServingError: NOT_FOUND if the SavedModel, its tag or its variables
            are not there, DATA_LOSS if a file is malformed,
            FAILED_PRECONDITION if a package with its ops is not installed.
        Exception: What TensorFlow raises for all else; see `as_load_error`.
    """
    _check_there(path)
    with session.graph.as_default():
        loader = _parse(path)
        meta_graph = _find_meta_graph(loader)
        _import_op_packages(meta_graph.graph_def)
        index = path / "variables" / "variables.index"
        if meta_graph.saver_def.restore_op_name and not index.exists():
            raise ServingError(
                grpc.StatusCode.NOT_FOUND,
                f"{index}: not found; is the version still being copied?",
            )
        loader.load(session, _TAGS)
        session._extend_graph()
        session.graph.finalize()
        # Copies, because a part keeps the whole of its message in memory.
        return {
            key: type(signature).FromString(signature.SerializeToString())
            for key, signature in meta_graph.signature_def.items()
        }


def read_batching(path):
    """Reads `batching_params.pbtxt` of a version folder.

    Args:
        path: The version's folder.

    Returns:
        `BatchingParameters`, or None if the folder has no such file.

    Raises:
        ServingError: INVALID_ARGUMENT if it is malformed.
    """
    try:
        return BatchingParameters.read(path / "batching_params.pbtxt")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT, str(error)
        ) from error


def _check_there(path):
    if not any(
        (path / name).is_file()
        for name in ("saved_model.pb", "saved_model.pbtxt")
    ):
        raise ServingError(
            grpc.StatusCode.NOT_FOUND,
            "Could not find SavedModel .pb or .pbtxt at supplied export "
            f"directory path: {path}. Check that the directory exists and "
            "that you have the right permissions for accessing it.",
        )


def _parse(path):
    try:
        return SavedModelLoader(str(path))
    except OSError as error:
        raise ServingError(grpc.StatusCode.DATA_LOSS, str(error)) from error


def _find_meta_graph(loader):
    try:
        return loader.get_meta_graph_def_from_tags(_TAGS)
    except RuntimeError as error:
        raise ServingError(
            grpc.StatusCode.NOT_FOUND,
            "Could not find meta graph def matching supplied tags: { serve }. "
            "To inspect available tag-sets in the SavedModel, please use the "
            "SavedModel CLI: `saved_model_cli`",
        ) from error


def _import_op_packages(graph_def):
    """Makes ops known that are not TensorFlow's own."""
    ops = {node.op for node in graph_def.node}
    for function in graph_def.library.function:
        ops.update(node.op for node in function.node_def)
    for prefix, package in _OP_PACKAGES.items():
        if any(op.startswith(prefix) for op in ops):
            try:
                importlib.import_module(package)
                if package == "tensorflow_io":
                    # Loads its ops only when one of them is asked for.
                    from tensorflow_io.python.ops import core_ops

                    _ = core_ops.io_decode_web_p
            except ImportError as error:
                raise ServingError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    f"The model has ops of the package {package}, which "
                    f"cannot be imported: {error}",
                ) from error
