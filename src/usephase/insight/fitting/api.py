"""`usephase.fit`: the fits in Python, on arrays, data frames or files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from usephase.door import door
from usephase.insight.fitting.amount import AmountFit, Measured, fit_amount, read_measured
from usephase.insight.fitting.data import Data, given, read_data
from usephase.insight.fitting.evidence import Source
from usephase.insight.fitting.expert import COLUMNS as EXPERT_COLUMNS
from usephase.insight.fitting.expert import ExpertFit, fit_expert
from usephase.insight.fitting.lifetime import LifetimeFit, fit_lifetime
from usephase.insight.fitting.lives_read import COLUMNS as LIFE_COLUMNS
from usephase.insight.fitting.lives_read import lives_from
from usephase.insight.fitting.mean import MeanFit, fit_mean
from usephase.insight.fitting.prior import read_prior

__all__ = ["Fit", "fit"]

Fit = LifetimeFit | MeanFit | AmountFit | ExpertFit
"""What a fit gives, whatever was fitted."""


def lifetime(
    ages: Any,
    failed: Any = None,
    *,
    count: Any = None,
    entry: Any = None,
    age_high: Any = None,
    unit: str = "year",
    hours_per_year: float | None = None,
    until: str = "",
    watched_to: float | None = None,
    distribution: str = "",
    max_years: float | None = None,
    prior: str = "",
    catalog: Any = None,
    sheet: str = "",
) -> LifetimeFit:
    """Fit a life to observed ages.

    Parameters
    ----------
    ages : array-like, DataFrame, or path
        Ages; or a table, or a file, in one of the forms of `usephase fit lifetime`.
    failed : array-like, optional
        1 for a unit that failed at its age, 0 for one that was still alive.
    count, entry : array-like, optional
        Units of each row, and the age from which on they were watched.
    age_high : array-like, optional
        Instead of `failed`: the age by which it had failed, not later than `ages`; infinite for one still alive.
    unit : str
        Of the ages: ``year``, ``hour`` or ``cycle``.
    hours_per_year : float, optional
        What turns years into hours of use.
    until : str
        With dates: until when it is known what came back.
    watched_to : float, optional
        The age beyond which nothing is seen, such as the end of the warranty.
    distribution : str
        ``weibull``, ``lognormal``, ``loglogistic`` or ``gamma``; by default the one of the lowest AIC.
    max_years : float, optional
        The age at which units are scrapped whatever their wear.
    prior : str
        A row of `lifetimes`, the catalog's or the reference's, that is combined with the data.
    catalog : Catalog, optional
        Where `prior` is looked for first.

    Returns
    -------
    LifetimeFit

    Raises
    ------
    StudyError
        With everything that is wrong with the data.
    """
    columns = {"age": ages, "failed": failed, "count": count, "entry": entry}
    if age_high is not None:
        columns = {"age_low": ages, "age_high": age_high, "count": count, "entry": entry}
    data = _data(ages, LIFE_COLUMNS, columns, sheet)
    lives = lives_from(data, until=until, unit=unit, hours_per_year=hours_per_year)
    if watched_to is not None:
        lives = lives.cut(watched_to)
    believed = read_prior(prior, catalog) if prior else None
    source = Source(data.name, data.sha256)
    return fit_lifetime(lives, source, distribution=distribution, max_years=max_years, prior=believed)


def mean(
    values: Any, column: str = "value", *, over: Any = None, unit: str = "", calibration: str = "",
    resolution: float = 0.0, sheet: str = "",
) -> MeanFit:  # fmt: skip
    """Take the mean of repeated measurements, with the uncertainty of the instrument.

    Parameters
    ----------
    values : array-like, DataFrame, or path
    column : str
        Which column of a table or file.
    over : array-like or str, optional
        What each value is divided by: what was delivered over what was drawn is an efficiency.
    calibration : str
        The expanded uncertainty of the instrument's certificate: ``0.5%``, or a number in the unit of the values.
    resolution : float
        The step of the display.
    """
    by_name = isinstance(over, str)
    columns = {column: values} if over is None or by_name else {column: values, "over": over}
    data = _data(values, (column, over) if by_name else (column,), columns, sheet)
    below = over if by_name else "over" if over is not None else ""
    for name in filter(None, (column, below)):
        if name not in data:
            data.add(-1, "", f"the column `{name}` is missing", f"there are {', '.join(data.columns[:20])}")
    data.refuse()
    read = data.numbers(column)
    if below:
        read = read / data.numbers(below, above=True)
    data.refuse()
    source = Source(data.name, data.sha256)
    name = f"{column}/{below}" if below else column
    return fit_mean(read, source, name, unit=unit, calibration=calibration, resolution=resolution)


def amount(
    values: Any, column: str = "value", *, weight: Any = None, tool: Any = None, by: Sequence[str] = (),
    unit: str = "", winsorise: float = 0.0,
) -> AmountFit:  # fmt: skip
    """Estimate the mean of a population from measurements of many tools.

    Parameters
    ----------
    values : array-like, DataFrame, or path
        One row a measurement. Of a file (CSV or Parquet) only the columns asked for are read, block by block.
    column : str
        Which column of a table or file.
    weight : array-like or str, optional
        How many tools a row stands for.
    tool : array-like or str, optional
        Which tool a row is of: all rows of one tool are one observation.
    by : sequence of str
        Columns of a table or file by which means are taken apart.
    winsorise : float
        The share at either end that is set to the value at that share.
    """
    if isinstance(values, str | Path):
        path = Path(values)
        measured = read_measured(path, column, weight=weight or "", by=tuple(by), tool=tool or "")
        return fit_amount(measured, _source_of(path), column, unit=unit, winsorise=winsorise)
    frame = isinstance(values, pd.DataFrame)
    columns: dict[str, Any] = {column: values[column] if frame else values}
    for name, of in (("weight", weight), ("tool", tool)):
        if of is not None:
            columns[name] = values[of] if isinstance(of, str) else of
    columns |= {name: values[name] for name in by}
    data = given(columns)
    read = data.numbers(column)
    weights = data.numbers("weight") if weight is not None else None
    data.refuse()
    tools = pd.factorize(data.raw.cells["tool"])[0] if tool is not None else None
    groups = {name: pd.Categorical(data.raw.cells[name]) for name in by}
    source = Source(data.name, data.sha256)
    return fit_amount(Measured(read, weights, tools, groups), source, column, unit=unit, winsorise=winsorise)


def expert(
    judgements: Any, *, low: float | None = None, high: float | None = None, unit: str = "", sheet: str = ""
) -> ExpertFit:
    """Pool what several experts say: their 10th, 50th and 90th percentiles, with weights.

    Parameters
    ----------
    judgements : DataFrame, mapping, or path
        Columns `expert`, `p10`, `p50`, `p90`, and if there are `weight`, `asked_on`, `question`.
    low, high : float, optional
        What the number cannot be under or over.
    """
    columns = dict(judgements) if isinstance(judgements, Mapping) else {}
    return fit_expert(_data(judgements, EXPERT_COLUMNS, columns, sheet), low=low, high=high, unit=unit)


def _data(of: Any, known: Sequence[str], columns: Mapping[str, Any], sheet: str) -> Data:
    if isinstance(of, str | Path):
        return read_data(Path(of), known, sheet)
    if isinstance(of, pd.DataFrame):
        return given({name: of[name] for name in of.columns}, "frame")
    return given({name: values for name, values in columns.items() if values is not None})


def _source_of(path: Path) -> Source:
    import hashlib

    with path.open("rb") as file:
        return Source(path.name, hashlib.file_digest(file, "sha256").hexdigest())


fit = SimpleNamespace(lifetime=door(lifetime), mean=door(mean), amount=door(amount), expert=door(expert))
"""What `usephase.fit` is: what goes out can be altered without altering what it belongs to."""
