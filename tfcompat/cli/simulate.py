"""`tfcompat simulate`: a wardrobe whose true probabilities are known."""

NAME = "simulate"
HELP = "make a simulated wardrobe with known probabilities"


def add_arguments(parser):
    """Adds the command's arguments to an `argparse` parser."""
    parser.add_argument("out", metavar="OUT", help="folder to be made")
    parser.add_argument(
        "--customers", type=int, default=1000, metavar="N", help="default 1000"
    )
    parser.add_argument(
        "--items",
        type=int,
        metavar="N",
        help="half tops, half bottoms; default 1200, or all photos",
    )
    parser.add_argument(
        "--votes-per-customer",
        type=int,
        default=200,
        metavar="N",
        help="votes on single items; default 200",
    )
    parser.add_argument(
        "--pairs-per-customer",
        type=int,
        default=100,
        metavar="N",
        help="votes on pairs of a top and a bottom; default 100",
    )
    parser.add_argument(
        "--outfits",
        type=int,
        default=0,
        metavar="N",
        help="outfits of three layers by stylists, blazers and hoodies being "
        "a group of their own; default 0",
    )
    parser.add_argument(
        "--layer-notions",
        action="store_true",
        help="stylists look for other things between other layers of these "
        "outfits",
    )
    parser.add_argument(
        "--worn",
        type=int,
        default=0,
        metavar="N",
        help="photos of whole outfits as somebody wears them, with boxes, "
        "into worn.json; default 0",
    )
    parser.add_argument(
        "--worn-items",
        action="store_true",
        help="show each item on somebody who wears another one with it",
    )
    parser.add_argument(
        "--clear",
        action="store_true",
        help="draw no garment on the border of two names of its colour, "
        "length or fit",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="default 0"
    )
    parser.add_argument(
        "--world",
        choices=("personal", "common"),
        default="personal",
        help="how much taste differs: personal (default), or mostly common",
    )
    parser.add_argument(
        "--images",
        metavar="ITEMS_CSV",
        help="items.csv of a wardrobe whose photos replace the drawings",
    )
    parser.add_argument(
        "--background",
        choices=("keep", "fade"),
        default="keep",
        help="fade to white what in the photos is not the garment",
    )


def run(args):
    """Makes the folder and says how well its votes can be predicted.

    Raises:
        InputError: If an argument is wrong or the folder cannot be made.
    """
    from tfcompat.data.errors import InputError
    from tfcompat.data.simulator.parameters import WORLDS
    from tfcompat.data.simulator.simulation import Simulation, simulate

    items = args.items
    if items is None and args.images is None:
        items = 1200
    simulation = Simulation(
        customers=args.customers,
        items=items,
        votes_per_customer=args.votes_per_customer,
        pairs_per_customer=args.pairs_per_customer,
        outfits=args.outfits,
        layer_notions=args.layer_notions,
        worn=args.worn,
        clear=args.clear,
        seed=args.seed,
    )
    kind = "drawn" if args.images is None else "photographed"
    if args.background == "fade" and args.images is None:
        raise InputError(
            "--background fade: there are no photos; use --images."
        )
    if args.images is not None and args.clear:
        raise InputError("--clear: photos are what they are.")
    if args.images is not None and (args.worn or args.worn_items):
        raise InputError("--images: photos cannot be drawn as worn.")
    manifest = simulate(
        args.out,
        simulation,
        WORLDS[args.world],
        name=f"simulated-{args.world}-{kind}-{args.seed}",
        photos=args.images,
        background=args.background,
        worn_items=args.worn_items,
    )
    counts, measured = manifest["counts"], manifest["measured"]
    print(
        f"{args.out}: {counts['items']} items ({kind}), "
        f"{counts['customers']} customers, {counts['item_votes']} votes on "
        f"items, {counts['pair_votes']} on pairs. Knowing everybody's true "
        "taste ranks a customer's pairs with ROC AUC "
        f"{measured['pair_oracle_roc_auc']:.3f} and items with "
        f"{measured['item_oracle_roc_auc']:.3f}; knowing only the mean taste "
        f"{measured['pair_population_roc_auc']:.3f} and "
        f"{measured['item_population_roc_auc']:.3f}."
    )
