"""The API of runs, jobs and exports against the commands and the Python API."""

import json

import pytest

import usephase
from tests.serve.build import HOSTILE
from tests.serve.conftest import command, without
from usephase.serve.api.plain import plain

RATE = {"table": "modes", "row": "product=FAN;mode=run", "column": "rate"}


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
    ranked = client.job(kind="rank", of="category_11", draws=64, seed=2)
    assert ranked["result"] == command("rank", bench.path, "--of", "category_11", "--draws", 64, "--seed", 2)
    compared = client.job(kind="compare", options=["base", "thrifty"], draws=64)
    told = command("compare", bench.path, "--options", "base,thrifty", "--draws", 64)
    assert without(compared["result"], "meta") == without(told, "meta")
    tracked = client.job(kind="track", draws=64, base_year=2023)
    told = command("track", bench.path, "--draws", 64, "--base-year", 2023)
    assert without(tracked["result"], "meta") == without(told, "meta")


def test_a_job_with_the_pending_edits_runs_the_edited_catalog(client):
    client.send("POST", "/edits", {"edits": [{**RATE, "text": "0.15 ± 10%"}]})
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
        ("POST", "/api/edits"), ("DELETE", "/api/edits"), ("POST", "/api/edits/preview"), ("POST", "/api/edits/save"),
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
        answered = reader.raw("POST", "/api/edits", body)
        assert answered.status in (400, 422)
        assert json.loads(answered.body)["problems"]
