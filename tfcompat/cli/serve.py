"""`tfcompat serve`: answers questions about models over the network."""

import pathlib

from tfcompat.data.errors import InputError

NAME = "serve"
HELP = "serve every model of a folder over gRPC and REST"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument(
        "saved_models",
        metavar="SAVED_MODELS",
        nargs="?",
        help="folder of <model>/<version>/ folders, or of one model's "
        "versions; new ones are picked up",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="models.config of TensorFlow Serving: serve what it lists "
        "instead of all that is in the folder",
    )
    parser.add_argument(
        "--engine",
        choices=["auto", "embedded", "tensorflow_model_server"],
        default="auto",
        help="auto takes TensorFlow Serving if it is on PATH and can do what "
        "is asked for, else the embedded server",
    )
    parser.add_argument(
        "--address",
        metavar="HOST",
        help="where to listen; default 127.0.0.1, this machine only "
        "(TensorFlow Serving always listens on every interface)",
    )
    parser.add_argument(
        "--port", type=int, default=8500, help="of gRPC; default 8500, 0 any"
    )
    parser.add_argument(
        "--rest-port",
        type=int,
        default=8501,
        help="of REST and metrics; default 8501, 0 any",
    )
    parser.add_argument(
        "--poll-seconds",
        type=float,
        default=1.0,
        metavar="S",
        help="time between two looks for new versions; default 1, 0 never",
    )
    parser.add_argument(
        "--batching-parameters",
        metavar="FILE",
        help="TensorFlow Serving's batching parameters for every model; by "
        "default each model's own batching_params.pbtxt",
    )
    for name, what in (
        ("--tls-key", "private key of the server, PEM"),
        ("--tls-cert", "certificate of the server and its chain, PEM"),
        ("--tls-client-ca", "take only clients with a certificate by these"),
    ):
        parser.add_argument(name, metavar="FILE", help=what)
    parser.add_argument(
        "--max-message-mb",
        type=int,
        metavar="N",
        help="largest request; default 256 (embedded server)",
    )
    parser.add_argument(
        "--max-concurrent",
        type=int,
        metavar="N",
        help="calls at work before more are refused; default 256 (embedded "
        "server)",
    )
    parser.add_argument(
        "--grace-seconds",
        type=float,
        metavar="S",
        help="time that calls have to end on SIGTERM; default 30 (embedded "
        "server)",
    )


def run(args):
    """Serves until SIGTERM or SIGINT.

    Raises:
        InputError: If folder, files or options cannot be served.
    """
    source = _find_source(args)
    tls = _tls_files(args)
    # Takes seconds: after what can be said at once.
    from tfcompat.cli.serve_engines import serve

    serve(args, source, tls)


def _find_source(args):
    if args.saved_models is None and args.config is None:
        raise InputError("give a folder of models, or --config FILE.")
    folder = args.saved_models
    if folder is not None and not pathlib.Path(folder).is_dir():
        raise InputError(f"{folder}: no such folder.")
    if args.config is not None and not pathlib.Path(args.config).is_file():
        raise InputError(f"{args.config}: no such file.")
    return pathlib.Path(args.config or folder)


def _tls_files(args):
    from tfcompat.serving.tls import TLSFiles

    if args.tls_key is None and args.tls_cert is None:
        if args.tls_client_ca is not None:
            raise InputError("--tls-client-ca needs --tls-key and --tls-cert.")
        return None
    if args.tls_key is None or args.tls_cert is None:
        raise InputError("--tls-key and --tls-cert go together.")
    return TLSFiles(args.tls_key, args.tls_cert, args.tls_client_ca)
