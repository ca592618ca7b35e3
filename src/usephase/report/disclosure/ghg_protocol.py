"""The GHG Protocol's reporting of categories 11 and 12: figures and the statements that the standard requires."""

from collections.abc import Callable, Iterator

from usephase.catalog.schema import DEFAULT
from usephase.insight.quality.assess import numbers
from usephase.report import rests
from usephase.report.disclosure.facts import LEDGERS, Facts, row_of
from usephase.report.disclosure.form import Answer, Form, Line, absent, blank, declared
from usephase.report.rounding import amount, interval
from usephase.results.run import UNIT

_LISTED = "As the run's assumption register has them"


def ghg_protocol(facts: Facts) -> Form:
    """Fill the GHG Protocol form of a run."""
    form = declared("ghg-protocol", facts.edition, facts.year)
    lines: list[Line] = []
    for ledger in LEDGERS:
        row = row_of(ledger)
        lines += [form.line(key, row, answer(facts, ledger)) for key, answer in _BY_CATEGORY.items()]
    lines += [form.line(key, "", answer) for key, answer in {**_general(facts), **_method(facts)}.items()]
    lines += [form.line(key, "", answer) for key, answer in {**_apart(facts), **_company(facts)}.items()]
    lines += [form.line(key, row, answer) for key, row, answer in _durability(facts)]
    lines += [form.line("tier", row, answer, tier) for row, tier, answer in _tiers(facts)]
    lines.append(form.line("required_95", "", _quantified(facts)))
    notes = [
        "shall: required by the standard; should: recommended; may: optional; proposed: of the revision under way.",
        "Avoided emissions are never netted; biogenic CO2 is in no category.",
    ]
    return form.filled(lines, notes, facts.about())


def _emissions(facts: Facts, ledger: str) -> Answer:
    found = facts.level(ledger)
    return absent("the run has no such figure") if isinstance(found, str) else Answer(found.mean, facts.explain(ledger))


def _base_emissions(facts: Facts, ledger: str) -> Answer:
    base = facts.run.meta.get("base_year")
    if base is None:
        return absent("the catalog names no base_year")
    found = facts.level(ledger, int(base))
    if isinstance(found, str):
        return absent(found)
    return Answer(found.mean, f"{base}, computed with this run's catalog, method and draws. {found.parts}".strip())


def _uncertainty(facts: Facts, ledger: str) -> Answer:
    found = facts.level(ledger)
    if isinstance(found, str):
        return absent("the run has no such figure")
    return Answer(f"{found.spread[:1].upper()}{found.spread[1:]}. {facts.uncertainty()}")


def _types(facts: Facts, ledger: str) -> Answer:
    return Answer(facts.shares(ledger), "Shares of the emissions by the column data_type; an aid, not a verification.")


TIERS = {
    "Specific": ("primary",), "Other": ("secondary", "default"), "Spend-based": (), "Unclassified": ("estimate",),
}  # fmt: skip
"""Tiers of the draft, and the types of data that are theirs."""


def _tiers(facts: Facts) -> Iterator[tuple[str, str, Answer]]:
    """Share the emissions of each category out to the draft's tiers, by the types of data that they rest on."""
    for ledger in LEDGERS:
        found = facts.level(ledger)
        for tier, types in TIERS.items():
            shares = [facts.quality.share(ledger, name) for name in types]
            if isinstance(found, str) or any(share is None for share in shares):
                yield row_of(ledger), tier, absent("The register does not explain this category.")
                continue
            named = " and ".join(types)
            note = f"data_type {named}, weighted by emissions" if types else "nothing is computed from spending"
            t = found.mean * sum(share for share in shares if share is not None)
            yield row_of(ledger), tier, Answer(t, f"{note[:1].upper()}{note[1:]}.")


def _quantified(facts: Facts) -> Answer:
    """Hold the required emissions against 95 %: what is listed and what is extrapolated are both quantified."""
    found = facts.level("total")
    if isinstance(found, str) or not found.mean:
        return absent("the run has no required emissions")
    excluded = str(facts.run.meta.get("excluded", ""))
    if excluded:
        return blank(f"Left out for good: {excluded}. Estimate its emissions; with them the share is below 100 %.")
    note = f"Of categories 11 and 12; indirect use and maintenance are optional and not in it. {found.parts}".strip()
    return Answer(100.0, f"{note} Other categories, and what the catalog does not know, the reporter adds.")


def _extrapolated(facts: Facts, ledger: str) -> Answer:
    found = facts.run.select(ledger, "coverage")
    found = found[found["group"] == "extrapolated"]
    if found.empty:
        return absent("the catalog states no coverage below 1")
    low, high = float(found["p2_5"].iloc[0]), float(found["p97_5"].iloc[0])
    return Answer(float(found["mean"].iloc[0]), f"In the emissions; 95 % interval {interval(low, high, UNIT)}")


_BY_CATEGORY: dict[str, Callable[[Facts, str], Answer]] = {
    "emissions": _emissions,
    "base_emissions": _base_emissions,
    "partners": lambda facts, ledger: facts.partners(ledger),
    "quality": lambda facts, ledger: Answer(f"{facts.scores(ledger)} Types of data: {facts.shares(ledger)}."),
    "uncertainty": _uncertainty,
    "extrapolated": _extrapolated,
    "by_type": _types,
}


def _general(facts: Facts) -> dict[str, Answer]:
    base, company = facts.run.meta.get("base_year"), facts.run.meta.get("company")
    return {
        "company": Answer(str(company)) if company else blank("The catalog names no company."),
        "year": Answer(str(facts.year)),
        "trades": Answer(rests.offsets(facts.run)),
        "base_year": Answer(str(base)) if base is not None else blank("The catalog names no base_year."),
        "recalculation": blank(
            "State the policy and the threshold. The standard's example is 10 %; a significant change of the "
            "assumptions on use recalculates the base year, growth and real changes of factors do not [V: STD 9.3]."
        ),
    }


def _method(facts: Facts) -> dict[str, Answer]:
    methods = facts.methods
    lives = facts.listed("lifetimes", "mean")
    routes = len(facts.run.register[facts.run.register["table"].isin(("end_of_life", "treatments"))])
    sources = sorted({str(x) for x in numbers(facts.run.register)["source"] if x and x != DEFAULT})
    listed = f"{len(sources):,} sources, among them: {'; '.join(sources[:8])}." if sources else "No source is named."
    return {
        "method": Answer("\n".join(methods[name] for name in ("standard", "category_11", "category_12", "boundary"))),
        "profiles": Answer(f"{_LISTED}: {facts.listed('use_profiles', 'amount')}."),
        "lifetimes": Answer(f"{_LISTED} (means): {lives}."),
        "waste": Answer(f"{methods['category_12']} {methods['apart']} The register lists {routes:,} values."),
        "time": Answer(f"{methods['timing']} {methods['basis']}"),
        "allocation": Answer(f"{_LISTED}, share of a product's emissions booked to it (1 where none is listed): "
                             f"{facts.listed('products', 'allocation')}."),
        "gwp": Answer(methods["gwp"]),
        "data": Answer(f"{facts.assumed()} {listed}"),
        "exclusions": Answer(
            f"{methods['optional']} {methods['coverage']}",
            "Add what else is left out, and why: the run knows only what the catalog lists.",
        ),
        "required_optional": Answer("; ".join(
            f"{line}: {flag}" for line, flag in zip(
                facts.quality.lines["line"], facts.quality.lines["requirement"], strict=True)
        ) + "."),
    }  # fmt: skip


def _apart(facts: Facts) -> dict[str, Answer]:
    out = {}
    for phase in ("indirect", "maintenance"):
        found = facts.optional(phase)
        none = absent("the catalog has no such use: nothing was computed")
        out[phase] = none if found is None else Answer(float(found["mean"]), "Optional; in no total.")
    biogenic, avoided = facts.row("biogenic_co2"), facts.row("avoided")
    joint = "Of both categories; in neither. Only CO2 of combustion and biodegradation; CH4 and N2O stay in."
    out["biogenic"] = absent("nothing biogenic was computed") if biogenic is None else Answer(
        float(biogenic["mean"]), joint
    )  # fmt: skip
    out["avoided"] = absent("no avoided emissions were computed") if avoided is None else Answer(
        float(avoided["mean"]), "Never included in a category nor deducted from one."
    )  # fmt: skip
    out["avoided_statement"] = blank("State baseline, boundary, period and completeness, or leave the line out.")
    return out


def _company(facts: Facts) -> dict[str, Answer]:
    service = facts.run.service
    rows = service[service["ledger"] == "total"] if (service["ledger"] == "total").any() else service
    listed = "; ".join(
        f"{row['product']}, {row['mode']} ({row['ledger']}): "
        f"{amount(float(row['mean']), float(row['p2_5']), float(row['p97_5']), str(row['unit']))}"
        for row in rows.head(30).to_dict("records")
    )
    more = f"; and {len(rows) - 30} more in the workbook" if len(rows) > 30 else ""
    return {
        "intensity": Answer(f"{listed}{more}.") if listed else absent("no product has a service_mode"),
        "why": blank("usephase track splits the change into volume, mix, energy, life, grid and end of life."),
        "standards": blank("The run does not know which products meet a standard or carry a certificate."),
        "excluded_products": facts.excluded("Name products that the catalog leaves out, with an estimate."),
        "qualitative": Answer(
            f"{facts.methods['interval']} How well the model itself fits, the reporter states.",
        ),
        "assurance": blank(facts.verified()),
    }


def _durability(facts: Facts) -> list[tuple[str, str, Answer]]:
    """Answer the fields on annual emissions, lives by family, and historic and future emissions."""
    found = facts.durability
    if isinstance(found, str):
        return [(key, "", absent(found)) for key in ("annual", "lifetime", "occurred", "future")]
    drawn = f"{found.draws:,} draws; the workbook of usephase track --out lists it by sale year."
    drawn = f"{drawn} {facts.listed_only}".strip()
    annual = f"Category 11 of the units sold in {facts.year}, in {found.annual_year}: the first whole calendar year"
    note = f"{annual} after the sale. {_range(found.annual, UNIT)}; {found.draws:,} draws. {facts.listed_only}".strip()
    out = [("annual", "", Answer(found.annual["mean"], note))]
    if found.life is None:
        out.append(("lifetime", "", absent("no product has a life")))
    else:
        over = "All products with a life, weighted by the units sold"
        out.append(("lifetime", "All families", Answer(found.life["mean"], f"{over}. {_range(found.life, 'yr')}.")))
    out += [("lifetime", name, Answer(x["mean"], f"{_range(x, 'yr')}.")) for name, x in found.lives.items()]
    both = f"Both categories of the units sold in {facts.year}"
    out.append(("occurred", "", Answer(
        found.occurred["mean"], f"{both}, up to the end of {facts.year}. {_range(found.occurred, UNIT)}; {drawn}"
    )))  # fmt: skip
    out.append(("future", "", Answer(
        found.expected["mean"], f"{both}, after {facts.year}. {_range(found.expected, UNIT)}; {drawn}"
    )))  # fmt: skip
    return out


def _range(found: dict[str, float], unit: str) -> str:
    return f"95 % interval {interval(found['p2_5'], found['p97_5'], unit, value=found['mean'])}"
