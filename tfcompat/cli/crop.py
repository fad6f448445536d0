"""`tfcompat crop`: a wardrobe whose images hold the item alone."""

from tfcompat.cli.share_argument import check_share

NAME = "crop"
HELP = "cut a wardrobe's images to the items, found by a garment detector"
_NAMED = 10


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument("wardrobe", metavar="WARDROBE", help="wardrobe folder")
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
        help="below it the whole image is used; default 0.3",
    )
    parser.add_argument(
        "--margin",
        type=float,
        default=0.04,
        metavar="SHARE",
        help="kept around a box, share of its longer side; default 0.04",
    )


def run(args):
    """Crops, and lists what was not found.

    Raises:
        InputError: If an argument is wrong or the folder cannot be made.
    """
    from tfcompat.data.cropping import CROPS_FILE, crop_wardrobe
    from tfcompat.data.wardrobe import Wardrobe
    from tfcompat.training.detected_crops import detect_items
    from tfcompat.training.trained_detector import TrainedDetector

    check_share("--confidence", args.confidence)
    check_share("--margin", args.margin)
    wardrobe = Wardrobe.load(args.wardrobe)
    detector = TrainedDetector(args.detector)
    crops = detect_items(detector, wardrobe, args.confidence)
    missing = crop_wardrobe(wardrobe, crops, args.out, args.margin)
    print(
        f"{args.out}: {len(crops) - len(missing)} of {len(crops)} images "
        f"cropped; {CROPS_FILE} has the boxes."
    )
    if missing:
        more = len(missing) - _NAMED
        print(
            f"Not found, and kept whole: {', '.join(missing[:_NAMED])}"
            + (f" and {more} more (empty in {CROPS_FILE})" if more > 0 else "")
            + "."
        )
