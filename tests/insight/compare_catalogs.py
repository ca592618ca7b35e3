"""A small catalog for comparisons: a drill, a saw that shares its life, a petrol mower and a battery mower."""

from tests.reference.folder import write_catalog
from usephase.catalog import read_catalog

GRID = 0.5
SETTINGS = {
    "catalog": {"name": "Bench", "reporting_year": 2024},
    "method": {"sales_timing": "start_of_year"},
    "monte_carlo": {"draws": 256, "seed": 3},
    "grid": {"scenarios": {"flat": 1.0}},
}


def tables(**changes):
    """Give the rows of all tables; `changes` replace whole tables."""
    made = {
        "products": [
            {"product": "DRILL", "family": "Tools", "use_profile": "drill", "lifetime": "tool", "service_mode": "on"},
            {"product": "SAW", "family": "Tools", "use_profile": "drill", "lifetime": "tool", "service_mode": "on"},
            {"product": "PETROL", "family": "Mowers", "use_profile": "mow", "lifetime": "mower", "service_mode": "on"},
            {"product": "BATTERY", "family": "Mowers", "use_profile": "mow", "lifetime": "mower",
             "service_mode": "on"},
        ],
        "modes": [
            {"product": "DRILL", "mode": "on", "carrier": "electricity", "rate": "500 ± 20%", "rate_unit": "W",
             "efficiency": "0.8"},
            {"product": "DRILL", "mode": "idle", "carrier": "electricity", "rate": "2 */ 1.5", "rate_unit": "W"},
            {"product": "SAW", "mode": "on", "carrier": "electricity", "rate": "900 ± 10%", "rate_unit": "W"},
            {"product": "PETROL", "mode": "on", "carrier": "fuel", "rate": "1.0 */ 1.2", "rate_unit": "L/h"},
            {"product": "BATTERY", "mode": "on", "carrier": "electricity", "rate": "1000 ± 10%", "rate_unit": "W"},
        ],
        "use_profiles": [
            {"use_profile": "drill", "mode": "on", "amount": "50 */ 2", "amount_unit": "h/year"},
            {"use_profile": "drill", "mode": "idle", "amount": "2000", "amount_unit": "h/year"},
            {"use_profile": "mow", "mode": "on", "amount": "20 */ 1.5", "amount_unit": "h/year"},
            {"use_profile": "heavy", "mode": "on", "amount": "200", "amount_unit": "h/year"},
            {"use_profile": "heavy", "mode": "idle", "amount": "2000", "amount_unit": "h/year"},
        ],
        "lifetimes": [
            {"lifetime": "tool", "distribution": "fixed", "mean": "10 */ 1.2"},
            {"lifetime": "mower", "distribution": "fixed", "mean": "8"},
            {"lifetime": "long", "distribution": "fixed", "mean": "15"},
        ],
        "sales": [
            {"product": "DRILL", "region": "N", "year": "2024", "units": "1000"},
            {"product": "SAW", "region": "N", "year": "2024", "units": "400"},
            {"product": "PETROL", "region": "N", "year": "2024", "units": "300 ± 30%"},
            {"product": "BATTERY", "region": "N", "year": "2024", "units": "100"},
            {"product": "DRILL", "region": "N", "year": "2023", "units": "900 ± 5%"},
        ],
        "zones": [{"zone": "N", "level": "1 */ 1.5", "loss": "0"}],
        "grid": [{"zone": "N", "scenario": "flat", "year": "2020", "intensity": str(GRID)}],
        "carriers": [{"carrier": "fuel", "unit": "L", "combustion": "2.3 ± 5%"}],
        "materials": [{"product": "DRILL", "part": "product", "material": "stuff", "mass": "2 ± 10%"}],
        "end_of_life": [{"zone": "*", "material": "stuff", "route": "pit", "share": "1"}],
        "treatments": [{"material": "stuff", "route": "pit", "factor": "1.5"}],
    }  # fmt: skip
    return {**made, **changes}


def option(name, table, row, column, value):
    """Make a row of the table `options`."""
    return {"option": name, "table": table, "row": row, "column": column, "value": value}


def catalog(folder, *rows, settings=None, **changes):
    """Write and read the catalog with some rows of options."""
    made = {**SETTINGS, **(settings or {})}
    return read_catalog(write_catalog(folder, made, {**tables(**changes), "options": list(rows)}))
