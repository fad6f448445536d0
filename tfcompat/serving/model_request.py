"""Which model and version a request asks for."""

import grpc

from tfcompat.serving.errors import ServingError


def requested_version(model_spec, labels):
    """Reads a `ModelSpec` as TensorFlow Serving does.

    Args:
        model_spec: `ModelSpec` message; None if the request has none.
        labels: Dict of version numbers by label, by model name.

    Returns:
        Pair of model name and version number; None for the newest. A version
        that is set to 0 is number 0: the presence of the field decides.

    Raises:
        ServingError: INVALID_ARGUMENT for a missing spec, an empty name or an
            unknown label.
    """
    if model_spec is None:
        raise _refusal("Missing ModelSpec")
    name = model_spec.name
    if not name:
        raise _refusal("ModelSpec has no name specified.")
    choice = model_spec.WhichOneof("version_choice")
    if choice == "version":
        return name, model_spec.version.value
    if choice == "version_label":
        label = model_spec.version_label
        if label not in labels.get(name, {}):
            raise _refusal(f"Unrecognized servable version label: {label}")
        return name, labels[name][label]
    return name, None


def _refusal(message):
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
