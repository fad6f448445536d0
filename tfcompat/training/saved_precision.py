"""Saved models, free of the number format that they were trained in."""

import json
import zipfile

_CONFIG = "config.json"


def save_in_float32(model, path):
    """Saves a Keras model so that it computes in float32 once loaded.

    Mixed precision is for training. Keras would restore it in the layers that
    say their own, and not in those that these have made: a float32 tensor then
    meets a bfloat16 one. Weights are float32 in any case.

    Args:
        model: `keras.Model`.
        path: Of the file, which ends in ".keras".
    """
    model.save(path)
    with zipfile.ZipFile(path) as saved:
        trained = json.loads(saved.read(_CONFIG))
        config = _in_float32(trained)
        if config == trained:
            return
        parts = {name: saved.read(name) for name in saved.namelist()}
    parts[_CONFIG] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as saved:
        for name, content in parts.items():
            saved.writestr(name, content)


def _in_float32(config):
    """A part of a model's config without its policies of mixed precision."""
    if isinstance(config, list):
        return [_in_float32(part) for part in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "Policy":
        return "float32"
    return {name: _in_float32(part) for name, part in config.items()}
