"""The memory of what is freed: allocators keep it unless they are asked to give it back."""

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


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


@contextmanager
def arrow_on_the_heap() -> Iterator[None]:
    """Let Arrow take its memory where all else takes it: of its own pool much of what is freed is never given back.

    The setting is the process's; of threads that overlap, the last to end may leave it: that changes no value.
    """
    import pyarrow

    before = pyarrow.default_memory_pool()
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    try:
        yield
    finally:
        pyarrow.set_memory_pool(before)


class _Collector:
    """Holds the collector of cycles off while anybody asks for it."""

    def __init__(self) -> None:
        self._lock, self._held, self._was_on = threading.Lock(), 0, False

    @contextmanager
    def off(self) -> Iterator[None]:
        """Make many objects that live on without Python's collector walking through all of them again and again.

        What is made must not refer to itself: until the end nothing that does is freed.
        """
        with self._lock:
            if self._held == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1
                if self._held == 0 and self._was_on:
                    gc.enable()


uncollected = _Collector().off
