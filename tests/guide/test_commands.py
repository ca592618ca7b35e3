"""Every command that the guide shows of the worked example works in a folder that `usephase init --example` filled."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from usephase import guide
from usephase.cli import main

# What a reader has of their own: tables, readings, a catalog built step by step, runs of other years; and a server.
OWN = re.compile(r"my_|products\.csv|\bfan\b|\bfit\b|results/example-tools/20\d\d|serve")
RUN = re.compile(r"results/[\w-]+/(RUN|\d{8}-\d{6}-\w+)")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
EXCEEDED = 7


def shown() -> list[str]:
    """Give each command once, without the remark behind it and without where its output goes."""
    lines = [
        line for name, _ in guide.topics() for block in CONSOLE.findall(guide.page(name)) for line in block.split("\n")
    ]
    found = dict.fromkeys(re.split(r" +# | > ", line)[0] for line in lines if line)
    return [line for line in found if not OWN.search(line)]


@pytest.mark.deep
def test_every_command_of_the_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("RUN", "RANK", "TRACK", "COMPARE"):
        monkeypatch.setenv(f"USEPHASE_{name}_DRAWS", "64")
    failed = []
    lines = shown()
    assert len(lines) > 25
    for line in ("usephase init --example product_catalog", "usephase run", *lines):
        runs = sorted(path.parent.as_posix() for path in Path().glob("results/*/*/run.h5"))
        words = shlex.split(RUN.sub(runs[0] if runs else "", line))[1:]
        done = CliRunner().invoke(main, words)
        if line.startswith("usephase track --json"):
            Path("track.json").write_text(done.stdout, encoding="utf-8")
        if done.exit_code not in (0, EXCEEDED):
            failed.append(f"{line}: {done.exit_code}\n{done.output}")
    assert not failed, "\n".join(failed)
