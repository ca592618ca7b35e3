"""Whole processes, timed from outside."""

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def child(catalog: Path, draws: int, workers: int) -> dict[str, float]:
    """Estimate a catalog in a process of its own, as `tests.bench.child` says."""
    words = [sys.executable, "-m", "tests.bench.child", str(catalog), str(draws), str(workers)]
    return json.loads(subprocess.run(words, check=True, capture_output=True, cwd=ROOT).stdout)


def program() -> str:
    """Find the `usephase` of this environment."""
    return shutil.which("usephase", path=str(Path(sys.executable).parent)) or "usephase"


def run(catalog: Path, results: Path, draws: int) -> tuple[float, float]:
    """Run `usephase run`; give the seconds of the whole command and, of them, in the engine."""
    words = [program(), "run", str(catalog), "--draws", str(draws), "--quiet", "--results", str(results)]
    started = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    whole_s = time.perf_counter() - started
    summary = next(results.glob("*/*/summary.json"))
    return whole_s, float(json.loads(summary.read_text(encoding="utf-8"))["meta"]["seconds"])


def version_s() -> float:
    """Give the median seconds of `usephase --version`."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([program(), "--version"], check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
