"""What the emissions rest on by type of data, and which lines are required or optional: tables of the page."""

from usephase.insight.quality import TYPES, Quality
from usephase.insight.quality_lines import UNLISTED
from usephase.report.charts_marks import table
from usephase.report.language import Language
from usephase.report.page_parts import Paragraph, Part, Tabled
from usephase.results.run import UNIT

_LEDGERS = ("category_11", "category_12", "total")


def data_types(found: Quality, words: Language) -> list[Part | None]:
    """Show the shares of primary, secondary and default data, weighted by emissions, by category and kind of input."""
    if found.categories.empty:
        return []
    heads = [words("types.category"), *(words(f"types.{name}") for name in TYPES), words("types.score")]
    rows = []
    for ledger in _LEDGERS:
        shares = [found.share(ledger, name) for name in TYPES]
        if shares[0] is not None:
            score = found.score(ledger)
            last = words("number.none") if score is None else words(
                "types.scored", score=words.number(score[0], -1), share=words.percent(score[1])
            )  # fmt: skip
            rows.append([words.word("ledger", ledger), *(words.percent(s) for s in shares if s is not None), last])
    kinds = [
        [words.word("short", str(row["ledger"])), str(row["kind"]), words.amount(row["emissions"], 0, row["emissions"]),
         *(words.percent(float(row[name])) for name in TYPES), words.count(int(row["cells"]))]
        for row in found.kinds.to_dict("records")
    ]  # fmt: skip
    by_kind = [
        words("types.category"), words("quality.table"), words("table.mean", unit=UNIT),
        *(words(f"types.{name}") for name in TYPES), words("quality.rows"),
    ]  # fmt: skip
    title = words("types.by_kind")
    return [
        Paragraph(words("types.lead")),
        Tabled(table(words("types.caption"), heads, rows)),
        Tabled(table(title, by_kind, kinds, text=2), summary=title),
    ]


def requirements(found: Quality, words: Language) -> list[Part | None]:
    """Show which lines the standard requires, with the shares of what is required and what is optional."""
    if found.lines.empty:
        return []
    shares = [
        [words(f"types.kind_{str(row['requirement']).replace(', ', '_').replace(' ', '_')}"),
         words.amount(row["mean"], 0, row["mean"]), words.percent(row["share"])]
        for row in found.requirements.to_dict("records")
    ]  # fmt: skip
    heads = [words("types.asked"), words("table.mean", unit=UNIT), words("types.share")]
    lines = [
        [_line(str(row["line"]), words), words.word("types", str(row["requirement"]).replace(" ", "_")),
         str(row["source"]), str(row["evidence"]), words.amount(row["mean"], row["p2_5"], row["p97_5"]),
         words.interval(row["p2_5"], row["p97_5"], value=row["mean"])]
        for row in found.lines.to_dict("records")
    ]  # fmt: skip
    by_line = [
        words("types.line"), words("types.asked"), words("types.rule"), words("types.evidence"),
        words("table.mean", unit=UNIT), words("table.interval", unit=UNIT),
    ]  # fmt: skip
    return [
        Tabled(table(words("types.required_caption"), heads, shares)),
        Tabled(table(words("types.lines_caption"), by_line, lines, text=4)),
        Paragraph(words("types.marks")),
    ]


def _line(name: str, words: Language) -> str:
    ledger, _, rest = name.partition(": ")
    said = words.word("ledger", ledger)
    if not rest:
        return said
    return f"{said}: {words('coverage.extrapolated') if rest == UNLISTED else words.word('phase', rest)}"
