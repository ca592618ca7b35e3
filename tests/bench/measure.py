"""Measure side by side: interleaved repeats in one process, medians, and the machine they were taken on."""

import gc
import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from threadpoolctl import threadpool_limits

PACKAGES = ("usephase", "numpy", "scipy", "numba", "pandas", "h5py")
GUIDE = Path(__file__).parents[2] / "src" / "usephase" / "guide" / "speed.md"


class Line(NamedTuple):
    """One measured figure; `passed` is None where nothing is asked of it."""

    what: str
    figure: str
    wanted: str = ""
    passed: bool | None = None

    @property
    def verdict(self) -> str:
        """Say "pass", "short" or nothing."""
        return {None: "", True: "pass", False: "short"}[self.passed]


def at_least(what: str, figure: float, wanted: float, unit: str = "×") -> Line:
    """Judge a figure that should be large."""
    return Line(what, f"{figure:,.2f} {unit}", f"≥ {wanted:g} {unit}", figure >= wanted)


def at_most(what: str, figure: float, wanted: float, unit: str = "×") -> Line:
    """Judge a figure that should be small."""
    return Line(what, f"{figure:,.2f} {unit}", f"≤ {wanted:g} {unit}", figure <= wanted)


def table(title: str, lines: list[Line]) -> str:
    """Write lines as a table in plain text."""
    what = max(len(title), *(len(line.what) for line in lines))
    figure = max(len(line.figure) for line in lines)
    wanted = max(len(line.wanted) for line in lines)
    rows = [
        f"{line.what:<{what}}  {line.figure:>{figure}}  {line.wanted:>{wanted}}  {line.verdict}".rstrip()
        for line in lines
    ]
    return "\n".join([title, "-" * len(title), *rows])


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Keep BLAS and OpenMP at one thread, so that threads are only those that were asked for."""
    with threadpool_limits(1):
        yield


def interleaved(
    cases: Mapping[str, Callable[[], object]], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Time cases in turn, again and again; give the median of each. [s]

    Whatever else the machine does meanwhile meets all cases alike. A first, untimed turn compiles and fills caches.
    On a busy machine `time.process_time` says more of what one thread costs, and nothing of what two gain.
    """
    taken: dict[str, list[float]] = {name: [] for name in cases}
    with one_thread_each():
        for turn in range(1 + repeats):
            for name, work in cases.items():
                gc.collect()
                started = clock()
                work()
                if turn > 0:
                    taken[name].append(clock() - started)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def machine() -> str:
    """Describe the machine, how busy it is, and the versions."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gb()}{platform.system()}{load}\n"
        f"Python {platform.python_version()}, {', '.join(found)}"
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    name = re.search(r"model name\s*:\s*(.+)", text)
    wide = next((f"{bits} bits wide" for flag, bits in (("avx512f", 512), ("avx2", 256)) if flag in text), "")
    return ", ".join(x for x in (name[1].strip() if name else platform.machine(), wide) if x)


def _memory_gb() -> str:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return ""
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 1e9:.0f} GB, "


def peak_memory_mb() -> float:
    """Give the most memory that this process has held. [MB]"""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        import resource

        unit = 1e6 if platform.system() == "Darwin" else 1e3
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    # Not ru_maxrss: Linux starts that at the size of the process that this one was forked from.
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024 / 1e6  # type: ignore[index]


def write_into_guide(name: str, text: str) -> None:
    """Put a measured table into its block of the guide's page on speed."""
    page = GUIDE.read_text(encoding="utf-8")
    block = re.compile(rf"(^```text {name}\n).*?(^```$)", flags=re.MULTILINE | re.DOTALL)
    assert block.search(page), f"{GUIDE.name} has no block {name!r}"
    GUIDE.write_text(block.sub(lambda found: found[1] + text + "\n" + found[2], page), encoding="utf-8")
