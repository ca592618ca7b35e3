"""SBTi: the inventory of base and most recent year, the target record, its coverage and progress."""

from collections.abc import Iterator, Mapping
from typing import Any

from usephase.catalog.schema import CATEGORIES, SCOPES
from usephase.insight.rules import BY_DAY, read_pack
from usephase.insight.tracking.track import Track
from usephase.report import rests
from usephase.report.disclosure.declared import declared_share
from usephase.report.disclosure.facts import NO_TARGET, Facts
from usephase.report.disclosure.form import Answer, Declared, Form, Line, absent, blank, declared
from usephase.report.language import language
from usephase.report.language.targets import asked_for, told_of
from usephase.report.rounding import as_given, interval
from usephase.results.run import UNIT

NAMES = {
    "11": "use of sold products", "12": "end-of-life treatment of sold products", "scope1": "Scope 1",
    "scope2": "Scope 2",
}  # fmt: skip
INTENSIVE = {
    "Products that burn fossil fuel": ("combustion", "fuel_upstream"),
    "Products that use electricity": ("generation", "losses", "upstream"),
    "Products that emit gases": ("refrigerant",),
}
"""What emits, and the components of Category 11 that are its."""


def sbti(facts: Facts) -> Form:
    """Fill what a submission asks for; years, target and progress are tracked on the run's own draws."""
    form = declared("sbti", facts.edition, facts.year)
    track = facts.tracked
    lines: list[Line] = []
    if isinstance(track, str):
        lines += [form.line(key, "", absent(track)) for key in ("line", "share")]
    else:
        lines += _inventory(form, track)
    lines += _around(facts, form)
    lines += _aligned(facts, form, track)
    lines += _target(facts, form, track)
    notes = [
        "Categories 11 and 12, and the levels of the target, are computed, with the sales that the catalog does not "
        "list; the other lines are those of the table scope3, as given.",
        f"Avoided emissions and offsets count towards no target here. {rests.offsets(facts.run)}",
    ]
    return form.filled(lines, notes, facts.about())


def _inventory(form: Declared, track: Track) -> Iterator[Line]:
    """Give every line of the inventory of base and reporting year, and each category's share."""
    least = read_pack(BY_DAY[0]).value("significant_category")
    rows: list[Any] = track.tables["footprint"].to_dict("records") or _computed(track)
    for year in dict.fromkeys(row["year"] for row in rows):
        mine = {row["category"]: row for row in rows if row["year"] == year}
        called = "Base year" if year == track.meta["base_year"] else "Most recent year"
        column = f"{called} ({year})"
        for name, row in mine.items():
            yield form.line("line", _named(name), _amount(row), column)
        known = [mine[name]["mean"] for name in CATEGORIES[:14] if name in mine]
        whole = None if any(x is None for x in known) or len(known) < 14 else sum(known)
        if not whole:
            yield form.line("share", "", blank(f"Needs all of categories 1 to 14 of {year} in scope3."), column)
            continue
        for name in CATEGORIES[:14]:
            mean = mine[name]["mean"]
            significant = least is not None and mean / whole >= least
            said = f"{'significant' if significant else 'not significant'} (5 % of categories 1 to 14)"
            chance = mine[name].get("probability_significant")
            if chance is not None and chance == chance:
                said += f"; probability that it is: {_plain([language().chance(chance, track.meta['draws'])])[0]}"
            yield form.line("share", _named(name), Answer(100 * mean / whole, said), column)


def _computed(track: Track) -> list[dict[str, Any]]:
    """Give categories 11 and 12 where the catalog has no other line."""
    years = track.years.to_dict("records")
    wanted = dict.fromkeys((track.meta["base_year"], track.meta["reporting_year"]))
    return [
        {"year": year, "category": name, "known": "lacking", "mean": None}
        if name not in ("11", "12")
        else {
            "year": year,
            "category": name,
            "known": "computed",
            "mean": row[f"category_{name}"] + row[f"unlisted_{name}"],
        }
        for year in wanted
        for row in years
        if row["year"] == year
        for name in (*SCOPES, *CATEGORIES)
    ]


def _named(category: str) -> str:
    name = NAMES.get(category, "")
    return name if category in SCOPES else f"Category {category}" + (f", {name}" if name else "")


def _amount(row: Mapping[Any, Any]) -> Answer:
    if row["mean"] is None:
        return blank("Not in the table scope3: write its emissions there, 0 where there is nothing.")
    if row["known"] == "given":
        return Answer(float(row["mean"]), "As the table scope3 gives it.")
    low, high = row.get("p2_5"), row.get("p97_5")
    said = "" if low is None or high is None else f", 95 % interval {interval(low, high, UNIT, value=row['mean'])}"
    return Answer(float(row["mean"]), f"Computed{said}.")


def _around(facts: Facts, form: Declared) -> Iterator[Line]:
    """Give optional emissions, emission-intensive activities, and what the company states."""
    year = f"Most recent year ({facts.year})"
    for phase in ("indirect", "maintenance"):
        found = facts.optional(phase)
        mean = 0.0 if found is None else float(found["mean"])
        yield form.line("optional", f"{phase.capitalize()} use" if phase == "indirect" else "Maintenance",
                        Answer(mean, "In no total and in no target."), year)  # fmt: skip
    meta = facts.run.meta
    parts = facts.run.select("category_11", "component", grid_basis=meta["grid_basis"], boundary=meta["boundary"])
    by = dict(zip(parts["group"], parts["mean"], strict=True))
    for name, components in INTENSIVE.items():
        amount = sum(float(by.get(component, 0.0)) for component in components)
        yield form.line("intensive", name, Answer(amount, "Of the sales that the catalog lists."), year)
    yield form.line("excluded", "", facts.excluded("The run cannot know what the inventory leaves out, nor why."))
    yield form.line("gaps", "", Answer(f"{facts.assumed()} {facts.methods['coverage']} {facts.uncertainty()}"))
    yield form.line("assurance", "", blank(facts.verified()))


def _aligned(facts: Facts, form: Declared, track: Track | str) -> Iterator[Line]:
    """Give the shares of products that the company declares aligned, in base year, most recent and target year."""
    years = {f"Most recent year ({facts.year})": facts.year}
    if not isinstance(track, str):
        base, end = track.meta["base_year"], track.rules["target_year"]
        years = {f"Base year ({base})": base, **years} | ({f"Target year ({end})": end} if end else {})
    resolved = facts.resolved
    for key in ("aligned", "circular"):
        for column, year in years.items():
            for by in ("units", "revenue"):
                answer = (
                    blank(f"The stored catalog cannot be read any more ({resolved}).")
                    if isinstance(resolved, str)
                    else declared_share(resolved, key, year, by)
                )
                yield form.line(key, f"By {by}", answer, column)
    yield form.line("benchmark", "", blank("What counts as aligned is not published yet; none is invented here."))


def _target(facts: Facts, form: Declared, track: Track | str) -> Iterator[Line]:
    keys = ("wording", "record", "amount", "earlier", "coverage", "rate", "rules", "progress", "met")
    if isinstance(track, str) or track.rules["target_year"] is None:
        answer = absent(track) if isinstance(track, str) else blank(NO_TARGET)
        yield from (form.line(key, "", answer) for key in keys)
        return
    rules, meta = track.rules, track.meta
    base, end, cut = meta["base_year"], rules["target_year"], float(rules["reduction"])
    scope = {
        "total": "use of sold products and end-of-life treatment of sold products",
        "category_11": "use of sold products",
        "category_12": "end-of-life treatment of sold products",
    }  # fmt: skip
    covered = " and ".join(scope.get(figure, figure) for figure in meta["of"])
    who, percent = meta["company"] or "[Company]", as_given(round(100 * cut, 1))
    yield form.line("wording", "", Answer(
        f"{who} commits to reduce absolute scope 3 GHG emissions from {covered} {percent}% by {end} from a {base} base "
        "year.", "The boundary of the target is to be named as the company sets it.",
    ))  # fmt: skip
    yield form.line("record", "", Answer("\n".join((
        "Type: absolute reduction, linear from the base year", f"Covers: {covered}", f"Base year: {base}",
        f"Most recent year: {rules['newest_year']}", f"Target year: {end}", f"Set on: {rules['set_on']}",
        f"Rule pack of the day: {rules['pack']}", f"Tool: usephase, {facts.methods['computed']}",
    ))))  # fmt: skip
    frames = (track.years, track.tables["outlook"])
    rows = {row["year"]: row for frame in frames for row in frame.to_dict("records")}
    levels = {year: float(row["mean"]) + float(row["unlisted"]) for year, row in rows.items()}
    for row, value, note in (
        (f"Base year ({base})", levels[base], _listed(rows[base])),
        (f"Target ({end})", levels[base] * (1 - cut), f"{percent} % below the base year"),
        (
            f"Projected ({end})",
            levels[end],
            f"As the grid and the sales go, without further measures. {_listed(rows[end])}",
        ),
    ):
        yield form.line("amount", row, Answer(value, note))
    yield from _earlier(form, levels, base, levels[base] * (1 - cut))
    found = track.extras["coverage"]
    share = found["share"]
    yield form.line(
        "coverage",
        "",
        blank(str(found["reason"]))
        if share is None
        else Answer(
            100 * float(share), f"{told_of(track)[1]} Sales that the catalog does not list are not taken as covered."
        ),
    )
    yield form.line("rate", "", Answer(100 * cut / (end - base), f"{percent} % over {end - base} years"))
    yield form.line("rules", "", Answer("\n".join(_plain(asked_for(track.extras["asked_for"], language())))))
    done = absent("the target asks for no reduction")
    if cut and levels[base]:
        share = (levels[base] - levels[meta["reporting_year"]]) / (levels[base] * cut)
        done = Answer(100 * share, "By the means of both years.")
    yield form.line("progress", f"{meta['reporting_year']}", done)
    yield form.line("met", "", Answer(told_of(track)[0]))


def _earlier(form: Declared, levels: Mapping[int, float], base: int, target: float) -> Iterator[Line]:
    """Hold the same target against the sale years before its base year."""
    years = [year for year in sorted(levels) if year < base and levels[year]]
    if not years:
        yield form.line("earlier", "", absent(f"the catalog has no sales before the base year {base}"))
    for year in years:
        note = f"The target's level against {as_given(levels[year])} {UNIT} of {year}."
        yield form.line("earlier", f"{year}", Answer(100 * (1 - target / levels[year]), note))


def _listed(row: Mapping[Any, Any]) -> str:
    """Say the interval of the listed sales, and what is extrapolated beside them."""
    low, high, more = (float(row[name]) for name in ("p2_5", "p97_5", "unlisted"))
    said = f"95 % interval of the listed sales {interval(low, high, UNIT, value=float(row['mean']))}"
    return f"{said}; {as_given(more)} {UNIT} of it are extrapolated." if more else f"{said}."


def _plain(lines: list[str]) -> list[str]:
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
