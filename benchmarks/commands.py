"""Runs commands of tfcompat within a benchmark's process."""

from tfcompat.cli.main import main as tfcompat_main


def run_command(command):
    """Runs `tfcompat COMMAND`.

    Raises:
        RuntimeError: If the command fails.
    """
    if tfcompat_main(command.split()):
        raise RuntimeError(f"`tfcompat {command}` has failed.")
