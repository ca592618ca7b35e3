"""Fuels and refrigerants: what a unit of them emits, by the GWP set in which the gases are added up."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reference.common import AR4, AR5, AR6, FACTS, SETTING, Output, Row, Sources, read, table, text

SETS = (AR4, AR5, AR6)
EPA = "US EPA, GHG Emission Factors Hub, April 2021 (CO2 of petrol and diesel the same in the edition of 2025)"
WTT = "upstream: UK DESNZ conversion factors 2025, well-to-tank, supply to the United Kingdom"
MEMORY = "density and lower heating value: usual values, recalled"
FACT = "single fact quoted"
PUBLIC = "US public domain (combustion), OGL v3.0 (upstream)"

SOURCES: Sources = {
    "fuel_garden": (
        f"{EPA}: CO2 (Tables 1, 2), CH4 and N2O of lawn and garden equipment (Table 5), gases times GWP, fossil CH4; "
        f"{WTT}; {MEMORY} (IPCC 2006 defaults)",
        PUBLIC,
        "source_dataset (combustion, upstream); memory_unverified (density, heating_value)",
    ),
    "fuel_two_stroke": (
        f"{EPA}: petrol with 2 % oil (50:1 by volume, oil burnt to the end), CH4 and N2O of two-stroke lawn and garden "
        f"equipment, gases times GWP, fossil CH4; {WTT} of petrol, also for the oil; {MEMORY} (petrol)",
        PUBLIC,
        "derived (combustion); source_dataset (upstream); memory_unverified (density, heating_value)",
    ),
    "fuel_stationary": (
        f"{EPA}: stationary combustion (Table 1), gases times GWP, fossil CH4; {WTT}; {MEMORY}",
        PUBLIC,
        "source_dataset (combustion, upstream); memory_unverified (density, heating_value)",
    ),
    "fuel_biogenic": (
        f"{EPA}: stationary combustion (Table 1); combustion holds CH4 and N2O alone, the CO2 is biogenic; upstream "
        f"(farming, conversion): what explains the gap between pump blend and mineral fuel in UK DESNZ 2025; {MEMORY}",
        PUBLIC,
        "source_dataset (combustion, biogenic); derived (upstream); memory_unverified (density, heating_value)",
    ),
    "fuel_uk_blend": (
        "UK DESNZ conversion factors 2026, average biofuel blend at the pump; CH4 and N2O, which it prints by AR5, "
        f"taken back to masses and times GWP; {WTT}; biogenic: CO2 of the biofuel that explains the gap to the mineral "
        "fuel in the edition of 2024; "
        f"{MEMORY} (mineral fuel)",
        "OGL v3.0",
        "cited_text (combustion); source_dataset (upstream); derived (biogenic); "
        "memory_unverified (density, heating_value)",
    ),
    "gwp_ipcc": (
        "IPCC Assessment Reports 4, 5 and 6 (5 without climate-carbon feedback), 100 years, as listed by US EPA, "
        "LCIAformatter (retrieved 2026)",
        "MIT",
        "source_dataset",
    ),
    "gwp_ar6_methane": ("IPCC AR6 WG I, Table 7.15, 100 years", FACT, "cited_text"),
    "gwp_blend": (
        "IPCC Assessment Reports via US EPA, LCIAformatter, 100 years: components weighted by mass",
        "MIT",
        "derived_from_components",
    ),
    "gwp_blend_recalled": (
        "IPCC Assessment Reports via US EPA, LCIAformatter, 100 years, weighted by the composition of ASHRAE 34 "
        "(recalled)",
        "MIT",
        "derived_from_components",
    ),
    "gwp_blend_eu": (
        "IPCC AR4 via US EPA, LCIAformatter, 100 years, with HFOs, which AR4 does not list, as the EU's F-gas "
        "regulation has them (R-1234yf 4, R-1234ze(E) 7; recalled); composition of ASHRAE 34 (recalled)",
        "MIT",
        "derived_from_components",
    ),
    "gwp_hydrocarbon": (
        "Values in common use with AR4 and AR5 for the indirect effect of hydrocarbons, recalled",
        FACT,
        "memory_unverified",
    ),
    "gwp_isobutane": ("IPCC AR6, 100 years: value of n-butane for isobutane", FACT, "proxy"),
    "gwp_later_set": (
        "IPCC AR6, 100 years, via US EPA, LCIAformatter: the set named lists no value (below 1 in AR5 by recollection)",
        "MIT",
        "proxy",
    ),
}

GWP_SETS = {
    **dict.fromkeys(("fuel_garden", "fuel_two_stroke", "fuel_stationary"), f"combustion: {SETTING}; upstream: {AR5}"),
    "fuel_biogenic": f"combustion: {SETTING}; upstream: {AR5}",
    "fuel_uk_blend": f"combustion: {SETTING}; upstream: {AR5}",
    **dict.fromkeys(
        ("gwp_ipcc", "gwp_blend", "gwp_blend_recalled", "gwp_blend_eu", "gwp_ar6_methane", "gwp_hydrocarbon"),
        f"gwp: {SETTING}",
    ),
    **dict.fromkeys(("gwp_isobutane", "gwp_later_set"), f"gwp: {AR6}"),
}


@dataclass(frozen=True)
class Fuel:
    """A carrier: its EPA row, its UK upstream row, and what is recalled of it."""

    name: str
    source: str
    epa: tuple[str, str]
    uk: str
    density_kg_per_l: float
    heating_value_mj_per_kg: float
    spread: str
    unit: str = "L"


GARDEN = "lawn_and_garden_equipment"
STATIONARY = "stationary_combustion"
FOSSIL = (
    Fuel("petrol", "fuel_garden", ("motor_gasoline_4_stroke", GARDEN), "petrol_100_mineral_petrol", 0.745, 44.3, "4%"),
    Fuel(
        "petrol_two_stroke", "fuel_two_stroke", ("two_stroke_mix_50_1", GARDEN), "petrol_100_mineral_petrol",
        0.745, 44.3, "8%",
    ),
    Fuel("diesel", "fuel_garden", ("diesel", GARDEN), "diesel_100_mineral_diesel", 0.84, 43.0, "3%"),
    Fuel("lpg", "fuel_stationary", ("lpg", STATIONARY), "lpg", 0.507, 47.3, "4%"),
    Fuel("propane", "fuel_stationary", ("propane", STATIONARY), "propane", 0.51, 46.3, "3%"),
    Fuel("butane", "fuel_stationary", ("butane", STATIONARY), "butane", 0.58, 45.6, "3%"),
    Fuel("kerosene", "fuel_stationary", ("kerosene", STATIONARY), "burning_oil", 0.8, 43.8, "3%"),
    # 0.9 x 38.23 MJ/m3 (higher) / 48 MJ/kg = 0.717 kg/m3
    Fuel("natural_gas", "fuel_stationary", ("natural_gas", STATIONARY), "natural_gas", 0.000717, 48.0, "3%", "m3"),
)  # fmt: skip
BIOGENIC = (
    Fuel("ethanol", "fuel_biogenic", ("ethanol_100", STATIONARY), "", 0.789, 26.8, "50%"),
    Fuel("biodiesel", "fuel_biogenic", ("biodiesel_100", STATIONARY), "", 0.88, 37.2, "50%"),
)
BLENDS = (
    ("petrol_blend_uk", "petrol_average_biofuel_blend", "petrol_100_mineral_petrol", "ethanol_100", 0.745, 44.3),
    ("diesel_blend_uk", "diesel_average_biofuel_blend", "diesel_100_mineral_diesel", "biodiesel_100", 0.84, 43.0),
)

GASES = {
    "co2": "r744", "hcfc_22": "r22", "hfc_23": "r23", "hfc_32": "r32", "hfc_125": "r125", "hfc_134a": "r134a",
    "hfc_143a": "r143a", "hfc_152a": "r152a", "hfc_227ea": "r227ea", "hfc_245fa": "r245fa",
    "hfo_1234yf": "r1234yf", "hfo_1234ze_e": "r1234ze", "r290_propane": "r290", "r600a_isobutane": "r600a",
    "r404a": "r404a", "r407c": "r407c", "r410a": "r410a", "sf6": "sf6", "nf3": "nf3", "n2o": "n2o",
    "ch4_fossil": "ch4_fossil", "ch4_biogenic": "ch4_biogenic",
}  # fmt: skip

Gwp = dict[tuple[str, str], dict[str, str]]


def _gwp(raw: Path) -> Gwp:
    rows = read(raw, "gwp")
    return {(row["assessment_report"], row["gas"]): row for row in rows if row["time_horizon_years"] == "100"}


def _carrier(fuel: Fuel, gwp_set: str, combustion: str, upstream: str, biogenic: str) -> Row:
    return {
        "carrier": fuel.name, "gwp_set": gwp_set, "unit": fuel.unit, "combustion": combustion, "upstream": upstream,
        "biogenic": biogenic, "density": f"{text(fuel.density_kg_per_l)} ± 3%",
        "heating_value": f"{text(fuel.heating_value_mj_per_kg)} ± 3%", "source": fuel.source,
    }  # fmt: skip


def _carriers(raw: Path) -> Iterator[Row]:
    epa = {(row["fuel"], row["equipment_class"]): row for row in read(raw, "fuel_combustion_factors")}
    uk = {row["fuel"]: row for row in read(raw, "fuel_factors_uk")}
    gwp = _gwp(raw)

    def warming(row: Row, gwp_set: str, methane: str) -> float:
        """CH4 and N2O of a unit, in kg CO2e."""
        factors = {gas: float(gwp[gwp_set, gas]["gwp_kg_co2e_per_kg"]) for gas in (methane, "n2o")}
        return (float(row["ch4_g_per_unit"]) * factors[methane] + float(row["n2o_g_per_unit"]) * factors["n2o"]) / 1000

    def supply(fuel: Fuel) -> float:
        """Back the supply of a biofuel out of the pump's blend and the mineral fuel. [kg/L]"""
        blend, mineral = next(
            (uk[blend], uk[mineral]) for _, blend, mineral, bio, *_ in BLENDS if (bio, STATIONARY) == fuel.epa
        )
        share = 1 - float(blend["combustion_kg_co2e_per_unit"]) / float(mineral["combustion_kg_co2e_per_unit"])
        whole, rest = (float(row["wtt_kg_co2e_per_unit"]) for row in (blend, mineral))
        return (whole - (1 - share) * rest) / share

    pump = {row["fuel"]: row for row in read(FACTS, "uk_pump_2026")}

    def pumped(blend: str, gwp_set: str) -> float:
        """Add the gases of a pump's blend up by another set than the publisher's, which is AR5. [kg CO2e/L]"""
        row = pump[blend]

        def of(gas: str, published: str) -> float:
            per_kg = {one: float(gwp[one, gas]["gwp_kg_co2e_per_kg"]) for one in (AR5, gwp_set)}
            return float(row[published]) * per_kg[gwp_set] / per_kg[AR5]

        # The publisher takes methane without the CO2 that it becomes, whatever it is from.
        return float(row["co2_kg_per_l"]) + of("ch4_biogenic", "ch4_kg_co2e_per_l") + of("n2o", "n2o_kg_co2e_per_l")

    for gwp_set in SETS:
        for fuel in FOSSIL:
            row = epa[fuel.epa]
            total = float(row["co2_kg_per_unit"]) + warming(row, gwp_set, "ch4_fossil")
            upstream = float(uk[fuel.uk]["wtt_kg_co2e_per_unit"])
            yield _carrier(fuel, gwp_set, f"{text(total)} ± {fuel.spread}", f"{text(upstream)} ± 25%", "0")
        for fuel in BIOGENIC:
            row = epa[fuel.epa]
            # an emission of two minor gases, known to a factor at best
            rest = f"{text(warming(row, gwp_set, 'ch4_biogenic'))} */ 2"
            upstream = f"{text(supply(fuel), 3)} */ 1.5"
            yield _carrier(fuel, gwp_set, rest, upstream, f"{row['co2_kg_per_unit']} ± 3%")
        for name, blend, mineral, bio, density, heat in BLENDS:
            mixed, pure = (float(uk[key]["combustion_kg_co2e_per_unit"]) for key in (blend, mineral))
            biogenic = (1 - mixed / pure) * float(epa[bio, STATIONARY]["co2_kg_per_unit"])
            total = pumped(blend, gwp_set)
            fuel = Fuel(name, "fuel_uk_blend", ("", ""), "", density, heat, "4%")
            upstream = f"{uk[blend]['wtt_kg_co2e_per_unit']} ± 25%"
            yield _carrier(fuel, gwp_set, f"{text(total)} ± 4%", upstream, f"{text(biogenic, 4)} ± 30%")


def _gas_source(row: dict[str, str]) -> str:
    by_basis = {
        "source_dataset": "gwp_ipcc", "cited_text": "gwp_ar6_methane", "derived_from_components": "gwp_blend",
        "memory_unverified": "gwp_hydrocarbon", "proxy": "gwp_isobutane",
    }  # fmt: skip
    return by_basis[row["basis"]]


def _gases(raw: Path) -> Iterator[Row]:
    gwp = _gwp(raw)
    for gwp_set in SETS:
        for gas, name in GASES.items():
            row = gwp.get((gwp_set, gas))
            source = _gas_source(row) if row else "gwp_later_set"
            value = (row or gwp["AR6", gas])["gwp_kg_co2e_per_kg"]
            yield {"gas": name, "gwp_set": gwp_set, "gwp": text(float(value)), "source": source}
    for row in read(raw / "electricity", "refrigerant_blends"):
        name = row["refrigerant"].partition("(")[0].replace("-", "").lower()
        if name in GASES.values():
            continue
        for gwp_set, column in (("AR4", "gwp100_ar4_eu_convention"), ("AR5", "gwp100_ar5"), ("AR6", "gwp100_ar6")):
            olefin = "R-12" in row["composition_mass_percent"] or "R-13" in row["composition_mass_percent"]
            eu = gwp_set == AR4 and ("1234" in row["composition_mass_percent"] or (olefin and "134a" not in name))
            yield {
                "gas": name, "gwp_set": gwp_set, "gwp": text(float(row[column])),
                "source": "gwp_blend_eu" if eu else "gwp_blend_recalled",
            }  # fmt: skip


def tables(raw: Path) -> Iterator[Output]:
    columns = "unit combustion upstream biogenic density heating_value"
    yield table("carriers", "carrier gwp_set", columns, _carriers(raw))
    yield table("gases", "gas gwp_set", "gwp", _gases(raw))
