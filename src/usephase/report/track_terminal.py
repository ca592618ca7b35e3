"""Show an inventory over time in a terminal: levels and target, reasons for the change, and what the rules rest on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from usephase.insight.difference import CLASSES
from usephase.insight.rules import EVIDENCE
from usephase.insight.track import Track
from usephase.report.bar import Bar
from usephase.report.cells import printable
from usephase.report.rounding import amount, interval, number, percent
from usephase.report.words_of_change import EFFECT_WORDS
from usephase.results.run import UNIT

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

TOO_SMALL = 5e-4
"""Effects within this share of the base year are not listed on the screen."""
SALES_WORDS = {"past": "", "forecast": "forecast", "held": "outlook"}


class Screen:
    """Show a track; a rich renderable that fits the width it is given."""

    def __init__(self, track: Track, quiet: bool = False) -> None:
        self.track, self.quiet = track, quiet

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the parts from top to bottom."""
        from rich.text import Text

        track, meta = self.track, self.track.meta
        yield Text(f"{printable(meta['catalog']['name'])}   {', '.join(meta['of'])}, {UNIT}", style="bold")
        yield Text()
        yield _years(track)
        yield from _target(track)
        yield Text()
        yield Text(
            f"Why {meta['reporting_year']} differs from {meta['base_year']}{_from(track)} (Category 11 + 12)",
            style="bold cyan",
        )
        yield _change(track)
        yield from _levers(track)
        yield from _recalculation(track)
        yield from _intensities(track)
        yield from _rules(track)
        if not self.quiet:
            for note in track.notes:
                yield Text(f"  {printable(note)}", style="yellow")


def print_track(track: Track, quiet: bool = False) -> None:
    """Print a track to stdout."""
    from rich.console import Console

    Console().print(Screen(track, quiet))


def _years(track: Track) -> "Table":
    table = _table("Sales of", "mean", "95 % interval", "of base", "target", "P(met)", "")
    rows = [*track.years.to_dict("records"), *track.tables["outlook"].to_dict("records")]
    for row in rows:
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        aim = row["target"]
        table.add_row(
            f"  {row['year']}", amount(mean, low, high), interval(low, high, value=mean),
            percent(row["of_base"]) if row["of_base"] is not None else "",
            "" if aim is None else amount(aim, low, high),
            "" if aim is None or row["year"] == track.meta["base_year"] else percent(row["probability_met"]),
            SALES_WORDS[row["sales"]],
        )  # fmt: skip
    return table


def _target(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    rules = track.rules
    if rules["target_year"] is None:
        return
    yield Text()
    text = f"Target {rules['target_year']}: {percent(rules['reduction'])} below {track.meta['base_year']}"
    text += f" ({rules['pack']}, {printable(rules['ambition'])})"
    if rules["probability_met"] is not None:
        text += f"; probability that it is met: {percent(rules['probability_met'])}"
        text += " on the outlook" if rules["sales"] == "held" else ""
    yield Text(text, style="bold")
    rows = track.tables["coverage"].to_dict("records")
    if rows and rows[0]["required"] is not None:
        row = rows[0]
        line = (
            f"It covers {percent(row['mean'])} of the {row['year']} emissions; {percent(row['required'])} are asked for"
        )
        yield Text(f"{line} (probability that this is so: {percent(row['probability_met'])})", style="dim")


def _change(track: Track) -> "Table":
    table = _table("", "mean", "95 % interval", "of base", "")
    base = float(track.years.loc[track.years["year"] == track.meta["base_year"], "mean"].iloc[0])
    largest = float(track.change["mean"].abs().max()) or 1.0
    for row in [*track.change.to_dict("records"), track.extras["change_total"]]:
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        if max(abs(low), abs(high), abs(mean)) <= TOO_SMALL * abs(base) and row["effect"] != "total":
            continue
        name = EFFECT_WORDS.get(row["effect"], "Change in all")
        bar: Any = Bar(abs(mean) / largest) if row["effect"] != "total" else ""
        cells = (f"  {name}", _signed(mean, low, high), interval(low, high, value=mean))
        table.add_row(*cells, percent(mean / base) if base else "", bar)
    return table


def _from(track: Track) -> str:
    return " as published" if track.extras["change_from"] == "published" else ""


def _levers(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    rows = track.extras.get("levers", [])
    if not rows:
        return
    ends = track.extras["with_levers"]
    aimed = track.rules["target_year"]
    last = next((row for row in ends if row["year"] == aimed), ends[-1])
    yield Text()
    yield Text(f"Levers in {last['year']}", style="bold cyan")
    table = _table("", "reach", "mean", "95 % interval")
    for row in (row for row in rows if row["year"] == last["year"]):
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        name = f"  {printable(row['lever'])}, {row['start']} to {row['full']}"
        table.add_row(name, percent(row["part"]), _signed(mean, low, high), interval(low, high, value=mean))
    low, high, mean = last["p2_5"], last["p97_5"], last["mean"]
    table.add_row("  level with all of them", "", amount(mean, low, high), interval(low, high, value=mean))
    yield table
    if last["probability_met"] is not None:
        yield Text(f"  probability that the target is met with them: {percent(last['probability_met'])}")


def _recalculation(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    found = track.extras.get("recalculation")
    if not found:
        return
    yield Text()
    yield Text("Is the base year to be recalculated?", style="bold cyan")
    yield Text(f"  {printable(found['reason'])}", style="bold" if found["needed"] else "")
    table = _table("", "mean", "95 % interval", "")
    for label, row in (("as published", found["published"]), ("as computed now", found["recomputed"])):
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        table.add_row(f"  {found['base_year']} {label}", amount(mean, low, high), interval(low, high, value=mean), "")
    for row in found["parts"]:
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        if low or high or mean:
            cells = (
                f"    {CLASSES[row['kind']].partition(':')[0]}",
                _signed(mean, low, high),
                interval(low, high, value=mean),
            )
            table.add_row(*cells, "" if row["counts"] else "organic")
    yield table


def _intensities(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    frame = track.tables["intensities"]
    if frame.empty:
        return
    meta = track.meta
    yield Text()
    yield Text("Intensities", style="bold cyan")
    table = _table("", str(meta["base_year"]), str(meta["reporting_year"]), "target", "P(met)")
    for (per, unit), rows in frame.groupby(["per", "unit"], sort=False):
        by_year = rows.set_index("year").to_dict("index")
        if meta["base_year"] not in by_year or meta["reporting_year"] not in by_year:
            continue
        then, now = by_year[meta["base_year"]], by_year[meta["reporting_year"]]
        aim = now["target"]
        table.add_row(
            f"  per {per}, {unit}", *(amount(x["mean"], x["p2_5"], x["p97_5"]) for x in (then, now)),
            "" if aim is None else amount(aim, now["p2_5"], now["p97_5"]),
            "" if aim is None else percent(now["probability_met"]),
        )  # fmt: skip
    yield table


def _rules(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    used = track.rules.get("used", [])
    if not used:
        return
    yield Text()
    yield Text("Rules of the path, and how they are known", style="bold cyan")
    for row in used:
        mark = f"{row['evidence']}: {EVIDENCE[row['evidence']]}{'' if row['verified'] else ', unverified'}"
        text = f"  {row['rule']} {row['value']:g} [{mark}] {row['source']}"
        yield Text(printable(text), style="dim")


def _signed(value: float, low: float, high: float) -> str:
    text = amount(value, low, high)
    return text if value <= 0 or text == number(0.0, 0) else f"+{text}"


def _table(*heads: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for i, head in enumerate(heads):
        left = i == 0 or head in ("95 % interval", "")
        # The last, unnamed column gives way first: a bar, or a word on the kind of sales.
        width = {"width": 9} if not head and i else {}
        table.add_column(head, justify="left" if left else "right", no_wrap=True, **width)  # type: ignore[arg-type]
    return table
