"""Pictures of answers of other commands: ranking, paired differences, reasons for a change, years and targets."""

from itertools import groupby

from usephase.report.charts_bars import Bar, bars
from usephase.report.charts_marks import Picture, table
from usephase.report.language import Language
from usephase.report.page_documents import Comparison, Difference, Ranking, Tracked
from usephase.results.run import UNIT

RANKED_MAX = 20
LARGEST = {"unit": "kg CO2e", "service": "kg CO2e", "portfolio": UNIT}
"""Unit of a difference where the answer does not say."""


def ranking(found: Ranking, words: Language) -> Picture:
    """Draw the inputs with the highest total-order (else first-order) index."""
    rows = []
    for row in found.rows:
        value = row.st if row.st is not None else row.s1
        if value is not None:
            ends = (row.st_low, row.st_high) if row.st is not None else (None, None)
            rows.append(Bar(f"{row.table}: {row.row}, {row.column}", value, *ends, role="change"))
    rows.sort(key=lambda bar: -bar.mean)
    title = words("chart.ranking", figure=found.figure)
    keys = ("table", "row", "column", "st", "st_interval", "s1")
    cells = []
    for row in found.rows[:200]:
        low, high = row.st_low or 0.0, row.st_high or 0.0
        cells.append([
            row.table, row.row, row.column, "" if row.st is None else words.amount(row.st, low, high),
            "" if row.st is None or row.st_low is None else words.interval(low, high, value=row.st),
            "" if row.s1 is None else words.amount(row.s1, low, high),
        ])  # fmt: skip
    behind = table(title, [words(f"ranking.{key}") for key in keys], cells, text=3)
    return bars("ranking", title, rows, words("chart.no_unit"), words, drawn=rows[:RANKED_MAX], behind=behind)


def comparisons(found: Comparison, words: Language) -> list[Picture]:
    """Draw paired differences: a picture an option, what it is against, and kind of unit."""

    def key(row: Difference) -> tuple[str, str, str, str]:
        return row.option, row.against, row.per, row.unit or LARGEST.get(row.per, UNIT)

    pictures = []
    groups = groupby(sorted(found.differences, key=key), key)
    for i, ((option, against, per, unit), rows) in enumerate(groups, 1):
        drawn = [
            Bar(row.product or words("comparison.all"), row.mean, row.p2_5, row.p97_5,
                role="use" if row.mean < 0 else "waste")
            for row in rows
        ]  # fmt: skip
        title = words("chart.comparison", option=option, against=against, per=words.word("per", per))
        pictures.append(bars(f"comparison-{i}", title, drawn, unit, words, drawn=drawn[:RANKED_MAX]))
    return pictures


def change(found: Tracked, words: Language) -> Picture:
    """Draw the reasons for a change: what raised and what lowered the emissions."""
    rows = [
        Bar(words.word("effect", row.effect), row.mean, row.p2_5, row.p97_5, role="use" if row.mean < 0 else "waste")
        for row in found.change
    ]
    years = [row.year for row in found.years]
    title = words("chart.change", first=found.base_year or min(years), last=_last(found))
    return bars("change", title, rows, UNIT, words)


def track(found: Tracked, words: Language) -> Picture:
    """Draw the sale years; targets and the probabilities that they are met are in the table."""
    rows = [Bar(str(row.year), row.mean, row.p2_5, row.p97_5) for row in found.years]
    title = words("chart.track")
    headers = [words("track.year"), words("table.mean", unit=UNIT), words("table.interval", unit=UNIT),
               words("track.target", unit=UNIT), words("track.probability")]  # fmt: skip
    cells = []
    for row in found.years:
        ends = row.p2_5, row.p97_5
        cells.append([
            str(row.year), words.amount(row.mean, *ends), words.interval(*ends, value=row.mean),
            "" if row.target is None else words.amount(row.target, *ends),
            "" if row.probability_met is None else words.percent(row.probability_met),
        ])  # fmt: skip
    return bars("track", title, rows, UNIT, words, behind=table(title, headers, cells))


def _last(found: Tracked) -> int:
    # The change ends at the reporting year; the years after it have no interval of the past.
    return max(row.year for row in found.years)
