"""The worked examples of the GHG Protocol's guidance for Scope 3 and the closed forms, each as a small catalog.

Figures: GHG Protocol, *Technical Guidance for Calculating Scope 3 Emissions* v1.0 (2013), chapters 11 and 12,
appendices B and C. An expected figure is keyed (ledger, grid_basis, boundary, phase, by, group), in t CO2e.
"""

from dataclasses import dataclass, field
from typing import Any

Tables = dict[str, list[dict[str, str]]]
Figures = dict[tuple[str, str | None, str | None, str | None, str, str], float]

ALL_LIVES: tuple[dict[str, str], ...] = (
    {"distribution": "fixed", "mean": "7.3"},
    {"distribution": "weibull", "mean": "7.3", "shape": "1.7"},
    {"distribution": "weibull", "mean": "2.1", "shape": "0.8"},
    {"distribution": "weibull", "mean": "", "t50": "5", "t90": "9"},
    {"distribution": "lognormal", "mean": "7.3", "shape": "0.5"},
    {"distribution": "gamma", "mean": "7.3", "shape": "3"},
    {"distribution": "loglogistic", "mean": "7.3", "shape": "2.5"},
    {"distribution": "normal", "mean": "7.3", "shape": "0.4"},
)


@dataclass(frozen=True)
class Worked:
    """A catalog and the figures that it must give."""

    name: str
    settings: dict[str, Any]
    tables: Tables
    figures: Figures
    service: dict[tuple[str, str], float] = field(default_factory=dict)


def settings(name: str, timing: str = "mid_year", scenario: str = "flat", **grid: str) -> dict[str, Any]:
    """Settings with one scenario; with none where nothing draws electricity."""
    head: dict[str, Any] = {
        "catalog": {"name": name, "reporting_year": 2024},
        "method": {"sales_timing": timing},
    }
    return head | ({"grid": {**grid, "scenarios": {scenario: 1.0}}} if scenario else {})


def flat_grid(intensity: str) -> Tables:
    """One zone with a constant intensity, and units sold in a region of that name."""
    return {"grid": [{"zone": "Area1", "scenario": "flat", "year": "2024", "intensity": intensity}]}


def sales(**units: str) -> list[dict[str, str]]:
    """Sales of 2024 in the one region."""
    return [{"product": name, "region": "Area1", "year": "2024", "units": count} for name, count in units.items()]


def use(ledger: str, value: float, by: str = "total", group: str = "total", phase: str | None = "direct") -> Figures:
    """Give a use figure that is the same on every basis and boundary."""
    return {
        (ledger, basis, boundary, phase, by, group): value
        for basis in ("projected", "frozen")
        for boundary in ("minimum", "life_cycle")
    }


def direct_use(life: dict[str, str]) -> Worked:
    """Example 11.1: the life in years must not matter where uses are counted a life."""
    products = {"X100": ("1000", "11500", "1.3", 7475.0), "X200": ("1100", "1900", "1.5", 1567.5),
                "Y123": ("2000", "20000", "0.2", 4000.0)}  # fmt: skip
    figures = use("category_11", 13042.5) | use("total", 13042.5, phase=None)
    for name, (_, _, _, tonnes) in products.items():
        figures |= use("category_11", tonnes, "product", name)
    return Worked(
        "11.1",
        settings("Direct use"),
        flat_grid("0.5")
        | {
            "products": [{"product": name, "use_profile": name, "lifetime": "any"} for name in products],
            "modes": [
                {"product": name, "mode": "use", "carrier": "electricity", "rate": rate, "rate_unit": "kWh/cycle"}
                for name, (_, _, rate, _) in products.items()
            ],
            "use_profiles": [
                {"use_profile": name, "mode": "use", "amount": uses, "amount_unit": "cycle/life"}
                for name, (uses, _, _, _) in products.items()
            ],
            "lifetimes": [{"lifetime": "any", **life}],
            "sales": sales(**{name: units for name, (_, units, _, _) in products.items()}),
        },
        figures,
    )


WASHES = {"cold": ("0.40", "200"), "warm": ("0.50", "400"), "hot": ("1.20", "400")}


def indirect_use() -> Worked:
    """Example 11.2: three ways of washing, all of it in the phase `indirect`."""
    modes = [
        {"product": "SHIRT", "mode": mode, "carrier": "electricity", "rate": f"{rate} kWh/cycle", "phase": "indirect"}
        for mode, (rate, _) in WASHES.items()
    ]
    profile = [
        {"use_profile": "laundry", "mode": mode, "amount": f"{washes} cycle/life"}
        for mode, (_, washes) in WASHES.items()
    ]
    return Worked(
        "11.2",
        settings("Indirect use"),
        flat_grid("0.5")
        | {
            "products": [{"product": "SHIRT", "use_profile": "laundry", "lifetime": "worn"}],
            "modes": modes,
            "use_profiles": profile,
            "lifetimes": [{"lifetime": "worn", "mean": "4"}],
            "sales": sales(SHIRT="2000"),
        },
        use("category_11", 760.0, phase="indirect") | use("total", 0.0, phase=None),
    )


def indirect_use_by_segment() -> Worked:
    """Example 11.2 again: 20, 40 and 40 % of the users wash cold, warm and hot."""
    base = indirect_use()
    tables = dict(base.tables)
    tables["segments"] = [
        {"product": "SHIRT", "segment": name, "share": share, "use_profile": name}
        for name, share in (("cold", "0.2"), ("warm", "0.4"), ("hot", "0.4"))
    ]
    tables["products"] = [{"product": "SHIRT", "lifetime": "worn"}]
    tables["use_profiles"] = [
        {"use_profile": user, "mode": mode, "amount": "1000" if user == mode else "0", "amount_unit": "cycle/life"}
        for user in WASHES
        for mode in WASHES
    ]
    return Worked("11.2 by segment", base.settings, tables, base.figures)


def intermediate() -> Worked:
    """Example 11.3: engines have 20 kg of 500 kg of the final product; kilometres are booked as cycles."""
    return Worked(
        "11.3",
        settings("Intermediate", scenario=""),
        {
            "products": [{"product": "ENGINE", "use_profile": "road", "lifetime": "car", "allocation": "0.04"}],
            "modes": [
                {"product": "ENGINE", "mode": "km", "carrier": "fuel1", "rate": "0.3", "rate_unit": "kg/cycle"},
            ],
            "carriers": [{"carrier": "fuel1", "unit": "kg", "combustion": "1"}],
            "use_profiles": [{"use_profile": "road", "mode": "km", "amount": "300000", "amount_unit": "cycle/life"}],
            "lifetimes": [{"lifetime": "car", "mean": "12"}],
            "sales": sales(ENGINE="10"),
        },
        use("category_11", 36.0) | use("category_11", 36.0, "component", "combustion"),
    )


def waste() -> Worked:
    """Example 12.1: 10,000 kg, 90 % to landfill, 10 % incinerated, nothing recycled."""
    return Worked(
        "12.1",
        settings("Waste", scenario=""),
        {
            "products": [{"product": "CHAIR"}],
            "materials": [{"product": "CHAIR", "part": "product", "material": "stuff", "mass": "10"}],
            "end_of_life": [
                {"zone": "*", "material": "*", "route": route, "share": share}
                for route, share in (("landfill", "0.9"), ("incineration", "0.1"), ("recycling", "0"))
            ],
            "treatments": [
                {"material": "*", "route": route, "factor": factor}
                for route, factor in (("landfill", "0.3"), ("incineration", "1.0"), ("recycling", "0"))
            ],
            "sales": sales(CHAIR="1000"),
        },
        {
            ("category_12", None, None, None, "total", "total"): 3.7,
            ("category_12", None, None, None, "component", "landfill"): 2.7,
            ("category_12", None, None, None, "component", "incineration"): 1.0,
            ("category_12", None, None, None, "calendar_year", "2024"): 3.7,
        }
        | use("total", 3.7, phase=None),
    )


def fan() -> Worked:
    """Example B.1: 300 W, 40 days of 6 h a year, 5 years."""
    return Worked(
        "B.1",
        settings("Fan", timing="start_of_year"),
        flat_grid("0.45")
        | {
            "products": [{"product": "FAN", "use_profile": "summer", "lifetime": "five"}],
            "modes": [{"product": "FAN", "mode": "on", "carrier": "electricity", "rate": "300", "rate_unit": "W"}],
            "use_profiles": [{"use_profile": "summer", "mode": "on", "amount": "240", "amount_unit": "h/year"}],
            "lifetimes": [{"lifetime": "five", "distribution": "fixed", "mean": "5"}],
            "sales": sales(FAN="1000"),
        },
        use("category_11", 162.0) | use("category_11", 32.4, "calendar_year", "2028"),
    )


def intensity() -> Worked:
    """Example C.1: 500,000 kg over 1,500 washes of 2,000 units."""
    return Worked(
        "C.1",
        settings("Intensity"),
        flat_grid("0.5")
        | {
            "products": [
                {"product": "WASHER", "use_profile": "laundry", "lifetime": "long", "service_mode": "wash"},
            ],
            "modes": [
                {"product": "WASHER", "mode": "wash", "carrier": "electricity", "rate": repr(1 / 3),
                 "rate_unit": "kWh/cycle"},
            ],
            "use_profiles": [
                {"use_profile": "laundry", "mode": "wash", "amount": "1500", "amount_unit": "cycle/life"},
            ],
            "lifetimes": [{"lifetime": "long", "distribution": "lognormal", "mean": "11"}],
            "sales": sales(WASHER="2000"),
        },
        use("category_11", 500.0),
        {("WASHER", "category_11"): 1 / 6},
    )  # fmt: skip


def constant_grid(life: dict[str, str], timing: str, mean_years: float) -> Worked:
    """Closed form: units × energy a year × mean life × factor, for every life and timing."""
    tonnes = 1000 * 50.0 * mean_years * 0.4 / 1000
    return Worked(
        f"constant grid, {life['distribution']}, {timing}",
        settings("Constant", timing=timing),
        flat_grid("0.4")
        | {
            "products": [{"product": "LAMP", "use_profile": "evening", "lifetime": "some"}],
            "modes": [{"product": "LAMP", "mode": "on", "carrier": "electricity", "rate": "0.05 kW"}],
            "use_profiles": [{"use_profile": "evening", "mode": "on", "amount": "1000 h/year"}],
            "lifetimes": [{"lifetime": "some", **life}],
            "sales": sales(LAMP="1000"),
        },
        use("category_11", tonnes),
    )


def falling_grid(as_trend: bool) -> Worked:
    """Closed form: 5 % a year less for ten years, at 0.5 kg/kWh and 1 kWh a year: 4.012631 kg; frozen 5 kg."""
    base = fan()
    tables = dict(base.tables)
    years = range(2024, 2025 if as_trend else 2036)
    tables["grid"] = [
        {"zone": "Area1", "scenario": "flat", "year": str(year), "intensity": repr(0.5 * 0.95 ** (year - 2024))}
        for year in years
    ]
    tables["modes"] = [
        {"product": "FAN", "mode": "on", "carrier": "electricity", "rate": "1", "rate_unit": "kWh/cycle"},
    ]
    tables["use_profiles"] = [{"use_profile": "summer", "mode": "on", "amount": "1", "amount_unit": "cycle/year"}]
    tables["lifetimes"] = [{"lifetime": "five", "distribution": "fixed", "mean": "10"}]
    falling = 0.5 * (1 - 0.95**10) / 0.05
    grid = {"trend": "-0.05"} if as_trend else {}
    figures: Figures = {}
    for boundary in ("minimum", "life_cycle"):
        figures["category_11", "projected", boundary, "direct", "total", "total"] = falling
        figures["category_11", "frozen", boundary, "direct", "total", "total"] = 5.0
    return Worked("falling grid", settings("Falling", timing="start_of_year", **grid), tables, figures)


def worked_examples() -> list[Worked]:
    """Give all of them."""
    lives = [(life, float(life["mean"])) for life in ALL_LIVES if life["mean"]]
    return [
        *(direct_use(life) for life in ALL_LIVES),
        indirect_use(),
        indirect_use_by_segment(),
        intermediate(),
        waste(),
        fan(),
        intensity(),
        *(constant_grid(life, timing, mean) for life, mean in lives for timing in ("start_of_year", "mid_year")),
        falling_grid(as_trend=False),
        falling_grid(as_trend=True),
    ]
