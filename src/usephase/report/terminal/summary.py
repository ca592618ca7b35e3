"""The summary of a run for a terminal: the headline first, then what it is made of, then how sure it is."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.catalog.init import EXAMPLE
from usephase.report import common_errors, rests
from usephase.report import scenarios as by_scenario
from usephase.report.breakdown import breakdown
from usephase.report.cells import printable
from usephase.report.language import language, words
from usephase.report.method import headline, scenarios
from usephase.report.rounding import (
    adds_up,
    amount,
    common_place,
    interval,
    number,
    percent,
    percent_place,
    percents,
    percents_add_up,
    place,
)
from usephase.report.terminal.bar import Bar
from usephase.results.run import UNIT, Run

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

TOP = 5
NOTES = 3
_WIDE = 110
_NAME_WIDTH = 36
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
        yield from _section(language()("scenarios.title"), _scenarios(run))
        yield from _section(language()("rests.inputs"), _inputs(run))
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
    for note in run.notes:
        if EXAMPLE in note:
            yield Text(f"  {printable(note)}", style="bold yellow")
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
    shared = common_errors.lines(run, language())
    for name, told in shared:
        grid.add_row(f"  {name}", _sentence(told))
    if shared:
        grid.add_row("", _sentence(language()("common_errors.told"), style="italic"))
    grid.add_row("  best estimate", amount(best, low, high, UNIT))
    reason = rests.difference(run)
    if reason:
        grid.add_row("", _sentence(reason, style="italic"))
    grid.add_row("  it rests on", _sentence(rests.lead(run)))
    if len(run.select("total", "coverage")):
        grid.add_row("  not listed", _sentence(rests.coverage(run)))
    yield grid


def _scenarios(run: Run) -> "Iterator[RenderableType]":
    lines, table = by_scenario.lines(run, language()), _figures_table(bar=False)
    if not lines:
        return
    last = common_place(row for _, row in lines)
    for name, row in lines:
        _add(table, printable(name), row, last, style="" if name != lines[-1][0] else "bold green")
    yield table
    yield _indented(by_scenario.split(run, language()), "dim")


def _inputs(run: Run) -> "Iterator[RenderableType]":
    from usephase.report.terminal.figures_table import FiguresTable

    found = rests.inputs(run)[:TOP]
    if not found:
        return
    table = FiguresTable("", language()("rests.of_variance"))
    for name, share in found:
        table.add_row(f"  {name}", share)
    yield table
    draws = language().count(run.meta["variance"]["draws"])
    yield _indented(language()("rests.inputs_note", draws=draws), "dim")


def _composition(run: Run) -> "Iterator[RenderableType]":
    total = run.figure("total")
    table = _figures_table(bar=True)
    found: dict[str, tuple[pd.Series, pd.DataFrame]] = {}
    for ledger in ("category_11", "category_12"):
        rows = run.select(ledger)
        if rows.empty:
            continue
        parts = breakdown(run, "component")
        frame = pd.DataFrame(columns=rows.columns) if parts is None else parts.ledgers.get(ledger, rows.head(0))
        frame = frame[(frame["mean"] != 0) & frame["mean"].notna()]
        found[ledger] = rows.iloc[0], frame.sort_values("mean", ascending=False, kind="stable")
    every: list[Any] = [row for whole, frame in found.values() for row in (whole, *frame.to_dict("records"))]
    last = common_place([total, *every])
    even = adds_up([whole["mean"] for whole, _ in found.values()], total["mean"], last)
    size = total["mean"] or float("nan")
    tenth = percent_place(row["mean"] / size for row in every)
    for ledger, (whole, frame) in found.items():
        _add(table, words.SHORT_LEDGERS[ledger], whole, last, share=whole["mean"] / size, tenth=tenth, style="bold")
        for group, row in frame.iterrows():
            name = "  " + words.word(words.PARTS[ledger], printable(group))
            _add(table, name, row, last, share=row["mean"] / size, tenth=tenth, bar=True)
        means = frame["mean"].tolist()
        even &= not means or adds_up(means, whole["mean"], last)
        even &= not means or percents_add_up([x / size for x in means], whole["mean"] / size, tenth)
    yield table
    if not even:
        yield _indented(words.rounded().strip(), "dim")


def _alternatives(run: Run) -> "Iterator[RenderableType]":
    from rich.text import Text

    basis, boundary = run.meta["grid_basis"], run.meta["boundary"]
    table = _grid(padding=(0, 3, 0, 0))
    table.add_column(min_width=20)
    for name in words.BOUNDARIES.values():
        table.add_column(name, justify="right")
    table.show_header = True
    table.header_style = "dim"
    last = common_place(run.figure("total", grid_basis=b, boundary=s) for b in words.BASES for s in words.BOUNDARIES)
    for b in words.BASES:
        cells: list[Text] = []
        for s in words.BOUNDARIES:
            row = run.figure("total", grid_basis=b, boundary=s)
            here = (b, s) == (basis, boundary)
            text = Text(number(row["mean"], last), style="bold green" if here else "")
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

    from usephase.report.terminal.figures_table import FiguresTable

    found = breakdown(run, by)
    if found is None:
        return None
    shares = found.shares()
    wide = name_width is not None
    heads = [f"  {words.PLURALS[by]}", "", " ", *([] if wide else [""])]
    table = FiguresTable(*heads, width=min(name_width or _NAME_WIDTH, _NAME_WIDTH))
    whole = shares.iloc[0] or 1.0
    last = common_place(found.leading.head(TOP).to_dict("records"))
    listed = [*map(float, shares.head(TOP)), float(shares.iloc[TOP:].sum())]
    said = percents(listed)
    for (group, row), share, told in zip(found.leading.head(TOP).iterrows(), listed, said, strict=False):
        cells: list[Any] = [
            Text("  " + printable(language().group(found.by, str(group)))),
            number(row["mean"], last),
            Text(told, style="dim"),
        ]
        table.add_row(*cells, *([] if wide else [Bar(share / whole) if share > 0 else ""]))
    rest = len(found.groups) - TOP
    if rest > 0:
        mean = found.leading["mean"].iloc[TOP:].sum()
        label = f"  {rest:,} more"
        cells = [Text(label, style="dim"), Text(number(mean, last), style="dim")]
        table.add_row(*cells, Text(said[-1], style="dim"))
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
        last = common_place(row for _, row in lines)
        for name, row in lines:
            _add(table, name, row, last)
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
    if len(run.register):
        grid.add_row("  Assumptions", _sentence(rests.known(run, short=True)))
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


def _sentence(text: str, style: str = "") -> "RenderableType":
    from rich.text import Text

    # Lines break between a number and its unit rather than show a sign that a terminal may lack.
    return Text(text.replace("\N{NO-BREAK SPACE}", " "), style=style)


def _indented(text: str, style: str) -> "RenderableType":
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(text, style=style), (0, 0, 0, 2))


def _grid(padding: tuple[int, int, int, int] = (0, 2, 0, 0)) -> "Table":
    from rich.table import Table

    return Table(box=None, show_header=False, padding=padding, pad_edge=False)


def _figures_table(*, bar: bool) -> "Table":
    from usephase.report.terminal.figures_table import FiguresTable

    return FiguresTable("", UNIT, "95 % interval", *(["", ""] if bar else []), width=_NAME_WIDTH)


def _add(
    table: "Table", name: str, row: pd.Series, last: int, *, share: float = math.nan, tenth: int = 0, style: str = "",
    bar: bool = False,
) -> None:  # fmt: skip
    from rich.text import Text

    mean, ends = row["mean"], interval(row["p2_5"], row["p97_5"], last=last)
    cells: list[Any] = [Text(f"  {name}"), number(mean, last), Text(ends, style="dim")]
    if len(table.columns) > 3:
        cells += [percent(share, tenth), Bar(share) if bar and share > 0 else ""]
    table.add_row(*cells, style=style)
