"""Show in a terminal what tells two runs apart."""

import math
from collections.abc import Mapping
from typing import Any

from usephase.insight.changes.diff import Difference
from usephase.report.cells import printable
from usephase.report.language import plain
from usephase.report.rounding import adds_up, common_place, percent_place, percents_add_up
from usephase.report.terminal.bar import Bar
from usephase.report.terminal.show import show
from usephase.results.run import UNIT

MOST_INPUTS = 20


def print_diff(done: Difference, quiet: bool = False) -> None:
    """Print a difference to stdout."""
    from rich.text import Text

    from usephase.report.terminal.figures_table import FiguresTable

    runs = done.meta["runs"]
    names = [f"{printable(run['name'])} {run['year']} ({run['sha256'][:8]})" for run in runs]
    say = plain()
    of = f"{', '.join(done.meta['of'])}, {UNIT}"
    show(Text(say("screen.diff.title", first=names[0], second=names[1], of=of), style="bold"))
    totals = done.totals
    base = totals["before"]["mean"]
    table = FiguresTable("", say("screen.mean"), say("screen.interval"), say("screen.diff.of_first"), "")
    largest = float(done.steps["mean"].abs().max()) if len(done.steps) else 0.0
    rows: list[tuple[str, Mapping[Any, Any], bool]] = [(say("screen.diff.first"), totals["before"], False)]
    rows += [(_label(row), row, True) for row in done.steps.to_dict("records")]
    rows += [(say("screen.diff.second"), totals["after"], False)]
    rows += [(say("screen.difference"), totals["difference"], False)]
    last = common_place([row for _, row, _ in rows])
    steps = [row["mean"] for _, row, barred in rows if barred]
    shares = [row["mean"] / base if base else math.nan for _, row, _ in rows]
    for (label, row, barred), share in zip(rows, say.percents(shares), strict=True):
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        bar = Bar(abs(mean) / largest) if barred and largest else ""
        table.add_row(Text(label), say.number(mean, last), say.interval(low, high, last=last), share, bar)
    show(table)
    before, after, change = (totals[name]["mean"] for name in ("before", "after", "difference"))
    even = adds_up(steps, change, last) and adds_up([before, change], after, last)
    tenth = percent_place(shares)
    if base:
        even &= percents_add_up([s for s, row in zip(shares, rows, strict=True) if row[2]], shares[-1], tenth)
        even &= percents_add_up([shares[0], shares[-1]], shares[-2], tenth)
    if not even:
        show(Text(f"  {say('number.rounded')}", style="dim"))
    if len(done.inputs):
        show(Text(f"\n{say('screen.diff.inputs', count=say.count(len(done.inputs)))}", style="bold cyan"))
        for cell in done.inputs.head(MOST_INPUTS).to_dict("records"):
            place = f"{cell['table']} {cell['row']} {cell['column']}"
            then, now = (cell[name] or say("word.none") for name in ("before", "after"))
            show(Text(printable(f"  {place}: {then} → {now}")))
        if len(done.inputs) > MOST_INPUTS:
            more = say("screen.more_json", count=say.count(len(done.inputs) - MOST_INPUTS))
            show(Text(f"  {more}", style="dim"))
    else:
        show(Text(f"\n{say('screen.diff.same')}"))
    if not quiet:
        for note in done.notes:
            show(Text(f"  {printable(note)}", style="yellow"))


def _label(row: Mapping[Any, Any]) -> str:
    effect = row.get("effect")
    if effect:
        return f"  {row['row']}: {plain().word('effect', str(effect))}"
    kind = plain()(f"difference.{row['kind']}")
    return printable(f"  {kind}: {row['table']} {row['row']}")
