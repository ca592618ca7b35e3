"""Compile functions to machine code and keep the result, so that the second process need not compile again.

The compiler's own cache looks at the file of a function only, not at those of the functions it calls. Hence the cache
has a folder of its own for every state of the package's sources: an update never meets old code. Where no folder can
be written, numba's own places are tried, and at last the function is compiled in every process.
"""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
STALE_S = 600.0
"""A compilation that began longer ago than this has failed."""
_COMPILED: set[Path] = set()
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


def is_compiled() -> bool:
    """Tell whether an earlier process left the compiled executor of these very sources.

    Once it is there it stays, and is looked for no more: comparisons ask before each of thousands of evaluations.
    """
    here = folder()
    if here not in _COMPILED and any(here.glob("*/kernel.execute-*.nbi")):
        _COMPILED.add(here)
    return here in _COMPILED


def compile_ahead() -> None:
    """Let another process compile the executor, unless it is compiled or being compiled, and wait for nothing.

    It goes on when this process ends: whoever asks next finds the code. Where nothing can be kept, nothing is started.
    """
    if is_compiled():
        return
    lock = folder() / "compiling"
    try:
        folder().mkdir(parents=True, exist_ok=True)
        if lock.exists() and time.time() - lock.stat().st_mtime > STALE_S:
            lock.unlink()
        lock.touch(exist_ok=False)
        process = subprocess.Popen(
            [sys.executable, "-m", "usephase.engine.execute.ahead"], start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder(),
        )  # fmt: skip
        process.returncode = 0  # it goes on alone: nobody waits for it, and that is no leak to warn of
    except OSError:
        return


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
