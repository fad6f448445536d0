"""All of a trained pair model that serving it takes, in memory and on disk."""

import dataclasses
import json
import pathlib

import numpy as np
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.export.catalogue import group_of_categories
from tfcompat.export.model_card import describe_run
from tfcompat.export.shortlist import CandidateTowers
from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.free_attention import FreeAttention
from tfcompat.models.garment_encoder import GarmentEncoder
from tfcompat.models.joint_subspace_net import JointSubspaceNet
from tfcompat.models.subspace_net import SubspaceNet
from tfcompat.training.garment_encoder import load_garment_encoder
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.vocabulary import Vocabulary

CONFIGS = ("SubspaceConfig", "JointSubspaceConfig")


@dataclasses.dataclass(frozen=True)
class PairModel:
    """A pair model with what it goes with.

    Attributes:
        model: `SubspaceNet` or `JointSubspaceNet`.
        vocabulary: `Vocabulary` of its tables.
        encoder: `GarmentEncoder`, None for a model that sees pixels itself
            and need not be told what a photo shows.
        category_groups: Dict from category to the group it belongs to.
        towers: `CandidateTowers` for a shortlist, or None.
        about: Dict of "data", "metrics" and "seed" for the model card.
    """

    model: SubspaceNet | JointSubspaceNet
    vocabulary: Vocabulary
    encoder: GarmentEncoder | None
    category_groups: dict
    towers: CandidateTowers | None
    about: dict

    @classmethod
    def of_run(cls, run, wardrobe, candidates=None):
        """Reads a finished run.

        Args:
            run: `RunFolder` of stage 2.
            wardrobe: `Wardrobe` that it was trained on, or a later state.
            candidates: Optional path of a run of two-tower retrieval.

        Returns:
            `PairModel`.

        Raises:
            InputError: If a run is not finished or of another kind.
        """
        run.require_finished()
        config = run.read_config()
        encoder = None
        if config.get("backbone", "frozen") in ("frozen", "fine_tuned"):
            stage = RunFolder(config["encoder"] or run.path / "encoder")
            stage.require_finished()
            encoder = load_garment_encoder(stage.path)
        return cls(
            model=keras.saving.load_model(
                run.model / "model.keras", compile=False
            ),
            vocabulary=Vocabulary(**run.read_json("model/vocabulary.json")),
            encoder=encoder,
            category_groups=group_of_categories(wardrobe),
            towers=candidates and CandidateTowers.of_run(RunFolder(candidates)),
            about=describe_run(run, wardrobe),
        )

    @property
    def default_name(self):
        """Name of the model folder."""
        if isinstance(self.model, JointSubspaceNet):
            return "joint_subspace_net"
        if isinstance(self.model.attention, CategoryPairAttention):
            return "csa_net"
        if isinstance(self.model.attention, FreeAttention):
            return "psa_net_nonpersonal"
        return "psa_net"

    def save(self, folder):
        """Writes all of it into an existing folder."""
        self.model.save(folder / "model.keras")
        if self.encoder is not None:
            self.encoder.save(folder / "encoder.keras")
        if self.towers is not None:
            self.towers.save(folder / "towers.npz")
        texts = {
            "vocabulary": dataclasses.asdict(self.vocabulary),
            "category_groups": self.category_groups,
            "about": self.about,
        }
        (folder / "pair_model.json").write_text(
            json.dumps(texts, indent=1, default=_plain), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder):
        """Reads what `save` has written.

        Raises:
            InputError: If it is not there or damaged.
        """
        folder = pathlib.Path(folder)
        try:
            texts = json.loads(
                (folder / "pair_model.json").read_text(encoding="utf-8")
            )
            encoder, towers = folder / "encoder.keras", folder / "towers.npz"
            return cls(
                model=keras.saving.load_model(
                    folder / "model.keras", compile=False
                ),
                vocabulary=Vocabulary(**texts["vocabulary"]),
                encoder=keras.saving.load_model(encoder, compile=False)
                if encoder.exists()
                else None,
                category_groups=texts["category_groups"],
                towers=CandidateTowers.load(towers)
                if towers.exists()
                else None,
                about=texts["about"],
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"{folder}: cannot be read: {error}") from error


def _plain(value):
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is not plain.")
