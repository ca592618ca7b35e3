"""What a stranger installs: the wheel by itself, away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IN_WHEEL = "usephase/catalog/example/"


@pytest.mark.slow
def test_the_wheel_carries_the_example_and_its_types(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        found = {name.removeprefix(IN_WHEEL): packed.read(name) for name in names if name.startswith(IN_WHEEL)}
        packed.extractall(tmp_path / "installed")
    assert found == {path.name: path.read_bytes() for path in (ROOT / "product_catalog").iterdir()}
    assert "usephase/py.typed" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"usephase"}

    surroundings = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    for words in (["-m", "usephase", "init", "--example", "mine"], ["-m", "usephase", "check", "mine"]):
        subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=tmp_path, env=surroundings)
    assert {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()} == found
