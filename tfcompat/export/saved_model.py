"""Writing a servable as a SavedModel with all that goes with it."""

import contextlib
import os
import pathlib

import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.export.model_card import describe_servable, write_card
from tfcompat.export.warmup import (
    answer_warmup_requests,
    make_warmup_requests,
    write_warmup_requests,
)

# TensorFlow Serving splits no request and refuses one above the largest size,
# so that is the most rows that a signature takes; the sizes in between are
# what batches are filled up to.
_BATCHING = "\n".join(
    [
        "max_batch_size { value: 1024 }",
        "max_enqueued_batches { value: 32 }",
        *(f"allowed_batch_sizes: {2**power}" for power in range(11)),
        "",
    ]
)
# Ops from outside TensorFlow that an index may hold; none by default.
_NAMESPACES = ["Scann"]


def write_saved_model(servable, folder):
    """Writes a servable as a SavedModel, ready to be served.

    Beside signatures and variables the folder holds

    - `assets.extra/tf_serving_warmup_requests`: the servable's examples, which
      servers replay before they serve; all are answered here once.
    - `assets.extra/model_card.md` and `.json`.
    - `assets.extra/tfcompat/`: the servable's sources.
    - `batching_params.pbtxt`: how requests may be batched, for TensorFlow
      Serving with `--enable_per_model_batching_parameters`.

    Only the signatures and the variables that they read are kept. Keras
    layers are not: a server has no use for them and would read them at each
    load.

    Args:
        servable: `tf.Module` with `name`, `signatures` (dict of `tf.function`
            with `input_signature`), `examples()` (dict from signature to list
            of dicts of inputs), `card` and `sources` (dict from name to path
            of a file or folder).
        folder: Where to: a new or empty folder, also one that TensorFlow
            reaches by URL. `tfcompat.export.versions.publish` makes a version
            of a model folder of it.

    Raises:
        InputError: If the folder is not empty or cannot be written, the
            servable cannot answer its own examples, or TensorFlow Serving's
            protos are not installed.
    """
    folder = os.fspath(folder)
    requests = make_warmup_requests(servable)
    functions = {
        name: function.get_concrete_function()
        for name, function in servable.signatures.items()
    }
    with _naming(folder):
        if tf.io.gfile.exists(folder) and tf.io.gfile.listdir(folder):
            raise InputError(
                f"{folder}: is not empty; nothing is overwritten. Remove it "
                "or name another folder."
            )
        tf.saved_model.save(
            _served_part(servable, functions),
            folder,
            signatures=functions,
            options=tf.saved_model.SaveOptions(
                namespace_whitelist=_NAMESPACES,
                experimental_custom_gradients=False,
            ),
        )
        extra = os.path.join(folder, "assets.extra")
        tf.io.gfile.makedirs(extra)
        write_warmup_requests(requests, folder)
        write_card(describe_servable(servable, functions), extra)
        for name, source in servable.sources.items():
            _copy(pathlib.Path(source), os.path.join(extra, "tfcompat", name))
        _write_text(os.path.join(folder, "batching_params.pbtxt"), _BATCHING)
    answer_warmup_requests(folder)


@contextlib.contextmanager
def _naming(folder):
    """Turns errors of the disk into an `InputError` about the folder."""
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        what = error.message if isinstance(error, tf.errors.OpError) else error
        raise InputError(
            f"{folder}: cannot be written: {' '.join(str(what).split())}"
        ) from error


def _served_part(servable, functions):
    """A module of just those variables and resources the functions use."""
    part = tf.Module()
    part.variables_ = list(
        {
            id(variable): variable
            for function in functions.values()
            for variable in function.variables
        }.values()
    )
    used = {
        id(tensor)
        for function in functions.values()
        for tensor in function.captured_inputs
    }
    part.resources = [
        resource
        for resource in servable._flatten(
            predicate=lambda value: isinstance(
                value, tf.saved_model.experimental.TrackableResource
            )
        )
        if id(resource.resource_handle) in used
    ]
    return part


def _copy(source, target):
    if source.is_dir():
        for path in sorted(source.iterdir()):
            _copy(path, os.path.join(target, path.name))
    else:
        tf.io.gfile.makedirs(os.path.dirname(target))
        tf.io.gfile.copy(str(source), target)


def _write_text(path, text):
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(text)
