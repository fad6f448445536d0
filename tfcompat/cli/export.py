"""`tfcompat export`: a finished run as the next version of a served model."""

NAME = "export"
HELP = "export a finished run as the next version of a served model"
_OPTIONS = ("index", "shortlist", "max_pixels", "max_rows", "webp")


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument("run_folder", metavar="RUN", help="run folder")
    parser.add_argument(
        "--to", required=True, help="folder of all models, as saved_models"
    )
    parser.add_argument(
        "--data",
        help="wardrobe folder; by default the one that the run learnt from",
    )
    parser.add_argument(
        "--name", help="name of the model folder; by default the model's own"
    )
    add_index_argument(parser)
    parser.add_argument(
        "--candidates",
        metavar="RUN",
        help="run of two-tower retrieval that proposes what is ranked",
    )
    parser.add_argument(
        "--outfits",
        metavar="RUN",
        help="run of an outfit model that completes outfits beside ADDE-M",
    )
    parser.add_argument(
        "--shortlist",
        type=int,
        metavar="N",
        help="how many items it proposes (default 500)",
    )
    parser.add_argument(
        "--max-pixels",
        type=int,
        metavar="N",
        help="largest photo that is accepted (default 25,000,000)",
    )
    parser.add_argument(
        "--max-rows",
        type=int,
        metavar="N",
        help="most rows of a request (default 1,024)",
    )
    parser.add_argument(
        "--webp",
        action="store_true",
        default=None,
        help="accept WebP; needs a server that has tensorflow-io's ops",
    )


def add_index_argument(parser):
    """Adds `--index`."""
    parser.add_argument(
        "--index",
        choices=("auto", "exact", "scann"),
        help="scann needs a server that has its ops; auto is exact and says "
        "when scann would be faster",
    )


def run(args):
    """Exports, and prints the path of the new version."""
    from tfcompat.export.export import export_run

    options = {name: getattr(args, name) for name in _OPTIONS}
    path = export_run(
        args.run_folder,
        args.to,
        wardrobe=args.data,
        name=args.name,
        candidates=args.candidates,
        outfits=args.outfits,
        **{name: value for name, value in options.items() if value is not None},
    )
    print(path)
