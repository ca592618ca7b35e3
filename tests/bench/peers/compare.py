"""Other programs on the small case beside the engine: each in an environment of its own, the engine in this one.

Make the environments once and run (needs the package index)::

    python -m tests.bench.peers.compare ENVIRONMENTS --make
    python -m tests.bench.peers.compare ENVIRONMENTS

A peer's ``requirements/NAME.txt`` says what its environment holds. Each peer has one thread and its fastest of three
repeats counts; a peer that cannot be made or run is said to be missing, with its reason.
"""

import argparse
import json
import os
import subprocess
import sys
import textwrap
import venv
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.engine import run
from tests.bench.measure import Line, interleaved, machine, table, write_into_guide
from tests.bench.peers.small import PRODUCTS, REGIONS, small
from tests.bench.workload import OWN, make
from usephase.catalog.table import Catalog

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PEERS = ("openturns", "lca_algebraic", "bw2calc")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LARGE = 512
"""Products of the engine's second case: on five it mostly reads and reports."""


def python_of(environment: Path) -> Path:
    """Find an environment's interpreter."""
    return environment / ("Scripts" if os.name == "nt" else "bin") / "python"


def made(folder: Path, peer: str) -> None:
    """Make a peer's environment."""
    venv.create(folder / peer, with_pip=True)
    wanted = HERE / "requirements" / f"{peer}.txt"
    subprocess.run([python_of(folder / peer), "-m", "pip", "install", "--quiet", "-r", wanted], check=True)


def answer_of(folder: Path, peer: str) -> dict[str, Any] | str:
    """Run a peer; give its answer, or why there is none."""
    python = python_of(folder / peer)
    if not python.exists():
        return "no environment; make it with --make"
    done = subprocess.run(
        [python, "-m", f"tests.bench.peers.{peer}_peer"],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, **ONE_THREAD},
    )  # fmt: skip
    answers = [line for line in done.stdout.splitlines() if line.startswith('{"name"')]
    return json.loads(answers[-1]) if answers else (done.stderr.strip().splitlines() or ["no answer"])[-1]


def moments(catalog: Catalog, draws: int) -> tuple[float, float]:
    """Give mean and standard deviation of the portfolio's total. [t CO2e]"""
    [row] = run(catalog, draws).select("total", "total").to_dict("records")
    return row["mean"], row["sd"]


def bench(folder: Path, draws: int) -> str:
    """Measure all and give the table as text."""
    catalog, large = small().catalog(), make(LARGE, REGIONS).catalog()
    seconds = interleaved({"small": lambda: run(catalog, draws), "large": lambda: run(large, draws)}, 5)
    alone, ours = 1e9 * seconds["small"] / draws / PRODUCTS, 1e9 * seconds["large"] / draws / LARGE
    lines = [
        Line("usephase, double, everything a run gives", f"{alone:,.0f} ns, {alone / ours:,.1f} times"),
        Line(f"the same with {LARGE} such products", f"{ours:,.0f} ns, which is 1"),
    ]
    mean, sd = moments(catalog, draws)
    notes = []
    for peer in PEERS:
        found = answer_of(folder, peer)
        if isinstance(found, str):
            lines.append(Line(peer, f"missing: {found}"))
            continue
        off = (found["mean"] - mean) / (sd / np.sqrt(found["draws"]))
        lines.append(
            Line(
                f"{found['name']} {found['version']}",
                f"{found['ns']:,.0f} ns, {found['ns'] / ours:,.0f} times; mean {found['mean'] / mean - 1:+.1%} "
                f"({off:+.1f} errors), sd {found['sd'] / sd - 1:+.1%}",
            )
        )
        notes += [f"{found['name']}: {note}" for note in found["not_identical"]]
    title = f"A product and draw, one thread ({PRODUCTS} products, {REGIONS} regions, {len(OWN)} own cells)"
    wrapped = [textwrap.fill(note, 116, initial_indent="- ", subsequent_indent="  ") for note in notes]
    return "\n\n".join([machine(), table(title, lines), "\n".join(["Not identical", *wrapped])])


def main() -> None:
    parser = argparse.ArgumentParser(description="Other programs beside the engine.")
    parser.add_argument("environments", type=Path, help="folder of the peers' environments")
    parser.add_argument("--draws", type=int, default=8192, help="of the engine")
    parser.add_argument("--make", action="store_true", help="make the environments")
    parser.add_argument("--write", action="store_true", help="put the table into the guide")
    chosen = parser.parse_args()
    if chosen.make:
        for peer in PEERS:
            print(f"… making the environment of {peer}", file=sys.stderr)
            made(chosen.environments, peer)
        return
    text = bench(chosen.environments, chosen.draws)
    print(text)
    if chosen.write:
        write_into_guide("peers", text)


if __name__ == "__main__":
    main()
