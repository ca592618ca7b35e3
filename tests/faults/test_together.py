"""Several runs at once into one results folder: each gets a folder of its own, whole, with the same figures."""

import json

import pytest

from tests.faults.machine import FEW, start
from usephase.results.run import open_run

FILES = {"run.h5", "summary.json", "figures.csv", "inventory.xlsx", "report.html", "run.log"}


@pytest.mark.slow
def test_two_runs_at_once(catalog, tmp_path):
    processes = [start("run", catalog, "--results", tmp_path, *FEW, "--json") for _ in range(2)]
    answers = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        answers.append(json.loads(out))
    folders = sorted(tmp_path.glob("[!.]*/*"))
    assert len(folders) == 2
    assert sorted(answer["run"] for answer in answers) == [folder.as_posix() for folder in folders]
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == FILES
    first, second = map(open_run, folders)
    assert first.figures.equals(second.figures)
    assert answers[0]["figures"] == answers[1]["figures"]
