"""A simplified formula for a terminal: what is kept, the formula, what is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usephase.insight.sensitivity.exact.simplify import Simplified
from usephase.report.cells import printable
from usephase.report.rounding import interval, percent, percents
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

        found = self.found
        yield Text(f"{printable(found.figure)} in {len(found.kept)} cells", style="bold")
        table = FiguresTable("cell", "in all (ST)", "share", "power")
        # Correlated cells are kept as one row; each has a term of its own in the formula.
        powers = {term.cell: f"{term.values[0]:.2f}" for term in found.terms if term.form == "power"}
        shares = percents(found.kept["share_of_variance"])
        for (_, row), share in zip(found.kept.iterrows(), shares, strict=True):
            shown = powers.get((row["table"], row["row"], row["column"]), "")
            table.add_row(Text(cell_name(row)), index_text(row["st"]), share, shown)
        yield table
        yield Text()
        if found.formula:
            yield Text(printable(found.formula) + f" {UNIT}", style="bold cyan")
            fit = f"cells in canonical units; the formula explains {percent(found.fit)} of the logarithm"
            yield Text(fit, style="dim")
        else:
            yield Text("No formula: the figure is not positive in every draw.", style="yellow")
        yield Text(
            f"{found.fixed:,} more cells with an effect are fixed at their means: "
            f"{percent(found.lost_variance)} of the variance is lost, the mean moves by {percent(found.mean_shift)}."
        )
        yield Text(
            f"95 % interval {interval(*found.simplified_interval, UNIT)} in place of {interval(*found.interval, UNIT)}."
        )


def print_simplified(found: Simplified) -> None:
    """Print a simplified formula."""
    show(SimplifiedView(found))
