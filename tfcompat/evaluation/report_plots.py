"""The report's plots, as data URLs."""

import base64
import io

import matplotlib.figure


def learning_curves(histories):
    """Training loss and validation ROC AUC by epoch.

    Args:
        histories: Dict from a run's name to its list of epochs' numbers.

    Returns:
        Data URL of a PNG, or "" when no run has a history.
    """
    if not any(histories.values()):
        return ""
    figure = matplotlib.figure.Figure(figsize=(10, 3.5), layout="constrained")
    loss, quality = figure.subplots(1, 2)
    for name, history in histories.items():
        epochs = [row["epoch"] for row in history]
        if not epochs:
            continue
        # Losses of different models are on different scales.
        first = history[0]["loss"] or 1.0
        loss.plot(epochs, [row["loss"] / first for row in history], label=name)
        if "valid_customer_roc_auc" in history[0]:
            quality.plot(
                epochs,
                [row["valid_customer_roc_auc"] for row in history],
                label=name,
            )
    loss.set(xlabel="epoch", ylabel="loss / loss of the first epoch")
    quality.set(xlabel="epoch", ylabel="validation customer ROC AUC")
    loss.legend()
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
    encoded = base64.b64encode(data.getvalue()).decode("ascii")
    return f"data:image/png;base64,{encoded}"
