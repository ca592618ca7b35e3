"""A catalog in which every column of every table is at work."""

import copy
from typing import Any

Tables = dict[str, list[dict[str, str]]]

SETTINGS: dict[str, Any] = {
    "catalog": {"name": "Everything", "company": "Works Ltd", "reporting_year": 2024, "base_year": 2022},
    "method": {"grid_basis": "projected", "boundary": "life_cycle", "sales_timing": "mid_year", "gwp": "AR6"},
    "monte_carlo": {"draws": 16, "seed": 1, "design": "quasi"},
    "grid": {"level": "1 */ 1.1", "trend": "-0.01 ± 0.004", "scenarios": {"calm": 1.0, "brisk": 2.0}},
}
TABLES: Tables = {
    "products": [
        {"product": "A", "name": "Saw", "family": "Saws", "brand": "Red", "use_profile": "home", "lifetime": "wear",
         "service_mode": "run", "annual_use_change": "-0.02", "allocation": "0.9"},
        {"product": "B", "name": "Mower", "family": "Garden", "brand": "Blue", "use_profile": "garden",
         "lifetime": "ages", "service_mode": "run"},
        {"product": "C", "name": "Cooler", "family": "Cool", "brand": "Red", "lifetime": "plain"},
        {"product": "E", "name": "Drill", "archetype": "driller", "rated_power": "420 ± 5%", "mass": "1.7 ± 3%"},
        {"product": "F", "name": "Lamp", "archetype": "lamp", "energy_per_year": "12 ± 5%", "user": "home"},
    ],
    "segments": [
        {"product": "A", "segment": "home", "share": "0.7 ± 5%", "use_profile": "home", "lifetime": "wear"},
        {"product": "A", "segment": "trade", "share": "0.3", "use_profile": "trade", "lifetime": "plain"},
    ],
    "modes": [
        {"product": "A", "mode": "run", "carrier": "electricity", "rate": "500 ± 10%", "rate_unit": "W", "load": "0.6",
         "efficiency": "0.8", "phase": "direct"},
        {"product": "A", "mode": "idle", "carrier": "electricity", "rate": "2", "rate_unit": "W"},
        {"product": "B", "mode": "run", "carrier": "fuel", "rate": "1.1", "rate_unit": "kg/h"},
        {"product": "B", "mode": "heat", "carrier": "fuel", "rate": "300", "rate_unit": "W"},
    ],
    "use_profiles": [
        {"use_profile": "home", "mode": "run", "amount": "20", "amount_unit": "h/year"},
        {"use_profile": "home", "mode": "run", "region": "R2", "amount": "30", "amount_unit": "h/year"},
        {"use_profile": "home", "mode": "idle", "amount_unit": "rest"},
        {"use_profile": "trade", "mode": "run", "amount": "300", "amount_unit": "h/year"},
        {"use_profile": "trade", "mode": "idle", "amount": "1000", "amount_unit": "h/year"},
        {"use_profile": "garden", "mode": "run", "amount": "25", "amount_unit": "h/year"},
        {"use_profile": "garden", "mode": "heat", "amount": "10", "amount_unit": "h/year"},
    ],
    "lifetimes": [
        {"lifetime": "wear", "distribution": "gamma", "mean": "200", "unit": "hour", "mode": "run", "shape": "3",
         "max_years": "25"},
        {"lifetime": "ages", "t50": "8", "t90": "15"},
        {"lifetime": "plain", "distribution": "weibull", "mean": "9 */ 1.2", "unit": "year", "shape": "2.2"},
        {"lifetime": "ages", "from_year": "2023", "distribution": "table", "mean": "9 ± 5%"},
    ],
    "survival": [
        {"lifetime": "ages", "from_year": "2023", "age": age, "share": share}
        for age, share in (("0", "1"), ("4", "0.9"), ("10", "0.4"), ("18", "0"))
    ],
    "sales": [
        {"product": name, "region": region, "year": year, "units": units}
        for name, region, year, units in (
            ("A", "R1", "2024", "1000 ± 5%"), ("A", "R2", "2024", "500"), ("A", "R1", "2022", "900"),
            ("B", "R1", "2024", "300"), ("B", "R2", "2022", "200"), ("C", "R2", "2024", "100"),
            ("C", "R1", "2022", "80"), ("E", "R1", "2024", "70"), ("E", "R2", "2022", "60"),
            ("F", "R1", "2024", "50"),
        )
    ],
    "regions": [
        {"region": "R1", "zone": "Z1", "weight": "3"}, {"region": "R1", "zone": "Z2", "weight": "1"},
        {"region": "R2", "zone": "Z3"},
    ],
    "zones": [
        {"zone": "Z1", "level": "1 */ 1.2", "trend": "0.01", "loss": "0.06"},
        {"zone": "Z2", "level": "1.1", "loss": "0.1", "grid": "Z1", "end_of_life": "Z1"},
        {"zone": "Z3", "loss": "0.08"},
    ],
    "grid": [
        {"zone": zone, "scenario": scenario, "year": year, "intensity": intensity, "upstream": "0.02"}
        for zone, scenario, year, intensity in (
            ("Z1", "calm", "2020", "0.5 ± 4%"), ("Z1", "calm", "2040", "0.3"), ("Z1", "brisk", "2020", "0.5"),
            ("Z1", "brisk", "2035", "0.1"), ("Z3", "calm", "2020", "0.6"), ("Z3", "brisk", "2020", "0.7"),
        )
    ],
    "carriers": [
        {"carrier": "fuel", "unit": "L", "combustion": "2.3 ± 3%", "upstream": "0.6", "biogenic": "0.1",
         "density": "0.74", "heating_value": "43"},
    ],
    "refrigerants": [
        {"product": "C", "gas": "cold", "charge": "0.3 ± 5%", "annual_leak": "0.03", "end_of_life_loss": "0.6"},
        {"product": "C", "gas": "r32", "charge": "0.1"},
    ],
    "gases": [{"gas": "cold", "gwp": "700 ± 10%"}],
    "materials": [
        {"product": "A", "part": "product", "material": "m1", "mass": "2 ± 5%"},
        {"product": "A", "part": "packaging", "material": "m2", "mass": "0.3"},
        {"product": "B", "part": "product", "material": "m1", "mass": "25"},
    ],
    "end_of_life": [
        {"zone": zone, "material": "*", "route": route, "year": year, "share": share}
        for zone, route, year, share in (
            ("*", "burn", "2024", "0.5 ± 5%"), ("*", "bury", "2024", "0.5"), ("*", "burn", "2034", "0.2"),
            ("*", "bury", "2034", "0.8"), ("Z1", "burn", "", "0.9"), ("Z1", "bury", "", "0.1"),
        )
    ],
    "treatments": [
        {"material": "*", "route": "burn", "factor": "2 ± 10%", "avoided": "0.5", "biogenic": "0.3"},
        {"material": "*", "route": "bury", "year": "2024", "factor": "0.1"},
        {"material": "*", "route": "bury", "year": "2044", "factor": "0.3"},
        {"material": "m2", "route": "burn", "factor": "0.7"},
    ],
    "options": [
        {"option": "lean", "table": "modes", "row": "product=A;mode=run", "column": "rate", "value": "*0.8"},
    ],
    "correlations": [
        {"group": "g", "table": "sales", "row": "product=A", "column": "units", "correlation": "0.5"},
        {"group": "g", "table": "modes", "row": "product=A", "column": "rate", "correlation": "0.5"},
    ],
    "coverage": [{"family": "Saws", "covered": "0.9 ± 2%"}],
    "archetypes": [
        {"archetype": "driller", "name": "Drill", "family": "Tools"},
        {"archetype": "lamp", "name": "Lamp"},
    ],
    "archetype_modes": [
        {"archetype": "driller", "mode": "on", "carrier": "electricity", "rate": "400 ± 10%", "rate_unit": "W",
         "load": "0.5", "efficiency": "0.8", "rated": "yes", "guess": "g"},
        {"archetype": "driller", "mode": "on", "user": "home", "amount": "6 */ 1.5", "amount_unit": "h/year",
         "guess": "g"},
        {"archetype": "driller", "mode": "on", "user": "professional", "amount": "150 */ 1.5", "amount_unit": "h/year",
         "guess": "g"},
        {"archetype": "driller", "mode": "on", "user": "home", "region": "R1", "amount": "9", "amount_unit": "h/year"},
        {"archetype": "driller", "mode": "wait", "carrier": "electricity", "rate": "2", "rate_unit": "W",
         "amount": "900", "amount_unit": "h/year"},
        {"archetype": "lamp", "mode": "burn", "carrier": "fuel", "rate": "0.01", "rate_unit": "kg/h", "amount": "300",
         "amount_unit": "h/year"},
    ],
    "archetype_lives": [
        {"archetype": "driller", "user": "home", "share": "0.7", "mean": "10 */ 1.2", "shape": "2.2", "guess": "l"},
        {"archetype": "driller", "user": "professional", "share": "0.3 ± 5%", "mean": "400 */ 1.3", "unit": "hour",
         "mode": "on", "max_years": "12", "guess": "l"},
        {"archetype": "lamp", "user": "home", "mean": "5"},
        {"archetype": "lamp", "user": "professional", "share": "0.2", "mean": "4"},
    ],
    "archetype_materials": [
        {"archetype": "driller", "part": "product", "material": "m1", "mass": "0.9 */ 1.3"},
        {"archetype": "driller", "part": "product", "material": "m2", "mass": "0.6 */ 1.3"},
        {"archetype": "driller", "part": "packaging", "material": "m2", "mass": "0.2"},
    ],
    "targets": [{"target": "saws", "region": "R1", "year": "2030", "reduction": "0.2"}],
    "scope3": [{"year": "2022", "category": "1", "emissions": "5"}],
}  # fmt: skip


def everything() -> tuple[dict[str, Any], Tables]:
    """Give a copy of the settings and the tables."""
    return copy.deepcopy(SETTINGS), copy.deepcopy(TABLES)
