"""Finding a run config by name or path, and changing single settings."""

import ast
import dataclasses
import importlib
import pathlib
import pkgutil
import runpy

from tfcompat.data.errors import InputError
from tfcompat.training import configs


def config_names():
    """Names of the configs that come with tfcompat, sorted."""
    return sorted(
        module.name.replace("_", "-")
        for module in pkgutil.iter_modules(configs.__path__)
    )


def load_config(name):
    """Loads a run config.

    Args:
        name: One of `config_names()`, or the path of a Python file that
            defines `CONFIG`.

    Returns:
        The frozen dataclass `CONFIG`.

    Raises:
        InputError: If there is no such config, or the file defines none.
    """
    if name.replace("_", "-") in config_names():
        module = name.replace("-", "_")
        return importlib.import_module(
            f"tfcompat.training.configs.{module}"
        ).CONFIG
    path = pathlib.Path(name)
    if path.suffix != ".py" or not path.is_file():
        raise InputError(
            f"{name}: is neither a Python file nor one of the run configs "
            f"{', '.join(config_names())}."
        )
    try:
        config = runpy.run_path(str(path)).get("CONFIG")
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{path}: cannot be run: {error}") from error
    if not dataclasses.is_dataclass(config):
        raise InputError(f"{path}: defines no `CONFIG`.")
    return config


def apply_settings(config, settings):
    """Returns a config with some settings replaced.

    Args:
        config: Frozen dataclass.
        settings: List of "name=value" texts.

    Returns:
        A new config.

    Raises:
        InputError: If a setting has no such name or the wrong type.
    """
    fields = {field.name: field for field in dataclasses.fields(config)}
    changes = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"--set {setting}: write it as name=value.")
        if name not in fields:
            raise InputError(
                f"--set {setting}: {type(config).__name__} has no {name}; it "
                f"has {', '.join(fields)}."
            )
        value = getattr(config, name)
        try:
            changes[name] = _parse(text, value)
        except (
            KeyError,
            OverflowError,
            TypeError,
            ValueError,
            SyntaxError,
        ):
            raise InputError(
                f"--set {setting}: {name} must be {_kind(value)}, got {text!r}."
            ) from None
    return dataclasses.replace(config, **changes)


def apply_known(config, settings):
    """As `apply_settings`, but settings of unknown names are left out."""
    known = {field.name for field in dataclasses.fields(config)}
    return apply_settings(
        config, [text for text in settings if text.split("=")[0] in known]
    )


def _parse(text, value):
    """What a text says in place of a value, and of its type."""
    if isinstance(value, bool):
        return {"true": True, "false": False}[text.lower()]
    if isinstance(value, tuple):
        parts = (part.strip() for part in text.split(","))
        like = value[0] if value else ""
        return tuple(_parse(part, like) for part in parts if part)
    if isinstance(value, (int, float)):
        written = ast.literal_eval(text)
        number = type(value)(written)
        if number != written:  # 2.5 is no whole number.
            raise ValueError(text)
        return number
    return text


def _kind(value):
    if isinstance(value, tuple) and value:
        return f"{type(value[0]).__name__}, separated by commas"
    return type(value).__name__
