"""The mean of repeated measurements, with the uncertainty of the instrument: GUM, type A and type B.

References
----------
JCGM 100:2008, *Guide to the expression of uncertainty in measurement* (GUM): 4.2 (repeated readings), 4.3
(certificates, resolution), 5.1.2 (combination), G.4.1 (Welch–Satterthwaite).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from usephase.errors import Problem, StudyError
from usephase.insight.fitting.evidence import Source, number, plain

FEWEST = 4
"""Measurements below which their own scatter says too little: Student's distribution has no variance at two degrees."""
MANY = 1e6


@dataclass(frozen=True)
class MeanFit:
    """Hold the mean of repeated measurements.

    Attributes
    ----------
    values : ndarray (measurement,)
    column, unit : str
    source : Source
    calibration, resolution : float
        Standard uncertainties of the instrument.
    """

    values: np.ndarray
    column: str
    unit: str
    source: Source
    calibration: float
    resolution: float

    @property
    def mean(self) -> float:
        """Their mean."""
        return float(self.values.mean())

    @property
    def deviation(self) -> float:
        """Their standard deviation, n − 1."""
        return float(self.values.std(ddof=1))

    @property
    def scatter(self) -> float:
        """The standard uncertainty of the mean from their scatter: s/√n."""
        return self.deviation / float(np.sqrt(len(self.values)))

    @property
    def error(self) -> float:
        """The combined standard uncertainty."""
        return float(np.sqrt(self.scatter**2 + self.calibration**2 + self.resolution**2))

    @property
    def freedom(self) -> float:
        """Effective degrees of freedom: the parts of the instrument are taken as known."""
        return (len(self.values) - 1) * (self.error / self.scatter) ** 4 if self.scatter else float("inf")

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean."""
        wide = special.stdtrit(min(self.freedom, MANY), 0.975)
        return self.mean - float(wide) * self.error, self.mean + float(wide) * self.error

    @property
    def text(self) -> str:
        """The value as a cell holds it."""
        mean, error = number(self.mean, 6), number(self.error, 3)
        if not self.error:
            return mean
        if self.freedom > MANY:
            return f"normal({mean}, {error})"
        return f"student({mean}, {error}, {number(self.freedom, 4)})"

    @property
    def cells(self) -> dict[str, str]:
        """Write what a row holds: the value, where it comes from, and that it was measured."""
        told = self.source.told(f"usephase fit mean: {len(self.values)} measurements of `{self.column}`")
        unit = f" {self.unit}" if self.unit else ""
        return {"value": self.text + unit, "source": told, "data_type": "primary"}

    def to_document(self) -> dict[str, Any]:
        """Give the answer as JSON has it."""
        document = {
            "kind": "mean", "column": self.column, "unit": self.unit, "distribution": "student",
            "parameters": {"mean": self.mean, "standard_error": self.error, "degrees_of_freedom": self.freedom},
            "intervals": {"mean": list(self.interval)}, "units": len(self.values), "sd": self.deviation,
            "parts": {"scatter": self.scatter, "calibration": self.calibration, "resolution": self.resolution},
            "data": {"name": self.source.name, "sha256": self.source.sha256}, "row": self.cells,
        }  # fmt: skip
        answer: dict[str, Any] = plain(document)
        return answer


def few(column: str, count: int) -> Problem:
    """Ask for a judged width where there are too few measurements."""
    what = (
        f"{count} measurement{'s' * (count != 1)} of {column}: their own scatter is no measure of doubt below {FEWEST}"
    )
    fix = f"measure at least {FEWEST}, or write their mean with a judged width, such as `12.5 ± 10%`"
    return Problem(where="DATA", what=what, fix=fix)


def fit_mean(
    values: np.ndarray, source: Source, column: str, *, unit: str = "", calibration: str = "", resolution: float = 0.0
) -> MeanFit:
    """Take the mean of repeated measurements.

    Parameters
    ----------
    values : ndarray (measurement,)
    calibration : str
        The expanded uncertainty of the instrument's certificate (k = 2): a number in the unit of the values, or a
        percentage of them: ``0.5%``.
    resolution : float
        The step of the display; readings are anywhere within half a step of it.

    Raises
    ------
    StudyError
        If there are fewer than four, or an uncertainty that cannot be read.
    """
    problems = []
    if len(values) < FEWEST:
        problems.append(few(f"`{column}`", len(values)))
    wide = 0.0
    if calibration:
        text = calibration.strip()
        try:
            wide = float(text.removesuffix("%")) * (abs(float(values.mean())) / 100 if text.endswith("%") else 1.0)
        except ValueError:
            wide = float("nan")
        if not 0 <= wide < float("inf"):
            fix = "give the expanded uncertainty of the certificate: `0.5%`, or a number in the unit of the values"
            problems.append(Problem(where="--calibration", what=f"`{text}` is no uncertainty", fix=fix))
    if not 0 <= resolution < float("inf"):
        fix = "give the step of the display, in the unit of the values"
        problems.append(Problem(where="--resolution", what=f"`{resolution:g}` is no step", fix=fix))
    if problems:
        raise StudyError(problems)
    return MeanFit(values, column, unit, source, wide / 2, resolution / float(np.sqrt(12)))
