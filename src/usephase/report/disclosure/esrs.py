"""ESRS E1: gross Scope 3 emissions; E1-6 of 2023 with base year and target columns, E1-8 and E1-6 of 2026."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from usephase.catalog.schema import CATEGORIES
from usephase.report import rests
from usephase.report.disclosure.facts import LEDGERS, NO_TARGET, ROWS, Facts, Level, row_of
from usephase.report.disclosure.form import Answer, Declared, Form, Line, absent, blank, declared
from usephase.report.rounding import as_given, interval, percent
from usephase.results.run import UNIT

if TYPE_CHECKING:
    from usephase.insight.tracking.aims import Aim

BASE, PREVIOUS, NOW, CHANGE, ANNUAL = "Base year", "N-1", "N", "% N / N-1", "Annual % target / base year"
_NO_TARGET = (
    "No target of both categories from this base year is known: write the group's into the table targets, or give "
    "--target YEAR=PERCENT."
)
ALL = "Significant categories"
ALIGNED = ("1.5c", "net_zero")
"""Ambitions of rule packs whose path is compatible with 1.5 °C."""


def esrs(facts: Facts) -> Form:
    """Fill ESRS E1 for categories 11 and 12; other years are estimated from the stored catalog, on the same draws."""
    form = declared("esrs", facts.edition, facts.year)
    return _of_2026(facts, form) if form.edition.name == "2026" else _of_2023(facts, form)


def _of_2023(facts: Facts, form: Declared) -> Form:
    base = facts.run.meta.get("base_year")
    lines: list[Line] = []
    for ledger in ROWS:
        row = row_of(ledger)
        key = "biogenic" if ledger == "biogenic_co2" else "gross"
        columns = {BASE: base, PREVIOUS: facts.year - 1, NOW: facts.year}
        for column, year in columns.items():
            answer = absent("the catalog names no base_year") if year is None else _level(facts, ledger, int(year))
            lines.append(form.line(key, row, answer, f"{column} ({year})" if year else column))
        if ledger != "biogenic_co2":
            lines.append(form.line("change", row, _change(facts, ledger), CHANGE))
            lines += _targets(facts, form, ledger, row, base)
    lines += _statements(facts, form)
    notes = [
        "Base and previous year, where the catalog has their sales, are computed with this run's catalog, method and "
        "draws, not copied from what was published then; where the two differ, the reason is to be stated.",
        "A target column, where a target is named, multiplies the base year's mean by what it leaves; it is no "
        f"forecast. Avoided emissions are in no figure. {rests.offsets(facts.run)}",
    ]
    return form.filled(lines, notes, facts.about())


def _level(facts: Facts, ledger: str, year: int) -> Answer:
    found = facts.level(ledger, year)
    return absent(found) if isinstance(found, str) else Answer(found.mean, found.note)


def _change(facts: Facts, ledger: str) -> Answer:
    old, new = (facts.level(ledger, year) for year in (facts.year - 1, facts.year))
    if isinstance(old, str) or isinstance(new, str):
        return absent(old if isinstance(old, str) else str(new))
    if not old.mean > 0:
        return absent("the previous year has no such emissions")
    return Answer(100 * (new.mean / old.mean - 1), _change_interval(old, new))


def _change_interval(old: Level, new: Level) -> str:
    """Give the interval of the change, draw against draw: what both years share cancels."""
    if old.draws is None or new.draws is None or old.draws.shape != new.draws.shape or not (old.draws > 0).all():
        return ""
    low, high = np.quantile(100 * (new.draws / old.draws - 1), (0.025, 0.975))
    return f"95 % interval {interval(float(low), float(high), '%')}, draw against draw"


def _targets(facts: Facts, form: Declared, ledger: str, row: str, base: int | None) -> list[Line]:
    if ledger != "total":
        return []  # a target is set for both categories together
    targets = _both(facts, base)
    if not targets:
        return [
            form.line("target", row, blank(_NO_TARGET), "Target"),
            form.line("annual_target", row, blank(_NO_TARGET), ANNUAL),
        ]
    start = absent("the catalog names no base_year") if base is None else _level(facts, ledger, int(base))
    lines = []
    for year, cut in sorted(targets.items()):
        level = float(start.value) * (1 - cut) if isinstance(start.value, float) else None
        answer = absent(start.note) if level is None else Answer(level, f"{as_given(100 * cut)} % below the base year")
        lines.append(form.line("target", row, answer, f"Target ({year})"))
    last, cut = max(targets.items())
    rate = absent(start.note)
    if base is not None and last <= base:
        rate = absent("the base year is not before the target year")
    elif base is not None and isinstance(start.value, float):
        rate = Answer(100 * cut / (last - base), f"{as_given(100 * cut)} % over {last - base} years, linear")
    return [*lines, form.line("annual_target", row, rate, ANNUAL)]


def _both(facts: Facts, base: int | None) -> Mapping[int, float]:
    """Give the reductions of both categories by year: --target, else the group's from the same base year."""
    if facts.targets or isinstance(facts.aims, str):
        return facts.targets
    return {aim.year: aim.reduction for aim in facts.aims if (aim.ledger, aim.base_year) == ("total", base)}


def _statements(facts: Facts, form: Declared) -> list[Line]:
    methods = facts.methods
    method = "\n".join(facts.method_lines("standard", "boundary", "basis", "scenarios", "timing", "gwp"))
    lines = [
        form.line("screening", "", blank("The run covers categories 11 and 12 only; the screening is the company's.")),
        form.line("method", "", Answer(f"{method}\nTool: usephase, {methods['computed']}")),
        form.line("assumptions", "", Answer(f"{facts.assumed()} {methods['coverage']} {facts.uncertainty()}")),
        form.line("update", "", Answer(f"Computed {facts.run.meta['created']} (UTC).", "State the next update.")),
        form.line(
            "electricity", "",
            Answer(rests.location(facts.run)),
        ),
    ]  # fmt: skip
    return lines + [form.line("primary_share", row_of(ledger), facts.partners(ledger)) for ledger in LEDGERS]


def _of_2026(facts: Facts, form: Declared) -> Form:
    """Fill E1-8 and the targets of E1-6: two years, no target columns in the table."""
    before, now = facts.year - 1, facts.year
    columns = {f"Comparative year ({before})": before, f"Current year ({now})": now}
    lines: list[Line] = []
    for ledger in LEDGERS:
        row = row_of(ledger)
        lines += [form.line("gross", row, _level(facts, ledger, year), name) for name, year in columns.items()]
        lines.append(form.line("change", row, _change(facts, ledger), "% change"))
    lines += [form.line("significant_total", ALL, _all_known(facts, year), name) for name, year in columns.items()]
    for ledger in LEDGERS:
        found = facts.level(ledger, before)
        note = "By today's catalog and method. Where something else was published, it is restated by the difference."
        answer = absent(found) if isinstance(found, str) else Answer(found.mean, note)
        lines.append(form.line("restated", row_of(ledger), answer, next(iter(columns))))
    lines += [form.line(key, "", answer) for key, answer in _told_2026(facts).items()]
    lines += _aims_2026(facts, form)
    notes = [
        "Whether a category is significant the company judges: a category that is not is left out of the table.",
        "The comparative year, where the catalog has its sales, is computed with this run's catalog, method and draws.",
        "Avoided emissions and biogenic CO2 are in no figure; only Scope 1 has a biogenic line. "
        f"{rests.offsets(facts.run)}",
    ]
    return form.filled(lines, notes, facts.about())


def _all_known(facts: Facts, year: int) -> Answer:
    """Add the lines of the table scope3 to categories 11 and 12 of a year."""
    found, given = facts.level("total", year), facts.others
    if isinstance(found, str):
        return absent(found)
    lines = {name: x for (of, name), x in given.lines.items() if of == year and name in CATEGORIES}
    if not lines:
        return blank(f"Needs the other significant categories of {year}: write their emissions into the table scope3.")
    lacking = given.lacking(year)
    less = f" The table has no line of: {', '.join(lacking)}." if lacking else ""
    note = f"Categories 11 and 12 with the {len(lines)} categories that scope3 gives; take off what is not significant."
    return Answer(found.mean + sum(lines.values()), note + less)


def _told_2026(facts: Facts) -> dict[str, Answer]:
    methods = facts.methods
    shares = " ".join(f"{row_of(ledger)}: {facts.shares(ledger)}." for ledger in LEDGERS)
    told = facts.method_lines(
        "standard", "category_11", "category_12", "boundary", "basis", "scenarios", "timing"
    )  # fmt: skip
    size = _sizes(facts)
    screened = blank(size) if size.startswith("Needs") else Answer(size, "Add how the other lines were estimated.")
    return {
        "restated_reason": blank("usephase track --against names what changed since the base year was published."),
        "method": Answer("\n".join([*told, f"Unit: {UNIT}", facts.assumed()])),
        "proxies": Answer(
            f"By data_type, weighted by emissions: {shares} {facts.assumed()}",
            "Add what is planned: usephase rank names the inputs that matter most.",
        ),
        "changes": blank("usephase diff and usephase track name what changed; the run knows no earlier report."),
        "gwp": Answer(methods["gwp"], "Say why, where a set is not the newest of the IPCC."),
        "screening": screened,
        "criteria": blank("The standard sets no threshold; it names size, spend, influence, transition risk."),
        "priority": Answer(
            f"{rests.measured(facts.run)} {rests.known(facts.run)}",
            "Say how specific, timely, faithful and verified data were preferred.",
        ),
        "update": Answer(f"{facts.year}, computed {facts.run.meta['created']} (UTC)", "Add the other categories."),
        "uncertainty": Answer(f"{facts.assumed()} {methods['coverage']} {facts.uncertainty()}"),
        "levers": blank("usephase track --lever gives the part of each abatement measure; state what is planned."),
    }  # fmt: skip


def _sizes(facts: Facts) -> str:
    """Say what parts categories 11 and 12 are of scope 3, or what is needed for that."""
    year, other = facts.year, facts.others.other(facts.year)
    levels = [facts.level(ledger) for ledger in ("total", *LEDGERS)]
    if other is None or any(isinstance(level, str) for level in levels):
        return f"Needs all other categories of {year} in the table scope3; the run computes categories 11 and 12 only."
    total, *parts = (level.mean for level in levels if not isinstance(level, str))
    if not total + other:
        return f"Needs emissions: Scope 3 of {year} is 0."
    said = [f"{row_of(x)} {percent(part / (total + other))}" for x, part in zip(LEDGERS, parts, strict=True)]
    return f"Of Scope 3 of {year}, all 15 categories, by size: {'; '.join(said)}."


def _aims_2026(facts: Facts, form: Declared) -> Iterator[Line]:
    aims = facts.aims
    if isinstance(aims, str) or not aims:
        answer = absent(aims) if isinstance(aims, str) else blank(NO_TARGET)
        yield from (form.line(key, "", answer) for key in ("target", "target_scope", "coverage", "reference"))
        return
    for aim in aims:
        row, base = row_of(aim.ledger), _level(facts, aim.ledger, aim.base_year)
        yield form.line("target", row, base, f"Base year ({aim.base_year})")
        level = float(base.value) * (1 - aim.reduction) if isinstance(base.value, float) else None
        answer = absent(base.note) if level is None else Answer(level, f"{as_given(100 * aim.reduction)} % below it")
        yield form.line("target", row, answer, f"Target ({aim.year})")
    said = row_of(aims[-1].ledger)
    yield form.line(
        "target_scope", "", Answer(f"Scope 3 alone (100 %), {said}.", "Scopes 1 and 2 have targets of their own.")
    )
    yield from _tracked_2026(facts, form, aims[-1])


def _tracked_2026(facts: Facts, form: Declared, aim: "Aim") -> Iterator[Line]:
    """Give the coverage of a target, and what a path compatible with 1.5 °C leaves in its year."""
    track = facts.tracked
    if isinstance(track, str):
        yield from (form.line(key, "", absent(track)) for key in ("coverage", "reference"))
        return
    found = track.extras["coverage"]
    share = found["share"]
    known = "Of the base year's Scope 3, by the sales that the catalog lists."
    covers = blank(str(found["reason"])) if share is None else Answer(100 * float(share), known)
    yield form.line("coverage", "", covers)
    base = facts.level(aim.ledger, aim.base_year)
    for asked in track.extras["asked_for"]:
        if asked["ambition"] not in ALIGNED:
            continue
        row, cut = f"{row_of(aim.ledger)}, by {asked['pack']}", asked["reduction"]
        if cut is None or isinstance(base, str):
            answer = absent(str(asked["reason"] if cut is None else base))
        else:
            note = f"{as_given(round(100 * cut, 1))} % below {aim.base_year}; a cross-sector path, no sector's own."
            answer = Answer(base.mean * (1 - cut), note)
        yield form.line("reference", row, answer, f"1.5 °C ({aim.year})")
