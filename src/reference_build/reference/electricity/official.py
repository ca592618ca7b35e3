"""Official factors of electricity: which is used where, for which year, and what has to be taken out of it first."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reference.common import Row, read

GENERATION, SOLD = "generation", "sold"
CHECK, USED, ASIDE = "check", "used", "aside"


@dataclass(frozen=True)
class Publisher:
    """How an official source is read.

    Attributes
    ----------
    lag : int
        Years by which the year of the edition lies after that of the data.
    per : str
        ``sold``: per kWh at the customer, so that the mean loss is inside and taken out.
    use : str
        ``used`` in the zone's path, ``check`` only compared, ``aside`` another boundary or edition.
    words : tuple of str
        Words of the boundary that mean something else than all generation.
    """

    lag: int = 0
    per: str = GENERATION
    use: str = USED
    words: tuple[str, ...] = ()


PUBLISHERS = {
    "egrid_2023": Publisher(), "eccc_nir_2022": Publisher(),
    "eccc_ef_v4": Publisher(per=SOLD), "nga_2024": Publisher(1, words=("scope 3",)),
    "nga_2025": Publisher(1, words=("scope 3",)), "nga_2026": Publisher(1),
    "mee_2021": Publisher(), "mee_2022": Publisher(), "mee_2023": Publisher(words=("fossil", "residual")),
    "cea_v22": Publisher(), "dffe_2023": Publisher(words=("incl. imports",)),
    "desnz_2025": Publisher(2, words=("T&D losses on", "upstream")),
    "desnz_2026": Publisher(1, words=("T&D losses on", "upstream")),
    "mfe_2026v2": Publisher(), "semarnat": Publisher(), "moe_jp": Publisher(per=SOLD, words=("default value",)),
    "gir_kr": Publisher(per=SOLD), "moea_tw": Publisher(), "ema_sg": Publisher(), "mcti": Publisher(),
    "monre_vn": Publisher(), "eea_2024": Publisher(use=CHECK),
    "uba": Publisher(per=SOLD, use=CHECK), "eia_faq": Publisher(use=CHECK), "st_my": Publisher(use=ASIDE),
    "tgo": Publisher(use=ASIDE),
}  # fmt: skip
UPSTREAM_OF = {"desnz_2025": "upstream (WTT of generation)", "desnz_2026": "upstream (WTT of generation)"}
"""Sources whose upstream part of generation is used: the boundary as they call it."""


@dataclass(frozen=True)
class Official:
    """One official factor: what was published, and what it comes to per kWh generated. [kg/kWh]"""

    zone: str
    year: int
    published: float
    generated: float
    source: str
    use: str


def zone_name(zone: str) -> str:
    """Give the name under which the project has a zone of the raw data."""
    return zone.upper()


def factors(raw: Path, loss: dict[str, float], parent: dict[str, str]) -> Iterator[Official]:
    """Read every official factor of electricity at the stacks."""
    for row in read(raw / "electricity", "grid_official_factors"):
        source = PUBLISHERS.get(row["source"])
        if source is None or any(word in row["boundary"] for word in source.words):
            continue
        zone, published = zone_name(row["zone"]), float(row["kg_per_kwh"])
        kept = 1 - loss[parent.get(zone, zone)] if source.per == SOLD else 1.0
        # Prince Edward Island generates from wind and lives on imports: its own generation is not what is used there.
        if (zone, row["source"]) == ("CA-PE", "eccc_nir_2022"):
            continue
        of_a_state = "in the state" in row["boundary"]
        yield Official(
            zone, int(row["year"]) - source.lag, published, published * kept,
            "egrid_2023_states" if of_a_state else row["source"], ASIDE if of_a_state else source.use,
        )  # fmt: skip


def upstream(raw: Path) -> dict[tuple[str, int], tuple[float, str]]:
    """Read the upstream parts of generation that are published apart: (zone, year) → kg/kWh, source."""
    return {
        (zone_name(row["zone"]), int(row["year"]) - PUBLISHERS[row["source"]].lag): (
            float(row["kg_per_kwh"]), row["source"],
        )
        for row in read(raw / "electricity", "grid_official_factors")
        if UPSTREAM_OF.get(row["source"]) == row["boundary"]
    }  # fmt: skip


def table_rows(found: list[Official], computed: dict[tuple[str, int], float]) -> Iterator[Row]:
    """Write the look-up table: official beside computed."""
    for one in found:
        beside = computed.get((one.zone, one.year))
        yield {
            "zone": one.zone, "year": str(one.year), "publisher": one.source, "published": f"{one.published:g}",
            "generated": "" if one.generated == one.published else f"{one.generated:.5g}",
            "computed": "" if beside is None else f"{beside:.4f}",
            "use": one.use, "source": f"official_{one.source}",
        }  # fmt: skip
