"""A million inputs at random on everything that reads: counts, crashes, and the slowest.

    python -m tests.bench.bench_fuzz [--inputs 1000000] [--seed 1] [--workers N] [--target NAME]

Every batch runs in a process of its own, so that a parser that brings down its process is counted as a crash and not
as the end of the campaign. Ends with 1 if anything crashed or took longer than a second of the processor.
"""

import argparse
import concurrent.futures
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.hostile import bases, fuzz, fuzz_blocks, fuzz_runs

# How the inputs are shared out: what is cheap to try is tried most.
SHARES = {"values": 0.9, "tables": 0.06, "settings": 0.03, "binaries": 0.005, "runs": 0.004, "catalogs": 0.001,
          "blocks": 0.1}  # fmt: skip
BATCH = {"values": 20_000, "tables": 2_000, "settings": 4_000, "binaries": 500, "runs": 500, "catalogs": 100,
         "blocks": 10_000}  # fmt: skip
HANG_SECONDS = 900


def make(name: str, folder: Path) -> fuzz.Target:
    """Make a target by its name."""
    if name == "values":
        return fuzz.values()
    if name == "tables":
        return fuzz.tables(bases.tables())
    if name == "settings":
        return fuzz.settings((bases.EXAMPLE / "catalog.toml").read_bytes())
    if name == "binaries":
        return fuzz.binaries({"sales.parquet": bases.parquet(), "starter.xlsx": bases.workbook(folder)})
    if name == "catalogs":
        return fuzz.catalogs(bases.files())
    if name == "blocks":
        return fuzz_blocks.blocks(folder)
    return fuzz_runs.runs(folder)


def batch(name: str, first: int, count: int, seed: int) -> fuzz.Report:
    """Try one batch."""
    with tempfile.TemporaryDirectory() as folder:
        return fuzz.campaign(make(name, Path(folder)), first, count, seed)


def apart(name: str, first: int, count: int, seed: int) -> fuzz.Report | None:
    """Try one batch in a process of its own; None if that died or hung."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "report"
        command = [sys.executable, "-m", "tests.bench.bench_fuzz", "--batch", name, str(first), str(count), str(seed)]
        try:
            done = subprocess.run([*command, str(answer)], timeout=HANG_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return None
        return pickle.loads(answer.read_bytes()) if done.returncode == 0 else None


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--target", choices=SHARES, help="this one alone, on its share of the inputs")
    parser.add_argument("--batch", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.batch:
        name, first, count, seed, answer = given.batch
        Path(answer).write_bytes(pickle.dumps(batch(name, int(first), int(count), int(seed))))
        return 0
    started = time.perf_counter()
    totals = {name: fuzz.Report(name) for name in SHARES if given.target in (None, name)}
    dead = 0
    with concurrent.futures.ThreadPoolExecutor(given.workers) as pool:
        jobs = {}
        for name in totals:
            wanted = round(SHARES[name] * given.inputs)
            for first in range(0, wanted, BATCH[name]):
                job = pool.submit(apart, name, first, min(BATCH[name], wanted - first), given.seed)
                jobs[job] = (name, first)
        for job in concurrent.futures.as_completed(jobs):
            name, first = jobs[job]
            report = job.result()
            if report is None:
                dead += 1
                print(f"{name}: the process died or hung in the batch from {first:,}")
            else:
                totals[name].add(report)
    for report in totals.values():
        print(report)
        for number, error, _ in report.crashes[:5]:
            print(f"    input {number}: {error}")
    slow = [report.name for report in totals.values() if report.slowest > fuzz.SLOW_SECONDS]
    crashed = dead + sum(len(report.crashes) for report in totals.values())
    count = sum(report.accepted + report.refused + len(report.crashes) for report in totals.values())
    spent = time.perf_counter() - started
    print(f"{count:,} inputs in {spent:.0f} s: {crashed} crashes; slower than a second: {', '.join(slow) or 'none'}")
    return 1 if crashed or slow else 0


if __name__ == "__main__":
    sys.exit(main())
