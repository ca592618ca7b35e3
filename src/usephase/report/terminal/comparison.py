"""A comparison for a terminal: the answer first, then what makes it up, where it flips and what decides it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.insight.comparison.records import Comparison, Difference
from usephase.insight.comparison.ties import total
from usephase.report.cells import printable
from usephase.report.differences import split_rows
from usephase.report.language import plain
from usephase.report.language.inputs import input_name
from usephase.report.rounding import adds_up, common_place, place, unit_places
from usephase.report.scenarios import name_of
from usephase.report.terminal.bar import Bar
from usephase.report.terminal.show import show
from usephase.results.run import records

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

TOP = 8


@dataclass(frozen=True)
class ComparisonSummary:
    """Show a comparison; a rich renderable."""

    comparison: Comparison
    by: tuple[str, ...] = ()

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the parts from top to bottom."""
        from rich.text import Text

        done, say = self.comparison, plain()
        yield Text(printable(done.meta["catalog"]["name"]), style="bold")
        for option in done.options[1:]:
            yield Text()
            yield from _option(done, option)
            yield from _split(done.difference(option), self.by)
        if len(done.options) > 2 or _has_costs(done):
            yield Text()
            yield Text(say("screen.compare.ranking"), style="bold cyan")
            yield _ranking(done)
        yield from _further(done)
        meta = done.meta
        line = say(
            "screen.compare.drawn", draws=say.count(meta["draws"]), design=meta["design"], seed=meta["seed"]
        )  # fmt: skip
        yield Text()
        yield Text(line, style="dim")
        for note in done.notes:
            yield Text(printable(note), style="yellow")


def print_comparison(comparison: Comparison, by: Sequence[str] = ()) -> None:
    """Print a comparison to stdout, split by some groupings; colours follow the terminal and ``NO_COLOR``."""
    show(ComparisonSummary(comparison, tuple(by)))


def _split(found: Difference, groupings: Sequence[str]) -> "Iterator[RenderableType]":
    """Split a difference by segment, region or scenario."""
    from rich.text import Text

    say = plain()
    for by in groupings:
        rows = split_rows(records(found.parts), found.by_scenario, by, len(found.draws), say)
        yield Text()
        yield Text(say(f"decide.split_{by}", unit=found.unit), style="cyan")
        if not rows:
            yield Text(f"  {say('decide.split_none')}", style="dim")
            continue
        table = _table("", say("decide.mean_head"), say("comparison.interval"), say("decide.lower_in"))
        for name, *cells in rows:
            table.add_row(_name(name), *cells)
        yield table


def _option(done: Comparison, option: str) -> "Iterator[RenderableType]":
    from rich.text import Text

    mine, say = [d for d in done.differences if d.option == option], plain()
    whole = done.difference(option)
    title = say("screen.compare.against", option=printable(option), against=printable(whole.against))
    yield Text(title, style="bold cyan")
    yield Text("  " + verdict(whole), style="bold green")
    yield from _scenarios(whole)
    alone = len(done.meta["products"]) == 1
    yield _differences([d for d in mine if not (alone and d.product and d.per == "portfolio")])
    a_unit = [d for d in mine if d.per == "unit"]
    shown = next((d for d in a_unit if d.product is None or alone), whole)
    for title, body in (
        (say("screen.compare.contributions", unit=shown.unit), _contributions(shown)),
        (say("screen.compare.parts", unit=whole.unit), _parts(whole, "component")),
        (say("screen.compare.deciding", per=say.word("measure", done.decision["per"])), _deciding(done, option)),
    ):
        if body is not None:
            yield Text()
            yield Text(title, style="cyan")
            yield body


def _scenarios(found: Difference) -> "Iterator[RenderableType]":
    """Say the difference under each grid scenario of several."""
    from rich.text import Text

    last, say = common_place(found.by_scenario), plain()
    for row in found.by_scenario:
        mean, chance = row["mean"], say.in_draws(row["probability_lower"], len(found.draws))
        share = "" if row["relative_mean"] is None else f" ({say.percent(abs(row['relative_mean']))})"
        name = printable(name_of(row["scenario"], row["weight"], say))
        size = say("screen.compare.less" if mean < 0 else "screen.compare.more",
                   size=f"{say.number(abs(mean), last)} {found.unit}")  # fmt: skip
        yield Text(f"    {say('screen.compare.scenario', name=name, size=size + share, chance=chance)}", style="dim")


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
    say, count = plain(), len(found.draws)
    if ties == 1:
        return say("screen.compare.same")
    way, sure = ("less", chance) if mean < 0 else ("more", max(1 - chance - ties, 0.0))
    size = say(f"screen.compare.{way}", size=say.amount(abs(mean), low, high, found.unit))
    level = say("screen.compare.equal", chance=say.in_draws(ties, count)) if ties else ""
    return f"{size} ({say.percent(abs(numbers['relative_mean']))}), {say.in_draws(sure, count)}{level}"


def _differences(found: list[Difference]) -> "Table":
    say = plain()
    margin = say.plain(found[0].numbers["margin"] * 100)
    chances = {
        "probability_lower": say("screen.compare.draws_lower"),
        "probability_lower_by_margin": say("screen.compare.draws_by_margin", margin=margin),
    }
    if any(each.numbers["probability_equal"] for each in found):
        chances["probability_equal"] = say("screen.compare.draws_equal")
    heads = say("screen.compare.from_to"), say("screen.compare.change"), "", say("screen.interval")
    table = _table("", *heads, *chances.values())
    places = unit_places((each.unit, each.numbers) for each in found)
    for each, relative in zip(found, say.percents(each.numbers["relative_mean"] for each in found), strict=True):
        n, last = each.numbers, places[each.unit]
        name = f"{say.group('product', each.product) if each.product else say('comparison.all')}, {each.unit}"
        table.add_row(
            _name(name), f"{say.number(n['against_mean'], last)} → {say.number(n['option_mean'], last)}",
            say.number(n["mean"], last), relative, say.interval(n["p2_5"], n["p97_5"], last=last),
            *(say.chance(n[name], None) for name in chances),
        )  # fmt: skip
        if not adds_up([n["against_mean"], n["mean"]], n["option_mean"], last):
            table.caption, table.caption_justify = f"  {say('number.rounded')}", "left"
    return table


def _contributions(found: Difference) -> "Table | None":
    rows = found.contributions
    if not len(rows):
        return None
    say = plain()
    table = _table("", say("screen.mean"), say("screen.interval"), "")
    scale = float(rows["mean"].abs().max()) or 1.0
    listed = rows.head(TOP).to_dict("records")
    last = common_place([*listed, found.numbers])
    for row in listed:
        name = input_name(row["table"], row["row"], row["column"], say)
        ends = say.interval(row["p2_5"], row["p97_5"], last=last)
        table.add_row(_name(name), say.number(row["mean"], last), ends, Bar(abs(row["mean"]) / scale))
    if len(rows) > TOP:
        rest = float(total(rows["mean"].tolist()[TOP:]))
        table.add_row(f"  {say('chart.rest', count=say.count(len(rows) - TOP))}", say.number(rest, last), "", "")
    else:
        rest = 0.0
    _sum_row(table, [*(row["mean"] for row in listed), rest], found, last)
    worst = float(rows["sampling_error"].max())
    if worst > 0:
        error = say.number(worst, place(0, 2 * worst))
        table.add_row(f"  {say('screen.compare.sampled', error=error)}", "", "", "")
    return table


def _parts(found: Difference, by: str) -> "Table | None":
    rows = found.parts[found.parts["by"] == by]
    if len(rows) < 2:
        return None
    say = plain()
    table = _table("", say("screen.mean"), say("screen.interval"))
    listed = rows.sort_values("mean", key=abs, ascending=False).to_dict("records")
    last = common_place([*listed, found.numbers])
    for row in listed:
        group = str(row["group"])
        name = say("effect.end_of_life") if group == "end_of_life" else say.word("component", group)
        table.add_row(_name(name), say.number(row["mean"], last), say.interval(row["p2_5"], row["p97_5"], last=last))
    _sum_row(table, [row["mean"] for row in listed], found, last)
    return table


def _sum_row(table: "Table", parts: list[float], found: Difference, last: int) -> None:
    """Close a table with the difference that its rows make up, and say where rounding keeps them from showing it."""
    from rich.text import Text

    whole, say = found.numbers, plain()
    ends = say.interval(whole["p2_5"], whole["p97_5"], last=last)
    spare = [""] * (len(table.columns) - 3)
    name = Text(f"  {say('screen.difference')}", style="bold")
    table.add_row(name, say.number(whole["mean"], last), ends, *spare)
    if not adds_up(parts, whole["mean"], last):
        table.caption, table.caption_justify = f"  {say('number.rounded')}", "left"


def _deciding(done: Comparison, option: str) -> "Table | None":
    rows: pd.DataFrame = done.decision["cells"][option]
    if not len(rows):
        return None
    say = plain()
    table = _table("", say("rests.of_variance"), say("screen.compare.worth"))
    listed = [row for row in rows.head(5).to_dict("records") if row["s1"] >= 3 * row["s1_error"]]
    last = common_place({"mean": row["evppi"], "p2_5": 0.0, "p97_5": row["evppi"]} for row in listed)
    for row, share in zip(listed, say.percents(row["s1"] for row in listed), strict=True):
        worth = say.number(row["evppi"], last) if row["evppi"] > 0 else say("screen.compare.worth_nothing")
        table.add_row(_name(input_name(row["table"], row["row"], row["column"], say)), share, worth)
    return table


def _has_costs(done: Comparison) -> bool:
    return bool(done.ranking["cost"].notna().any())


def _ranking(done: Comparison) -> "Table":
    costs, say = _has_costs(done), plain()
    heads = [say(f"screen.compare.{name}") for name in ("mean_t", "best", "regret", "dominated")]
    costly = [say("screen.compare.cost"), say("screen.compare.per_t"), ""] if costs else []
    table = _table("", *heads, *costly)
    last = common_place(done.ranking.to_dict("records"))
    for row in done.ranking.to_dict("records"):
        cells: list[Any] = [
            _name(row["option"]), say.number(row["mean"], last),
            say.chance(row["probability_best"], done.meta["draws"]), say.number(row["regret"], last),
            _name(row["dominated_by"], 0),
        ]  # fmt: skip
        if costs:
            efficient = say("screen.compare.efficient") if row["efficient"] else ""
            cells += [_money(row["cost"]), _money(row["cost_per_t_avoided"]), efficient]
        table.add_row(*cells)
    return table


def _money(value: float) -> str:
    return "" if pd.isna(value) else plain().plain(value, 4) if abs(value) < 1e4 else plain().decimals(value, 0)


def _further(done: Comparison) -> "Iterator[RenderableType]":
    from rich.text import Text

    say = plain()
    for found in done.further.get("break_evens", ()):
        doc = found.to_document()
        yield Text()
        per = say.word("measure", doc["per"])
        title = say("screen.compare.break_even", cell=printable(found.cell.text), option=doc["option"], per=per)
        yield Text(title, style="bold cyan")
        if found.rebalanced:
            yield Text(f"  {say('screen.compare.rebalanced')}", style="dim")
        told = say(
            f"screen.compare.found_{'both' if doc['varied'] == 'both' else 'one'}", low=say.plain(doc["low"]),
            high=say.plain(doc["high"]), chance=say.in_draws(doc["probability_found"], doc["draws"]),
        )  # fmt: skip
        yield Text(f"  {told}")
        if doc["p50"] is not None:
            ends = say.interval(doc["p2_5"], doc["p97_5"], value=doc["p50"])
            median = say.amount(doc["p50"], doc["p2_5"], doc["p97_5"])
            yield Text(f"  {say('screen.compare.median', median=median, interval=ends)}", style="green")
        low, high = (say.chance(doc[f"probability_lower_at_{end}"], doc["draws"]) for end in ("low", "high"))
        yield Text(f"  {say('screen.compare.at_ends', low=low, high=high)}", style="dim")
    for found in done.further.get("maps", ()):
        yield Text()
        title = say(
            "screen.compare.map", option=printable(found.option), draws=say.count(found.draws), y=found.y.text,
            x=found.x.text,
        )  # fmt: skip
        yield Text(title, style="bold cyan")
        yield _map(found)
    for verdict_of in done.further.get("budgets", ()):
        yield Text()
        told = say("screen.compare.budget", verdict=printable(str(verdict_of)))
        yield Text(told, style="green" if verdict_of.kept else "bold red")


def _map(found: Any) -> "Table":
    every, say = slice(None, None, 2), plain()
    table = _table("", *(say.plain(x, 3) for x in found.x_values[every]))
    for y, row in reversed(list(zip(found.y_values[every], found.probability_lower[every], strict=True))):
        table.add_row(f"  {say.plain(y, 3)}", *(say.chance(p, None) for p in row[every]))
    return table


def _name(text: object, indent: int = 2) -> "Text":
    """Show a name as it is written: square brackets are no markup."""
    from rich.text import Text

    return Text(" " * indent + printable(text))


def _table(*heads: str) -> "Table":
    from usephase.report.terminal.figures_table import FiguresTable

    return FiguresTable(*heads)
