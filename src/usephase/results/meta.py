"""What the meta of a stored run must be, so that whatever shows it can rely on it."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from usephase.results.provenance import moment_of

_NEEDED = ("catalog", "reporting_year", "draws", "seed", "design", "grid_basis", "boundary")
_CATALOG = ("name", "sha256", "path")
_WHOLE_MAX = 10**300


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _WHOLE_MAX


def _number(value: Any) -> bool:
    return _whole(value) or (isinstance(value, float) and math.isfinite(value))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _mapping(inner: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(inner, value.values()))


def _or_none(inner: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or inner(value)


def _catalog(value: Any) -> bool:
    return isinstance(value, dict) and all(_text(value.get(key, "" if key == "path" else None)) for key in _CATALOG)


def _count(value: Any) -> bool:
    return _whole(value) and value >= 1


def _moment(value: Any) -> bool:
    try:
        moment_of(value)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def _variance(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name, missing), list)
        and all(isinstance(part, dict) and all(map(_text, map(part.get, texts))) and _number(part.get("share"))
                for part in value.get(name) or ())
        for name, texts, missing in (("shares", ("kind", "sort"), None), ("inputs", ("table", "row", "column"), []))
    )  # fmt: skip


def _common_errors(value: Any) -> bool:
    return isinstance(value, dict) and all(_count(value.get(key)) for key in ("draws", "cells", "columns"))


_RULES: dict[str, Callable[[Any], bool]] = {
    "schema": _text, "catalog": _catalog, "company": _text, "reporting_year": _whole, "base_year": _or_none(_whole),
    "draws": _count, "seed": _whole, "design": _text, "kernel": _text, "grid_basis": _text,
    "boundary": _text, "sales_timing": _text, "gwp": _text, "scenarios": _mapping(_number), "by": _texts,
    "workers": _or_none(_number), "versions": _mapping(_text), "created": _moment, "seconds": _or_none(_number),
    "variance": _variance, "common_errors": _common_errors,
    "partner_data": _mapping(_number), "language": _text, "excluded": _text, "called": _mapping(_text),
}  # fmt: skip


def wrong(meta: Mapping[str, Any]) -> str:
    """Say what is wrong with a run's meta; "" if nothing is."""
    missing = [key for key in _NEEDED if key not in meta]
    if missing:
        return f"meta has no {', '.join(missing)}"
    bad = [key for key, holds in _RULES.items() if key in meta and not holds(meta[key])]
    return f"{', '.join(bad)} in meta {'is' if len(bad) == 1 else 'are'} of another type" if bad else ""
