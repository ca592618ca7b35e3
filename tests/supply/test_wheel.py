"""What a stranger installs: the wheel by itself, away from the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IN_WHEEL = "usephase/catalog/example/"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True)
    [made] = folder.glob("*.whl")
    return made


@pytest.mark.slow
def test_the_wheel_carries_the_example(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        found = {name.removeprefix(IN_WHEEL): packed.read(name) for name in names if name.startswith(IN_WHEEL)}
        packed.extractall(tmp_path / "installed")
    assert found == {path.name: path.read_bytes() for path in (ROOT / "product_catalog").iterdir()}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"usephase"}

    surroundings = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    for words in (["-m", "usephase", "init", "--example", "mine"], ["-m", "usephase", "check", "mine"]):
        subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=tmp_path, env=surroundings)
    assert {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()} == found


@pytest.mark.slow
def test_a_users_script_is_typed_by_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """In an environment that has the wheel, and beside it what the tests' own environment has."""
    venv.create(tmp_path, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path), "platbase": str(tmp_path)}))
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    (site / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    python = Path(sysconfig.get_path("scripts", vars={"base": str(tmp_path)})) / Path(sys.executable).name
    words = ["--strict", "--config-file=", "--python-executable", str(python), "--cache-dir", str(tmp_path / "cache")]
    script = Path(__file__).with_name("study.py")
    surroundings = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *words, script], capture_output=True, text=True, cwd=tmp_path, env=surroundings
    )
    assert done.stdout == "Success: no issues found in 1 source file\n", done.stdout + done.stderr
