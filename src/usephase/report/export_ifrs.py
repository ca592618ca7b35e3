"""IFRS S2 and S1: gross emissions of categories 11 and 12, their inputs, assumptions and measurement uncertainty."""

from usephase.report.export_facts import LEDGERS, NOT_VERIFIED, Facts
from usephase.report.export_form import Answer, Form, Line, absent, blank, declared
from usephase.report.words import BASES, BOUNDARIES, SHORT_LEDGERS


def ifrs(facts: Facts) -> Form:
    """Fill the IFRS disclosures of a run."""
    form = declared("ifrs")
    methods = facts.methods
    lines: list[Line] = []
    for ledger in LEDGERS:
        row, found = SHORT_LEDGERS[ledger], facts.row(ledger)
        for key, name in {"gross": "mean", "low": "p2_5", "high": "p97_5"}.items():
            answer = absent("the run has no such figure") if found is None else Answer(float(found[name]))
            lines.append(form.line(key, row, answer))
        share = facts.quality.share(ledger, "primary")
        note = f"By the sources and scores in the register, weighted by emissions: {facts.shares(ledger)}. Confirm it."
        answer = absent(facts.shares(ledger)) if share is None else Answer(100 * share, note)
        lines += [
            form.line("primary", row, answer),
            form.line("verified", row, blank(NOT_VERIFIED)),
            form.line("faithful", row, Answer(facts.scores(ledger))),
        ]
    for (basis, boundary), mean in facts.others().items():
        column = f"{BASES[basis]}, {BOUNDARIES[boundary].lower()}"
        headline = facts.mean("total")
        note = f"{100 * (mean / headline - 1):+.1f} % of the headline ({facts.headline()})" if headline else ""
        lines.append(form.line("sensitivity", "Categories 11 and 12", Answer(mean, note), column))
    if not facts.others():
        lines.append(form.line("sensitivity", "", absent("the run has no figures under other choices")))
    approach = " ".join(methods[name] for name in ("Standard", "Category 11", "Category 12", "Boundary", "Grid basis"))
    lines += [
        form.line("categories", "", Answer("Category 11 and Category 12.", "Add the categories that others hold.")),
        form.line("approach", "", Answer(approach, "Add why the approach was chosen.")),
        form.line(
            "direct_measurement", "",
            Answer("None of the use in the field is measured by this run: emissions are estimated as activity data "
                   "times emission factors.", "Amend it if rates or use were metered in the field."),
        ),
        form.line("assumptions", "", Answer(f"{facts.assumed()} {methods['Coverage']}")),
        form.line(
            "sources", "",
            Answer(f"{facts.uncertainty()} {_uncertain(facts)}", "usephase rank RUN names what matters most."),
        ),
    ]  # fmt: skip
    notes = [
        "Primary data are values of the company's own tables whose source does not call them assumed, estimated or "
        "generic; nobody has verified that by this form.",
    ]
    return form.filled(lines, notes, facts.about())


def _uncertain(facts: Facts) -> str:
    """Count what is uncertain by table."""
    register = facts.run.register
    counts = register[register["distribution"] != "fixed"]["table"].value_counts()
    if counts.empty:
        return "No value of the register carries an error."
    listed = ", ".join(f"{table} {count:,}" for table, count in counts.items())
    return f"Values with an error, by table: {listed}."
