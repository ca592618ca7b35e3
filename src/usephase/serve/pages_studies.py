"""Answers of long work as sections of a page: comparison, ranking, change over time, difference of two runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usephase.catalog.resolve import Resolved
from usephase.insight.difference import CLASSES
from usephase.insight.sensitivity import METHODS as RANK_METHODS
from usephase.report import page_insight
from usephase.report.charts_bars import Bar, bars
from usephase.report.charts_marks import Table, table
from usephase.report.language import Language
from usephase.report.page_documents import documents
from usephase.report.page_parts import Facts, Listing, Paragraph, Part, Section, Shown, Tabled
from usephase.report.words_of_change import EFFECT_WORDS
from usephase.results.run import UNIT
from usephase.serve.pages_catalog import editable

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
        return [*_options(document, view, words), *_contributions(document, words),
                *_kept(page_insight.compared(documents([document]), words)), *_notes(document)]  # fmt: skip
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
    return [
        {**{name: row[name] for name in ("rank", "table", "row", "column")}, "source": row.get("source") or "",
         "share": "" if row["share_of_variance"] is None else words.percent(row["share_of_variance"]),
         "editable": editable(row["table"], row["column"])}
        for row in rows
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
    for ledger in _LEDGERS:
        for by in ("total", "component"):
            # The parts of the total stand below the categories that they belong to.
            for group in [key[2] for key in held if key[:2] == (ledger, by) and (ledger, by) != ("total", "component")]:
                found = held[ledger, by, group]
                if not any(row["mean"] or row["p97_5"] for row in found.values()):
                    continue
                word = words.word("route" if ledger == "category_12" else "component", group)
                label = words(f"short.{ledger}") if by == "total" else f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}– {word}"
                rows.append([label, *(_cell(found[name], words) if name in found else "" for name in names)])
    if not rows:
        return []
    choice = words(f"choice.{chosen[0]}.{chosen[1]}").lower()
    caption = f"Options side by side, {choice}: mean and 95 % interval [{UNIT}]"
    parts: list[Part] = [Tabled(table(caption, ["Figure", *names], rows))]
    best = _best(document, words)
    if best is not None:
        parts.append(Tabled(best))
    return [Section("options", "Side by side", tuple(parts))]


def _fits(row: Mapping[str, Any], basis: str, boundary: str) -> bool:
    return (
        row["phase"] in (None, "direct") and row["grid_basis"] in (None, basis) and row["boundary"] in (None, boundary)
    )


def _contributions(document: Mapping[str, Any], words: Language) -> list[Section]:
    """Show what each change of an option does to the difference; the bars of an option sum to it."""
    pictures: list[Part] = []
    for number, row in enumerate(document["differences"], 1):
        if row["per"] != "portfolio" or row["product"] is not None or len(row["contributions"]) < 2:
            continue
        drawn = [
            Bar(f"{one['table']}: {_values(one['row'])}, {one['column']}", one["mean"], one["p2_5"], one["p97_5"],
                role="use" if one["mean"] < 0 else "waste")
            for one in sorted(row["contributions"], key=lambda one: -abs(one["mean"]))
        ]  # fmt: skip
        title = f"{row['option']} against {row['against']}: what each change does"
        pictures.append(Shown(bars(f"contributions-{number}", title, drawn, UNIT, words, drawn=drawn[:DRAWN_MAX])))
    lead = Paragraph("The changes of an option, each with its part of the difference; the parts add up to it.")
    return [Section("contributions", "What makes the difference", (lead, *pictures))] if pictures else []


def _values(row: str) -> str:
    return ", ".join(part.partition("=")[2] or part for part in row.split(";"))


def _best(document: Mapping[str, Any], words: Language) -> Table | None:
    rows = []
    for row in document.get("ranking", ()):
        chance = row.get("probability_best")
        regret = row.get("regret")
        rows.append([
            str(row["option"]), "" if chance is None else words.probability(chance),
            "" if regret is None else words.number(regret, _place(regret)),
        ])  # fmt: skip
    if not rows:
        return None
    return table("Which option is lowest", ["Option", "Probability of being the lowest", f"Expected regret [{UNIT}]"],
                 rows)  # fmt: skip


def _measure(document: Mapping[str, Any], words: Language) -> list[Section]:
    """List what is most worth measuring: what knowing it would take off the interval."""
    rows = [
        [" ".join(str(row.get(key) or "") for key in ("table", "row", "column")).strip(), row.get("source") or "–",
         words.percent(row["shrinkage"]),
         f"{words.percent(row['shrinkage_low'])} to {words.percent(row['shrinkage_high'])}"]
        for row in document.get("measure_next", ())[:DRAWN_MAX]
        if row.get("shrinkage") is not None and row["shrinkage_low"] is not None
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
    facts = tuple(
        (title, _cell(numbers, words, UNIT))
        for (_, numbers), title in zip(totals, ("First", "Second", "Difference"), strict=True)
    )
    drawn = [
        Bar(_step(row), row["mean"], row["p2_5"], row["p97_5"], role="use" if row["mean"] < 0 else "waste")
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


def _step(row: Mapping[str, Any]) -> str:
    if row.get("effect"):
        return f"{row['row']}: {EFFECT_WORDS.get(str(row['effect']), str(row['effect']))}"
    kind = CLASSES[str(row["kind"])].partition(":")[0]
    return f"{kind}: {row['table']} {row['row']}"


def _notes(document: Mapping[str, Any]) -> list[Section]:
    notes: Sequence[str] = document.get("notes") or ()
    return [Section("notes", "Notes", (Listing(tuple(map(str, notes[:ROWS_MAX]))),))] if notes else []


def _cell(row: Mapping[str, Any], words: Language, unit: str = "") -> str:
    low, high = row["p2_5"], row["p97_5"]
    text = words.amount(row["mean"], low, high, unit)
    return f"{text} ({words.interval(low, high, value=row['mean'])})" if high > low else text


def _place(value: float) -> int:
    from usephase.report.rounding import place

    return place(0.0, abs(value) / 5)
