"""Printing to a terminal: the summary, problems, registers, tables and pages of the guide.

Colours follow the console: none where the output is no terminal or ``NO_COLOR`` is set.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.errors import Problem
from usephase.insight.quality.assess import numbers
from usephase.report.cells import printable
from usephase.report.language import plain
from usephase.report.terminal.show import PAGE, WIDE, show
from usephase.report.terminal.summary import Summary as Summary
from usephase.report.terminal.summary import summary as summary
from usephase.results.run import Run

if TYPE_CHECKING:
    from rich.text import Text

    from usephase.catalog.rules.grids import KnownPath
    from usephase.catalog.table import Catalog

ROWS_MAX = 200
"""Rows of a table that a person may scroll through; the JSON form has them all."""

_REGISTER_COLUMNS = ("table", "row", "column", "value", "distribution", "origin", "basis", "source")


def print_summary(run: Run, folder: str | PathLike[str] | None, warnings: Iterable[Problem] | None = ()) -> None:
    """Print a run's summary; with `warnings` None, without its notes."""
    shown = dataclasses.replace(run, notes=()) if warnings is None else run
    show(summary(shown, folder))


def print_problems(problems: Sequence[Problem]) -> None:
    """Print problems, errors first, on the error stream: where, what, and what to do."""
    from rich.text import Text

    errors = [problem for problem in problems if problem.severity == "error"]
    others = [problem for problem in problems if problem.severity != "error"]
    say = plain()
    counts = Text(f"{say.counted('error', len(errors))}, {say.counted('warning', len(others))}", style="bold")
    show(counts, *(line for problem in (*errors, *others) for line in _said(problem)), stderr=True, columns=WIDE)


def print_check(
    catalog: "Catalog", register: pd.DataFrame, path: str, paths: "Sequence[KnownPath]" = (), *, listed: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Print what `usephase check` found in a catalog that can be used; the verdict comes last.

    Parameters
    ----------
    catalog : Catalog
    register : DataFrame
    path : str
        The catalog as it was named.
    paths : sequence of KnownPath
        The grid paths that there are for the places sold to.
    listed : bool
        Whether to list the assumption register.
    quiet : bool
        Whether to say no more than warnings and verdict.
    """
    from rich.text import Text

    say = plain()
    show(*(line for problem in catalog.warnings for line in _said(problem)), columns=WIDE)
    if listed:
        title = say("screen.check.register", count=say.count(len(register)))
        print_table(register[list(_REGISTER_COLUMNS)], title, len(register))
    elif not quiet:
        values = numbers(register)
        own = int((values["origin"] == "catalog").sum())
        counts = {"values": len(values), "own": own, "built_in": len(values) - own}
        told = say("screen.check.rests", **{name: say.count(count) for name, count in counts.items()})
        show(Text(told, style="dim"), *(Text(line, style="dim") for line in _paths_told(paths)))
    found = say("screen.check.no_errors", warnings=say.counted("warning", len(catalog.warnings)))
    name, command = printable(catalog.settings.name), f"usephase run {printable(path)}"
    show(Text(say("screen.check.verdict", found=found, name=name, command=command)))


def _paths_told(paths: "Sequence[KnownPath]") -> Iterable[str]:
    """Say which grid paths there are for the places sold to, and whose they are."""
    for begin, here in (
        ("everywhere", [one for one in paths if one.everywhere]),
        ("some", [one for one in paths if not one.everywhere]),
    ):
        whose: dict[tuple[str, ...], list[str]] = {}
        for one in here:
            where = () if one.everywhere else one.zones[:_PLACES]
            more = () if len(one.zones) <= _PLACES or one.everywhere else ("…",)
            whose.setdefault((one.publisher, *where, *more), []).append(one.scenario)
        if whose:
            told = (
                f"{', '.join(names)} ({key[0]}{': ' if key[1:] else ''}{', '.join(key[1:])})"
                for key, names in whose.items()
            )
            yield printable(plain()(f"screen.check.paths_{begin}", paths="; ".join(told)))


_PLACES = 3
"""So many places that have a path are named."""


def print_table(frame: pd.DataFrame, title: str, most: int = ROWS_MAX) -> None:
    """Print a table of text, its first rows if there are more than so many."""
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    at = [i for i, kind in enumerate(frame.dtypes) if kind.kind not in "iuf" and frame.columns[i] != "value"]
    table = FiguresTable(*frame.columns, names=tuple(at), left=tuple(range(len(frame.columns))))
    table.title, table.title_justify = Text(title, style="bold"), "left"
    for row in frame.head(most).itertuples(index=False, name=None):
        table.add_row(*(Text(_cell(value)) for value in row))
    show(table, columns=WIDE)
    if len(frame) > most:
        show(Text(plain()("screen.rows_more", count=plain().count(len(frame) - most)), style="dim"))


def print_markdown(text: str) -> None:
    """Print a page of the guide."""
    from rich.markdown import Markdown

    show(Markdown(text), columns=PAGE)


def _said(problem: Problem) -> "tuple[Text, Text]":
    """Write a problem on two lines."""
    from rich.text import Text

    line = Text(f"  {printable(problem.where)}", style="bold red" if problem.severity == "error" else "bold yellow")
    line.append(f"  {printable(problem.what)}", style="not bold default")
    return line, Text(f"      {printable(problem.fix)}", style="dim")


def _cell(value: Any) -> str:
    return "" if value is None or value != value else printable(value)
