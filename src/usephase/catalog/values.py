"""The grammar of an uncertain value: from a cell's text to a distribution and its parameters."""

import math
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from usephase.catalog.limits import clip
from usephase.catalog.refusal import Refusal, explain
from usephase.sampling import distributions as dist
from usephase.sampling.distributions import Z95, Points
from usephase.units import Factor, nearest

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A number as RE2 and Python's `re` both read it; digits fit in one way only, so that nothing is tried twice."""

_UNIT = r"%|[^\W\d_][^±+*×÷(),;:]{0,40}?"  # bounded: a long cell must not cost the square of its length
_ALONE = re.compile(NUMBER)
_PLAIN = re.compile(rf"({NUMBER})\s*({_UNIT})?")
_HALF_WIDTH = re.compile(rf"({NUMBER})\s*({_UNIT})?\s*(?:±|\+\s*/\s*-)\s*({NUMBER})\s*(%)?\s*({_UNIT})?")
_FACTOR = re.compile(rf"({NUMBER})\s*({_UNIT})?\s*(?:\*\s*/|×\s*/?\s*÷)\s*({NUMBER})\s*({_UNIT})?")
_CALL = re.compile(rf"([^\W\d]\w*)\s*\((.*)\)\s*({_UNIT})?", re.DOTALL)

# Which parameters of a kind carry the unit; the others are pure numbers.
_SCALED = {
    dist.FIXED: (0,), dist.NORMAL: (0, 1), dist.LOGNORMAL: (0,), dist.UNIFORM: (0, 1), dist.TRIANGULAR: (0, 1, 2),
    dist.PERT: (0, 1, 2), dist.BETA: (2, 3), dist.GAMMA: (1,), dist.WEIBULL: (1,), dist.LOGIT_NORMAL: (0, 2, 3),
}  # fmt: skip


class Parsed(NamedTuple):
    """Hold a cell's distribution in the unit as written.

    Attributes
    ----------
    kind : int
        A kind of `usephase.sampling.distributions`.
    params : tuple of 4 floats
        Its parameters.
    unit : str
        The unit in the cell, as written; "" where there is none.
    plain : bool
        Whether it was written as a number: only such a cell takes its error from the row's pedigree.
    points : (values, weights), optional
        Of a discrete distribution: values ascending, weights summing to 1.
    """

    kind: int
    params: tuple[float, float, float, float]
    unit: str = ""
    plain: bool = False
    points: Points | None = None

    def convert(self, factor: Factor) -> "Parsed":
        """Express the same distribution in another unit; the unit as written is then gone."""
        if factor.numerator == factor.denominator:
            return self
        params = list(self.params)
        for i in _SCALED.get(self.kind, ()):
            params[i] = factor.times(params[i])
        points = self.points
        if points is not None:
            points = (points[0] * factor.numerator / factor.denominator, points[1])
        return self._replace(params=(params[0], params[1], params[2], params[3]), unit="", points=points)


def _made(kind: int, *params: float) -> Parsed:
    a, b, c, d = (*params, *(0.0,) * (4 - len(params)))
    return Parsed(kind, (a, b, c, d))


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Refusal(f"`{clip(text)}` is too large for a number", "write a number of ordinary size")
    return value


def parse(text: str) -> Parsed:
    """Read an uncertain value.

    Parameters
    ----------
    text : str
        A cell that is not empty: a number or one of the forms of the catalog guide, with or without a unit.

    Returns
    -------
    Parsed

    Raises
    ------
    Refusal
        If the text is not a value; says what it looks like and what to write.
    """
    text = " ".join(text.split()).replace("\u2212", "-")  # the typographic minus of spreadsheets
    if match := _PLAIN.fullmatch(text):
        return _made(dist.FIXED, _number(match[1]))._replace(unit=match[2] or "", plain=True)
    if match := _HALF_WIDTH.fullmatch(text):
        return _half_width(text, *match.groups())
    if match := _FACTOR.fullmatch(text):
        return _factor(text, *match.groups())
    if match := _CALL.fullmatch(text):
        return _call(match[1], match[2])._replace(unit=match[3] or "")
    raise explain(text)


def _one_unit(text: str, first: str | None, last: str | None) -> str:
    if first and last and first != last:
        raise Refusal(f"`{clip(text)}` has two units", f"write one unit, at the end: `… {first}`")
    return first or last or ""


def _half_width(text: str, centre: str, unit: str | None, width: str, percent: str | None, last: str | None) -> Parsed:
    if percent and unit == "%" and not last:
        # 20 % ± 2 % is two points to one reader and a fiftieth of 20 % to another.
        mean = _number(centre) / 100
        raise Refusal(
            f"`{clip(text)}` can be read in two ways",
            f"write `{mean:g} ± {clip(width)}%` of the value, or `{mean:g} ± {_number(width) / 100:g}` for points",
        )
    mean, half = _number(centre), _number(width)
    if half < 0:
        raise Refusal(f"the half-width `{clip(width)}` is negative", "write a half-width of 0 or more")
    if percent:
        half = abs(mean) * half / 100
        _need(math.isfinite(half), f"`{clip(text)}` is too large for a number", "write a number of ordinary size")
    parsed = _made(dist.NORMAL, mean, half / float(Z95)) if half > 0 else _made(dist.FIXED, mean)
    return parsed._replace(unit=_one_unit(text, unit, last))


def _factor(text: str, centre: str, unit: str | None, factor: str, last: str | None) -> Parsed:
    median, spread = _number(centre), _number(factor)
    if spread <= 1:
        raise Refusal(
            f"the factor `{clip(factor)}` is not above 1",
            f"write a factor above 1, or the number alone: `{clip(centre)}`",
        )
    if median == 0:
        raise Refusal("a factor cannot spread 0", "write `0`, or an absolute half-width: `0 ± …`")
    return _made(dist.LOGNORMAL, median, math.log(spread) / float(Z95))._replace(unit=_one_unit(text, unit, last))


# -- functions -----------------------------------------------------------------------------------------------


def _need(condition: bool, what: str, fix: str) -> None:
    if not condition:
        raise Refusal(what, fix)


def _normal(mean: float, sd: float) -> Parsed:
    _need(sd >= 0, f"the standard deviation {sd:g} is negative", "write 0 or more")
    return _made(dist.NORMAL, mean, sd) if sd > 0 else _made(dist.FIXED, mean)


def _lognormal(median: float, gsd: float) -> Parsed:
    _need(median != 0, "the median of a lognormal is 0", "write a median that is not 0, or the number `0` alone")
    _need(gsd >= 1, f"the geometric standard deviation {gsd:g} is below 1", "write 1 or more, such as 1.2")
    return _made(dist.LOGNORMAL, median, math.log(gsd)) if gsd > 1 else _made(dist.FIXED, median)


def _uniform(low: float, high: float) -> Parsed:
    _need(low <= high, f"low {low:g} is above high {high:g}", f"write `uniform({high:g}, {low:g})`")
    return _made(dist.UNIFORM, low, high) if low < high else _made(dist.FIXED, low)


def _three(kind: int, name: str, low: float, mode: float, high: float) -> Parsed:
    a, b, c = sorted((low, mode, high))
    _need(
        low <= mode <= high,
        f"{name} takes low, mode, high in ascending order",
        f"write `{name}({a:g}, {b:g}, {c:g})` if that is what is meant",
    )
    return _made(kind, low, mode, high) if low < high else _made(dist.FIXED, low)


def _triangular(low: float, mode: float, high: float) -> Parsed:
    return _three(dist.TRIANGULAR, "triangular", low, mode, high)


def _pert(low: float, mode: float, high: float) -> Parsed:
    return _three(dist.PERT, "pert", low, mode, high)


def _beta(a: float, b: float, low: float = 0.0, high: float = 1.0) -> Parsed:
    _need(a > 0 and b > 0, "the shapes of a beta are not above 0", "write shapes above 0, such as `beta(2, 5)`")
    _need(low <= high, f"low {low:g} is above high {high:g}", f"write `beta({a:g}, {b:g}, {high:g}, {low:g})`")
    return _made(dist.BETA, a, b, low, high) if low < high else _made(dist.FIXED, low)


def _gamma(shape: float, scale: float) -> Parsed:
    _need(shape > 0 and scale > 0, "shape or scale is not above 0", "write both above 0, such as `gamma(4, 3)`")
    return _made(dist.GAMMA, shape, scale)


def _weibull(shape: float, scale: float) -> Parsed:
    _need(shape > 0 and scale > 0, "shape or scale is not above 0", "write both above 0, such as `weibull(2, 12)`")
    return _made(dist.WEIBULL, shape, scale)


# name: (maker, fewest and most parameters, how it is written)
_FUNCTIONS: dict[str, tuple[Callable[..., Parsed], int, int, str]] = {
    "normal": (_normal, 2, 2, "normal(mean, sd)"),
    "lognormal": (_lognormal, 2, 2, "lognormal(median, gsd)"),
    "uniform": (_uniform, 2, 2, "uniform(low, high)"),
    "triangular": (_triangular, 3, 3, "triangular(low, mode, high)"),
    "pert": (_pert, 3, 3, "pert(low, mode, high)"),
    "beta": (_beta, 2, 4, "beta(a, b) or beta(a, b, low, high)"),
    "gamma": (_gamma, 2, 2, "gamma(shape, scale)"),
    "weibull": (_weibull, 2, 2, "weibull(shape, scale)"),
}
_DISCRETE = "discrete(v1: w1, v2: w2, …)"
_NAMES = (*_FUNCTIONS, "discrete")


def _argument(part: str, form: str) -> float:
    part = part.strip()
    if _ALONE.fullmatch(part):
        return _number(part)
    if _PLAIN.fullmatch(part):
        raise Refusal(
            f"`{clip(part)}` has a unit inside the brackets", f"write the unit once, after the bracket: `{form} unit`"
        )
    if not part:
        raise Refusal("a parameter is missing", f"write `{form}`")
    raise Refusal(f"the parameter `{clip(part)}` is not a number", f"write `{form}` with plain numbers")


def _call(name: str, inside: str) -> Parsed:
    key = name.casefold()
    if key == "discrete":
        return _discrete(inside)
    if key not in _FUNCTIONS:
        close = nearest(clip(name), _NAMES)
        hint = f"did you mean `{close}`? Known are" if close else "known are"
        raise Refusal(f"`{clip(name)}` is not a distribution", f"{hint} {', '.join(_NAMES)}")
    make, fewest, most, form = _FUNCTIONS[key]
    if ";" in inside:
        raise Refusal("parameters are separated by `;`", f"write a comma between them: `{form}`")
    parts = inside.split(",")
    if not fewest <= len(parts) <= most or (key == "beta" and len(parts) == 3):
        raise Refusal(
            f"{key} has {len(parts)} parameter{'s' if len(parts) != 1 else ''}",
            f"write `{form}` with a decimal point in numbers",
        )
    return make(*(_argument(part, form) for part in parts))


def _discrete(inside: str) -> Parsed:
    weights: dict[float, float] = {}
    for pair in inside.split(","):
        value_text, colon, weight_text = pair.partition(":")
        if not colon:
            raise Refusal(f"`{clip(pair.strip())}` has no weight", f"write `{_DISCRETE}`")
        value, weight = _argument(value_text, _DISCRETE), _argument(weight_text, _DISCRETE)
        _need(weight >= 0, f"the weight {weight:g} is negative", "write weights of 0 or more")
        weights[value] = weights.get(value, 0.0) + weight
    kept = sorted(value for value, weight in weights.items() if weight > 0)
    _need(bool(kept), "all weights are 0", "write at least one weight above 0")
    if len(kept) == 1:
        return _made(dist.FIXED, kept[0])
    share = np.array([weights[value] for value in kept])
    with np.errstate(over="ignore"):
        total = float(share.sum())
    _need(math.isfinite(total), "the weights are too large", "write weights of ordinary size")
    return _made(dist.DISCRETE)._replace(points=(np.array(kept), share / total))
