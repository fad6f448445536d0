"""`tfcompat query`: asks a server."""

import argparse

NAME = "query"
HELP = "ask a server: complete, score, recommend, design, manipulate, similar"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    questions = parser.add_subparsers(
        dest="question", metavar="QUESTION", required=True
    )

    def add(name, help_text, model=None, *, parts=()):
        question = questions.add_parser(
            name,
            help=help_text,
            description=help_text,
            parents=[_server_arguments(model)],
        )
        for part in parts:
            _ADD[part](question)
        return question

    complete = add(
        "complete",
        "items of a group that go best with a picture, or with an outfit",
        "psa_net",
        parts=("perhaps a customer", "k", "data", "save"),
    )
    _add_pictures(complete, "--query")
    _add_pictures(complete, "--outfit", "; together one question")
    complete.add_argument("--group", help="what kind of item, such as bottom")
    score = add(
        "score",
        "how well candidates go with a picture, or how much items are liked",
        parts=("perhaps a customer", "data"),
    )
    _add_pictures(score, "--query")
    _add_pictures(score, "--candidate")
    score.add_argument(
        "--item",
        nargs="+",
        metavar="ID",
        help="instead of pictures: items of the catalogue",
    )
    add(
        "recommend",
        "items that a customer likes best",
        "stynet",
        parts=("customer", "k", "data"),
    )
    add(
        "design",
        "a new garment that goes with a picture",
        "designer",
        parts=("query", "customer", "k", "data", "save"),
    )
    manipulate = add(
        "manipulate",
        "items like a picture, with an attribute changed",
        "adde",
        parts=("query", "k", "data"),
    )
    for name in ("--remove", "--add"):
        manipulate.add_argument(name, default="", metavar="ATTRIBUTE=VALUE")
    add(
        "similar",
        "items like a picture in one attribute",
        "adde",
        parts=("query", "k", "data"),
    ).add_argument("--attribute", required=True)
    add("status", "where a model's versions stand", "psa_net")


def _server_arguments(model):
    """A parser of what every question takes."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--server",
        default="127.0.0.1:8500",
        metavar="HOST:PORT",
        help="the server's gRPC port (default: %(default)s)",
    )
    parser.add_argument(
        "--model",
        default=model,
        help=f"name of the model (default: {model or 'psa_net, or stynet'})",
    )
    parser.add_argument(
        "--timeout",
        type=_positive(float),
        default=10.0,
        metavar="SECONDS",
        help="how long to wait for the answer (default: %(default)s)",
    )
    parser.add_argument(
        "--tls", action="store_true", help="speak TLS; so do the next three"
    )
    parser.add_argument(
        "--tls-ca", metavar="PEM", help="who signed the server's certificate"
    )
    for part, what in (("key", "private key"), ("cert", "certificate")):
        parser.add_argument(
            f"--tls-{part}",
            metavar="PEM",
            help=f"the client's own {what}, where the server asks for it",
        )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object"
    )
    return parser


def _add_pictures(parser, name, more="", required=False):
    parser.add_argument(
        name,
        nargs="+",
        metavar="PICTURE",
        required=required,
        help=f"JPEG or PNG file, or the id of an item of --data{more}",
    )


def _add_customer(parser, required=False):
    parser.add_argument(
        "--customer", nargs="+", metavar="ID", required=required
    )


def _add_k(parser):
    parser.add_argument(
        "--k",
        type=_positive(int),
        default=10,
        help="how many items (default: %(default)s)",
    )


def _add_data(parser):
    parser.add_argument(
        "--data", metavar="WARDROBE", help="folder with the items' pictures"
    )
    parser.add_argument(
        "--html",
        metavar="FILE",
        help="also write a page with the pictures of --data",
    )


def _add_save(parser):
    parser.add_argument(
        "--save",
        metavar="PNG",
        help="save the garment that the model designed or imagined",
    )


_ADD = {
    "query": lambda parser: _add_pictures(parser, "--query", required=True),
    "customer": lambda parser: _add_customer(parser, required=True),
    "perhaps a customer": _add_customer,
    "k": _add_k,
    "data": _add_data,
    "save": _add_save,
}


def _positive(kind):
    def convert(text):
        value = kind(text)
        if not 0 < value < 2**31:
            raise argparse.ArgumentTypeError(f"{text} is not positive")
        return value

    convert.__name__ = kind.__name__  # How argparse names what it expects.
    return convert


def run(args):
    """Asks, prints the answers, and writes what is to be written."""
    import json

    from tfcompat.cli.query_answer import Pictures
    from tfcompat.cli.query_asking import ask
    from tfcompat.cli.query_saving import save_garments, write_page
    from tfcompat.cli.query_server import ask_status
    from tfcompat.data.errors import InputError

    if args.question == "status":
        versions = ask_status(args)
        lines = [
            f"{status['version']:>8}  {status['state']}  {status['error']}"
            for status in versions
        ]
        answer = {"model": args.model, "versions": versions}
    else:
        if args.html and not args.data:
            raise InputError("--html shows the pictures of --data: give both.")
        pictures = Pictures(args.data)
        answers = ask(args, pictures)
        if getattr(args, "save", None):
            save_garments(answers, args.save)
        if args.html:
            write_page(args, answers, pictures)
        lines = [line for given in answers for line in given.lines()]
        answer = {
            "question": args.question,
            "model": args.model,
            "answers": [given.as_json() for given in answers],
        }
    if args.json:
        print(json.dumps(answer))
    else:
        print("\n".join(line.rstrip() for line in lines))
