"""A difference of two designs in words: the verdict in a sentence, and what it is by segment, region and scenario."""

from collections.abc import Mapping, Sequence
from typing import Any

from usephase.report.cells import printable
from usephase.report.language import Language
from usephase.report.rounding import common_place, place
from usephase.report.scenarios import name_of

SPLIT_BY = ("segment", "region", "scenario")


def sentence(
    mean: float, ends: tuple[float, float], unit: str, lower: float | None, draws: int, words: Language
) -> str:
    """Say a difference: how much, which way, and in how many draws.

    Parameters
    ----------
    mean : float
    ends : (float, float)
        Of the 95 % interval.
    unit : str
    lower : float or None
        Probability that it is lower; None where nothing differs.
    draws : int
    words : Language
    """
    if lower is None or not mean:
        return words("decide.lead_same")
    size = f"{words.number(abs(mean), place(*ends, mean))} {unit}"
    sure = lower in (0.0, 1.0)
    told = words.in_draws(lower, draws)
    if mean < 0:
        return words("decide.lead_less" if sure else "decide.lead_mean", amount=size, draws=told)
    if sure:
        return words("decide.lead_more", amount=size, lower=words("decide.lead_lower", draws=told))
    return words("decide.lead_mean_more", amount=size, draws=told)


def split_rows(
    parts: Sequence[Mapping[str, Any]], by_scenario: Sequence[Mapping[str, Any]], by: str, draws: int, words: Language
) -> list[list[str]]:
    """Write a difference by a grouping: group, mean, 95 % interval and in how many draws it is lower.

    Nothing where there is one scenario only, or where no group is given.
    """
    if by == "scenario":
        rows = [(name_of(str(row["scenario"]), float(row["weight"]), words), row) for row in by_scenario]
    else:
        found = [row for row in parts if row["by"] == by and row["group"]]
        found.sort(key=lambda row: -abs(row["mean"]))
        rows = [(words.group(by, str(row["group"])), row) for row in found]
    last = common_place(row for _, row in rows)
    return [
        [printable(name), words.number(row["mean"], last), words.interval(row["p2_5"], row["p97_5"], last=last),
         words.chance(row["probability_lower"], draws)]
        for name, row in rows
    ]  # fmt: skip
