"""A ranking for a terminal: what drives the figure first, then groups, then how sure the order is."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.insight.sensitivity.ranking import Ranking
from usephase.report.cells import printable
from usephase.report.language import language
from usephase.report.language.inputs import clipped, group_name, input_name
from usephase.report.rounding import interval, percent, percent_place
from usephase.report.terminal.bar import Bar
from usephase.report.terminal.show import show
from usephase.results.run import UNIT

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

GROUPS_SHOWN = 6
BY = {"table": "By table", "family": "By family", "data_type": "By type of data"}
CELLS_NEXT, WEAK_NEXT, SOURCES_NEXT = 5, 3, 3
"""Cells, cells of weak origin and sources that are told of as worth measuring."""
MEASURES = {
    "sobol": ("s1", "st"), "closed_form": ("s1", "st"), "given_data": ("s1",), "morris": ("mu_star", "sigma"),
    "delta": ("delta", "s1"), "pawn": ("median", "maximum"), "regression": ("srrc", "prcc"),
}  # fmt: skip
"""What each method's table shows."""
HEADINGS = {
    "s1": "alone (S1)", "st": "in all (ST)", "mu_star": "mean effect", "sigma": "its spread", "delta": "delta",
    "median": "PAWN median", "maximum": "PAWN maximum", "srrc": "rank regression", "prcc": "partial rank corr.",
}  # fmt: skip
EXPLAINED: Mapping[tuple[str, ...], str] = {
    ("s1", "st"): (
        "alone (S1): the share of the variance that would go, on average, if this were known. In all (ST): the share "
        "that would stay if all else were known, that is with its part in what several do together"
    )
}
"""What the two measures of a table say, in words."""


@dataclass(frozen=True)
class RankingView:
    """Show a ranking; a rich renderable that fits the width it is given."""

    ranking: Ranking
    top: int

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the parts from top to bottom."""
        from rich.text import Text

        ranking = self.ranking
        yield Text(f"What makes {printable(ranking.figure)} uncertain", style="bold")
        low, high = ranking.summary.get("p2_5"), ranking.summary.get("p97_5")
        if low is not None and high is not None:
            draws, most = f"{ranking.draws:,} draws", ranking.summary.get("draws_of_largest", ranking.draws)
            if most > ranking.draws:
                draws += f" ({most:,} for the first {ranking.summary['largest_cells']} cells)"
            yield Text(f"95 % interval {interval(low, high, UNIT)}; {draws}, seed {ranking.seed}", style="dim")
        if (told := EXPLAINED.get(MEASURES[ranking.method])) is not None:
            yield Text(told, style="dim")
        if len(ranking.rows) and not (ranking.importance > 0).any():  # the notes say why
            yield from (Text(printable(note), style="yellow") for note in ranking.notes)
            return
        yield Text()
        yield _rows(ranking, self.top)
        rest = int((ranking.importance > 0).sum()) - self.top
        if rest > 0:
            yield Text(f"and {rest:,} more with some effect: --top N shows them, --json has all", style="dim")
        for by, title in BY.items():
            part = ranking.groups[ranking.groups["by"] == by] if len(ranking.groups) else ranking.groups
            if len(part) > 1:
                yield Text()
                yield Text(title, style="bold cyan")
                yield _groups(part)
        if len(ranking.measure_next):
            yield Text()
            yield Text("What to measure next", style="bold cyan")
            yield _next(ranking.measure_next)
        if len(ranking.pairs):
            yield Text()
            yield Text("Together beyond each alone (S2)", style="bold cyan")
            yield _pairs(ranking.pairs.head(GROUPS_SHOWN))
        yield from _summary(ranking)
        for note in ranking.notes:
            yield Text(printable(note), style="yellow")


def print_ranking(ranking: Ranking, top: int = 20) -> None:
    """Print a ranking, its first `top` rows."""
    show(RankingView(ranking, top))


def cell_name(row: "pd.Series[Any]") -> str:
    """Name a cell in a line: ``load: DRILL, drilling``."""
    table, text, column = (str(row[key] or "") for key in ("table", "row", "column"))
    return input_name(table, text, column, language())


def _rows(ranking: Ranking, top: int) -> "RenderableType":
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    measures = MEASURES[ranking.method]
    spread = {name for name in measures if f"{name}_low" in ranking.rows and ranking.rows[f"{name}_low"].notna().any()}
    heads = [head for name in measures for head in (HEADINGS[name], *(["95 %"] if name in spread else []))]
    table = FiguresTable("", "cell", *heads, "", names=(1,))
    whole = float(ranking.importance.max()) if len(ranking.rows) else 0.0
    for (_, row), size in zip(ranking.rows.head(top).iterrows(), ranking.importance, strict=False):
        cells: list[Any] = [Text(str(row["rank"]), style="dim"), Text(cell_name(row))]
        for name in measures:
            cells.append(index_text(row[name]))
            if name in spread:
                cells.append(Text(interval_text(row[f"{name}_low"], row[f"{name}_high"]), style="dim"))
        table.add_row(*cells, Bar(size / whole) if size > 0 and whole > 0 else "")
    return table


def _groups(part: pd.DataFrame) -> "RenderableType":
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    table = FiguresTable("", "cells", HEADINGS["s1"], "95 %", HEADINGS["st"], "95 %")
    for _, row in part.head(GROUPS_SHOWN).iterrows():
        cells: list[Any] = [Text(group_name(row["by"], row["group"], language())), f"{row['cells']:,}"]
        for name in ("s1", "st"):
            spread = interval_text(row[f"{name}_low"], row[f"{name}_high"])
            cells += [index_text(row[name]), Text(spread, style="dim")]
        table.add_row(*cells)
    return table


def _next(frame: pd.DataFrame) -> "RenderableType":
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    heads = "to know", "narrows the 95 % interval by", "between", "source"
    table = FiguresTable(*heads, names=(0, 3), left=(1, 2))
    useful = frame[frame["shrinkage"] > 0]
    cells, sources = useful[useful["what"] == "cell"], useful[useful["what"] == "source"]
    shown = pd.concat([cells.head(CELLS_NEXT), cells[cells["weak"]].head(WEAK_NEXT)]).drop_duplicates()
    listed = pd.concat([shown, sources.head(SOURCES_NEXT)])
    last = percent_place(listed[["shrinkage", "shrinkage_low", "shrinkage_high"]].to_numpy(dtype=float).ravel())
    for _, row in listed.iterrows():
        mark = " (weak)" if row["weak"] else ""
        source = clipped(group_name("source", row["source"], language()) if row["source"] else "none given")
        name = "all cells of a source" if row["what"] == "source" else cell_name(row)
        spread = f"{percent(row['shrinkage_low'], last)} and {percent(row['shrinkage_high'], last)}"
        table.add_row(
            Text(name), percent(row["shrinkage"], last), Text(spread, style="dim"), Text(source + mark, style="dim")
        )
    return table


def _pairs(pairs: pd.DataFrame) -> "RenderableType":
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    table = FiguresTable("cell", "and", "S2", "95 %", names=(0, 1))
    for _, row in pairs.iterrows():
        other = cell_name(pd.Series({k: row[f"{k}_2"] for k in ("table", "row", "column")}))
        spread = interval_text(row["s2_low"], row["s2_high"])
        table.add_row(Text(cell_name(row)), Text(other), index_text(row["s2"]), Text(spread, style="dim"))
    return table


def _summary(ranking: Ranking) -> "Iterator[RenderableType]":
    from rich.text import Text

    summary = ranking.summary
    lines = []
    if summary.get("cells_for_80_percent") is not None:
        every = f"of {summary['uncertain_cells']:,} uncertain cells" if "uncertain_cells" in summary else ""
        lines.append(f"{summary['cells_for_80_percent']:,} {every} make 80 % of the variance".replace("  ", " "))
    if summary.get("interaction_share") is not None:
        if summary["interaction_share"] > 0:
            part = percent(summary["interaction_share"])
            lines.append(f"cells alone explain {percent(summary['sum_s1'])} of it, interactions {part}")
        else:
            lines.append("cells alone explain all of it, within the error of the indices")
    if summary.get("top_overlap") is not None:
        lines.append(f"of the first ten {percent(summary['top_overlap'])} stay there when the draws are resampled")
    if lines:
        yield Text()
        yield Text("; ".join(lines) + ".")


def index_text(x: float) -> str:
    """Write an index with three decimals; what is not given is n/a."""
    return f"{x:.3f}" if math.isfinite(x) else "n/a"


def interval_text(low: float, high: float) -> str:
    """Write an index's interval."""
    return f"{low:.3f} to {high:.3f}" if math.isfinite(low) and math.isfinite(high) else ""
