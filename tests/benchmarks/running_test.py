import json

import pytest

from benchmarks import cases, running
from benchmarks.page import TITLES, figure, write_page
from benchmarks.results import Results
from benchmarks.row import Row, missing
from benchmarks.running import LIMITS, run_all, run_one

MACHINE = {
    "processor": "A processor",
    "cores": 2,
    "instruction_sets": ["avx2"],
    "memory_gigabytes": 24,
    "load_at_start": 0.5,
    "date": "2026-11-25",
}
CASES = {
    "good": "yield Row('a', 's', 2.0, 'peer', 3.0, 1.5, '>= 1')",
    "dies": "yield Row('b', 's', 1.0)\n    import os; os._exit(7)",
    "raises": "yield Row('c', 's', 1.0)\n    raise ValueError('too bad')",
    "hangs": "yield Row('d', 's', 1.0)\n    import time; time.sleep(60)",
}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Benchmarks that end in all ways, in a package `benchmarks.cases`."""
    folder = tmp_path / "benchmarks" / "cases"
    folder.mkdir(parents=True)
    for name in ("__init__", "case", "measuring", "row"):
        source = (running.pathlib.Path(running.__file__).parent) / f"{name}.py"
        (folder.parent / f"{name}.py").write_text(source.read_text())
    (folder / "__init__.py").write_text("")
    for name, body in CASES.items():
        (folder / f"{name}.py").write_text(
            "from benchmarks.row import Row\n\n\ndef run(scratch, small):\n"
            f"    {body}\n"
        )
    monkeypatch.chdir(tmp_path)


class TestRunning:
    @pytest.mark.parametrize(
        ("name", "what", "failure"),
        [
            ("good", "a", ""),
            ("dies", "b", "exit status 7"),
            ("raises", "c", "ValueError: too bad"),
            ("hangs", "d", "stopped after 8 s"),
        ],
    )
    def test_rows_found_by_then_are_kept(self, written, name, what, failure):
        outcome = run_one(name, small=False, limit=8 if name == "hangs" else 60)
        assert [row.what for row in outcome.rows] == [what]
        # None of them says how much memory it took.
        assert 1 < outcome.rows[0].peak_megabytes < 10_000
        assert failure in outcome.failure and bool(failure) == bool(
            outcome.failure
        )

    def test_what_no_longer_fits_is_said(self):
        [outcome] = run_all(["loading"], in_all=1)
        assert outcome.failure == "no time was left for it"

    def test_every_benchmark_has_a_limit(self):
        folder = running.pathlib.Path(cases.__file__).parent
        names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
        assert names == set(LIMITS) == set(TITLES)


class TestRow:
    def test_goals(self):
        def row(ratio, goal):
            return Row("a", "s", 1.0, ratio=ratio, goal=goal)

        assert row(0.9, ">= 0.9").meets_goal
        assert not row(0.89, ">= 0.9").meets_goal
        assert row(1.5, "<= 1.5").meets_goal
        assert not row(1.51, "<= 1.5").meets_goal
        assert row(None, "<= 1").meets_goal is row(1.0, "").meets_goal is None


class TestPage:
    def test_tells_what_misses_and_keeps_what_is_not_run_again(self, tmp_path):
        path, results = tmp_path / "benchmarks.json", Results()
        slow = Row("slow", "s", 4.0, "a peer", 2.0, 0.5, ">= 1", 123.4)
        absent = missing("other", "implicit", ">= 1")
        points = [
            Row(str(n), "s", 1.0, series="stage 1: ours", size=n, seconds=n / 9)
            for n in (10, 100)
        ]
        for name, rows, failure in (
            ("stage_one", [slow, absent, *points], "stopped after 9 s"),
            ("loading", [slow], ""),
        ):
            outcome = running.Outcome(name, rows, 9.0, failure)
            results.add(outcome, MACHINE, small=False)
            path.write_text(json.dumps(results.as_json()))
            results = Results.read(path)
        write_page(results, tmp_path)
        page = (tmp_path / "benchmarks.md").read_text()
        line = "| slow | 4 s | a peer | 2 | 0.5 | ≥ 1 | **no** | 123 |"
        assert page.count(line) == 2
        assert "implicit is not installed" in page
        assert "Not finished: stopped after 9 s." in page
        assert "2 cores of A processor (avx2), 24 GB" in page
        assert (tmp_path / "scaling.png").stat().st_size > 5000

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "–"),
            (0.01234, "0.0123"),
            (12.3456, "12.3"),
            (1234.5, "1,234"),
        ],
    )
    def test_three_digits(self, value, text):
        assert figure(value) == text
