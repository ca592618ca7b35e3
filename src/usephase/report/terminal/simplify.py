"""A simplified formula for a terminal: what is kept, the formula, what is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usephase.insight.sensitivity.exact.simplify import Simplified
from usephase.report.cells import printable
from usephase.report.language import plain
from usephase.report.terminal.ranking import cell_name, index_text
from usephase.report.terminal.show import show
from usephase.results.run import UNIT

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType


@dataclass(frozen=True)
class SimplifiedView:
    """Show a simplified formula; a rich renderable that fits the width it is given."""

    found: Simplified

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the parts from top to bottom."""
        from rich.text import Text

        from usephase.report.terminal.figures_table import FiguresTable

        found, say = self.found, plain()
        title = say("screen.simplify.title", figure=printable(found.figure), cells=say.count(len(found.kept)))
        yield Text(title, style="bold")
        heads = say("screen.rank.cell"), say("index.st"), say("screen.simplify.share"), say("screen.simplify.power")
        table = FiguresTable(*heads)
        # Correlated cells are kept as one row; each has a term of its own in the formula.
        powers = {term.cell: say.decimals(term.values[0], 2) for term in found.terms if term.form == "power"}
        shares = say.percents(found.kept["share_of_variance"])
        for (_, row), share in zip(found.kept.iterrows(), shares, strict=True):
            shown = powers.get((row["table"], row["row"], row["column"]), "")
            table.add_row(Text(cell_name(row)), index_text(row["st"]), share, shown)
        yield table
        yield Text()
        if found.formula:
            yield Text(printable(found.formula) + f" {UNIT}", style="bold cyan")
            yield Text(say("screen.simplify.fit", share=say.percent(found.fit)), style="dim")
        else:
            yield Text(say("screen.simplify.no_formula"), style="yellow")
        lost, shift = say.percent(found.lost_variance), say.percent(found.mean_shift)
        yield Text(say("screen.simplify.fixed", count=say.count(found.fixed), lost=lost, shift=shift))
        ends = say.interval(*found.simplified_interval, UNIT)
        yield Text(say("screen.simplify.interval", simple=ends, whole=say.interval(*found.interval, UNIT)))


def print_simplified(found: Simplified) -> None:
    """Print a simplified formula."""
    show(SimplifiedView(found))
