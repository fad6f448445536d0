"""`tfcompat check`: whether a wardrobe is sound, and what is in it."""

import logging

NAME = "check"
HELP = "validate a wardrobe, count what is in it, draw a contact sheet"
_SHOWN = 20  # Problems with images printed in full.

logger = logging.getLogger(__name__)


def add_arguments(parser):
    """Adds the command's arguments to an `argparse` parser."""
    parser.add_argument("wardrobe", metavar="WARDROBE", help="its folder")
    parser.add_argument(
        "--skip-bad",
        action="store_true",
        help="move bad rows to rejected.csv and go on without them",
    )
    parser.add_argument(
        "--max-pixels",
        type=int,
        default=50_000_000,
        metavar="N",
        help="refuse images with more pixels; default 50000000",
    )
    parser.add_argument(
        "--contact-sheet",
        metavar="FILE",
        help="where to draw it; default contact_sheet.png in the wardrobe",
    )


def run(args):
    """Validates tables and images, prints counts, draws the contact sheet.

    Raises:
        InputError: If something is wrong with the wardrobe, or the sheet
            cannot be written.
    """
    from tfcompat.data.contact_sheet import write_contact_sheet
    from tfcompat.data.description import describe
    from tfcompat.data.errors import InputError
    from tfcompat.data.image_files import validate_images
    from tfcompat.data.rejection import reject_images
    from tfcompat.data.wardrobe import Wardrobe

    wardrobe = Wardrobe.load(args.wardrobe, skip_bad=args.skip_bad)
    problems = validate_images(wardrobe, args.max_pixels)
    for problem in problems[:_SHOWN]:
        logger.warning("%s.", problem)
    if problems and not args.skip_bad:
        raise InputError(
            f"{problems[0]} (bad images of {len(problems)} items of "
            f"{len(wardrobe.items)}; --skip-bad moves them out)."
        )
    if problems:
        reject_images(wardrobe, problems)
        wardrobe = Wardrobe.load(args.wardrobe, skip_bad=True)
    for line in describe(wardrobe):
        print(line)
    sheet = args.contact_sheet or wardrobe.folder / "contact_sheet.png"
    write_contact_sheet(wardrobe, sheet)
    print(f"contact sheet: {sheet}")
