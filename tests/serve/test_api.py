"""The API gives what the commands give, and refuses in their words."""

import errno
import io
import itertools
import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import usephase
from tests.serve.build import HOSTILE, Client, small_catalog
from tests.serve.conftest import command
from usephase.serve.pages.frame import Frame
from usephase.serve.workbench import Wish, Workbench

RATE = {"table": "modes", "row": "product=FAN;mode=run", "column": "rate"}
LIFE = {"table": "lifetimes", "row": "lifetime=short", "column": "mean"}
LIFE_LONGER = ("mean", "*1.5", "7.5")
LAST_YEAR = {"table": "sales", "row": "product=FAN;region=XX;year=2023", "column": "units"}


def test_the_catalog_at_a_glance(reader):
    shown = reader.get("/catalog")
    assert shown["name"] == "Small things"
    assert shown["settings"]["reporting_year"] == 2024
    assert shown["sha256"] == usephase.read_catalog(reader.workbench.path).sha256
    assert shown["options"] == ["thrifty"]
    assert {table["table"]: table["rows"] for table in shown["tables"] if table["rows"]} == {
        "products": 2, "modes": 2, "use_profiles": 1, "lifetimes": 1, "sales": 3, "grid": 2, "zones": 1,
        "options": 1, "settings": 1,
    }  # fmt: skip
    assert reader.get("/session") == {
        "version": version("usephase"), "form_token": reader.guard.form_token
    }  # fmt: skip


def test_check_is_the_command_s(reader):
    assert reader.get("/check") == command("check", reader.workbench.path)


def test_a_table_s_cells_are_as_their_file_has_them(reader):
    shown = reader.get("/tables/modes")
    assert shown["total"] == 2
    rows = {row["row"]: row for row in shown["rows"]}
    fan = rows["product=FAN;mode=run"]
    # The kernel works in W; the file says 0.3 kW, and that is what an editor of the file has to see.
    assert fan["cells"]["rate"]["text"] == "0.3 ± 10%"
    assert fan["cells"]["rate_unit"]["text"] == "kW"
    assert fan["cells"]["rate"]["best_estimate"] == pytest.approx(300)
    assert fan["cells"]["rate"]["low"] == pytest.approx(270, rel=1e-3)  # ± 10 % is half the 95 % interval
    assert fan["cells"]["rate"]["distribution"] == "normal"
    assert fan["cells"]["load"] == {"text": "", "best_estimate": 1, "low": 1, "high": 1, "distribution": "fixed"}
    assert (fan["place"], fan["origin"], fan["source"]) == ("modes.csv:3", "catalog", "test bench")
    assert rows[f"product={HOSTILE};mode=run"]["cells"]["product"]["text"] == HOSTILE
    rate = next(column for column in shown["columns"] if column["name"] == "rate")
    assert (rate["kind"], rate["required"], rate["low"], rate["high"]) == ("value", True, 0.0, None)


def test_a_table_is_searched_and_paged(reader):
    assert [row["row"] for row in reader.get("/tables/sales", search="fan 2024")["rows"]] == [
        "product=FAN;region=XX;year=2024"
    ]
    assert reader.get("/tables/sales", search="TEST BENCH")["total"] == 0
    assert reader.get("/tables/modes", search="Test BENCH")["total"] == 1
    pages = [reader.get("/tables/sales", page=page, size=2) for page in (1, 2, 3)]
    assert [len(page["rows"]) for page in pages] == [2, 1, 0]
    assert {page["total"] for page in pages} == {3}
    assert reader.get("/tables/sales", origin="reference")["total"] == 0
    assert reader.get("/tables/coverage")["rows"] == []
    assert reader.get("/tables/settings")["rows"][0]["row"] == "grid"


def test_reference_rows_that_are_used_say_so(tmp_path):
    path = small_catalog(tmp_path)
    for name in ("grid.csv", "zones.csv"):
        (path / name).unlink()
    for table in ("sales.csv",):
        text = (path / table).read_text(encoding="utf-8").replace(",XX,", ",DEU,")
        (path / table).write_text(text, encoding="utf-8")
    bench = Workbench(path, tmp_path / "results")
    client = Client(bench)
    shown = client.get("/tables/grid", size=500)
    assert shown["total"] == len(bench.resolved.tables["grid"]) > 3
    assert {row["origin"] for row in shown["rows"]} == {"reference"}
    assert all(row["place"] == "" and row["source"] for row in shown["rows"])
    assert client.get("/tables/grid", origin="catalog")["total"] == 0
    error = client.get("/tables/reference_grid")
    assert [row["row"] for row in error["rows"]] == ["zone=DEU"]
    bench.close()


def test_files_that_change_are_read_again_and_their_problems_told(client, bench):
    before = client.get("/catalog")["sha256"]
    text = (bench.path / "modes.csv").read_text(encoding="utf-8")
    (bench.path / "modes.csv").write_text(text.replace("200", "250"), encoding="utf-8")
    assert client.get("/catalog")["sha256"] != before
    [row] = client.get("/tables/modes", search="250")["rows"]
    assert row["cells"]["rate"]["best_estimate"] == 250
    (bench.path / "modes.csv").write_text(text.replace("200", "12,5,"), encoding="utf-8")
    for path in ("/catalog", "/check", "/tables/modes"):
        problems = client.get(path, 422)["problems"]
        assert any(problem["where"].startswith("modes.csv:4") for problem in problems)
    (bench.path / "modes.csv").write_text(text, encoding="utf-8")
    assert client.get("/catalog")["sha256"] == before


# -- edits ------------------------------------------------------------------------------------------------------


def test_a_cell_is_judged_before_it_is_written(reader):
    good = reader.send("POST", "/judge", {**RATE, "text": "0.25 ± 10%"})
    assert good["accepted"] is True
    assert good["problems"] == []
    assert good["after"]["best_estimate"] in (250.0, 0.25)
    assert good["before"]["text"] == "0.3 ± 10%"
    wrong = reader.send("POST", "/judge", {**RATE, "text": "12,5"})
    assert wrong["accepted"] is False
    assert "decimal comma" in wrong["problems"][0]["what"]
    assert "12.5" in wrong["problems"][0]["fix"]
    assert "0.3 ± 10%" in (reader.workbench.path / "modes.csv").read_text(encoding="utf-8")


def test_the_cell_editor_asks_what_a_wide_range_of_hours_means(reader):
    cell = {"table": "use_profiles", "row": "use_profile=home;mode=run", "column": "amount"}
    shown = reader.raw("GET", "/pieces/judge", **cell, text="triangular(3, 8, 20)").body.decode()
    assert 'data-text="mean_of(triangular(3, 8, 20))"' in shown
    assert 'data-text="p5_p50_p95(5.06, 9.9, 16.8)"' in shown
    for text in ("mean_of(triangular(3, 8, 20))", "240 */ 1.3"):
        assert "data-text" not in reader.raw("GET", "/pieces/judge", **cell, text=text).body.decode()


def test_pending_edits_are_kept_or_refused_whole(client, bench):
    good = {**RATE, "text": "0.25 ± 10%"}
    held = {**good, "asked": good["text"], "base": "0.3 ± 10%"}
    assert client.send("POST", "/edits", {"edits": [{**RATE, "text": "1"}, good]})["edits"] == [held]  # the last holds
    problems = client.problems("POST", "/edits", {"edits": [{**LIFE, "text": "9"}, {**RATE, "text": "-5"}]})
    assert problems[0]["severity"] == "error"
    assert client.get("/edits")["edits"] == [held]
    assert client.get("/catalog")["edits"] == 1
    assert client.send("DELETE", "/edits")["edits"] == []
    assert client.get("/edits")["edits"] == []


def test_an_edit_is_added_to_the_others_and_dropped_by_itself(client, bench):
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.25"}]})
    both = client.send("POST", "/edits", {"edits": [{**LIFE, "text": "*1.5"}]})["edits"]
    assert [(one["column"], one["asked"], one["text"]) for one in both] == [("rate", "0.25", "0.25"), LIFE_LONGER]
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.2"}]})
    left = client.send("POST", "/edits", {"edits": [{**RATE, "text": None}]})["edits"]
    assert [(one["column"], one["asked"], one["text"]) for one in left] == [LIFE_LONGER]
    # What a cell says already is no edit.
    assert client.send("POST", "/edits", {"edits": [{**LIFE, "text": left[0]["base"]}]})["edits"] == []


def test_a_save_over_two_files_that_fails_is_tried_again_without_a_second_step(client, bench, monkeypatch):
    """The rate is 0.3 kW: nine tenths of it are 0.27, and stay that, however often the save is tried."""
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "*0.9"}, {**LIFE, "text": "*1.5"}]})
    before = {file.name: file.read_bytes() for file in bench.path.iterdir()}
    digest = client.send("POST", "/edits/preview", {"to": "files"})["digest"]
    asked = {"to": "files", "digest": digest}
    renames = itertools.count(1)
    replace = Path.replace

    def second_fails(spare, target):
        if next(renames) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(spare, target)

    monkeypatch.setattr(Path, "replace", second_fails)
    assert "no space left" in client.problems("POST", "/edits/save", asked, 409)[0]["what"]
    assert {file.name: file.read_bytes() for file in bench.path.iterdir()} == before
    written = client.send("POST", "/edits/save", asked)["written"]
    assert written == ["lifetimes.csv", "modes.csv"]
    assert "0.27 ± 10%" in usephase.read_catalog(bench.path)["modes"].values["rate"].text
    after = {file.name: file.read_bytes() for file in bench.path.iterdir()}
    assert client.send("POST", "/edits/save", asked)["written"] == written  # the answer was lost: asked once more
    assert {file.name: file.read_bytes() for file in bench.path.iterdir()} == after


def test_a_step_that_is_in_one_of_its_files_already_is_not_taken_again(client, bench):
    """As if one of two files had been written, by whatever means."""
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "*0.9"}, {**LIFE, "text": "*1.5"}]})
    file = bench.path / "modes.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("0.3 ± 10%", "0.27 ± 10%"), encoding="utf-8")
    shown = client.send("POST", "/edits/preview", {"to": "files"})
    assert [one["name"] for one in shown["files"]] == ["lifetimes.csv"]
    client.send("POST", "/edits/save", {"to": "files", "digest": shown["digest"]})
    assert "0.27 ± 10%" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_cell_that_was_changed_meanwhile_is_asked_about(client, bench, choice):
    """Two windows have seen the same cell; the second to keep its text is told of the first."""
    [seen] = bench.versions([tuple(RATE.values())])
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.25", "version": seen}]})
    mine = {**RATE, "text": "*0.5", "version": seen}
    others = {**LIFE, "text": "9"}
    refusal = client.send("POST", "/edits", {"edits": [mine, others]}, 409)
    [conflict] = refusal["conflicts"]
    told = {"mine": "*0.5", "gives": "0.15 ± 10%", "theirs": "0.25"}
    assert {**conflict, "version": ""} == {**RATE, **told, "version": ""}
    assert "0.25" in refusal["problems"][0]["what"]
    assert [one["text"] for one in client.get("/edits")["edits"]] == ["0.25"]  # nothing of it is kept
    if choice == "mine":
        held = client.send("POST", "/edits", {"edits": [{**mine, "version": conflict["version"]}]})["edits"]
        assert [one["text"] for one in held] == ["0.15 ± 10%"]
    else:
        held = client.send("POST", "/edits", {"edits": [{**RATE, "text": None, "version": seen}]}, 409)
        held = client.send("POST", "/edits", {"edits": [{**RATE, "text": None, "version": conflict["version"]}]})
        assert held["edits"] == []
    # The same text twice is no conflict: the first answer may have been lost.
    [seen] = bench.versions([tuple(RATE.values())])
    for _ in range(2):
        client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.2", "version": seen}]})


def test_a_cell_that_was_changed_in_its_file_is_asked_about(client, bench):
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "*0.9"}]})
    digest = client.send("POST", "/edits/preview", {"to": "files"})["digest"]
    file = bench.path / "modes.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("0.3 ± 10%", "0.4 ± 10%"), encoding="utf-8")
    theirs = file.read_bytes()
    for path, asked in (
        ("/edits/preview", {"to": "files"}), ("/edits/preview", {"to": "option", "option": "x"}),
        ("/edits/save", {"to": "files", "digest": digest}),
    ):  # fmt: skip
        [conflict] = client.send("POST", path, asked, 409)["conflicts"]
        assert (conflict["mine"], conflict["theirs"]) == ("0.27 ± 10%", "0.4 ± 10%")
    assert file.read_bytes() == theirs
    mine = {**RATE, "text": conflict["mine"], "version": conflict["version"]}
    client.send("POST", "/edits", {"edits": [mine]})
    shown = client.send("POST", "/edits/preview", {"to": "files"})
    client.send("POST", "/edits/save", {"to": "files", "digest": shown["digest"]})
    assert "0.27 ± 10%" in file.read_text(encoding="utf-8")


def test_edits_of_a_row_that_is_gone_can_be_dropped(client, bench):
    client.send("POST", "/edits", {"edits": [{**LAST_YEAR, "text": "*0.9"}, {**LIFE, "text": "9"}]})
    file = bench.path / "sales.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "2023" not in line), encoding="utf-8")
    assert "no row of sales" in client.problems("POST", "/edits/preview", {"to": "files"})[0]["what"]
    client.send("POST", "/edits", {"edits": [{**LAST_YEAR, "text": None}]})
    assert [one["column"] for one in client.get("/edits")["edits"]] == ["mean"]


def test_not_all_edits_are_dropped_where_another_window_has_added_one(client, bench):
    version = client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.25"}]})["version"]
    client.send("POST", "/edits", {"edits": [{**LIFE, "text": "9"}]})
    assert client.raw("DELETE", f"/api/edits?version={version}").status == 409
    held = client.get("/edits")
    assert len(held["edits"]) == 2
    assert client.raw("DELETE", f"/api/edits?version={held['version']}").status == 200
    assert client.get("/edits")["edits"] == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no locks that end with their process")
def test_what_a_killed_workbench_left_half_written_is_swept_at_the_next_start(bench):
    run = bench.runs.results / "small-things" / "20240101-000000-abcdef"
    run.mkdir(parents=True)
    spare = ".modes.csv.0123456789ab.part"
    for folder in (bench.path, run.parent, run):
        (folder / spare).write_bytes(b"half")
    Workbench(bench.path, bench.runs.results).close()
    assert not (bench.path / spare).exists()
    assert list(bench.runs.results.rglob("*")) == [run.parent]


def test_edits_of_two_windows_at_once_are_all_kept(bench):
    cells = [tuple(cell.values()) for cell in (RATE, LIFE, LAST_YEAR)]
    with ThreadPoolExecutor(len(cells)) as windows:
        list(windows.map(lambda cell: bench.keep([Wish(cell, "0.21")]), cells))
    assert sorted(one.cell for one in bench.edits) == sorted(cells)


@pytest.mark.parametrize("to", ["option", "files"])
def test_a_save_writes_what_was_previewed_and_nothing_else(client, bench, to):
    asked = {"to": to, "option": "cooler" if to == "option" else None}
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.25 ± 10%"}]})
    before = {file.name: file.read_bytes() for file in bench.path.iterdir()}
    shown = client.send("POST", "/edits/preview", asked)
    assert {file.name: file.read_bytes() for file in bench.path.iterdir()} == before
    [changed] = shown["files"]
    assert changed["name"] == ("options.csv" if to == "option" else "modes.csv")
    assert any(line.startswith("+") and "0.25 ± 10%" in line for line in changed["diff"].splitlines())
    saved = client.send("POST", "/edits/save", {**asked, "digest": shown["digest"]})
    assert saved["written"] == [changed["name"]]
    after = {file.name: file.read_bytes() for file in bench.path.iterdir()}
    assert [name for name in after if after[name] != before.get(name)] == [changed["name"]]
    assert client.get("/edits")["edits"] == []
    read = usephase.read_catalog(bench.path)
    if to == "files":
        assert "0.25 ± 10%" in read["modes"].values["rate"].text
    else:
        assert "cooler" in client.get("/catalog")["options"]


def test_a_save_without_its_preview_is_refused(client, bench):
    asked = {"to": "files"}
    assert client.problems("POST", "/edits/preview", asked)[0]["what"] == "nothing is pending"
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.25"}]})
    digest = client.send("POST", "/edits/preview", asked)["digest"]
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.26"}]})
    before = (bench.path / "modes.csv").read_bytes()
    for wrong in (digest, "", "x" * 64):
        assert client.problems("POST", "/edits/save", {**asked, "digest": wrong}, 409)
    # A file that somebody else has changed since is not overwritten either.
    digest = client.send("POST", "/edits/preview", asked)["digest"]
    (bench.path / "modes.csv").write_bytes(before.replace(b",200,", b",210,"))
    assert client.problems("POST", "/edits/save", {**asked, "digest": digest}, 409)
    assert b",210," in (bench.path / "modes.csv").read_bytes()
    assert client.problems("POST", "/edits/preview", {"to": "option", "option": " "})


@pytest.mark.parametrize(
    "edit",
    [{"table": "../../etc/passwd"}, {"table": "nothing"}, {"column": "nothing"}, {"column": "../x"},
     {"row": "product=NONE;mode=run"}, {"row": "product"}, {"row": ""}, {"text": "x" * 4001}, {"text": "\ud800"},
     {"text": "a\0b"}, {"table": ""}],
    ids=str,
)  # fmt: skip
def test_an_edit_of_what_is_not_there_is_refused(reader, edit):
    whole = {**RATE, "text": "0.2", **edit}
    assert reader.problems("POST", "/edits", {"edits": [whole]})
    answered = reader.raw("POST", "/api/judge", json.dumps(whole).encode())
    assert answered.status in (200, 422)
    if answered.status == 200:
        assert json.loads(answered.body)["accepted"] is False


# -- what if ----------------------------------------------------------------------------------------------------


def test_what_if_is_paired_with_the_base(reader):
    answer = reader.send("POST", "/what-if", {"product": "FAN", "edits": [{**RATE, "text": "0.24 ± 10%"}]})
    unit = answer["amounts"]["unit"]
    # 0.8 times the power, the same draws otherwise: the difference has no spread beside the base's own.
    assert unit["difference"]["relative_mean"] == pytest.approx(-0.2, rel=1e-6)
    assert unit["difference"]["probability_lower"] == 1.0
    assert unit["edited"]["mean"] == pytest.approx(0.8 * unit["base"]["mean"], rel=1e-9)
    assert answer["product"] == "FAN"


def test_what_if_of_a_hostile_name_and_of_nothing(reader):
    told = reader.send("POST", "/what-if", {"product": "FAN", "edits": [{**RATE, "text": "*0.9"}], "scenarios": True})
    assert told["by_scenario"] == []  # the catalog has one scenario
    answer = reader.send("POST", "/what-if", {"product": HOSTILE})
    unit = answer["amounts"]["unit"]
    assert unit["difference"]["mean"] == 0
    # 200 W · 240 h/yr · 5 yr · 0.45 kg/kWh
    assert unit["base"]["best_estimate"] == pytest.approx(108, rel=1e-9)
    problems = reader.problems("POST", "/what-if", {"product": "FANS"}, 404)
    assert "did you mean FAN?" in problems[0]["fix"]
    assert reader.problems("POST", "/what-if", {"product": "FAN", "of": "nothing"})
    assert reader.problems("POST", "/what-if", {"product": "FAN", "scenario": "nothing"})
    assert reader.problems("POST", "/what-if", {"product": "FAN", "unknown": 1})
    wrong = reader.problems("POST", "/what-if", {"product": "FAN", "edits": [{**RATE, "text": "12,5"}]})
    assert "decimal comma" in wrong[0]["what"]


def test_sliders_name_the_cells_that_matter(reader):
    shown = reader.get("/sliders", product="FAN")
    found = {(one["table"], one["column"]): one for one in shown["sliders"]}
    rate = found["modes", "rate"]
    assert (rate["row"], rate["uncertain"]) == ("product=FAN;mode=run", True)
    assert rate["low"] < rate["value"] < rate["high"]
    assert reader.get("/sliders", 404, product="NONE")["problems"]


# -- a catalog that is sent -------------------------------------------------------------------------------------


def zipped(folder, prefix="small/", **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.writestr(prefix + file.name, file.read_bytes())
        for name, content in more.items():
            archive.writestr(name, content)
    return out.getvalue()


def send_catalog(client, data, status=200):
    answered = client.raw("PUT", "/api/catalog", data, "application/octet-stream")
    assert answered.status == status, answered.body[:500]
    return json.loads(answered.body)


def test_a_catalog_that_is_sent_is_judged_and_written_nowhere(client, bench, tmp_path):
    held = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    shown = send_catalog(client, zipped(bench.path))
    assert shown["sha256"] == client.get("/catalog")["sha256"]
    assert shown["register"] == command("check", bench.path)["register"]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == held
    hidden = send_catalog(client, zipped(bench.path, "../../up/", **{"__MACOSX/._x": "x", ".git/config": "x"}))
    assert hidden["sha256"] == shown["sha256"]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == held


def test_a_workbook_that_is_sent_is_judged(reader, tmp_path):
    book = command("init", tmp_path / "other", "--xlsx")["written"][0]
    with open(book, "rb") as file:  # noqa: PTH123
        shown = send_catalog(reader, file.read())
    assert shown["sha256"] == usephase.read_catalog(book).sha256 or shown["name"]
    assert shown["tables"]


def test_what_is_no_catalog_is_refused(reader):
    for data in (b"x", b"PK\x03\x04 broken", b"PK\x05\x06" + b"\0" * 18, zipped(reader.workbench.path)[:-40]):
        assert send_catalog(reader, data, 422)["problems"]
    twice = zipped(reader.workbench.path, **{"other/modes.csv": "product"})
    assert "twice" in send_catalog(reader, twice, 422)["problems"][0]["what"]
    many = zipped(reader.workbench.path, **{f"small/x{i}.txt": "" for i in range(80)})
    assert "files" in send_catalog(reader, many, 422)["problems"][0]["what"]
    bomb = zipped(reader.workbench.path, **{"small/grid.txt": b"0" * (257 * 2**20)})
    assert len(bomb) < 2**20
    assert "unpacked" in send_catalog(reader, bomb, 422)["problems"][0]["what"]
    wrong = send_catalog(reader, zipped(reader.workbench.path, **{"small/product.csv": "x"}), 422)
    assert "did you mean products.csv?" in wrong["problems"][0]["fix"]


# -- jobs and runs ----------------------------------------------------------------------------------------------


def test_every_template_compiles():
    environment = Frame("x")._environment
    names = [path.name for path in (files("usephase.serve") / "templates").iterdir() if path.name.endswith(".j2")]
    assert len(names) > 10
    for name in names:
        environment.get_template(name)
