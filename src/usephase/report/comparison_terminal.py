"""A comparison for a terminal: the answer first, then what makes it up, where it flips and what decides it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.insight.comparison import Comparison, Difference
from usephase.report import words
from usephase.report.bar import Bar
from usephase.report.cells import printable
from usephase.report.rounding import amount, interval, number, percent, place

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
    from rich.console import Console

    Console().print(ComparisonSummary(comparison))


def _option(done: Comparison, option: str) -> "Iterator[RenderableType]":
    from rich.text import Text

    mine = [d for d in done.differences if d.option == option]
    whole = done.difference(option)
    yield Text(f"{printable(option)} against {printable(whole.against)}", style="bold cyan")
    yield Text("  " + verdict(whole), style="bold green")
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
    if low == high == 0:
        return "no difference"
    chance = numbers["probability_lower"]
    way, sure = ("less", chance) if mean < 0 else ("more", 1 - chance)
    size = amount(abs(mean), low, high, found.unit)
    share = percent(abs(numbers["relative_mean"]))
    return f"{size} {way} ({share}), in {exact_percent(sure)} of the draws"


def exact_percent(share: float) -> str:
    """Write a probability; 100 % and 0 % only where every draw agrees."""
    if share in (0.0, 1.0):
        return f"{share * 100:.0f} %"
    return f"{min(max(share * 100, 0.1), 99.9):.1f} %"


def _differences(found: list[Difference]) -> "Table":
    table = _table("", "base", "option", "difference", "95 % interval", "relative", "P(lower)", "P(more)")
    margin = found[0].numbers["margin"] if found else 0.0
    table.columns[-1].header = f"P(> {margin * 100:g} % lower)"
    table.columns[1].header, table.columns[2].header = _name(found[0].against, 0), _name(found[0].option, 0)
    for each in found:
        n = each.numbers
        last = place(n["p2_5"], n["p97_5"], n["mean"])
        name = f"{each.product or 'all'}, {each.unit}"
        table.add_row(
            _name(name), number(n["against_mean"], last), number(n["option_mean"], last), number(n["mean"], last),
            interval(n["p2_5"], n["p97_5"], value=n["mean"]), percent(n["relative_mean"]),
            exact_percent(n["probability_lower"]), exact_percent(n["probability_lower_by_margin"]),
        )  # fmt: skip
    return table


def _contributions(found: Difference) -> "Table | None":
    rows = found.contributions
    if not len(rows):
        return None
    table = _table("", "mean", "95 % interval", "")
    scale = float(rows["mean"].abs().max()) or 1.0
    for row in rows.head(TOP).to_dict("records"):
        name = f"{row['table']} {row['row']} {row['column']}"
        table.add_row(
            _name(name), amount(row["mean"], row["p2_5"], row["p97_5"]),
            interval(row["p2_5"], row["p97_5"], value=row["mean"]), Bar(abs(row["mean"]) / scale),
        )  # fmt: skip
    if len(rows) > TOP:
        rest = rows["mean"].iloc[TOP:].sum()
        table.add_row(
            f"  {len(rows) - TOP} more", amount(rest, rows["p2_5"].iloc[TOP], rows["p97_5"].iloc[TOP]), "", ""
        )
    worst = float(rows["sampling_error"].max())
    if worst > 0:
        table.add_row(f"  sampled orders: error of a mean up to {number(worst, place(0, 2 * worst))}", "", "", "")
    return table


def _parts(found: Difference, by: str) -> "Table | None":
    rows = found.parts[found.parts["by"] == by]
    if len(rows) < 2:
        return None
    table = _table("", "mean", "95 % interval")
    for row in rows.sort_values("mean", key=abs, ascending=False).head(TOP).to_dict("records"):
        name = words.word(COMPONENTS, str(row["group"]))
        cells = amount(row["mean"], row["p2_5"], row["p97_5"]), interval(row["p2_5"], row["p97_5"], value=row["mean"])
        table.add_row(_name(name), *cells)
    return table


def _deciding(done: Comparison, option: str) -> "Table | None":
    rows: pd.DataFrame = done.decision["cells"][option]
    if not len(rows):
        return None
    table = _table("", "of the variance", "worth knowing")
    for row in rows.head(5).to_dict("records"):
        if row["s1"] < 3 * row["s1_error"]:
            continue
        worth = amount(row["evppi"], 0, row["evppi"]) if row["evppi"] > 0 else "nothing: the choice stays"
        table.add_row(_name(f"{row['table']} {row['row']} {row['column']}"), percent(row["s1"]), worth)
    return table


def _has_costs(done: Comparison) -> bool:
    return bool(done.ranking["cost"].notna().any())


def _ranking(done: Comparison) -> "Table":
    costs = _has_costs(done)
    heads = ["", "mean t CO2e", "P(best)", "regret", "dominated by"]
    table = _table(*heads, *(["cost", "per t avoided", ""] if costs else []))
    for row in done.ranking.to_dict("records"):
        cells: list[Any] = [
            _name(row["option"]), amount(row["mean"], row["p2_5"], row["p97_5"]),
            exact_percent(row["probability_best"]), amount(row["regret"], 0, row["regret"]),
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
        yield Text(f"  found in {exact_percent(doc['probability_found'])} of {doc['draws']:,} draws {where}")
        if doc["p50"] is not None:
            ends = interval(doc["p2_5"], doc["p97_5"], value=doc["p50"])
            yield Text(f"  median {amount(doc['p50'], doc['p2_5'], doc['p97_5'])}, 95 % interval {ends}", style="green")
        low, high = exact_percent(doc["probability_lower_at_low"]), exact_percent(doc["probability_lower_at_high"])
        yield Text(f"  P(lower) {low} at the low end, {high} at the high end", style="dim")
    for found in done.further.get("maps", ()):
        yield Text()
        yield Text(f"P({printable(found.option)} lower), {found.y.text} up, {found.x.text} across", style="bold cyan")
        yield _map(found)
    for verdict_of in done.further.get("budgets", ()):
        yield Text()
        yield Text(f"Budget: {printable(str(verdict_of))}", style="green" if verdict_of.kept else "bold red")


def _map(found: Any) -> "Table":
    every = slice(None, None, 2)
    table = _table("", *(f"{x:.3g}" for x in found.x_values[every]))
    for y, row in reversed(list(zip(found.y_values[every], found.probability_lower[every], strict=True))):
        table.add_row(f"  {y:.3g}", *(f"{p * 100:.0f} %" for p in row[every]))
    return table


def _name(text: object, indent: int = 2) -> "Text":
    """Show a name as it is written: square brackets are no markup."""
    from rich.text import Text

    return Text(" " * indent + printable(text))


def _table(*heads: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for i, head in enumerate(heads):
        table.add_column(head, justify="left" if i == 0 or "interval" in head else "right", no_wrap=i == 0)
    return table
