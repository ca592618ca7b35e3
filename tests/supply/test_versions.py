"""The lower bounds of pyproject.toml are versions that CI installs and tests."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEST_TOOLS = {"hypothesis", "mpmath", "pytest", "pytest-xdist"}


def bounds(texts: list[str], operator: str) -> dict[str, Version]:
    found = {}
    for requirement in map(Requirement, texts):
        versions = [one.version for one in requirement.specifier if one.operator == operator]
        assert len(versions) == 1, str(requirement)
        found[canonicalize_name(requirement.name)] = Version(versions[0])
    return found


def oldest() -> dict[str, Version]:
    lines = (ROOT / ".ci/oldest.txt").read_text(encoding="utf-8").splitlines()
    return bounds([line for line in lines if line and not line.startswith("#")], "==")


def test_every_floor_is_tested() -> None:
    extras = PROJECT["optional-dependencies"]
    floors = bounds(PROJECT["dependencies"], ">=") | bounds(extras["cluster"], ">=")
    tools = {name: version for name, version in bounds(extras["dev"], ">=").items() if name in TEST_TOOLS}
    assert oldest() == floors | tools


def test_ci_installs_them() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "-c .ci/oldest.txt -e '.[cluster]'" in script


@pytest.mark.parametrize("name", sorted(TEST_TOOLS))
def test_no_tool_of_the_tests_is_needed_to_run(name: str) -> None:
    assert name not in bounds(PROJECT["dependencies"], ">=")
