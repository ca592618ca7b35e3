"""Write the guide page of licences: of every package that usephase needs, and of every source of reference data.

    python src/reference_build/licences.py            writes src/usephase/guide/licences.md
    python src/reference_build/licences.py --check    says what the page lacks; writes nothing

Packages are those that the installed environment resolves the requirements of pyproject.toml to, the development
tools apart; their licences are what their own metadata say.
"""

import csv
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "src/usephase/guide/licences.md"
REFERENCE = ROOT / "src/usephase/catalog/reference"
HEAD = """# Licences

`src/reference_build/licences.py` writes this page from the packages' metadata and from the reference tables; a test
keeps it true.

usephase itself is under the Apache License 2.0. It needs the packages below, and downloads nothing when it runs.

## Packages needed to run"""
TESTS = """
## Packages needed to test"""
DATA = """
## Reference data
`usephase reference sources` shows every source with licence and basis; a run's register repeats those of its rows.

| licence | sources | tables |
|---|---|---|"""
OTHER = """
## Other data
| data | used for | licence |
|---|---|---|
| direction numbers of S. Joe and F. Y. Kuo (2008) | the quasi design | as SciPy carries them: BSD-3-Clause |
| NIST Statistical Reference Datasets, univariate | tests of summaries | work of the U.S. government: public domain |
| worked examples of the GHG Protocol's guidance and of JCGM 101 | tests | single figures quoted |
"""
# Metadata that hold a whole text or nothing of use: what the text is.
KNOWN = {"matplotlib": "PSF-2.0 (matplotlib's own)"}
WORDS = {
    "BSD License": "BSD", "MIT License": "MIT", "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense", "ISC License (ISCL)": "ISC",
}  # fmt: skip
# Licences under which a package may be used and passed on beside ours: permissive, or copyleft that stops at its files.
ALLOWED = re.compile(
    r"MIT|MIT-CMU|MIT-0|BSD|BSD-[23]-Clause|0BSD|Apache-2\.0|PSF-2\.0|Zlib|CC0-1\.0|ISC|MPL-2\.0|HPND|Unlicense"
)


def needed(extra: str = "") -> dict[str, set[str]]:
    """Resolve the requirements of pyproject.toml, or of one of its extras: package → who asks for it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    roots = project["optional-dependencies"][extra] if extra else project["dependencies"]
    found: dict[str, set[str]] = {}
    waiting = [("usephase", Requirement(text)) for text in roots]
    done = set()
    while waiting:
        parent, requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        found.setdefault(name, set()).add(parent)
        for wanted in {"", *requirement.extras} - {one for known, one in done if known == name}:
            done.add((name, wanted))
            children = map(Requirement, metadata.requires(name) or ())
            waiting += [
                (name, child) for child in children if child.marker is None or child.marker.evaluate({"extra": wanted})
            ]
    return found


def licence(name: str) -> str:
    """Read a package's licence from its metadata."""
    if name in KNOWN:
        return KNOWN[name]
    about = metadata.metadata(name)
    if expression := about.get("License-Expression"):
        return str(expression)
    classified = [
        line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or () if line.startswith("License ::")
    ]
    if classified:
        return ", ".join(WORDS.get(word, word) for word in classified)
    written = str(about.get("License") or "unknown").strip().splitlines()[0]
    return {"Apache 2.0": "Apache-2.0"}.get(written, written)


def acceptable(text: str) -> bool:
    """Tell whether every part of a licence's expression is one that we may build on; of alternatives one is enough."""
    parts = re.split(r"\s+AND\s+|,\s*", re.sub(r"\s*\([^)]*\)| WITH LLVM-exception|-only", "", text))
    return all(any(ALLOWED.fullmatch(one) for one in re.split(r"\s+OR\s+", part.strip())) for part in parts)


def data_licences() -> list[tuple[str, int, str]]:
    """List the licences of the reference data: licence, number of sources, tables that they fill."""
    with (REFERENCE / "sources.csv").open(encoding="utf-8", newline="") as stream:
        licence_of = {row["code"]: row["licence"] for row in csv.DictReader(stream)}
    tables: dict[str, set[str]] = {}
    codes: dict[str, set[str]] = {}
    for path in sorted(REFERENCE.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if path.stem != "sources":
                    held = licence_of[row["source"]]
                    tables.setdefault(held, set()).add(path.stem)
                    codes.setdefault(held, set()).add(row["source"])
    return [(name, len(codes[name]), ", ".join(sorted(tables[name]))) for name in sorted(tables)]


def package_lines(packages: dict[str, set[str]]) -> Iterable[str]:
    """Write a row a package."""
    yield "| package | licence | asked for by |"
    yield "|---|---|---|"
    for name in sorted(packages):
        yield f"| {name} | {licence(name)} | {', '.join(sorted(packages[name]))} |"


def page() -> str:
    """Write the page."""
    run = needed()
    tools = {name: who for name, who in needed("dev").items() if name not in run}
    data = [f"| {name} | {count} | {tables} |" for name, count, tables in data_licences()]
    parts = [HEAD, *package_lines(run), TESTS, *package_lines(tools), DATA, *data, OTHER]
    return "\n".join(parts)


def main() -> int:
    """Write or check."""
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    lacking = sorted(set(page().splitlines()) - set(PAGE.read_text(encoding="utf-8").splitlines()))
    print("\n".join(["the page lacks:", *lacking] if lacking else ["the page is complete"]))
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
