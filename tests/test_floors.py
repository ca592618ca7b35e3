"""Keep the house's floors: no import points up, no circle, nothing heavy before it is needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import usephase

ROOT = Path(usephase.__file__).parent
FLOORS = {
    "__main__": 8, "errors": 1, "units": 1, "spelling": 1, "heap": 1, "door": 1, "compiling": 1, "guide": 1, "model": 2,
    "results": 2, "catalog": 3, "sampling": 3, "engine": 4, "insight": 5, "report": 6, "faces": 7, "": 7,
    "cli": 8, "serve": 8,
}  # fmt: skip
# The commands may reach into every floor below them.


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(p for p in parts if p != "__init__"), path


def imported(path: Path) -> Iterator[str]:
    """Names of the package's modules that a file imports, at once or when it is needed."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "usephase":
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}".removeprefix("usephase").lstrip(".")
                plain = node.module.removeprefix("usephase").lstrip(".")
                yield deeper if is_module(deeper) else plain
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "usephase":
                    yield alias.name.removeprefix("usephase").lstrip(".")


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
        for other in imported(path)
        if floor(other) > floor(name)
    ]
    assert up == []


def test_no_circle() -> None:
    edges = {name: {other for other in imported(path) if other != name} for name, path in modules()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail, name))
        if name not in done:
            for other in edges.get(name, ()):
                visit(other, (*trail, name))
            done.add(name)

    for name in edges:
        visit(name, ())


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


def test_nothing_is_left_to_the_compiler_to_fuse_or_reorder() -> None:
    """Flags of rounding change bits with the processor and the order of compiling; a maximum alone has none."""
    flags = {"contract", "fast", "reassoc", "arcp", "afn"}
    found = {
        (name, tuple(sorted(flags & set(ast.literal_eval(word.value)))))
        for name, path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "fastmath"
    }
    assert found == {("model.weibull", ("reassoc",)), ("engine.execute.ranks", ("reassoc",))}


def test_no_room_is_crowded() -> None:
    """A room has at most 16 files side by side; the commands, one file each, are a list rather than a room."""
    rooms = {folder: len([*folder.glob("*.py")]) for folder in (ROOT, *ROOT.rglob("*")) if folder.is_dir()}
    assert {folder.name: count for folder, count in rooms.items() if count > 16 and folder.name != "cli"} == {}
