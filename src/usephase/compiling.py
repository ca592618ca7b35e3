"""Compile functions to machine code and keep the result, so that the second process need not compile again.

The compiler's own cache looks at the file of a function only, not at those of the functions it calls. Hence the cache
has a folder of its own for every state of the package's sources: an update never meets old code. Where no folder can
be written, numba's own places are tried, and at last the function is compiled in every process.
"""

import hashlib
import os
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
_LOCK = threading.RLock()  # the compiler's setting belongs to the process, and threads may load modules at once


def compiled(**options: Any) -> Callable[[F], F]:
    """Decorate a function as `numba.njit` does, without the interpreter's lock and with the package's cache.

    Parameters
    ----------
    **options
        Of `numba.njit`.
    """
    from numba import config as configuration
    from numba import njit

    config: Any = configuration

    options = {"nogil": True, "error_model": "numpy", **options}

    def decorate(function: F) -> F:
        with _LOCK:
            before = config.CACHE_DIR
            config.CACHE_DIR = str(folder())
            try:
                return njit(cache=True, **options)(function)
            except (RuntimeError, OSError):
                return njit(**options)(function)
            finally:
                config.CACHE_DIR = before

    return decorate


@cache
def folder() -> Path:
    """Give the folder that keeps compiled code of these very sources."""
    places = (os.environ.get("NUMBA_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME"), os.environ.get("LOCALAPPDATA"))
    above = next((Path(p).absolute() for p in places if p), Path(os.path.expanduser("~/.cache")))  # noqa: PTH111
    digest = hashlib.blake2b(digest_size=8)
    here = Path(__file__).parent
    for file in sorted(here.rglob("*.py")):
        text = file.read_bytes()
        if b"njit" in text or b"compiled(" in text:
            digest.update(str(file.relative_to(here)).encode() + text)
    return above / "usephase" / digest.hexdigest()
