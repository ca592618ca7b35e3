"""Years: emissions as a fan, what is ahead, levers as wedges; a place's grid paths as lines."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

import numpy as np
import pandas as pd

from usephase.catalog.reference.story import Story
from usephase.report.breakdown import breakdown
from usephase.report.cells import printable
from usephase.report.charts.lines import BOTTOM_PX, CLEAR, ROLES, TOP_PX, Band, Frame, Line, lines, year_ticks
from usephase.report.charts.marks import Box, Dot, Mark, Path, Picture, Table, Words, table
from usephase.report.charts.style import SMALL_PX, text_width
from usephase.report.html.documents import CalendarYear, Tracked, TrackYear, Wedge
from usephase.report.language import Language, capital
from usephase.report.rounding import common_place
from usephase.report.scenarios import name_of
from usephase.report.spread import Spread, spread_headers
from usephase.results.run import UNIT, Run

_TAIL = 0.005
_LATER_SHARE = 1e-3
"""A calendar year with less than this share of the largest one is not drawn."""
_WEDGES_MAX = 8


def years(run: Run, words: Language) -> Picture | None:
    """Draw the calendar years until all but 0.5 % of the emissions are shown."""
    found = breakdown(run, "calendar_year")
    if found is None or not (found.leading["mean"] > 0).any():
        return None
    frame = found.leading
    title = words("chart.years", ledger=words(f"ledger.{found.main}"))
    shown = frame.iloc[: _end(frame["mean"].to_numpy(dtype=float))]
    numbers = [int(year) for year in shown.index]
    means, p2_5, p97_5, p25, p75 = (shown[name].tolist() for name in ("mean", "p2_5", "p97_5", "p25", "p75"))
    told = [words("chart.told", label=str(y), mean=s.amount(words, UNIT), interval=s.interval(words))
            for y, s in zip(numbers, map(Spread.of, shown.to_dict("records")), strict=True)]  # fmt: skip
    fan = Line(numbers, means, bands=(Band(p2_5, p97_5, "wide"), Band(p25, p75, "narrow")), told=told)
    description = words(
        "chart.years_description", first=numbers[0], last=numbers[-1], peak=told[means.index(max(means))]
    )
    return lines(
        "years", title, description, [fan], UNIT, words, _table(title, frame, len(shown), words),
        ticks=year_ticks(numbers), more=lambda made: _reading(run.meta["reporting_year"], numbers, made, words),
    )  # fmt: skip


def calendar(found: Tracked, words: Language) -> Picture | None:
    """Draw what all units sold emit in each calendar year, and with forecast sales; None where nothing is emitted."""
    largest = max((row.mean for row in found.calendar), default=0.0)
    views: dict[str, list[CalendarYear]] = {}
    for row in found.calendar:
        if row.mean >= _LATER_SHARE * largest > 0:
            views.setdefault(row.view, []).append(row)
    if not views:
        return None
    known = sorted({row.year for rows in views.values() for row in rows})
    looks = {"with forecast": ("change", "change", CLEAR), "installed base": ("wide", "narrow", 1.0)}
    drawn = []
    for view, (wide, narrow, opacity) in looks.items():
        if rows := views.get(view):
            bands = (Band([row.p2_5 for row in rows], [row.p97_5 for row in rows], wide, opacity),
                     Band([row.p25 for row in rows], [row.p75 for row in rows], narrow, opacity))  # fmt: skip
            role = "use" if opacity == 1.0 else "change"
            name = _view(view, words) if len(views) > 1 else ""
            drawn.append(Line([row.year for row in rows], [row.mean for row in rows], role, name, bands))
    title = words("chart.calendar")
    last = common_place(row.model_dump() for rows in views.values() for row in rows)
    headers = [words("chart.view"), capital(words("by.calendar_year")), words("table.mean", unit=UNIT),
               words("table.interval", unit=UNIT), words("table.middle_half", unit=UNIT)]  # fmt: skip
    cells = [
        [_view(view, words), str(row.year), words.number(row.mean, last),
         words.interval(row.p2_5, row.p97_5, last=last), words.interval(row.p25, row.p75, last=last)]
        for view, rows in views.items() for row in rows
    ]  # fmt: skip
    reported = found.reporting_year or max(row.year for row in found.years)
    return lines(
        "calendar", title, words("chart.calendar_description", first=known[0], last=known[-1], year=reported), drawn,
        UNIT, words, table(title, headers, cells, text=2), ticks=year_ticks(known),
        more=lambda made: _reading(reported, known, made, words),
    )  # fmt: skip


def outlook(found: Tracked, words: Language) -> Picture | None:
    """Draw what is ahead as a fan for each grid scenario: the mean in its 95 % interval, and the target.

    None where there is one scenario, or one year.
    """
    reported = found.reporting_year or max(row.year for row in found.years)
    rows = [row for row in _in_order(found) if row.year >= reported]
    names = {tuple(part.scenario for part in row.by_scenario) for row in rows}
    if len(rows) < 2 or len(names) > 1 or len(rows[0].by_scenario) < 2:
        return None
    fans = list(zip(*(row.by_scenario for row in rows), strict=True))
    named = [name_of(fan[0].scenario, fan[0].weight, words) for fan in fans]
    ahead = [row.year for row in rows]
    drawn = [
        Line(ahead, [one.mean for one in fan], role, name,
             (Band([one.p2_5 for one in fan], [one.p97_5 for one in fan], role, CLEAR),))
        for fan, name, role in zip(fans, named, cycle(ROLES), strict=False)
    ]  # fmt: skip
    aimed = _target(rows, words)
    headers = [words("scenarios.scenario"), words("track.year"), words("table.mean", unit=UNIT),
               words("table.interval", unit=UNIT), *([words("track.probability")] if aimed else [])]  # fmt: skip
    last = common_place(one.model_dump() for fan in fans for one in fan)
    cells = [
        [name, str(year), words.number(one.mean, last), words.interval(one.p2_5, one.p97_5, last=last),
         "" if one.probability_met is None else words.chance(one.probability_met, found.draws)][: len(headers)]
        for fan, name in zip(fans, named, strict=True) for year, one in zip(ahead, fan, strict=True)
    ]  # fmt: skip
    title = words("chart.outlook")
    told = words("chart.outlook_description", first=ahead[0], last=ahead[-1], count=len(fans))
    behind = table(title, headers, cells, text=2)
    return lines("outlook", title, told, [*drawn, *aimed], UNIT, words, behind, ticks=year_ticks(ahead))


def levers(found: Tracked, words: Language) -> Picture | None:
    """Draw the levers as wedges under the level without them, down to that with all of them, against the target.

    None where there are none.
    """
    if not found.levers:
        return None
    every = _in_order(found)
    ends = list(found.with_levers)
    ahead = [row.year for row in ends]
    level = {row.year: row.mean for row in every}
    edge = [level[year] for year in ahead]
    drawn = [Line([row.year for row in every], [row.mean for row in every], "ink", words("chart.without_levers"))]
    for (name, taken), role in zip(_folded(found.levers, ahead, words), cycle(ROLES), strict=False):
        below = [high + taken[year] for high, year in zip(edge, ahead, strict=True)]
        drawn.append(Line(ahead, below, role, name, (Band(below, edge, role, 2 * CLEAR),), 1.2))
        edge = below
    named: list[tuple[str, Wedge | TrackYear]] = [(printable(row.lever), row) for row in found.levers]
    named += [(words("chart.with_levers"), row) for row in ends]
    last = common_place(row.model_dump() for _, row in named)
    cells = [
        [name, str(row.year), words.number(row.mean, last), words.interval(row.p2_5, row.p97_5, last=last)]
        for name, row in named
    ]
    title = words("chart.levers")
    headers = [words("chart.lever"), words("track.year"), words("table.mean", unit=UNIT),
               words("table.interval", unit=UNIT)]  # fmt: skip
    told = words("chart.levers_description", first=ahead[0], last=ahead[-1], count=len({x.lever for x in found.levers}))
    return lines(
        "levers", title, told, [*drawn, *_target(every, words)], UNIT, words, table(title, headers, cells, text=2),
        ticks=year_ticks([row.year for row in every]), beyond=[(row.year, row.p97_5) for row in ends],
        more=lambda made: [
            Path(made.points((row.year, row.year), (row.p2_5, row.p97_5)), "ink", 1.4, title=words("chart.with_levers"))
            for row in ends
        ],
    )  # fmt: skip


def grid_paths(told: Story, words: Language) -> Picture:
    """Draw what leaves the stacks in a place: its history, official factors as dots, and where each path leads."""
    past = [(int(row["year"]), float(row["direct"])) for row in told.history.to_dict("records")]
    known = told.official[told.official["zone"] == told.about["grid"]].to_dict("records")
    dots = [(int(row["year"]), float(row["published"])) for row in known if row["use"] == "used"]
    dots = [(year, value) for year, value in dots if year >= past[0][0]]
    ahead: dict[str, list[tuple[int, float]]] = {}
    for row in told.paths.to_dict("records"):
        ahead.setdefault(str(row["scenario"]), [past[-1]]).append((int(row["year"]), float(row["direct"])))
    last = max([year for line in ahead.values() for year, _ in line], default=past[-1][0])
    drawn = []
    for name, line in ahead.items():
        x, y = zip(*line, (last, line[-1][1]), strict=True)  # held after its end
        role = "change" if name in ("frozen", "trend_10y") else "use"
        drawn.append(Line(x, y, role, name, width=1.8, dashed=name == "frozen"))
    x, y = zip(*past, strict=True)
    drawn.append(Line(x, y, "ink", width=2.4, title=words("chart.paths_past")))
    unit = "kg CO2e/kWh"
    description = words("chart.paths_description", first=past[0][0], last=past[-1][0], count=len(ahead))
    rows = [[words("chart.paths_past"), str(year), f"{value:.4g}"] for year, value in past]
    rows += [[name, str(year), f"{value:.4g}"] for name, line in ahead.items() for year, value in line[1:]]
    title = words("chart.paths", place=told.about["name"])
    behind = table(title, [words("scenarios.scenario"), words("by.calendar_year"), unit], rows)
    return lines(
        "paths", title, description, drawn, unit, words, behind, ticks=year_ticks([*range(past[0][0], last + 1)]),
        beyond=dots, more=lambda made: [
            Dot(made.along(year), made.up(value), 3.2, "accent", f"{year}: {value:.3g}") for year, value in dots
        ],
    )  # fmt: skip


def _end(means: np.ndarray) -> int:
    done = np.cumsum(means) / means.sum()
    return max(int(np.searchsorted(done, 1 - _TAIL)) + 1, 2)


def _in_order(found: Tracked) -> list[TrackYear]:
    return sorted({row.year: row for row in (*found.outlook, *found.years)}.values(), key=lambda row: row.year)


def _target(rows: Iterable[TrackYear], words: Language) -> list[Line]:
    aimed = [(row.year, row.target) for row in rows if row.target is not None]
    if not aimed:
        return []
    years_aimed, left = zip(*aimed, strict=True)
    return [Line(years_aimed, left, "ink", words("chart.target"), width=1.6, dashed=True)]


def _view(view: str, words: Language) -> str:
    return words({"installed base": "book.view_installed", "with forecast": "book.view_forecast"}[view])


def _folded(rows: Sequence[Wedge], ahead: Sequence[int], words: Language) -> list[tuple[str, Mapping[int, float]]]:
    """Give what each lever makes of a year; of many, the smallest together."""
    by: dict[str, dict[int, float]] = {}
    for row in rows:
        by.setdefault(printable(row.lever), dict.fromkeys(ahead, 0.0))[row.year] = row.mean
    named: list[tuple[str, Mapping[int, float]]] = list(by.items())
    if len(named) <= _WEDGES_MAX:
        return named
    large = sorted(named, key=lambda item: -abs(item[1][ahead[-1]]))
    rest = large[_WEDGES_MAX - 1 :]
    together = {year: sum(taken[year] for _, taken in rest) for year in ahead}
    return [*large[: _WEDGES_MAX - 1], (words("chart.rest", count=words.count(len(rest))), together)]


def _reading(year: int, shown: Sequence[int], made: Frame, words: Language) -> list[Mark]:
    """Tell what the bands are, and mark the reporting year."""
    marks: list[Mark] = []
    x = 70.0
    for role, key in (("use", "chart.mean"), ("narrow", "chart.half"), ("wide", "chart.most")):
        text = words(key)
        shape: Mark = Path(((x, 12), (x + 18, 12)), role, 2.2) if role == "use" else Box(x, 6, 18, 12, role)
        marks += [shape, Words(x + 24, 16, text, "ink", "start", SMALL_PX)]
        x += 24 + text_width(text, SMALL_PX) + 22
    if shown[0] <= year <= shown[-1]:
        at = made.along(year)
        marks.append(Path(((at, TOP_PX - 8), (at, BOTTOM_PX)), "soft", 1.2, dashed=True))
        text = words("chart.reporting_year", year=year)
        marks.append(Words(at + 5, TOP_PX - 12, text, "soft", "start", SMALL_PX))
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
