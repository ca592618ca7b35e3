"""Measure fits: a triangle of 60 × 60 months and 10⁶ units, telemetry of 10⁷ rows, how often intervals hold."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from tests.fitting.test_lives import covered

pytestmark = pytest.mark.bench


def measured(name, *args):
    """Print CPU and wall time and the peak of memory of the command in a process of its own; judge nothing."""
    wall = time.perf_counter()
    command = [sys.executable, "-m", "usephase", "fit", *map(str, args), "--json"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    with child.stdout:
        told = json.loads(child.stdout.read())
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    assert status == 0
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3
    print(f"{name}: {cpu:.2f} s CPU, {time.perf_counter() - wall:.2f} s, peak {peak:,.0f} MB, the command as a whole")
    return told


def test_a_triangle_of_sixty_months(tmp_path):
    random, size = np.random.default_rng(3), 1_000_000 // 60
    names = [f"{2019 + i // 12}-{i % 12 + 1:02d}" for i in range(60)]
    lines = [f"month,units,{','.join(names)}"]
    for i in range(60):
        back = np.floor(i + random.random(size) + 96 * random.weibull(2, size)).astype(int)
        lines.append(f"{names[i]},{size},{','.join(map(str, np.bincount(back[back < 60], minlength=60)))}")
    (tmp_path / "triangle.csv").write_text("\n".join(lines) + "\n")
    assert measured("triangle", "lifetime", tmp_path / "triangle.csv")["distribution"] == "weibull"


@pytest.mark.parametrize(("units", "failures"), [(20, 20), (40, 20), (5, 5), (20, 5)])
def test_how_often_intervals_hold_the_mean_life(units, failures):
    share = covered(units, failures, 1000)
    print(f"{failures} failures of {units}: {100 * share:.1f} % of 1,000 intervals of 95 % hold the mean life")


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_telemetry_of_ten_million_rows(tmp_path, form):
    random, rows = np.random.default_rng(3), 10_000_000
    tool = random.integers(0, 200_000, rows).astype(np.int32)
    hours = random.gamma(2, 200, 200_000)[tool] * random.gamma(4, 0.25, rows)
    regions = pa.DictionaryArray.from_arrays(pa.array((tool % 3).astype(np.int32)), ["DEU", "FRA", "USA"])
    path, table = tmp_path / f"telemetry.{form}", pa.table({"hours": hours, "tool": tool, "region": regions})
    pq.write_table(table, path) if form == "parquet" else csv.write_csv(table, path)
    del hours, tool, regions, table
    told = measured(f"telemetry, {form}", "amount", path, "--column", "hours", "--tool", "tool", "--by", "region")
    assert told["rows"][0]["rows"] == rows
