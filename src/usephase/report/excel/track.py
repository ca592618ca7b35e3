"""track.xlsx: an inventory over time as a workbook of values, formats and native charts; no formulas, no macros."""

from pathlib import Path
from typing import Any

import pandas as pd

from usephase.insight.tracking.track import Track
from usephase.report.excel import track_charts as charts
from usephase.report.excel.sheet import Book, Column, Placed, cell_of, column_of, head, texts
from usephase.report.language import plain
from usephase.report.language.targets import told_of
from usephase.report.scenarios import name_of
from usephase.results.provenance import moment_of
from usephase.results.run import UNIT

_TOP = 3
_INTERVAL = ("mean", "p2_5", "p97_5")
_ENDS = ("mean", "low", "high")


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
    say = plain()
    about = {"title": say("book.over_time"), "comments": say("book.written"), "created": created}
    workbook.set_properties(about)
    book = Book(workbook)
    levels = _levels(book, track)
    change = _change(book, track)
    pictures = book.sheet(say("sheet.charts"), say("sheet.charts"), say("book.lines_note", unit=UNIT))
    _targets(book, track)
    _coverage(book, track)
    _of_catalog(book, track)
    calendar = _calendar(book, track)
    _plain(book, "occurred", say("book.occurred"), say("book.occurred_note"), _dated(track.tables["occurred"]),
           {"year": "year", "emissions": "text"})  # fmt: skip
    _plain(book, "intensities", say("sheet.intensities"), say("book.intensities_note"),
           track.tables["intensities"].dropna(axis=1, how="all"),
           {"per": "text", "unit": "text", "year": "year"}, track)  # fmt: skip
    note = say("book.change_by_group_note", unit=UNIT, sheet=say("sheet.change"))
    _plain(book, "change_by_group", say("book.change_by_group"), note,
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
    meta, say = track.meta, plain()
    note = say(
        "book.levels_note", of=", ".join(meta["of"]), unit=UNIT, choice=", ".join(meta["headline"].values()),
        draws=say.count(meta["draws"]), seed=meta["seed"], base=meta["base_year"], year=meta["reporting_year"],
    )  # fmt: skip
    sheet = book.sheet(say("sheet.levels"), str(meta["catalog"]["name"]), note)
    aims: tuple[str, ...] = ("target", "gap", "gap_p2_5", "gap_p97_5", "probability_met")
    aimed = [*(Column(head(name)) for name in ("target", "gap", "gap_low", "gap_high")), _chance("met", track)]
    if track.rules["target_year"] is None:
        aims, aimed = (), []
    columns = [
        _year("sale_year"), *texts("sales"), *_amounts(), Column(head("best")), Column(head("of_base", ""), "share"),
        *aimed, Column(head("mean_11")), Column(head("mean_12")),
    ]  # fmt: skip
    apart = track.years["by_scenario"].iloc[0]
    for part in apart if len(apart) > 1 else ():
        name = name_of(part["scenario"], part["weight"], say)
        columns += [Column(f"{name}: {column.header}") for column in _amounts()]
        columns += [Column(f"{name}: {head('met', '')}", "share", draws=meta["draws"])] if aims else []
    rows = [
        [row["year"], say(f"book.sales_{row['sales']}"),
         *(row[name] for name in (*_INTERVAL, "best_estimate", "of_base")),
         *(row[name] for name in aims), row["category_11"], row["category_12"],
         *(part[name] for part in (row["by_scenario"] if len(apart) > 1 else ())
           for name in (*_INTERVAL, *aims[-1:]))]
        for frame in (track.years, track.tables["outlook"]) for row in frame.to_dict("records")
    ]  # fmt: skip
    return book.table(sheet, _TOP, columns, rows)


def _change(book: Book, track: Track) -> Placed:
    meta, say = track.meta, plain()
    start = "published" if track.extras["change_from"] == "published" else "computed"
    title = say(f"book.change_{start}", base=meta["base_year"], year=meta["reporting_year"])
    sheet = book.sheet(say("sheet.change"), title, say("book.change_note", unit=UNIT))
    base = track.extras["change_base"]
    columns = [
        *texts("effect"), *_amounts(), Column(head("of_base", ""), "share"), *texts("credited", "stage"),
        Column(head("below")), Column(head("above")),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for row in [*track.change.to_dict("records"), track.extras["change_total"]]:
        whole = row["effect"] == "total"
        name = say(f"effect.{row['effect']}")
        mean, low, high = (float(row[key]) for key in _INTERVAL)
        stage = str(row["stage"])
        told = ["", ""] if whole else [cell_of(bool(row["company"])), say.messages.get(f"book.stage_{stage}", stage)]
        rows.append([name, mean, low, high, mean / base if base else None, *told, mean - low, high - mean])
    return book.table(sheet, _TOP, columns, rows)


def _targets(book: Book, track: Track) -> None:
    rules, say = track.rules, plain()
    sheet = book.sheet(say("sheet.targets"), say("book.targets"), told_of(track)[0])
    used = {(row["rule"], row["ambition"], row["valid_from"]) for row in rules.get("used", ())}
    columns = [
        *texts("rule", "ambition"), Column(head("rule_value", ""), "plain"),
        *texts("unit", "used", "in_force", "verified", "in_force_from", "in_force_to", "evidence", "evidence_means",
               "source", "note"),
    ]  # fmt: skip
    rows = []
    for row in rules["rows"]:
        said = (row["rule"], row["ambition"], row["valid_from"]) in used, row["in_force"], row["verified"]
        known = [*(row[name] for name in ("valid_from", "valid_to", "evidence")), say(f"evidence.{row['evidence']}")]
        known += [row["source"], row["note"]]
        rows.append([*(row[name] for name in ("rule", "ambition", "value", "unit")), *map(cell_of, said), *known])
    book.table(sheet, _TOP, columns, rows)


def _coverage(book: Book, track: Track) -> None:
    found = track.extras["coverage"]
    say = plain()
    columns = [
        _year("sale_year"), *texts("of_what"),
        *(Column(head(name, ""), "share") for name in ("share_mean", "share_low", "share_high", "asked_for")),
        _chance("reached", track), Column(head("of_scope_3", ""), "share"),
    ]  # fmt: skip
    rows = [
        [row["year"], say.word("short", row["category"]) if row["category"] else say("target.scope_3"),
         *(row[name] for name in (*_INTERVAL, "required", "probability_met", "of_scope_3"))]
        for row in found["years"]
    ]  # fmt: skip
    sheet = book.sheet(say("sheet.coverage"), say("book.coverage"), say("book.coverage_note"))
    if rows:
        book.table(sheet, _TOP, columns, rows)
    else:
        book.text(sheet, _TOP, 0, told_of(track)[-1])
    regions = track.tables["regions"]
    if len(regions):
        _plain(book, "regions", say("book.regions"), say("book.regions_note", unit=UNIT),
               _placed(regions), {"region": "text", "year": "year"}, track)  # fmt: skip


def _of_catalog(book: Book, track: Track) -> None:
    """Write the targets of the catalog, what the regions' add up to, what packs ask for, and the whole footprint."""
    say, tables = plain(), track.tables
    if len(tables["targets"]):
        shown = _placed(tables["targets"].drop(columns="by_scenario", errors="ignore"))
        kinds: dict[str, Any] = dict.fromkeys(
            ("target", "region", "scope", "kind", "owner", "status", "sales", "unit", "reason"), "text"
        )
        kinds |= dict.fromkeys(("base_year", "target_year", "year"), "year") | {"reduction": "share"}
        _plain(book, "own_targets", say("target.title"), say("book.own_targets_note"), shown, kinds, track)
    if len(tables["roll_up"]):
        note = say("book.roll_up_note", unit=UNIT)
        kinds = {"year": "year", "region": "text", "scope": "text", "probability_enough": "share"}
        _plain(book, "roll_up", say("target.together"), note, _placed(tables["roll_up"]), kinds)
    if track.extras["asked_for"]:
        frame = pd.DataFrame(track.extras["asked_for"])
        kinds = {"pack": "text", "ambition": "text", "reduction": "share", "enough": "text", "reason": "text"}
        _plain(book, "asked_for", say("target.rules_ask"), say("book.asked_for_note"), frame, kinds)
    if len(tables["footprint"]):
        note = say("book.footprint_note", unit=UNIT)
        kinds = {
            "year": "year",
            "category": "text",
            "known": "text",
            "share": "share",
            "probability_significant": "share",
        }
        _plain(book, "footprint", say("book.footprint"), note, tables["footprint"].dropna(axis=1, how="all"), kinds)


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(region=[plain().group("region", name) if name else "" for name in frame["region"]])


def _calendar(book: Book, track: Track) -> dict[str, Placed]:
    placed, say = {}, plain()
    heads = {"installed base": ("calendar", "installed"), "with forecast": ("calendar_forecast", "forecast")}
    for view, frame in track.tables["calendar"].groupby("view", sort=False):
        name, key = heads[str(view)]
        note = say("book.calendar_note", unit=UNIT, view=say(f"book.view_{key}"))
        sheet = book.sheet(say(f"sheet.{name}"), say("book.calendar_title"), note)
        columns = [_year("calendar_year"), *texts("emissions"), *_amounts(), Column(head("in_service", ""), "integer")]
        rows = [
            [row["year"], row["emissions"], *(row[name] for name in _INTERVAL), row.get("in_service")]
            for row in _dated(frame).to_dict("records")
        ]
        placed[key] = book.table(sheet, _TOP, columns, rows)
    return placed


def _levers(book: Book, track: Track) -> dict[str, Placed]:
    rows = track.extras.get("levers")
    if not rows:
        return {}
    say = plain()
    kinds: dict[str, Any] = {"year": "year", "lever": "text", "owner": "text", "start": "year", "full": "year",
                             "part": "share", "order_error": "plain"}  # fmt: skip
    kinds |= dict.fromkeys(("cost_per_t", "cost_per_t_p2_5", "cost_per_t_p97_5"), "plain")
    _plain(book, "levers", say("sheet.levers"), say("book.levers_note", unit=UNIT), pd.DataFrame(rows), kinds)
    if track.extras["abatement"]:
        curve = pd.DataFrame(track.extras["abatement"])
        _plain(book, "abatement", say("book.abatement"), say("book.abatement_note"), curve, kinds)
    sheet = book.sheet(say("sheet.with_levers"), say("book.with_levers"), UNIT)
    names = list(dict.fromkeys(row["lever"] for row in rows))
    by_year = {(row["year"], row["lever"]): row["mean"] for row in rows}
    columns = [
        _year("sale_year"),
        *_amounts(),
        Column(head("target")),
        _chance("met", track),
    ]
    columns += [Column(f"{name}: {head('mean')}") for name in names]
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
    say = plain()
    frame["kind"] = [say(f"difference.{kind}") for kind in frame["kind"]]
    _plain(book, "recalculation", say("screen.track.recalculated"), f"{found['reason']}; {UNIT}.", frame,
           {"kind": "text", "table": "text", "row": "text"})  # fmt: skip
    both = {row["year"]: row for row in found["published_years"]}
    now = {row["year"]: row for row in track.years.to_dict("records")}
    sheet = book.sheet(say("sheet.both_series"), say("book.both_series"), UNIT)
    columns = [_year("sale_year")]
    columns += [Column(say(f"head.{series}", head=c.header)) for series in ("published", "now") for c in _amounts()]
    rows = [
        [year, *(side.get(year, {}).get(name) for side in (both, now) for name in _INTERVAL)]
        for year in sorted({*both, *now})
    ]
    book.table(sheet, _TOP, columns, rows)


def _notes(book: Book, track: Track) -> None:
    say, meta = plain(), track.meta
    sheet = book.sheet(say("sheet.notes"), say("sheet.notes"), say("book.notes_note"))
    facts = {
        "sha256": meta["catalog"]["sha256"], "company": meta["company"], "created": meta["created"],
        "explained": meta["explained_by"],
        "versions": ", ".join(f"{name} {version}" for name, version in meta["versions"].items()),
    }  # fmt: skip
    rows = [[say(f"book.fact_{name}"), str(text)] for name, text in facts.items() if text]
    rows += [[say("book.fact_note"), note] for note in track.notes]
    book.table(sheet, _TOP, [*texts("what"), Column(head("text", ""), "wrap", 100.0)], rows)


def _amounts() -> list[Column]:
    return [Column(head(name)) for name in _ENDS]


def _year(name: str) -> Column:
    return Column(head(name, ""), "year")


def _chance(name: str, track: Track) -> Column:
    return Column(head(name, ""), "share", draws=track.meta["draws"])


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(emissions=[plain()(f"book.emissions_{name}") for name in frame["emissions"]])


def _worded(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        return frame
    worded = frame.assign(effect=[plain()(f"effect.{name}") for name in frame["effect"]])
    if {"by", "group"} <= set(frame.columns):
        pairs = zip(frame["by"], frame["group"], strict=True)
        worded["group"] = [plain().group(by, group) if by in ("region", "product") else group for by, group in pairs]
    return worded


def _plain(
    book: Book, name: str, title: str, note: str, frame: pd.DataFrame, kinds: dict[str, Any], track: Track | None = None
) -> None:
    """Write a table of insight as it is: texts, years, shares, amounts, and with a track probabilities."""
    sheet = book.sheet(plain()(f"sheet.{name}"), title, note)
    columns = [
        _chance("met", track)
        if track is not None and c == "probability_met"
        else Column(column_of(c), kinds.get(str(c), "amount"))
        for c in frame.columns
    ]
    rows = [[cell_of(x) for x in row] for row in frame.itertuples(index=False, name=None)]
    units = [str(unit) for unit in frame["unit"]] if "unit" in frame else ()
    if rows:
        book.table(sheet, _TOP, columns, rows, units=units)
    else:
        book.text(sheet, _TOP, 0, plain()("book.there_is_none"))
