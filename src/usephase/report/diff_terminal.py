"""Show in a terminal what tells two runs apart."""

from collections.abc import Mapping
from typing import Any

from usephase.insight.diff import Difference
from usephase.insight.difference import CLASSES
from usephase.report.bar import Bar
from usephase.report.cells import printable
from usephase.report.rounding import amount, interval, percent
from usephase.report.words_of_change import EFFECT_WORDS
from usephase.results.run import UNIT

MOST_INPUTS = 20


def print_diff(done: Difference, quiet: bool = False) -> None:
    """Print a difference to stdout."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    runs = done.meta["runs"]
    names = [f"{printable(run['name'])} {run['year']} ({run['sha256'][:8]})" for run in runs]
    console.print(Text(f"{names[0]}  to  {names[1]}   {', '.join(done.meta['of'])}, {UNIT}", style="bold"))
    totals = done.totals
    base = totals["before"]["mean"]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", overflow="fold")
    for head in ("mean", "95 % interval", "of first"):
        table.add_column(head, no_wrap=True, justify="left" if head == "95 % interval" else "right")
    table.add_column("", width=6)
    largest = float(done.steps["mean"].abs().max()) if len(done.steps) else 0.0
    rows: list[tuple[str, Mapping[Any, Any], bool]] = [("first", totals["before"], False)]
    rows += [(_label(row), row, True) for row in done.steps.to_dict("records")]
    rows += [("second", totals["after"], False), ("difference", totals["difference"], False)]
    for label, row, barred in rows:
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        bar = Bar(abs(mean) / largest) if barred and largest else ""
        share = percent(mean / base) if base else ""
        table.add_row(Text(label), amount(mean, low, high), interval(low, high, value=mean), share, bar)
    console.print(table)
    if len(done.inputs):
        console.print(Text(f"\nInputs that differ: {len(done.inputs):,}", style="bold cyan"))
        for cell in done.inputs.head(MOST_INPUTS).to_dict("records"):
            place = f"{cell['table']} {cell['row']} {cell['column']}"
            console.print(Text(printable(f"  {place}: {cell['before'] or 'none'} → {cell['after'] or 'none'}")))
        if len(done.inputs) > MOST_INPUTS:
            console.print(Text(f"  and {len(done.inputs) - MOST_INPUTS:,} more: --json has them all", style="dim"))
    else:
        console.print("\nNo input differs.")
    if not quiet:
        for note in done.notes:
            console.print(Text(f"  {printable(note)}", style="yellow"))


def _label(row: Mapping[Any, Any]) -> str:
    effect = row.get("effect")
    if effect:
        return f"  {row['row']}: {EFFECT_WORDS.get(str(effect), str(effect))}"
    kind = CLASSES[str(row["kind"])].partition(":")[0]
    return printable(f"  {kind}: {row['table']} {row['row']}")
