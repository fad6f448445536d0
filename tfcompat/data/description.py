"""What is in a wardrobe, in words and counts."""

from tfcompat.data.splits import SPLITS

_SHOWN = 8  # Values of an attribute named one by one.


def describe(wardrobe):
    """Counts what a wardrobe holds.

    Args:
        wardrobe: `Wardrobe`.

    Returns:
        List of lines to print: tables, groups, categories, splits, votes,
        attributes.
    """
    name = wardrobe.manifest.get("name", wardrobe.folder.name)
    lines = [f"wardrobe: {name}"]
    for table, count in wardrobe.summary["counts"].items():
        lines.append(f"  {table}: {count:,}")
    lines.append(f"groups: {_counts(wardrobe.items['group'])}")
    lines.append(f"categories: {_counts(wardrobe.items['category'])}")
    for table in ("item_votes", "pair_votes", "questions"):
        lines += _describe_splits(table, getattr(wardrobe, table))
    lines.append(f"splits: seed {wardrobe.split_seed}, {_hash_line(wardrobe)}")
    if wardrobe.attributes:
        lines.append("attributes:")
    for column, kind in wardrobe.attributes.items():
        lines.append(f"  {column}: {_attribute(wardrobe.items[column], kind)}")
    return lines


def _counts(values, most=None):
    counts = values.value_counts()
    shown = ", ".join(
        f"{value} {count:,}" for value, count in counts[:most].items()
    )
    more = len(counts) - len(counts[:most])
    return f"{shown} and {more} more" if more else shown


def _describe_splits(table, frame):
    if frame.empty:
        return []
    said = "vote" if "vote" in frame else "label"
    parts = []
    for split in SPLITS:
        liked = frame.loc[frame["split"] == split, said] == 1
        if len(liked):
            parts.append(f"{split} {len(liked):,} ({liked.mean():.0%} liked)")
    return [f"{table}: {', '.join(parts)}"]


def _hash_line(wardrobe):
    known = wardrobe.manifest.get("splits", {}).get("hash")
    ours = wardrobe.splits_hash
    if known is None:
        return f"hash {ours}"
    if known == ours:
        return f"hash {ours} as in the manifest"
    return f"hash {ours}; votes were added or removed since the manifest"


def _attribute(values, kind):
    if kind == "numeric":
        known = values.dropna()
        return (
            f"numeric, {known.min():g} to {known.max():g}, "
            f"known for {len(known):,}"
        )
    known = values[values != ""]
    return f"{_counts(known, _SHOWN) or 'never known'}"
