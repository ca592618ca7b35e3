"""ESRS E1-6: gross Scope 3 emissions with base year, previous year, reporting year, change and target columns."""

import numpy as np

from usephase.report import rests
from usephase.report.disclosure.facts import LEDGERS, Facts, Level
from usephase.report.disclosure.form import Answer, Declared, Form, Line, absent, blank, declared
from usephase.report.language.words import SHORT_LEDGERS
from usephase.report.rounding import as_given, interval

ROWS = {**SHORT_LEDGERS, "total": "Categories 11 and 12", "biogenic_co2": "Biogenic CO2, separate"}
BASE, PREVIOUS, NOW, CHANGE, ANNUAL = "Base year", "N-1", "N", "% N / N-1", "Annual % target / base year"
_NO_TARGET = "The run does not know the company's target: name it with --target YEAR=PERCENT."


def esrs(facts: Facts) -> Form:
    """Fill ESRS E1-6 for categories 11 and 12; other years are estimated from the stored catalog, on the same draws."""
    form = declared("esrs")
    base = facts.run.meta.get("base_year")
    lines: list[Line] = []
    for ledger, row in ROWS.items():
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
    if not facts.targets:
        return [
            form.line("target", row, blank(_NO_TARGET), "Target"),
            form.line("annual_target", row, blank(_NO_TARGET), ANNUAL),
        ]
    start = absent("the catalog names no base_year") if base is None else _level(facts, ledger, int(base))
    lines = []
    for year, cut in sorted(facts.targets.items()):
        level = float(start.value) * (1 - cut) if isinstance(start.value, float) else None
        answer = absent(start.note) if level is None else Answer(level, f"{as_given(100 * cut)} % below the base year")
        lines.append(form.line("target", row, answer, f"Target ({year})"))
    last, cut = max(facts.targets.items())
    rate = absent(start.note)
    if base is not None and last <= base:
        rate = absent("the base year is not before the target year")
    elif base is not None and isinstance(start.value, float):
        rate = Answer(100 * cut / (last - base), f"{as_given(100 * cut)} % over {last - base} years, linear")
    return [*lines, form.line("annual_target", row, rate, ANNUAL)]


def _statements(facts: Facts, form: Declared) -> list[Line]:
    methods = facts.methods
    method = "\n".join(
        f"{name}: {methods[name]}"
        for name in ("Standard", "Boundary", "Grid basis", "Grid scenarios", "Timing", "Global warming potentials")
    )
    lines = [
        form.line("screening", "", blank("The run covers categories 11 and 12 only; the screening is the company's.")),
        form.line("method", "", Answer(f"{method}\nTool: usephase, {methods['Computed']}")),
        form.line("assumptions", "", Answer(f"{facts.assumed()} {methods['Coverage']} {facts.uncertainty()}")),
        form.line("update", "", Answer(f"Computed {facts.run.meta['created']} (UTC).", "State the next update.")),
        form.line(
            "electricity", "",
            Answer(rests.location(facts.run)),
        ),
    ]  # fmt: skip
    return lines + [form.line("primary_share", ROWS[ledger], facts.partners(ledger)) for ledger in LEDGERS]
