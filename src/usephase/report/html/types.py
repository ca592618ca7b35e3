"""What the emissions rest on by type of data, and which lines are required or optional: tables of the page."""

from usephase.insight.quality.assess import TYPES, Quality, scored_least
from usephase.insight.quality.lines import UNLISTED
from usephase.report.charts.marks import table
from usephase.report.html.parts import Paragraph, Part, Tabled
from usephase.report.language import Language
from usephase.report.rounding import common_place, percent_place
from usephase.results.run import UNIT

_LEDGERS = ("category_11", "category_12", "total")


def data_types(found: Quality, words: Language) -> list[Part | None]:
    """Show the shares of the types of data, weighted by emissions, by category and kind of input."""
    if found.categories.empty:
        return []
    heads = [words("types.category"), *(words(f"types.{name}") for name in TYPES), words("types.score")]
    shares = {ledger: [found.share(ledger, name) for name in TYPES] for ledger in _LEDGERS}
    given = {ledger: [s for s in mine if s is not None] for ledger, mine in shares.items()}
    tenth = percent_place(s for mine in given.values() for s in mine)
    rows = [
        [words.word("ledger", ledger), *(words.percent(s, tenth) for s in mine), _score(found.score(ledger), words)]
        for ledger, mine in given.items()
        if mine
    ]
    last = common_place({"mean": x, "p2_5": 0.0, "p97_5": x} for x in found.kinds["emissions"])
    finest = percent_place(float(x) for name in TYPES for x in found.kinds[name])
    kinds = [
        [words.word("short", str(row["ledger"])), str(row["kind"]), words.number(row["emissions"], last),
         *(words.percent(float(row[name]), finest) for name in TYPES), words.count(int(row["cells"]))]
        for row in found.kinds.to_dict("records")
    ]  # fmt: skip
    by_kind = [
        words("types.category"), words("quality.table"), words("table.mean", unit=UNIT),
        *(words(f"types.{name}") for name in TYPES), words("quality.rows"),
    ]  # fmt: skip
    title = words("types.by_kind")
    return [
        Paragraph(words("types.lead", least=words.percent(scored_least()))),
        Tabled(table(words("types.caption"), heads, rows)),
        Tabled(table(title, by_kind, kinds, text=2), summary=title),
    ]


def _score(score: tuple[float, float] | None, words: Language) -> str:
    if score is None:
        return words("number.none")
    share = words.percent(score[1])
    if score[1] < scored_least():
        return words("types.barely_scored", share=share)
    return words("types.scored", score=words.number(score[0], -1), share=share)


def requirements(found: Quality, words: Language) -> list[Part | None]:
    """Show which lines the standard requires, with the shares of what is required and what is optional."""
    if found.lines.empty:
        return []
    last = common_place(found.lines.to_dict("records"))
    shares = [
        [words(f"types.kind_{str(row['requirement']).replace(', ', '_').replace(' ', '_')}"),
         words.number(row["mean"], last), share]
        for row, share in zip(
            found.requirements.to_dict("records"), words.percents(found.requirements["share"]), strict=True
        )
    ]  # fmt: skip
    heads = [words("types.asked"), words("table.mean", unit=UNIT), words("types.share")]
    lines = [
        [_line(str(row["line"]), words), words.word("types", str(row["requirement"]).replace(" ", "_")),
         str(row["source"]), str(row["evidence"]), words.number(row["mean"], last),
         words.interval(row["p2_5"], row["p97_5"], last=last)]
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
