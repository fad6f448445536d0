"""`tfcompat report`: an HTML page about trained runs."""

NAME = "report"
HELP = "write an HTML page: what models recommend, and how well"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument(
        "runs", nargs="+", metavar="RUN", help="run folders of stage 2"
    )
    parser.add_argument("--data", required=True, help="wardrobe folder")
    parser.add_argument("--out", required=True, help="HTML file to write")
    parser.add_argument(
        "--customers", type=int, default=5, help="how many customers to show"
    )


def run(args):
    """Writes the page and prints where it is."""
    import pathlib

    from tfcompat.data.errors import InputError
    from tfcompat.data.wardrobe import Wardrobe
    from tfcompat.evaluation.report import write_report

    if args.customers < 1:
        raise InputError(f"--customers {args.customers}: must be at least 1.")
    runs = {pathlib.Path(path).name: path for path in args.runs}
    if len(runs) < len(args.runs):
        raise InputError("two run folders have the same name.")
    write_report(
        runs,
        Wardrobe.load(args.data),
        args.out,
        num_customers=args.customers,
    )
    print(args.out)
