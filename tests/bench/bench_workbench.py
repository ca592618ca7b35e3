"""How long the workbench lets a person wait: a slider's answer for every product of the example catalog.

Prints seconds and ratios; judges none. Run: ``pytest -m bench -n 0 -s tests/bench/bench_workbench.py``.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import usephase
from usephase.catalog.edit.apply import Edit, in_place, judge
from usephase.insight.what_if.ask import DRAWS, WhatIf

CATALOG = Path(__file__).parents[2] / "product_catalog"
MOVES = (0.97, 0.94)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Give wall and processor seconds; on a busy machine the second says what the work itself takes."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def line(name: str, seconds: list[tuple[float, float]], full: tuple[float, float]) -> str:
    wall, processor = np.array(seconds).T
    slow, busy = float(np.quantile(wall, 0.95)), float(np.quantile(processor, 0.95))
    parts = [
        f"{name:<34} n={len(wall):>4}  p50 {np.median(wall):.3f} s  p95 {slow:.3f} s  max {wall.max():.3f} s",
        f"processor p50 {np.median(processor):.3f} s  p95 {busy:.3f} s",
        f"p95 / full estimate {slow / full[0]:.4f} (processor {busy / full[1]:.4f})",
    ]
    return "  ".join(parts)


@pytest.mark.bench
def test_slider_answers() -> None:
    catalog = usephase.read_catalog(CATALOG)
    usephase.estimate(catalog, draws=64)
    full = timed(lambda: usephase.estimate(catalog, draws=DRAWS))
    sales = catalog["sales"].frame
    products = sorted(set(sales["product"][sales["year"] == catalog.settings.reporting_year]))
    opened, listed, touched, warm, shared = [], [], [], [], []
    for product in products:
        what_if = WhatIf(catalog, product)
        opened.append(timed(what_if.answer))
        cells = []
        listed.append(timed(lambda w=what_if, into=cells: into.extend(w.sliders())))  # type: ignore[misc]
        own = [s for s in cells if not s.shared and s.table in ("modes", "materials") and s.value > 0][:2]
        common = [s for s in cells if s.table in ("lifetimes", "settings") and s.column in ("mean", "level")][:1]
        for s in (*own, *common):
            touched.append(timed(lambda w=what_if, s=s: w.answer([s.edit(s.value * 0.99)])))  # type: ignore[misc]
            for move in MOVES:
                took = timed(lambda w=what_if, s=s, m=move: w.answer([s.edit(s.value * m)]))  # type: ignore[misc]
                (shared if s.shared else warm).append(took)
    print(f"\nfull estimate of {DRAWS} draws: {full[0]:.3f} s (processor {full[1]:.3f} s), {len(products)} products")
    for name, seconds in (
        ("slider of an own cell, warm", warm),
        ("slider of a shared cell, warm", shared),
        ("slider touched for the first time", touched),
        ("product opened", opened),
        ("sliders listed", listed),
    ):
        print(line(name, seconds, full))


@pytest.mark.bench
def test_judging_and_saving() -> None:
    catalog = usephase.read_catalog(CATALOG)
    edit = Edit("modes", "product=DRILL-18;mode=drilling", "rate", "*0.9")
    judge(catalog, edit)
    reading = timed(lambda: usephase.read_catalog(CATALOG))
    for name, work in (
        ("edit judged", lambda: judge(catalog, edit)),
        ("edit refused by its cell", lambda: judge(catalog, edit._replace(text="-3"))),
        ("edit laid out in place", lambda: in_place(catalog, [edit])),
    ):
        took = [timed(work) for _ in range(5)]
        print(line(name, took, reading).replace("full estimate", "reading the catalog"))
