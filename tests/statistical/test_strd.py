"""Summaries against the certified values of NIST's Statistical Reference Datasets, univariate collection.

Four sets are stored in `strd.csv`, the four sets of numerical accuracy are made by their recipe; the ninth, the 5,000
digits of π, is left out for its size.
A log relative error (LRE) counts the digits that agree with the certified value; a double holds 15 to 16. The sets
NumAcc3 and NumAcc4 lose digits before any computing: 1000000.1 is not a double, and a spread of 0.1 about 10⁷ keeps
the 8 digits of what is rounded off.
"""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from usephase.engine.run.statistics import describe

HERE = Path(__file__).parent


def stored() -> dict[str, tuple[list[float], float, float]]:
    lines = (HERE / "strd.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {
        row["name"]: ([float(x) for x in row["values"].split()], float(row["mean"]), float(row["sd"]))
        for row in csv.DictReader(lines)
    }


def alternating(centre: float, low: float, high: float) -> list[float]:
    return [centre, *([low, high] * 500)]


MADE = {
    "NumAcc1": ([10000001.0, 10000003.0, 10000002.0], 10000002.0, 1.0),
    "NumAcc2": (alternating(1.2, 1.1, 1.3), 1.2, 0.1),
    "NumAcc3": (alternating(1000000.2, 1000000.1, 1000000.3), 1000000.2, 0.1),
    "NumAcc4": (alternating(10000000.2, 10000000.1, 10000000.3), 10000000.2, 0.1),
}
SETS = stored() | MADE
DIGITS = {"NumAcc3": 9.4, "NumAcc4": 8.2}


def agreeing_digits(found: float, certified: float) -> float:
    return 15.0 if found == certified else min(15.0, -math.log10(abs(found - certified) / abs(certified)))


@pytest.mark.parametrize("name", SETS)
def test_certified_values(name: str) -> None:
    values, mean, sd = SETS[name]
    found = describe(np.array([values]), replicated=False)[0]
    assert agreeing_digits(found[0], mean) >= 13.9
    assert agreeing_digits(found[1], sd) >= DIGITS.get(name, 12.5)
    assert found[2] == pytest.approx(found[1] / math.sqrt(len(values)), rel=1e-14)


def test_the_sets_are_whole() -> None:
    assert {name: len(values) for name, (values, _, _) in SETS.items()} == {
        "Lew": 200, "Lottery": 218, "Mavro": 50, "Michelso": 100,
        "NumAcc1": 3, "NumAcc2": 1001, "NumAcc3": 1001, "NumAcc4": 1001,
    }  # fmt: skip
