"""Progress bars on stderr that vanish when nobody is looking."""

import sys

from tqdm import tqdm


def progress(iterable, description, total=None, unit="it"):
    """Wraps an iterable in a progress bar.

    The bar appears only after two seconds of work, goes to stderr, and is
    absent when stderr is no terminal.

    Args:
        iterable: What to iterate over.
        description: Short text shown before the bar.
        total: Number of elements, when `len(iterable)` does not tell.
        unit: What one element is called.

    Returns:
        An iterable of the same elements.
    """
    return tqdm(
        iterable,
        desc=description,
        total=total,
        unit=unit,
        file=sys.stderr,
        disable=not sys.stderr.isatty(),
        delay=2.0,
        leave=False,
    )
