"""Models for the benchmark of serving: trained and exported by commands."""

import dataclasses
import pathlib

import tfcompat
from benchmarks.commands import run_command

_SIMULATE = (
    "simulate {folder}/wardrobe --customers 40 --items {items} "
    "--votes-per-customer 30 --pairs-per-customer 30"
)
_ENCODER = (
    "train garment-encoder --data {folder}/wardrobe --out {folder}/encoder "
    "--set epochs=1 --set backbone={network} --set image_size={size}"
)
PAIRS = (
    _SIMULATE,
    _ENCODER,
    "train partial-dual --data {folder}/wardrobe --out {folder}/customers "
    "--set rank=4",
    "train psa-net --data {folder}/wardrobe --out {folder}/run --set epochs=1 "
    "--set encoder={folder}/encoder --set stage_one={folder}/customers",
)
DESIGNS = (
    _SIMULATE,
    _ENCODER,
    "train designer-small --data {folder}/wardrobe --out {folder}/run "
    "--set epochs=1 --set epoch_steps=2 --set batch_size=4 --set judge_steps=1 "
    "--set encoder={folder}/encoder",
)
_EXPORT = "export {folder}/run --to {folder}/models --data {folder}/wardrobe"


@dataclasses.dataclass(frozen=True)
class Served:
    """A model to be served.

    Attributes:
        what: For the reader.
        name: Of its folder.
        questions: What it is asked.
        commands: That train it.
        network: Its backbone.
        size: Of its images in pixels.
        folder: Where all of it goes.
    """

    what: str
    name: str
    questions: tuple
    commands: tuple
    network: str
    size: int
    folder: pathlib.Path

    def make(self, small):
        """Trains and exports it; returns 64 questions about its wardrobe."""
        for command in (*self.commands, _EXPORT):
            run_command(
                command.format(
                    folder=self.folder,
                    items=60 if small else 200,
                    network=self.network,
                    size=self.size,
                )
            )
        wardrobe = tfcompat.Wardrobe.load(self.folder / "wardrobe")
        photos = wardrobe.image_paths
        return [
            (
                wardrobe.customers["customer_id"][vote.customer],
                photos[vote.query].read_bytes(),
                photos[vote.candidate].read_bytes(),
                wardrobe.items["group"][vote.candidate],
            )
            for vote in wardrobe.pair_votes.iloc[:64].itertuples()
        ]
