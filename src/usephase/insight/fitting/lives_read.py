"""Observed lives from tables: ages, ages between two inspections, dates, or a triangle of months."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from usephase.errors import Problem, StudyError
from usephase.insight.fitting.data import Data, day, month
from usephase.insight.fitting.lives import Lives, lives_of

COLUMNS = (
    "age", "failed", "age_low", "age_high", "count", "entry", "sold", "returned", "until", "hours_per_year",
)  # fmt: skip
HOURS = COLUMNS[-1]
YEAR_DAYS = 365.0
"""A year of the catalog. [d]"""
_FORMS = (
    "give `age` and `failed`; or `age_low` and `age_high`; or `sold` and `returned`; or a triangle: month of sale, "
    "units sold, then a column a month of return (2024-01, 2024-02, …)"
)


def lives_from(data: Data, *, until: str = "", unit: str = "year", hours_per_year: float | None = None) -> Lives:
    """Read observed lives, in the form that the columns tell.

    Parameters
    ----------
    until : str
        The date to which is known what came back, where no column says it.
    unit : str
        Of the ages, where they are written as numbers.
    hours_per_year : float, optional
        What turns ages in years into hours of use, where no column says it.

    Raises
    ------
    StudyError
        With everything that is wrong.
    """
    if "age" in data or "failed" in data:
        lives = _ages(data, unit)
    elif "age_low" in data or "age_high" in data:
        lives = _between(data, unit)
    elif "sold" in data and "returned" in data:
        lives = _dated(data, until)
    elif len(_of_triangle(data)) > 2 and all(month(name) is not None for name in _of_triangle(data)[2:]):
        lives = _triangle(data)
    else:
        where = data.raw.place(data.raw.header_line)
        what = f"no form of observed lives is in the columns {', '.join(data.columns[:12])}"
        raise StudyError([Problem(where=where, what=what, fix=_FORMS)])
    if hours_per_year is not None and lives.unit == "year":
        lives = lives.scaled(hours_per_year, "hour")
    if not lives.failures:
        what = f"none of {lives.units:,.0f} units has failed"
        fix = "wait for failures, or write a judged life: these data say only that lives are longer than what was seen"
        raise StudyError([Problem(where=data.name, what=what, fix=fix)])
    return lives


def _needed(data: Data, *names: str) -> None:
    missing = [name for name in names if name not in data]
    for name in missing:
        data.add(-1, "", f"the column `{name}` is missing", f"add it. {_FORMS[0].upper()}{_FORMS[1:]}")
    data.refuse()


def _common(data: Data) -> tuple[np.ndarray, np.ndarray]:
    count = data.numbers("count", empty=1.0) if "count" in data else np.ones(len(data))
    entry = data.numbers("entry", empty=0.0) if "entry" in data else np.zeros(len(data))
    return count, entry


def _made(data: Data, parts: Mapping[str, np.ndarray], unit: str) -> Lives:
    hours = None
    if HOURS in data and unit == "year":
        hours = data.numbers(HOURS, above=True)
    data.refuse()
    scale = 1.0 if hours is None else hours
    low, high, entry = (parts[name] * scale for name in ("low", "high", "entry"))
    return lives_of(low, high, entry, parts["count"], unit=unit if hours is None else "hour")


def _ages(data: Data, unit: str) -> Lives:
    _needed(data, "age", "failed")
    age, failed = data.numbers("age"), data.numbers("failed")
    count, entry = _common(data)
    fix = "write 1 for a unit that failed at that age, 0 for one that was still alive"
    data.each(~np.isin(failed, (0, 1)) & np.isfinite(failed), "failed", "`{}` is neither 0 nor 1", fix)
    fix = "write the interval in which it failed, as `age_low` 0 and `age_high`; or leave units out that never worked"
    data.each((age == 0) & (failed == 1), "age", "a unit failed at age 0", fix)
    fix = "a unit is watched only after its entry: write the age at which it was seen last"
    if "entry" in data:
        data.each(age < entry, "age", "the age {} is below the age at entry", fix)
    dead = failed == 1
    return _made(data, {"low": age, "high": np.where(dead, age, np.inf), "entry": entry, "count": count}, unit)


def _between(data: Data, unit: str) -> Lives:
    _needed(data, "age_low", "age_high")
    low, high = data.numbers("age_low", empty=0.0), data.numbers("age_high", empty=np.inf, above=True)
    count, entry = _common(data)
    data.each(low > high, "age_high", "`age_high` is {}, below `age_low`", "write the later age in `age_high`")
    data.each((low == high) & (low == 0), "age_low", "a unit failed at age 0", "write a later `age_high`")
    if "entry" in data:
        fix = "a unit is watched only after its entry: write the ages of its inspections from then on"
        data.each(low < entry, "age_low", "the age {} is below the age at entry", fix)
    return _made(data, {"low": low, "high": high, "entry": entry, "count": count}, unit)


def _dated(data: Data, until: str) -> Lives:
    sold, returned = data.days("sold"), data.days("returned", optional=True)
    count, entry = _common(data)
    if "until" in data:
        last = data.days("until")
    elif until:
        read = day(until)
        if not isinstance(read, float):
            raise StudyError([Problem(where="--until", what=read[0], fix=read[1])])
        last = np.full(len(data), read)
    else:
        what = "nothing says until when it is known what came back"
        fix = "add the column `until`, or give --until 2024-12-31: units not returned by then were still in use"
        data.add(-1, "", what, fix)
        last = np.full(len(data), np.nan)
    back = np.isfinite(returned)
    data.each(back & (returned < sold), "returned", "returned on {}, before it was sold", "correct one of the dates")
    data.each(back & (returned > last), "returned", "returned on {}, after `until`", "correct one of the dates")
    data.each(~back & (sold > last), "sold", "sold on {}, after `until`", "correct the date, or leave the row out")
    days = np.where(back, returned, last) - sold
    # A day is the grain: what came back on the day of sale lasted less than one.
    same = back & (days <= 0)
    low, high = np.where(same, 0.0, days), np.where(back, np.where(same, 1.0, days), np.inf)
    parts = {"low": low / YEAR_DAYS, "high": high / YEAR_DAYS, "entry": entry, "count": count}
    return _made(data, parts, "year")


def _of_triangle(data: Data) -> tuple[str, ...]:
    """Give the columns of a triangle, in their order; hours a year may stand anywhere among them."""
    return tuple(name for name in data.columns if name != HOURS)


def _triangle(data: Data) -> Lives:
    """Read month of sale × month of return: only the months between tell, so units of one such number are put together.

    With hours a year the rows of those who use them alike are, and ages are in hours.

    Notes
    -----
    Units sold in month i and returned in month j = i + d, sold evenly over their month: with u the part of the month
    of sale that was over, the age is between d − u and d + 1 − u months.
    """
    when, sold, *returned = _of_triangle(data)
    hours = data.numbers(HOURS, above=True) if HOURS in data else np.ones(len(data))
    months = np.array([_or_nan(month(str(text))) for text in data.raw.cells[when]])
    data.each(np.isnan(months), when, "`{}` is not a month", "write it as year-month, such as 2024-03")
    units = data.numbers(sold)
    columns = np.array([_or_nan(month(name)) for name in returned])
    table = np.column_stack([data.numbers(name, empty=0.0) for name in returned])
    for i in np.flatnonzero(np.diff(columns) != 1).tolist():
        what = f"after {returned[i]} comes {returned[i + 1]}"
        data.add(
            -1, returned[i + 1], what, "order the months, and add the missing ones, with 0 where nothing came back"
        )
    twice = pd.DataFrame({"month": months, HOURS: hours}).duplicated(keep=False) & np.isfinite(months)
    data.each(twice.to_numpy(), when, "the month {} is there twice", "add the two rows up")
    last = float(columns[-1])
    data.each(months > last, when, "sold in {}, after the last month of returns", "leave the row out, or add the month")
    lag = columns[None, :] - months[:, None]
    for row, at in zip(*np.nonzero((lag < 0) & (table > 0)), strict=True):
        what = f"{table[row, at]:g} units came back in {returned[at]}, before they were sold"
        data.add(int(row), returned[int(at)], what, "correct the month or the number")
    data.each(table.sum(axis=1) > units, sold, "more units came back than the {} sold", "correct the numbers")
    data.refuse()
    kinds, of = np.unique(hours, return_inverse=True)
    back, alive = np.zeros((2, len(kinds), int(lag.max()) + 1))
    there = (lag >= 0) & (table > 0)
    np.add.at(back, (np.broadcast_to(of[:, None], lag.shape)[there], lag[there].astype(int)), table[there])
    np.add.at(alive, (of, (last - months).astype(int)), units - table.sum(axis=1))
    ages = np.arange(back.shape[1]) / 12 * kinds[:, None]
    ends = ages + kinds[:, None] / 12
    low, high = np.concatenate([ages, ends]).ravel(), np.concatenate([ends, np.full(ends.shape, np.inf)]).ravel()
    spread = np.broadcast_to(np.tile(kinds, 2)[:, None] / 12, (2 * len(kinds), back.shape[1])).ravel()
    count = np.concatenate([back, alive]).ravel()
    return lives_of(low, high, 0.0, count, spread, unit="hour" if HOURS in data else "year")


def _or_nan(value: int | None) -> float:
    return np.nan if value is None else float(value)
