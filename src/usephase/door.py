"""The public door: what goes out can be altered without altering what it belongs to.

A catalog has a fingerprint, and a run has figures that are computed again from it: neither may change in memory.
Inside, all work is done on the same objects without a copy. What goes out through the package itself is a copy, or a
view that nobody can write to; what comes in is taken back to what it was made of.
"""

from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, is_dataclass
from functools import cache, wraps
from inspect import ismethod
from types import FunctionType
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

_NUMBERS = "biuf"


class _Handed:
    """Stand for an object of ours: every attribute is a copy of its, every method hands out what its gives."""

    _inner: Any

    def __getattribute__(self, name: str) -> Any:
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
    return type(kind.__name__, (_Handed, kind), {"__doc__": kind.__doc__, "__module__": kind.__module__})
