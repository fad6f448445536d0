"""`tfcompat harvest`: photos of whole outfits into a wardrobe of crops."""

from tfcompat.cli.share_argument import check_share

NAME = "harvest"
HELP = "cut outfits out of photos of people, as pairs that go together"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument("photos", metavar="PHOTOS", help="folder of photos")
    parser.add_argument(
        "--detector",
        required=True,
        metavar="RUN",
        help="run folder of a garment-detector",
    )
    parser.add_argument("--out", required=True, help="folder to be made")
    parser.add_argument(
        "--confidence",
        type=float,
        default=0.3,
        metavar="P",
        help="below it a garment counts as not found; default 0.3",
    )


def run(args):
    """Harvests, and says how many photos gave nothing.

    Raises:
        InputError: If an argument is wrong or the folder cannot be made.
    """
    from tfcompat.data.harvesting import harvest_outfits, list_photos
    from tfcompat.training.detected_crops import detect_outfits
    from tfcompat.training.trained_detector import TrainedDetector

    check_share("--confidence", args.confidence)
    photos = list_photos(args.photos)
    detector = TrainedDetector(args.detector)
    garments = detect_outfits(detector, photos, args.confidence)
    outfits, items, skipped = harvest_outfits(
        photos, garments, args.out, source=args.photos
    )
    print(
        f"{args.out}: {outfits} outfits of {items} items from {len(photos)} "
        f"photos; {len(skipped)} gave nothing"
        + (f", the first is {skipped[0]}." if skipped else ".")
    )
