"""Answers of long work as sections of a page: comparison, ranking, change over time, difference of two runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usephase.catalog.resolve import Resolved
from usephase.insight.changes.difference import CLASSES
from usephase.insight.sensitivity.rank import METHODS as RANK_METHODS
from usephase.report.charts.bars import Bar, bars
from usephase.report.charts.marks import table
from usephase.report.html import insight as page_insight
from usephase.report.html.documents import documents
from usephase.report.html.parts import Facts, Listing, Paragraph, Part, Section, Shown, Tabled
from usephase.report.language import Language
from usephase.report.rounding import adds_up, common_place, percent_place
from usephase.results.run import UNIT
from usephase.serve.pages import compared
from usephase.serve.pages.catalog import editable

METHODS = RANK_METHODS
ROWS_MAX = 200
DRAWN_MAX = 20
CELLS_MAX = 40
BASES = ("projected", "frozen")
BOUNDARIES = ("minimum", "life_cycle")
_LEDGERS = ("total", "category_11", "category_12")


@dataclass(frozen=True)
class View:
    """Choose the grid basis and the boundary of figures that are given for all of them; "" is the headline's."""

    grid_basis: str = ""
    boundary: str = ""


def sections(kind: str, document: Mapping[str, Any], view: View, words: Language) -> list[Section]:
    """Lay out the answer of a job; nothing for kinds whose answer is a page of its own."""
    if kind == "compare":
        return [compared.verdict(document, words), *compared.reasons(document, words),
                *compared.for_whom(document, words), *compared.where_it_flips(document, words),
                *_options(document, view, words), *_kept(page_insight.compared(documents([document]), words)),
                *_notes(document)]  # fmt: skip
    if kind == "rank":
        return [*_kept(page_insight.ranked(documents([document]), words)), *_measure(document, words),
                *_notes(document)]  # fmt: skip
    if kind == "track":
        return [*_kept(page_insight.tracked(documents([document]), words)), *_notes(document)]
    if kind == "diff":
        return [*_difference(document, words), *_notes(document)]
    return []


def drivers(kind: str, document: Mapping[str, Any], words: Language) -> list[dict[str, Any]]:
    """List the leading cells of a ranking, for links to their editors."""
    rows = document["rows"][:CELLS_MAX] if kind == "rank" else []
    shares = words.percents(row["share_of_variance"] for row in rows)
    return [
        {**{name: row[name] for name in ("rank", "table", "row", "column")}, "source": row.get("source") or "",
         "share": share, "editable": editable(row["table"], row["column"])}
        for row, share in zip(rows, shares, strict=True)
    ]  # fmt: skip


def figures(resolved: Resolved) -> list[tuple[str, str]]:
    """Name figures that can be ranked: the totals, and the total of every family and product."""
    known = [("total", "Category 11 + 12"), ("category_11", "Category 11, use"),
             ("category_12", "Category 12, end of life")]  # fmt: skip
    frame = resolved.tables["products"].frame
    families = [str(name) for name in dict.fromkeys(frame["family"]) if name]
    known += [(f"total:family={name}", f"Family {name}") for name in families]
    return known + [(f"total:product={name}", f"Product {name}") for name in frame["product"].astype(str)]


def _kept(section: Section | None) -> list[Section]:
    return [] if section is None else [section]


def _options(document: Mapping[str, Any], view: View, words: Language) -> list[Section]:
    """Put the options beside each other: totals, categories and components."""
    names = [str(name) for name in document["options"]]
    head = document["headline"]
    chosen = view.grid_basis or head["grid_basis"], view.boundary or head["boundary"]
    held: dict[tuple[str, str, str], dict[str, Mapping[str, Any]]] = {}
    for row in document["figures"]:
        if row["by"] in ("total", "component") and _fits(row, *chosen):
            held.setdefault((row["ledger"], row["by"], row["group"]), {})[row["option"]] = row
    rows = []
    last = common_place(row for found in held.values() for row in found.values())
    even = True
    for ledger in _LEDGERS[1:]:
        parts_of = [mine for key, mine in held.items() if key[:2] == (ledger, "component")]
        for name, whole in held.get((ledger, "total", "total"), {}).items():
            means = [mine[name]["mean"] for mine in parts_of if name in mine]
            even &= not means or adds_up(means, whole["mean"], last)
    for ledger in _LEDGERS:
        for by in ("total", "component"):
            # The parts of the total stand below the categories that they belong to.
            for group in [key[2] for key in held if key[:2] == (ledger, by) and (ledger, by) != ("total", "component")]:
                found = held[ledger, by, group]
                if not any(row["mean"] or row["p97_5"] for row in found.values()):
                    continue
                word = words.word("route" if ledger == "category_12" else "component", group)
                label = words(f"short.{ledger}") if by == "total" else f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}– {word}"
                cells = [found[name]["mean"] for name in names if name in found]
                if (
                    (ledger, by) != ("total", "total")
                    and len(cells) == len(names)
                    and max(cells) - min(cells) <= 1e-12 * abs(max(cells))
                ):
                    continue  # equal in every column
                rows.append([label, *(_cell(found[name], words, last) if name in found else "" for name in names)])
    if not rows:
        return []
    choice = words(f"choice.{chosen[0]}.{chosen[1]}").lower()
    caption = f"Options side by side, {choice}: mean and 95 % interval [{UNIT}]"
    parts: list[Part] = [Tabled(table(caption, ["Figure", *names], rows))]
    if not even:
        parts.append(Paragraph(words("number.rounded")))
    return [Section("options", "Side by side", tuple(parts))]


def _fits(row: Mapping[str, Any], basis: str, boundary: str) -> bool:
    return (
        row["phase"] in (None, "direct") and row["grid_basis"] in (None, basis) and row["boundary"] in (None, boundary)
    )


def _measure(document: Mapping[str, Any], words: Language) -> list[Section]:
    """List what is most worth measuring: what knowing it would take off the interval."""
    listed = [
        row for row in document.get("measure_next", ())[:DRAWN_MAX]
        if row.get("shrinkage") is not None and row["shrinkage_low"] is not None
    ]  # fmt: skip
    last = percent_place(row[f"shrinkage{end}"] for row in listed for end in ("", "_low", "_high"))
    rows = [
        [" ".join(str(row.get(key) or "") for key in ("table", "row", "column")).strip(), row.get("source") or "–",
         words.percent(row["shrinkage"], last),
         f"{words.percent(row['shrinkage_low'], last)} to {words.percent(row['shrinkage_high'], last)}"]
        for row in listed
    ]  # fmt: skip
    if not rows:
        return []
    headers = ["Cell or source", "Source", "Taken off the 95 % interval", "95 % interval of that"]
    caption = "What knowing a cell would take off the interval"
    return [Section("measure", "Worth measuring next", (Tabled(table(caption, headers, rows, text=2)),))]


def _difference(document: Mapping[str, Any], words: Language) -> list[Section]:
    """Show what each input that differs does to the figure."""
    steps = document["steps"]
    totals = [(name, document[name]) for name in ("before", "after", "difference")]
    last = common_place(numbers for _, numbers in totals)
    facts = tuple(
        (title, _cell(numbers, words, last, UNIT))
        for (_, numbers), title in zip(totals, ("First", "Second", "Difference"), strict=True)
    )
    drawn = [
        Bar(_step(row, words), row["mean"], row["p2_5"], row["p97_5"], role="use" if row["mean"] < 0 else "waste")
        for row in sorted(steps, key=lambda row: -abs(row["mean"]))
        if row["mean"]
    ]
    parts: list[Part] = [Facts(facts)]
    if drawn:
        parts.append(Shown(bars("diff-steps", "What each difference does to the figure", drawn, UNIT, words,
                                drawn=drawn[:DRAWN_MAX])))  # fmt: skip
    made = [Section("difference", "Difference of the figure", tuple(parts))]
    inputs = document["inputs"]
    told: Part = Paragraph("No input differs.")
    if inputs:
        rows = [[str(row[name] or "–") for name in ("table", "row", "column", "before", "after")] for row in inputs]
        told = Tabled(table("Inputs that differ", ["Table", "Row", "Column", "First", "Second"], rows[:ROWS_MAX],
                            text=5), more=max(len(rows) - ROWS_MAX, 0))  # fmt: skip
    return [*made, Section("inputs", "Inputs", (told,))]


def _step(row: Mapping[str, Any], words: Language) -> str:
    if row.get("effect"):
        return f"{row['row']}: {words.word('effect', str(row['effect']))}"
    kind = CLASSES[str(row["kind"])].partition(":")[0]
    return f"{kind}: {row['table']} {row['row']}"


def _notes(document: Mapping[str, Any]) -> list[Section]:
    notes: Sequence[str] = document.get("notes") or ()
    return [Section("notes", "Notes", (Listing(tuple(map(str, notes[:ROWS_MAX]))),))] if notes else []


def _cell(row: Mapping[str, Any], words: Language, last: int, unit: str = "") -> str:
    low, high = row["p2_5"], row["p97_5"]
    text = words.number(row["mean"], last) + (f"\N{NO-BREAK SPACE}{unit}" if unit else "")
    return f"{text} ({words.interval(low, high, last=last)})" if high > low else text
