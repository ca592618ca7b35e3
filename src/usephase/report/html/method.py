"""The method statement as answers to what the GHG Protocol asks for, and how to repeat the run."""

from usephase.insight.quality.assess import numbers
from usephase.report import rests
from usephase.report.charts.marks import table
from usephase.report.html.parts import Code, Facts, Paragraph, Part, Section, Tabled, section
from usephase.report.language import Language
from usephase.report.method import scenarios
from usephase.report.spread import Spread
from usephase.results.run import UNIT, Run

DISCLOSURES = (
    ("boundary", "shall", "STD 5.4, 5.5, Tab. 5.4; TG 11", True),
    ("optional", "may", "STD Tab. 5.4, 5.8; TG 11", True),
    ("amount", "shall", "STD 11.1", True),
    ("biogenic", "shall", "STD 6.5, 11.1", True),
    ("methods", "shall", "STD 11.1, 11.3", True),
    ("time", "shall", "STD 11.1, 11.3", True),
    ("electricity", "should", "TG 11", True),
    ("allocation", "shall", "STD 11.1, 11.3", True),
    ("gwp", "shall", "STD 7, 11.1", True),
    ("sources", "shall", "STD 11.1", True),
    ("suppliers", "shall", "STD 11.1", True),
    ("exclusions", "shall", "STD 11.1", True),
    ("offsets", "shall", "STD 11.1", True),
    ("avoided", "must", "STD 9.5, Box 9.4", True),
    ("recycling", "should", "STD Box 5.6; TG 5", True),
    ("uncertainty", "should", "STD 11.3, App. B", True),
    ("history", "may", "STD 11.3", True),
    ("durability", "should", "STD 11.2-11.3, Box 5.8, 9.1", True),
    ("base_year", "shall", "STD 9.3, Box 9.2", True),
    ("iso", "should", "ISO 14067:2018", False),
)
"""Name, force, place, and whether the place was read in the standard's text; if not, it is recalled and marked so."""


def method(run: Run, words: Language) -> Section | None:
    """Answer the required disclosures."""
    values = _values(run, words)
    rows = []
    for name, force, where, read in DISCLOSURES:
        place = where if read else words("method.recalled", where=where)
        rows.append([words(f"disclosure.{name}.asks"), words(f"disclosure.{name}.answer", **values),
                     words(f"method.{force}"), place])  # fmt: skip
    headers = [words(f"method.{name}") for name in ("asks", "answer", "force", "where")]
    listed = Tabled(table(words("method.caption"), headers, rows, text=4))
    return section("method", words("method.title"), [Paragraph(words("method.lead")), listed])


def reproduce(run: Run, words: Language) -> Section | None:
    """Say how to compute the run again, and what it was computed with."""
    meta = run.meta
    versions = ", ".join(f"{name} {version}" for name, version in meta.get("versions", {}).items())
    facts = {
        "catalog": meta["catalog"]["name"], "sha256": meta["catalog"]["sha256"], "draws": words.count(meta["draws"]),
        "seed": str(meta["seed"]), "design": str(meta["design"]),
        "scenarios": scenarios(run, words), "gwp": str(meta.get("gwp", "")), "created": str(meta.get("created", "")),
        "versions": versions,
    }  # fmt: skip
    rows = tuple((words(f"reproduce.{name}"), text) for name, text in facts.items() if text)
    parts: list[Part | None] = [
        Paragraph(words("reproduce.lead")), Code(words("reproduce.command")), Paragraph(words("reproduce.run")),
        Facts(rows),
    ]  # fmt: skip
    return section("reproduce", words("reproduce.title"), parts)


def _values(run: Run, words: Language) -> dict[str, str]:
    meta, origin = run.meta, numbers(run.register)["origin"]
    products = run.select("total", "product")["group"].nunique()
    return {
        "year": str(meta["reporting_year"]), "products": words.count(int(meta.get("products", products))),
        "basis": words(f"basis.{meta['grid_basis']}"), "boundary": words(f"boundary.{meta['boundary']}"),
        "use": _figure(run, "category_11", words), "waste": _figure(run, "category_12", words),
        "indirect": _figure(run, "category_11", words, phase="indirect"),
        "maintenance": _figure(run, "category_11", words, phase="maintenance"),
        "biogenic": _figure(run, "biogenic_co2", words), "avoided": _avoided(run, words),
        **_durability(run, words),
        "excluded": rests.coverage(run, words),
        "timing": words(f"timing.{meta.get('sales_timing', 'mid_year')}"), "scenarios": scenarios(run, words),
        "gwp": rests.gwp(run, words), "holds": rests.boundaries(run, words),
        "recycling": rests.recycling(run, words), "partners": rests.partners(run, words),
        "offsets": rests.offsets(run, words), "location": rests.location(run, words),
        "catalog": words.count(int((origin == "catalog").sum())),
        "reference": words.count(int((origin == "reference").sum())), "counts": rests.known(run, words),
        "draws": words.count(meta["draws"]), "error": _error(run, words),
        "base_year": str(meta.get("base_year") or words("word.nothing")),
    }  # fmt: skip


def _avoided(run: Run, words: Language) -> str:
    there = (run.select("avoided")["mean"] > 0).any()
    return words("method.avoided", amount=_figure(run, "avoided", words)) if there else words("method.no_avoided")


def _durability(run: Run, words: Language) -> dict[str, str]:
    """Say where lives, years and service are, as far as this page has them."""
    there = (run.select("total", "calendar_year")["mean"] > 0).any()
    history = words("method.history" if there else "method.no_history")
    service = words("method.service" if len(run.service) else "method.no_service")
    return {"history": history, "durability": words("method.durability", history=history, service=service)}


def _figure(
    run: Run, ledger: str, words: Language, *, by: str = "total", group: str = "total", phase: str | None = None,
    absent: str = "word.none",
) -> str:  # fmt: skip
    rows = run.select(ledger, by, phase=phase)
    rows = rows[rows["group"] == group]
    if phase is not None:
        rows = rows[rows["phase"] == phase]
    if rows.empty:
        return words(absent)
    figure = Spread.of(rows.iloc[0])
    text = figure.amount(words, UNIT)
    return f"{text} ({figure.interval(words)})" if figure.low != figure.high else text


def _error(run: Run, words: Language) -> str:
    error = run.figure("total")["mcse"]
    return words("number.none") if error != error else words.amount(error, 0, 2 * error, UNIT)
