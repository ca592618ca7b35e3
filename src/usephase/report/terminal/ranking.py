"""A ranking for a terminal: what drives the figure first, then groups, then how sure the order is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.insight.sensitivity.ranking import Ranking
from usephase.report.cells import printable
from usephase.report.language import plain
from usephase.report.language.inputs import clipped, group_name, input_name
from usephase.report.rounding import percent_place
from usephase.report.terminal.bar import Bar
from usephase.report.terminal.show import show
from usephase.results.run import UNIT

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

GROUPS_SHOWN = 6
BY = ("table", "family", "data_type")
CELLS_NEXT, WEAK_NEXT, SOURCES_NEXT, DATA_SHOWN = 5, 3, 3, 4
"""Cells, cells of weak origin and sources that are told of as worth measuring."""
MEASURES = {
    "sobol": ("s1", "st"), "closed_form": ("s1", "st"), "given_data": ("s1",), "morris": ("mu_star", "sigma"),
    "delta": ("delta", "s1"), "pawn": ("median", "maximum"), "regression": ("srrc", "prcc"),
}  # fmt: skip
"""What each method's table shows."""
EXPLAINED = {("s1", "st")}
"""The measures of a table that are said in words below the heading."""


@dataclass(frozen=True)
class RankingView:
    """Show a ranking; a rich renderable that fits the width it is given."""

    ranking: Ranking
    top: int

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the parts from top to bottom."""
        from rich.text import Text

        ranking, say = self.ranking, plain()
        yield Text(say("chart.ranking", figure=printable(ranking.figure)), style="bold")
        low, high = ranking.summary.get("p2_5"), ranking.summary.get("p97_5")
        if low is not None and high is not None:
            draws, most = say.count(ranking.draws), ranking.summary.get("draws_of_largest", ranking.draws)
            first = ""
            if most > ranking.draws:
                cells = say.count(ranking.summary["largest_cells"])
                first = say("screen.rank.first", draws=say.count(most), cells=cells)
            ends = say.interval(low, high, UNIT)
            drawn = say("screen.rank.drawn", interval=ends, draws=draws, first=first, seed=ranking.seed)
            yield Text(drawn, style="dim")
        if MEASURES[ranking.method] in EXPLAINED:
            yield Text(say("screen.rank.explained"), style="dim")
        if len(ranking.rows) and not (ranking.importance > 0).any():  # the notes say why
            yield from (Text(printable(note), style="yellow") for note in ranking.notes)
            return
        yield Text()
        yield _rows(ranking, self.top)
        rest = int((ranking.importance > 0).sum()) - self.top
        if rest > 0:
            yield Text(say("screen.rank.more", count=say.count(rest)), style="dim")
        for by in BY:
            part = ranking.groups[ranking.groups["by"] == by] if len(ranking.groups) else ranking.groups
            if len(part) > 1:
                yield Text()
                yield Text(say(f"screen.rank.by_{by}"), style="bold cyan")
                yield _groups(part)
        if len(ranking.measure_next):
            yield Text()
            yield Text(say("ranking.next_title"), style="bold cyan")
            yield _next(ranking.measure_next)
            yield from _data_lines(ranking.measure_next)
        if len(ranking.pairs):
            yield Text()
            yield Text(say("screen.rank.pairs"), style="bold cyan")
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
    return input_name(table, text, column, plain())


def _rows(ranking: Ranking, top: int) -> "RenderableType":
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    measures = MEASURES[ranking.method]
    spread = {name for name in measures if f"{name}_low" in ranking.rows and ranking.rows[f"{name}_low"].notna().any()}
    say = plain()
    heads = [head for name in measures for head in (say(f"index.{name}"), *(["95 %"] if name in spread else []))]
    table = FiguresTable("", say("screen.rank.cell"), *heads, "", names=(1,))
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

    say = plain()
    table = FiguresTable("", say("screen.rank.cells"), say("index.s1"), "95 %", say("index.st"), "95 %")
    for _, row in part.head(GROUPS_SHOWN).iterrows():
        cells: list[Any] = [Text(group_name(row["by"], row["group"], say)), say.count(row["cells"])]
        for name in ("s1", "st"):
            spread = interval_text(row[f"{name}_low"], row[f"{name}_high"])
            cells += [index_text(row[name]), Text(spread, style="dim")]
        table.add_row(*cells)
    return table


def _next(frame: pd.DataFrame) -> "RenderableType":
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    say = plain()
    heads = [say(f"screen.rank.{name}") for name in ("to_know", "narrows", "between", "source")]
    table = FiguresTable(*heads, names=(0, 3), left=(1, 2))
    useful = frame[frame["shrinkage"] > 0]
    cells, apart, sources = (useful[useful["what"] == what] for what in ("cell", "scenario", "source"))
    shown = pd.concat([cells.head(CELLS_NEXT), cells[cells["weak"]].head(WEAK_NEXT)]).drop_duplicates()
    listed = pd.concat([shown, apart, sources.head(SOURCES_NEXT)])
    last = percent_place(listed[["shrinkage", "shrinkage_low", "shrinkage_high"]].to_numpy(dtype=float).ravel())
    for _, row in listed.iterrows():
        mark = f" ({say('ranking.weak')})" if row["weak"] else ""
        source = group_name("source", row["source"], say) if row["source"] else say("screen.rank.no_source")
        source = clipped(source)
        name = say("screen.rank.all_of_source") if row["what"] == "source" else cell_name(row)
        low, high = (say.percent(row[f"shrinkage_{end}"], last) for end in ("low", "high"))
        spread = say("screen.rank.and", low=low, high=high)
        table.add_row(
            Text(name), say.percent(row["shrinkage"], last), Text(spread, style="dim"), Text(source + mark, style="dim")
        )
    return table


def _data_lines(frame: pd.DataFrame) -> "Iterator[RenderableType]":
    """Say which data of the first cells could be got, and what they take off; that nobody can measure a scenario."""
    from rich.text import Text

    words = plain()
    useful = frame[frame["shrinkage"] > 0]
    listed = useful[(useful["what"] == "cell") & (useful["data"] != "")].head(DATA_SHOWN)
    yield Text(words("ranking.data") if len(listed) else "")
    last = percent_place(listed["shrinkage_data"].to_numpy(dtype=float))
    for _, row in listed.iterrows():
        what = words(f"ranking.data_{row['data']}", count=int(row["data_count"]))
        share = words.percent(float(row["shrinkage_data"]), last)
        yield Text(f"  {words('ranking.data_line', data=what, name=cell_name(row), share=share)}")
    for _, row in useful[useful["what"] == "scenario"].iterrows():
        yield Text(f"  {words('ranking.data_none', name=cell_name(row))}", style="dim")


def _pairs(pairs: pd.DataFrame) -> "RenderableType":
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    table = FiguresTable(plain()("screen.rank.cell"), plain()("screen.rank.other"), "S2", "95 %", names=(0, 1))
    for _, row in pairs.iterrows():
        other = cell_name(pd.Series({k: row[f"{k}_2"] for k in ("table", "row", "column")}))
        spread = interval_text(row["s2_low"], row["s2_high"])
        table.add_row(Text(cell_name(row)), Text(other), index_text(row["s2"]), Text(spread, style="dim"))
    return table


def _summary(ranking: Ranking) -> "Iterator[RenderableType]":
    from rich.text import Text

    summary, say = ranking.summary, plain()
    lines = []
    if summary.get("cells_for_80_percent") is not None:
        count, every = say.count(summary["cells_for_80_percent"]), summary.get("uncertain_cells")
        told = say("screen.rank.most") if every is None else say("screen.rank.most_of", every=say.count(every))
        lines.append(f"{count} {told}")
    if summary.get("interaction_share") is not None:
        if summary["interaction_share"] > 0:
            alone, part = (say.percent(summary[name]) for name in ("sum_s1", "interaction_share"))
            lines.append(say("screen.rank.alone", alone=alone, part=part))
        else:
            lines.append(say("screen.rank.alone_all"))
    if summary.get("top_overlap") is not None:
        lines.append(say("screen.rank.overlap", share=say.percent(summary["top_overlap"])))
    if lines:
        yield Text()
        yield Text("; ".join(lines) + ".")


def index_text(x: float) -> str:
    """Write an index with three decimals; what is not given is n/a."""
    return plain().decimals(x, 3) if math.isfinite(x) else plain()("number.none")


def interval_text(low: float, high: float) -> str:
    """Write an index's interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    say = plain()
    return say("number.interval", low=say.decimals(low, 3), high=say.decimals(high, 3))
