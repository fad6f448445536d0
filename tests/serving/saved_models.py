"""Tiny SavedModels for tests, none of them ours, written in no time."""

import uuid

import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

FEATURES = {"x": tf.io.FixedLenFeature([1], tf.float32)}


def publish(base_path, version, write=None, **arguments):
    """Writes a version and renames it to its place, as an exporter should.

    Args:
        base_path: The model's folder.
        version: Name of the version's folder, mostly a number.
        write: One of the `write_...` functions; `write_affine` when None.
        **arguments: Passed to `write`.

    Returns:
        `pathlib.Path` of the version's folder.
    """
    base_path.mkdir(parents=True, exist_ok=True)
    partial = base_path / f".{uuid.uuid4().hex}.partial"
    (write or write_affine)(partial, **arguments)
    return partial.rename(base_path / str(version))


def write_affine(folder, *, slope=0.5, offset=2.0):
    """`x` float `[n]` -> `y` = slope * x + offset, float `[n]`."""
    module = tf.Module()
    module.slope = tf.Variable(slope)

    def serve(x):
        return {"y": module.slope * x + offset}

    _save(module, folder, serving_default=(serve, {"x": tf.float32}))


def write_matmul(folder, *, rows=3, columns=2):
    """`x` float `[n, rows]` -> `y` = x @ ones, float `[n, columns]`."""
    module = tf.Module()
    module.weights = tf.Variable(tf.ones([rows, columns]))

    def serve(x):
        return {"y": x @ module.weights}

    spec = tf.TensorSpec([None, rows], tf.float32)
    _save(module, folder, serving_default=(serve, {"x": spec}))


def write_two_signatures(folder):
    """`serving_default`: `a`, `b` float `[n]` -> `sum`, `product`; `negate`:
    `x` int64 `[n]` -> `y` = -x.
    """

    def combine(a, b):
        return {"sum": a + b, "product": a * b}

    def negate(x):
        return {"y": -x}

    _save(
        tf.Module(),
        folder,
        serving_default=(combine, {"a": tf.float32, "b": tf.float32}),
        negate=(negate, {"x": tf.int64}),
    )


def write_text(folder):
    """`text` string `[n]` -> `upper` string `[n]`, `length` int32 `[n]`, and
    `index` int64 `[n]`: 0 for "top", 1 for "bottom", else -1.
    """
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            ["top", "bottom"], tf.constant([0, 1], tf.int64)
        ),
        default_value=-1,
    )

    def serve(text):
        return {
            "upper": tf.strings.upper(text),
            "length": tf.strings.length(text),
            "index": module.table.lookup(text),
        }

    _save(module, folder, serving_default=(serve, {"text": tf.string}))


def write_gate(folder):
    """`gate` string `[1]` -> `gate`: writes the file `<gate>.reached`, and
    answers once there is a file `<gate>`; see `tests.serving.gate.Gate`.
    """

    def serve(gate):
        reached = tf.io.write_file(gate[0] + ".reached", "")
        with tf.control_dependencies([reached]):
            rounds = tf.while_loop(
                lambda _: tf.size(tf.io.matching_files(gate[0])) == 0,
                lambda i: i + 1,
                [tf.constant(0)],
            )
        with tf.control_dependencies(rounds):
            return {"gate": tf.identity(gate)}

    _save(tf.Module(), folder, serving_default=(serve, {"gate": tf.string}))


def write_large(folder, *, megabytes=50):
    """`x` int32 `[n]` -> `y` float `[n]`, out of a variable and a constant that
    are half of that size each.
    """
    module = tf.Module()
    ones = tf.ones([megabytes * 2**17])
    module.table = tf.Variable(ones)

    def serve(x):
        constant = tf.constant(ones.numpy())
        return {"y": tf.gather(module.table, x) * tf.gather(constant, x)}

    _save(module, folder, serving_default=(serve, {"x": tf.int32}))


def write_examples(folder):
    """Signatures that parse tf.Examples of one float feature `x`.

    `classify`: -> `classes` string `[n, 2]`, always ["even", "odd"], and
    `scores` float `[n, 2]` = [x, 1 - x]; `regress` and `serving_default`: ->
    `outputs` float `[n]` = 2 x; `predict_x`: a Predict signature, -> `x`
    float `[n]`.
    """

    def parse(inputs):
        return tf.io.parse_example(inputs, FEATURES)["x"][:, 0]  # [n]

    def classify(inputs):
        x = parse(inputs)
        classes = tf.tile([["even", "odd"]], [tf.shape(x)[0], 1])
        return {"classes": classes, "scores": tf.stack([x, 1 - x], axis=1)}

    def regress(inputs):
        return {"outputs": 2 * parse(inputs)}

    def predict_x(inputs):
        return {"x": parse(inputs)}

    inputs = {"inputs": tf.string}
    _save(
        tf.Module(),
        folder,
        classify=(classify, inputs),
        regress=(regress, inputs),
        serving_default=(regress, inputs),
        predict_x=(predict_x, inputs),
    )
    set_method_names(
        folder,
        classify="tensorflow/serving/classify",
        regress="tensorflow/serving/regress",
        serving_default="tensorflow/serving/regress",
    )


def write_broken(folder):
    """A folder that looks like a version and cannot be loaded."""
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"\xff no SavedModel")


def set_method_names(folder, **method_names):
    """Says what kinds signatures are; TensorFlow 2 writes only `predict`."""
    path = folder / "saved_model.pb"
    saved_model = SavedModel.FromString(path.read_bytes())
    signatures = saved_model.meta_graphs[0].signature_def
    for key, method_name in method_names.items():
        signatures[key].method_name = method_name
    path.write_bytes(saved_model.SerializeToString())


def add_op(folder, op):
    """Adds to the graph a node of an op that TensorFlow may not know."""
    path = folder / "saved_model.pb"
    saved_model = SavedModel.FromString(path.read_bytes())
    saved_model.meta_graphs[0].graph_def.node.add(name="added", op=op)
    path.write_bytes(saved_model.SerializeToString())


def write_warm_up(folder, logs):
    """Adds warm-up records to a SavedModel.

    Args:
        folder: The version's folder.
        logs: Iterable of `PredictionLog`, or of `bytes` to write as they are.
    """
    path = folder / "assets.extra" / "tf_serving_warmup_requests"
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for log in logs:
            if not isinstance(log, bytes):
                log = log.SerializeToString()
            writer.write(log)


def _save(module, folder, **signatures):
    """Saves functions, each with the dtypes or specs of its inputs."""
    functions = {}
    for key, (function, inputs) in signatures.items():
        specs = []
        for name, spec in inputs.items():
            if not isinstance(spec, tf.TensorSpec):
                spec = tf.TensorSpec([None], spec)
            specs.append(tf.TensorSpec(spec.shape, spec.dtype, name))
        functions[key] = tf.function(function, input_signature=specs)
    tf.saved_model.save(module, str(folder), signatures=functions)
