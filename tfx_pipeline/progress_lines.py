"""A quiet run: a line for each component, and all the rest in a log."""

import contextlib
import datetime
import logging
import os
import pathlib
import sys
import textwrap
import time
import traceback

from tfx_pipeline.failures import find_input_error

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
# What TFX does by itself, in no time.
_HIDDEN = "tfx.dsl.components.common."
_WIDTH = 28
_LONGEST = 1000  # Characters of an error; the log has all of it.


class ProgressLines:
    """Says on stderr how far a run is, and keeps all else from the terminal.

    Enter it, then run TFX's LocalDagRunner. Each component gets a line with
    its time, or "(cached)", and with what `tfx_pipeline` logs meanwhile.
    Whatever libraries log, warn of or print, in Python, in C++ or in a child
    process, goes into the log. An exception ends the block and is told in one
    paragraph; `status` is what the process should exit with.

    Args:
        folder: Where to keep logs, one file a run.

    Attributes:
        log: `pathlib.Path` of the log.
        status: 0 if all went well, 2 after an error in the input, 1 after
            another one, 130 after Ctrl-C.
    """

    def __init__(self, folder):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.log = pathlib.Path(folder) / f"{now:%Y%m%d-%H%M%S-%f}.log"
        self.status = 0
        self._component = ""
        self._notes = []

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._terminal = stack.enter_context(_diverted(self.log))
            self._notes = stack.enter_context(_logged())
            stack.enter_context(_wrapped_launcher(self._launch))
            self._entered = stack.pop_all()
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, Exception | KeyboardInterrupt):
            traceback.print_exception(kind, error, trace)
            self.status, message = self._explain(error)
            self._write(f"tfcompat pipeline: {message} (log: {self.log})\n")
        self._entered.close()
        if not self.log.stat().st_size:
            self.log.unlink()  # `tfx pipeline create` runs nothing.
        return self.status != 0

    def _launch(self, launch, launcher):
        node = launcher._pipeline_node.node_info
        if node.type.name.startswith(_HIDDEN):
            return launch(launcher)
        self._component = node.id
        start = time.monotonic()
        self._write(f"{node.id:<{_WIDTH}}")
        outcome = "failed"
        try:
            execution = launch(launcher)
            # TFX says where to write to those only that are to be run.
            outcome = "" if execution.execution_output_uri else "(cached)"
        finally:
            seconds = f"{time.monotonic() - start:8.1f} s"
            self._write(f"{outcome or seconds:>10}")
            self._write(_note_lines(self._notes))
            self._notes.clear()
        self._component = ""
        return execution

    def _write(self, text):
        self._terminal.write(text)
        self._terminal.flush()

    def _explain(self, error):
        """Exit status and one paragraph."""
        status, text = BAD_INPUT, find_input_error(error)
        if isinstance(error, KeyboardInterrupt):
            status, text = INTERRUPTED, "interrupted."
        elif text is None:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            status, text = FAILED, textwrap.shorten(text, _LONGEST)
        return status, ": ".join(filter(None, [self._component, text]))


def _note_lines(notes):
    """Behind the time if there is one, else below."""
    if len(notes) == 1:
        return f"  {notes[0]}\n"
    return "\n" + "".join(f"    {note}\n" for note in notes)


@contextlib.contextmanager
def _diverted(path):
    """Turns stdout and stderr into a file; yields what stderr was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    streams = {1: sys.stdout, 2: sys.stderr}
    kept = {number: os.dup(number) for number in streams}
    with open(path, "a", buffering=1, encoding="utf-8") as log:
        try:
            # C++ and child processes know the numbers, Python the names.
            for number, stream in streams.items():
                stream.flush()
                os.dup2(log.fileno(), number)
            sys.stdout = sys.stderr = log
            with open(kept[2], "w", closefd=False) as terminal:
                yield terminal
        finally:
            sys.stdout, sys.stderr = streams.values()
            for number, stream in streams.items():
                stream.flush()
                os.dup2(kept[number], number)
                os.close(kept[number])


class _Notes(logging.Handler):
    """Keeps what the pipeline has to say, and the library's warnings."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def emit(self, record):
        ours = record.name.split(".")[0]
        least = {"tfx_pipeline": logging.INFO, "tfcompat": logging.WARNING}
        if record.levelno >= least.get(ours, logging.CRITICAL + 1):
            self.texts.append(record.getMessage())


@contextlib.contextmanager
def _logged():
    """Logs everything to stderr; yields the list of notes to be shown."""
    root, absl = logging.getLogger(), logging.getLogger("absl")
    before = root.handlers, root.level, absl.level
    everything, notes = logging.StreamHandler(), _Notes()
    everything.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    try:
        root.handlers = [everything, notes]
        root.setLevel(logging.INFO)
        absl.setLevel(logging.INFO)
        yield notes.texts
    finally:
        root.handlers = before[0]
        root.setLevel(before[1])
        absl.setLevel(before[2])


@contextlib.contextmanager
def _wrapped_launcher(wrap):
    """Has TFX call `wrap(launch, launcher)` for each node."""
    from tfx.orchestration.portable.launcher import Launcher

    launch = Launcher.launch
    Launcher.launch = lambda launcher: wrap(launch, launcher)
    try:
        yield
    finally:
        Launcher.launch = launch
