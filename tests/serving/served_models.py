"""A `ModelManager` over folders of tiny models, as tests use it."""

import numpy as np
from tensorflow_serving.apis.get_model_status_pb2 import ModelVersionStatus
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tfcompat.serving.errors import ServingError

FAST = {"poll_seconds": 0.02, "retry_seconds": 0.02}


def model_config(*models):
    """A config of models; each a dict of `ModelConfig`, or a base path."""
    config = ModelServerConfig()
    config.model_config_list.SetInParent()
    for model in models:
        if not isinstance(model, dict):
            model = {"name": model.name, "base_path": str(model)}
        config.model_config_list.config.add(
            **{"model_platform": "tensorflow", **model}
        )
    return config


def model_spec(name="m", version=None, label=None):
    spec = ModelSpec(name=name)
    if version is not None:
        spec.version.value = version
    if label is not None:
        spec.version_label = label
    return spec


def ask(manager, name="m", version=None, label=None):
    """What a model of `write_affine` answers to 0: its offset."""
    with manager.use(model_spec(name, version, label)) as model:
        return run(model)


def run(model):
    signature = model.signatures["serving_default"]
    [y] = model.run(
        {signature.inputs["x"].name: np.zeros([1], np.float32)},
        [signature.outputs["y"].name],
    )
    return float(y[0])


def states(manager, name="m"):
    """Names of the states of a model's versions, by number, highest first."""
    try:
        statuses = manager.statuses(name)
    except ServingError:  # None was ever seen.
        return {}
    return {
        status.version: ModelVersionStatus.State.Name(status.state)
        for status in statuses
    }
