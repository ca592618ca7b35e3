"""Years: emissions as a fan, the mean and the ranges of half and 95 % of the draws; a place's grid paths as lines."""

from itertools import cycle

import numpy as np
import pandas as pd

from usephase.catalog.reference.story import Story
from usephase.report.breakdown import breakdown
from usephase.report.charts.axes import Scale, scale, upward
from usephase.report.charts.marks import Area, Box, Dot, Mark, Path, Picture, Table, Words, table
from usephase.report.charts.style import SMALL_PX, WIDTH, text_width
from usephase.report.html.documents import Tracked
from usephase.report.language import Language, capital
from usephase.report.rounding import common_place
from usephase.report.scenarios import name_of
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
    headers = [capital(words("by.calendar_year")), mean, interval, words("table.middle_half", unit=UNIT), best]
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


_FANS = ("use", "waste", "change", "accent")
"""Colours of grid scenarios, in turn."""
_CLEAR = 0.22


def outlook(found: Tracked, words: Language) -> Picture | None:
    """Draw what is ahead as a fan for each grid scenario: the mean in its 95 % interval, and the target.

    None where there is one scenario, or one year.
    """
    reported = found.reporting_year or max(row.year for row in found.years)
    every = {row.year: row for row in (*found.outlook, *found.years) if row.year >= reported}
    rows = [every[year] for year in sorted(every)]
    names = {tuple(part.scenario for part in row.by_scenario) for row in rows}
    if len(rows) < 2 or len(names) > 1 or len(rows[0].by_scenario) < 2:
        return None
    fans = list(zip(*(row.by_scenario for row in rows), strict=True))
    named = [name_of(fan[0].scenario, fan[0].weight, words) for fan in fans]
    aimed = [(row.year, row.target) for row in rows if row.target is not None]
    top = max([one.p97_5 for fan in fans for one in fan] + [target for _, target in aimed])
    right = WIDTH - 30 - max(text_width(name, SMALL_PX) for name in named)
    left = 12.0 + max(text_width(words.number(top, 0), SMALL_PX), 30.0)
    up = scale(0.0, top, _BOTTOM_PX, _TOP_PX)
    years_ahead = [row.year for row in rows]
    along = Scale((), years_ahead[0], years_ahead[-1], left + 6, right - 8)
    marks: list[Mark] = upward(up, left, right, UNIT, words)
    ends = [list(zip(years_ahead, fan, strict=True)) for fan in fans]
    for fan, role in zip(ends, cycle(_FANS), strict=False):
        there = [(along(year), up(one.p97_5)) for year, one in fan]
        back = [(along(year), up(one.p2_5)) for year, one in fan]
        marks.append(Area((*there, *reversed(back)), role, _CLEAR))
    ordered = sorted(zip(ends, named, cycle(_FANS), strict=False), key=lambda one: -one[0][-1][1].mean)
    beside = _apart([up(fan[-1][1].mean) + 4 for fan, _, _ in ordered])
    for (fan, name, role), y in zip(ordered, beside, strict=True):
        marks.append(Path(tuple((along(year), up(one.mean)) for year, one in fan), role, 2.2, title=name))
        marks.append(Path(((right - 6, up(fan[-1][1].mean)), (right + 12, y - 4)), role, 0.8))
        marks.append(Words(right + 15, y, name, "ink", "start", SMALL_PX))
    if aimed:
        text = words("chart.target")
        marks.append(Path(tuple((along(year), up(target)) for year, target in aimed), "ink", 1.6, True, text))
        marks += [Path(((70, 12), (88, 12)), "ink", 1.6, True), Words(94, 16, text, "ink", "start", SMALL_PX)]
    marks += _year_words(years_ahead, along)
    title = words("chart.outlook")
    headers = [words("scenarios.scenario"), words("track.year"), words("table.mean", unit=UNIT),
               words("table.interval", unit=UNIT), *([words("track.probability")] if aimed else [])]  # fmt: skip
    last = common_place(one.model_dump() for fan in fans for one in fan)
    cells = [
        [name, str(year), words.number(one.mean, last), words.interval(one.p2_5, one.p97_5, last=last),
         "" if one.probability_met is None else words.chance(one.probability_met, found.draws)][: len(headers)]
        for fan, name in zip(ends, named, strict=True) for year, one in fan
    ]  # fmt: skip
    told = words("chart.outlook_description", first=years_ahead[0], last=years_ahead[-1], count=len(fans))
    behind = table(title, headers, cells, text=2)
    return Picture("outlook", title, told, _BOTTOM_PX + 28, tuple(marks), behind)


_LINE_PX = 13.0
"""Least distance of two names beside the ends of lines."""


def grid_paths(told: Story, words: Language) -> Picture:
    """Draw what leaves the stacks in a place: its history, official factors as dots, and where each path leads."""
    past = [(int(row["year"]), float(row["direct"])) for row in told.history.to_dict("records")]
    known = told.official[told.official["zone"] == told.about["grid"]].to_dict("records")
    dots = [(int(row["year"]), float(row["published"])) for row in known if row["use"] == "used"]
    ahead: dict[str, list[tuple[int, float]]] = {}
    for row in told.paths.to_dict("records"):
        ahead.setdefault(str(row["scenario"]), [past[-1]]).append((int(row["year"]), float(row["direct"])))
    last = max([year for line in ahead.values() for year, _ in line], default=past[-1][0])
    names = {name: [*line, (last, line[-1][1])] for name, line in ahead.items()}  # held after its end
    right = WIDTH - 30 - max((text_width(name, SMALL_PX) for name in names), default=0.0)
    values = [value for line in (past, dots, *names.values()) for _, value in line]
    up = scale(0.0, max(values), _BOTTOM_PX, _TOP_PX)
    along = Scale((), past[0][0], max(last, past[0][0] + 1), 46.0, right - 8)
    place_name = told.about["name"]
    marks: list[Mark] = upward(up, 40.0, right, "kg CO2e/kWh", words)
    ordered = sorted(names.items(), key=lambda item: -item[1][-1][1])
    beside = _apart([up(line[-1][1]) + 4 for _, line in ordered])
    for (name, line), y in zip(ordered, beside, strict=True):
        points = tuple((along(year), up(value)) for year, value in line)
        marks.append(Path(points, "change" if name in ("frozen", "trend_10y") else "use", 1.8, name == "frozen", name))
        marks.append(Path(((right - 6, points[-1][1]), (right + 12, y - 4)), "soft", 0.8))
        marks.append(Words(right + 15, y, name, "ink", "start", SMALL_PX))
    marks.append(
        Path(tuple((along(year), up(value)) for year, value in past), "ink", 2.4, title=words("chart.paths_past"))
    )
    marks += [
        Dot(along(year), up(value), 3.2, "accent", f"{year}: {value:.3g}") for year, value in dots if year >= past[0][0]
    ]
    marks += _year_words([*range(past[0][0], last + 1)], along)
    title = words("chart.paths", place=place_name)
    description = words("chart.paths_description", first=past[0][0], last=past[-1][0], count=len(names))
    rows = [[words("chart.paths_past"), str(year), f"{value:.4g}"] for year, value in past]
    rows += [[name, str(year), f"{value:.4g}"] for name, line in ahead.items() for year, value in line[1:]]
    headers = [words("scenarios.scenario"), words("by.calendar_year"), "kg CO2e/kWh"]
    return Picture("paths", title, description, _BOTTOM_PX + 28, tuple(marks), table(title, headers, rows))


def _apart(wanted: list[float]) -> list[float]:
    """Move places that ascend apart, so that names do not cover one another, and stay above the axis. [px]"""
    places = list(wanted)
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + _LINE_PX)
    ceiling = _BOTTOM_PX
    for i in reversed(range(len(places))):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - _LINE_PX
    return places
