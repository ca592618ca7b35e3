"""The API gives what the commands give, and refuses in their words."""

import io
import json
import shutil
import zipfile
from importlib.metadata import version

import pytest
from click.testing import CliRunner

import usephase
from tests.serve.build import HOSTILE, Client, small_catalog, workbench
from usephase.cli import main
from usephase.serve.plain import plain
from usephase.serve.workbench import Workbench

RATE = {"table": "modes", "row": "product=FAN;mode=run", "column": "rate"}


@pytest.fixture
def bench(tmp_path):
    made = workbench(tmp_path, workers=1)
    yield made
    made.close()


@pytest.fixture
def client(bench):
    return Client(bench)


def command(*arguments):
    """Give the JSON that a command prints."""
    done = CliRunner().invoke(main, [*map(str, arguments), "--json"], catch_exceptions=False)
    return json.loads(done.stdout)


def without(document, *names):
    """Leave out what differs from call to call: times and places."""
    return {name: value for name, value in document.items() if name not in names}


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """Two runs of the small catalog, made once: their folders."""
    bench = workbench(tmp_path_factory.mktemp("runs"))
    client = Client(bench)
    done = [client.job(kind="run", draws=32) for _ in range(2)]
    yield [bench.runs.folder(one["result"]["id"]) for one in done]
    bench.close()


@pytest.fixture(scope="module")
def reader(tmp_path_factory, two_runs):
    """A client that tests share which change nothing."""
    made = workbench(tmp_path_factory.mktemp("read"))
    for folder in two_runs:
        shutil.copytree(folder, made.runs.results / folder.parent.name / folder.name)
    (made.runs.results / "run.h5").write_bytes(b"x")
    yield Client(made)
    made.close()


@pytest.fixture(scope="module")
def key(two_runs):
    """A run's id."""
    return f"{two_runs[0].parent.name}~{two_runs[0].name}"


@pytest.fixture
def keys(bench, two_runs):
    """Their ids, in this test's own results folder."""
    for folder in two_runs:
        shutil.copytree(folder, bench.runs.results / folder.parent.name / folder.name)
    return [bench.runs.key(folder) for folder in two_runs]


# -- the catalog ------------------------------------------------------------------------------------------------


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
    assert shown["total"] == len(bench.resolved.tables["grid"]) > 5
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


def test_pending_edits_are_kept_or_refused_whole(client, bench):
    good = {**RATE, "text": "0.25 ± 10%"}
    assert client.send("PUT", "/edits", {"edits": [{**RATE, "text": "1"}, good]})["edits"] == [good]  # the last holds
    problems = client.problems("PUT", "/edits", {"edits": [good, {**RATE, "text": "-5"}]})
    assert problems[0]["severity"] == "error"
    assert client.get("/edits")["edits"] == [good]
    assert client.get("/catalog")["edits"] == 1
    assert client.send("DELETE", "/edits")["edits"] == []
    assert client.get("/edits")["edits"] == []


@pytest.mark.parametrize("to", ["option", "files"])
def test_a_save_writes_what_was_previewed_and_nothing_else(client, bench, to):
    asked = {"to": to, "option": "cooler" if to == "option" else None}
    client.send("PUT", "/edits", {"edits": [{**RATE, "text": "0.25 ± 10%"}]})
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
    client.send("PUT", "/edits", {"edits": [{**RATE, "text": "0.25"}]})
    digest = client.send("POST", "/edits/preview", asked)["digest"]
    client.send("PUT", "/edits", {"edits": [{**RATE, "text": "0.26"}]})
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
    assert reader.problems("PUT", "/edits", {"edits": [whole]})
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


def test_a_run_is_the_command_s(client, bench, tmp_path):
    done = client.job(kind="run", draws=32, seed=5, design="latin_hypercube")
    assert done["state"] == "done"
    assert done["progress"]["share"] == 1.0
    told = command(
        "run", bench.path, "--draws", 32, "--seed", 5, "--design", "latin_hypercube", "--results", tmp_path / "other"
    )
    assert without(done["result"], "run", "id") == without(told, "run")
    folder = tmp_path / "results" / done["result"]["id"].replace("~", "/")
    assert done["result"]["run"] == folder.as_posix()
    assert {file.name for file in folder.iterdir()} >= {"run.h5", "report.html", "inventory.xlsx", "figures.csv"}
    assert without(client.get(f"/runs/{done['result']['id']}"), "id") == without(done["result"], "id")


def test_a_ranking_a_comparison_and_a_track_are_the_commands(client, bench):
    times = ("created", "seconds")
    ranked = client.job(kind="rank", of="category_11", draws=64, seed=2)
    assert ranked["result"] == command("rank", bench.path, "--of", "category_11", "--draws", 64, "--seed", 2)
    compared = client.job(kind="compare", options=["base", "thrifty"], draws=64)
    told = command("compare", bench.path, "--options", "base,thrifty", "--draws", 64)
    assert without(compared["result"], *times) == without(told, *times)
    tracked = client.job(kind="track", draws=64, base_year=2023)
    told = command("track", bench.path, "--draws", 64, "--base-year", 2023)
    assert without(tracked["result"], *times) == without(told, *times)


def test_a_job_with_the_pending_edits_runs_the_edited_catalog(client):
    client.send("PUT", "/edits", {"edits": [{**RATE, "text": "0.15 ± 10%"}]})
    edited = client.job(kind="run", draws=32, edited=True)
    as_it_is = client.job(kind="run", draws=32)

    def fan(done):
        [row] = [row for row in done["result"]["figures"] if row["ledger"] == "category_11" and row["group"] == "FAN"]
        return row["mean"]

    assert fan(edited) == pytest.approx(fan(as_it_is) / 2, rel=1e-9)
    # What the run stores is what it computed: it can be repeated without the pending edits.
    client.send("DELETE", "/edits")
    repeated = client.job(kind="reproduce", run=edited["result"]["id"])
    assert repeated["result"]["identical"] is True


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"kind": "nothing"}, 422), ({}, 422), ({"kind": "run", "draws": 1}, 422),
        ({"kind": "run", "draws": 2**21}, 422),
        ({"kind": "run", "language": "xx"}, 422), ({"kind": "run", "unknown": 1}, 422),
        ({"kind": "run", "tolerance": 0}, 422), ({"kind": "compare", "options": []}, 422),
        ({"kind": "track", "rules": "/etc/passwd"}, 404), ({"kind": "track", "rules": "../x.csv"}, 404),
        ({"kind": "track", "against": "../../small"}, 404), ({"kind": "diff", "a": "/", "b": "catalog"}, 404),
        ({"kind": "reproduce", "run": "../x"}, 404), ({"kind": "rank", "method": "magic"}, 422),
    ],
    ids=str,
)  # fmt: skip
def test_a_job_that_cannot_be_is_refused_at_once(reader, asked, status):
    assert reader.problems("POST", "/jobs", asked, status)
    assert reader.get("/jobs")["jobs"] == []


@pytest.mark.parametrize(
    ("asked", "where"),
    [({"kind": "run", "by": ["nothing"]}, "--by nothing"), ({"kind": "rank", "of": "nothing"}, "nothing"),
     ({"kind": "compare", "options": ["nothing"]}, None), ({"kind": "track", "levers": ["nothing"]}, None),
     ({"kind": "compare", "options": ["thrifty"], "budget": ["nothing"]}, None)],
    ids=str,
)  # fmt: skip
def test_a_job_that_turns_out_to_be_refused_says_why(client, asked, where):
    done = client.job(**asked, draws=32)
    assert done["state"] == "refused"
    assert done["result"] is None
    assert all(problem["what"] and problem["fix"] for problem in done["problems"])
    assert where is None or done["problems"][0]["where"] == where


def test_jobs_are_listed_cancelled_and_forgotten_politely(client):
    done = client.job(kind="run", draws=32)
    [listed] = client.get("/jobs")["jobs"]
    assert (listed["id"], listed["state"], listed["result"]) == (done["id"], "done", None)
    assert client.send("DELETE", f"/jobs/{done['id']}")["state"] == "done"
    assert client.get("/jobs/none", 404)["problems"]
    assert client.problems("DELETE", "/jobs/none", status=404)


def test_a_results_folder_that_is_not_there_has_no_runs(client):
    assert client.get("/runs") == {"page": 1, "size": 20, "total": 0, "runs": []}


def test_runs_are_listed_newest_first_and_damaged_ones_too(client, bench, keys):
    first, second = keys
    shown = client.get("/runs")
    assert [run["run"] for run in shown["runs"]] == sorted(keys, reverse=True)
    one = next(run for run in shown["runs"] if run["run"] == first)
    [total] = client.get(f"/runs/{first}/figures", ledger="total", by="total",
                         grid_basis="projected", boundary="minimum")["figures"]  # fmt: skip
    assert one["total"]["mean"] == total["mean"]
    assert one["catalog"]["name"] == "Small things"
    assert [len(client.get("/runs", size=1, page=page)["runs"]) for page in (1, 2, 3)] == [1, 1, 0]
    path = bench.runs.folder(second) / "run.h5"
    path.write_bytes(path.read_bytes()[:-100])
    damaged = next(run for run in client.get("/runs")["runs"] if run["run"] == second)
    assert damaged["problems"][0]["what"]
    assert damaged["total"] is None
    assert client.get(f"/runs/{second}", 409)["problems"]


def test_figures_are_filtered_as_the_run_selects_them(reader, key):
    run = usephase.open_run(reader.workbench.runs.folder(key))
    assert reader.get(f"/runs/{key}/figures")["figures"] == run.to_document()["figures"]
    shown = reader.get(f"/runs/{key}/figures", ledger="category_11", by="product", phase="direct",
                       grid_basis="projected", boundary="minimum")["figures"]  # fmt: skip
    assert shown == plain(run.select("category_11", "product"))
    assert {row["group"] for row in shown} == {"FAN", HOSTILE}
    one = reader.get(f"/runs/{key}/figures", ledger="category_11", by="product", group=HOSTILE)["figures"]
    assert {row["group"] for row in one} == {HOSTILE}
    assert reader.get(f"/runs/{key}/figures", 422, ledger="nothing")["problems"]
    assert len(reader.get(f"/runs/{key}/register")["register"]) == len(run.register)


@pytest.mark.parametrize("name", ["..", "../../small", "%2e%2e~x", "..~..", "small-things~", "~", "x~y", "%00"])
def test_a_run_is_found_by_its_id_only(reader, name):
    for path in (f"/runs/{name}", f"/runs/{name}/figures", f"/runs/{name}/report", f"/runs/{name}/export/csv"):
        assert reader.raw("GET", f"/api{path}").status == 404


def test_links_in_the_results_folder_are_not_followed(client, bench, tmp_path, keys):
    key = keys[0]
    folder = bench.runs.folder(key)
    (bench.runs.results / "linked").symlink_to(folder.parent)
    (folder.parent / "linked").symlink_to(folder)
    assert sorted(bench.runs.folders()) == sorted(keys)
    assert key in keys


# -- files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "form", "name", "start"),
    [("xlsx", None, "export.xlsx", b"PK"), ("csv", None, "export.csv", b""),
     ("parquet", None, "export.parquet", b"PAR1"), ("json", None, "export.json", b"{"),
     ("audit", None, "export.zip", b"PK"),
     ("ghg-protocol", None, "disclosure-ghg-protocol.xlsx", b"PK"), ("cdp", "csv", "disclosure-cdp.csv", b""),
     ("ifrs", "json", "disclosure-ifrs.json", b"{")],
)  # fmt: skip
def test_exports_are_sent_as_files(reader, tmp_path, key, to, form, name, start):
    answered = reader.raw("GET", f"/api/runs/{key}/export/{to}", form=form)
    assert answered.status == 200, answered.body[:500]
    assert answered.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answered.body.startswith(start)
    if to in ("csv", "json"):
        usephase.export(usephase.open_run(reader.workbench.runs.folder(key)), to, tmp_path / name)
        assert answered.body == (tmp_path / name).read_bytes()


def test_what_cannot_be_exported_or_drawn_is_refused(reader, key):
    for path in ("export/nothing", "export/..%2f..", "charts/nothing", "charts/ranking"):
        answered = reader.raw("GET", f"/api/runs/{key}/{path}")
        assert answered.status in (404, 422), path
        assert json.loads(answered.body)["problems"]
    assert reader.get(f"/runs/{key}/report", 422, language="xx")["problems"]


def test_report_and_charts_run_no_script(reader, key):
    report = reader.raw("GET", f"/api/runs/{key}/report")
    assert report.headers["content-type"] == "text/html; charset=utf-8"
    policy = report.headers["content-security-policy"]
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert "sandbox" in policy
    assert b"<script" not in report.body.lower()
    chart = reader.raw("GET", f"/api/runs/{key}/charts/components")
    assert chart.headers["content-type"] == "image/svg+xml"
    assert b"<script" not in chart.body.lower()
    assert "sandbox" in chart.headers["content-security-policy"]
    assert reader.raw("GET", f"/api/runs/{key}/charts/family", form="png").body.startswith(b"\x89PNG")


def test_a_diff_is_the_command_s(client, bench, keys):
    key = keys[0]
    text = (bench.path / "modes.csv").read_text(encoding="utf-8")
    (bench.path / "modes.csv").write_text(text.replace("200", "250"), encoding="utf-8")
    told = command("diff", bench.runs.folder(key), bench.path, "--draws", 64)
    shown = client.get("/diff", a=key, b="catalog", draws=64)
    for document in (told, shown):  # a run remembers its catalog's path, not the path by which it was asked for
        for about in document["runs"]:
            about.pop("path")
    assert shown == told
    assert [row["column"] for row in shown["inputs"]] == ["rate"]
    assert client.job(kind="diff", a=key, b="catalog", draws=64)["result"]["steps"] == told["steps"]
    assert client.get("/diff", 404, a=key, b="nothing")["problems"]
    assert client.get("/diff", 422, a=key, b="catalog", of="nothing")["problems"]


# -- the document -----------------------------------------------------------------------------------------------


def test_the_api_describes_itself(reader):
    document = reader.get("/openapi.json")
    assert document["info"]["title"] == "usephase"
    told = {(method.upper(), path) for path, ways in document["paths"].items() for method in ways}
    assert told >= {
        ("GET", "/api/catalog"), ("PUT", "/api/catalog"), ("GET", "/api/check"), ("GET", "/api/tables/{table}"),
        ("POST", "/api/judge"), ("POST", "/api/what-if"), ("GET", "/api/sliders"), ("GET", "/api/edits"),
        ("PUT", "/api/edits"), ("DELETE", "/api/edits"), ("POST", "/api/edits/preview"), ("POST", "/api/edits/save"),
        ("POST", "/api/jobs"), ("GET", "/api/jobs"), ("GET", "/api/jobs/{job}"), ("DELETE", "/api/jobs/{job}"),
        ("GET", "/api/runs"), ("GET", "/api/runs/{run}"), ("GET", "/api/runs/{run}/figures"),
        ("GET", "/api/runs/{run}/register"), ("GET", "/api/runs/{run}/report"),
        ("GET", "/api/runs/{run}/charts/{kind}"), ("GET", "/api/runs/{run}/export/{to}"), ("GET", "/api/diff"),
        ("GET", "/api/session"),
    }  # fmt: skip
    assert all(path.startswith("/api/") for _, path in told)  # pages are no part of it


def test_what_is_not_there_and_not_json_is_refused_in_json(reader):
    assert reader.get("/nothing", 404)["problems"]
    assert reader.send("PUT", "/runs", {}, 405)["problems"]
    for body in (b"{", b"[" * 100_000, b'{"edits": NaN}', b"\xff\xfe", b'{"edits": [' + b"1" * 5000 + b"]}"):
        answered = reader.raw("PUT", "/api/edits", body)
        assert answered.status in (400, 422)
        assert json.loads(answered.body)["problems"]
