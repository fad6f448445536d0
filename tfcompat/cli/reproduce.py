"""`tfcompat reproduce`: a paper's whole table with its ablations."""

NAME = "reproduce"
HELP = "train and test every row of a paper's table; resumable"

# Options that only some of the tables have.
_OPTIONS = {
    "designer": ("size", "task", "features"),
    "geco": ("size", "designer", "parts"),
}


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument(
        "table",
        choices=("adde", "designer", "geco", "medal", "outfits", "psa-net"),
        metavar="TABLE",
        help="adde, designer, geco, medal, outfits or psa-net",
    )
    parser.add_argument(
        "--data", required=True, nargs="+", help="one or more wardrobe folders"
    )
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument(
        "--seeds",
        type=int,
        help="number of model seeds; default 3, of designer 1",
    )
    parser.add_argument(
        "--size",
        choices=("small", "paper"),
        help="of designer: 64 pixels and a quarter of the width (default), "
        "or as published; of geco: the configs that end in -small (default), "
        "or as published",
    )
    parser.add_argument(
        "--designer",
        metavar="RUN",
        help="of geco: also try this designer's designs in the query",
    )
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=("models", "ablation", "beyond", "sweep"),
        metavar="PART",
        help="of geco: only models, ablation, beyond (the paper) or sweep; "
        "what other calls have trained is not trained again",
    )
    parser.add_argument(
        "--task",
        choices=("both", "top-to-bottom", "bottom-to-top"),
        help="of designer: what is designed for what; default both",
    )
    parser.add_argument(
        "--features",
        metavar="FILE",
        help="of designer: .h5 of InceptionV3, for the FID and its like; "
        "default a garment encoder that no designer has seen",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting in all runs that know it; with CONFIG. in "
        "front in runs of that config alone",
    )


def run(args):
    """Writes the table as markdown, JSON and a plot, and prints it."""
    from tfcompat.data.errors import InputError

    if args.seeds is not None and args.seeds < 1:
        raise InputError(f"--seeds {args.seeds}: must be at least 1.")
    for name in ("size", "task", "designer", "parts", "features"):
        if getattr(args, name) and name not in _OPTIONS.get(args.table, ()):
            known = [
                table for table, names in _OPTIONS.items() if name in names
            ]
            raise InputError(
                f"--{name} is an option of {' and '.join(known)}, not of "
                f"{args.table}."
            )
    if args.table == "designer":
        table = _reproduce_designer(args)
    elif args.table == "geco":
        table = _reproduce_geco(args)
    else:
        reproduce = _find_table(args.table)
        table = reproduce(
            args.data, args.out, seeds=args.seeds or 3, settings=args.set
        )
    print(table.read_text(encoding="utf-8"))


def _find_table(name):
    if name == "adde":
        from tfcompat.evaluation.adde_table import reproduce_adde

        return reproduce_adde
    if name == "medal":
        from tfcompat.evaluation.medal_table import reproduce_medal

        return reproduce_medal
    if name == "outfits":
        from tfcompat.evaluation.outfit_table import reproduce_outfits

        return reproduce_outfits
    from tfcompat.evaluation.psa_net_table import reproduce_psa_net

    return reproduce_psa_net


def _reproduce_designer(args):
    from tfcompat.evaluation.design_table import TASKS, reproduce_designer

    return reproduce_designer(
        args.data,
        args.out,
        seeds=args.seeds or 1,
        settings=args.set,
        size=args.size or "small",
        tasks=[
            task
            for task in TASKS
            if args.task in (None, "both", "-to-".join(task))
        ],
        inception_weights=args.features or "",
    )


def _reproduce_geco(args):
    from tfcompat.evaluation.geco_rows import PARTS
    from tfcompat.evaluation.geco_table import reproduce_geco

    return reproduce_geco(
        args.data,
        args.out,
        seeds=args.seeds or 3,
        settings=args.set,
        size="" if args.size == "paper" else "-small",
        designer=args.designer or "",
        parts=args.parts or PARTS,
    )
