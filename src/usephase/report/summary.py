"""The summary of a run for a terminal: the headline first, then what it is made of, then how sure it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.report import words
from usephase.report.bar import Bar
from usephase.report.breakdown import breakdown
from usephase.report.cells import printable
from usephase.report.method import headline, scenarios, unverified
from usephase.report.rounding import amount, interval, number, percent, place
from usephase.results.run import UNIT, Run

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

TOP = 5
NOTES = 3
_WIDE = 110
_NAME_WIDTH = 36
_BAR_WIDTH = 24
_DEAD_SHARE = 0.0005


@dataclass(frozen=True)
class Summary:
    """Show a run; a rich renderable that fits the width it is given."""

    run: Run
    folder: Path | None = None

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the parts from top to bottom."""
        run = self.run
        yield from _title(run)
        yield from _headline(run)
        yield from _section("What it is made of", _composition(run))
        yield from _section("The same under other choices", _alternatives(run))
        yield from _section(f"The largest ({UNIT})", _largest(run, options.max_width))
        yield from _section("Shown apart, in no total", _apart(run))
        yield from _section("How sure", _sureness(run))
        yield from _section(f"Notes and warnings: {len(run.notes):,}", _notes(run))
        yield from _files(self.folder)


def summary(run: Run, folder: str | PathLike[str] | None = None) -> Summary:
    """Summarize a run for a person at a terminal.

    Parameters
    ----------
    run : Run
        What to show.
    folder : path, optional
        Where its files are.

    Returns
    -------
    rich renderable: ``rich.print(summary(run))``. Colours follow the console, so ``NO_COLOR`` is honoured.
    """
    return Summary(run, None if folder is None else Path(folder))


def _section(title: str, body: "Iterable[RenderableType]") -> "Iterator[RenderableType]":
    from rich.text import Text

    parts = list(body)
    if parts:
        yield Text()
        yield Text(title, style="bold cyan")
        yield from parts


def _title(run: Run) -> "Iterator[RenderableType]":
    from rich.text import Text

    meta = run.meta
    owner = printable(meta.get("company") or "")
    line = Text(printable(meta["catalog"]["name"]), style="bold")
    line.append(f"   {owner + ', ' if owner else ''}sales of {meta['reporting_year']}", style="dim")
    yield line
    yield Text()


def _headline(run: Run) -> "Iterator[RenderableType]":
    from rich.text import Text

    row = run.figure("total")
    low, high, mean, best = row["p2_5"], row["p97_5"], row["mean"], row["best_estimate"]
    last = place(low, high, mean)
    line = Text("  ")
    line.append(f"{number(mean, last)} {UNIT}", style="bold green")
    line.append(f"   Category 11 + 12, mean; {headline(run)}")
    yield line
    grid = _grid()
    grid.add_column(style="dim")
    grid.add_column()
    grid.add_row("  95 % interval", interval(low, high, UNIT, value=mean))
    grid.add_row("  best estimate", amount(best, low, high, UNIT))
    reason = _difference(row, several_scenarios=len(run.meta.get("scenarios", {})) > 1)
    if reason:
        grid.add_row("", Text(reason, style="italic"))
    yield grid


def _difference(row: pd.Series, *, several_scenarios: bool) -> str:
    """Say in a sentence why mean and best estimate differ; "" where they do not by what is shown and known."""
    mean, best = row["mean"], row["best_estimate"]
    gap = mean - best
    last = place(row["p2_5"], row["p97_5"], mean)
    noise = 3 * row["mcse"] if pd.notna(row["mcse"]) else 0.0
    if number(mean, last) == number(best, last) or abs(gap) <= noise:
        return ""
    size = f"{percent(abs(gap / best))} " if best else ""
    text = f"The mean is {size}above it: inputs are skewed and can be much higher, but not as much lower"
    if gap < 0:
        text = f"The mean is {size}below it: inputs are skewed downward, or act on the result in a curve"
    return text + ("; and it takes the likeliest grid scenario alone." if several_scenarios else ".")


def _composition(run: Run) -> "Iterator[RenderableType]":
    total = run.figure("total")["mean"]
    table = _figures_table(bar=True)
    for ledger in ("category_11", "category_12"):
        rows = run.select(ledger)
        if rows.empty:
            continue
        _add(table, words.SHORT_LEDGERS[ledger], rows.iloc[0], whole=total, style="bold", bar=False)
        parts = breakdown(run, "component")
        if parts is None or ledger not in parts.ledgers:
            continue
        frame = parts.ledgers[ledger].sort_values("mean", ascending=False, kind="stable")
        frame = frame[(frame["mean"] != 0) & frame["mean"].notna()]
        for group, row in frame.iterrows():
            _add(table, "  " + words.word(words.PARTS[ledger], printable(group)), row, whole=total)
    yield table


def _alternatives(run: Run) -> "Iterator[RenderableType]":
    from rich.text import Text

    basis, boundary = run.meta["grid_basis"], run.meta["boundary"]
    table = _grid(padding=(0, 3, 0, 0))
    table.add_column(min_width=20)
    for name in words.BOUNDARIES.values():
        table.add_column(name, justify="right")
    table.show_header = True
    table.header_style = "dim"
    for b in words.BASES:
        cells: list[Text] = []
        for s in words.BOUNDARIES:
            row = run.figure("total", grid_basis=b, boundary=s)
            here = (b, s) == (basis, boundary)
            text = Text(amount(row["mean"], row["p2_5"], row["p97_5"]), style="bold green" if here else "")
            text.append(" *" if here else "  ")
            cells.append(text)
        table.add_row(f"  {words.BASES[b]}", *cells)
    yield table
    frozen = run.figure("total", grid_basis="frozen", boundary=boundary)["mean"]
    projected = run.figure("total", grid_basis="projected", boundary=boundary)["mean"]
    note = f"Means, {UNIT}; * is the headline."
    if projected and abs(frozen / projected - 1) >= _DEAD_SHARE:
        way = "more" if frozen > projected else "less"
        note += f" A frozen grid gives {percent(abs(frozen / projected - 1))} {way} than a projected one."
    yield _indented(note, "dim")


def _largest(run: Run, width: int) -> "Iterator[RenderableType]":
    tables = [
        table
        for by in words.PLURALS
        if (table := _top(run, by, (width - 66) // 3 if width >= _WIDE else None)) is not None
    ]
    if width < _WIDE:
        yield from tables
    elif tables:
        grid = _grid(padding=(0, 3, 0, 0))
        for _ in tables:
            grid.add_column()
        grid.add_row(*tables)
        yield grid


def _top(run: Run, by: str, name_width: int | None) -> "Table | None":
    from rich.text import Text

    found = breakdown(run, by)
    if found is None:
        return None
    shares = found.shares()
    wide = name_width is not None
    table = _grid()
    table.add_column(
        f"  {words.PLURALS[by]}",
        width=min(name_width, _NAME_WIDTH) if name_width else _NAME_WIDTH,
        no_wrap=True,
        overflow="ellipsis",
        header_style="dim",
    )
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    if not wide:
        table.add_column("", width=14)
    table.show_header = True
    whole = shares.iloc[0] or 1.0
    for group, row in found.leading.assign(share=shares).head(TOP).iterrows():
        share = float(row["share"])
        cells: list[Any] = [
            Text("  " + printable(group)),
            amount(row["mean"], row["p2_5"], row["p97_5"]),
            Text(percent(share), style="dim"),
        ]
        table.add_row(*cells, *([] if wide else [Bar(share / whole) if share > 0 else ""]))
    rest = len(found.groups) - TOP
    if rest > 0:
        mean = found.leading["mean"].iloc[TOP:].sum()
        label = f"  {rest:,} more"
        first = found.leading.iloc[TOP]
        cells = [Text(label, style="dim"), Text(amount(mean, first["p2_5"], first["p97_5"]), style="dim")]
        table.add_row(*cells, Text(percent(float(shares.iloc[TOP:].sum())), style="dim"))
    return table


def _apart(run: Run) -> "Iterator[RenderableType]":
    lines: list[tuple[str, pd.Series]] = []
    for phase in ("indirect", "maintenance"):
        rows = run.select("category_11", phase=phase)
        lines += [(f"{words.PHASES[phase]} (optional)", row) for _, row in rows[rows["phase"] == phase].iterrows()]
    lines += [
        (words.LEDGERS[ledger], row)
        for ledger in ("avoided", "biogenic_co2")
        for _, row in run.select(ledger).iterrows()
    ]
    extra = run.select("total", "coverage")
    lines += [("Sales not listed (extrapolated)", row) for _, row in extra[extra["group"] == "extrapolated"].iterrows()]
    lines = [(name, row) for name, row in lines if row["mean"] != 0 or row["p97_5"] != 0]
    if lines:
        table = _figures_table(bar=False)
        for name, row in lines:
            _add(table, name, row, bar=False)
        yield table


def _sureness(run: Run) -> "Iterator[RenderableType]":
    from rich.text import Text

    meta, row = run.meta, run.figure("total")
    error = row["mcse"]
    grid = _grid()
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    if pd.notna(error):
        share = f", {percent(error / abs(row['mean']))} of the mean" if row["mean"] else ""
        text = f"{number(error, place(0, 2 * error) if error else 0)} {UNIT}{share}"
        grid.add_row("  Monte Carlo error", Text("none: all inputs are fixed" if error == 0 else text))
    seconds = f", {meta['seconds']:.1f} s" if meta.get("seconds") is not None else ""
    grid.add_row("  Draws", Text(f"{meta['draws']:,}, design {meta['design']}, seed {meta['seed']}{seconds}"))
    grid.add_row("  Grid scenario", Text(printable(scenarios(run))))
    register = run.register
    marked = unverified(register)
    if len(register):
        text = (
            f"{len(register):,} in the register, {int((register['origin'] == 'reference').sum()):,} from the reference"
        )
        text += f", {marked:,} not fully verified" if marked else ""
        grid.add_row("  Assumptions", Text(text))
    yield grid


def _notes(run: Run) -> "Iterator[RenderableType]":
    for note in run.notes[:NOTES]:
        yield _indented(printable(note), "yellow")
    rest = len(run.notes) - NOTES
    if rest > 0:
        yield _indented(f"and {rest:,} more: usephase check and run.log have them all", "yellow")


def _files(folder: Path | None) -> "Iterator[RenderableType]":
    from rich.text import Text

    if folder is not None:
        yield Text()
        line = Text("Files  ", style="bold cyan")
        line.append(printable(folder.as_posix()), style="not bold default")
        yield line
        text = "report.html and inventory.xlsx to read, figures.csv and summary.json to compute with, run.h5 to keep"
        yield _indented(text, "dim")


def _indented(text: str, style: str) -> "RenderableType":
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(text, style=style), (0, 0, 0, 2))


def _grid(padding: tuple[int, int, int, int] = (0, 2, 0, 0)) -> "Table":
    from rich.table import Table

    return Table(box=None, show_header=False, padding=padding, pad_edge=False)


def _figures_table(*, bar: bool) -> "Table":
    table = _grid(padding=(0, 1, 0, 0) if bar else (0, 2, 0, 0))
    table.show_header = True
    table.header_style = "dim"
    table.add_column("", width=_NAME_WIDTH, no_wrap=True, overflow="ellipsis")
    table.add_column(UNIT, justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    if bar:
        table.add_column("", justify="right", no_wrap=True)
        table.add_column("", ratio=1, max_width=_BAR_WIDTH)
    return table


def _add(table: "Table", name: str, row: pd.Series, *, whole: float = 0.0, style: str = "", bar: bool = True) -> None:
    from rich.text import Text

    low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
    cells: list[Any] = [Text(f"  {name}"), amount(mean, low, high), Text(interval(low, high, value=mean), style="dim")]
    if len(table.columns) > 3:
        share = mean / whole if whole else float("nan")
        cells += [percent(share), Bar(share) if bar and share > 0 else ""]
    table.add_row(*cells, style=style)
