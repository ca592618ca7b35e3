"""The first sections: the result, what it is made of, how it spreads, when it is emitted, and other choices."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from usephase.errors import UsephaseError
from usephase.insight.quality.explain import explain
from usephase.report import common_errors, rests
from usephase.report import scenarios as by_scenario
from usephase.report.breakdown import breakdown
from usephase.report.charts import groups as charts_groups
from usephase.report.charts.distribution import distribution
from usephase.report.charts.marks import Table, table
from usephase.report.charts.years import years
from usephase.report.html.parts import (
    CELLS_ROWS_MAX,
    Facts,
    Headline,
    Paragraph,
    Part,
    Section,
    Shown,
    Tabled,
    Tree,
    section,
)
from usephase.report.language import Language
from usephase.report.rounding import adds_up, common_place
from usephase.report.spread import Spread, spread_headers
from usephase.report.tree import branch
from usephase.results.run import UNIT, Run


def headline(run: Run, words: Language) -> Headline:
    """State the result: mean, interval, best estimate, both categories, and how to read them."""
    meta, total = run.meta, Spread.of(run.figure("total"))
    lead = words("headline.lead", year=meta["reporting_year"], basis=words(f"basis.{meta['grid_basis']}"),
                 boundary=words(f"boundary.{meta['boundary']}"))  # fmt: skip
    facts = [(words("headline.interval"), total.interval(words, UNIT)), *common_errors.lines(run, words),
             (words("headline.best"), total.best_amount(words, UNIT))]  # fmt: skip
    for name, row in by_scenario.lines(run, words):
        under = Spread.of(row)
        facts.append(
            (name, words("scenarios.amount", amount=under.amount(words, UNIT), interval=under.interval(words)))
        )
    last = charts_groups.components_place(run, words)
    for ledger in ("category_11", "category_12"):
        part = Spread.of(run.figure(ledger))
        text = f"{words.number(part.mean, last)}{words.space}{UNIT}"
        if total.mean:
            text = words("headline.share", amount=text, share=words.percent(part.mean / total.mean))
        facts.append((words(f"category.{ledger}"), text))
    remarks = [
        rests.lead(run, words), rests.difference(run, words) or words("headline.same"), words("headline.read"),
    ]  # fmt: skip
    if split := by_scenario.split(run, words):
        remarks[:0] = [split, words("scenarios.lead")]
    elif len(meta.get("scenarios", {})) > 1:
        remarks[-1] += f" {words('headline.mixture')}"
    if told := common_errors.lead(run, words):
        remarks.append(told)
    if len(run.select("total", "coverage")):
        remarks.append(rests.coverage(run, words))
    if len(run.register):
        remarks.append(rests.known(run, words))
    return Headline(total.amount(words, UNIT), lead, tuple(facts), tuple(remarks))


def composition(run: Run, words: Language) -> Section | None:
    """Show components, families, regions, and further groupings that the run has."""
    parts: list[Part | None] = [Paragraph(words("composition.lead")), Shown(charts_groups.components(run, words))]
    if not charts_groups.components_add_up(run, words):
        parts.append(Paragraph(words("number.rounded")))
    labels = [str(label) for label in run.meta.get("by", [])]
    for by in dict.fromkeys(("family", "region", "segment", "material", *labels)):
        picture = charts_groups.grouping(run, by, words)
        parts.append(Shown(picture) if picture else None)
    return section("composition", words("composition.title"), parts)


def spread(run: Run, words: Language) -> Section | None:
    """Show the distribution of the total."""
    parts: list[Part | None] = [
        Paragraph(words("distribution.lead")), Shown(distribution(run, words)), _if_shared(run, words),
    ]  # fmt: skip
    return section("distribution", words("distribution.title"), parts)


def _if_shared(run: Run, words: Language) -> Part | None:
    """List the intervals of total, families and products if judgements shared errors."""
    found = common_errors.shared(run)
    if not found:
        return None
    listed = list(found.items())
    figures = {by: run.select("total", by).set_index("group") for by in dict.fromkeys(by for by, _ in found)}
    rows = []
    for (by, group), under in listed[:CELLS_ROWS_MAX]:
        spread = Spread.of(figures[by].loc[group])
        name = words("short.total") if by == "total" else words.group(by, group)
        rows.append([name, spread.interval(words), *(one.told(words) for one in under)])
    correlations = [common_errors.name_of(one.correlation, words) for one in listed[0][1]]
    headers = [words("table.what"), words("common_errors.none"), *correlations]
    made = table(f"{words('common_errors.caption')}, {UNIT}", headers, rows)
    return Tabled(made, words("common_errors.title"), more=max(len(listed) - CELLS_ROWS_MAX, 0))


def by_year(run: Run, words: Language) -> Section | None:
    """Show the calendar years."""
    picture = years(run, words)
    return section("years", words("years.title"), [Paragraph(words("years.lead")), Shown(picture) if picture else None])


def choices(run: Run, words: Language) -> Section | None:
    """Show both grid bases and both boundaries."""
    boundary = run.meta["boundary"]
    frozen, projected = (run.figure("total", grid_basis=b, boundary=boundary)["mean"] for b in ("frozen", "projected"))
    change = frozen / projected - 1 if projected else float("nan")
    way = words("choices.more" if change >= 0 else "choices.less")
    size = words.percent(abs(change))
    lead = words("choices.lead", size=size, way=way, boundary=words(f"boundary.{boundary}"))
    explained = tuple(
        (text.partition(":")[0], text.partition(":")[2].strip())
        for text in (words(f"choices.{name}") for name in ("projected", "frozen", "minimum", "life_cycle"))
    )
    held = rests.boundaries(run, words)
    parts: list[Part | None] = [
        Paragraph(lead), Shown(charts_groups.choices(run, words)), Facts(explained), scenarios(run, words),
        Paragraph(held) if held else None,
    ]  # fmt: skip
    return section("choices", words("choices.title"), parts)


def scenarios(run: Run, words: Language) -> Part | None:
    """List both categories and their total under each grid scenario."""
    found = {ledger: by_scenario.lines(run, words, ledger) for ledger in ("total", *_PARTS)}
    if not found["total"]:
        return None
    last = common_place([row for lines in found.values() for _, row in lines], "best_estimate")
    rows = [
        [words(f"short.{ledger}"), name, *Spread.of(row).cells(words, last)]
        for ledger, lines in found.items() for name, row in lines
    ]  # fmt: skip
    headers = [words("scenarios.figure"), words("scenarios.scenario"), *spread_headers(words, UNIT)]
    return Tabled(table(words("scenarios.caption"), headers, rows, text=2))


def products(run: Run, words: Language) -> Section | None:
    """List the products with their totals and both categories."""
    found = breakdown(run, "product")
    if found is None:
        return None
    picture = charts_groups.grouping(run, "product", words)
    shown = found.groups[:CELLS_ROWS_MAX]
    last = common_place(found.leading.to_dict("records"), "best_estimate")
    rows = _product_rows(shown, found.ledgers, found.main, found.shares(), words, last)
    headers = [words("by.product").capitalize(), *spread_headers(words, UNIT), words("table.share"),
               *(words("table.of", what=words(f"short.{ledger}"), unit=UNIT) for ledger in _PARTS)]  # fmt: skip
    listed = Tabled(table(words("products.caption"), headers, rows), more=max(len(found.groups) - CELLS_ROWS_MAX, 0))
    drawn = Shown(picture) if picture and len(found.groups) > 1 else None
    means = pd.DataFrame({ledger: frame["mean"] for ledger, frame in found.ledgers.items()}).reindex(shown)
    parts = means[[ledger for ledger in _PARTS if ledger in means]].fillna(0.0).to_numpy().tolist()
    even = all(adds_up(mine, whole, last) for mine, whole in zip(parts, means[found.main].fillna(0.0), strict=True))
    note = None if even else Paragraph(words("number.rounded"))
    return section("products", words("products.title"), [Paragraph(words("products.lead")), drawn, listed, note])


def explained(run: Run, words: Language) -> Section | None:
    """Work the largest products of the total out, folded."""
    try:
        found = explain(run)
    except UsephaseError:  # an older catalog that cannot be read any more, or nothing sold
        return None
    worked = sum(child.kind == "product" for child in found.children)
    lead = Paragraph(words("explain.lead", count=words.count(worked)))
    return section("explained", words("explain.title"), [lead, Tree(branch(found, "mean", words))])


_PARTS = ("category_11", "category_12")


def _product_rows(
    groups: tuple[str, ...],
    ledgers: dict[str, pd.DataFrame],
    main: str,
    shares: pd.Series,
    words: Language,
    last: int,
) -> list[list[str]]:
    rows = []
    records = {ledger: dict(zip(groups, _records(frame, groups), strict=True)) for ledger, frame in ledgers.items()}
    for group, share in zip(groups, words.percents(float(shares[group]) for group in groups), strict=True):
        cells = [words.group("product", group), *Spread.of(records[main][group]).cells(words, last), share]
        for ledger in _PARTS:
            mean = float(records[ledger][group]["mean"]) if ledger in records else float("nan")
            cells.append(words.number(mean, last) if mean == mean else "")
        rows.append(cells)
    return rows


def _records(frame: pd.DataFrame, groups: tuple[str, ...]) -> list[dict[Hashable, Any]]:
    return frame.loc[list(groups)].to_dict("records")


def service(run: Run, words: Language) -> Section | None:
    """Show emissions per hour and per cycle of service."""
    units = sorted(run.service["unit"].unique(), reverse=True)
    pictures = [charts_groups.service(run, unit, words) for unit in units]
    parts: list[Part | None] = [Paragraph(words("service.lead")), *(Shown(picture) for picture in pictures if picture)]
    return section("service", words("service.title"), parts)


def apart(run: Run, words: Language) -> Section | None:
    """List optional phases, avoided emissions and biogenic CO2."""
    rows = apart_rows(run, words)
    headers = [words("table.what"), *spread_headers(words, UNIT)]
    listed = Tabled(table(words("apart.caption"), headers, [cells for _, cells in rows])) if rows else None
    return section("apart", words("apart.title"), [Paragraph(words("apart.lead")), listed])


def apart_rows(run: Run, words: Language) -> list[tuple[str, list[str]]]:
    """Give the lines that are in no total, each with its label."""
    found: list[tuple[str, str, pd.Series]] = []
    for phase in ("indirect", "maintenance"):
        rows = run.select("category_11", phase=phase)
        found += [(phase, words(f"phase.{phase}"), row) for _, row in rows[rows["phase"] == phase].iterrows()]
    for ledger in ("avoided", "biogenic_co2"):
        found += [(ledger, words(f"ledger.{ledger}"), row) for _, row in run.select(ledger).iterrows()]
    last = common_place((row for *_, row in found), "best_estimate")
    return [(label, [name, *Spread.of(row).cells(words, last)]) for label, name, row in found]


def coverage(run: Run, words: Language) -> Section | None:
    """Show what sales that are not listed would add."""
    lead, said = Paragraph(words("coverage.lead")), Paragraph(rests.coverage(run, words))
    rows = run.select("total", "coverage")
    last = common_place((row for _, row in rows.iterrows()), "best_estimate")
    cells = [[words(f"coverage.{row['group']}"), *Spread.of(row).cells(words, last)] for _, row in rows.iterrows()]
    if not cells:
        return Section("coverage", words("coverage.title"), (lead, said))
    headers = [words("table.what"), *spread_headers(words, UNIT)]
    behind: Table = table(words("coverage.caption"), headers, cells)
    return section("coverage", words("coverage.title"), [lead, said, Tabled(behind)])
