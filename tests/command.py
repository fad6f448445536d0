"""The `tfcompat` command, called as a user types it."""

from tfcompat.cli.main import main


def tfcompat_main(line):
    """Runs a command line (without the word tfcompat); its exit status."""
    try:
        return main(line.split())
    except SystemExit as exit_:  # How argparse ends on wrong usage.
        return exit_.code
