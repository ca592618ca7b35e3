"""Tables to look things up in: what an own catalog can be started from. No run reads them."""

from collections.abc import Iterator
from pathlib import Path

from reference.common import AR4, AR5, FACTS, Output, Sources, read, table
from reference.routes import collection
from reference.use import NONROAD

DEFRA = "UK DESNZ, conversion factors 2025"
DOE = "US DOE, 10 CFR 430 Appendix Y (Table 3.3.3) and 430.32(z): use in the test, limit of wasted energy"

SOURCES: Sources = {
    "place_sizes": (
        "World Bank, World Development Indicators: population (SP.POP.TOTL) and gross domestic product in current "
        "US dollars (NY.GDP.MKTP.CD), the last year that has both", "CC BY 4.0", "source_dataset",
    ),
    "remind_region": (
        "Model region of each country: PIK, premise (REMIND topology); One Earth Climate Model region: ours",
        "BSD-3-Clause",
        "source_dataset",
    ),
    "technologies": (
        "Direct and upstream factors of generation, low, mode and high (95 %); what each rests on is in its note",
        "facts quoted; Apache-2.0 (own judgement)", "derived",
    ),
    "nonroad": (f"{NONROAD}; litres and years computed", "US public domain", "source_dataset"),
    "unu_mass": ("Statistics Netherlands, ewaste: mean mass of a unit a year, last ones extrapolated (retrieved 2026)",
                 "MIT", "source_dataset"),
    "unu_name": ("Statistics Netherlands, ewaste: names of the UNU keys (retrieved 2026)", "MIT", "source_dataset"),
    "composition_study": ("Bill of materials of the study in the note, collected by O. Lysa, observatory data", "MIT",
                          "source_dataset"),
    "composition_recalled": ("Usual make-up of such products, recalled", "Apache-2.0 (own estimate)",
                             "memory_unverified"),
    "charger_test": (f"{DOE}; recalled", "US public domain", "memory_unverified"),
    "vacuum_rule": ("EU Regulations 665/2013 (annulled 2019) and 666/2013, vacuum cleaners", "EU law", "cited_text"),
    "battery_facts": ("Usual values of tool batteries and chargers", "Apache-2.0 (own estimate)", "memory_unverified"),
    "waste_uk": (f"{DEFRA}, waste disposal", "OGL v3.0", "source_dataset"),
    "waste_us": ("US EPA, GHG Emission Factors Hub, April 2021, Table 9 (WARM 15, AR4 GWP, nothing avoided)",
                 "US public domain", "source_dataset"),
    "material_use_uk": (f"{DEFRA}, material use: production, no part of Categories 11 and 12", "OGL v3.0",
                        "source_dataset"),
    "msw": ("World Bank, What a Waste 2.0, 2018 (data of about 2010-2017)", "CC BY 4.0", "source_dataset"),
    "collection": ("Collection of e-waste and portable batteries; two definitions that must not be mixed",
                   "single facts quoted", "cited_text"),
}  # fmt: skip

GWP_SETS = {
    "waste_uk": f"emission_factor_kg_co2e_per_tonne: {AR5}", "waste_us": f"emission_factor_kg_co2e_per_tonne: {AR4}",
    "material_use_uk": f"emission_factor_kg_co2e_per_tonne: {AR5}",
}  # fmt: skip


def _plain(raw: Path, file: str, name: str, keys: str, columns: str, source: str, **renamed: str) -> Output:
    """Carry a raw file over; `renamed` gives the raw name of a column called otherwise."""
    wanted = f"{keys} {columns}".split()
    rows = [{**{column: row[renamed.get(column, column)] for column in wanted}, "source": source}
            for row in read(raw, file)]  # fmt: skip
    return table(name, keys, columns, rows)


def tables(raw: Path) -> Iterator[Output]:
    yield _plain(raw, "country_region_map", "model_regions", "zone", "country remind_region oecm_region",
                 "remind_region", zone="iso3", country="country_name", remind_region="remind_region_key",
                 oecm_region="oecm_region_key")  # fmt: skip
    yield _technologies(raw)
    yield _plain(raw, "nonroad_equipment_us_epa", "nonroad", "scc power_bin_min_hp power_bin_max_hp",
                 "equipment engine_type sector average_power_kw load_factor activity_hours_per_year "
                 "median_life_hours_full_load median_life_years bsfc_uncontrolled_g_per_kwh "
                 "bsfc_latest_standard_g_per_kwh fuel_use_l_per_hour_at_load population_base_year "
                 "population_units_us quality_flag", "nonroad")  # fmt: skip
    yield _plain(FACTS, "place_sizes", "place_sizes", "place", "year population gdp_musd", "place_sizes")
    yield _plain(raw, "product_mass_unu", "product_masses", "unu_key year", "average_mass_kg", "unu_mass")
    yield _unu_keys(raw)
    yield _compositions(raw)
    yield _chargers(raw)
    yield _plain(raw, "vacuum_cleaner_ecodesign_eu", "ecodesign_vacuum", "item valid_from_date parameter",
                 "value basis", "vacuum_rule")  # fmt: skip
    yield _plain(raw, "battery_parameters", "battery", "parameter", "value_low value_mode value_high basis note",
                 "battery_facts")  # fmt: skip
    yield _plain(raw, "waste_factors_uk_desnz_2025", "waste_factors_uk", "waste_group waste_type treatment",
                 "emission_factor_kg_co2e_per_tonne", "waste_uk")  # fmt: skip
    yield _plain(raw, "waste_factors_us_epa_2021", "waste_factors_us", "material treatment",
                 "emission_factor_kg_co2e_per_tonne", "waste_us")  # fmt: skip
    yield _plain(raw, "material_use_factors_uk_desnz_2025", "material_use_uk", "material_group material source_type",
                 "emission_factor_kg_co2e_per_tonne", "material_use_uk")  # fmt: skip
    yield _municipal(raw)
    rates = (
        {**row, "zone": row["region_code"], "note": row["source"], "source": "collection"} for row in collection(raw)
    )
    yield table("collection_rates", "stream zone year rate_definition", "collection_rate_percent basis note", rates)


def _technologies(raw: Path) -> Output:
    columns = [f"{kind}{end}" for kind in ("direct", "upstream") for end in ("_low", "", "_high")]
    rows = [
        {**{name: row[name] for name in ("technology", "zone", *columns, "basis")}, "note": row["source"],
         "source": "technologies"}
        for row in read(raw / "electricity", "technology_factors_direct_upstream")
    ]  # fmt: skip
    return table("technologies", "technology zone", f"{' '.join(columns)} basis note", rows)


def _unu_keys(raw: Path) -> Output:
    names = {row["unu_key"]: row["unu_description"] for row in read(raw, "product_mass_unu")}
    rows = [{"unu_key": key, "name": name, "source": "unu_name"} for key, name in names.items()]
    return table("unu_keys", "unu_key", "name", rows)


def _compositions(raw: Path) -> Output:
    rows = [
        {
            "material_profile": row["material_profile_id"], "material": row["material"],
            "mass_share": row["mass_share"], "mass_kg": row["mass_kg"],
            "note": row["source_reference"] if row["basis"] == "source_dataset" else "",
            "source": "composition_study" if row["basis"] == "source_dataset" else "composition_recalled",
        }
        for row in read(raw, "product_material_composition")
    ]  # fmt: skip
    return table("compositions", "material_profile material", "mass_share mass_kg note", rows)


def _chargers(raw: Path) -> Output:
    columns = [name for name in read(raw, "battery_charger_usage_profiles_us_doe")[0]
               if name not in ("product_class", "basis", "note")]  # fmt: skip
    return _plain(raw, "battery_charger_usage_profiles_us_doe", "battery_chargers", "product_class",
                  " ".join(columns), "charger_test")  # fmt: skip


def _municipal(raw: Path) -> Output:
    columns = [name for name in read(raw, "msw_treatment_split")[0] if name not in ("iso3", "country_name")]
    return _plain(raw, "msw_treatment_split", "municipal_waste", "zone", " ".join(columns), "msw", zone="iso3")
