"""Pictures of a comparison's answer: differences, what makes them, where they flip, age and cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np

from usephase.catalog.schema import TABLES
from usephase.insight.comparison.records import Columns, Comparison, columns
from usephase.insight.decision.breakeven import BreakEven
from usephase.report.charts.deciding import Step, break_even, difference_columns, waterfall
from usephase.report.charts.lines import CLEAR, ROLES, Band, Line, frame, lines, round_ticks, year_ticks
from usephase.report.charts.marks import Box, Dot, Mark, Path, Picture, Words, table
from usephase.report.charts.style import SMALL_PX, WIDTH, shortened, text_width
from usephase.report.language import Language
from usephase.report.language.inputs import input_name
from usephase.report.rounding import common_place
from usephase.results.run import UNIT

STEPS = 10
Row = Mapping[str, Any]


def pictures(comparison: Comparison, words: Language) -> dict[str, Picture]:
    """Make the pictures of a comparison, by the name of their files."""
    document = comparison.to_document()
    made: dict[str, Picture] = {}
    for i, row in enumerate(mains(document), 1):
        if row["mean"]:
            made[f"compare_{i}_difference"] = histogram(row, i, words)
        if row["contributions"]:
            made[f"compare_{i}_waterfall"] = reasons(row, i, words)
    if document["accumulated"]:
        made["compare_accumulated"] = accumulated(document["accumulated"], words)
    for i, found in enumerate(comparison.further["break_evens"], 1):
        if found.found > 0:
            made[f"compare_break_even_{i}"] = evens(found, i, words)
    for i, one in enumerate(document["maps"], 1):
        made[f"compare_map_{i}"] = flip_map(one, i, words)
    priced = [row for row in document["ranking"] if row["cost"] is not None]
    if priced:
        made["compare_trade_off"] = trade_off(priced, words)
    return made


def mains(document: Row) -> list[Row]:
    """Give one difference an option: a unit sold where one product is compared, else all that is sold."""
    made = []
    for option in document["options"][1:]:
        mine = [row for row in document["differences"] if row["option"] == option]
        units = [row for row in mine if row["per"] == "unit"]
        whole = [row for row in mine if row["per"] == "portfolio" and row["product"] is None]
        made += units[:1] if len(units) == 1 else whole[:1]
    return made


def histogram(row: Row, number: int, words: Language) -> Picture:
    """Draw the draws of a difference."""
    drawn = difference_columns(
        Columns(**row["histogram"]), row["mean"], (row["p2_5"], row["p97_5"]), row["unit"], words
    )
    title = words("decide.histogram_of", option=row["option"], against=row["against"])
    return replace(drawn, name=f"difference-{number}", title=title)


def reasons(row: Row, number: int, words: Language, address: Callable[[Row], str] = lambda _: "") -> Picture:
    """Draw what makes a difference, a change a step; `address` leads from it to its cell."""
    listed = row["contributions"]
    steps = [
        Step(input_name(one["table"], one["row"], one["column"], words), one["mean"], one["p2_5"], one["p97_5"],
             address(one))
        for one in listed[:STEPS]
    ]  # fmt: skip
    if listed[STEPS:]:
        rest = sum(one["mean"] for one in listed[STEPS:])
        steps.append(Step(words("decide.rest", count=words.count(len(listed) - STEPS)), rest, rest, rest))
    sides = (row["against"], row["against_mean"]), (row["option"], row["option_mean"])
    title = words("decide.waterfall_of", option=row["option"], against=row["against"])
    return replace(waterfall(sides, steps, row["unit"], words), name=f"waterfall-{number}", title=title)


def accumulated(rows: Sequence[Row], words: Language) -> Picture:
    """Draw what the units of a year have emitted up to each age, a line an option."""
    options: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        options.setdefault(row["option"], []).append(dict(row))
    ages = range(max(row["age"] for row in rows) + 1)
    drawn = []
    for (option, given), role in zip(options.items(), cycle(("soft", *ROLES)), strict=False):
        mine = [*given, given[-1] | {"age": ages[-1]}]  # nothing more is emitted after its end
        age, mean, low, high = ([row[key] for row in mine] for key in ("age", "mean", "p2_5", "p97_5"))
        drawn.append(Line(age, mean, role, option, (Band(low, high, role, CLEAR),)))
    title, under = words("chart.accumulated"), words("chart.age")
    heads = [words("comparison.option"), under, words("table.mean", unit=UNIT), words("table.interval", unit=UNIT)]
    last = common_place(rows)
    cells = [
        [row["option"], str(row["age"]), words.number(row["mean"], last),
         words.interval(row["p2_5"], row["p97_5"], last=last)]
        for row in rows
    ]  # fmt: skip
    told = words("chart.accumulated_description", count=len(options), last=ages[-1])
    behind = table(title, heads, cells, text=1)
    return lines("accumulated", title, told, drawn, UNIT, words, behind, ticks=year_ticks(ages), under=under)


def evens(found: BreakEven, number: int, words: Language) -> Picture:
    """Draw the values of a cell at which both designs are equal."""
    values = found.draws[np.isfinite(found.draws)]
    low, middle, high = np.quantile(values, (0.025, 0.5, 0.975)).tolist()
    address = found.cell.address
    often = words.in_draws(found.found, len(found.draws))
    title = words("chart.break_even", option=found.option, against=found.against, often=often)
    unit = TABLES[address[0]].column(address[2]).unit
    drawn = break_even(columns(values), (middle, low, high), input_name(*address, words), unit, title, words)
    return replace(drawn, name=f"break-even-{number}")


def flip_map(one: Row, number: int, words: Language) -> Picture:
    """Draw the probability that an option is lower over two cells: the darker, the surer.

    The line is where the mean difference changes its sign.
    """
    left, top, size = 96.0, 26.0, 30.0
    xs, ys, sure = one["x_values"], one["y_values"], one["probability_lower"]
    step = min((WIDTH - left - 10) / len(xs), 44.0)
    marks: list[Mark] = []
    for j, y in enumerate(ys):
        at = top + size * (len(ys) - 1 - j)
        marks.append(Words(left - 8, at + size / 2 + 4, short(y, words), "soft", "end", SMALL_PX))
        for i, x in enumerate(xs):
            share = sure[j][i]
            role = "use" if share >= 0.95 else "narrow" if share >= 0.5 else "wide" if share > 0.05 else "waste"
            told = f"{words.plain(x)}; {words.plain(y)}: {words.percent(share)}"
            marks.append(Box(left + step * i, at, step - 1, size - 1, role, told))
    marks += _border(one["mean"], left, top, step, size)
    bottom = top + size * len(ys)
    for i in range(0, len(xs), 3):
        text = short(xs[i], words)
        marks.append(Words(left + step * (i + 0.5), bottom + 16, text, "soft", "middle", SMALL_PX))
    names = [shortened(one[axis], WIDTH - left - 10, SMALL_PX) for axis in ("x", "y")]
    marks.append(Words(left, bottom + 36, f"→ {names[0]}", "soft", "start", SMALL_PX))
    marks.append(Words(0, top - 10, f"↑ {names[1]}", "soft", "start", SMALL_PX))
    title = words("decide.map_of", option=one["option"], against=one["against"])
    rows = [[words.plain(y), *(words.percent(share) for share in sure[j])] for j, y in enumerate(ys)]
    behind = table(title, [one["y"], *(short(x, words) for x in xs)], rows)
    return Picture(f"map-{number}", title, words("decide.map_told"), bottom + 46, tuple(marks), behind)


def trade_off(rows: Sequence[Row], words: Language) -> Picture:
    """Draw emissions against cost, and the line of the options that no other one beats in both."""
    x = [row[key] for row in rows for key in ("cost", "cost_p2_5", "cost_p97_5") if row[key] is not None]
    y = [row[key] for row in rows for key in ("mean", "p2_5", "p97_5")]
    title, under = words("chart.trade_off"), words("decide.cost_head")
    made = frame(x, y, UNIT, words, ticks=round_ticks(min(x), max(x), words), under=under, zero=False)
    best = sorted((row for row in rows if row["efficient"]), key=lambda row: float(row["cost"]))
    marks = list(made.marks)
    marks.append(Path(made.points([row["cost"] for row in best], [row["mean"] for row in best]), "use", 1.6))
    for row in rows:
        role = "use" if row["efficient"] else "soft"
        (at,) = made.points([row["cost"]], [row["mean"]])
        marks.append(Path(made.points([row["cost"]] * 2, [row["p2_5"], row["p97_5"]]), role))
        if row["cost_p2_5"] is not None:
            marks.append(Path(made.points([row["cost_p2_5"], row["cost_p97_5"]], [row["mean"]] * 2), role))
        told = f"{row['option']}: {short(row['cost'], words)}; {short(row['mean'], words)} {UNIT}"
        marks.append(Dot(*at, 4.5, role, told))
        name = shortened(row["option"], WIDTH / 3, SMALL_PX)
        leftward = at[0] + 8 + text_width(name, SMALL_PX) > made.right
        anchor, beside = ("end", -8) if leftward else ("start", 8)
        marks.append(Words(at[0] + beside, at[1] - 7, name, "ink", anchor, SMALL_PX))
    heads = [words("comparison.option"), under, words("chart.interval"), words("table.mean", unit=UNIT),
             words("table.interval", unit=UNIT), words("chart.efficient")]  # fmt: skip
    last = common_place(rows)
    cells = [
        [row["option"], short(row["cost"], words),
         "" if row["cost_p2_5"] is None else words.interval(row["cost_p2_5"], row["cost_p97_5"], value=row["cost"]),
         words.number(row["mean"], last), words.interval(row["p2_5"], row["p97_5"], last=last),
         words("decide.kept_yes" if row["efficient"] else "decide.kept_no")]
        for row in rows
    ]  # fmt: skip
    told = words("chart.trade_off_description", count=len(rows), best=", ".join(row["option"] for row in best))
    return Picture("trade-off", title, told, 346, tuple(marks), table(title, heads, cells))


def short(value: float, words: Language) -> str:
    """Write a number with four digits."""
    return words.plain(float(f"{value:.4g}"))


def _border(mean: Sequence[Sequence[float]], left: float, top: float, step: float, size: float) -> list[Mark]:
    """Draw the edges between fields whose means differ in sign."""
    marks: list[Mark] = []
    last = len(mean) - 1
    for j, row in enumerate(mean):
        low, high = top + size * (last - j), top + size * (last - j + 1)
        for i, value in enumerate(row):
            a, b = left + step * i, left + step * (i + 1)
            if i + 1 < len(row) and (value < 0) != (row[i + 1] < 0):
                marks.append(Path(((b - 0.5, low), (b - 0.5, high)), "ink", 2.0))
            if j < last and (value < 0) != (mean[j + 1][i] < 0):
                marks.append(Path(((a, low - 0.5), (b, low - 0.5)), "ink", 2.0))
    return marks
