import logging
import os
import re
import sys

import pytest
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.types.standard_artifacts import String

from tfcompat.data.errors import InputError
from tfx_pipeline.progress_lines import ProgressLines

ERRORS = {
    "": None,
    "input": InputError("votes.csv, line 3: no such vote."),
    "bug": ValueError("it is\n  broken"),
    "long": ValueError("x " * 5000),
    "interrupt": KeyboardInterrupt(),
    "exit": SystemExit(7),
}


@component
def Noisy(made: OutputArtifact[String]):
    print("noise of Python")
    os.system("echo noise of a child; echo noise of a child >&2")
    print("FutureWarning: noise of a library", file=sys.stderr)
    logging.getLogger("tfx_pipeline.noisy").info("all %s", "well")
    made.value = "x"


@component
def Failing(read: InputArtifact[String], how: Parameter[str]):
    for number in (1, 2):
        logging.getLogger("tfcompat.some").warning("mind %s", number)
    logging.getLogger("tfcompat.some").info("of no interest")
    if how:
        raise ERRORS[how]


@pytest.fixture
def run(tmp_path, capfd):
    """Function that runs both; returns the lines and what is on screen."""

    def run(how=""):
        capfd.readouterr()
        with ProgressLines(tmp_path / "logs") as lines:
            noisy = Noisy()
            failing = Failing(read=noisy.outputs["made"], how=how)
            LocalDagRunner().run(
                Pipeline(
                    "noisy",
                    str(tmp_path / "root"),
                    metadata_connection_config=(
                        sqlite_metadata_connection_config(
                            str(tmp_path / "metadata.sqlite")
                        )
                    ),
                    components=[noisy, failing],
                    enable_cache=True,
                )
            )
        shown = capfd.readouterr()
        assert shown.out == ""
        return lines, shown.err.splitlines()

    return run


class TestLines:
    def test_one_for_each_component_with_its_time_and_notes(self, run):
        lines, shown = run()
        assert lines.status == 0
        assert len(shown) == 4
        assert re.fullmatch(r"Noisy +\d+\.\d s  all well", shown[0])
        assert re.fullmatch(r"Failing +\d+\.\d s", shown[1])
        assert shown[2:] == ["    mind 1", "    mind 2"]

    def test_what_comes_from_the_cache_says_so(self, run):
        run()
        lines, shown = run()
        assert [line.split() for line in shown] == [
            ["Noisy", "(cached)"],
            ["Failing", "(cached)"],
        ]

    def test_all_the_rest_is_in_the_log(self, run):
        lines, _ = run()
        log = lines.log.read_text()
        for text in (
            "noise of Python",
            "noise of a child\nnoise of a child",
            "FutureWarning: noise of a library",
            "INFO tfcompat.some: of no interest",
            "INFO absl: Component Noisy is running.",
        ):
            assert text in log


class TestFailures:
    def test_bad_input_is_told_in_its_own_words(self, run):
        lines, shown = run("input")
        assert lines.status == 2
        assert re.fullmatch(r"Failing +failed", shown[1])
        assert shown[-1] == (
            "tfcompat pipeline: Failing: votes.csv, line 3: no such vote. "
            f"(log: {lines.log})"
        )

    def test_other_error_is_one_paragraph_and_the_log_has_the_trace(self, run):
        lines, shown = run("bug")
        assert lines.status == 1
        assert shown[-1] == (
            "tfcompat pipeline: Failing: ValueError: it is broken "
            f"(log: {lines.log})"
        )
        assert "Traceback (most recent call last)" in lines.log.read_text()

    def test_long_error_is_cut(self, run):
        lines, shown = run("long")
        assert len(shown[-1]) < 1200
        assert shown[-1].endswith(f"[...] (log: {lines.log})")

    def test_ctrl_c(self, run):
        lines, shown = run("interrupt")
        assert lines.status == 130
        assert "Failing: interrupted." in shown[-1]

    def test_exit_of_the_process_is_let_through(self, run):
        with pytest.raises(SystemExit):
            run("exit")

    def test_before_any_component(self, tmp_path, capfd):
        with ProgressLines(tmp_path) as lines:
            raise InputError("stage_one must be stynet.")
        assert lines.status == 2
        assert capfd.readouterr().err.startswith(
            "tfcompat pipeline: stage_one must be stynet. (log: "
        )


class TestAfterwards:
    def test_terminal_and_logging_are_as_before(self, tmp_path, capfd):
        root = logging.getLogger()
        before = list(root.handlers), root.level
        with ProgressLines(tmp_path):
            print("hidden")
        assert (list(root.handlers), root.level) == before
        print("shown")
        assert capfd.readouterr().out == "shown\n"

    def test_run_of_nothing_leaves_no_log(self, tmp_path):
        with ProgressLines(tmp_path) as lines:
            pass
        assert not lines.log.exists()
