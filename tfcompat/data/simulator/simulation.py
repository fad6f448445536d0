"""Making a simulated wardrobe folder."""

import dataclasses
import shutil

import numpy as np
from PIL import Image

from tfcompat.data.colours import fade_background
from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_folder
from tfcompat.data.manifest import write_manifest
from tfcompat.data.progress import progress
from tfcompat.data.simulator.drawing import draw_garment
from tfcompat.data.simulator.folder import customer_ids, write_tables
from tfcompat.data.simulator.garments import (
    draw_garments,
    garment_table,
    garment_traits,
)
from tfcompat.data.simulator.layers import layer_rows
from tfcompat.data.simulator.oracle import measure
from tfcompat.data.simulator.outfits import (
    draw_layered_outfits,
    draw_outfits,
    draw_questions,
    draw_stylist_outfits,
)
from tfcompat.data.simulator.parameters import WORLDS
from tfcompat.data.simulator.photos import read_photos
from tfcompat.data.simulator.streams import stream
from tfcompat.data.simulator.surveys import draw_survey
from tfcompat.data.simulator.votes import draw_item_votes, draw_pair_votes
from tfcompat.data.simulator.world import World
from tfcompat.data.simulator.worn_photos import (
    choose_worn,
    write_worn_items,
    write_worn_photos,
)
from tfcompat.data.wardrobe import Wardrobe

# Outfits of stylists beside each pair vote; the paper's 70,000 in 500,000.
_STYLIST_SHARE = 1 / 7
# What is worn over a top, once there are outfits of three layers.
_OUTER = ("blazer", "hoodie")
_OPTIONAL = ("seed", "outfits", "layer_notions", "worn", "clear")  # May be 0.


@dataclasses.dataclass(frozen=True)
class Simulation:
    """How large a simulated wardrobe shall be.

    Attributes:
        customers: Number of customers.
        items: Number of items, half of them tops. None takes all photos.
        votes_per_customer: Votes on single items, at most as many as items.
        pairs_per_customer: Votes on pairs, at most as many as pairs.
        outfits: Outfits of a top, a bottom and something over them. With
            any, blazers and hoodies are a group of their own, "outer".
        layer_notions: Whether stylists look for other things between other
            layers of these outfits, so that a model gains by knowing which
            layers meet; otherwise all pairs are judged alike.
        worn: Photos of whole outfits that somebody wears, with boxes.
        clear: Whether no garment shall lie on the border of two names of its
            colour, length or fit, so that people would agree on them.
        seed: Not negative; the same seed gives the same folder.

    Raises:
        InputError: If a number is too small.
    """

    customers: int = 1000
    items: int | None = 1200
    votes_per_customer: int = 200
    pairs_per_customer: int = 100
    outfits: int = 0
    layer_notions: bool = False
    worn: int = 0
    clear: bool = False
    seed: int = 0

    def __post_init__(self):
        for name, value in vars(self).items():
            least = {"items": 2, **dict.fromkeys(_OPTIONAL, 0)}.get(name, 1)
            if value is not None and value < least:
                option = name.replace("_", "-")
                raise InputError(
                    f"--{option} must be at least {least}, got {value}."
                )
        if self.layer_notions and not self.outfits:
            raise InputError("--layer-notions: there are no --outfits.")


def simulate(
    out,
    simulation=Simulation(),
    parameters=WORLDS["personal"],
    *,
    name="simulated",
    photos=None,
    background="keep",
    worn_items=False,
):
    """Makes a wardrobe folder whose votes have known probabilities.

    Args:
        out: Folder to be made; must not exist, or be empty.
        simulation: `Simulation`.
        parameters: `WorldParameters`.
        name: What the manifest calls the wardrobe.
        photos: Path of the `items.csv` of a wardrobe whose photos of tops and
            bottoms take the place of drawings, or None.
        background: "keep" copies the photos as they are, "fade" fades to
            white what is not the garment.
        worn_items: Whether each item is shown on somebody who wears another
            one with it, instead of alone on a light ground.

    Returns:
        Dict, the manifest that is also in `wardrobe.json`: `name`, `licence`,
        `source`, `seed`, `world` (the parameters), `measured` (how well both
        oracles rank the votes), `counts` and the splits.

    Raises:
        InputError: If `out` exists or cannot be written, the photos cannot be
            read, or more votes are asked for than there are things to vote on.
        ValueError: If neither `simulation.items` nor `photos` is given,
            `background` is unknown, or photos shall be worn.
    """
    if background not in ("keep", "fade"):
        raise ValueError(
            f"`background` must be keep or fade, got {background!r}."
        )
    if photos is None and simulation.items is None:
        raise ValueError("`items` must be a number unless there are `photos`.")
    if photos is not None and (simulation.worn or worn_items):
        raise ValueError("`worn` and `worn_items` need drawings, not photos.")
    if photos is not None and simulation.clear:
        raise ValueError("`clear` needs drawings, not photos.")
    with atomic_folder(out) as folder:
        if photos is None:
            garments = draw_garments(
                simulation.items, simulation.seed, simulation.clear
            )
            items, traits = garment_table(garments), garment_traits(garments)
            origin = {"licence": "CC0-1.0", "source": "tfcompat simulate"}
        else:
            source, items, traits = read_photos(
                photos, simulation.items, simulation.seed
            )
            origin = {
                "licence": source.manifest.get("licence", "unknown"),
                "source": "tfcompat simulate over the photos of "
                f"{source.manifest.get('name', source.folder.name)}",
            }
        tops = np.flatnonzero(items["group"] == "top")
        bottoms = np.flatnonzero(items["group"] == "bottom")
        _check_votes(simulation, len(tops), len(bottoms))
        if simulation.outfits:
            items = _with_outer_layer(items)
        world = World.create(
            traits,
            tops,
            bottoms,
            customers=simulation.customers,
            seed=simulation.seed,
            parameters=parameters,
            layers=layer_rows(items["group"])
            if simulation.layer_notions
            else None,
        )
        measured = _write_votes(folder, world, items, tops, bottoms, simulation)
        world.save(folder, items["item_id"], customer_ids(simulation.customers))
        if photos is None:
            (folder / "images").mkdir()
            write = write_worn_items if worn_items else _write_drawings
            write(folder, items, garments, simulation.seed)
            if simulation.worn:
                outfits = choose_worn(
                    world, tops, bottoms, simulation.worn, simulation.seed
                )
                write_worn_photos(
                    folder, items, garments, outfits, simulation.seed
                )
        else:
            _copy_photos(folder, items, source.folder, background)
        manifest = {
            "name": name,
            **origin,
            "seed": simulation.seed,
            "world": {
                **dataclasses.asdict(parameters),
                "layer_notions": simulation.layer_notions,
                "clear": simulation.clear,
            },
            "measured": measured,
            # Read back, so that what is left behind is known to be valid.
            **Wardrobe.load(folder).summary,
        }
        write_manifest(folder, manifest)
    return manifest


def _check_votes(simulation, tops, bottoms):
    for option, asked, there in (
        ("votes-per-customer", simulation.votes_per_customer, tops + bottoms),
        ("pairs-per-customer", simulation.pairs_per_customer, tops * bottoms),
    ):
        if asked > there:
            raise InputError(
                f"--{option} {asked}: there are only {there} to vote on "
                f"({tops} tops, {bottoms} bottoms)."
            )


def _write_votes(folder, world, items, tops, bottoms, simulation):
    seed = simulation.seed
    item_votes = draw_item_votes(world, simulation.votes_per_customer, seed)
    pair_votes = draw_pair_votes(
        world, tops, bottoms, simulation.pairs_per_customer, seed
    )
    stylist_outfits = draw_stylist_outfits(
        world, tops, bottoms, round(_STYLIST_SHARE * len(pair_votes)), seed
    )
    write_tables(
        folder,
        items,
        draw_survey(world.customers, seed),
        item_votes,
        pair_votes,
        draw_outfits(world, tops, bottoms, pair_votes, seed),
        stylist_outfits,
        _draw_layered_outfits(world, items, simulation),
        draw_questions(world, tops, bottoms, pair_votes, seed),
    )
    return measure(world, item_votes, pair_votes)


def _with_outer_layer(items):
    is_outer = items["category"].isin(_OUTER)
    missing = [
        group
        for group, has in (
            ("outer", is_outer.any()),
            ("top", ((items["group"] == "top") & ~is_outer).any()),
        )
        if not has
    ]
    if missing:
        raise InputError(
            f"--outfits: there is no item for the layer {missing[0]}; ask "
            "for more items."
        )
    return items.assign(group=items["group"].mask(is_outer, "outer"))


def _draw_layered_outfits(world, items, simulation):
    layers = [
        np.flatnonzero(items["group"] == group)
        for group in ("top", "bottom", "outer")
    ]
    return draw_layered_outfits(
        world,
        layers if simulation.outfits else layers[:2],
        simulation.outfits,
        simulation.seed,
    )


def _write_drawings(folder, items, garments, seed):
    rows = zip(items["image"], items["item_id"], garments, strict=True)
    for image, item_id, garment in progress(
        rows, "Drawing garments", total=len(items), unit="garment"
    ):
        drawing = draw_garment(garment, stream(seed, f"drawing {item_id}"))
        drawing.save(folder / image)


def _copy_photos(folder, items, source, background):
    images = items["image"].unique()
    for image in progress(images, "Copying photos", unit="photo"):
        target = folder / image
        target.parent.mkdir(parents=True, exist_ok=True)
        if background == "keep":
            shutil.copyfile(source / image, target)
            continue
        with Image.open(source / image) as photo:
            fade_background(photo).save(target, quality=90)
