"""A small catalog without fault, and what the checks say when parts of it are replaced."""

from tests.catalog import build
from usephase.catalog.checks import check

REFERENCE = {
    "grid": [
        {"zone": "DEU", "scenario": "*", "year": "2020", "intensity": "0.4"},
        {"zone": "DEU", "scenario": "flat", "year": "2030", "intensity": "0.3"},
        {"zone": "DEU", "scenario": "green", "year": "2030", "intensity": "0.1"},
        {"zone": "FRA", "scenario": "flat", "year": "2020", "intensity": "0.05"},
        {"zone": "REG", "scenario": "*", "year": "2020", "intensity": "0.5"},
    ],
    "reference_grid": [{"zone": "DEU", "level": "lognormal(1,0.05)"}],
    "zones": [{"zone": "DEU", "name": "Germany", "loss": "0.04"}, {"zone": "FRA", "name": "France", "loss": "0.06"}],
    "carriers": [
        {"carrier": "petrol", "unit": "L", "combustion": "2.3", "density": "0.74", "heating_value": "43"},
        {"carrier": "lpg", "unit": "kg", "combustion": "3", "heating_value": "46"},
        {"carrier": "gas", "unit": "m3", "combustion": "2"},
    ],
    "gases": [{"gas": "r32", "gwp": "771"}],
    "lifetimes": [{"lifetime": "tool", "mean": "10"}],
    "use_profiles": [{"use_profile": "hobby", "mode": "on", "amount": "10", "amount_unit": "h/year"}],
    "end_of_life": [
        {"zone": "DEU", "material": "steel", "route": "recycling", "share": "1"},
        {"zone": "FRA", "material": "*", "route": "landfill", "share": "1"},
    ],
    "treatments": [
        {"material": "*", "route": "recycling", "factor": "0.02"},
        {"material": "steel", "route": "landfill", "factor": "0.01"},
    ],
}
BASE = {
    "products": [{"product": "DRILL", "family": "Tools", "use_profile": "diy", "lifetime": "drill"}],
    "modes": [{"product": "DRILL", "mode": "on", "carrier": "electricity", "rate": "normal(100,5)", "rate_unit": "W"}],
    "use_profiles": [{"use_profile": "diy", "mode": "on", "amount": "10", "amount_unit": "h/year"}],
    "lifetimes": [{"lifetime": "drill", "mean": "normal(8,1)"}],
    "materials": [{"product": "DRILL", "part": "product", "material": "steel", "mass": "1"}],
    "sales": [
        {"product": "DRILL", "region": "DEU", "year": "2021", "units": "90"},
        {"product": "DRILL", "region": "DEU", "year": "2024", "units": "100"},
    ],
}


def problems(settings=None, found=(), reference=None, labels=(), **changes):
    """Check the sound catalog with some tables replaced; (severity, where, what, fix) of each problem."""
    catalog = build.catalog(settings, labels, **{**BASE, **changes})
    said = check(catalog, found, build.reference(**{**REFERENCE, **(reference or {})}))
    return [(p.severity, p.where, p.what, p.fix) for p in said if p not in found]


def one(severity, where, *fragments, **changes):
    """Assert that the change makes exactly one problem of that severity, at that place, saying that."""
    said = problems(**changes)
    hits = [p for p in said if p[0] == severity]
    assert [p[1] for p in hits] == [where], said
    for fragment in fragments:
        assert fragment in f"{hits[0][2]} → {hits[0][3]}", hits[0]


def also(table, *rows):
    """Give the sound catalog's rows of a table and more."""
    return [*BASE.get(table, []), *rows]


def but(table, row=0, **cells):
    """Give the sound catalog's rows of a table, with cells of one of them changed."""
    return [{**old, **cells} if i == row else old for i, old in enumerate(BASE[table])]
