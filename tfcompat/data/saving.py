"""From a wardrobe in memory back to its tables."""

from tfcompat.data import frames
from tfcompat.data.manifest import write_manifest
from tfcompat.data.table_writing import write_table


def write_tables(wardrobe, folder, table_format):
    """Writes every table that has rows, and the manifest.

    Args:
        wardrobe: `Wardrobe`.
        folder: `pathlib.Path` of an existing folder.
        table_format: "csv" or "parquet".
    """
    items = wardrobe.items["item_id"].to_numpy()
    ids = {
        "customer": wardrobe.customers["customer_id"].to_numpy(),
        "item": items,
        "query": items,
        "candidate": items,
    }
    for name in frames.TABLES:
        frame = getattr(wardrobe, name)
        if not frame.empty:
            columns = _columns(frame, ids, name.endswith("_votes"))
            write_table(folder, name, columns, table_format)
    write_manifest(folder, {**wardrobe.manifest, **wardrobe.summary})


def _columns(frame, ids, are_votes):
    """Columns as `write_table` takes them, row numbers made ids again."""
    columns = {}
    for name in frame.columns:
        if name == "split" and are_votes:
            continue  # Made from the ids when loading.
        if name in ids:
            columns[f"{name}_id"] = (ids[name], frame[name])
        elif frame[name].dtype == "category":
            columns[name] = frame[name].astype(object)
        else:
            columns[name] = frame[name]
    return columns
