"""The small case that other programs compute too, and how they report. Needs numpy alone."""

import json
import time
from collections.abc import Callable, Iterator

import numpy as np

from tests.bench.workload import OWN, PACKAGING, YEARS, Belief, Workload, make

PRODUCTS, REGIONS = 5, 4


def small() -> Workload:
    """Make the case."""
    return make(PRODUCTS, REGIONS)


def cells(w: Workload) -> Iterator[tuple[str, Belief]]:
    """Name every uncertain cell: a product's own, then the shared ones."""
    for p in range(PRODUCTS):
        for name, belief in w.beliefs(p).items():
            yield f"{name}_{p}", belief
    for (_, row, column), belief in w.shared().items():
        yield shared_name(row, column), belief


def shared_name(row: str, column: str) -> str:
    """Shorten a shared cell's address to a word."""
    return "_".join([column, *(part.partition("=")[2].replace("*", "any") for part in row.split(";"))]).rstrip("_")


def timed(draw_all: Callable[[int], np.ndarray], draws: int, repeats: int = 3) -> tuple[float, np.ndarray]:
    """Time the drawing of the portfolio's total; give the fastest seconds and the last draws."""
    draw_all(max(draws // 10, 2))  # what is made once is made now
    best, total = float("inf"), np.zeros(0)
    for _ in range(repeats):
        started = time.perf_counter()
        total = np.asarray(draw_all(draws), dtype=float)
        best = min(best, time.perf_counter() - started)
    return best, total


def report(name: str, version: str, seconds: float, total: np.ndarray, not_identical: list[str]) -> None:
    """Print one peer's answer as a line of JSON; amounts in t CO2e."""
    answer = {
        "name": name,
        "version": version,
        "ns": 1e9 * seconds / len(total) / PRODUCTS,
        "draws": len(total),
        "mean": float(total.mean()),
        "sd": float(total.std(ddof=1)),
        "not_identical": not_identical,
    }
    print(json.dumps(answer, ensure_ascii=False))


assert PACKAGING in OWN
assert YEARS == 30
