import json
import sys
from unittest.mock import patch

import pytest

from tests.report.html_reader import read
from tests.report.test_page_parts import TRACK
from tests.results.make_run import make_run
from usephase.cli import main
from usephase.report.folders.run import write_run
from usephase.report.language import language


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(make_run(), tmp_path_factory.mktemp("results"))


def command(*arguments):
    line = list(map(str, arguments))
    with patch.object(sys, "argv", ["usephase", *line]), pytest.raises(SystemExit) as stopped:
        main(line)
    return stopped.value.code


def test_every_run_leaves_its_page(folder):
    assert next(read((folder / "report.html").read_text(encoding="utf-8")).all("h1")).text() == "Tools and vacuums"


def test_a_run_s_page_is_in_the_language_asked_for(tmp_path):
    page = (write_run(make_run(), tmp_path, code="vi") / "report.html").read_text(encoding="utf-8")
    assert '<html lang="vi">' in page


def test_a_command_answers_in_the_language_of_its_catalog(tmp_path, capsys):
    """Until it ends; another may be asked for."""
    assert command("init", tmp_path / "mine", "--language", "vi") == 0
    title, capsys_of = language("vi")("scenarios.title"), lambda: capsys.readouterr().out
    for more, spoken in (([], "vi"), (["--language", "en"], "en")):
        results = tmp_path / f"results-{spoken}"
        assert command("run", tmp_path / "mine", "--draws", 64, "--results", results, *more) == 0
        assert (title in capsys_of()) == (spoken == "vi")
        [page] = results.glob("*/*/report.html")
        assert f'<html lang="{spoken}">' in page.read_text(encoding="utf-8")
        [folder] = (path.parent for path in results.glob("*/*/run.h5"))
        assert command("report", folder, "--out", tmp_path / "again.html", "--json") == 0
        assert json.loads(capsys_of())["language"] == "vi"  # the catalog's, which the run keeps
    assert language().code == "en"


def test_a_report_is_written_in_another_language_with_further_answers(folder, tmp_path, capsys):
    (tmp_path / "track.json").write_text(json.dumps(TRACK))
    out = tmp_path / "mail" / "vi.html"
    assert command("report", folder, "--language", "vi", "--out", out, "--with", tmp_path / "track.json", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"report": out.as_posix(), "language": "vi", "bytes": out.stat().st_size}
    root = read(out.read_text(encoding="utf-8"))
    assert root.one(id="track")


def test_a_report_goes_beside_its_run(folder):
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert command("report", folder / "run.h5", "--quiet") == 0
    assert (folder / "report.html").read_bytes() == before


def test_a_chart_is_written_and_described(folder, tmp_path, capsys):
    assert command("chart", folder, "family", "--out", tmp_path / "f.svg", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["title"] == "Category 11 + 12: by family"
    assert (tmp_path / "f.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("arguments", [
    ("chart", "pie", "--out", "x.svg"), ("chart", "family", "--out", "x.gif"), ("report", "--language", "xx"),
    ("report", "--with", "missing.json"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused_as_a_problem(folder, arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name, *rest = arguments
    assert command(name, folder, *rest, "--json") == 3
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["fix"]
