"""The wardrobe: a folder of garment images and tables about them."""

import dataclasses
import functools
import logging
import pathlib
import shutil

import numpy as np
import pandas as pd

from tfcompat.data import frames, splits
from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_folder
from tfcompat.data.loading import read_frames
from tfcompat.data.manifest import read_manifest
from tfcompat.data.progress import progress
from tfcompat.data.saving import write_tables

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Wardrobe:
    """Items, customers and what customers say, all in memory.

    Ids are text in the files only: here votes hold *row numbers* into `items`
    and `customers`, so that nothing downstream handles strings.

    Attributes:
        folder: Where the images are.
        items: One row an item: `item_id`, `image` (relative path), `group`,
            `category`, perhaps `text`, `brand`, `price`, and `attr_*`. Text is
            `str` with "" for unknown, numbers float64 with NaN for unknown.
        customers: `customer_id`, perhaps `survey_*`. Without a
            `customers.csv`, the ids seen in the other tables, sorted.
        item_votes: `customer`, `item` (int32 rows), `vote` (int8, 1 or -1),
            `split` (categorical: train, valid, test), perhaps `timestamp`.
        pair_votes: `customer`, `query`, `candidate` (int32 rows), `vote`,
            `split`, perhaps `timestamp`.
        outfits: `outfit_id`, `customer` (-1 = nobody's), `item`; a row an item.
        questions: `question_id`, `split`, `customer` (-1 = nobody),
            `query`, `candidate`, `label` (int8, 1 or 0).
        manifest: What `wardrobe.json` says; `split_seed` seeds the splits.
    """

    folder: pathlib.Path
    items: pd.DataFrame
    customers: pd.DataFrame
    item_votes: pd.DataFrame
    pair_votes: pd.DataFrame
    outfits: pd.DataFrame
    questions: pd.DataFrame
    manifest: dict

    @classmethod
    def load(cls, folder, *, skip_bad=False):
        """Loads and validates a wardrobe folder.

        Image files are looked for, not opened:
        `tfcompat.data.image_files.validate_images` does that.

        Args:
            folder: The folder.
            skip_bad: Move bad rows from the tables to the folder's
                `rejected.csv`, with the reason, instead of stopping at the
                first.

        Returns:
            `Wardrobe`.

        Raises:
            InputError: If the folder or a table cannot be used; the message
                names file, line, column and value.
        """
        folder = pathlib.Path(folder)
        if not folder.is_dir():
            state = "is not a folder" if folder.exists() else "does not exist"
            raise InputError(f"{folder}: {state}.")
        manifest = read_manifest(folder)
        tables = read_frames(folder, skip_bad)
        return cls.from_frames(folder, manifest=manifest, **tables)

    @classmethod
    def from_frames(
        cls,
        folder,
        items,
        customers=None,
        item_votes=None,
        pair_votes=None,
        outfits=None,
        questions=None,
        manifest=None,
    ):
        """Makes a wardrobe of frames, assigning votes to their splits.

        Args:
            folder: Where the images are.
            items: As the attribute, and so the rest; None for an empty table.
            customers: As the attribute.
            item_votes: As the attribute; `split` is made here.
            pair_votes: As the attribute; `split` is made here.
            outfits: As the attribute.
            questions: As the attribute.
            manifest: As the attribute.

        Returns:
            `Wardrobe`.
        """
        if customers is None:
            customers = pd.DataFrame({"customer_id": []}, dtype=object)
        if item_votes is None:
            item_votes = frames.empty_votes(frames.ITEM_VOTE_IDS)
        if pair_votes is None:
            pair_votes = frames.empty_votes(frames.PAIR_VOTE_IDS)
        if outfits is None:
            outfits = frames.empty_outfits()
        if questions is None:
            questions = frames.empty_questions()
        wardrobe = cls(
            pathlib.Path(folder),
            items,
            customers,
            item_votes.assign(),  # Columns are added to a copy only.
            pair_votes.assign(),
            outfits,
            questions,
            dict(manifest or {}),
        )
        for votes, fractions in wardrobe._votes():
            place = votes.columns.get_loc("vote") + 1
            parts = splits.split_by_hash(wardrobe._hashes(votes), fractions)
            if "split" in votes:
                votes.drop(columns="split", inplace=True)
            votes.insert(place, "split", parts)
        return wardrobe

    def save(self, folder, table_format="csv"):
        """Writes tables, manifest and images as a new wardrobe folder.

        The folder appears whole or not at all.

        Args:
            folder: Where; must not exist, or be empty.
            table_format: "csv" or "parquet".

        Raises:
            InputError: If it exists or cannot be written, or an image is
                missing.
        """
        with atomic_folder(folder) as partial:
            self.save_tables(partial, table_format)
            images = self.items["image"].unique()
            for image in progress(images, "Copying images", unit="image"):
                target = partial / image
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.folder / image, target)

    def save_tables(self, folder, table_format="csv"):
        """Writes tables and manifest into an existing folder.

        For whoever makes the rest of the folder, such as a simulator; wrap
        it in `tfcompat.data.files.atomic_folder`.

        Args:
            folder: An existing folder.
            table_format: "csv" or "parquet".
        """
        write_tables(self, pathlib.Path(folder), table_format)

    @property
    def summary(self):
        """dict: row counts, the splits' seed, shares and fingerprint."""
        return {
            "counts": {
                name: len(getattr(self, name)) for name in frames.TABLES
            },
            "split_seed": self.split_seed,
            "splits": {
                "item_votes": list(splits.ITEM_VOTE_FRACTIONS),
                "pair_votes": list(splits.PAIR_VOTE_FRACTIONS),
                "hash": self.splits_hash,
            },
        }

    @property
    def split_seed(self):
        """int: seed of the splits."""
        return self.manifest.get("split_seed", 0)

    @property
    def splits_hash(self):
        """16 + 16 hexadecimal digits: which vote is in which part."""
        return "".join(
            splits.fingerprint(self._hashes(votes), votes["split"].array)
            for votes, _ in self._votes()
        )

    @property
    def image_paths(self):
        """List of `pathlib.Path`, one per item row."""
        return [self.folder / image for image in self.items["image"]]

    @property
    def attributes(self):
        """dict from attribute column to "categorical" or "numeric"."""
        return {
            name: "numeric"
            if frames.is_numeric(self.items[name])
            else "categorical"
            for name in self.items.columns
            if name.startswith("attr_")
        }

    @functools.cached_property
    def groups(self):
        """List of the groups there are, sorted."""
        return sorted(self.items["group"].unique())

    @functools.cached_property
    def categories(self):
        """List of the categories there are, sorted."""
        return sorted(self.items["category"].unique())

    @functools.cached_property
    def item_groups(self):
        """int32 `[items]`: index of each item's group in `groups`."""
        return _codes(self.items["group"], self.groups)

    @functools.cached_property
    def item_categories(self):
        """int32 `[items]`: index of each item's category in `categories`."""
        return _codes(self.items["category"], self.categories)

    def item_kinds(self, kind):
        """`item_categories` of "category", `item_groups` of "group"."""
        return {
            "category": self.item_categories,
            "group": self.item_groups,
        }[kind]

    def _votes(self):
        yield self.item_votes, splits.ITEM_VOTE_FRACTIONS
        yield self.pair_votes, splits.PAIR_VOTE_FRACTIONS

    @functools.cached_property
    def _id_hashes(self):
        customers = splits.hash_ids(self.customers["customer_id"].to_numpy())
        items = splits.hash_ids(self.items["item_id"].to_numpy())
        return {
            "customer": customers,
            "item": items,
            "query": items,
            "candidate": items,
        }

    def _hashes(self, votes):
        """uint64 hash of each vote's ids."""
        columns = [
            hashes[votes[name].to_numpy()]
            for name, hashes in self._id_hashes.items()
            if name in votes
        ]
        return splits.hash_rows(columns, self.split_seed)


def _codes(values, known):
    return pd.Categorical(values, known).codes.astype(np.int32)
