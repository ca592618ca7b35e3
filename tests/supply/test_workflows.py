"""The workflow of the repository, the hook, and what the guide's page `ci` tells others to copy."""

import re
from pathlib import Path
from typing import Any

import yaml

from usephase import guide

ROOT = Path(__file__).parents[2]
PAGE = {
    name: yaml.safe_load(text)
    for name, text in re.findall(r"^`([^`]+)`\n```yaml\n(.*?)^```$", guide.page("ci"), flags=re.MULTILINE | re.DOTALL)
}


def jobs(workflow: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = workflow["jobs"]
    for name, job in found.items():
        needs = job.get("needs", [])
        assert {needs} if isinstance(needs, str) else set(needs) <= set(found), name
        assert job["steps"], name
        assert all(("uses" in step) != ("run" in step) for step in job["steps"]), name
    return found


def test_the_workflow_covers_systems_and_pythons_and_publishes_without_a_token() -> None:
    text = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    found = jobs(workflow)
    matrix = found["suite"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert {system.partition("-")[0] for system in matrix["system"]} == {"ubuntu", "windows", "macos"}
    assert found["install"]["strategy"]["matrix"]["system"] == matrix["system"]
    assert not any("checkout" in step.get("uses", "") for step in found["install"]["steps"])
    # Only the job that publishes may ask for an identity, and only for a tag.
    assert workflow["permissions"] == {"contents": "read"}
    assert {name: job["permissions"] for name, job in found.items() if "permissions" in job} == {
        "publish": {"id-token": "write"}
    }
    assert found["publish"]["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert {"suite", "install"} <= set(found["publish"]["needs"])
    assert "secrets." not in text
    assert "https:" not in text


def test_the_guide_gates_the_same_on_both_services_and_by_the_hook() -> None:
    [ours] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    [theirs] = PAGE[".pre-commit-config.yaml"]["repos"][0]["hooks"]
    assert {key: theirs.get(key) for key in ours if key != "description"} == {
        key: value for key, value in ours.items() if key != "description"
    }
    [job] = jobs(PAGE[".github/workflows/usephase.yml"]).values()
    github = [step["run"] for step in job["steps"] if "run" in step]
    assert github == PAGE[".gitlab-ci.yml"]["catalog"]["script"]
    assert [" ".join(line.split()[:2]) for line in github] == ["pip install", "usephase check", "usephase compare"]


def test_the_site_has_every_page_of_the_guide_and_is_published_with_a_release() -> None:
    """`.ci/run` builds it, and finds every link."""
    site = (ROOT / ".github" / "site" / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"([a-z-]+)\.md$", site, flags=re.MULTILINE)
    assert sorted(named) == sorted([*(name for name, _ in guide.topics()), "reference"])
    assert "strict: true" in site
    found = jobs(yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8")))
    assert any(step.get("run") == "mkdocs build -f .github/site/mkdocs.yml" for step in found["build"]["steps"])
    assert found["deploy"]["if"] == "startsWith(github.ref, 'refs/tags/v')"
