"""Show an inventory over time in a terminal: levels and target, reasons for the change, and what the rules rest on."""

import math
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from usephase.insight.tracking.track import Track
from usephase.report.cells import printable
from usephase.report.language import Language, plain
from usephase.report.language.targets import asked_for, told_of
from usephase.report.rounding import adds_up, common_place, number, percent_place, percents_add_up, place
from usephase.report.scenarios import name_of
from usephase.report.terminal.bar import Bar
from usephase.report.terminal.show import show
from usephase.results.run import UNIT

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

TOO_SMALL = 5e-4
"""Effects within this share of the base year are not listed on the screen."""
_FEW = 5


class Screen:
    """Show a track; a rich renderable that fits the width it is given."""

    def __init__(self, track: Track, quiet: bool = False) -> None:
        self.track, self.quiet = track, quiet

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the parts from top to bottom."""
        from rich.text import Text

        track, meta, say = self.track, self.track.meta, plain()
        yield Text(f"{printable(meta['catalog']['name'])}   {', '.join(meta['of'])}, {UNIT}", style="bold")
        yield Text()
        yield _years(track)
        yield from _target(track)
        yield from _scenarios(track)
        yield from _of_catalog(track)
        yield from _together(track)
        yield Text()
        if meta["base_year"] == meta["reporting_year"] and track.extras["change_from"] != "published":
            yield Text(say("screen.track.no_change"))
        else:
            key = "published" if track.extras["change_from"] == "published" else "computed"
            title = say(f"screen.track.change_{key}", base=meta["base_year"], year=meta["reporting_year"])
            yield Text(title, style="bold cyan")
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
    show(Screen(track, quiet))


def _years(track: Track) -> "Table":
    aimed = track.rules["target_year"] is not None
    say = plain()
    heads = (say("screen.track.target"), _met(track)) if aimed else ()
    table = _table(say("screen.track.sales_of"), *_heads(say), say("screen.track.of_base"), *heads, "")
    rows = [*track.years.to_dict("records"), *track.tables["outlook"].to_dict("records")]
    base = track.meta["base_year"]
    last = common_place(rows, "target")
    shares = say.percents(row["of_base"] for row in rows)
    for row, share in zip(rows, shares, strict=True):
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        aim = row["target"]
        met = "" if aim is None or row["year"] == base else say.chance(row["probability_met"], None)
        sales = "" if row["sales"] == "past" else say(f"screen.track.sales_{row['sales']}")
        table.add_row(
            f"  {row['year']}", say.number(mean, last), say.interval(low, high, last=last),
            share, *(("" if aim is None else say.number(aim, last), met) if aimed else ()), sales,
        )  # fmt: skip
    return table


def _met(track: Track) -> str:
    return plain()("screen.track.met", draws=plain().count(track.meta["draws"]))


def _heads(say: Language) -> tuple[str, str]:
    return say("screen.mean"), say("screen.interval")


def _target(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    if track.rules["target_year"] is None:
        return
    yield Text()
    for i, line in enumerate(told_of(track)):
        yield Text(printable(line), style="dim" if i else "bold")


def _scenarios(track: Track) -> "Iterator[RenderableType]":
    """Show the reporting year and the target year under each grid scenario of several."""
    from rich.text import Text

    rows = [*track.years.to_dict("records"), *track.tables["outlook"].to_dict("records")]
    asked = (track.meta["reporting_year"], track.rules["target_year"])
    shown = {row["year"]: row for row in rows if row["year"] in asked}
    if any(len(row["by_scenario"]) < 2 for row in shown.values()):
        return
    yield Text()
    say = plain()
    yield Text(say("scenarios.title"), style="bold cyan")
    aimed = track.rules["target_year"] is not None
    table = _table(say("screen.track.sales_of"), "", *_heads(say), *((_met(track),) if aimed else ()))
    last = common_place([part for row in shown.values() for part in (row, *row["by_scenario"])])
    for year, row in shown.items():
        named = [(name_of(part["scenario"], part["weight"], say), part) for part in row["by_scenario"]]
        for i, (name, part) in enumerate([*named, (say("scenarios.mixture"), row)]):
            met = (
                ""
                if part["probability_met"] is None or year == track.meta["base_year"]
                else say.chance(part["probability_met"], None)
            )
            cells = ("" if i else f"  {year}", printable(name), say.number(part["mean"], last), _ends(part, last))
            table.add_row(*cells, *((met,) if aimed else ()))
    yield table


def _of_catalog(track: Track) -> "Iterator[RenderableType]":
    """Show the targets of the catalog in the reporting year and at their ends."""
    from rich.text import Text

    say, now = plain(), track.meta["reporting_year"]
    rows = track.tables["targets"].to_dict("records")
    if not rows:
        return
    yield Text()
    yield Text(say("target.title"), style="bold cyan")
    of, asked, path, end_of = (say(f"screen.track.{name}") for name in ("of", "asked_for", "path", "at_end"))
    table = _table("", of, asked, str(now), path, _met(track), end_of)
    for name, mine in groupby(rows, key=lambda row: row["target"]):
        by_year = {row["year"]: row for row in mine}
        end = by_year[max(by_year)]
        at = by_year.get(now, end)
        where = say.group("region", end["region"]) if end["region"] else say("target.everywhere")
        aim = say("screen.track.aim", reduction=say.percent(end["reduction"]), year=end["target_year"])
        aim = aim.replace(" ", "\N{NO-BREAK SPACE}")
        if at["reason"] is not None:
            table.add_row(f"  {printable(name)}", printable(where), aim, printable(at["reason"]), "", "", "")
            continue
        last = common_place([at], "path")
        unit = "" if at["unit"] == UNIT else f" {at['unit']}"
        met = ["" if x["probability_met"] is None else say.chance(x["probability_met"], None) for x in (at, end)]
        allowed, level = (say.number(at[key], last) + unit for key in ("path", "mean"))
        table.add_row(f"  {printable(name)}", printable(where), aim, level, allowed, *met)
    yield table


def _together(track: Track) -> "Iterator[RenderableType]":
    """Say what the regions' targets add up to, and what rule packs ask for in the place of the group's."""
    from rich.text import Text

    say, rules = plain(), track.rules
    sums = [row for row in track.tables["roll_up"].to_dict("records") if not row["region"] and row["path"] is not None]
    if sums:
        end = next((row for row in sums if row["year"] == rules["target_year"]), sums[-1])
        last = common_place([end], "path")
        over = end["gap"] > 0
        level, path = (f"{say.number(abs(end[name]), last)} {UNIT}" for name in ("mean", "path"))
        said = say(
            "target.enough_of", year=end["year"], level=level, path=path,
            gap=say("target.short" if over else "target.spare", amount=f"{say.number(abs(end['gap']), last)} {UNIT}"),
            chance=say.chance(end["probability_enough"], track.meta["draws"]),
        )  # fmt: skip
        of = "" if end["scope"] == "total" else f", {say.word('short', end['scope'])}"
        yield Text(f"  {say('target.together')}{of}. {said}", style="bold" if over else "")
        given = {row["region"] for row in track.tables["targets"].to_dict("records")}
        others = [row["region"] for row in track.tables["regions"].to_dict("records") if row["region"] not in given]
        if others:
            yield Text(f"  {say('target.without', regions=_some(others))}", style="dim")
    if rules.get("own_rate") is not None:
        yield Text(f"  {say('target.rules_ask')}:", style="dim")
        yield from (Text(printable(f"    {line}"), style="dim") for line in asked_for(track.extras["asked_for"], say))


def _some(regions: list[str]) -> str:
    named = [printable(plain().group("region", region)) for region in regions]
    return ", ".join(named[:_FEW]) + (f" +{len(named) - _FEW}" if len(named) > _FEW else "")


def _change(track: Track) -> "Table":
    say = plain()
    table = _table("", *_heads(say), say("screen.track.of_base"), "")
    base = track.extras["change_base"]
    largest = float(track.change["mean"].abs().max()) or 1.0
    rows = [*track.change.to_dict("records"), track.extras["change_total"]]
    last = common_place(rows)
    shares = [row["mean"] / base if base else math.nan for row in rows]
    tenth = percent_place(shares)
    for row, share in zip(rows, shares, strict=True):
        low, high, mean = row["p2_5"], row["p97_5"], row["mean"]
        if max(abs(low), abs(high), abs(mean)) <= TOO_SMALL * abs(base) and row["effect"] != "total":
            continue
        name = say(f"effect.{row['effect']}")
        bar: Any = Bar(abs(mean) / largest) if row["effect"] != "total" else ""
        cells = (f"  {name}", _signed(mean, last), say.interval(low, high, last=last))
        table.add_row(*cells, say.percent(share, tenth) if base else "", bar)
    even = adds_up([row["mean"] for row in rows[:-1]], rows[-1]["mean"], last)
    if not even or (base and not percents_add_up(shares[:-1], shares[-1], tenth)):
        table.caption, table.caption_justify = f"  {say('number.rounded')}", "left"
    return table


def _levers(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    rows = track.extras.get("levers", [])
    if not rows:
        return
    ends = track.extras["with_levers"]
    aimed = track.rules["target_year"]
    end = next((row for row in ends if row["year"] == aimed), ends[-1])
    yield Text()
    say = plain()
    yield Text(say("screen.track.levers", year=end["year"]), style="bold cyan")
    table = _table("", say("screen.track.reach"), *_heads(say))
    mine = [row for row in rows if row["year"] == end["year"]]
    last = common_place([*mine, end])
    for row, part in zip(mine, say.percents(row["part"] for row in mine), strict=True):
        name = say("screen.track.lever", name=printable(row["lever"]), start=row["start"], full=row["full"])
        table.add_row(f"  {name}", part, _signed(row["mean"], last), _ends(row, last))
    table.add_row(f"  {say('screen.track.with_all')}", "", say.number(end["mean"], last), _ends(end, last))
    yield table
    if end["probability_met"] is not None:
        met = say.chance(end["probability_met"], track.meta["draws"])
        yield Text(f"  {say('screen.track.met_with_all', chance=met)}")
    yield from _abated(track, say, end["year"])


def _abated(track: Track, say: Language, year: int) -> "Iterator[RenderableType]":
    """Show what a t costs by lever, the cheapest first."""
    from rich.text import Text

    curve = [row for row in track.extras.get("abatement", ()) if row["cost_per_t"] is not None]
    if not curve:
        return
    yield Text()
    yield Text(say("screen.track.cost", year=year), style="bold cyan")
    table = _table("", *_heads(say), say("screen.track.abated"), say("screen.track.added_up"))
    last = common_place(curve, "abated")
    for row in curve:
        low, high = row["cost_per_t_p2_5"], row["cost_per_t_p97_5"]
        at = 0 if low is None else place(low, high, row["cost_per_t"])
        ends = "" if low is None else say.interval(low, high, last=at)
        who = f", {printable(row['owner'])}" if row["owner"] else ""
        table.add_row(f"  {printable(row['lever'])}{who}", say.number(row["cost_per_t"], at), ends,
                      say.number(row["abated"], last), say.number(row["cumulative"], last))  # fmt: skip
    yield table


def _recalculation(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    found = track.extras.get("recalculation")
    if not found:
        return
    yield Text()
    say = plain()
    yield Text(say("screen.track.recalculated"), style="bold cyan")
    yield Text(f"  {printable(found['reason'])}", style="bold" if found["needed"] else "")
    table = _table("", *_heads(say), "")
    last = common_place([found["published"], found["recomputed"], *found["parts"]])
    for label in ("published", "recomputed"):
        row, name = found[label], say(f"screen.track.{label}", year=found["base_year"])
        table.add_row(f"  {name}", say.number(row["mean"], last), _ends(row, last), "")
    for row in found["parts"]:
        if row["p2_5"] or row["p97_5"] or row["mean"]:
            kind = say(f"difference.{row['kind']}")
            counts = "" if row["counts"] else say("screen.track.organic")
            table.add_row(f"    {kind}", _signed(row["mean"], last), _ends(row, last), counts)
    yield table
    change = found["recomputed"]["mean"] - found["published"]["mean"]
    if not adds_up([row["mean"] for row in found["parts"]], change, last):
        yield Text(f"  {say('number.rounded')}", style="dim")


def _intensities(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    frame = track.tables["intensities"]
    if frame.empty:
        return
    meta, say = track.meta, plain()
    yield Text()
    yield Text(say("screen.track.intensities"), style="bold cyan")
    aimed = (say("screen.track.target"), _met(track)) if frame["target"].notna().any() else ()
    span = dict.fromkeys((meta["base_year"], meta["reporting_year"]))
    table = _table("", *map(str, span), *aimed)
    for (per, unit), rows in frame.groupby(["per", "unit"], sort=False):
        by_year = rows.set_index("year").to_dict("index")
        if not span.keys() <= by_year.keys():
            continue
        shown = [by_year[year] for year in span]
        now = shown[-1]
        aim = now["target"]
        last = common_place(shown)
        name = say("screen.track.per", per=say.word("measure", str(per)), unit=unit)
        cells = [f"  {name}", *(say.number(x["mean"], last) for x in shown)]
        if aim is not None:
            cells += [say.number(aim, last), say.chance(now["probability_met"], None)]
        table.add_row(*cells)
    yield table


def _rules(track: Track) -> "Iterator[RenderableType]":
    from rich.text import Text

    used = track.rules.get("used", [])
    if not used:
        return
    yield Text()
    say = plain()
    yield Text(say("screen.track.rules"), style="bold cyan")
    for row in used:
        unverified = "" if row["verified"] else say("screen.track.unverified")
        value = f"{row['value']:g}".replace(".", say("number.decimal"))  # a year has no thousands
        mark = f"{row['evidence']}: {say('evidence.' + row['evidence'])}{unverified}"
        text = f"  {row['rule']} {value} [{mark}] {row['source']}"
        yield Text(printable(text), style="dim")


def _ends(row: Any, last: int) -> str:
    return plain().interval(row["p2_5"], row["p97_5"], last=last)


def _signed(value: float, last: int) -> str:
    text = plain().number(value, last)
    return text if value <= 0 or number(value, last) == "0" else f"+{text}"


def _table(*heads: str) -> "Table":
    from usephase.report.terminal.figures_table import FiguresTable

    return FiguresTable(*heads)
