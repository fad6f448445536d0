"""The model card: what a published model is, and what it is not for."""

import datetime
import json
import math
import os
import shlex

import numpy as np
import tensorflow as tf

from tfcompat.version import __version__


def describe_run(run, wardrobe):
    """What the card of a model says of the run that trained it.

    Args:
        run: Finished `RunFolder`.
        wardrobe: `Wardrobe` that it was trained on.

    Returns:
        Dict of "data", "metrics" and "seed", for a servable's `card`.
    """
    manifest = wardrobe.manifest
    data = {
        "wardrobe": manifest.get("name", wardrobe.folder.name),
        **{
            key: manifest[key]
            for key in ("licence", "source")
            if key in manifest
        },
        **wardrobe.summary,
    }
    metrics = run.read_json("metrics.json")
    if history := run.read_history():
        metrics = {"last_epoch": history[-1], **metrics}
    return {
        "data": data,
        "metrics": metrics,
        "seed": run.read_config()["seed"],
    }


def describe_servable(servable, functions):
    """All that a model card says.

    Args:
        servable: As `write_saved_model` takes it.
        functions: Dict from signature to its concrete function.

    Returns:
        JSON-ready dict: "name", what the servable's `card` holds,
        "signatures" with their inputs and outputs, "query", "date" (UTC) and
        "tfcompat_version".
    """
    signatures = {
        name: {
            "inputs": {
                spec.name: _describe_spec(spec)
                for spec in servable.signatures[name].input_signature
            },
            "outputs": {
                key: _describe_spec(spec)
                for key, spec in sorted(function.structured_outputs.items())
            },
        }
        for name, function in functions.items()
    }
    now = datetime.datetime.now(datetime.timezone.utc)
    return _finite(
        {
            "name": servable.name,
            **servable.card,
            "signatures": signatures,
            "query": _example_query(servable),
            "date": now.isoformat(timespec="seconds"),
            "tfcompat_version": __version__,
        }
    )


def write_card(card, folder):
    """Writes `model_card.json` and `model_card.md`.

    Args:
        card: What `describe_servable` returned.
        folder: An existing folder.
    """
    text = json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False)
    for name, content in (("json", text + "\n"), ("md", _markdown(card))):
        path = os.path.join(folder, f"model_card.{name}")
        with tf.io.gfile.GFile(path, "w") as file:
            file.write(content)


def _describe_spec(spec):
    if spec.shape.rank is None:
        return f"{spec.dtype.name}: one number or [b]"
    sizes = ["?" if size is None else str(size) for size in spec.shape]
    sizes[:1] = ["b"]
    return f"{spec.dtype.name} [{', '.join(sizes)}]"


def _example_query(servable):
    """A line for the shell that asks a server on this machine."""
    name = min(servable.signatures, key=lambda key: key != "serving_default")
    example = servable.examples()[name][0]
    row = {
        key: _as_json(np.asarray(value, object).flat[0])
        for key, value in example.items()
    }
    body = json.dumps(
        {"signature_name": name, "instances": [row]}, ensure_ascii=False
    )
    address = f"http://localhost:8501/v1/models/{servable.name}:predict"
    return f"curl {address} -d {shlex.quote(body)}"


def _as_json(value):
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"b64": "the file's content in base64"}
    return value.item() if isinstance(value, np.generic) else value


def _finite(value):
    """The same without NaN and infinities, which JSON does not know."""
    if isinstance(value, dict):
        return {str(key): _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _markdown(card):
    lines = [
        f"# {card['title']}",
        "",
        card["description"],
        "",
        f"Model `{card['name']}`, exported {card['date']} by tfcompat "
        f"{card['tfcompat_version']}; seed {card['seed']}.",
        "",
        "## What it is not for",
        "",
        *(f"- {limit}" for limit in card["limits"]),
        "",
        "## Signatures",
        "",
        "| signature | inputs | outputs |",
        "|---|---|---|",
    ]
    for name, signature in card["signatures"].items():
        cells = (
            "<br>".join(f"{key}: {spec}" for key, spec in side.items())
            for side in (signature["inputs"], signature["outputs"])
        )
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    lines += ["", "Ask it:", "", "```sh", card["query"], "```", ""]
    for title, key in (("Data", "data"), ("Metrics", "metrics")):
        lines += [f"## {title}", "", "| | |", "|---|---|"]
        lines += [f"| {name} | {text} |" for name, text in _rows(card[key])]
        lines.append("")
    return "\n".join(lines)


def _rows(values, prefix=""):
    """Yields dotted names and texts; the JSON also has what is nested deep."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _rows(value, f"{prefix}{key}.")
        elif isinstance(value, float):
            yield prefix + key, f"{value:.4g}"
        elif isinstance(value, list):
            if not any(isinstance(part, dict | list) for part in value):
                yield prefix + key, ", ".join(map(str, value))
        elif value is not None:
            # A bar would end the cell, a line break the table.
            text = " ".join(str(value).split()).replace("|", "\\|")
            yield prefix + key, text
