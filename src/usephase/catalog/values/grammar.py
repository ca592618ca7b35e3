"""The grammar of an uncertain value: from a cell's text to a distribution and its parameters."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from usephase.catalog.read.limits import clip
from usephase.catalog.values.refusal import Refusal
from usephase.catalog.values.rewrites import LONGEST, called, explain, rewritten
from usephase.sampling import distributions as dist
from usephase.sampling.distributions import Belief, Params, Points, Unfit
from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.lognormal import times
from usephase.sampling.distributions.normal import around, mean_of
from usephase.units import Factor, is_known, nearest

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A number as RE2 and Python's `re` both read it; digits fit in one way only, so that nothing is tried twice."""

_UNIT = r"%|[^\W\d_][^±+*×÷(),;:]{0,40}?"  # bounded: a long cell must not cost the square of its length
_ALONE = re.compile(NUMBER)
_PLAIN = re.compile(rf"({NUMBER})\s*({_UNIT})?")
_HALF_WIDTH = re.compile(
    rf"({NUMBER})\s*({_UNIT})?\s*(?:±|\+\s*/?\s*-)\s*({NUMBER})\s*(%|per ?cent\b|pct\b)?\s*({_UNIT})?"
)
_FACTOR = re.compile(rf"({NUMBER})\s*({_UNIT})?\s*(?:\*\s*/|×\s*/?\s*÷)\s*({NUMBER})\s*({_UNIT})?")
_CALL = re.compile(rf"([^\W\d]\w*)\s*\((.*)\)\s*({_UNIT})?", re.DOTALL)


Samples = Mapping[str, Mapping[str, np.ndarray]]
"""Joint samples by name, and by column the numbers in the order of rows."""
_samples: ContextVar[Samples | None] = ContextVar("samples", default=None)


@contextmanager
def naming(samples: Samples) -> Iterator[None]:
    """Let texts name a catalog's joint samples."""
    token = _samples.set(samples)
    try:
        yield
    finally:
        _samples.reset(token)


class Parsed(NamedTuple):
    """Hold a cell's distribution in the unit as written.

    Attributes
    ----------
    kind : int
        A kind of `usephase.sampling.distributions`.
    params : tuple of float
        Its parameters.
    unit : str
        The unit in the cell, as written; "" where there is none.
    plain : bool
        Whether it was written as a number: only such a cell takes its error from the row's pedigree.
    points : (values, weights), optional
        Of a distribution of listed values.
    users, sample : Parsed, tuple of float
        Of a mean: how its users differ, and of how many it was taken, if that is known.
    """

    kind: int
    params: Params
    unit: str = ""
    plain: bool = False
    points: Points | None = None
    users: "Parsed | None" = None
    sample: tuple[float, ...] = ()

    def convert(self, factor: Factor) -> "Parsed":
        """Express the same distribution in another unit; the unit as written is then gone."""
        if factor.numerator == factor.denominator:
            return self
        params = list(self.params)
        for i in dist.RECORDS[self.kind].scaled:
            params[i] = factor.times(params[i])
        points = self.points
        if points is not None:
            points = (points[0] * factor.numerator / factor.denominator, points[1])
        users = self.users and self.users.convert(factor)
        return self._replace(params=tuple(params), unit="", points=points, users=users)


def _made(make: Callable[..., Belief], *arguments: Any) -> Parsed:
    try:
        kind, params, points = make(*arguments)
    except Unfit as unfit:
        raise Refusal(unfit.what, unfit.fix, unfit.tries) from None
    return Parsed(kind, params, points=points)


def averaged(users: Parsed, count: tuple[float, ...]) -> Parsed:
    """Take the mean of all users of how they differ."""
    params = np.array(users.params)
    moments = (moment(users.kind, params, users.points) for moment in (dist.mean, dist.variance))
    found = _made(mean_of, *moments, *count)
    return found._replace(users=users, sample=count)


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
        if match[2] and not is_known(match[2]) and (other := rewritten(text)):
            raise settled(other)
        return _made(number, _number(match[1]))._replace(unit=match[2] or "", plain=True)
    if match := _HALF_WIDTH.fullmatch(text):
        return _half_width(text, *match.groups())
    if match := _FACTOR.fullmatch(text):
        return _factor(text, *match.groups())
    if match := _CALL.fullmatch(text):
        try:
            return _call(match[1], match[2])._replace(unit=match[3] or "")
        except Refusal as refusal:
            tries = [(f"{again} {match[3] or ''}".strip(), why) for again, why in refusal.tries]
            tries = tries or ([] if len(text) > LONGEST else [*(called(match) or ())])
            raise settled(refusal.narrowed([each for each in tries if each[0] != text])) from None
    raise settled(explain(text))


def as_percent(text: str) -> str:
    """Write an uncertain number that is meant in percent as one that says so; "" where there is none."""
    if (match := _HALF_WIDTH.fullmatch(text)) and not (match[2] or match[5]):
        width = f"{match[3]}%" if match[4] else f"{float(match[3]) / 100:g}"
        return f"{float(match[1]) / 100:g} ± {width}"
    if (match := _FACTOR.fullmatch(text)) and not (match[2] or match[4]):
        return f"{float(match[1]) / 100:g} */ {match[3]}"
    if (match := _CALL.fullmatch(text)) and not match[3]:
        return f"{text} %"
    return ""


def in_unit(text: str, size: Callable[[float], str], unit: str) -> str:
    """Write an uncertain value in another unit; "" where a number is then of no ordinary size, or it has no such form.

    Parameters
    ----------
    text : str
        Of one of the forms that `parse` reads.
    size : callable
        Writes a number of the old unit in the new one; "" of no ordinary size.
    unit : str
        The new unit.
    """
    if match := _PLAIN.fullmatch(text):
        made = size(float(match[1]))
    elif match := _HALF_WIDTH.fullmatch(text):
        centre, width = size(float(match[1])), f"{match[3]}%" if match[4] else size(float(match[3]))
        made = centre and width and f"{centre} ± {width}"
    elif match := _FACTOR.fullmatch(text):
        made = (centre := size(float(match[1]))) and f"{centre} */ {match[3]}"
    elif match := _CALL.fullmatch(text):
        written = dist.FUNCTIONS[match[1].casefold()]
        if written.inner:
            users, count = split_users(match[2])
            users = in_unit(users, size, unit).removesuffix(f" {unit}")
            return users and f"{match[1]}({users}{count and f', {count}'}) {unit}"
        if written.named:
            return ""
        if written.pairs:
            pairs = [_pair(part, written.form) for part in match[2].split(",")]
            sized = [(size(value) if value else "0", weight) for value, weight in pairs]
            listed = ", ".join(f"{value}: {weight:g}" for value, weight in sized)
            return f"{match[1]}({listed}) {unit}" if all(value for value, _ in sized) else ""
        parts = match[2].split(",")
        scaled = range(len(parts)) if written.scaled is None else written.scaled
        numbers = [size(float(part)) if i in scaled and float(part) else part.strip() for i, part in enumerate(parts)]
        made = f"{match[1]}({', '.join(numbers)})" if all(numbers) else ""
    else:
        return ""
    return made and f"{made} {unit}"


def settled(refusal: Refusal) -> Refusal:
    """Follow proposals that are refused themselves to what is accepted: ``1.000,5-2.000,5`` to a uniform."""
    tries: list[tuple[str, str]] = []
    for text, meaning in refusal.tries:
        try:
            parse(text)
            tries.append((text, meaning))
        except Refusal as again:
            tries += [(other, meaning or why) for other, why in again.tries]
    return refusal.narrowed(tries)


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
            "write the half-width without a unit",
            [(f"{mean:g} ± {clip(width)}%", "of the value"), (f"{mean:g} ± {_number(width) / 100:g}", "for points")],
        )
    mean, half = _number(centre), _number(width)
    if half < 0:
        again = text.replace(width, width.lstrip("-"), 1) if not centre.startswith("-") else ""
        fix = "write a half-width of 0 or more"
        raise Refusal(f"the half-width `{clip(width)}` is negative", fix, [(again, "")] if again else ())
    if percent:
        half = abs(mean) * half / 100
        if not math.isfinite(half):
            raise Refusal(f"`{clip(text)}` is too large for a number", "write a number of ordinary size")
    return _made(around, mean, half)._replace(unit=_one_unit(text, unit, last))


def _factor(text: str, centre: str, unit: str | None, factor: str, last: str | None) -> Parsed:
    median, spread = _number(centre), _number(factor)
    if spread <= 1:
        alone = f"{centre} {unit or last or ''}".strip()
        inverse = [(f"{alone} */ {1 / spread:.4g}", "for a factor either way")] if 0 < spread < 1 else []
        fix = "write a factor above 1, or the number alone"
        raise Refusal(f"the factor `{clip(factor)}` is not above 1", fix, [*inverse, (alone, "alone")])
    if median == 0:
        raise Refusal("a factor cannot spread 0", "write `0`, or an absolute half-width: `0 ± …`")
    return _made(times, median, spread)._replace(unit=_one_unit(text, unit, last))


# -- functions -----------------------------------------------------------------------------------------------


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
    if key not in dist.FUNCTIONS:
        close = nearest(clip(name), dist.FUNCTIONS)
        hint = f"did you mean `{close}`? Known are" if close else "known are"
        raise Refusal(f"`{clip(name)}` is not a distribution", f"{hint} {', '.join(dist.FUNCTIONS)}")
    written = dist.FUNCTIONS[key]
    form, parts = written.form, inside.split(",")
    if written.pairs:
        return _made(written.make, *(_pair(part, form) for part in parts))
    if written.inner:
        return _mean_of(inside, form)
    if written.named:
        return _sample(parts, form, written.make)
    if ";" in inside:
        raise Refusal("parameters are separated by `;`", f"write a comma between them: `{form}`")
    if written.counts is not None and len(parts) not in written.counts:
        raise Refusal(
            f"{key} has {len(parts)} parameter{'s' if len(parts) != 1 else ''}",
            f"write `{form}` with a decimal point in numbers",
        )
    return _made(written.make, *(_argument(part, form) for part in parts))


def split_users(inside: str) -> tuple[str, str]:
    """Part a distribution from the number behind it; "" where there is none."""
    users, comma, count = inside.rpartition(",")
    apart = bool(comma) and users.count("(") == users.count(")")
    return (users.strip(), count.strip()) if apart else (inside.strip(), "")


def _mean_of(inside: str, form: str) -> Parsed:
    text, count = split_users(inside)
    if not text:
        raise Refusal("a distribution is missing", f"write `{form}`, as `mean_of(triangular(60, 80, 110), 30)`")
    count = re.sub(r"^n\s*=\s*", "", count)
    try:
        users = parse(text)
    except Refusal as refusal:
        raise refusal.narrowed([(_around_users(again, count), why) for again, why in refusal.tries]) from None
    if users.unit:
        what = f"`{clip(text)}` has a unit inside the brackets"
        fix = f"write the unit once, after the bracket: `{form} unit`"
        raise Refusal(what, fix, [(_around_users(text, count), "")])
    return averaged(users, (_argument(count, form),) if count else ())


def _around_users(text: str, count: str) -> str:
    """Write the mean of a distribution that is accepted, its unit behind the bracket."""
    unit = parse(text).unit
    alone = re.sub(rf"(?<=[\d.)])\s*{re.escape(unit)}(?![\w/])", "", text, count=1) if unit else text
    return f"mean_of({alone}{count and f', {count}'}) {unit}".strip()


def _sample(parts: list[str], form: str, make: Callable[..., Belief]) -> Parsed:
    known = _samples.get()
    if known is None:
        raise Refusal("joint samples can be named in the catalog's own tables alone", "write a distribution here")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise Refusal("a joint sample is named by two names", f"write `{form}`")
    name, column = (part.strip() for part in parts)
    if name not in known:
        shown = clip(name)
        files = f"put `samples/{shown}.csv` into the catalog's folder, or a sheet `samples_{shown}` into the workbook"
        tries = [(f"sample({close}, {column})", "")] if (close := nearest(clip(name), known)) else []
        raise Refusal(f"there is no joint sample `{clip(name)}`", files, tries)
    if column not in known[name]:
        there = ", ".join(f"`{one}`" for one in [*known[name]][:20])
        tries = [(f"sample({name}, {close})", "")] if (close := nearest(clip(column), known[name])) else []
        raise Refusal(f"the sample `{clip(name)}` has no column `{clip(column)}`", f"write one of {there}", tries)
    if not len(known[name][column]):
        return _made(number, 1.0)  # no row of it could be read, which is said where it stands
    return _made(make, name, known[name][column])


def _pair(pair: str, form: str) -> tuple[float, float]:
    value, colon, weight = pair.partition(":")
    if not colon:
        raise Refusal(f"`{clip(pair.strip())}` has no weight", f"write `{form}`")
    return _argument(value, form), _argument(weight, form)
