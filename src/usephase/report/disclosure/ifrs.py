"""IFRS S2 and S1: gross emissions of categories 11 and 12, their inputs, assumptions and measurement uncertainty."""

from usephase.insight.quality.assess import uncertain
from usephase.report import rests
from usephase.report.disclosure.facts import LEDGERS, NOTHING, Facts, row_of
from usephase.report.disclosure.form import Answer, Form, Line, absent, blank, declared
from usephase.report.language import capital, language


def ifrs(facts: Facts) -> Form:
    """Fill the IFRS disclosures of a run."""
    form = declared("ifrs", facts.edition, facts.year)
    methods = facts.methods
    lines: list[Line] = []
    for ledger in LEDGERS:
        row, found = row_of(ledger), facts.level(ledger)
        if isinstance(found, str):
            lines += [form.line(key, row, absent("the run has no such figure")) for key in ("gross", "low", "high")]
        else:
            note = found.parts if found.mean or found.high else NOTHING
            lines.append(form.line("gross", row, Answer(found.mean, note)))
            for key, end in {"low": found.low, "high": found.high}.items():
                lines.append(form.line(key, row, absent(found.spread) if end is None else Answer(end, note)))
        share = facts.quality.share(ledger, "primary")
        note = f"By data_type in the register, weighted by emissions: {facts.shares(ledger)}. Confirm it."
        answer = absent(facts.shares(ledger)) if share is None else Answer(100 * share, note)
        lines += [
            form.line("primary", row, answer),
            form.line("verified", row, blank(facts.verified())),
            form.line("faithful", row, Answer(facts.scores(ledger))),
        ]
    for (basis, boundary), mean in facts.choices().items():
        column = capital(f"{language()('basis.' + basis)}, {language()('boundary.' + boundary)}")
        headline = facts.mean("total")
        note = f"{100 * (mean / headline - 1):+.1f} % of the headline ({facts.headline()})" if headline else ""
        note = f"{note}. {facts.listed_only}".strip(". ") + "." * bool(note)
        lines.append(form.line("sensitivity", "Categories 11 and 12", Answer(mean, note), column))
    if not facts.choices():
        lines.append(form.line("sensitivity", "", absent("the run has no figures under other choices")))
    approach = " ".join(methods[name] for name in ("standard", "category_11", "category_12", "boundary", "basis"))
    lines += [
        form.line("categories", "", Answer("Category 11 and Category 12.", "Add the categories that others hold.")),
        form.line("approach", "", Answer(approach, "Add why the approach was chosen.")),
        form.line(
            "direct_measurement", "",
            Answer(rests.measured(facts.run), "Say which of them were metered in the field."),
        ),
        form.line("assumptions", "", Answer(f"{facts.assumed()} {methods['coverage']}")),
        form.line(
            "sources", "",
            Answer(f"{facts.uncertainty()} {_uncertain(facts)}", "usephase rank RUN names what matters most."),
        ),
    ]  # fmt: skip
    notes = [
        "Primary data are values whose rows say so in the column data_type; nobody has verified that by this form.",
    ]
    return form.filled(lines, notes, facts.about())


def _uncertain(facts: Facts) -> str:
    """Count what is uncertain by table."""
    register = facts.run.register
    counts = register[uncertain(register)]["table"].value_counts()
    if counts.empty:
        return "No value of the register carries an error."
    listed = ", ".join(f"{table} {count:,}" for table, count in counts.items())
    return f"Values with an error, by table: {listed}."
