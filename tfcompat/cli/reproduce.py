"""`tfcompat reproduce`: a paper's whole table with its ablations."""

NAME = "reproduce"
HELP = "train and test every row of a paper's table; resumable"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument("table", choices=("psa-net",), metavar="TABLE")
    parser.add_argument(
        "--data", required=True, nargs="+", help="one or more wardrobe folders"
    )
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument(
        "--seeds", type=int, default=3, help="number of model seeds"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting in all runs that know it",
    )


def run(args):
    """Writes the table as markdown, JSON and a plot, and prints it."""
    from tfcompat.data.errors import InputError
    from tfcompat.evaluation.psa_net_table import reproduce_psa_net

    if args.seeds < 1:
        raise InputError(f"--seeds {args.seeds}: must be at least 1.")
    table = reproduce_psa_net(
        args.data, args.out, seeds=args.seeds, settings=args.set
    )
    print(table.read_text(encoding="utf-8"))
