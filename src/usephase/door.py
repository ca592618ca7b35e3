"""The public door: what goes out can be altered without altering what it belongs to.

A catalog has a fingerprint, and a run has figures that are computed again from it: neither may change in memory.
Inside, all work is done on the same objects without a copy. What goes out through the package itself is a copy, or a
view that nobody can write to; what comes in is taken back to what it was made of.
"""

from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, fields, is_dataclass
from functools import cache, wraps
from importlib import import_module
from inspect import ismethod
from types import FunctionType
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

from usephase.errors import Problem, Problems

_NUMBERS = "biuf"
_LONGEST = 60
_OWN = frozenset({"__reduce_ex__"})
"""What of an object handed out is its own, and not what it stands for has."""
FACES = {
    "usephase.catalog.table.Catalog": "usephase.faces.catalog",
    "usephase.results.run.Run": "usephase.faces.run",
    "usephase.insight.comparison.records.Comparison": "usephase.faces.comparison",
    "usephase.insight.sensitivity.ranking.Ranking": "usephase.faces.ranking",
    "usephase.insight.tracking.track.Track": "usephase.faces.track",
}
"""Where a class has a face: a class of the same name with what it can do besides, for who uses the package."""


class _Handed:
    """Stand for an object of ours: every attribute is a copy of its, every method hands out what its gives."""

    _inner: Any
    _besides: frozenset[str] = _OWN

    def __getattribute__(self, name: str) -> Any:
        if name in type(self)._besides:
            return object.__getattribute__(self, name)
        value = getattr(inner(self), name)
        return door(value) if ismethod(value) else hand(value)

    def __setattr__(self, name: str, _: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __reduce_ex__(self, _: object) -> tuple[Callable[[Any], Any], tuple[Any]]:
        return hand, (inner(self),)


def door(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that takes what was handed out, and hands out what it gives."""

    @wraps(function)
    def through(*given: Any, **named: Any) -> Any:
        return hand(function(*map(inner, given), **{name: inner(value) for name, value in named.items()}))

    return through


@cache
def public(function: FunctionType) -> Callable[..., Any]:
    """Make a function of the package itself; a pickle finds it there."""
    through = door(function)
    through.__module__ = "usephase"
    return through


def inner(value: Any) -> Any:
    """Give the object that what was handed out stands for; anything else as it is."""
    return object.__getattribute__(value, "_inner") if isinstance(value, _Handed) else value


def hand(value: Any) -> Any:
    """Give a value away: altering what is given alters nothing of ours."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.copy()
    if isinstance(value, np.ndarray):
        # A view of a view that is read-only cannot be made writable; text has no such view.
        return np.asarray(memoryview(value.data).toreadonly()) if value.dtype.kind in _NUMBERS else value.copy()
    if isinstance(value, Mapping):
        return {key: hand(each) for key, each in value.items()}
    if isinstance(value, tuple):
        each = map(hand, value)
        if value and all(isinstance(one, Problem) for one in value):
            return Problems(each)
        return type(value)(*each) if hasattr(value, "_fields") else tuple(each)
    if isinstance(value, list | set):
        return type(value)(map(hand, value))
    if isinstance(value, BaseModel):
        return value.model_copy(deep=True)
    if is_dataclass(value) and not isinstance(value, type | _Handed):
        made: Any = object.__new__(_handed(type(value)))
        object.__setattr__(made, "_inner", value)
        return made
    return value


@cache
def _handed(kind: type) -> type:
    face = faced(kind)
    besides = _OWN | (frozenset(vars(face)) - frozenset(vars(object)) if face is not kind else frozenset())
    return type(kind.__name__, (_Handed, face), {
        "__doc__": kind.__doc__, "__module__": kind.__module__, "_besides": besides, "__repr__": _repr_of(face, kind),
    })  # fmt: skip


def faced(kind: type) -> type:
    """Give the face of a class, or the class itself where it has none."""
    home = FACES.get(f"{kind.__module__}.{kind.__qualname__}")
    found: type = getattr(import_module(home), kind.__name__) if home else kind
    return found


def _repr_of(face: type, kind: type) -> Callable[[Any], str]:
    if "__repr__" in vars(face) and face is not kind:
        return vars(face)["__repr__"]
    return lambda self: _short(inner(self))


def _short(value: Any) -> str:
    """Write an object in a line: what it is, and what of it is short."""
    named = [(f.name, getattr(value, f.name)) for f in fields(value) if f.repr]
    told = [f"{name}={_piece(part)}" for name, part in named]
    return f"<{type(value).__name__} {', '.join(told)}>"


def _piece(part: Any) -> str:
    if isinstance(part, pd.DataFrame | pd.Series | np.ndarray):
        return " × ".join(map(str, part.shape))
    if isinstance(part, Mapping | list | tuple | set | frozenset):
        return f"{len(part)} entries"
    text = f"<{type(part).__name__}>" if is_dataclass(part) else repr(part)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
