"""How long a start and the worked example take; prints, never judges."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def seconds(*command: str) -> float:
    """Median of five runs of a whole process."""
    program = shutil.which("usephase", path=str(Path(sys.executable).parent)) or "usephase"
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([program, *command], check=True, capture_output=True, cwd=ROOT)
        taken.append(time.perf_counter() - start)
    return sorted(taken)[2]


@pytest.mark.bench
def test_start_and_worked_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = {
        "usephase --version": seconds("--version"),
        "usephase --help": seconds("--help"),
        "usephase check product_catalog": seconds("check", "product_catalog", "--json"),
        "usephase run product_catalog (8,192 draws)": seconds("run", "--quiet", "--results", str(tmp_path)),
    }
    with capsys.disabled():
        print()
        for name, taken in rows.items():
            print(f"{name:<48} {taken:8.2f} s, {taken / rows['usephase --version']:6.1f} × --version")
