"""Random profiles, lives, modes and carriers that fit each other."""

from dataclasses import dataclass, field

from numpy.random import Generator

from tests.reference.beliefs import FACTORS
from tests.reference.random_values import chance, number, pick, positive, share

Row = dict[str, str]
PER_YEAR = {"h/year": 1.0, "h/day": 365.0, "cycle/year": 1.0, "cycle/day": 365.0, "cycle/week": 365 / 7}
# Carrier → unit, direct emissions a unit, and the kind of quantity its unit measures.
CARRIERS = {
    "brew": ("L", 2.3, "volume"),
    "wax": ("kg", 3.0, "mass"),
    "mist": ("m3", 2.0, "volume"),
    "steam": ("kWh", 0.25, "energy"),
    "glow_heat": ("MJ", 0.07, "energy"),
}
RATES = {
    "power": (("W", "kW", "hp"), 400.0, "energy"),
    "energy": (("Wh/cycle", "kWh/cycle", "MJ/cycle"), 0.6, "energy"),
    "year": (("kWh/year",), 60.0, "energy"),
    "volume_h": (("L/h", "mL/h", "gal/h"), 0.7, "volume"),
    "mass_h": (("kg/h", "g/h"), 0.5, "mass"),
    "volume_cycle": (("L/cycle",), 0.05, "volume"),
    "mass_cycle": (("kg/cycle",), 0.04, "mass"),
}


@dataclass
class Kind:
    """A way of use: the modes that all its profiles have, the one that wears, and what refers to it."""

    name: str
    hours: list[str]
    cycles: list[str]
    wearing: str
    amount_a_year: float
    rests: bool
    profiles: list[str] = field(default_factory=list)
    lifetimes: list[str] = field(default_factory=list)

    @property
    def modes(self) -> list[str]:
        """All modes."""
        return [*self.hours, *self.cycles]


def make_kind(rng: Generator, name: str) -> Kind:
    """Draw the modes of a kind."""
    hours = [f"{name}{mode}" for mode in ("Run", "Idle", "Glow")[: int(rng.integers(0, 4))]]
    cycles = [f"{name}{mode}" for mode in ("Charge", "Wash")[: int(rng.integers(0 if hours else 1, 3))]]
    rests = len(hours) > 1 and chance(rng, 0.2)
    wearing = hours[-1] if rests else pick(rng, *hours, *cycles)
    amount = 7000.0 if rests else (150 if wearing in hours else 80) * (0.5 + rng.random())
    return Kind(name, hours, cycles, wearing, amount, rests)


def profile_rows(rng: Generator, kind: Kind, name: str, regions: list[str]) -> list[Row]:
    """Amounts of every mode, some of them different in some regions."""
    rows = []
    resting = kind.hours[-1] if kind.rests or (len(kind.hours) > 1 and chance(rng, 0.4)) else ""
    if resting == kind.wearing and not kind.rests:
        resting = ""
    for mode in kind.modes:
        everywhere = chance(rng, 0.15)
        places = regions if everywhere else ["", *(region for region in regions if chance(rng, 0.2))]
        for region in places:
            row = {"use_profile": name, "mode": mode} | ({"region": region} if region else {})
            if mode == resting:
                row["amount_unit"] = "rest"
            else:
                row |= _amount(rng, kind, mode)
            rows.append(row)
    return rows


def _amount(rng: Generator, kind: Kind, mode: str) -> Row:
    spread = 0.6 + rng.random()
    timed = mode in kind.hours
    if mode != kind.wearing and not kind.rests and chance(rng, 0.25):
        return _in_cell_or_column(rng, "amount", 900 * spread, "h/life" if timed else "cycle/life")
    unit = pick(rng, "h/year", "h/day") if timed else pick(rng, "cycle/year", "cycle/day", "cycle/week")
    a_year = kind.amount_a_year if mode == kind.wearing else (400.0 if timed else 120.0)
    return _in_cell_or_column(rng, "amount", a_year * spread / PER_YEAR[unit], unit)


def _in_cell_or_column(rng: Generator, column: str, value: float, unit: str) -> Row:
    where = pick(rng, "cell", "column", "column", "both")
    row = {column: positive(rng, value, "" if where == "column" else unit)}
    return row if where == "cell" else row | {f"{column}_unit": unit}


def lifetime_row(rng: Generator, name: str, kind: Kind | None) -> Row:
    """Life of any distribution, in years or by the wear of the kind's mode."""
    years = 2.5 + 10 * rng.random()
    row = {"lifetime": name}
    if kind is not None and chance(rng, 0.75):
        timed = kind.wearing in kind.hours
        row |= {"unit": pick(rng, "hour", "full_load_hour") if timed else "cycle", "mode": kind.wearing}
        years *= kind.amount_a_year * (0.6 if row["unit"] == "full_load_hour" else 1.0)
    elif chance(rng, 0.3):
        row["unit"] = "year"
    form = pick(rng, "fixed", "weibull", "weibull", "ages", "lognormal", "gamma", "normal")
    if form == "ages":
        row |= {"t50": f"{number(years)} ± 8%", "t90": f"triangular({number(1.6 * years)}, {number(2 * years)}, "
                f"{number(2.4 * years)})"}  # fmt: skip
    else:
        length = pick(rng, "mean", "mean", "median", *["scale"] * (form == "weibull"))
        row[length] = positive(rng, years)
        shapes = {"weibull": 0.8 + 3 * rng.random(), "lognormal": 0.2 + 0.5 * rng.random(),
                  "gamma": 0.7 + 6 * rng.random(), "normal": 0.15 + 0.6 * rng.random()}  # fmt: skip
        if form != "weibull" or chance(rng, 0.5):
            row["distribution"] = form
        if form in shapes and chance(rng, 0.7):
            row["shape"] = positive(rng, shapes[form])
    if chance(rng, 0.3):
        row["max_years"] = positive(rng, 4 + 16 * rng.random())
    return row


def further_lives(rng: Generator, rows: list[Row], years: list[int]) -> tuple[list[Row], list[Row]]:
    """Give some lives a curve of points or a log-logistic form, and some another row from a later year on."""
    lives, survival = [], []
    for life in rows:
        later = {**life, "from_year": str(max(years)), "max_years": "5.5"} if chance(rng, 0.4) else None
        for row in filter(None, (dict(life), later)):
            if "t50" not in row and "scale" not in row and chance(rng, 0.35):
                row.pop("shape", None)
                row["distribution"] = pick(rng, "table", "table", "loglogistic")
                if row["distribution"] == "table":
                    ages = [0.0, *sorted(float(x) for x in rng.uniform(1.0, 14.0, 3)), 15.0]
                    shares = [1.0, *sorted((float(x) for x in rng.random(3)), reverse=True), 0.0]
                    keys = {key: row[key] for key in ("lifetime", "from_year") if key in row}
                    survival += [keys | {"age": repr(a), "share": repr(s)} for a, s in zip(ages, shares, strict=True)]
                    if row.get("unit", "year") == "year" and chance(rng, 0.4):
                        row.pop("mean", None)
                        row.pop("median", None)
                    elif "median" in row:
                        row["mean"] = row.pop("median")
            lives.append(row)
    return lives, survival


def mode_rows(rng: Generator, kind: Kind, product: str, needs: dict[str, set[str]]) -> list[Row]:
    """What a product draws in its modes; `needs` collects the carriers and the kinds of rates that meet them."""
    rows = []
    for mode in kind.modes:
        if mode != kind.wearing and chance(rng, 0.15):
            continue
        electric = chance(rng, 0.6)
        if mode in kind.hours:
            form = "power" if electric else pick(rng, "power", "volume_h", "mass_h")
        else:
            form = "energy" if electric else pick(rng, "energy", "volume_cycle", "mass_cycle")
        form = "year" if chance(rng, 0.1) else form
        carrier = "electricity" if electric else pick(rng, *CARRIERS)
        units, nominal, quantity = RATES[form]
        if not electric:
            needs.setdefault(carrier, set()).add(quantity)
        unit = pick(rng, *units)
        row = {"product": product, "mode": mode, "carrier": carrier}
        row |= _in_cell_or_column(rng, "rate", nominal * (0.2 + 1.5 * rng.random()) / FACTORS[unit], unit)
        if chance(rng, 0.6):
            row["load"] = share(rng, 0.2 + 0.75 * rng.random())
        if chance(rng, 0.5):
            row["efficiency"] = share(rng, 0.25 + 0.7 * rng.random())
        if chance(rng, 0.35):
            row["phase"] = pick(rng, "direct", "indirect", "maintenance")
        rows.append(row)
    return rows


def carrier_rows(rng: Generator, needs: dict[str, set[str]]) -> list[Row]:
    """Carriers in use, with the density and heating value that their rates ask for, and sometimes without need."""
    rows = []
    for carrier, quantities in sorted(needs.items()):
        unit, direct, own = CARRIERS[carrier]
        met = quantities | {own}
        row = {"carrier": carrier, "unit": unit, "combustion": positive(rng, direct)}
        if chance(rng, 0.6):
            row["upstream"] = positive(rng, 0.2 * direct)
        if chance(rng, 0.5):
            row["biogenic"] = positive(rng, 0.1 * direct)
        if len(met) > 1 and "volume" in met:
            row["density"] = positive(rng, 0.0008 if unit == "m3" else 0.75, "kg/L" if chance(rng, 0.3) else "")
        if len(met) > 1 and "energy" in met:
            row["heating_value"] = positive(rng, 42.0, "MJ/kg" if chance(rng, 0.3) else "")
        rows.append(row)
    return rows
