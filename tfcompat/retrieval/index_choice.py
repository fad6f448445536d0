"""Which index suits a catalogue, and what memory it takes."""

# Up to here the exact index adds some 10 ms to a query of 128 dimensions on two
# cores; measured by benchmarks/index_benchmark.py, see docs/serving.md.
LARGEST_EXACT = 300_000


def choose_index(num_items):
    """The kind of index that answers fast enough without missing anything.

    Args:
        num_items: Number of items that are ranked together: those of the
            largest group.

    Returns:
        "exact" or "scann".

    Raises:
        ValueError: If `num_items` is negative.
    """
    if num_items < 0:
        raise ValueError(f"`num_items` must not be negative, got {num_items}.")
    return "exact" if num_items <= LARGEST_EXACT else "scann"


def index_bytes(num_items, dim, kind="exact"):
    """Memory of an index in one server.

    A server that changes versions holds the old and the new one for a while:
    twice as much.

    Args:
        num_items: Number of items.
        dim: Size of an item's embedding in the index: twice the model's with
            `HadamardMasks`, the square and once more with `DenseSubspaces`.
        kind: "exact" or "scann".

    Returns:
        int, bytes.

    Raises:
        ValueError: If `kind` is neither.
    """
    if kind not in ("exact", "scann"):
        raise ValueError(f"`kind` must be exact or scann, got {kind!r}.")
    exact = 4 * num_items * dim
    if kind == "exact":
        return exact
    # ScaNN's copy: half a byte for each two dimensions, and the leaves.
    return exact + num_items * dim // 4 + 4 * round(num_items**0.5) * dim
