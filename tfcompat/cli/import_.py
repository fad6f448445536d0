"""`tfcompat import`: a public data set into a wardrobe folder."""

NAME = "import"
HELP = "turn a public data set into a wardrobe"


def add_arguments(parser):
    """Adds the command's arguments to an `argparse` parser."""
    parser.add_argument(
        "format",
        metavar="FORMAT",
        choices=("clothing",),
        help="what the source is: clothing",
    )
    parser.add_argument("source", metavar="SOURCE", help="its folder")
    parser.add_argument("out", metavar="OUT", help="folder to be made")


def run(args):
    """Reads the source, writes the wardrobe, says what is in it.

    Raises:
        InputError: If the source cannot be read or `out` not be written.
    """
    from tfcompat.data.files import atomic_folder
    from tfcompat.data.readers.clothing import read_clothing

    # Opened first: a name that is taken is refused before the work is done.
    with atomic_folder(args.out) as partial:
        wardrobe = read_clothing(args.source)
        wardrobe.save(partial)
    counts = wardrobe.summary["counts"]
    left_out = sum(wardrobe.manifest["left_out"].values())
    print(
        f"{args.out}: {counts['items']} items in {len(wardrobe.groups)} "
        f"groups, {counts['customers']} customers, {counts['item_votes']} "
        f"item votes; {left_out} left out."
    )
