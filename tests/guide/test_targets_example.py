"""The worked page from base year to submission shows what its commands print, and its hand calculations hold."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from usephase import guide
from usephase.catalog.init import write_starter
from usephase.cli import main

PAGE = guide.page("targets-example")
BLOCKS = re.findall(r"^```(console|text)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def lines_of(value: Any) -> set[str]:
    """Give every line of every text of a document."""
    if isinstance(value, dict):
        return set().union(*(lines_of(x) for x in value.values()))
    if isinstance(value, list):
        return set().union(*(lines_of(x) for x in value), set())
    return set(value.splitlines()) if isinstance(value, str) else set()


@pytest.mark.slow
def test_the_page_shows_what_its_commands_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_starter(Path("product_catalog"), example=True)
    seen = set(Path("product_catalog/targets.csv").read_text(encoding="utf-8").splitlines())
    for kind, text in BLOCKS:
        if kind == "text":
            missing = [line for line in text.splitlines() if line.rstrip() not in {x.rstrip() for x in seen}]
            assert not missing
            continue
        for command in text.splitlines():
            run = next((path.as_posix() for path in Path().glob("results/*/*")), "")
            done = CliRunner().invoke(main, shlex.split(command.replace("results/example-tools/RUN", run))[1:])
            assert done.exit_code in (0, 3), done.output
            seen |= set(done.output.replace("\N{NO-BREAK SPACE}", " ").splitlines())
            if "--to sbti" in command:
                form = json.loads(Path("sbti.json").read_text(encoding="ascii"))
                seen |= lines_of(form)
    rows = re.findall(r"^\| (.*?) \| ([\d,.]+) (t CO2e|%) \|$", PAGE, flags=re.MULTILINE)
    assert len(rows) == 4
    by_name = {field["row"]: field["value"] for field in form["fields"]}
    by_name |= {field["field"]: field["value"] for field in form["fields"]}
    for name, value, _ in rows:
        assert round(by_name[name], 2 if "Share" in name else 3) == pytest.approx(float(value.replace(",", ""))), name


def test_its_hand_calculations_hold() -> None:
    gone = 0.75 * (2031 - 2024) / (2050 - 2024)
    for share in (gone, 0.9209 * (1 - gone), 0.9 / (2050 - 2024) * (2031 - 2024)):
        assert f"= {100 * share:.2f} %" in PAGE or f"= {100 * share:.1f} %" in PAGE
