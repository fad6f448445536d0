"""The `tfcompat` command: parses arguments and turns errors into exit codes."""

import argparse
import importlib
import logging
import os
import sys
import traceback
import warnings

from tfcompat.data.errors import InputError
from tfcompat.version import __version__

# One module a command, in the order that a user meets them.
_COMMANDS = (
    "simulate",
    "import_",
    "check",
    "crop",
    "harvest",
    "train",
    "evaluate",
    "reproduce",
    "report",
    "export",
    "index",
    "serve",
    "query",
)


def build_parser():
    """Returns the `argparse` parser with every command.

    Command modules import nothing heavy at their top, so that `--help`
    answers at once.
    """
    parser = argparse.ArgumentParser(
        prog="tfcompat",
        description="Learn what goes with what, for this customer.",
    )
    parser.add_argument(
        "--version", action="version", version=f"tfcompat {__version__}"
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        help="show the traceback of an error, and debug messages",
    )
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True
    )
    for name in _COMMANDS:
        module = importlib.import_module(f"tfcompat.cli.{name}")
        command = commands.add_parser(
            module.NAME, help=module.HELP, description=module.HELP
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _quieten(debug):
    """Sends our messages to stderr and keeps the libraries' to themselves."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(levelname)s: %(message)s",
        force=True,
    )
    logging.getLogger("tfcompat").setLevel(
        logging.DEBUG if debug else logging.INFO
    )
    if not debug:
        warnings.simplefilter("ignore")
        for library in ("tensorflow", "absl", "matplotlib"):
            logging.getLogger(library).setLevel(logging.ERROR)


def main(arguments=None):
    """Runs one command.

    Args:
        arguments: List of words; the process's own when None.

    Returns:
        Exit status: 0 done, 1 an error inside tfcompat, 2 wrong usage or bad
        input, 130 interrupted.
    """
    args = build_parser().parse_args(arguments)
    _quieten(args.debug)
    try:
        args.run(args)
        sys.stdout.flush()
    except InputError as error:
        if args.debug:
            traceback.print_exc()
        print(f"tfcompat {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"tfcompat {args.command}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # The reader, `head` for example, has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        logging.getLogger("tfcompat").exception(
            "internal error in `tfcompat %s`; please report it", args.command
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
