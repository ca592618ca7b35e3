"""Memory: what there is, what a run takes, and the budget that it has to keep to."""

import os
import re
from contextlib import suppress
from pathlib import Path

from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import TILE, Study
from usephase.errors import Problem, StudyError

BASE_BYTES = 200 * 2**20
"""The interpreter with its libraries."""
PLAN_BYTES_A_PRODUCT = 14_000
"""The catalog as read, the plan, and the finished rows of a product with some 20 cells."""
TILES_HELD = 3
"""Tiles of sums at a time: one computed, one waiting, one being finished."""
SUMS_HELD = 4
"""Times the sums that are not of products are held: a block, one on its way, and those of branches begun."""
KEPT_BYTES = 256 * 2**20
"""Draws of products are kept in memory up to this size; if more are wanted, they go through a file."""
LARGEST_SHARE = 0.5
UNKNOWN_BYTES = 4 * 2**30
"""What is taken for available where the system does not say."""
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?\s*", re.IGNORECASE)


def parsed(text: str | int, where: str = "--memory") -> int:
    """Read a size such as ``2GB``, ``500 MB`` or a number of bytes; K, M, G and T are powers of 1024. [bytes]

    Raises
    ------
    StudyError
        If it is no size.
    """
    if isinstance(text, int):
        return text
    match = _SIZE.fullmatch(text)
    if match is None:
        raise StudyError([Problem(where=where, what=f"{text!r} is no size", fix="write e.g. 2GB or 500MB")])
    return int(float(match[1]) * _UNITS[match[2].upper()])


def available(root: Path = Path("/")) -> int:
    """Give the memory that this process may still take: the machine's, or its container's if that is less. [bytes]

    Parameters
    ----------
    root : Path
        Where ``proc`` and ``sys`` are.
    """
    found = [x for x in (_machine(root), _container(root)) if x is not None]
    return min(found) if found else UNKNOWN_BYTES


def kept(plan: Plan, study: Study, store_draws: bool | None) -> tuple[bool, bool]:
    """Tell whether the draws of products are kept, and whether in memory: if not, in a file."""
    small = 3 * len(plan.products) * study.draws * 8 <= KEPT_BYTES
    keep = small if store_draws is None else store_draws
    return keep, keep and small


def needed(plan: Plan, study: Study, keep: bool, workers: int = 1) -> int:
    """Estimate the memory that a run takes at its peak. [bytes]

    Parameters
    ----------
    plan : Plan
    study : Study
    keep : bool
        Whether the draws of products are kept in memory.
    workers : int
        Threads.
    """
    row = 8 * study.draws
    count = len(plan.products)
    tile = min(count, TILE)
    ledgers = 4
    sums = shared_sums(plan)
    held = TILES_HELD * row * (tile * ledgers + sums) + SUMS_HELD * row * sums
    statistics = 4 * row * 32 * workers
    threads = workers * 48 * 2**20
    stored = ledgers * count * row if keep else 0
    return BASE_BYTES + PLAN_BYTES_A_PRODUCT * count + held + statistics + threads + stored


def shared_sums(plan: Plan) -> int:
    """Count the sums that are not of one product: components, groups and calendar years."""
    groups = len(plan.regions) + len(plan.segment_names) + len(plan.mode_names) + len(plan.materials)
    groups += len({product.family for product in plan.products})
    groups += sum(len({product.labels[i] for product in plan.products}) for i in range(len(plan.label_names)))
    years = 2 * (plan.year - plan.first_year + 60) if plan.calendar else 0
    apart = 3 * len(plan.scenarios) if len(plan.scenarios) > 1 else 0
    return 30 + 2 * groups + years + apart


def within(plan: Plan, study: Study, keep: bool, workers: int, wanted: str | int | None) -> tuple[int, int]:
    """Choose the number of threads, as many as wanted at most, that fits the budget; give both.

    Parameters
    ----------
    plan, study, keep, workers
        As in `needed`.
    wanted : str or int, optional
        The budget. If none is given it is half of what is available, or all of it for a run that needs it.

    Raises
    ------
    StudyError
        If not even one thread fits; says what would.
    """
    least = needed(plan, study, keep, 1)
    if wanted is None:
        there = available()
        allowed = int(there * LARGEST_SHARE)
        allowed = there if allowed < least <= there else allowed
    else:
        allowed = parsed(wanted)
    for threads in range(workers, 0, -1):
        if needed(plan, study, keep, threads) <= allowed:
            return threads, allowed
    draws = study.draws
    while draws > 2 and needed(plan, study._replace(draws=draws), keep, 1) > allowed:
        draws //= 2
    fits = needed(plan, study._replace(draws=draws), keep, 1) <= allowed
    less = f", or ask for {draws} draws" if fits else ""
    what = f"a budget of {text(allowed)} does not hold {len(plan.products)} products with {study.draws} draws"
    raise StudyError([Problem(where="--memory", what=what, fix=f"give at least {text(least)}{less}")])


def text(size: float) -> str:
    """Write a size for a reader."""
    return f"{size / 2**30:.1f} GB" if size >= 2**30 else f"{-(-size // 2**20):.0f} MB"


def _machine(root: Path) -> int | None:
    with suppress(OSError, ValueError, StopIteration):
        lines = (root / "proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("MemAvailable:")))
    if hasattr(os, "sysconf") and root == Path("/"):
        for name in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES"):
            with suppress(OSError, ValueError):
                return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
    return None


def _container(root: Path) -> int | None:
    """Give what control groups, old and new, leave; None without a limit."""
    left = []
    for folder, most, used in (
        ("sys/fs/cgroup", "memory.max", "memory.current"),
        ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        with suppress(OSError, ValueError):
            limit = int((root / folder / most).read_text(encoding="ascii"))
            if limit < 2**60:  # the old kind writes a huge number for none
                taken = int((root / folder / used).read_text(encoding="ascii")) - _cache(root / folder)
                left.append(max(limit - taken, 0))
    return min(left) if left else None


def _cache(folder: Path) -> int:
    """Give the file cache that is counted as used and given back when it is wanted."""
    with suppress(OSError, ValueError, StopIteration):
        lines = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
        names = ("inactive_file", "total_inactive_file")
        return int(next(line.split()[1] for line in lines if line.split()[0] in names))
    return 0
