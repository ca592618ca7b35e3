"""The summary of a run for a terminal: the headline first, then what it is made of, then how sure it is."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.catalog.init import EXAMPLE
from usephase.engine.run.figures import BASES, BOUNDARIES
from usephase.report import common_errors, rests
from usephase.report import scenarios as by_scenario
from usephase.report.breakdown import PARTS, breakdown
from usephase.report.cells import printable
from usephase.report.language import calling, capital, plain
from usephase.report.method import headline, scenarios
from usephase.report.rounding import adds_up, common_place, percent_place, percents_add_up
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
        with calling(self.run.meta.get("called") or {}):
            parts = list(self._parts(options))
        yield from parts

    def _parts(self, options: "ConsoleOptions") -> "Iterator[RenderableType]":
        run, say = self.run, plain()
        yield from _title(run)
        yield from _headline(run)
        yield from _section(say("scenarios.title"), _scenarios(run))
        yield from _section(say("rests.inputs"), _inputs(run))
        yield from _section(say("composition.title"), _composition(run))
        yield from _section(say("screen.run.choices"), _alternatives(run))
        yield from _section(say("screen.run.largest", unit=UNIT), _largest(run, options.max_width))
        yield from _section(say("apart.title"), _apart(run))
        yield from _section(say("screen.run.sure"), _sureness(run))
        yield from _section(say("screen.run.notes", count=say.count(len(run.notes))), _notes(run))
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
    from usephase.report.terminal.kept import Kept

    parts = list(body)
    if parts:
        yield Kept()
        yield Kept(title, style="bold cyan")
        yield from parts


def _title(run: Run) -> "Iterator[RenderableType]":
    from usephase.report.terminal.kept import Kept

    meta = run.meta
    owner = printable(meta.get("company") or "")
    line = Kept(printable(meta["catalog"]["name"]), style="bold")
    sales = plain()("screen.run.sales", year=meta["reporting_year"])
    line.append(f"   {owner + ', ' if owner else ''}{sales}", style="dim")
    yield line
    for note in run.notes:
        if EXAMPLE in note:
            yield Kept(f"  {printable(note)}", style="bold yellow")
    yield Kept()


def _headline(run: Run) -> "Iterator[RenderableType]":
    from usephase.report.terminal.kept import Kept

    row, say = run.figure("total"), plain()
    low, high, mean, best = row["p2_5"], row["p97_5"], row["mean"], row["best_estimate"]
    head = _grid()
    head.add_column(no_wrap=True, style="bold green")
    head.add_column()
    told = say("screen.run.headline", choice=headline(run, say))
    head.add_row(f"  {say.amount(mean, low, high, UNIT)} ", Kept(told))
    yield head
    grid = _grid()
    grid.add_column(style="dim")
    grid.add_column()
    grid.add_row(f"  {say('screen.interval')}", say.interval(low, high, UNIT, value=mean))
    shared = common_errors.lines(run, say)
    for name, told in shared:
        grid.add_row(f"  {name}", Kept(told))
    if shared:
        grid.add_row("", Kept(say("common_errors.told"), style="italic"))
    grid.add_row(f"  {say('screen.run.best')}", say.amount(best, low, high, UNIT))
    reason = rests.difference(run, say)
    if reason:
        grid.add_row("", Kept(reason, style="italic"))
    grid.add_row(f"  {say('screen.run.rests')}", Kept(rests.lead(run, say)))
    if len(run.select("total", "coverage")):
        grid.add_row(f"  {say('screen.run.not_listed')}", Kept(rests.coverage(run, say)))
    yield grid


def _scenarios(run: Run) -> "Iterator[RenderableType]":
    say = plain()
    lines, table = by_scenario.lines(run, say), _figures_table(bar=False)
    if not lines:
        return
    last = common_place(row for _, row in lines)
    for name, row in lines:
        _add(table, printable(name), row, last, style="" if name != lines[-1][0] else "bold green")
    yield table
    yield _indented(by_scenario.split(run, say), "dim")


def _inputs(run: Run) -> "Iterator[RenderableType]":
    from usephase.report.terminal.figures_table import FiguresTable

    say = plain()
    found = rests.inputs(run, say)[:TOP]
    if not found:
        return
    table = FiguresTable("", say("rests.of_variance"))
    for name, share in found:
        table.add_row(f"  {name}", share)
    yield table
    yield _indented(say("rests.inputs_note", draws=say.count(run.meta["variance"]["draws"])), "dim")
    if told := rests.archetypes(run, say):
        yield _indented(printable(told), "")


def _composition(run: Run) -> "Iterator[RenderableType]":
    total, say = run.figure("total"), plain()
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
        _add(table, say.word("category", ledger), whole, last, share=whole["mean"] / size, tenth=tenth, style="bold")
        for group, row in frame.iterrows():
            name = "  " + say.word(PARTS[ledger], printable(group))
            _add(table, name, row, last, share=row["mean"] / size, tenth=tenth, bar=True)
        means = frame["mean"].tolist()
        even &= not means or adds_up(means, whole["mean"], last)
        even &= not means or percents_add_up([x / size for x in means], whole["mean"] / size, tenth)
    yield table
    if not even:
        yield _indented(say("number.rounded"), "dim")


def _alternatives(run: Run) -> "Iterator[RenderableType]":
    from usephase.report.terminal.kept import Kept

    basis, boundary, say = run.meta["grid_basis"], run.meta["boundary"], plain()
    table = _grid(padding=(0, 3, 0, 0))
    table.add_column(min_width=20)
    for name in BOUNDARIES:
        table.add_column(capital(say("boundary." + name)), justify="right")
    table.show_header = True
    table.header_style = "dim"
    last = common_place(run.figure("total", grid_basis=b, boundary=s) for b in BASES for s in BOUNDARIES)
    for b in BASES:
        cells: list[Kept] = []
        for s in BOUNDARIES:
            row = run.figure("total", grid_basis=b, boundary=s)
            here = (b, s) == (basis, boundary)
            text = Kept(say.number(row["mean"], last), style="bold green" if here else "")
            text.append(" *" if here else "  ")
            cells.append(text)
        table.add_row(f"  {capital(say('basis.' + b))}", *cells)
    yield table
    frozen = run.figure("total", grid_basis="frozen", boundary=boundary)["mean"]
    projected = run.figure("total", grid_basis="projected", boundary=boundary)["mean"]
    note = say("screen.run.means", unit=UNIT)
    if projected and abs(frozen / projected - 1) >= _DEAD_SHARE:
        way = say("choices.more" if frozen > projected else "choices.less")
        note += " " + say("screen.run.frozen", size=say.percent(abs(frozen / projected - 1)), way=way)
    yield _indented(note, "dim")


def _largest(run: Run, width: int) -> "Iterator[RenderableType]":
    tables = [
        table
        for by in ("product", "family", "region")
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
    from usephase.report.terminal.figures_table import FiguresTable
    from usephase.report.terminal.kept import Kept

    found, say = breakdown(run, by), plain()
    if found is None:
        return None
    shares = found.shares()
    wide = name_width is not None
    heads = [f"  {say('many.' + by)}", "", " ", *([] if wide else [""])]
    table = FiguresTable(*heads, width=min(name_width or _NAME_WIDTH, _NAME_WIDTH))
    whole = shares.iloc[0] or 1.0
    last = common_place(found.leading.head(TOP).to_dict("records"))
    listed = [*map(float, shares.head(TOP)), float(shares.iloc[TOP:].sum())]
    said = say.percents(listed)
    for (group, row), share, told in zip(found.leading.head(TOP).iterrows(), listed, said, strict=False):
        cells: list[Any] = [
            Kept("  " + printable(say.group(found.by, str(group)))),
            say.number(row["mean"], last),
            Kept(told, style="dim"),
        ]
        table.add_row(*cells, *([] if wide else [Bar(share / whole) if share > 0 else ""]))
    rest = len(found.groups) - TOP
    if rest > 0:
        mean = found.leading["mean"].iloc[TOP:].sum()
        label = f"  {say('chart.rest', count=say.count(rest))}"
        cells = [Kept(label, style="dim"), Kept(say.number(mean, last), style="dim")]
        table.add_row(*cells, Kept(said[-1], style="dim"))
    return table


def _apart(run: Run) -> "Iterator[RenderableType]":
    say = plain()
    lines: list[tuple[str, pd.Series]] = []
    for phase in ("indirect", "maintenance"):
        rows = run.select("category_11", phase=phase)
        lines += [(say(f"phase.{phase}"), row) for _, row in rows[rows["phase"] == phase].iterrows()]
    lines += [
        (say(f"ledger.{ledger}"), row)
        for ledger in ("avoided", "biogenic_co2")
        for _, row in run.select(ledger).iterrows()
    ]
    extra = run.select("total", "coverage")
    name = say("screen.run.extrapolated")
    lines += [(name, row) for _, row in extra[extra["group"] == "extrapolated"].iterrows()]
    lines = [(name, row) for name, row in lines if row["mean"] != 0 or row["p97_5"] != 0]
    if lines:
        table = _figures_table(bar=False)
        last = common_place(row for _, row in lines)
        for name, row in lines:
            _add(table, name, row, last)
        yield table


def _sureness(run: Run) -> "Iterator[RenderableType]":
    from usephase.report.terminal.kept import Kept

    meta, row, say = run.meta, run.figure("total"), plain()
    error = row["mcse"]
    grid = _grid()
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    if pd.notna(error):
        size = say.amount(error, 0, 2 * error, UNIT)
        if row["mean"]:
            size = say("screen.run.of_mean", error=size, share=say.percent(error / abs(row["mean"])))
        grid.add_row(f"  {say('screen.run.error')}", Kept(say("screen.run.fixed") if error == 0 else size))
    drawn = say("screen.run.drawn", draws=say.count(meta["draws"]), design=meta["design"], seed=meta["seed"])
    seconds = f", {say.decimals(meta['seconds'], 1)} s" if meta.get("seconds") is not None else ""
    grid.add_row(f"  {say('reproduce.draws')}", Kept(f"{drawn}{seconds}"))
    grid.add_row(f"  {say('scenarios.scenario')}", Kept(printable(scenarios(run, say))))
    if len(run.register):
        grid.add_row(f"  {say('screen.run.assumptions')}", Kept(rests.known(run, say, short=True)))
    yield grid


def _notes(run: Run) -> "Iterator[RenderableType]":
    for note in run.notes[:NOTES]:
        yield _indented(printable(note), "yellow")
    rest = len(run.notes) - NOTES
    if rest > 0:
        yield _indented(plain()("screen.run.more_notes", count=plain().count(rest)), "yellow")


def _files(folder: Path | None) -> "Iterator[RenderableType]":
    from usephase.report.terminal.kept import Kept

    if folder is not None:
        yield Kept()
        line = Kept(f"{plain()('screen.run.files')}  ", style="bold cyan")
        line.append(printable(folder.as_posix()), style="not bold default")
        yield line
        yield _indented(plain()("screen.run.files_for"), "dim")


def _indented(text: str, style: str) -> "RenderableType":
    from rich.padding import Padding

    from usephase.report.terminal.kept import Kept

    return Padding(Kept(text, style=style), (0, 0, 0, 2))


def _grid(padding: tuple[int, int, int, int] = (0, 2, 0, 0)) -> "Table":
    from rich.table import Table

    return Table(box=None, show_header=False, padding=padding, pad_edge=False)


def _figures_table(*, bar: bool) -> "Table":
    from usephase.report.terminal.figures_table import FiguresTable

    return FiguresTable("", UNIT, plain()("screen.interval"), *(["", ""] if bar else []), width=_NAME_WIDTH)


def _add(
    table: "Table", name: str, row: pd.Series, last: int, *, share: float = math.nan, tenth: int = 0, style: str = "",
    bar: bool = False,
) -> None:  # fmt: skip
    from usephase.report.terminal.kept import Kept

    say = plain()
    mean, ends = row["mean"], say.interval(row["p2_5"], row["p97_5"], last=last)
    cells: list[Any] = [Kept(f"  {name}"), say.number(mean, last), Kept(ends, style="dim")]
    if len(table.columns) > 3:
        cells += [say.percent(share, tenth), Bar(share) if bar and share > 0 else ""]
    table.add_row(*cells, style=style)
