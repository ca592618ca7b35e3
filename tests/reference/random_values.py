"""Random uncertain cells: every way of writing a value, well inside its column's range."""

from typing import cast

from numpy.random import Generator

# Forms whose best estimate is the nominal value itself, as shares that must sum to 1 need it.
CENTRED = ("fixed", "fixed", "percent", "percent_ascii", "half_width", "normal", "triangular", "pert", "uniform")
POSITIVE = ("factor", "factor_sign", "lognormal", "gamma", "weibull", "discrete", "beta_range")


def number(value: float) -> str:
    """Write a number so that it reads back as the same double, and no point can be taken for one of thousands."""
    text = repr(float(f"{value:.6g}"))
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def pick(rng: Generator, *choices: str) -> str:
    """Choose one of several texts."""
    return cast(str, choices[int(rng.integers(len(choices)))])


def chance(rng: Generator, probability: float) -> bool:
    """Toss a biased coin."""
    return bool(rng.random() < probability)


def positive(rng: Generator, value: float, unit: str = "", *, plain: float = 0.35) -> str:
    """Value above 0 without an upper bound, of any form, about 20 % wide at most."""
    form = "fixed" if chance(rng, plain) else pick(rng, *CENTRED, *POSITIVE)
    return _with_unit(_written(rng, form, value, 0.03 + 0.12 * rng.random()), unit)


def share(rng: Generator, value: float, *, plain: float = 0.35) -> str:
    """Value within [0, 1] that stays there with near certainty."""
    room = min(value, 1 - value)
    if room < 0.01 or chance(rng, plain):
        return number(value)
    if chance(rng, 0.25):
        strength = 20 + 60 * rng.random()
        return f"beta({number(value * strength)}, {number((1 - value) * strength)})"
    return _written(rng, pick(rng, *CENTRED, "beta_range", "discrete"), value, 0.2 * room / value)


def centred_share(rng: Generator, value: float) -> str:
    """Share whose best estimate is `value`, so that a set of them sums to 1."""
    room = min(value, 1 - value)
    if room < 0.01:
        return repr(value)
    return _written(rng, pick(rng, *CENTRED), value, 0.2 * room / value, exact=True)


def signed(rng: Generator, value: float, width: float) -> str:
    """Small value of either sign."""
    spread = width * (0.3 + 0.7 * rng.random())
    low, high = number(value - spread), number(value + spread)
    return pick(
        rng,
        number(value),
        f"normal({number(value)}, {number(spread / 3)})",
        f"{number(value)} ± {number(spread)}",
        f"uniform({low}, {high})",
        f"triangular({low}, {number(value)}, {high})",
        f"pert({low}, {number(value)}, {high})",
        f"beta(2, 3, {low}, {high})",
        f"discrete({low}: 1, {number(value)}: 3, {high}: 2)",
    )


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit else text


def _written(rng: Generator, form: str, value: float, relative: float, *, exact: bool = False) -> str:
    v = repr(value) if exact else number(value)
    value = float(v)
    low, high = value * (1 - 2 * relative), value * (1 + 2 * relative)
    if form == "fixed":
        return v
    if form == "percent":
        return f"{v} ± {number(200 * relative)}%"
    if form == "percent_ascii":
        return f"{v} +/- {number(200 * relative)}%"
    if form == "half_width":
        return f"{v} ± {number(2 * relative * value)}"
    if form == "factor":
        return f"{v} */ {number(1 + 2 * relative)}"
    if form == "factor_sign":
        return f"{v} ×÷ {number(1 + 2 * relative)}"
    if form == "normal":
        return f"normal({v}, {number(relative * value)})"
    if form == "lognormal":
        return f"lognormal({v}, {number(1 + relative)})"
    if form == "uniform":
        half = float(number(2 * relative * value))
        return f"uniform({value - half!r}, {value + half!r})"
    if form == "triangular":
        return f"triangular({number(low)}, {v}, {number(high)})"
    if form == "pert":
        return f"pert({number(low)}, {v}, {number(high)})"
    if form == "gamma":
        shape = 10 + 40 * rng.random()
        return f"gamma({number(shape)}, {number(value / shape)})"
    if form == "weibull":
        return f"weibull({number(4 + 6 * rng.random())}, {number(value)})"
    if form == "beta_range":
        return f"beta({number(1.5 + rng.random())}, {number(2 + rng.random())}, {number(low)}, {number(high)})"
    if form == "discrete":
        return f"discrete({number(low)}: 1, {v}: {number(1 + 2 * rng.random())}, {number(high)}: 0.8)"
    raise ValueError(form)
