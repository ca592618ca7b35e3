"""Answers of long work as sections of a page: comparison, ranking, change over time, difference of two runs."""

from collections.abc import Mapping, Sequence
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

METHODS = RANK_METHODS
ROWS_MAX = 200
DRAWN_MAX = 20
_LEDGERS = ("total", "category_11", "category_12")


def sections(kind: str, document: Mapping[str, Any], words: Language) -> list[Section]:
    """Lay out the answer of a job; nothing for kinds whose answer is a page of its own."""
    if kind == "compare":
        return [*_options(document, words), *_kept(page_insight.compared(documents([document]), words)),
                *_notes(document)]  # fmt: skip
    if kind == "rank":
        return [*_kept(page_insight.ranked(documents([document]), words)), *_drivers(document, words),
                *_notes(document)]  # fmt: skip
    if kind == "track":
        return [*_kept(page_insight.tracked(documents([document]), words)), *_notes(document)]
    if kind == "diff":
        return [*_difference(document, words), *_notes(document)]
    return []


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


def _options(document: Mapping[str, Any], words: Language) -> list[Section]:
    """Put the options beside each other: totals, categories and components."""
    names = [str(name) for name in document["options"]]
    held: dict[tuple[str, str, str], dict[str, Mapping[str, Any]]] = {}
    for row in document["figures"]:
        if _is_headline(row, document) and (row["by"] == "total" or row["by"] == "component"):
            held.setdefault((row["ledger"], row["by"], row["group"]), {})[row["option"]] = row
    order = [key for ledger in _LEDGERS for key in held if key[0] == ledger and key[1] == "total"]
    order += [key for ledger in _LEDGERS[1:] for key in held if key[0] == ledger and key[1] == "component"]
    rows = []
    for ledger, by, group in order:
        section = "route" if ledger == "category_12" else "component"
        cells = [words(f"short.{ledger}") if by == "total" else words.word(section, group)]
        for name in names:
            found = held[ledger, by, group].get(name)
            cells.append("" if found is None else _cell(found, words))
        rows.append(cells)
    if not rows:
        return []
    caption = f"Options side by side: mean and 95 % interval [{UNIT}]"
    parts: list[Part] = [Tabled(table(caption, ["", *names], rows))]
    best = _best(document, words)
    if best is not None:
        parts.append(Tabled(best))
    return [Section("options", "Side by side", tuple(parts))]


def _is_headline(row: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    head = document.get("headline") or document
    return (
        row.get("phase") in (None, "direct")
        and row.get("grid_basis") in (None, head.get("grid_basis"))
        and row.get("boundary") in (None, head.get("boundary"))
    )


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


def _drivers(document: Mapping[str, Any], words: Language) -> list[Section]:
    """List the leading cells with links to look at, and what is most worth measuring."""
    rows = [
        [row["table"], row["row"], row["column"], "" if row.get(key) is None else words.percent(row[key]),
         str(row.get("source") or "")]
        for row in document["rows"][:ROWS_MAX] for key in ("share_of_variance",)
    ]  # fmt: skip
    summary = document.get("summary") or {}
    facts = []
    if summary.get("cells_for_80_percent") is not None:
        facts.append(("Cells that make 80 % of the variance", words.count(int(summary["cells_for_80_percent"]))))
    parts: list[Part] = [Facts(tuple(facts))] if facts else []
    parts.append(Tabled(table("Cells by importance", ["Table", "Row", "Column", "Share of the variance", "Source"],
                              rows, text=3), wide=True))  # fmt: skip
    return [Section("drivers", "The cells", tuple(parts))]


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
