"""Emissions by calendar year as a fan: the mean, and the ranges that hold half and 95 % of the draws."""

import numpy as np
import pandas as pd

from usephase.report.breakdown import breakdown
from usephase.report.charts.axes import Scale, scale, upward
from usephase.report.charts.marks import Area, Box, Dot, Mark, Path, Picture, Table, Words, table
from usephase.report.charts.style import SMALL_PX, WIDTH, text_width
from usephase.report.language import Language
from usephase.report.rounding import common_place
from usephase.report.spread import Spread, spread_headers
from usephase.results.run import UNIT, Run

_TAIL = 0.005
_TOP_PX, _BOTTOM_PX = 58.0, 300.0
_BANDS = (("p2_5", "p97_5", "wide"), ("p25", "p75", "narrow"))


def years(run: Run, words: Language) -> Picture | None:
    """Draw the calendar years until all but 0.5 % of the emissions are shown."""
    found = breakdown(run, "calendar_year")
    if found is None or not (found.leading["mean"] > 0).any():
        return None
    frame = found.leading
    title = words("chart.years", ledger=words(f"ledger.{found.main}"))
    shown = frame.iloc[: _end(frame["mean"].to_numpy(dtype=float))]
    numbers = [int(year) for year in shown.index]
    top = float(shown[["mean", "p97_5"]].max().max())
    left = 12.0 + max(text_width(words.number(top, 0), SMALL_PX), 30.0)
    up = scale(0.0, top, _BOTTOM_PX, _TOP_PX)
    along = Scale((), numbers[0], max(numbers[-1], numbers[0] + 1), left + 6, WIDTH - 20)
    marks: list[Mark] = upward(up, left, WIDTH, UNIT, words)
    marks += [_band(shown, *band, along, up) for band in _BANDS]
    points = tuple((along(y), up(m)) for y, m in zip(numbers, shown["mean"].tolist(), strict=True))
    marks.append(Path(points, "use", 2.2))
    told = [words("chart.told", label=str(y), mean=s.amount(words, UNIT), interval=s.interval(words))
            for y, s in zip(numbers, map(Spread.of, shown.to_dict("records")), strict=True)]  # fmt: skip
    marks += [Dot(x, y, 2.6, "use", text) for (x, y), text in zip(points, told, strict=True)]
    marks += _year_words(numbers, along)
    marks += _reporting_year(run.meta["reporting_year"], numbers, along, words)
    marks += _legend(words)
    peak = max(range(len(numbers)), key=lambda i: points[i][1] * -1)
    description = words("chart.years_description", first=numbers[0], last=numbers[-1], peak=told[peak])
    return Picture("years", title, description, _BOTTOM_PX + 28, tuple(marks), _table(title, frame, len(shown), words))


def _end(means: np.ndarray) -> int:
    done = np.cumsum(means) / means.sum()
    return max(int(np.searchsorted(done, 1 - _TAIL)) + 1, 2)


def _band(frame: pd.DataFrame, low: str, high: str, role: str, along: Scale, up: Scale) -> Area:
    numbers = [int(year) for year in frame.index]
    there = [(along(y), up(v)) for y, v in zip(numbers, frame[high].tolist(), strict=True)]
    back = [(along(y), up(v)) for y, v in zip(numbers, frame[low].tolist(), strict=True)]
    return Area((*there, *reversed(back)), role)


def _year_words(numbers: list[int], along: Scale) -> list[Mark]:
    every = next(n for n in (1, 2, 5, 10, 20, 50) if len(numbers) / n <= 14)
    return [Words(along(y), _BOTTOM_PX + 18, str(y), "soft", "middle", SMALL_PX) for y in numbers if y % every == 0]


def _reporting_year(year: int, numbers: list[int], along: Scale, words: Language) -> list[Mark]:
    if not numbers[0] <= year <= numbers[-1]:
        return []
    x = along(year)
    return [
        Path(((x, _TOP_PX - 8), (x, _BOTTOM_PX)), "soft", 1.2, dashed=True),
        Words(x + 5, _TOP_PX - 12, words("chart.reporting_year", year=year), "soft", "start", SMALL_PX),
    ]


def _legend(words: Language) -> list[Mark]:
    marks: list[Mark] = []
    x = 70.0
    for role, key in (("use", "chart.mean"), ("narrow", "chart.half"), ("wide", "chart.most")):
        text = words(key)
        shape: Mark = Path(((x, 12), (x + 18, 12)), role, 2.2) if role == "use" else Box(x, 6, 18, 12, role)
        marks += [shape, Words(x + 24, 16, text, "ink", "start", SMALL_PX)]
        x += 24 + text_width(text, SMALL_PX) + 22
    return marks


def _table(title: str, frame: pd.DataFrame, shown: int, words: Language) -> Table:
    mean, interval, best = spread_headers(words, UNIT)
    headers = [words("by.calendar_year"), mean, interval, words("table.middle_half", unit=UNIT), best]
    rows = []
    last = common_place((row for _, row in frame.iterrows()), "best_estimate")
    for year, row in frame.iloc[:shown].iterrows():
        cells = Spread.of(row).cells(words, last)
        middle = words.interval(row["p25"], row["p75"], last=last)
        rows.append([str(year), *cells[:2], middle, cells[2]])
    rest = frame.iloc[shown:]
    if len(rest):
        mean_rest, best_rest = float(rest["mean"].sum()), float(rest["best_estimate"].sum())
        label = words("table.later_years", first=rest.index[0], last=rest.index[-1])
        rows.append([label, words.number(mean_rest, last), "", "", words.number(best_rest, last)])
    return table(title, headers, rows)
