"""A word at export where another index would answer faster."""

import logging

from tfcompat.retrieval.index_choice import choose_index

_LOG = logging.getLogger(__name__)


def advise_index(name, option, num_items, dim):
    """Warns that a ScaNN index would answer faster than the exact one.

    Only where `--index auto` has left the choice: it is exact, since every
    server loads that, however many items there are.

    Args:
        name: What is served.
        option: `ServingOptions.index`.
        num_items: Number of items that are ranked together.
        dim: Numbers of each item in the index.
    """
    if option == "auto" and choose_index(num_items, dim) != "exact":
        _LOG.warning(
            "%s: %d items of %d numbers each are ranked together: a ScaNN "
            "index would answer faster than the exact one; --index scann "
            "makes one, which needs a server that knows ScaNN's ops",
            name,
            num_items,
            dim,
        )
