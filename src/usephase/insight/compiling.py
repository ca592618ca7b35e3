"""How the loops of a sweep are compiled: without Python's lock, kept on disk where there is a place to write."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function; keep the machine code beside the source or in the user's cache if either can be written."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    made: Function
    try:
        made = njit(cache=True, **options)(function)
    except RuntimeError:  # numba found no place to write: a file system that can be read only
        made = njit(**options)(function)
    return made
