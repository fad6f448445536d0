"""Pictures that a question names, and what it is answered with."""

import dataclasses
import pathlib

from tfcompat.data.errors import InputError


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture that a command names.

    Attributes:
        name: As it was named.
        content: Bytes of its file.
    """

    name: str
    content: bytes


class Pictures:
    """Finds pictures by item id or path.

    Args:
        folder: A wardrobe's; None knows no items.

    Raises:
        InputError: If the wardrobe cannot be loaded.
    """

    def __init__(self, folder):
        self.folder = folder
        self._paths = {}
        if folder is not None:
            # Pandas takes a while to load; only this needs it.
            from tfcompat.data.wardrobe import Wardrobe

            wardrobe = Wardrobe.load(folder)
            self._paths = dict(
                zip(
                    wardrobe.items["item_id"],
                    wardrobe.image_paths,
                    strict=True,
                )
            )

    def open(self, name):
        """`Picture` of the item called `name`, or else of the file.

        Raises:
            InputError: If there is neither.
        """
        path = self._paths.get(name, pathlib.Path(name))
        try:
            return Picture(name, path.read_bytes())
        except (OSError, ValueError) as error:
            where = f" and no item of {self.folder}" if self.folder else ""
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                f"{name}: is no picture file ({reason}){where}."
            ) from error

    def of_item(self, item_id):
        """Bytes of an item's picture; None if the wardrobe has none."""
        path = self._paths.get(item_id)
        return path.read_bytes() if path and path.is_file() else None


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back for one query of one customer.

    Attributes:
        customer: Id; None if nobody was named.
        queries: Tuple of `Picture`: one, those of an outfit, or none.
        known_customer: Whether the model has met the customer, if it says so.
        items: Pairs of what was found or scored (an id, or the `Picture` of
            a candidate) and its score.
        garment: PNG bytes of what the model designed or imagined, or None.
    """

    customer: str | None
    queries: tuple
    known_customer: bool | None
    items: list
    garment: bytes | None = None

    def lines(self):
        """Yields the lines to print."""
        yield self.title()
        names = [item_name(item) for item, _ in self.items]
        width = max(map(len, names), default=0)
        for place, (name, (_, score)) in enumerate(
            zip(names, self.items, strict=True), start=1
        ):
            yield f"{place:>4}  {name:<{width}}  {score:.4f}"
        if not names:
            yield "      nothing found"

    def title(self):
        """One line on what was asked."""
        parts = []
        if self.queries:
            parts.append(" + ".join(query.name for query in self.queries))
        if self.customer is not None:
            stranger = " (unknown to the model)"
            known = "" if self.known_customer is not False else stranger
            parts.append(f"customer {self.customer}{known}")
        return ", ".join(parts)

    def as_json(self):
        """Dict of what JSON can hold."""
        names = [query.name for query in self.queries]
        return {
            "customer": self.customer,
            "known_customer": self.known_customer,
            "query": names if names[1:] else next(iter(names), None),
            "items": [
                {
                    "candidate" if isinstance(item, Picture) else "item_id": (
                        item_name(item)
                    ),
                    "score": float(score),
                }
                for item, score in self.items
            ],
        }


def item_name(item):
    """What an item of an `Answer` is called."""
    return item.name if isinstance(item, Picture) else item
