"""`tfcompat report`: an HTML page about trained runs."""

NAME = "report"
HELP = "write an HTML page: what models recommend, and how well"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="run folders of stage 2, of designers, or of MEDAL",
    )
    parser.add_argument("--data", required=True, help="wardrobe folder")
    parser.add_argument("--out", required=True, help="HTML file to write")
    parser.add_argument(
        "--server",
        metavar="HOST:PORT",
        help="also ask this server, and show what it answers",
    )
    parser.add_argument(
        "--model",
        action="append",
        help="model to ask the server for; may be repeated (default: psa_net)",
    )
    parser.add_argument(
        "--features",
        default="",
        metavar="RUN",
        help="of designers: as of evaluate",
    )
    parser.add_argument("--scorer", default="", metavar="RUN", help="likewise")
    parser.add_argument(
        "--customers", type=int, default=5, help="how many customers to show"
    )
    parser.add_argument(
        "--link",
        action="append",
        default=[],
        metavar="TITLE=ADDRESS",
        help="link another page, such as the pipeline's evaluation.html; may "
        "be given again",
    )


def run(args):
    """Writes the page, of designs a survey too, and prints where they are."""
    import contextlib
    import pathlib

    from tfcompat.data.errors import InputError
    from tfcompat.data.wardrobe import Wardrobe
    from tfcompat.evaluation.design_report import write_design_report
    from tfcompat.evaluation.medal_page import is_medal, write_medal_page
    from tfcompat.evaluation.report import write_report
    from tfcompat.serving.client import Client
    from tfcompat.training.trained_designer import designs

    if args.customers < 1:
        raise InputError(f"--customers {args.customers}: must be at least 1.")
    runs = {pathlib.Path(path).name: path for path in args.runs}
    if len(runs) < len(args.runs):
        raise InputError("two run folders have the same name.")
    if args.model and not args.server:
        raise InputError("--model names a model of a server: give --server.")
    links = {}
    for link in args.link:
        title, _, links[title] = link.partition("=")
        if not (title and links[title]):
            raise InputError(f"--link {link}: must be TITLE=ADDRESS.")
    wardrobe = Wardrobe.load(args.data)
    if any(designs(path) for path in args.runs):
        if args.server:
            raise InputError("--server: pages of designs ask no server.")
        if links:
            raise InputError("--link: pages of designs link no others.")
        written = write_design_report(
            runs,
            wardrobe,
            args.out,
            features=args.features,
            scorer=args.scorer,
        )
        print(*written, sep="\n")
        return
    if any(map(is_medal, args.runs)):
        if args.server or links:
            raise InputError("--server, --link: pages of MEDAL have neither.")
        write_medal_page(runs, wardrobe, args.out)
        print(args.out)
        return
    with contextlib.ExitStack() as stack:
        served = {}
        if args.server:
            client = stack.enter_context(Client(args.server))
            served = {
                f"{model}, served": _asker(client, model)
                for model in args.model or ["psa_net"]
            }
        write_report(
            runs,
            wardrobe,
            args.out,
            num_customers=args.customers,
            served=served,
            links=links,
        )
    print(args.out)


def _asker(client, model):
    def ask(customer, image, group, k):
        [answer] = client.complete(
            [customer], [image.read_bytes()], group, k, model=model
        )
        return answer.item_ids

    return ask
