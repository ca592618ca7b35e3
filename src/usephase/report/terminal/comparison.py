"""A comparison for a terminal: the answer first, then what makes it up, where it flips and what decides it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.insight.comparison.records import Comparison, Difference
from usephase.insight.comparison.ties import total
from usephase.report.cells import printable
from usephase.report.language import language, words
from usephase.report.language.inputs import input_name
from usephase.report.rounding import (
    adds_up,
    amount,
    common_place,
    interval,
    number,
    percent,
    percents,
    place,
    unit_places,
)
from usephase.report.scenarios import name_of
from usephase.report.terminal.bar import Bar
from usephase.report.terminal.show import show

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

TOP = 8
COMPONENTS = {**words.COMPONENTS, "end_of_life": "End of life"}


@dataclass(frozen=True)
class ComparisonSummary:
    """Show a comparison; a rich renderable."""

    comparison: Comparison

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the parts from top to bottom."""
        from rich.text import Text

        done = self.comparison
        yield Text(printable(done.meta["catalog"]["name"]), style="bold")
        for option in done.options[1:]:
            yield Text()
            yield from _option(done, option)
        if len(done.options) > 2 or _has_costs(done):
            yield Text()
            yield Text("Ranking", style="bold cyan")
            yield _ranking(done)
        yield from _further(done)
        draws = done.meta
        line = f"{draws['draws']:,} paired draws, design {draws['design']}, seed {draws['seed']}; intervals are 95 %."
        yield Text()
        yield Text(line, style="dim")
        for note in done.notes:
            yield Text(printable(note), style="yellow")


def print_comparison(comparison: Comparison) -> None:
    """Print a comparison to stdout; colours follow the terminal and ``NO_COLOR``."""
    show(ComparisonSummary(comparison))


def _option(done: Comparison, option: str) -> "Iterator[RenderableType]":
    from rich.text import Text

    mine = [d for d in done.differences if d.option == option]
    whole = done.difference(option)
    yield Text(f"{printable(option)} against {printable(whole.against)}", style="bold cyan")
    yield Text("  " + verdict(whole), style="bold green")
    yield from _scenarios(whole)
    alone = len(done.meta["products"]) == 1
    yield _differences([d for d in mine if not (alone and d.product and d.per == "portfolio")])
    a_unit = [d for d in mine if d.per == "unit"]
    shown = next((d for d in a_unit if d.product is None or alone), whole)
    for title, body in (
        (f"What makes it up ({shown.unit})", _contributions(shown)),
        (f"By component ({whole.unit})", _parts(whole, "component")),
        (f"What it depends on (per {done.decision['per']})", _deciding(done, option)),
    ):
        if body is not None:
            yield Text()
            yield Text(title, style="cyan")
            yield body


def _scenarios(found: Difference) -> "Iterator[RenderableType]":
    """Say the difference under each grid scenario of several."""
    from rich.text import Text

    last = common_place(found.by_scenario)
    for row in found.by_scenario:
        mean, chance = row["mean"], words.in_draws(row["probability_lower"], len(found.draws))
        way = "less" if mean < 0 else "more"
        share = "" if row["relative_mean"] is None else f" ({percent(abs(row['relative_mean']))})"
        name = printable(name_of(row["scenario"], row["weight"], language()))
        yield Text(f"    {name}: {number(abs(mean), last)} {found.unit} {way}{share}; lower {chance}", style="dim")


def verdict(found: Difference) -> str:
    """Say in a sentence what a difference comes to.

    Parameters
    ----------
    found : Difference

    Returns
    -------
    str
    """
    numbers = found.numbers
    low, high, mean = numbers["p2_5"], numbers["p97_5"], numbers["mean"]
    chance, ties = numbers["probability_lower"], numbers["probability_equal"]
    if ties == 1:
        return "no difference"
    way, sure = ("less", chance) if mean < 0 else ("more", max(1 - chance - ties, 0.0))
    size = amount(abs(mean), low, high, found.unit)
    share = percent(abs(numbers["relative_mean"]))
    count = len(found.draws)
    level = f"; equal {words.in_draws(ties, count)}" if ties else ""
    return f"{size} {way} ({share}), {words.in_draws(sure, count)}{level}"


def _differences(found: list[Difference]) -> "Table":
    chances = {
        "probability_lower": "draws lower",
        "probability_lower_by_margin": f"draws > {found[0].numbers['margin'] * 100:g} % lower",
    }
    if any(each.numbers["probability_equal"] for each in found):
        chances["probability_equal"] = "draws equal"
    table = _table("", "from → to", "change", "", "95 % interval", *chances.values())
    places = unit_places((each.unit, each.numbers) for each in found)
    for each, relative in zip(found, percents(each.numbers["relative_mean"] for each in found), strict=True):
        n, last = each.numbers, places[each.unit]
        name = f"{each.product or 'all'}, {each.unit}"
        table.add_row(
            _name(name), f"{number(n['against_mean'], last)} → {number(n['option_mean'], last)}",
            number(n["mean"], last), relative, interval(n["p2_5"], n["p97_5"], last=last),
            *(words.chance(n[name], None) for name in chances),
        )  # fmt: skip
        if not adds_up([n["against_mean"], n["mean"]], n["option_mean"], last):
            table.caption, table.caption_justify = words.rounded(), "left"
    return table


def _contributions(found: Difference) -> "Table | None":
    rows = found.contributions
    if not len(rows):
        return None
    table = _table("", "mean", "95 % interval", "")
    scale = float(rows["mean"].abs().max()) or 1.0
    listed = rows.head(TOP).to_dict("records")
    last = common_place([*listed, found.numbers])
    for row in listed:
        name = input_name(row["table"], row["row"], row["column"], language())
        ends = interval(row["p2_5"], row["p97_5"], last=last)
        table.add_row(_name(name), number(row["mean"], last), ends, Bar(abs(row["mean"]) / scale))
    if len(rows) > TOP:
        rest = float(total(rows["mean"].tolist()[TOP:]))
        table.add_row(f"  {len(rows) - TOP} more", number(rest, last), "", "")
    else:
        rest = 0.0
    _sum_row(table, [*(row["mean"] for row in listed), rest], found, last)
    worst = float(rows["sampling_error"].max())
    if worst > 0:
        table.add_row(f"  sampled orders: error of a mean up to {number(worst, place(0, 2 * worst))}", "", "", "")
    return table


def _parts(found: Difference, by: str) -> "Table | None":
    rows = found.parts[found.parts["by"] == by]
    if len(rows) < 2:
        return None
    table = _table("", "mean", "95 % interval")
    listed = rows.sort_values("mean", key=abs, ascending=False).to_dict("records")
    last = common_place([*listed, found.numbers])
    for row in listed:
        name = words.word(COMPONENTS, str(row["group"]))
        table.add_row(_name(name), number(row["mean"], last), interval(row["p2_5"], row["p97_5"], last=last))
    _sum_row(table, [row["mean"] for row in listed], found, last)
    return table


def _sum_row(table: "Table", parts: list[float], found: Difference, last: int) -> None:
    """Close a table with the difference that its rows make up, and say where rounding keeps them from showing it."""
    from rich.text import Text

    whole = found.numbers
    ends = interval(whole["p2_5"], whole["p97_5"], last=last)
    spare = [""] * (len(table.columns) - 3)
    table.add_row(Text("  difference", style="bold"), number(whole["mean"], last), ends, *spare)
    if not adds_up(parts, whole["mean"], last):
        table.caption, table.caption_justify = words.rounded(), "left"


def _deciding(done: Comparison, option: str) -> "Table | None":
    rows: pd.DataFrame = done.decision["cells"][option]
    if not len(rows):
        return None
    table = _table("", "of the variance", "worth knowing")
    listed = [row for row in rows.head(5).to_dict("records") if row["s1"] >= 3 * row["s1_error"]]
    last = common_place({"mean": row["evppi"], "p2_5": 0.0, "p97_5": row["evppi"]} for row in listed)
    for row, share in zip(listed, percents(row["s1"] for row in listed), strict=True):
        worth = number(row["evppi"], last) if row["evppi"] > 0 else "nothing: the choice stays"
        table.add_row(_name(input_name(row["table"], row["row"], row["column"], language())), share, worth)
    return table


def _has_costs(done: Comparison) -> bool:
    return bool(done.ranking["cost"].notna().any())


def _ranking(done: Comparison) -> "Table":
    costs = _has_costs(done)
    heads = ["", "mean t CO2e", "P(best)", "regret", "dominated by"]
    table = _table(*heads, *(["cost", "per t avoided", ""] if costs else []))
    last = common_place(done.ranking.to_dict("records"))
    for row in done.ranking.to_dict("records"):
        cells: list[Any] = [
            _name(row["option"]), number(row["mean"], last),
            words.chance(row["probability_best"], done.meta["draws"]), number(row["regret"], last),
            _name(row["dominated_by"], 0),
        ]  # fmt: skip
        if costs:
            cells += [_money(row["cost"]), _money(row["cost_per_t_avoided"]), "efficient" if row["efficient"] else ""]
        table.add_row(*cells)
    return table


def _money(value: float) -> str:
    return "" if pd.isna(value) else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _further(done: Comparison) -> "Iterator[RenderableType]":
    from rich.text import Text

    for found in done.further.get("break_evens", ()):
        doc = found.to_document()
        yield Text()
        yield Text(f"Break-even of {printable(found.cell.text)}, {doc['option']} (per {doc['per']})", style="bold cyan")
        side = "on both sides" if doc["varied"] == "both" else "in the option only"
        where = f"between {doc['low']:g} and {doc['high']:g}, varied {side}"
        if found.rebalanced:
            yield Text("  the other shares of its sum move in proportion, so that they sum to 1", style="dim")
        yield Text(f"  found {words.in_draws(doc['probability_found'], doc['draws'])} {where}")
        if doc["p50"] is not None:
            ends = interval(doc["p2_5"], doc["p97_5"], value=doc["p50"])
            yield Text(f"  median {amount(doc['p50'], doc['p2_5'], doc['p97_5'])}, 95 % interval {ends}", style="green")
        low, high = (words.chance(doc[f"probability_lower_at_{end}"], doc["draws"]) for end in ("low", "high"))
        yield Text(f"  P(lower): {low} at the low end, {high} at the high end", style="dim")
    for found in done.further.get("maps", ()):
        yield Text()
        chance = f"P({printable(found.option)} lower), {found.draws:,} draws"
        yield Text(f"{chance}: {found.y.text} up, {found.x.text} across", style="bold cyan")
        yield _map(found)
    for verdict_of in done.further.get("budgets", ()):
        yield Text()
        yield Text(f"Budget: {printable(str(verdict_of))}", style="green" if verdict_of.kept else "bold red")


def _map(found: Any) -> "Table":
    every = slice(None, None, 2)
    table = _table("", *(f"{x:.3g}" for x in found.x_values[every]))
    for y, row in reversed(list(zip(found.y_values[every], found.probability_lower[every], strict=True))):
        table.add_row(f"  {y:.3g}", *(words.chance(p, None) for p in row[every]))
    return table


def _name(text: object, indent: int = 2) -> "Text":
    """Show a name as it is written: square brackets are no markup."""
    from rich.text import Text

    return Text(" " * indent + printable(text))


def _table(*heads: str) -> "Table":
    from usephase.report.terminal.figures_table import FiguresTable

    return FiguresTable(*heads)
