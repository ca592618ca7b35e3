"""Sections for answers of other commands: ranking, comparison of options, change and target."""

from collections.abc import Sequence

from usephase.report.charts.insight import LARGEST, abatement, change, comparisons, distinct, ranking, tornado, track
from usephase.report.charts.marks import table
from usephase.report.charts.years import outlook
from usephase.report.html.documents import Documents, ToMeasure
from usephase.report.html.parts import Paragraph, Part, Section, Shown, Tabled, section
from usephase.report.language import Language
from usephase.report.language.inputs import input_name
from usephase.report.language.targets import told
from usephase.report.rounding import percent_place, unit_places

_ROWS_MAX = 200


def ranked(documents: Documents, words: Language) -> Section | None:
    """Show a ranking."""
    found = documents.ranking
    if found is None or not found.rows:
        return None
    lead = words("ranking.lead", method=found.method, evaluations=words.count(found.evaluations))
    parts: list[Part] = [Paragraph(lead), Shown(ranking(found, words))]
    if found.tornado:
        parts.append(Shown(tornado(found, words)))
    return section("ranking", words("ranking.title"), parts)


def worth_measuring(documents: Documents, words: Language) -> Section | None:
    """Show what knowing an input would take off the interval."""
    found = documents.ranking
    if found is None or not found.measure_next:
        return None
    return section("measure", words("ranking.next_title"), [_to_measure(found.measure_next, words)])


def data_told(row: ToMeasure, words: Language, last: int) -> str:
    """Say which data could be got of a cell, and what they take off the interval; that nobody can of a scenario."""
    name = input_name(row.table, row.row, row.column, words)
    if row.what == "scenario":
        return words("ranking.data_none", name=name)
    if not row.data or row.shrinkage_data is None:
        return ""
    what = words(f"ranking.data_{row.data}", count=row.data_count)
    return words("ranking.data_line", data=what, name=name, share=words.percent(row.shrinkage_data, last))


def _to_measure(found: Sequence[ToMeasure], words: Language) -> Tabled:
    headers = [
        words(f"ranking.{key}") for key in ("table", "row", "column", "source", "narrows", "narrows_interval", "data")
    ]
    rows = []
    shown = found[:_ROWS_MAX]
    last = percent_place(x for row in shown for x in (row.shrinkage, row.shrinkage_low, row.shrinkage_high))
    for row in shown:
        named = [row.table, row.row, row.column] if row.what != "source" else [words("ranking.all_of"), "", ""]
        mark = f" ({words('ranking.weak')})" if row.weak else ""
        low, high = (words.percent(end, last) for end in (row.shrinkage_low, row.shrinkage_high))
        ends = words("number.interval", low=low, high=high)
        told = data_told(row, words, last)
        rows.append([*named, row.source + mark, words.percent(row.shrinkage, last), ends, told])
    return Tabled(table(words("ranking.next"), headers, rows, text=4))


def compared(documents: Documents, words: Language) -> Section | None:
    """Show paired differences: a picture an option and kind of unit, and all in one table."""
    found = documents.comparison
    if found is None or not found.differences:
        return None
    headers = [words(f"comparison.{name}") for name in ("option", "against", "product", "per")]
    ties = any(row.probability_equal for row in found.differences)
    told = ("difference", "interval", "probability", *(["equal"] if ties else []), "relative")
    headers += [words(f"comparison.{name}") for name in told]
    rows = []
    listed_rows = distinct(found)
    shown = listed_rows[:_ROWS_MAX]
    units = [comparison_unit(row.per, row.unit) for row in shown]
    places = unit_places((unit, row.model_dump()) for unit, row in zip(units, shown, strict=True))
    for row, unit, relative in zip(shown, units, words.percents(row.relative_mean for row in shown), strict=True):
        last = places[unit]
        product = words.group("product", row.product) if row.product else words("comparison.all")
        rows.append([row.option, row.against, product, words.word("per", row.per),
                     f"{words.number(row.mean, last)}\N{NO-BREAK SPACE}{unit}",
                     words.interval(row.p2_5, row.p97_5, unit, last=last),
                     words.chance(row.probability_lower, found.draws),
                     *([words.chance(row.probability_equal, found.draws)] if ties else []), relative])  # fmt: skip
    listed = Tabled(table(words("comparison.caption"), headers, rows, text=4),
                    more=max(len(listed_rows) - _ROWS_MAX, 0))  # fmt: skip
    pictures = [Shown(picture) for picture in comparisons(found, words, 2)]
    return section("comparison", words("comparison.title"), [Paragraph(words("comparison.lead")), *pictures, listed])


def tracked(documents: Documents, words: Language) -> Section | None:
    """Show sale years with their targets, and the reasons for the change."""
    found = documents.tracked
    if found is None:
        return None
    drawn = (draw(found, words) for draw in (track, outlook, change, abatement))
    pictures = [Shown(picture) for picture in drawn if picture is not None]
    said = [Paragraph(line) for line in (words("track.lead"), *told(found.model_dump(), words))]
    return section("track", words("track.title"), [*said, *pictures])


def comparison_unit(per: str, unit: str | None) -> str:
    """Name the unit of a difference."""
    return unit or LARGEST.get(per, "t CO2e")
