"""track.xlsx: an inventory over time as a workbook of values, formats and native charts; no formulas, no macros."""

from pathlib import Path
from typing import Any

import pandas as pd

from usephase.insight.changes.difference import CLASSES
from usephase.insight.tracking.track import Track
from usephase.report.cells import plain_cell
from usephase.report.excel import track_charts as charts
from usephase.report.excel.sheet import Book, Column, Placed
from usephase.report.excel.tables import ABOVE, BELOW, BEST, HIGH, LOW, MEAN
from usephase.report.language import language
from usephase.report.language.change import EFFECT_WORDS
from usephase.report.language.targets import told_of
from usephase.report.scenarios import name_of
from usephase.results.provenance import moment_of
from usephase.results.run import UNIT

_TOP = 3
_KINDS = {"past": "sales", "forecast": "forecast sales", "held": "units carried on"}
_INTERVAL = ("mean", "p2_5", "p97_5")
_AMOUNTS = (Column(MEAN), Column(LOW), Column(HIGH))


def write_track_workbook(track: Track, path: str | Path) -> None:
    """Write a track as a workbook; the same track gives the same bytes.

    Parameters
    ----------
    track : Track
    path : path
        The file to write to, as it is.

    Raises
    ------
    OSError
        If the system refuses.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(str(path), options)
    created = moment_of(track.meta["created"]).replace(tzinfo=None)
    workbook.set_properties({"title": "Inventory over time", "comments": "Written by usephase.", "created": created})
    book = Book(workbook)
    levels = _levels(book, track)
    change = _change(book, track)
    pictures = book.sheet("Charts", "Charts", f"{UNIT}; dashed lines and whiskers: 95 % interval.")
    _targets(book, track)
    _coverage(book, track)
    _of_catalog(book, track)
    calendar = _calendar(book, track)
    _plain(book, "Occurred", "Occurred and expected", "Up to the end of the reporting year, and after it.",
           track.tables["occurred"], {"year": "year", "emissions": "text"})  # fmt: skip
    _plain(book, "Intensities", "Intensities", "The headline per unit, kg, hour or cycle of service, and revenue.",
           track.tables["intensities"].dropna(axis=1, how="all"),
           {"per": "text", "unit": "text", "year": "year"}, track)  # fmt: skip
    _plain(book, "Change by group", "Change by ledger, family and region", f"{UNIT}; see the sheet Change.",
           _worded(track.change_by), {"by": "text", "group": "text", "effect": "text", "company": "text"})  # fmt: skip
    wedges = _levers(book, track)
    _recalculation(book, track)
    _notes(book, track)
    charts.place(book, pictures, track, {"levels": levels, "change": change, **calendar, **wedges})
    try:
        workbook.close()
    except FileCreateError as error:
        raise error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error)) from error


def _levels(book: Book, track: Track) -> Placed:
    meta = track.meta
    note = (
        f"{', '.join(meta['of'])}; {UNIT}; {', '.join(meta['headline'].values())}; {meta['draws']:,} draws, "
        f"seed {meta['seed']}; base year {meta['base_year']}, reporting year {meta['reporting_year']}."
    )
    sheet = book.sheet("Levels", str(meta["catalog"]["name"]), note)
    aims: tuple[str, ...] = ("target", "gap", "gap_p2_5", "gap_p97_5", "probability_met")
    aimed = [Column(f"Target [{UNIT}]"), Column(f"Gap, mean [{UNIT}]"), Column(f"Gap, 2.5 % [{UNIT}]"),
             Column(f"Gap, 97.5 % [{UNIT}]"), _chance("P(target met)", track)]  # fmt: skip
    if track.rules["target_year"] is None:
        aims, aimed = (), []
    columns = [
        Column("Sale year", "year"), Column("Sales", "text"), *_AMOUNTS, Column(BEST), Column("Of base year", "share"),
        *aimed, Column(f"Category 11, mean [{UNIT}]"), Column(f"Category 12, mean [{UNIT}]"),
    ]  # fmt: skip
    apart = track.years["by_scenario"].iloc[0]
    for part in apart if len(apart) > 1 else ():
        name = name_of(part["scenario"], part["weight"], language())
        columns += [Column(f"{name}: {end}") for end in (MEAN, LOW, HIGH)]
        columns += [_chance(f"{name}: P(target met)", track)] if aims else []
    rows = [
        [row["year"], _KINDS[str(row["sales"])], *(row[name] for name in (*_INTERVAL, "best_estimate", "of_base")),
         *(row[name] for name in aims), row["category_11"], row["category_12"],
         *(part[name] for part in (row["by_scenario"] if len(apart) > 1 else ())
           for name in (*_INTERVAL, *aims[-1:]))]
        for frame in (track.years, track.tables["outlook"]) for row in frame.to_dict("records")
    ]  # fmt: skip
    return book.table(sheet, _TOP, columns, rows)


def _change(book: Book, track: Track) -> Placed:
    meta = track.meta
    start = " as published" if track.extras["change_from"] == "published" else ""
    title = f"Change from {meta['base_year']}{start} to {meta['reporting_year']}, by reason"
    sheet = book.sheet("Change", title, f"{UNIT}; Category 11 + 12; the rows above the last one sum to it.")
    base = track.extras["change_base"]
    columns = [
        Column("Effect", "text"), *_AMOUNTS, Column("Of base year", "share"), Column("Credited to the company", "text"),
        Column("Stage", "text"), Column(BELOW), Column(ABOVE),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for row in [*track.change.to_dict("records"), track.extras["change_total"]]:
        whole = row["effect"] == "total"
        name = "Change in all" if whole else EFFECT_WORDS[str(row["effect"])]
        mean, low, high = (float(row[key]) for key in _INTERVAL)
        told = ["", ""] if whole else ["yes" if row["company"] else "no", str(row["stage"])]
        rows.append([name, mean, low, high, mean / base if base else None, *told, mean - low, high - mean])
    return book.table(sheet, _TOP, columns, rows)


def _targets(book: Book, track: Track) -> None:
    rules = track.rules
    sheet = book.sheet("Targets", "Target, and how its rules are known", told_of(track)[0])
    used = {(row["rule"], row["ambition"], row["valid_from"]) for row in rules.get("used", ())}
    columns = [
        Column("Rule", "text"), Column("Ambition", "text"), Column("Value", "plain"), Column("Unit", "text"),
        Column("Used for the path", "text"), Column("In force", "text"), Column("Verified", "text"),
        Column("In force from", "text"), Column("In force to", "text"), Column("Evidence", "text"),
        Column("Evidence means", "text"), Column("Source", "text"), Column("Note", "text"),
    ]  # fmt: skip
    rows = []
    for row in rules["rows"]:
        said = (row["rule"], row["ambition"], row["valid_from"]) in used, row["in_force"], row["verified"]
        known = [row[name] for name in ("valid_from", "valid_to", "evidence", "evidence_meaning", "source", "note")]
        rows.append([*(row[name] for name in ("rule", "ambition", "value", "unit")), *map(plain_cell, said), *known])
    book.table(sheet, _TOP, columns, rows)


def _coverage(book: Book, track: Track) -> None:
    found = track.extras["coverage"]
    note = "What the target covers of scope 3, or of a category; with sales not listed and the rest of scope 3."
    columns = [
        Column("Sale year", "year"), Column("Of", "text"), Column("Share, mean", "share"),
        Column("Share, 2.5 %", "share"), Column("Share, 97.5 %", "share"), Column("Asked for", "share"),
        _chance("P(share reached)", track), Column("Of scope 3", "share"),
    ]  # fmt: skip
    rows = [
        [row["year"], language().word("short", row["category"]) if row["category"] else language()("target.scope_3"),
         *(row[name] for name in (*_INTERVAL, "required", "probability_met", "of_scope_3"))]
        for row in found["years"]
    ]  # fmt: skip
    sheet = book.sheet("Coverage", "What the target covers", note)
    if rows:
        book.table(sheet, _TOP, columns, rows)
    else:
        book.text(sheet, _TOP, 0, told_of(track)[-1])
    regions = track.tables["regions"]
    if len(regions):
        _plain(book, "Regions", "The target shared out to regions", f"{UNIT}; in three ways, each sums to the group's.",
               _placed(regions), {"region": "text", "year": "year"}, track)  # fmt: skip


def _of_catalog(book: Book, track: Track) -> None:
    """Write the targets of the catalog, what the regions' add up to, what packs ask for, and the whole footprint."""
    say, tables = language(), track.tables
    if len(tables["targets"]):
        shown = _placed(tables["targets"].drop(columns="by_scenario", errors="ignore"))
        kinds: dict[str, Any] = dict.fromkeys(
            ("target", "region", "scope", "kind", "owner", "status", "sales", "unit", "reason"), "text"
        )
        kinds |= dict.fromkeys(("base_year", "target_year", "year"), "year") | {"reduction": "share"}
        note = "By sale year: the level, the path to the target and the gap; a reason where it cannot be told."
        _plain(book, "Own targets", say("target.title"), note, shown, kinds, track)
    if len(tables["roll_up"]):
        note = f"{UNIT}; rows without a region are all of them; one without a target counts as it is heading."
        kinds = {"year": "year", "region": "text", "scope": "text", "probability_enough": "share"}
        _plain(book, "Roll-up", say("target.together"), note, _placed(tables["roll_up"]), kinds)
    if track.extras["asked_for"]:
        frame = pd.DataFrame(track.extras["asked_for"])
        kinds = {"pack": "text", "ambition": "text", "reduction": "share", "enough": "text", "reason": "text"}
        _plain(book, "Asked for", say("target.rules_ask"), "Share of the base year that is gone.", frame, kinds)
    if len(tables["footprint"]):
        note = f"{UNIT}; computed here, given in the table scope3, or lacking; shares are of what is known."
        kinds = {"year": "year", "category": "text", "known": "text", "share": "share"}
        _plain(book, "Footprint", "Scopes 1, 2 and 3", note, tables["footprint"].dropna(axis=1, how="all"), kinds)


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(region=[language().group("region", name) if name else "" for name in frame["region"]])


def _calendar(book: Book, track: Track) -> dict[str, Placed]:
    placed = {}
    heads = {"installed base": ("Calendar", "installed"), "with forecast": ("Calendar with forecast", "forecast")}
    for view, frame in track.tables["calendar"].groupby("view", sort=False):
        name, key = heads[str(view)]
        note = f"{UNIT}; what all units sold emit in each calendar year ({view}), and how many are in service."
        sheet = book.sheet(name, "Emissions by calendar year", note)
        columns = [Column("Calendar year", "year"), Column("Emissions", "text"), *_AMOUNTS,
                   Column("Units in service", "integer")]  # fmt: skip
        rows = [
            [row["year"], row["emissions"], *(row[name] for name in _INTERVAL), row.get("in_service")]
            for row in frame.to_dict("records")
        ]
        placed[key] = book.table(sheet, _TOP, columns, rows)
    return placed


def _levers(book: Book, track: Track) -> dict[str, Placed]:
    rows = track.extras.get("levers")
    if not rows:
        return {}
    _plain(book, "Levers", "Levers", f"{UNIT}; contributions do not depend on an order and sum to the joint effect.",
           pd.DataFrame(rows),
           {"year": "year", "lever": "text", "start": "year", "full": "year", "part": "share"})  # fmt: skip
    sheet = book.sheet("With levers", "Levels with all levers", UNIT)
    names = list(dict.fromkeys(row["lever"] for row in rows))
    by_year = {(row["year"], row["lever"]): row["mean"] for row in rows}
    columns = [
        Column("Sale year", "year"),
        *_AMOUNTS,
        Column(f"Target [{UNIT}]"),
        _chance("P(target met)", track),
    ]
    columns += [Column(f"{name}: {MEAN}") for name in names]
    cells = [
        [row["year"], *(row[key] for key in _INTERVAL), row["target"], row["probability_met"],
         *(by_year.get((row["year"], name)) for name in names)]
        for row in track.extras["with_levers"]
    ]  # fmt: skip
    return {"levers": book.table(sheet, _TOP, columns, cells)}


def _recalculation(book: Book, track: Track) -> None:
    found = track.extras.get("recalculation")
    if not found:
        return
    frame = pd.DataFrame(found["steps"], columns=["kind", "table", "row", *_INTERVAL])
    frame["kind"] = [CLASSES[str(kind)].partition(":")[0] for kind in frame["kind"]]
    _plain(book, "Recalculation", "Is the base year to be recalculated?", f"{found['reason']}; {UNIT}.", frame,
           {"kind": "text", "table": "text", "row": "text"})  # fmt: skip
    both = {row["year"]: row for row in found["published_years"]}
    now = {row["year"]: row for row in track.years.to_dict("records")}
    sheet = book.sheet("Both series", "As published, and as computed now", UNIT)
    columns = [Column("Sale year", "year")]
    columns += [Column(f"{head}, {c.header}") for head in ("Published", "Now") for c in _AMOUNTS]
    rows = [
        [year, *(side.get(year, {}).get(name) for side in (both, now) for name in _INTERVAL)]
        for year in sorted({*both, *now})
    ]
    book.table(sheet, _TOP, columns, rows)


def _notes(book: Book, track: Track) -> None:
    sheet = book.sheet("Notes", "Notes", "Which catalog this is of, and what should be known of it.")
    meta = track.meta
    facts = {
        "catalog, SHA-256": meta["catalog"]["sha256"], "company": meta["company"], "created": meta["created"],
        "explained by": meta["explained_by"],
        "versions": ", ".join(f"{name} {version}" for name, version in meta["versions"].items()),
    }  # fmt: skip
    rows = [[name, str(text)] for name, text in facts.items() if text] + [["note", note] for note in track.notes]
    book.table(sheet, _TOP, [Column("What", "text"), Column("Text", "wrap", 100.0)], rows)


def _chance(header: str, track: Track) -> Column:
    return Column(header, "share", draws=track.meta["draws"])


def _worded(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        return frame
    worded = frame.assign(effect=[EFFECT_WORDS[str(name)] for name in frame["effect"]])
    if {"by", "group"} <= set(frame.columns):
        pairs = zip(frame["by"], frame["group"], strict=True)
        worded["group"] = [language().group(by, group) if by == "region" else group for by, group in pairs]
    return worded


def _plain(
    book: Book, name: str, title: str, note: str, frame: pd.DataFrame, kinds: dict[str, Any], track: Track | None = None
) -> None:
    """Write a table of insight as it is: texts, years, shares, amounts, and with a track probabilities."""
    sheet = book.sheet(name, title, note)
    columns = [
        _chance("P(target met)", track)
        if track is not None and c == "probability_met"
        else Column(str(c).replace("_", " "), kinds.get(str(c), "amount"))
        for c in frame.columns
    ]
    rows = [[plain_cell(x) for x in row] for row in frame.itertuples(index=False, name=None)]
    units = [str(unit) for unit in frame["unit"]] if "unit" in frame else ()
    if rows:
        book.table(sheet, _TOP, columns, rows, units=units)
    else:
        book.text(sheet, _TOP, 0, "There is none.")
