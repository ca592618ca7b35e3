"""What several experts say of one number: their 10th, 50th and 90th percentiles, pooled.

Notes
-----
The pool is linear: the distribution functions are averaged with the weights, which keeps it when experts disagree
[1]_. Each expert's is the metalog through the three percentiles [2]_, of the logarithm where the number cannot be
negative, of the log-odds where it is a share.

References
----------
.. [1] Cooke, R.M., *Experts in Uncertainty*, Oxford 1991, ch. 11.
.. [2] Keelin, T.W., "The metalog distributions", Decision Analysis 13 (2016) 243-277, sec. 4.1 and 4.2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from usephase.insight.fitting.data import Data
from usephase.insight.fitting.evidence import Source, number, plain

COLUMNS = ("expert", "p10", "p50", "p90", "weight", "asked_on", "question")
_SHARES = (0.1, 0.5, 0.9)
_LOG_NINE = float(np.log(9.0))
_GRID = np.concatenate(
    [np.geomspace(1e-5, 0.01, 60)[:-1], np.linspace(0.01, 0.99, 393), 1 - np.geomspace(1e-5, 0.01, 60)[-2::-1]]
)
_FEASIBLE = 1.66711 * 0.4 / 2
"""How far the median may be off the middle of the two others, over their distance (Keelin, sec. 4.1)."""


@dataclass(frozen=True)
class ExpertFit:
    """Hold the pooled judgement.

    Attributes
    ----------
    experts : tuple of str
    given : ndarray (expert, 3)
        Their percentiles.
    weights : ndarray (expert,)
        Summing to 1.
    pooled : tuple of float
        The percentiles of the pool.
    asked : tuple of (str, str, str)
        Who, when and what was asked: the record.
    """

    experts: tuple[str, ...]
    given: np.ndarray
    weights: np.ndarray
    pooled: tuple[float, float, float]
    asked: tuple[tuple[str, str, str], ...]
    unit: str
    source: Source

    @property
    def text(self) -> str:
        """The value as a cell holds it."""
        return f"p10_p50_p90({', '.join(number(x) for x in self.pooled)})"

    @property
    def cells(self) -> dict[str, str]:
        """Write what a row holds: the value, who was asked when and what, and that it is a judgement."""
        who = "; ".join(" ".join(part for part in (name, when) if part) for name, when, _ in self.asked)
        question = next((q for *_, q in self.asked if q), "")
        told = f"usephase fit expert: {who}" + (f"; asked: {question}" if question else "")
        unit = f" {self.unit}" if self.unit else ""
        return {"value": self.text + unit, "source": self.source.told(told), "data_type": "estimate"}

    def to_document(self) -> dict[str, Any]:
        """Give the answer as JSON has it."""
        document = {
            "kind": "expert", "unit": self.unit, "distribution": "p10_p50_p90",
            "parameters": dict(zip(("p10", "p50", "p90"), self.pooled, strict=True)), "units": len(self.experts),
            "experts": [
                {"expert": asked[0], "asked_on": asked[1], "question": asked[2], "weight": float(weight),
                 "p10": row[0], "p50": row[1], "p90": row[2]}
                for asked, weight, row in zip(self.asked, self.weights, self.given.tolist(), strict=True)
            ],
            "data": {"name": self.source.name, "sha256": self.source.sha256}, "row": self.cells,
        }  # fmt: skip
        answer: dict[str, Any] = plain(document)
        return answer


def fit_expert(data: Data, *, low: float | None = None, high: float | None = None, unit: str = "") -> ExpertFit:
    """Pool what experts say.

    Parameters
    ----------
    data : Data
        Columns `expert`, `p10`, `p50`, `p90`, and if there are `weight`, `asked_on`, `question`.
    low, high : float, optional
        What the number cannot be under or over: 0 for an amount, 0 and 1 for a share.

    Raises
    ------
    StudyError
        With everything wrong: percentiles out of order or out of bounds, a triplet that no smooth distribution has.
    """
    for name in COLUMNS[:4]:
        if name not in data:
            data.add(-1, "", f"the column `{name}` is missing", f"add it; the columns are {', '.join(COLUMNS)}")
    data.refuse()
    least = -np.inf if low is None else low
    given = np.column_stack([data.numbers(name, least=least, above=low is not None) for name in COLUMNS[1:4]])
    weights = data.numbers("weight", empty=1.0) if "weight" in data else np.ones(len(data))
    names = [str(text).strip() for text in data.raw.cells["expert"]]
    sound = np.isfinite(given).all(axis=1)
    if high is not None:
        data.each(sound & (given[:, 2] >= high), "p90", f"`{{}}` reaches {high:g}", f"write a number below {high:g}")
    ordered = (given[:, 0] < given[:, 1]) & (given[:, 1] < given[:, 2])
    data.each(sound & ~ordered, "p50", "the percentiles are not in order", "write p10 below p50 below p90")
    for i, name in enumerate(names):
        if not name:
            data.add(i, "expert", "the expert has no name", "write who was asked: the record is part of the source")
        elif sound[i] and ordered[i] and (high is None or given[i, 2] < high):
            one = _bent(given[i], low, high)
            if abs((one[0] + one[2]) / 2 - one[1]) >= _FEASIBLE * (one[2] - one[0]):
                what = "the median is so near one of the other two that no smooth distribution has the three"
                data.add(i, "p50", what, "ask again for the three, beginning with the two outer ones")
    if np.isfinite(weights).all() and not weights.sum() > 0:
        data.add(-1, "weight", "all weights are 0", "give weights above 0, or leave the column out")
    data.refuse()
    weights = weights / weights.sum()
    curves = [_curve(row, low, high) for row in given]

    def share(x: float) -> float:
        return float(sum(w * np.interp(x, curve, _GRID) for w, curve in zip(weights, curves, strict=True)))

    ends = min(curve[0] for curve in curves), max(curve[-1] for curve in curves)
    found = [float(optimize.brentq(lambda x, p=p: share(x) - p, *ends, xtol=1e-12, rtol=1e-12)) for p in _SHARES]
    pooled = found[0], found[1], found[2]
    when = [str(t).strip() for t in data.raw.cells["asked_on"]] if "asked_on" in data else [""] * len(names)
    question = [str(t).strip() for t in data.raw.cells["question"]] if "question" in data else [""] * len(names)
    asked = tuple(zip(names, when, question, strict=True))
    return ExpertFit(tuple(names), given, weights, pooled, asked, unit, Source(data.name, data.sha256))


def _bent(x: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    if low is not None and high is not None:
        return np.log((x - low) / (high - x))
    if low is not None:
        return np.log(x - low)
    return -np.log(high - x) if high is not None else x


def _curve(given: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    """Give an expert's quantiles at the grid: a1 + a2·logit(u) + a3·(u − ½)·logit(u), bent back."""
    first, middle, last = _bent(given, low, high)
    logit = np.log(_GRID / (1 - _GRID))
    bend = (first + last - 2 * middle) / (2 * 0.4 * _LOG_NINE)
    y = middle + (last - first) / (2 * _LOG_NINE) * logit + bend * (_GRID - 0.5) * logit
    if low is not None and high is not None:
        return np.asarray(low + (high - low) / (1 + np.exp(-y)))
    if low is not None:
        return np.asarray(low + np.exp(y))
    return np.asarray(high - np.exp(-y)) if high is not None else np.asarray(y)
