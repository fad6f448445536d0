"""One line of the table of benchmarks."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    """What was measured, ours beside a peer or a limit of the same run.

    Attributes:
        what: What is measured, with its sizes.
        unit: Of both figures.
        ours: Our figure.
        against: Who or what the other figure is of.
        theirs: The other figure; None where it could not be had.
        ratio: The quotient that `goal` is about; None as `theirs`.
        goal: As ">= 0.9" or "<= 1.5"; "" where there is none.
        peak_megabytes: Most memory of the process while ours ran; None leaves
            it to `benchmarks.case`, which takes the most until then, of the
            process or of one that it started.
        note: What the reader must know: data, quality, why something is
            missing.
        series: Name of the curve in the scaling plot that this is a point of;
            "" if of none.
        size: Its place on the plot's horizontal axis.
        seconds: Its height.
    """

    what: str
    unit: str
    ours: float
    against: str = ""
    theirs: float | None = None
    ratio: float | None = None
    goal: str = ""
    peak_megabytes: float | None = None
    note: str = ""
    series: str = ""
    size: float | None = None
    seconds: float | None = None

    @property
    def meets_goal(self):
        """bool; None where there is no goal or no ratio."""
        if not self.goal or self.ratio is None:
            return None
        sign, bound = self.goal.split()
        if sign == ">=":
            return self.ratio >= float(bound)
        return self.ratio <= float(bound)


def missing(what, package, goal=""):
    """A row that says that a peer is not installed."""
    return Row(
        what=what,
        unit="",
        ours=float("nan"),
        against=package,
        goal=goal,
        note=f"{package} is not installed: pip install '.[bench]'",
    )
