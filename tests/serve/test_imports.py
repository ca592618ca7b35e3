"""A table that is sent to the workbench is imported by the code of the command, and nothing is written here."""

import io
import json
import zipfile

from click.testing import CliRunner

from usephase.cli import main

TABLE = """Article number,Description,Rated power (W),Weight,Country,Units
FH-20,Fan heater 2000 W,2000,1.9,Poland,12000
HT-55,Hedge trimmer,550,3.4,Netherlands,7000
LM-40,Lawn mower petrol 40 cm,,24,EMEA,4000
"""
HEDGE = {"path": ["archetypes", "Hedge trimmer"], "value": "hedge_trimmer_corded"}
EMEA = {"path": ["places", "EMEA"], "value": "DEU 0.5, FRA 0.5"}
WEIGHT = {"path": ["columns", "Weight"], "value": "mass", "unit": "kg"}
HOSTILE = "../../<img src=x onerror=alert(1)>\u202e&.csv"


def send(client, text, name="list.csv", status=200, **query):
    answer = client.raw("POST", "/api/imports", text.encode(), "application/octet-stream", name=name, **query)
    assert answer.status == status, answer.body
    return json.loads(answer.body)


def decide(client, key, *decisions, status=200, **more):
    body = json.dumps({"decisions": decisions, **more}).encode()
    answer = client.raw("POST", f"/api/imports/{key}/decide", body)
    assert answer.status == status, answer.body
    return json.loads(answer.body)


def unzipped(client, key):
    answer = client.raw("GET", f"/api/imports/{key}/catalog")
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        return {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_a_table_is_decided_and_taken_along_as_the_command_writes_it(client, tmp_path):
    there = {path.name: path.read_bytes() for path in client.workbench.path.iterdir()}
    sent = send(client, TABLE, year=2024)
    assert (sent["rows"], sent["to_decide"], sent["reporting_year"]) == (3, 2, 2024)
    by_name = {column["column"]: column for column in sent["columns"]}
    assert by_name["Units"]["score"] == 1
    assert (by_name["Weight"]["role"], by_name["Weight"]["score"] < 0.8) == ("", True)
    assert [q["path"] for q in sent["questions"]] == [HEDGE["path"], EMEA["path"], ["columns", "Weight"]]
    half = decide(client, sent["id"], HEDGE, WEIGHT)
    assert half["to_decide"] == 1
    assert next(c for c in half["columns"] if c["column"] == "Weight")["decided"]
    done = decide(client, half["id"], EMEA)
    assert (done["to_decide"], done["questions"], done["problems"]) == (0, [], [])
    files = unzipped(client, done["id"])
    # The command, with the map that came along, writes the same bytes.
    (tmp_path / "list.csv").write_text(TABLE)
    (tmp_path / "map.toml").write_bytes(files["map.toml"])
    words = ["import", str(tmp_path / "list.csv"), "--out", str(tmp_path / "out"), "--map", str(tmp_path / "map.toml")]
    ran = CliRunner().invoke(main, [*words, "--year", "2024", "--json"])
    assert ran.exit_code == 0, ran.output
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == files
    assert {path.name: path.read_bytes() for path in client.workbench.path.iterdir()} == there
    # Last year's map decides all of it again, without a question.
    again = client.raw("POST", f"/api/imports/{sent['id']}/map", files["map.toml"], "application/octet-stream")
    assert json.loads(again.body)["questions"] == []


def test_wrong_answers_are_said_and_change_nothing(client):
    sent = send(client, TABLE, year=2024)
    wrong = [{**HEDGE, "value": "hedge_trimer_corded"}, {**EMEA, "value": "Atlantis"}, {**WEIGHT, "unit": "parsec"}]
    told = decide(client, sent["id"], *wrong)
    assert told["to_decide"] == sent["to_decide"]
    said = " ".join(problem["what"] + problem["fix"] for problem in told["problems"])
    assert all(word in said for word in ("hedge_trimmer_corded", "Atlantis", "parsec"))
    assert decide(client, told["id"], HEDGE, EMEA, WEIGHT)["problems"] == []


def test_columns_that_nobody_recognises_are_named_by_hand(client):
    sent = send(client, "alpha,beta,gamma\nA,Kettle,5\nB,Toaster,6\n", year=2024)
    assert sent["problems"]
    assert [column["column"] for column in sent["columns"]] == ["alpha", "beta", "gamma"]
    assert client.raw("GET", f"/api/imports/{sent['id']}/catalog").status == 422
    roles = {"alpha": "product", "beta": "name", "gamma": "units"}
    named = [{"path": ["columns", name], "value": role} for name, role in roles.items()]
    told = decide(client, sent["id"], *named)
    assert [q["path"] for q in told["questions"]] == [["place"]]
    assert decide(client, told["id"], {"path": ["place"], "value": "Germany"})["decided"] == 2


def test_what_is_sent_is_shown_as_text_and_leads_nowhere(client):
    table = TABLE.replace("Fan heater", "<script>alert(1)</script> Fan heater")
    table += "X,<i>y</i>,,,<b>x</b>,5\n"
    sent = send(client, table, HOSTILE, year=2024)
    assert "/" not in sent["name"]
    assert "<" not in sent["name"]
    page = client.raw("GET", "/import", table=sent["id"])
    assert page.status == 200
    assert b"<script>alert" not in page.body
    assert all(mark not in page.body for mark in (b"<b>x</b>", b"<i>y</i>"))
    assert all(".." not in name for name in unzipped(client, sent["id"]))


def test_what_is_no_table_and_who_may_not_ask_are_refused(client):
    assert send(client, "", status=422)["problems"]
    assert send(client, "PK\x03\x04", name="x.xlsx", status=422)["problems"]
    assert client.raw("POST", "/api/imports/none/decide", b'{"decisions": []}').status == 404
    sent = send(client, TABLE)
    bad = client.raw("POST", f"/api/imports/{sent['id']}/map", b"[" * 5000, "application/octet-stream")
    assert bad.status == 422
    no_token = [header for header in client.headers if header[0] != "X-Usephase-Token"]
    from tests.serve.asgi import ask

    answer = ask(client.app, "/api/imports?name=a.csv", *no_token, method="POST", body=TABLE.encode())
    assert answer.status == 403
