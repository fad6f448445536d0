"""`tfcompat index`: a served model's index for the items that there are now."""

from tfcompat.cli.export import add_index_argument

NAME = "index"
HELP = "make a new version of a served model for a wardrobe's present items"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument(
        "model_folder",
        metavar="MODEL",
        help="folder of a served model, as saved_models/psa_net",
    )
    parser.add_argument("--data", required=True, help="wardrobe folder")
    add_index_argument(parser)


def run(args):
    """Rebuilds the index, and prints the path of the new version."""
    from tfcompat.export.index_rebuild import rebuild_index

    print(rebuild_index(args.model_folder, args.data, index=args.index))
