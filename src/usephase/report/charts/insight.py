"""Pictures of answers of other commands: ranking, paired differences, reasons for a change, years and targets."""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from usephase.insight.sensitivity.ranking import MOST_OF_VARIANCE, ORDERED_BY, cells_that_make
from usephase.report.cells import printable
from usephase.report.charts.axes import Scale, across, scale, upward
from usephase.report.charts.bars import Bar, bars, common
from usephase.report.charts.lines import Frame, Line, lines
from usephase.report.charts.marks import Box, Mark, Path, Picture, Words, table
from usephase.report.charts.style import SMALL_PX, WIDTH, text_width
from usephase.report.html.documents import Comparison, Difference, Ranking, RankRow, Tracked
from usephase.report.language import Language
from usephase.report.language.inputs import input_name
from usephase.report.rounding import common_place, place
from usephase.report.scenarios import name_of
from usephase.results.run import UNIT

RANKED_MAX = 20
TABLE_MAX = 200
_STEPS_MAX, _ROUND_MAX = 400, 1000
LARGEST = {"unit": "kg CO2e", "service": "kg CO2e", "portfolio": UNIT}
"""Unit of a difference where the answer does not say."""


def ranking(found: Ranking, words: Language) -> Picture:
    """Draw the inputs that are highest by what the method orders by."""
    rows = []
    for row in found.rows:
        value, low, high = importance(row, found.method)
        if value is not None:
            rows.append(Bar(input_name(row.table, row.row, row.column, words), value, low, high, role="change"))
    rows.sort(key=lambda bar: -bar.mean)
    title = words("chart.ranking", figure=found.figure)
    keys = ("table", "row", "column", "st", "st_interval", "s1", "share")
    listed = found.rows[:TABLE_MAX]
    cells = []
    for row, share in zip(listed, words.percents(row.share_of_variance for row in listed), strict=True):
        ends = "" if row.st is None or row.st_low is None else words(
            "number.interval", low=words.index(row.st_low), high=words.index(row.st_high)
        )  # fmt: skip
        cells.append([row.table, row.row, row.column, words.index(row.st), ends, words.index(row.s1), share])
    behind = table(title, [words(f"ranking.{key}") for key in keys], cells, text=3)
    return bars("ranking", title, rows, words("chart.no_unit"), words, drawn=rows[:RANKED_MAX], behind=behind)


def tornado(found: Ranking, words: Language) -> Picture:
    """Draw how far each input alone moves the figure, from its 5th to its 95th percentile."""
    rows = [
        Bar(input_name(row.table, row.row, row.column, words), row.high - row.low, None, None, role="change")
        for row in found.tornado
    ]
    title = words("chart.tornado", figure=found.figure)
    headers = [words(f"ranking.{key}") for key in ("table", "row", "column")]
    headers += [words(f"ranking.{key}", unit=UNIT) for key in ("at_low", "at_best", "at_high")]
    last = common_place({"mean": row.best_estimate, "p2_5": row.low, "p97_5": row.high} for row in found.tornado)
    cells = [
        [row.table, row.row, row.column, *(words.number(x, last) for x in (row.low, row.best_estimate, row.high))]
        for row in found.tornado[:TABLE_MAX]
    ]  # fmt: skip
    behind = table(title, headers, cells, text=3)
    return bars("tornado", title, rows, UNIT, words, drawn=rows[:RANKED_MAX], behind=behind)


def cumulative(figure: str, shares: Sequence[float], words: Language) -> Picture:
    """Draw how many inputs make how much of the variance.

    Parameters
    ----------
    figure : str
    shares : sequence of float
        Of the variance, the most important input first; they sum to 1.
    words : Language
    """
    reached = [0.0, *np.cumsum(shares).tolist()]
    count = len(shares)
    most = min(cells_that_make(np.asarray(shares)) or count, count)
    told = words("chart.cumulative_most", count=words.count(most), share=words.percent(reached[most]))
    # Of many inputs not every one is a step that could be seen.
    steps = sorted({*np.geomspace(1, count, _STEPS_MAX).astype(int).tolist(), most, count})
    x = [math.log10(i) for i in steps for _ in (0, 1)]
    y = [100 * reached[i - back] for i in steps for back in (1, 0)]
    marked = [i * 10**power for power in range(len(str(count))) for i in (1, 2, 5) if i * 10**power <= count]
    if count > _ROUND_MAX:
        marked = [i for i in marked if str(i)[0] == "1"]

    def aim(made: Frame) -> list[Mark]:
        at, high = math.log10(most), 100 * MOST_OF_VARIANCE
        corner = made.points((0.0, at, at), (high, high, 0.0))
        right = made.along(at) + 6 + text_width(told, SMALL_PX) > made.right
        anchor, beside = ("end", -6) if right else ("start", 6)
        return [Path(corner, "soft", 1.2, dashed=True),
                Words(corner[2][0] + beside, corner[2][1] - 6, told, "ink", anchor, SMALL_PX)]  # fmt: skip

    title = words("chart.cumulative", figure=figure)
    rows = [[words.count(i), words.percent(reached[i], -1)] for i in sorted({*marked, most, count})]
    behind = table(title, [words("chart.cumulative_count"), words("chart.cumulative_share")], rows, text=0)
    return lines(
        "cumulative", title, words("chart.cumulative_description", count=words.count(count), most=told),
        [Line(x, y, "change")], words("chart.cumulative_share"), words, behind, under=words("chart.cumulative_count"),
        ticks=[(math.log10(i), words.count(i)) for i in marked], more=aim,
    )  # fmt: skip


def importance(row: RankRow, method: str) -> tuple[float | None, float | None, float | None]:
    """Give the size that a method orders by, with its interval where there is one."""
    if row.st is not None:
        return row.st, row.st_low, row.st_high
    value = getattr(row, ORDERED_BY.get(method, "s1"))
    return (None if value is None else abs(value)), None, None


def comparisons(found: Comparison, words: Language, least: int = 1) -> list[Picture]:
    """Draw paired differences, a picture a kind of unit; of fewer bars than `least` the table says as much."""
    several = len({(row.option, row.against) for row in found.differences}) > 1
    groups: dict[tuple[str, str], list[Difference]] = {}
    for row in distinct(found):
        groups.setdefault((row.per, row.unit or LARGEST.get(row.per, UNIT)), []).append(row)
    pictures: list[Picture] = []
    for (per, unit), rows in groups.items():
        if len(rows) < least:
            continue
        drawn = [
            Bar(", ".join((*([row.option] if several else []), name)), row.mean, row.p2_5, row.p97_5,
                role="use" if row.mean < 0 else "waste")
            for row in rows
            for name in [words.group("product", row.product) if row.product else words("comparison.all")]
        ]  # fmt: skip
        against = ", ".join(dict.fromkeys(row.against for row in rows))
        option = ", ".join(dict.fromkeys(row.option for row in rows))
        title = words("chart.comparison", option=option, against=against, per=words.word("per", per))
        pictures.append(bars(f"comparison-{len(pictures) + 1}", title, drawn, unit, words, drawn=drawn[:RANKED_MAX]))
    return pictures


def distinct(found: Comparison) -> list[Difference]:
    """Give the differences without those of a product that is all there is: the row of all says the same."""
    whole = {(row.option, row.per): row for row in found.differences if row.product is None}
    return [
        row for row in found.differences
        if row.product is None or (alike := whole.get((row.option, row.per))) is None or row.mean != alike.mean
    ]  # fmt: skip


def change(found: Tracked, words: Language) -> Picture | None:
    """Draw the reasons for a change: what raised and what lowered the emissions; None where none is given."""
    if not found.change:
        return None
    largest = max(abs(end) for row in found.change for end in (row.mean, row.p2_5, row.p97_5))
    # What cancels but for the last bits of a number is no reason.
    told = [row for row in found.change if max(abs(row.p2_5), abs(row.p97_5)) > 1e-9 * largest]
    rows = [
        Bar(words.word("effect", row.effect), row.mean, row.p2_5, row.p97_5, role="use" if row.mean < 0 else "waste")
        for row in told
    ]
    years = [row.year for row in found.years]
    first, last = found.base_year or min(years), found.reporting_year or max(years)
    title = words("chart.change", first=first, last=last)
    description = words("chart.change_description", rows=words.count(len(rows)))
    return bars("change", title, rows, UNIT, words, description=description)


def track(found: Tracked, words: Language) -> Picture:
    """Draw the sale years with their targets; the probabilities that these are met are in the table."""
    ahead = [row for row in found.outlook if row.target is not None]
    known = sorted({row.year: row for row in (*ahead, *found.years)}.values(), key=lambda row: row.year)
    reported = found.reporting_year or max(row.year for row in found.years)
    rows = [
        Bar(str(row.year), row.mean, row.p2_5, row.p97_5, role="use" if row.year <= reported else "narrow",
            bold=row.year == reported, target=row.target)
        for row in known
    ]  # fmt: skip
    aimed = any(row.target is not None for row in known)
    name = "chart.track" if aimed else "chart.track_alone"
    headers = [words("track.year"), words("table.mean", unit=UNIT), words("table.interval", unit=UNIT),
               *((words("track.target", unit=UNIT), words("track.probability")) if aimed else ())]  # fmt: skip
    names = {tuple(part.scenario for part in row.by_scenario) for row in known}
    apart = known[0].by_scenario if len(names) == 1 and len(known[0].by_scenario) > 1 else ()
    if apart and aimed:
        headers[-1] = words("track.probability_of", scenario=words("scenarios.mixture"))
        named = [name_of(part.scenario, part.weight, words) for part in apart]
        headers += [words("track.probability_of", scenario=name) for name in named]
    last = common(rows)
    cells = [
        [
            str(row.year), words.number(row.mean, last), words.interval(row.p2_5, row.p97_5, last=last),
            "" if row.target is None else words.number(row.target, last),
            *("" if met is None else words.chance(met, found.draws)
              for met in (row.probability_met, *(part.probability_met for part in row.by_scenario if apart))),
        ][: len(headers)]
        for row in known
    ]  # fmt: skip
    told, title = words(f"{name}_description", first=known[0].year, last=known[-1].year), words(name)
    return bars("track", title, rows, UNIT, words, behind=table(title, headers, cells), description=told)


_TOP_PX, _BOTTOM_PX, _GAP_PX = 34.0, 264.0, 1.0


def abatement(found: Tracked, words: Language) -> Picture | None:
    """Draw the marginal abatement cost curve: a bar a lever, as wide as what it takes away, as high as a t costs.

    None where no lever has a cost.
    """
    rows = [row for row in found.abatement if row.cost_per_t is not None]
    if not rows:
        return None
    ends = [
        end for row in rows for end in (row.cost_per_t, row.cost_per_t_p2_5, row.cost_per_t_p97_5) if end is not None
    ]
    up = scale(min(0.0, *ends), max(0.0, *ends), _BOTTOM_PX, _TOP_PX)
    added = [0.0, *accumulate(row.abated for row in rows)]
    left = 12.0 + max(text_width(words.number(max(map(abs, ends)), 0), SMALL_PX), 30.0)
    ticks = scale(0.0, added[-1], left, WIDTH - 30.0)
    along = Scale(ticks.ticks, 0.0, ticks.ticks[-1], left, WIDTH - 30.0)
    marks: list[Mark] = [*across(along, _TOP_PX, _BOTTOM_PX, words("chart.abated", unit=UNIT), words)]
    marks += upward(up, left, WIDTH - 30.0, words("chart.cost_per_t"), words)
    cells, last = (
        [],
        common_place({"mean": row.abated, "p2_5": row.abated_p2_5, "p97_5": row.abated_p97_5} for row in rows),
    )
    for i, (row, (start, end)) in enumerate(zip(rows, pairwise(added), strict=True), 1):
        cost, low, high = row.cost_per_t or 0.0, row.cost_per_t_p2_5, row.cost_per_t_p97_5
        at = place(low, high, cost) if low is not None and high is not None else place(cost, cost, cost)
        ends_told = words.interval(low, high, last=at) if low is not None and high is not None else ""
        name, one = printable(row.lever), words.number(cost, at)
        cells.append([f"{i} {name}", words.number(row.abated, last), words.number(end, last), one, ends_told])
        x, width = along(start), along(end) - along(start)
        title = f"{name}: {one} {ends_told}".rstrip()
        middle = x + width / 2
        marks.append(
            Box(x, min(up(0.0), up(cost)), max(width - _GAP_PX, 0.5), max(abs(up(cost) - up(0.0)), 1.0), "use", title)
        )
        if low is not None and high is not None:
            marks.append(Path(((middle, up(low)), (middle, up(high))), "ink", 1.4))
        label = name if text_width(f"{i} {name}", SMALL_PX) < width else ""
        above = up(max(cost, high or cost, 0.0)) - 5
        marks.append(Words(middle, above, f"{i} {label}".rstrip(), "ink", "middle", SMALL_PX))
    marks.append(Path(((left, up(0.0)), (WIDTH - 30.0, up(0.0))), "ink", 1.0))
    title = words("chart.abatement", year=rows[0].year)
    headers = [words("chart.lever"), words("chart.abated", unit=UNIT), words("chart.added_up", unit=UNIT),
               words("chart.cost_per_t"), words("chart.interval")]  # fmt: skip
    told = words("chart.abatement_description", count=len(rows))
    return Picture("abatement", title, told, _BOTTOM_PX + 42, tuple(marks), table(title, headers, cells))
