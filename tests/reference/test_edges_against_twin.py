"""Edge cases in which approximations break: the package's best estimates against the slow twin's."""

import copy
from pathlib import Path
from typing import Any

import pytest

import usephase
from tests.reference.beliefs import best_cell, best_scenario
from tests.reference.folder import write_catalog
from tests.reference.twin import evaluate

Tables = dict[str, list[dict[str, str]]]
TIMINGS = (pytest.param("start_of_year", marks=pytest.mark.slow), "mid_year")


def base() -> Tables:
    """One cooler in two regions, with everything that a life touches."""
    return {
        "products": [
            {"product": "P", "family": "F", "use_profile": "u", "lifetime": "l", "service_mode": "run"},
        ],
        "modes": [
            {"product": "P", "mode": "run", "carrier": "electricity", "rate": "200 W", "load": "0.7"},
            {"product": "P", "mode": "wait", "carrier": "electricity", "rate": "2 W", "phase": "maintenance"},
        ],
        "use_profiles": [
            {"use_profile": "u", "mode": "run", "amount": "500 h/year"},
            {"use_profile": "u", "mode": "wait", "amount_unit": "rest"},
        ],
        "lifetimes": [{"lifetime": "l", "mean": "8"}],
        "sales": [
            {"product": "P", "region": "R1", "year": "2024", "units": "1000"},
            {"product": "P", "region": "R2", "year": "2024", "units": "500"},
            {"product": "P", "region": "R1", "year": "2021", "units": "700"},
        ],
        "zones": [{"zone": "R1", "loss": "0.1", "trend": "-0.01"}],
        "grid": [
            {"zone": zone, "scenario": "s", "year": year, "intensity": intensity, "upstream": "0.03"}
            for zone in ("R1", "R2")
            for year, intensity in (("2020", "0.5"), ("2030", "0.3"), ("2050", "0.1"))
        ],
        "materials": [{"product": "P", "part": "product", "material": "m1", "mass": "12"}],
        "refrigerants": [{"product": "P", "gas": "g1", "charge": "0.2", "annual_leak": "0.05"}],
        "gases": [{"gas": "g1", "gwp": "500"}],
        "end_of_life": [
            {"zone": "*", "material": "*", "route": route, "year": year, "share": share}
            for route, year, share in (("a", "2024", "0.9"), ("b", "2024", "0.1"), ("a", "2060", "0.2"),
                                       ("b", "2060", "0.8"))
        ],
        "treatments": [
            {"material": "*", "route": "a", "factor": "1.5", "biogenic": "0.3"},
            {"material": "*", "route": "b", "year": "2030", "factor": "0.2", "avoided": "0.7"},
            {"material": "*", "route": "b", "year": "2040", "factor": "0.1", "avoided": "0.5"},
        ],
    }  # fmt: skip


def life(**columns: str) -> Tables:
    """Replace the life."""
    return {"lifetimes": [{"lifetime": "l", **columns}]}


def run_hours(amount: str) -> list[dict[str, str]]:
    """Profile in which region R2 runs for so long."""
    return [*base()["use_profiles"], {"use_profile": "u", "mode": "run", "region": "R2", "amount": amount}]


def dated(*rows: tuple[str, str, str]) -> Tables:
    """Waste routes as (route, year, share)."""
    return {
        "end_of_life": [
            {"zone": "*", "material": "*", "route": route, "year": year, "share": share} for route, year, share in rows
        ]
    }


EDGES: dict[str, Tables] = {
    "longer than 150 years": life(mean="200", shape="1"),
    "a tail beyond 150 years": life(distribution="lognormal", mean="20", shape="1.1"),
    "days": life(mean="0.05", shape="1.5"),
    "early failures": life(mean="6", shape="0.5"),
    "nearly fixed": life(mean="6.5", shape="60"),
    "nearly fixed, gamma": life(distribution="gamma", mean="6.5", shape="4000"),
    "gamma of early failures": life(distribution="gamma", mean="5", shape="0.3"),
    "normal of which much is cut off": life(distribution="normal", mean="5", shape="2"),
    "heavy tail": life(distribution="loglogistic", mean="6", shape="1.4"),
    "median of a log-logistic life": life(distribution="loglogistic", median="8"),
    "scrapped log-logistic life": life(distribution="loglogistic", mean="9", max_years="6.5"),
    "narrow normal": life(distribution="normal", mean="5", shape="0.02"),
    "fixed, at a year's end": life(distribution="fixed", mean="5"),
    "fixed, at mid-year": life(distribution="fixed", mean="5.5"),
    "fixed, under half a year": life(distribution="fixed", mean="0.3"),
    "scrapped at a year's end": life(mean="9", max_years="6"),
    "scrapped at mid-year": life(distribution="gamma", mean="9", max_years="6.5"),
    "scrapped within the first year": life(distribution="lognormal", mean="9", shape="0.9", max_years="0.7"),
    "scrapped long after a fixed life": life(distribution="fixed", mean="4", max_years="30"),
    "scrapped at the end of a fixed life": life(distribution="fixed", mean="4", max_years="4"),
    "ages of half and nine tenths": life(t50="4", t90="20"),
    "characteristic life": life(scale="8", shape="1.7"),
    "median of a Weibull life": life(median="8"),
    "median of a gamma life": life(distribution="gamma", median="8", shape="0.6"),
    "median of a lognormal life": life(distribution="lognormal", median="8", shape="0.8"),
    "median of a normal life, much cut off": life(distribution="normal", median="5", shape="1.5"),
    "median of a narrow normal life": life(distribution="normal", median="5", shape="0.05"),
    "median of a fixed life": life(distribution="fixed", median="5"),
    "wear that differs by region": life(mean="3500", unit="hour", mode="run")
    | {"use_profiles": run_hours("3000 h/year")},
    "wear at full load": life(distribution="fixed", mean="1400", unit="full_load_hour", mode="run"),
    "wear of the rest": life(mean="60000", unit="hour", mode="wait"),
    "no rest": life(mean="3") | {"use_profiles": run_hours("24 h/day")},
    "use halves each year": {"products": [base()["products"][0] | {"annual_use_change": "-0.5"}]},
    "hours a life and the rest of the year": {
        "use_profiles": [
            {"use_profile": "u", "mode": "run", "amount": "4000", "amount_unit": "h/life"},
            {"use_profile": "u", "mode": "wait", "amount_unit": "rest"},
        ]
    },
    "a zone that falls faster than its path": {"zones": [{"zone": "R2", "trend": "-0.3", "level": "1.4"}]},
    "a route that begins later": dated(
        ("a", "2026", "1"), ("b", "2026", "0"), ("a", "2034", "0.5"), ("b", "2034", "0.5")
    ),
    "one dated set": dated(("a", "2030", "0.4"), ("b", "2030", "0.6")),
}


@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("name", EDGES)
def test_edge(name: str, timing: str, tmp_path: Path) -> None:
    tables = copy.deepcopy(base()) | EDGES[name]
    settings: dict[str, Any] = {
        "catalog": {"name": "Edges", "reporting_year": 2024},
        "method": {"sales_timing": timing},
        "grid": {"trend": "-0.005", "scenarios": {"s": 1.0}},
    }
    run = usephase.estimate(usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables)), draws=4)
    figures, service = evaluate(settings, tables, best_cell(settings, tables), best_scenario(settings))
    columns = ["ledger", "grid_basis", "boundary", "phase", "by", "group"]
    compared = 0
    for *texts, fast, mean in run.figures[[*columns, "best_estimate", "mean"]].itertuples(index=False):
        key = tuple(None if text is None or text != text else str(text) for text in texts)
        # There is one scenario: what happens under it is what happens.
        expected = figures.get((*key[:4], "total", "total") if key[4] == "scenario" else key, 0.0)
        total = abs(figures[*key[:4], "total", "total"])
        # Less than 1e-9 of the mean life may be booked a year apart.
        floor = 1e-8 * total if key[4] == "calendar_year" else 0.0
        assert fast == pytest.approx(expected, rel=1e-8, abs=floor), key
        assert mean == pytest.approx(expected, rel=1e-8, abs=floor), key
        compared += 1
    assert compared > 40
    for row in run.service.itertuples(index=False):
        expected = service[row.product, row.ledger, "projected", "minimum"]
        assert row.best_estimate == pytest.approx(expected, rel=1e-8), row
