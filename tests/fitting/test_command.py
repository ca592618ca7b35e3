"""`usephase fit`: the answer, the row written into a catalog, the page."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import usephase
from tests.report.html_reader import read
from usephase.cli.fit import command
from usephase.errors import CatalogError, CommandError, StudyError
from usephase.insight.fitting.api import lifetime
from usephase.report.html.fit import render_fit
from usephase.report.language import language

AGES = "age,failed,count\n2,1,\n3,1,2\n4,1,\n5,1,3\n6,0,4\n"


def run(*args):
    made = CliRunner().invoke(command, [str(arg) for arg in args], standalone_mode=False)
    if made.exception is not None:
        raise made.exception
    return made.stdout


@pytest.fixture
def catalog(tmp_path):
    from usephase.catalog.init import write_starter

    write_starter(tmp_path / "catalog")
    return tmp_path / "catalog"


@pytest.fixture
def ages(tmp_path):
    (tmp_path / "ages.csv").write_text(AGES)
    return tmp_path / "ages.csv"


def test_the_answer_has_the_keys_of_the_interface(ages):
    document = json.loads(run("lifetime", ages, "--json"))
    assert {
        "kind", "distribution", "parameters", "intervals", "log_likelihood", "aic", "units", "failures", "beyond_data",
        "row", "sample", "notes", "written",
    } <= set(document)  # fmt: skip
    assert (document["units"], document["failures"]) == (11, 7)
    assert set(document["aic"]) == {"weibull", "lognormal", "loglogistic", "gamma"}
    assert document["parameters"]["mean"] == lifetime(ages).mean
    assert "row to paste" in run("lifetime", ages)
    document = json.loads(run("lifetime", ages, "--sample", ages.with_name("life.csv"), "--json"))
    assert document["sample"] == ages.with_name("life.csv").as_posix()
    assert len(ages.with_name("life.csv").read_text().splitlines()) == 1001


def test_a_row_that_is_there_is_changed_and_a_new_one_added(ages, catalog):
    there = usephase.read_catalog(catalog)
    name = str(there["lifetimes"].frame["lifetime"].iloc[0])
    for key in (name, "measured_life"):
        document = json.loads(
            run(
                "lifetime",
                ages,
                "--distribution",
                "weibull",
                "--write",
                f"{catalog}:lifetimes:lifetime={key}",
                "--json",
            )
        )
        assert document["row"]["lifetime"] == key
        made = usephase.read_catalog(catalog)["lifetimes"]
        row = made.frame["lifetime"].tolist().index(key)
        assert made.values["mean"].text[row] == document["row"]["mean"]
        assert made.frame["data_type"].iloc[row] == "primary"
        assert "sha256" in made.frame["source"].iloc[row]
    before = usephase.read_catalog(catalog)["lifetimes"]
    assert len(before) == len(there["lifetimes"]) + 1


def test_what_a_catalog_would_refuse_is_not_written(ages, catalog, tmp_path):
    before = {path: path.read_bytes() for path in catalog.iterdir() if path.is_file()}
    with pytest.raises(StudyError, match="needs a mode"):
        run("lifetime", ages, "--unit", "hour", "--write", f"{catalog}:lifetimes:lifetime=x")
    frame = usephase.read_catalog(catalog)["use_profiles"].frame
    profile, mode = frame.loc[frame["region"] == "", ["use_profile", "mode"]].iloc[0]
    (tmp_path / "t.csv").write_text("h\n" + "".join(f"{100 + i % 7}\n" for i in range(600)))
    to = f"{catalog}:use_profiles:use_profile={profile};mode={mode}"
    with pytest.raises(CatalogError, match="kg"):
        run("amount", tmp_path / "t.csv", "--column", "h", "--unit", "kg", "--write", to)
    assert {path: path.read_bytes() for path in catalog.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("kind", "to", "word"),
    [
        ("lifetime", "nowhere", "names no row"), ("lifetime", "c:lifetime:lifetime=x", "did you mean `lifetimes`"),
        ("lifetime", "c:modes:product=x;mode=y", "does not go into"), ("lifetime", "c:lifetimes:life=x", "not a key"),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_refused(ages, kind, to, word):
    with pytest.raises(StudyError) as refused:
        run(kind, ages, "--write", to)
    said = refused.value.problems[0]
    assert word in said.what + said.fix


def test_groups_need_their_own_rows(tmp_path):
    (tmp_path / "t.csv").write_text("h,region\n" + "".join(f"{i},{'DEU' if i % 2 else 'FRA'}\n" for i in range(20)))
    with pytest.raises(StudyError) as refused:
        run(
            "amount",
            tmp_path / "t.csv",
            "--column",
            "h",
            "--by",
            "region",
            "--write",
            "c:use_profiles:use_profile=x;mode=y",
        )
    assert "one row" in refused.value.problems[0].what
    document = json.loads(run("amount", tmp_path / "t.csv", "--column", "h", "--by", "region", "--json"))
    assert [row["group"] for row in document["rows"]] == [{}, {"region": "FRA"}, {"region": "DEU"}]


def test_an_amount_goes_into_its_rows_by_region(tmp_path, catalog):
    frame = usephase.read_catalog(catalog)["use_profiles"].frame
    profile, mode, unit = frame.loc[frame["region"] == "", ["use_profile", "mode", "amount_unit"]].iloc[0]
    lines = "".join(f"{100 + i % 7},{'DEU' if i % 2 else 'FRA'}\n" for i in range(600))
    (tmp_path / "t.csv").write_text("h,region\n" + lines)
    to = f"{catalog}:use_profiles:use_profile={profile};mode={mode};region={{region}}"
    document = json.loads(
        run(
            "amount", tmp_path / "t.csv", "--column", "h", "--unit", "h/year", "--by", "region", "--write", to, "--json"
        )
    )
    made = usephase.read_catalog(catalog)["use_profiles"]
    rows = made.frame[(made.frame["use_profile"] == profile) & (made.frame["mode"] == mode)]
    assert {"DEU", "FRA"} <= set(rows["region"])
    assert unit
    assert document["written"]


def test_readings_and_judgements_are_written_as_the_catalog_reads_them(tmp_path, catalog):
    frame = usephase.read_catalog(catalog)["use_profiles"].frame
    row = frame.loc[frame["amount_unit"].str.endswith("/year") & (frame["region"] == "")].iloc[0]
    to = f"{catalog}:use_profiles:use_profile={row['use_profile']};mode={row['mode']}"
    (tmp_path / "m.csv").write_text("h\n101\n103\n99\n102\n98\n")
    (tmp_path / "e.csv").write_text("expert,p10,p50,p90\nA,60,90,150\nB,70,110,190\n")
    for args, start in (
        (("mean", tmp_path / "m.csv", "--column", "h"), "student("),
        (("expert", tmp_path / "e.csv", "--low", "0"), "p10_p50_p90("),
    ):
        run(*args, "--write", to, "--json")
        made = usephase.read_catalog(catalog)["use_profiles"]
        at = (made.frame["use_profile"] == row["use_profile"]) & (made.frame["mode"] == row["mode"])
        at &= made.frame["region"] == ""
        assert made.values["amount"].text[at.to_numpy()][0].startswith(start)


def test_the_page_holds_everything_runs_nothing_and_speaks_both_languages(ages, tmp_path):
    run("lifetime", ages, "--beside", "life_blower_com", "--page", tmp_path / "fit.html", "--quiet")
    text = (tmp_path / "fit.html").read_text(encoding="utf-8")
    read(text)
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert text.count("<svg") == 2
    assert "unit: year\nmean: " in text
    found = lifetime(ages, prior="life_blower_com")
    for code in ("en", "vi"):
        page = render_fit(found, found.to_document(), code)
        assert language(code)("fit.update") in page
        assert f'lang="{code}"' in page


def test_messages_of_every_note_exist():
    import re
    from importlib import resources

    room = resources.files("usephase.insight.fitting")
    source = "".join(file.read_text(encoding="utf-8") for file in room.iterdir() if file.name.endswith(".py"))
    keys = set(re.findall(r'Note\("(\w+)"', source))
    assert keys
    for code in ("en", "vi"):
        assert keys == {key.partition(".")[2] for key in language(code).messages if key.startswith("fit_note.")}


def test_other_kinds_have_pages(tmp_path):
    (tmp_path / "m.csv").write_text("x,w\n" + "".join(f"{i},{i + 1}\n" for i in range(1, 9)))
    (tmp_path / "e.csv").write_text("expert,p10,p50,p90\nA,1,2,4\nB,2,3,6\n")
    for args in (
        ("mean", tmp_path / "m.csv", "--column", "x", "--calibration", "1%"),
        ("amount", tmp_path / "m.csv", "--column", "x", "--weight", "w"),
        ("expert", tmp_path / "e.csv", "--low", "0"),
    ):
        assert "row to paste" in run(*args, "--page", tmp_path / "page.html", "--quiet")
        read((tmp_path / "page.html").read_text(encoding="utf-8"))


def test_a_joint_sample_is_written_and_named_by_the_row(ages, catalog, tmp_path):
    """Mean and shape of the cells are drawn together: their rank correlation is that of the sample."""
    document = json.loads(run("lifetime", ages, "--write", f"{catalog}:lifetimes:lifetime=tool", "--joint", "--json"))
    assert {document["row"][name] for name in ("mean", "shape")} == {"sample(tool, mean)", "sample(tool, shape)"}
    assert document["sample"] == (catalog / "samples/tool.csv").as_posix()
    read_back = usephase.read_catalog(catalog)
    held = np.array([read_back.samples["tool"][name] for name in ("mean", "shape")])
    fitted = lifetime(ages).sample().rows
    assert np.allclose(np.sort(held[0]), np.sort(fitted[:, 0]), rtol=1e-8)
    assert np.corrcoef(held)[0, 1] == pytest.approx(np.corrcoef(fitted.T)[0, 1], abs=1e-6)
    usephase.estimate(read_back, draws=64)
    run("lifetime", ages, "--write", f"{catalog}:lifetimes:lifetime=tool", "--joint", "--quiet")  # again: replaced
    with pytest.raises(StudyError, match="cannot name a sample"):
        run("lifetime", ages, "--write", f"{catalog}:lifetimes:lifetime=a-b", "--joint")
    with pytest.raises(CommandError, match="goes with --write"):
        run("lifetime", ages, "--joint")
