"""Which tests may be left out, where, and how often: one that is skipped without being listed here fails."""

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
MAY = {
    "catalog/test_interrupted_reading.py": 1,
    "catalog/test_layout.py": 1,
    "faults/test_cluster.py": 6,
    "faults/test_disk.py": 2,
    "faults/test_resources.py": 1,
    "faults/test_stopped.py": 1,
    "hostile/test_files.py": 4,
    "hostile/test_packed.py": 1,
    "hostile/test_store.py": 2,
    "results/test_all_or_none.py": 1,
    "results/test_killed.py": 1,
    "serve/test_api.py": 1,
    "supply/test_surroundings.py": 1,
}


def skips(path: Path) -> int:
    """Count what may leave out a test in a file; each must give its reason."""
    count = 0
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func.attr
        assert name != "importorskip", f"{path}: a package may not be missing"
        if name in ("skip", "skipif", "xfail") and ast.unparse(node.func).startswith("pytest."):
            reasons = [word.value for word in node.keywords if word.arg == "reason"]
            assert reasons or (name == "skip" and node.args), f"{path}:{node.lineno}: without a reason"
            count += 1
    return count


def test_every_skip_is_listed_and_says_why() -> None:
    found = Counter({path.relative_to(TESTS).as_posix(): skips(path) for path in TESTS.rglob("*.py")})
    assert +found == Counter(MAY)
