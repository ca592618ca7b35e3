"""The memory of what is freed: allocators keep it unless they are asked to give it back."""

import ctypes
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

_First = TypeVar("_First")
_More = ParamSpec("_More")
_Result = TypeVar("_Result")
_Reading = Callable[Concatenate[_First, _More], _Result]


def give_back() -> None:
    """Give freed memory back to the system: what one step took for a moment need not stay beside the next."""
    import pyarrow

    pyarrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the GNU library; others have none
        if trim is not None:
            trim(0)


def hold_one_heap() -> None:
    """Let threads share one heap: of each its own the system keeps what it freed, for memory that others want.

    What the engine's threads do takes memory seldom, so that they hardly wait for each other.
    """
    if sys.platform == "linux":
        most_heaps = -8  # M_ARENA_MAX
        choose = getattr(ctypes.CDLL(None), "mallopt", None)  # of the GNU library; others have none
        if choose is not None:
            choose(most_heaps, 1)


class _While:
    """Keeps a setting of the process as long as anybody asks for it, and then puts back what was set before.

    Parameters
    ----------
    change : callable
        Changes the setting and gives what puts it back.
    """

    def __init__(self, change: Callable[[], Callable[[], object]]) -> None:
        self._lock, self._held, self._change = threading.Lock(), 0, change
        self._put_back: Callable[[], object] = change

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Keep the setting until the end."""
        with self._lock:
            if self._held == 0:
                self._put_back = self._change()
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1
                if self._held == 0:
                    self._put_back()


def _to_the_heap() -> Callable[[], object]:
    import pyarrow

    before = pyarrow.default_memory_pool()
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    return lambda: pyarrow.set_memory_pool(before)


def _collector_off() -> Callable[[], object]:
    was_on = gc.isenabled()
    gc.disable()
    return gc.enable if was_on else bool


def _texts_one_by_one() -> Callable[[], object]:
    import pandas as pd

    before = pd.get_option("mode.string_storage")
    pd.set_option("mode.string_storage", "python")
    return lambda: pd.set_option("mode.string_storage", before)


arrow_on_the_heap = _While(_to_the_heap).asked
"""Let Arrow take its memory where all else takes it: of its own pool much of what is freed is never given back."""

uncollected = _While(_collector_off).asked
"""Make many objects that live on without Python's collector walking through all of them again and again.

What is made must not refer to itself: until the end nothing that does is freed.
"""

_texts_apart = _While(_texts_one_by_one).asked


def texts_apart_where(
    few: Callable[[_First], bool],
) -> Callable[[_Reading[_First, _More, _Result]], _Reading[_First, _More, _Result]]:
    """Let a function hold texts one by one where there are few: Arrow saves memory on many, and costs a third of these.

    Parameters
    ----------
    few : callable
        Tells of the function's first argument whether its texts are few.
    """

    def decorated(function: _Reading[_First, _More, _Result]) -> _Reading[_First, _More, _Result]:
        @wraps(function)
        def inner(first: _First, /, *more: _More.args, **named: _More.kwargs) -> _Result:
            with _texts_apart() if few(first) else nullcontext():
                return function(first, *more, **named)

        return inner

    return decorated
