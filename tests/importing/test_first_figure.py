"""The guide's page of the first figure, word by word: from twelve products in one list to a figure and a form."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import usephase
from usephase import guide
from usephase.cli import main

PAGE = guide.page("first-figure")


def test_twelve_products_take_few_cells() -> None:
    rows = re.findall(r"^[A-Z]+-\d+,.*$", PAGE, flags=re.MULTILINE)
    assert len(rows) == 12
    assert sum(bool(cell) for row in rows for cell in row.split(",")) <= 120


@pytest.mark.slow
def test_the_page_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = re.search(r"^```text\n(Article.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert table is not None
    Path("products.csv").write_text(table[1], encoding="utf-8")
    lines = re.findall(r"^\| `(\[\w+\])` \| `(.*)` \|$", PAGE, flags=re.MULTILINE)
    assert len(lines) == 2
    said = {}
    for command in re.findall(r"^usephase (.*)$", PAGE, flags=re.MULTILINE):
        done = CliRunner().invoke(main, shlex.split(command))
        assert done.exit_code == 0, done.output
        said[command] = done.stdout
        if not Path("my_products/map.toml").read_text().count("hedge_trimmer_corded"):
            for section, line in lines:
                text = Path("my_products/map.toml").read_text(encoding="utf-8")
                assert section in text
                Path("my_products/map.toml").write_text(text.replace(section, f"{section}\n{line}"), encoding="utf-8")
    assert "0 warnings" in said["check my_products"]
    first = next(iter(said.values()))
    shown = re.search(r"^```text\n(catalog .*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert set(shown[1].splitlines()) <= set(first.splitlines())
    # Twelve products; with the heater's 2 kW at several hundred hours a year in Poland the largest.
    folder = next(Path("results/products").iterdir())
    run = usephase.open_run(folder / "run.h5")
    assert len(run.select("total", "product")) == 12
    assert run.select("total", "product").set_index("group")["mean"].idxmax() == "FH-20"
    form = CliRunner().invoke(main, ["export", str(folder), "--to", "cdp", "--out", "cdp.json"])
    assert form.exit_code == 0, form.output
    assert json.loads(Path("cdp.json").read_text(encoding="utf-8"))
