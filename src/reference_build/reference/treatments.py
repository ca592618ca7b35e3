"""One default factor for each material and route, by the rules of the Scope 3 Standard.

Recycling is cut off after collection and sorting; energy recovery after preparation (the fire belongs to who uses the
heat); incineration without recovery and landfill count in full; nothing is credited.
"""

from collections.abc import Iterator
from pathlib import Path

from reference.common import AR4, AR5, OWN, Row, Sources, read, text

UK = "UK DESNZ, conversion factors 2025, waste disposal"
EPA = "US EPA, GHG Emission Factors Hub, April 2021, Table 9 (WARM 15, AR4 GWP, nothing avoided)"
OGL, PUBLIC = "OGL v3.0", "US public domain"

SOURCES: Sources = {
    "cut_off": (f"{UK}: collection and sorting alone (recycled-content rule)", OGL, "source_dataset"),
    "cut_off_proxy": (f"{UK}: collection and sorting alone, of other materials", OGL, "proxy"),
    "preparation": (f"{UK}: combustion with energy recovery, collection and preparation alone", OGL, "source_dataset"),
    "preparation_proxy": (
        f"{UK}: combustion with energy recovery, collection and preparation alone, of other materials", OGL, "proxy",
    ),
    "landfill_uk": (f"{UK}: landfill, gross", OGL, "source_dataset"),
    "landfill_epa": (f"{EPA}: landfilled", PUBLIC, "source_dataset"),
    "landfill_proxy": (f"{UK}: landfill of mixed commercial waste, for an unknown material", OGL, "proxy"),
    "dump_as_landfill": (f"{UK}: landfill, for an open dump", OGL, "proxy"),
    "dump_as_landfill_epa": (f"{EPA}: landfilled, for an open dump", PUBLIC, "proxy"),
    "combusted": (f"{EPA}: combusted, gross", PUBLIC, "source_dataset"),
    "combusted_board": (
        f"{EPA}: combusted, gross (CH4 and N2O); biogenic CO2 from about 0.4 kg of carbon in a kg of board",
        f"{PUBLIC}; {OWN}",
        "source_dataset (factor); assumption (biogenic)",
    ),
    "combusted_proxy": (f"{EPA}: combusted, gross, of a similar material", PUBLIC, "proxy"),
    "combusted_cells": (
        "Fossil carbon of electrolyte, separator, plastics and graphite: order of magnitude, recalled",
        OWN,
        "memory_unverified",
    ),
    "composted": (f"{UK}: composting", OGL, "source_dataset"),
}  # fmt: skip

# Recalled: UK factors of 2025 are added up with AR5, as the edition of 2024 says of itself. Burnt cells emit CO2 alone.
GWP_SETS = {
    **dict.fromkeys(("cut_off", "cut_off_proxy", "preparation", "preparation_proxy"), f"factor: {AR5}"),
    **dict.fromkeys(("landfill_uk", "landfill_proxy", "dump_as_landfill", "composted"), f"factor: {AR5}"),
    **dict.fromkeys(("landfill_epa", "dump_as_landfill_epa", "combusted_proxy"), f"factor: {AR4}"),
    **dict.fromkeys(("combusted", "combusted_board"), f"factor: {AR4}"),
}

FALLBACK = "*"
# What the fallback stands for: mixed waste, but known to a wider factor.
MIXED = "other"
# 95 % factors. Transport and inert landfill differ by publisher (UK 9.0, US 22 kg/t) more than by material.
HAULAGE, INERT_LANDFILL, ROTTING_LANDFILL, UNKNOWN = "2", "2.5", "1.5", "2.5"
COMBUSTED_SPREAD = {
    "plastic": "1.3", "plastic_film": "1.2", "rubber": "1.3", "electronics": "2.3", "textile": "1.5", "other": "1.7",
}  # fmt: skip
PROXY_FIRE = {"textile"}


class Factors:
    """The two published tables, in kg CO2e per kg, by the names of the material map."""

    def __init__(self, raw: Path) -> None:
        self.map = {row["material"]: row for row in read(raw, "material_waste_factor_map")}
        factor = "emission_factor_kg_co2e_per_tonne"
        uk, epa = read(raw, "waste_factors_uk_desnz_2025"), read(raw, "waste_factors_us_epa_2021")
        self._uk = {(r["waste_group"], r["waste_type"], r["treatment"]): float(r[factor]) / 1000 for r in uk}
        self._epa = {(r["material"], r["treatment"]): float(r[factor]) / 1000 for r in epa}

    def uk(self, material: str, *treatments: str) -> float | None:
        row = self.map[material]
        found = [self._uk.get((row["uk_waste_group"], row["uk_waste_type"], name)) for name in treatments]
        return next((value for value in found if value is not None), None)

    def epa(self, material: str, treatment: str) -> float:
        value = self._epa[self.map[material]["us_epa_material"], treatment]
        assert value >= 0, "a negative factor is avoided emissions, not waste treatment"
        return value


def _lognormal(value: float, spread: str) -> str:
    return f"{text(value)} */ {spread}"


def _landfill(factors: Factors, material: str) -> tuple[float, str, str]:
    """Give factor, 95 % factor and source of a landfill."""
    value = factors.uk(material, "landfill")
    if value is None:
        return factors.epa(material, "landfilled"), INERT_LANDFILL, "landfill_epa"
    return value, ROTTING_LANDFILL if value > 0.1 else INERT_LANDFILL, "landfill_uk"


def _fire(factors: Factors, material: str, battery: Row) -> tuple[str, str]:
    if material == "li_ion_cells":
        low, mode, high = (battery[f"value_{key}"] for key in ("low", "mode", "high"))
        return f"triangular({low}, {mode}, {high})", "combusted_cells"
    if material == "cardboard":
        return _lognormal(factors.epa(material, "combusted"), HAULAGE), "combusted_board"
    source = "combusted_proxy" if material in PROXY_FIRE else "combusted"
    return _lognormal(factors.epa(material, "combusted"), COMBUSTED_SPREAD.get(material, HAULAGE)), source


def rows(raw: Path) -> Iterator[Row]:
    factors = Factors(raw)
    battery = {row["parameter"]: row for row in read(raw, "battery_parameters")}["incineration_kg_co2e_per_kg_battery"]

    def row(material: str, route: str, factor: str, source: str, biogenic: str = "0") -> Row:
        return {
            "material": material, "route": route, "factor": factor, "avoided": "0", "biogenic": biogenic,
            "source": source,
        }  # fmt: skip

    haulage = factors.uk("plastic", "closed_loop")
    assert haulage is not None
    for material in factors.map:
        sorting = factors.uk(material, "closed_loop", "open_loop")
        source = "cut_off" if sorting is not None else "cut_off_proxy"
        yield row(material, "recycling", _lognormal(haulage if sorting is None else sorting, HAULAGE), source)

        ready = factors.uk(material, "incineration_with_energy_recovery")
        source = "preparation" if ready is not None else "preparation_proxy"
        yield row(material, "energy_recovery", _lognormal(haulage if ready is None else ready, HAULAGE), source)

        fire, source = _fire(factors, material, battery)
        yield row(material, "incineration", fire, source, "1.4 */ 1.2" if material == "cardboard" else "0")

        buried, spread, source = _landfill(factors, material)
        yield row(material, "landfill", _lognormal(buried, spread), source)
        # An open dump rots with less methane but also burns: the landfill's figure, known less well.
        dumped = "dump_as_landfill_epa" if source == "landfill_epa" else "dump_as_landfill"
        yield row(material, "open_dump", _lognormal(buried, "3" if spread == INERT_LANDFILL else "2"), dumped)
    composted = factors.uk("cardboard", "composting")
    assert composted is not None
    yield row("cardboard", "composting", _lognormal(composted, "2.5"), "composted")

    buried, _, _ = _landfill(factors, MIXED)
    yield row(FALLBACK, "recycling", _lognormal(haulage, UNKNOWN), "cut_off_proxy")
    yield row(FALLBACK, "energy_recovery", _lognormal(haulage, UNKNOWN), "preparation_proxy")
    yield row(FALLBACK, "incineration", _lognormal(factors.epa(MIXED, "combusted"), UNKNOWN), "combusted_proxy")
    yield row(FALLBACK, "landfill", _lognormal(buried, UNKNOWN), "landfill_proxy")
    yield row(FALLBACK, "open_dump", _lognormal(buried, "3"), "dump_as_landfill")
