"""CDP: base year, Scope 3 table, past years and absolute targets of categories 11 and 12, within the limits."""

from collections.abc import Iterator, Mapping

from usephase.report import rests
from usephase.report.disclosure.facts import LEDGERS, NO_TARGET, Facts
from usephase.report.disclosure.form import Answer, Declared, Form, Line, absent, blank, declared
from usephase.report.rounding import amount, as_given
from usephase.results.run import UNIT

NO_BASE = "the catalog names no base_year"


def cdp(facts: Facts) -> Form:
    """Fill the CDP modules of a run: other years are computed from the stored catalog, on the same draws."""
    form = declared("cdp", facts.edition, facts.year)
    rows = dict(zip(LEDGERS, form.rows, strict=True))
    lines: list[Line] = []
    for ledger, row in rows.items():
        lines += [form.line(key, row, answer) for key, answer in _answers(facts, ledger).items()]
    lines += [*_base_year(facts, form, rows), *_past_years(facts, form, rows), *_targets(facts, form, rows)]
    lines += [form.line(key, "", answer) for key, answer in _company(facts).items()]
    notes = [
        "A past year is computed with this run's catalog, method and draws, not copied from what was published then.",
        "A target covers the categories whole, with the sales that the catalog does not list.",
        "Emissions are those expected over the whole life of the units sold in the year; avoided emissions and "
        "biogenic CO2 are in neither row.",
        "The evaluation status and the methods are proposals from what was computed; compare the option texts with the "
        "questionnaire.",
    ]
    return form.filled(lines, notes, facts.about())


def _answers(facts: Facts, ledger: str) -> dict[str, Answer]:
    found = facts.level(ledger)
    if isinstance(found, str) or not found.mean:
        reason = "Nothing that the catalog lists emits in this category; say whether the category is relevant."
        return {
            "status": blank(reason), "emissions": absent(reason), "methodology": blank(reason),
            "supplier_share": facts.partners(ledger), "explain": blank(reason),
        }  # fmt: skip
    return {
        "status": Answer("Relevant, calculated", "Proposed: the run computed it. Relevance is the company's to judge."),
        "emissions": Answer(found.mean, facts.explain(ledger)),
        "methodology": _method(facts, ledger),
        "supplier_share": facts.partners(ledger),
        "explain": Answer(_explain(facts, ledger)),
    }


def _base_year(facts: Facts, form: Declared, rows: Mapping[str, str]) -> Iterator[Line]:
    """Give module 7.5: end, emissions and method of the base year."""
    base = facts.run.meta.get("base_year")
    for ledger, row in rows.items():
        if base is None:
            yield from (form.line(key, row, absent(NO_BASE)) for key in ("base_end", "base_emissions", "base_method"))
            continue
        year = "The sale year taken as the calendar year; write the end of the financial year where that is another."
        yield form.line("base_end", row, Answer(f"{base}-12-31", year))
        yield form.line("base_emissions", row, _of_year(facts, ledger, int(base)))
        how = f"Sales of {base} with the catalog, method and draws of the reporting year {facts.year}."
        yield form.line("base_method", row, Answer(f"{how} {facts.methods[ledger]} {facts.methods['boundary']}"))


def _past_years(facts: Facts, form: Declared, rows: Mapping[str, str]) -> Iterator[Line]:
    """Give modules 1.4 and 7.8.1: every earlier sale year of the catalog."""
    past = [year for year in reversed(facts.years) if year < facts.year]
    none = absent(
        f"the catalog has no sales before {facts.year}" if facts.years else str(facts.of_year(facts.year - 1))
    )
    count = Answer(str(len(past)), f"Those that the catalog has sales of: {', '.join(map(str, past))}. Restate or not.")
    yield form.line("past_count", "", count if past else none)
    for ledger, row in rows.items():
        for year in past:
            yield form.line("past_emissions", row, _of_year(facts, ledger, year), f"Past year ({year})")
        if not past:
            yield form.line("past_emissions", row, none)


def _of_year(facts: Facts, ledger: str, year: int) -> Answer:
    found = facts.level(ledger, year)
    return absent(found) if isinstance(found, str) else Answer(found.mean, found.note)


def _targets(facts: Facts, form: Declared, rows: Mapping[str, str]) -> Iterator[Line]:
    """Give module 7.53.1, a column a target."""
    aims = facts.aims
    if isinstance(aims, str) or not aims:
        answer = absent(aims) if isinstance(aims, str) else blank(NO_TARGET)
        yield from (form.line(key, "", answer) for key in _TARGET)
        return
    for aim in aims:
        column, whole = f"Target ({aim.year})", "Categories covered"
        yield form.line(
            "target_end", whole, Answer(f"{aim.year}-12-31", aim.name and f"{aim.name} ({aim.status})"), column
        )
        yield form.line("target_reduction", whole, Answer(100 * aim.reduction), column)
        then, now = (facts.level(aim.ledger, year) for year in (aim.base_year, facts.year))
        for key, year in {"base_covered": aim.base_year, "now_covered": facts.year}.items():
            for ledger, row in rows.items():
                covered = aim.ledger in ("total", ledger)
                answer = _of_year(facts, ledger, year) if covered else Answer(0.0, "The target does not cover it.")
                yield form.line(key, row, answer, column)
            yield form.line(key, whole, _of_year(facts, aim.ledger, year), column)
        if isinstance(then, str) or isinstance(now, str):
            answer = absent(then if isinstance(then, str) else str(now))
            yield from (form.line(key, whole, answer, column) for key in ("end_emissions", "achieved"))
            continue
        percent = as_given(100 * aim.reduction)
        end = Answer(then.mean * (1 - aim.reduction), f"(100 - {percent}) / 100 of the base year's emissions covered")
        yield form.line("end_emissions", whole, end, column)
        achieved = absent("the target asks for no reduction, or its base year has no emissions")
        if then.mean * aim.reduction:
            done = 100 * (then.mean - now.mean) / (then.mean * aim.reduction)
            achieved = Answer(
                done,
                f"By the means: ({as_given(then.mean)} - {as_given(now.mean)}) / ({as_given(then.mean)} × {percent} %)",
            )
        yield form.line("achieved", whole, achieved, column)


_TARGET = ("target_end", "target_reduction", "base_covered", "now_covered", "end_emissions", "achieved")


def _company(facts: Facts) -> dict[str, Answer]:
    return {
        "verification": blank(facts.verified()),
        "intensity_target": blank("Not filled here: usephase track tells levels per unit, mass, service and revenue."),
        "net_zero": blank("The run knows no net-zero target of the company."),
        "low_carbon": blank("The run does not know which products a taxonomy counts, nor their revenue."),
    }


def _method(facts: Facts, ledger: str) -> Answer:
    found = _methods(facts, ledger)
    if not found:
        return blank("All of it is refrigerant that escapes at the end of life: charge, loss and warming potential.")
    return Answer(found, "Proposed from what the run computed.")


def _methods(facts: Facts, ledger: str) -> tuple[str, ...]:
    if ledger == "category_12":
        routes = facts.run.select("category_12", "component")
        treated = ((routes["group"] != "refrigerant") & (routes["mean"] > 0)).any()
        # Gas that escapes is no waste that is treated: the company names that method.
        return ("Waste-type-specific method",) if treated else ()
    # Indirect use is computed but not in the figure reported, so its method is not claimed.
    return ("Methodology for direct use phase emissions",)


def _explain(facts: Facts, ledger: str) -> str:
    methods = facts.methods
    parts = [
        methods[ledger],
        facts.explain(ledger),
        f"Headline: {facts.headline()}.",
    ]
    if ledger == "category_11":
        for phase in ("indirect", "maintenance"):
            found = facts.optional(phase)
            if found is not None:
                size = amount(float(found["mean"]), float(found["p2_5"]), float(found["p97_5"]), UNIT)
                parts.append(f"Optional, not included: {phase} {size}.")
    # What a reader needs most comes first: the field takes few characters.
    parts.append(methods["coverage"])
    if ledger == "category_11":
        parts += [rests.boundaries(facts.run), f"Grid scenarios: {methods['scenarios']}"]
        parts += [told] if (told := facts.under_scenarios(ledger)) else []
    parts += [
        methods["gwp"],
        f"Data: {facts.shares(ledger)} (weighted by emissions).",
        rests.known(facts.run),
        methods["apart"].split(". ")[0] + ".",
        methods["biogenic"],
    ]
    return " ".join(parts)
