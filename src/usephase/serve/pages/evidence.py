"""Evidence: data that are sent, the fit of them to look at, and the row that they are accepted into."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from usephase.catalog.resolve import Resolved, reference_of
from usephase.catalog.row_texts import row_texts
from usephase.insight.fitting.families import FAMILIES
from usephase.insight.fitting.lifetime import LifetimeFit
from usephase.report.html.fit import headline, row_text, sections
from usephase.report.language import Language
from usephase.serve.evidence import FITS, Evidence

ROWS_MAX = 400
_COLUMNS = {"use_profiles": "amount", "modes": "rate", "materials": "mass"}


class Field(NamedTuple):
    """Ask for one setting of a fit; `choices` or the name of a list of proposals, or `step` for a number."""

    name: str
    choices: tuple[str, ...] = ()
    proposals: str = ""
    number: bool = False


FIELDS = {
    "lifetime": (
        Field("unit", ("year", "hour", "cycle")), Field("until"), Field("watched_to", number=True),
        Field("hours_per_year", number=True), Field("distribution", ("", *FAMILIES)),
        Field("max_years", number=True), Field("prior", proposals="lives"), Field("beside", proposals="lives"),
    ),
    "amount": (
        Field("column"), Field("unit"), Field("tool"), Field("weight"), Field("by"), Field("winsorise", number=True),
    ),
    "mean": (
        Field("column"), Field("unit"), Field("over"), Field("calibration"), Field("resolution", number=True),
    ),
    "expert": (Field("unit"), Field("low", number=True), Field("high", number=True)),
}  # fmt: skip
"""What is asked of each kind of fit."""
assert set(FIELDS) == set(FITS)


def asked(resolved: Resolved, kind: str) -> dict[str, Any]:
    """Give what the form shows."""
    known = [str(name) for name in resolved.catalog["lifetimes"].frame["lifetime"]]
    lives = dict.fromkeys((*known, *(str(n) for n in reference_of(resolved.catalog)("lifetimes").frame["lifetime"])))
    return {"kinds": FIELDS, "kind": kind if kind in FIELDS else next(iter(FIELDS)), "lives": tuple(lives)[:ROWS_MAX]}


def shown(found: Evidence, resolved: Resolved, words: Language) -> dict[str, Any]:
    """Give what is shown of a fit."""
    fit, document = found.found, found.document
    grouped = list(document.get("rows", [{}])[-1].get("group", {}))
    return {
        "key": found.key, "kind": found.kind, "name": document["data"]["name"], "sha256": document["data"]["sha256"],
        "headline": headline(fit, document, words), "sections": sections(fit, document, found.beside, words),
        "row": row_text(document["row"]), "rows": tuple(_rows(resolved, found.kind))[:ROWS_MAX], "grouped": grouped,
        "by_mode": isinstance(fit, LifetimeFit) and fit.lives.unit != "year", "life": found.kind == "lifetime",
    }  # fmt: skip


def _rows(resolved: Resolved, kind: str) -> Iterator[str]:
    """Name the rows of the catalog that a value may go into."""
    for table in ("lifetimes",) if kind == "lifetime" else tuple(_COLUMNS):
        yield from (f"{table}:{row}" for row in row_texts(resolved.catalog[table]).tolist())
