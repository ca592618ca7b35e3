"""The CDP table of Scope 3 emissions: the rows of categories 11 and 12, within the field limits."""

from usephase.report import rests
from usephase.report.disclosure.facts import Facts
from usephase.report.disclosure.form import Answer, Form, Line, absent, blank, declared
from usephase.report.rounding import amount
from usephase.results.run import UNIT

_LEDGERS = ("category_11", "category_12")


def cdp(facts: Facts) -> Form:
    """Fill the CDP rows of a run."""
    form = declared("cdp")
    lines: list[Line] = []
    for ledger, row in zip(_LEDGERS, form.rows, strict=True):
        lines += [form.line(key, row, answer) for key, answer in _answers(facts, ledger).items()]
    notes = [
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
        methods["Category 11" if ledger == "category_11" else "Category 12"],
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
    parts.append(methods["Coverage"])
    if ledger == "category_11":
        parts += [rests.boundaries(facts.run), f"Grid scenarios: {methods['Grid scenarios']}"]
    parts += [
        methods["Global warming potentials"],
        f"Data: {facts.shares(ledger)} (weighted by emissions).",
        rests.known(facts.run),
        methods["Ledgers apart"].split(". ")[0] + ".",
        methods["Biogenic CO2"],
    ]
    return " ".join(parts)
