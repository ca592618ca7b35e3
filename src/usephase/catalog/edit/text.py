"""Move the number in a cell's text and keep its form: ``350 W +/- 10%`` times 0.9 is ``315 W +/- 10%``."""

import re
from collections.abc import Callable

from usephase.catalog.options.changes import Step
from usephase.catalog.values.grammar import NUMBER, parse, split_users
from usephase.catalog.values.refusal import Refusal, decimal_text
from usephase.sampling import distributions as dist

_FIRST = re.compile(NUMBER)
_INSIDE = re.compile(r"(\(.*\))", re.DOTALL)
_PAIR = re.compile(rf"({NUMBER})(\s*:)")
_HALF = re.compile(rf"((?:±|\+\s*/\s*-)\s*)({NUMBER})(\s*%)?")


def number(x: float) -> str:
    """Write a number as a person would: twelve digits at most, and so that its point parts nothing but decimals."""
    return decimal_text(f"{x:.12g}")


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
    function = dist.FUNCTIONS.get(text.partition("(")[0].strip().casefold())
    if function is not None and function.named:
        what, fix = f"`{text}` names a sample, whose numbers stand elsewhere", "write the step into an option"
        raise Refusal(what, fix)
    value = parse(text)
    if step.operation == "*":
        if step.number == 0:
            return f"0 {value.unit}".strip()
        return _scaled(text, step)
    if step.unit and step.unit != value.unit:
        in_unit = f"`{value.unit}`" if value.unit else "a number without unit"
        raise Refusal(f"`+{step.number:g} {step.unit}` is added to {in_unit}", "write the sum itself")
    return _added(text, value.kind, step)


def _scaled(text: str, step: Step) -> str:
    factor = step.number
    if "(" not in text:
        first = _first(text, lambda x: x * factor)
        # A half-width in per cent is relative already.
        return _HALF.sub(lambda m: m[0] if m[3] else m[1] + number(float(m[2]) * factor), first)
    return _call(text, step, lambda written: written.scaled, lambda x: x * factor)


def _added(text: str, kind: int, step: Step) -> str:
    addend = step.number
    if "(" in text:
        return _call(text, step, lambda written: written.moved, lambda x: x + addend)
    if not dist.RECORDS[kind].shifted:
        raise _nothing_added(text)
    found = _FIRST.match(text)
    assert found is not None
    half = _HALF.search(text)
    out = _first(text, lambda x: x + addend)
    if half is not None and half[3]:
        width = number(abs(float(found[0])) * float(half[2]) / 100)
        out = _HALF.sub(lambda m: m[1] + width, out)
    return out


def _nothing_added(text: str) -> Refusal:
    return Refusal(f"nothing can be added to `{text}`", "write a factor, as `*1.1`, or the new value")


def _first(text: str, change: Callable[[float], float]) -> str:
    found = _FIRST.match(text)
    assert found is not None
    return number(change(float(found[0]))) + text[found.end() :]


def _call(
    text: str,
    step: Step,
    which: Callable[[dist.Written], tuple[int, ...] | None],
    change: Callable[[float], float],
) -> str:
    """Change those arguments of a function that a step changes."""
    written = dist.FUNCTIONS[text.partition("(")[0].strip().casefold()]
    places = which(written)
    if places == ():
        raise _nothing_added(text)

    def inside(match: re.Match[str]) -> str:
        if written.inner:
            users, count = split_users(match[1][1:-1])
            return f"({moved(users, step._replace(unit=''))}{count and f', {count}'})"
        if written.pairs:
            return _PAIR.sub(lambda m: number(change(float(m[1]))) + m[2], match[1])
        parts = match[1][1:-1].split(",")
        missing = max(places, default=0) + 1 - len(parts) if places else 0
        parts += [f" {default:g}" for default in written.defaults[len(written.defaults) - missing :] if missing > 0]
        for i in range(len(parts)) if places is None else places:
            lead = parts[i][: len(parts[i]) - len(parts[i].lstrip())]
            parts[i] = lead + number(change(float(parts[i])))
        return f"({','.join(parts)})"

    return _INSIDE.sub(inside, text, count=1)
