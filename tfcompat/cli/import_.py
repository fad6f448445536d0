"""`tfcompat import`: a public data set into a wardrobe folder."""

NAME = "import"
HELP = "turn a public data set into a wardrobe"


def add_arguments(parser):
    """Adds the command's arguments to an `argparse` parser."""
    parser.add_argument(
        "format",
        metavar="FORMAT",
        choices=("clothing", "geco", "adde", "polyvore"),
        help="what the source is: clothing, geco (FashionVC, ExpReduced, "
        "FashionTaobaoTB), adde (split files of Shopping100k or DeepFashion), "
        "or polyvore (Polyvore Outfits)",
    )
    parser.add_argument("source", metavar="SOURCE", help="its folder")
    parser.add_argument("out", metavar="OUT", help="folder to be made")
    parser.add_argument(
        "--variant",
        choices=("disjoint", "nondisjoint"),
        help="of polyvore; default nondisjoint",
    )


def run(args):
    """Reads the source, writes the wardrobe, says what is in it.

    Raises:
        InputError: If the source cannot be read or `out` not be written.
    """
    from tfcompat.data.errors import InputError
    from tfcompat.data.files import atomic_folder

    if args.variant and args.format != "polyvore":
        raise InputError(f"--variant {args.variant}: {args.format} has none.")
    # Opened first: a name that is taken is refused before the work is done.
    with atomic_folder(args.out) as partial:
        wardrobe, changes = _read(args)
        wardrobe.save(partial)
        if changes is not None:
            changes.save(partial, wardrobe.items["item_id"])
    counts = wardrobe.summary["counts"]
    print(
        f"{args.out}: {counts['items']} items in {len(wardrobe.groups)} "
        f"groups, {_describe(args.format, wardrobe, changes)}"
    )


def _read(args):
    """`Wardrobe`, and the `AttributeChanges` that come with it, or None."""
    if args.format == "adde":
        from tfcompat.data.readers.adde import read_adde

        return read_adde(args.source)
    if args.format == "polyvore":
        from tfcompat.data.readers.polyvore import read_polyvore

        return read_polyvore(args.source, args.variant or "nondisjoint"), None
    if args.format == "geco":
        from tfcompat.data.readers.geco import read_geco

        return read_geco(args.source), None
    from tfcompat.data.readers.clothing import read_clothing

    return read_clothing(args.source), None


def _describe(kind, wardrobe, changes):
    """What else is in the wardrobe, and what was left out."""
    counts = wardrobe.summary["counts"]
    left_out = wardrobe.manifest.get("left_out", {})
    if kind == "adde":
        return (
            f"{len(changes.triplets)} attribute triplets, "
            f"{len(changes.queries['test'])} test queries."
        )
    questions = wardrobe.questions.drop_duplicates("question_id")
    if kind == "polyvore":
        return (
            f"{wardrobe.outfits['outfit_id'].nunique()} outfits, "
            f"{len(questions)} questions; {sum(left_out.values())} left out."
        )
    if kind == "geco":
        shares = [
            f"{count} of {split}"
            for split, count in questions["split"]
            .value_counts(sort=False)
            .items()
        ]
        return (
            f"{len(questions)} pairs ({', '.join(shares)}); "
            f"{len(left_out['images'])} images left out."
        )
    return (
        f"{counts['customers']} customers, {counts['item_votes']} item votes; "
        f"{sum(left_out.values())} left out."
    )
