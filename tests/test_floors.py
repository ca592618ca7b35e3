"""Keep the house's floors: no import points up, no circle, nothing heavy before it is needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import usephase

ROOT = Path(usephase.__file__).parent
FLOORS = {
    "errors": 1, "units": 1, "heap": 1, "compiling": 1, "guide": 1, "model": 2, "results": 2, "catalog": 3,
    "sampling": 3, "engine": 4, "insight": 5, "report": 6, "": 7, "cli": 8, "serve": 8,
}  # fmt: skip
# The commands may reach into every floor below them.
LONGEST = 400


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(p for p in parts if p != "__init__"), path


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """Names of the package's modules that a file imports, and whether when it is itself imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "usephase":
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}".removeprefix("usephase").lstrip(".")
                plain = node.module.removeprefix("usephase").lstrip(".")
                yield (deeper if is_module(deeper) else plain), id(node) not in lazy
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "usephase":
                    yield alias.name.removeprefix("usephase").lstrip("."), id(node) not in lazy


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def floor(name: str) -> int:
    return FLOORS[name.split(".")[0]]


def test_no_import_points_up() -> None:
    up = [
        f"{name} imports {other}"
        for name, path in modules()
        if name
        for other, _ in imported(path)
        if floor(other) > floor(name)
    ]
    assert up == []


def test_no_circle() -> None:
    edges = {name: {other for other, now in imported(path) if now and other != name} for name, path in modules()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail, name))
        if name not in done:
            for other in edges.get(name, ()):
                visit(other, (*trail, name))
            done.add(name)

    for name in edges:
        visit(name, ())


def test_a_file_is_one_idea() -> None:
    long = [f"{name}: {n} lines" for name, path in modules() if (n := len(path.read_text().splitlines())) > LONGEST]
    assert long == []


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['usephase', '--help']\n"
        "from usephase.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'pydantic', 'numba', 'h5py', 'matplotlib', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
