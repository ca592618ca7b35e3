"""Evidence: data that are sent are fitted as by `usephase fit`, looked at, and written by its code; nothing else is."""

import json

import pytest

import usephase
from tests.serve.build import small_catalog
from tests.serve.conftest import command
from usephase.serve.evidence import safe_name

AGES = b"age,failed,count\n2,1,\n3,1,2\n4,1,\n5,1,3\n6,0,4\n"
TO = "lifetimes:lifetime=short"
OCTETS = "application/octet-stream"


def sent(client, data=AGES, status=200, **asked):
    asked = {"kind": "lifetime", "name": "ages.csv", **asked}
    answered = client.raw("POST", "/api/evidence", data, OCTETS, **asked)
    assert answered.status == status, answered.body
    return json.loads(answered.body)


def files(bench):
    return {path.name: path.read_bytes() for path in bench.path.rglob("*") if path.is_file()}


def test_what_is_sent_is_fitted_and_written_as_the_command_does(bench, client, tmp_path):
    made = sent(client, beside="life_blower_com", distribution="weibull")
    (tmp_path / "ages.csv").write_bytes(AGES)
    other = small_catalog(tmp_path / "other")
    said = command("fit", "lifetime", tmp_path / "ages.csv", "--distribution", "weibull", "--write", f"{other}:{TO}")
    for name in ("parameters", "intervals", "aic", "data", "beyond_data"):
        assert made[name] == said[name]
    before = files(bench)
    shown = client.send("POST", f"/evidence/{made['id']}/preview", {"to": TO})
    assert files(bench) == before
    assert shown["row"] == said["row"]
    assert "weibull" in shown["files"][0]["diff"]
    wrong = client.problems("POST", f"/evidence/{made['id']}/write", {"to": TO, "digest": "x"}, 409)
    assert "preview" in wrong[0]["fix"]
    asked = {"to": TO, "digest": shown["digest"]}
    assert client.send("POST", f"/evidence/{made['id']}/write", asked)["written"] == ["lifetimes.csv"]
    client.send("POST", f"/evidence/{made['id']}/write", asked)  # an answer that was lost: asked again
    assert (bench.path / "lifetimes.csv").read_bytes() == (other / "lifetimes.csv").read_bytes()
    register = bench.register()
    row = register[(register["table"] == "lifetimes") & (register["column"] == "mean")].iloc[0]
    assert made["data"]["sha256"][:16] in row["source"]
    assert row["data_type"] == "primary"


def test_a_joint_sample_is_written_into_the_catalog(bench, client):
    made = sent(client)
    asked = {"to": TO, "joint": True}
    digest = client.send("POST", f"/evidence/{made['id']}/preview", asked)["digest"]
    client.send("POST", f"/evidence/{made['id']}/write", {**asked, "digest": digest})
    assert (bench.path / "samples" / "short.csv").is_file()
    assert usephase.read_catalog(bench.path)["lifetimes"].values["mean"].text[0] == "sample(short, mean)"


def test_the_page_shows_the_fit_beside_the_life_that_is_there(client):
    empty = client.raw("GET", "/evidence").body.decode()
    assert 'type="file"' in empty
    key = sent(client, name="<b>ages</b>.csv", prior="", beside="life_blower_com")["id"]
    for path in (f"/pieces/evidence/{key}", f"/evidence?fit={key}"):
        text = client.raw("GET", path).body.decode()
        assert text.count("<svg") >= 2
        assert "<b>ages" not in text
        assert "Probability plot" in text
        assert "unit: year\nmean: " in text
        assert TO in text
    assert client.raw("GET", "/pieces/evidence/none").status == 404


def test_other_kinds(client):
    hours = b"hours,region\n" + b"".join(b"%d,%s\n" % (100 + i % 7, b"DEU" if i % 2 else b"FRA") for i in range(60))
    made = sent(client, hours, kind="amount", name="t.csv", column="hours", by="region", unit="h/year")
    row = "use_profiles:use_profile=home;mode=run"
    assert "one row" in client.problems("POST", f"/evidence/{made['id']}/preview", {"to": row})[0]["what"]
    shown = client.send("POST", f"/evidence/{made['id']}/preview", {"to": row + ";region={region}"})
    assert "DEU" in shown["files"][0]["diff"]
    assert "{region}" in client.raw("GET", f"/pieces/evidence/{made['id']}").body.decode()
    sent(client, b"w\n1\n2\n3\n4\n", kind="mean", name="m.csv", column="w", calibration="1%")
    sent(client, b"expert,p10,p50,p90\nA,1,2,4\n", kind="expert", name="e.csv", low="0")


@pytest.mark.parametrize(
    ("data", "asked", "word"),
    [
        (b"", {}, "empty"), (b"\x00\xff" * 50, {}, ""), (b"age,failed\n-1,1\n", {}, "-1"),
        (AGES, {"name": "ages.exe"}, "another kind"), (AGES, {"name": ""}, "another kind"),
        (b"PK\x03\x04broken", {"name": "a.xlsx"}, ""), (b"PAR1broken", {"name": "a.parquet"}, ""),
        (b"PAR1broken", {"kind": "amount", "column": "x", "name": "a.parquet"}, ""),
        (b"w\n1\n", {"kind": "mean", "name": "m.csv"}, "no column"),
        (AGES, {"column": "x"}, "no `column`"), (AGES, {"prior": "nothing"}, "no life"),
        (AGES, {"kind": "amount", "column": "nothing"}, "missing"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused_and_nothing_is_written(bench, client, data, asked, word):
    before = files(bench)
    problems = sent(client, data, 422, **asked)["problems"]
    assert word in problems[0]["what"]
    assert files(bench) == before


def test_a_target_that_is_none_is_refused(bench, client):
    key, before = sent(client)["id"], files(bench)
    for to in ("", "lifetimes", "modes:product=FAN;mode=run", "lifetimes:from_year=2020", "../x:lifetimes:lifetime=a"):
        client.problems("POST", f"/evidence/{key}/preview", {"to": to})
    assert files(bench) == before


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"), ("C:\\Users\\x\\a b.CSV", "a_b.csv"), ("con.csv", "_con.csv"),
        ("..", "data."), ("Rücklauf thiết bị.csv", "Rücklauf_thiết_bị.csv"), ("a\u202egnp.csv", "a_gnp.csv"),
        ("a\x00b.csv", "ab.csv"), ("x" * 5000 + ".csv", "x" * 60 + ".csv"), (".csv", "data.csv"),
    ],
)  # fmt: skip
def test_names_are_made_harmless(name, kept):
    assert safe_name(name) == kept
