"""Measure fits of large data: a triangle of 60 × 60 months and 10⁶ units, telemetry of 10⁷ rows."""

import resource
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usephase

pytestmark = pytest.mark.bench


def measured(name, call):
    """Print CPU and wall time and the peak of memory; judge nothing."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = call()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{name}: {time.process_time() - cpu:.2f} s CPU, {time.perf_counter() - wall:.2f} s, peak {peak:,.0f} MB")
    return found


def test_a_triangle_of_sixty_months(tmp_path):
    random, size = np.random.default_rng(3), 1_000_000 // 60
    names = [f"{2019 + i // 12}-{i % 12 + 1:02d}" for i in range(60)]
    lines = [f"month,units,{','.join(names)}"]
    for i in range(60):
        back = np.floor(i + random.random(size) + 96 * random.weibull(2, size)).astype(int)
        lines.append(f"{names[i]},{size},{','.join(map(str, np.bincount(back[back < 60], minlength=60)))}")
    (tmp_path / "triangle.csv").write_text("\n".join(lines) + "\n")
    found = measured("triangle", lambda: usephase.fit.lifetime(tmp_path / "triangle.csv"))
    assert found.distribution == "weibull"


def test_telemetry_of_ten_million_rows(tmp_path):
    random, rows = np.random.default_rng(3), 10_000_000
    tool = random.integers(0, 200_000, rows).astype(np.int32)
    hours = random.gamma(2, 200, 200_000)[tool] * random.gamma(4, 0.25, rows)
    regions = pa.DictionaryArray.from_arrays(pa.array((tool % 3).astype(np.int32)), ["DEU", "FRA", "USA"])
    pq.write_table(pa.table({"hours": hours, "tool": tool, "region": regions}), tmp_path / "telemetry.parquet")
    del hours, tool, regions
    path = tmp_path / "telemetry.parquet"
    found = measured("telemetry", lambda: usephase.fit.amount(path, "hours", tool="tool", by=["region"]))
    assert found.overall.rows == rows
