"""The file that keeps triplets and queries beside a wardrobe or in a run."""

import dataclasses
import json
import pathlib
import shutil
import zipfile

import numpy as np
import pandas as pd

from tfcompat.data.attribute_changes import AttributeQueries, AttributeTriplets
from tfcompat.data.errors import InputError

NAME = "attribute_changes.npz"


def copy_changes(source, target):
    """Copies a folder's triplets and queries, if it has any, to another."""
    for name in (NAME, pathlib.Path(NAME).with_suffix(".json")):
        if (pathlib.Path(source) / name).exists():
            shutil.copyfile(
                pathlib.Path(source) / name, pathlib.Path(target) / name
            )


@dataclasses.dataclass(frozen=True)
class AttributeChanges:
    """All that attribute manipulation is trained and measured by.

    Attributes:
        values: As `AttributeLabels.values`: what a place in a change means.
        triplets: `AttributeTriplets` to learn from.
        queries: Dict from "valid" and "test" to `AttributeQueries`.
        manifest: Dict: how they were made.
    """

    values: dict
    triplets: AttributeTriplets
    queries: dict
    manifest: dict

    def save(self, folder, item_ids):
        """Writes `attribute_changes.npz` and `.json` into a folder.

        Args:
            folder: An existing folder.
            item_ids: Sequence of str, the ids of the rows.
        """
        folder = pathlib.Path(folder)
        arrays = {
            f"{part}.{name}": array
            for part, rows in (("triplets", self.triplets), *self._queries())
            for name, array in vars(rows).items()
        }
        np.savez_compressed(
            folder / NAME,
            item_ids=np.array(item_ids, str),
            values=json.dumps(self.values),
            **arrays,
        )
        text = json.dumps(self.manifest, indent=2) + "\n"
        (folder / NAME).with_suffix(".json").write_text(text, encoding="utf-8")

    def _queries(self):
        return ((f"queries.{split}", q) for split, q in self.queries.items())

    @classmethod
    def load(cls, folder, item_ids):
        """Reads what `save` wrote, into the rows of a wardrobe.

        Args:
            folder: The folder.
            item_ids: Sequence of str, the ids of the rows now.

        Returns:
            `AttributeChanges`.

        Raises:
            InputError: If the file cannot be read, or names an item that the
                wardrobe does not have.
        """
        path = pathlib.Path(folder) / NAME
        try:
            with np.load(path) as file:
                arrays = {name: file[name] for name in file.files}
            manifest = json.loads(
                path.with_suffix(".json").read_text(encoding="utf-8")
            )
            values = json.loads(str(arrays["values"]))
            known = arrays["item_ids"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(f"{path}: cannot be read: {error}.") from error
        rows = pd.Index(item_ids).get_indexer(known).astype("int32")
        if (rows < 0).any():
            raise InputError(
                f"{path}: names the item {known[rows.argmin()]!r}, which is "
                "not in items.csv."
            )

        def read(kind, part, moved):
            columns = {
                field.name: arrays[f"{part}.{field.name}"]
                for field in dataclasses.fields(kind)
            }
            return kind(
                **{
                    name: rows[column] if name in moved else column
                    for name, column in columns.items()
                }
            )

        splits = {
            name.split(".")[1] for name in arrays if name.startswith("queries.")
        }
        return cls(
            values,
            read(
                AttributeTriplets,
                "triplets",
                ("reference", "positive", "negative"),
            ),
            {
                split: read(
                    AttributeQueries,
                    f"queries.{split}",
                    ("reference", "gallery"),
                )
                for split in sorted(splits)
            },
            manifest,
        )
