"""The report's plots, as data URLs."""

import base64
import io

import matplotlib.figure
import numpy as np
from PIL import Image

_PANELS = {
    "loss": "loss / loss of the first epoch",
    "valid_customer_roc_auc": "validation customer ROC AUC",
}


def learning_curves(histories, panels=None):
    """Numbers by epoch, a panel each.

    Args:
        histories: Dict from a run's name to its list of epochs' numbers.
        panels: Dict from a number's name to what its axis says; None shows
            training loss and validation ROC AUC.

    Returns:
        Data URL of a PNG, or "" when no run has a history.
    """
    if not any(histories.values()):
        return ""
    panels = {
        number: label
        for number, label in (panels or _PANELS).items()
        if any(number in row for rows in histories.values() for row in rows)
    }
    figure = matplotlib.figure.Figure(
        figsize=(5 * len(panels), 3.5), layout="constrained"
    )
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (number, label) in zip(axes, panels.items(), strict=True):
        for name, history in histories.items():
            curve = [row[number] for row in history if number in row]
            if number == "loss" and curve:
                # Losses of different models are on different scales.
                curve = [value / (curve[0] or 1.0) for value in curve]
            axis.plot(range(1, len(curve) + 1), curve, label=name)
        axis.set(xlabel="epoch", ylabel=label)
    axes[0].legend()
    return _data_url(figure)


def weight_maps(weights, customers):
    """How much each subspace counts for each customer.

    Args:
        weights: Dict from a run's name to float `[customers, k]`, or None.
        customers: Names of the customers.

    Returns:
        Data URL of a PNG, or "" when no run is personal.
    """
    weights = {name: w for name, w in weights.items() if w is not None}
    if not weights:
        return ""
    figure = matplotlib.figure.Figure(
        figsize=(5 * len(weights), 0.4 * len(customers) + 1.2),
        layout="constrained",
    )
    axes = figure.subplots(1, len(weights), squeeze=False)[0]
    for axis, (name, values) in zip(axes, weights.items(), strict=True):
        largest = abs(values).max()
        image = axis.imshow(
            values, cmap="RdBu", vmin=-largest, vmax=largest, aspect="auto"
        )
        axis.set_title(name)
        axis.set_yticks(range(len(customers)), customers)
        axis.set_xticks(range(values.shape[1]), range(1, values.shape[1] + 1))
        axis.set_xlabel("subspace")
        figure.colorbar(image, ax=axis)
    return _data_url(figure)


def _data_url(figure):
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=100)
    return _png_url(data)


def picture_uri(picture):
    """A picture as a data URL.

    Args:
        picture: `PIL.Image.Image`, or float `[h, w, 3]` in [0, 1].

    Returns:
        Data URL of a PNG.
    """
    if not isinstance(picture, Image.Image):
        levels = np.round(255.0 * np.clip(picture, 0.0, 1.0))
        picture = Image.fromarray(levels.astype("uint8"))
    data = io.BytesIO()
    picture.save(data, "PNG", optimize=True)
    return _png_url(data)


def _png_url(data):
    encoded = base64.b64encode(data.getvalue()).decode("ascii")
    return f"data:image/png;base64,{encoded}"
