"""Which index suits a catalogue, and what memory it takes."""

# Up to here the exact index adds some 10 ms to a query of 128 dimensions on two
# cores; measured by benchmarks/index_benchmark.py, see docs/serving.md. Its
# time is that of reading all numbers, so that longer rows allow fewer items.
LARGEST_EXACT = 300_000
_MEASURED_DIM = 128


def choose_index(num_items, dim):
    """The kind of index that answers fast enough without missing anything.

    Args:
        num_items: Number of items that are ranked together: those of the
            largest group.
        dim: Numbers of each item in the index.

    Returns:
        "exact" or "scann".

    Raises:
        ValueError: If an argument is negative.
    """
    if num_items < 0:
        raise ValueError(f"`num_items` must not be negative, got {num_items}.")
    if dim < 0:
        raise ValueError(f"`dim` must not be negative, got {dim}.")
    fast = num_items * dim <= LARGEST_EXACT * _MEASURED_DIM
    return "exact" if fast else "scann"


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
