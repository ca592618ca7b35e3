"""The memory of what is freed: allocators keep it unless they are asked to give it back."""

import ctypes
import sys
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
