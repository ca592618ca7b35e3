"""Move the number in a cell's text and keep its form: ``350 W +/- 10%`` times 0.9 is ``315 W +/- 10%``."""

import re
from collections.abc import Callable
from typing import NamedTuple

from usephase.catalog.refusal import Refusal
from usephase.catalog.values import NUMBER, parse
from usephase.sampling import distributions as dist

_STEP = re.compile(rf"([*+])\s*({NUMBER})\s*(.*)", re.DOTALL)
_FIRST = re.compile(NUMBER)
_INSIDE = re.compile(r"(\(.*\))", re.DOTALL)
_PAIR = re.compile(rf"({NUMBER})(\s*:)")
_HALF = re.compile(rf"((?:±|\+\s*/\s*-)\s*)({NUMBER})(\s*%)?")
_SHIFTED = {
    dist.NORMAL: (0,), dist.UNIFORM: (0, 1), dist.TRIANGULAR: (0, 1, 2), dist.PERT: (0, 1, 2), dist.BETA: (2, 3),
}  # fmt: skip
"""Parameters of a written distribution that move when a number is added."""
_SCALED = {
    **_SHIFTED, dist.NORMAL: (0, 1), dist.LOGNORMAL: (0,), dist.GAMMA: (1,), dist.WEIBULL: (1,),
}  # fmt: skip


class Step(NamedTuple):
    """Hold ``*0.9`` or ``+5 W``."""

    operation: str
    number: float
    unit: str


def read_step(text: str) -> Step | None:
    """Read ``*0.9`` or ``+5``; None where the text is a value of its own.

    Raises
    ------
    Refusal
        If a factor is negative or has a unit.
    """
    match = _STEP.fullmatch(text.strip())
    if match is None:
        return None
    step = Step(match[1], float(match[2]), match[3].strip())
    if step.operation == "*" and (step.unit or step.number < 0):
        raise Refusal(f"`{text}` is not a factor", "write a number of 0 or more behind `*`")
    return step


def number(x: float) -> str:
    """Write a number as a person would: twelve digits at most."""
    return f"{x:.12g}"


def moved(text: str, step: Step) -> str:
    """Apply a step to a cell's text.

    Parameters
    ----------
    text : str
        A value as written, not empty.
    step : Step

    Returns
    -------
    str
        A text of the same form, in the same unit.

    Raises
    ------
    Refusal
        If the form has no place for it.
    """
    value = parse(text)
    if step.operation == "*":
        if step.number == 0:
            return f"0 {value.unit}".strip()
        return _scaled(text, value.kind, step.number)
    if step.unit and step.unit != value.unit:
        in_unit = f"`{value.unit}`" if value.unit else "a number without unit"
        raise Refusal(f"`+{step.number:g} {step.unit}` is added to {in_unit}", "write the sum itself")
    return _added(text, value.kind, step.number)


def _scaled(text: str, kind: int, factor: float) -> str:
    if "(" not in text:
        first = _first(text, lambda x: x * factor)
        # A half-width in per cent is relative already.
        return _HALF.sub(lambda m: m[0] if m[3] else m[1] + number(float(m[2]) * factor), first)
    return _call(text, kind, _SCALED, lambda x: x * factor)


def _added(text: str, kind: int, addend: float) -> str:
    if "(" in text:
        if kind not in (*_SHIFTED, dist.DISCRETE, dist.FIXED):
            raise Refusal(f"nothing can be added to `{text}`", "write a factor, as `*1.1`, or the new value")
        return _call(text, kind, _SHIFTED, lambda x: x + addend)
    if kind == dist.LOGNORMAL:
        raise Refusal(f"nothing can be added to `{text}`", "write a factor, as `*1.1`, or the new value")
    found = _FIRST.match(text)
    assert found is not None
    half = _HALF.search(text)
    out = _first(text, lambda x: x + addend)
    if half is not None and half[3]:
        width = number(abs(float(found[0])) * float(half[2]) / 100)
        out = _HALF.sub(lambda m: m[1] + width, out)
    return out


def _first(text: str, change: Callable[[float], float]) -> str:
    found = _FIRST.match(text)
    assert found is not None
    return number(change(float(found[0]))) + text[found.end() :]


def _call(text: str, kind: int, which: dict[int, tuple[int, ...]], change: Callable[[float], float]) -> str:
    def inside(match: re.Match[str]) -> str:
        if ":" in match[1]:
            return _PAIR.sub(lambda m: number(change(float(m[1]))) + m[2], match[1])
        parts = match[1][1:-1].split(",")
        if kind == dist.BETA and len(parts) == 2:
            parts += [" 0", " 1"]
        for i in which.get(kind, range(len(parts))):
            lead = parts[i][: len(parts[i]) - len(parts[i].lstrip())]
            parts[i] = lead + number(change(float(parts[i])))
        return f"({','.join(parts)})"

    return _INSIDE.sub(inside, text, count=1)
