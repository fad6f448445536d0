"""`tfcompat import`: a public data set into a wardrobe folder."""

NAME = "import"
HELP = "turn a public data set into a wardrobe"


def add_arguments(parser):
    """Adds the command's arguments to an `argparse` parser."""
    parser.add_argument(
        "format",
        metavar="FORMAT",
        choices=("clothing", "geco"),
        help="what the source is: clothing, or geco (FashionVC, ExpReduced, "
        "FashionTaobaoTB)",
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
    from tfcompat.data.readers.geco import read_geco

    read = {"clothing": read_clothing, "geco": read_geco}[args.format]
    # Opened first: a name that is taken is refused before the work is done.
    with atomic_folder(args.out) as partial:
        wardrobe = read(args.source)
        wardrobe.save(partial)
    counts = wardrobe.summary["counts"]
    groups = len(wardrobe.groups)
    if args.format == "clothing":
        left_out = sum(wardrobe.manifest["left_out"].values())
        print(
            f"{args.out}: {counts['items']} items in {groups} groups, "
            f"{counts['customers']} customers, {counts['item_votes']} item "
            f"votes; {left_out} left out."
        )
        return
    splits = wardrobe.questions.drop_duplicates("question_id")["split"]
    shares = [
        f"{count} of {split}"
        for split, count in splits.value_counts(sort=False).items()
    ]
    images = len(wardrobe.manifest["left_out"]["images"])
    print(
        f"{args.out}: {counts['items']} items in {groups} groups, "
        f"{len(splits)} pairs ({', '.join(shares)}); {images} images left out."
    )
