"""The engine beside what it replaces: plain numpy, a loop of scalars, the bare variates; its memory and its command.

Run: ``python -m tests.bench.bench_engine`` (``--quick``: small sizes; ``--parts speed,memory``; ``--write``: put the
table into the guide's page "speed"), or ``pytest -m bench -s tests/bench/bench_engine.py``. Prints "pass" or "short"
beside each figure that something is asked of; never fails.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bench import commands
from tests.bench.engine import run
from tests.bench.measure import Line, at_least, at_most, interleaved, machine, table, write_into_guide
from tests.bench.plain import draws_of_numpy, plain, shared_factors
from tests.bench.scalar import one_draw
from tests.bench.variates import bare_variates
from tests.bench.workload import OWN, make


class Sizes(NamedTuple):
    """How large the cases are."""

    products: int = 1024
    numpy_products: int = 128
    plain_products: int = 24
    regions: int = 30
    draws: int = 8192
    repeats: int = 5
    scales: tuple[int, ...] = (256, 1024, 4096)
    memory: tuple[int, int] = (1_000, 10_000)
    command: int = 10_000
    clock: Callable[[], float] = time.perf_counter


QUICK = Sizes(64, 16, 4, 10, 2048, 3, (32, 64, 128), (64, 256), 64)


def speed(size: Sizes, folder: Path) -> str:
    """Give nanoseconds a product and draw of all, and their ratios."""
    w = make(size.products, size.regions)
    catalog, small = w.catalog(), make(size.numpy_products, size.regions).catalog()
    own, shared = draws_of_numpy(w, size.draws)
    factors = shared_factors(w, shared)  # once and not timed: in favour of plain numpy
    few = range(size.plain_products)
    one = {name: float(x[0]) for name, x in own(0).items()}, {address: float(x[0]) for address, x in shared.items()}
    cases: dict[str, tuple[Callable[[], object], int]] = {
        "plain numpy": (lambda: plain(w, own, shared, few, factors), len(few)),
        "numpy kernel": (lambda: run(small, size.draws, "numpy"), size.numpy_products),
        "numba kernel, the numpy kernel's size": (lambda: run(small, size.draws), size.numpy_products),
        "numba kernel": (lambda: run(catalog, size.draws), size.products),
        "numba kernel, 2 threads": (lambda: run(catalog, size.draws, workers=2), size.products),
        "bare variates": (bare_variates(catalog, size.draws), size.products),
    }
    seconds = interleaved({name: work for name, (work, _) in cases.items()}, size.repeats, size.clock)
    ns = {name: 1e9 * seconds[name] / products / size.draws for name, (_, products) in cases.items()}
    ns["scalar loop, pure Python"] = 1e9 * interleaved({"": lambda: one_draw(w, 0, *one)}, 9)[""]
    title = f"ns a product and draw ({size.regions} regions, {size.draws:,} draws, {len(OWN)} own cells)"
    return table(title, [Line(name, f"{x:,.0f}") for name, x in ns.items()]) + "\n\n" + table("Ratios", _ratios(ns))


def _ratios(ns: dict[str, float]) -> list[Line]:
    engine = ns["numba kernel"]
    same = ns["numba kernel, the numpy kernel's size"]
    return [
        at_least("plain numpy ÷ engine, one thread each", ns["plain numpy"] / engine, 6),
        at_most("engine ÷ bare variates", engine / ns["bare variates"], 8),
        at_most("numpy kernel ÷ numba kernel", ns["numpy kernel"] / same, 5),
        at_least("1 thread ÷ 2 threads", engine / ns["numba kernel, 2 threads"], 1.6),
        Line("scalar loop ÷ engine", f"{ns['scalar loop, pure Python'] / engine:,.0f} ×"),
    ]


def scaling(size: Sizes, folder: Path) -> str:
    """Give nanoseconds a product and draw over products, regions, draws and threads."""
    few = size.scales[0]
    cases: dict[str, tuple[Callable[[], object], int]] = {}

    def add(name: str, products: int, regions: int, draws: int, workers: int = 1) -> None:
        catalog = make(products, regions).catalog()
        cases[name] = (lambda: run(catalog, draws, workers=workers), products * draws)

    for products in size.scales:
        add(f"{products:,} products", products, size.regions, size.draws)
    for regions in (1, 10, 20, 30, 60):
        add(f"{few:,} products, {regions} regions", few, regions, size.draws)
    for draws in (size.draws // 8, size.draws, size.draws * 4):
        add(f"{few:,} products, {draws:,} draws", few, size.regions, draws)
    for workers in sorted({1, 2, 4, 8, os.cpu_count() or 1} & {*range((os.cpu_count() or 1) + 1)}):
        add(f"{size.scales[1]:,} products, threads: {workers}", size.scales[1], size.regions, size.draws, workers)
    seconds = interleaved({name: work for name, (work, _) in cases.items()}, size.repeats, size.clock)
    title = f"Scaling: ns a product and draw (else {size.regions} regions, {size.draws:,} draws, 1 thread)"
    return table(title, [Line(name, f"{1e9 * seconds[name] / n:,.0f}") for name, (_, n) in cases.items()])


def memory(size: Sizes, folder: Path) -> str:
    """Give the peak memory of a large catalog beside that of a small one, each in a process of its own."""
    few, many = size.memory
    found = {n: commands.child(make(n, size.regions).write(folder / f"m{n}"), size.draws, 2) for n in size.memory}
    lines = [
        Line(
            f"{n:,} products",
            f"{x['peak_mb']:,.0f} MB, after reading {x['reading_mb']:,.0f} MB; "
            f"reading {x['reading_s']:.1f} s, estimating {x['estimate_s']:.1f} s",
        )
        for n, x in found.items()
    ]
    lines += [
        at_most(f"{many:,} products ÷ {few:,} products", found[many]["peak_mb"] / found[few]["peak_mb"], 1.3),
        at_most(f"{many:,} products", found[many]["peak_mb"], 800, "MB"),
    ]
    return table(f"Peak memory of a process ({size.regions} regions, {size.draws:,} draws, 2 threads)", lines)


def command(size: Sizes, folder: Path) -> str:
    """Give where the time of `usephase run` goes, and what a million products would take."""
    catalog = make(size.command, size.regions).write(folder / "command")
    whole_s, engine_s = commands.run(catalog, folder / "results", size.draws)
    million = 1e6 / size.command
    lines = [
        Line("usephase run, from CSV to report", f"{whole_s:.1f} s"),
        Line("of it in the engine", f"{engine_s:.1f} s"),
        at_least("share of the time in the engine", 100 * engine_s / whole_s, 60, "%"),
        Line("a million products, in the engine (extrapolated)", f"{engine_s * million / 60:.0f} min"),
        Line("a million products, the whole command (extrapolated)", f"{whole_s * million / 60:.0f} min"),
        at_most("usephase --version", 1000 * commands.version_s(), 250, "ms"),
    ]
    title = f"The command ({size.command:,} products, {size.regions} regions, {size.draws:,} draws, all cores)"
    return table(title, lines)


_MAKERS = {"speed": speed, "scaling": scaling, "memory": memory, "command": command}
PARTS = tuple(_MAKERS)


def bench(size: Sizes, parts: tuple[str, ...] = PARTS) -> str:
    """Measure the parts and give their tables as one text."""
    clock = "the wall's clock" if size.clock is time.perf_counter else "the processor's time"
    texts = [machine(), f"BLAS and OpenMP are kept at one thread; medians of interleaved repeats by {clock}."]
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            print(f"… {part}", flush=True)
            texts.append(_MAKERS[part](size, Path(folder)))
    return "\n\n".join(texts)


@pytest.mark.bench
def test_engine(capsys: pytest.CaptureFixture[str]) -> None:
    text = bench(QUICK)
    with capsys.disabled():
        print(f"\n{text}")


def main() -> None:
    parser = argparse.ArgumentParser(description="The engine beside what it replaces.")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all runs")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--products", type=int, help="of the speed part")
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--cpu", action="store_true", help="time the processor instead of the wall: on a busy machine")
    parser.add_argument("--write", action="store_true", help="put the table into the guide")
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else Sizes()
    size = size._replace(**{k: v for k in ("products", "repeats") if (v := getattr(chosen, k))})
    if chosen.cpu:
        size = size._replace(clock=time.process_time)
    text = bench(size, tuple(chosen.parts.split(",")))
    print(text)
    if chosen.write:
        write_into_guide("engine", text)


if __name__ == "__main__":
    main()
