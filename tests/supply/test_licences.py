"""The page of licences holds every package that is needed and every source of data, under licences we can build on."""

import importlib.util
import re
from pathlib import Path

import pytest

from usephase import guide

TOOL = Path(__file__).parents[2] / "src/reference_build/licences.py"
spec = importlib.util.spec_from_file_location("licences", TOOL)
assert spec is not None
assert spec.loader is not None
licences = importlib.util.module_from_spec(spec)
spec.loader.exec_module(licences)


def listed() -> dict[str, str]:
    rows = re.findall(r"^\| ([\w.-]+) \| ([^|]+) \| [^|]+ \|$", guide.page("licences"), flags=re.MULTILINE)
    return {name: text.strip() for name, text in rows}


@pytest.mark.parametrize("extra", ["", "dev"])
def test_every_package_is_listed_with_its_licence(extra: str) -> None:
    """Another version may bring another package: `src/reference_build/licences.py` writes the page again."""
    rows = listed()
    lacking = {name: licences.licence(name) for name in licences.needed(extra) if name not in rows}
    assert not lacking
    assert len(licences.needed()) > 20


def test_every_licence_allows_what_we_do() -> None:
    refused = {
        name: licences.licence(name)
        for name in {**licences.needed(), **licences.needed("dev")}
        if not licences.acceptable(licences.licence(name))
    }
    assert not refused


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND 0BSD", True),
        ("Apache-2.0 OR GPL-3.0", True),
        ("BSD-2-Clause AND Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0", False),
        ("MIT AND GPL-2.0", False),
        ("unknown", False),
    ],
)
def test_licences_are_judged_part_by_part(text: str, allowed: bool) -> None:
    assert licences.acceptable(text) is allowed


def test_every_licence_of_data_is_listed_with_its_tables() -> None:
    page = guide.page("licences")
    found = licences.data_licences()
    assert len(found) > 10
    for name, count, tables in found:
        assert f"| {name} | {count} | {tables} |" in page
