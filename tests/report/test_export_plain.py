"""Plain exports: the figures bit for bit, hostile names as text, and an audit package that reproduces."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import usephase
from tests.insight.test_quality import SETTINGS, fans
from tests.reference.folder import write_catalog
from tests.results.make_run import make_run
from usephase.cli import main
from usephase.errors import StoreError, StudyError
from usephase.report.disclosure.audit import open_package
from usephase.report.disclosure.dataset import COLUMNS, VERSION, schema
from usephase.report.disclosure.export import DATASET, FORMS, NAMES, PLAIN, default_name, export
from usephase.report.disclosure.signing import PASSWORD, signer
from usephase.results.run import open_run

HOSTILE = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def made() -> Any:
    return make_run(products=[HOSTILE, "+A1", "-A1", "@SUM(A1)", "Säge", "P\u202e"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = write_catalog(tmp_path_factory.mktemp("fans") / "c", SETTINGS, fans())
    return usephase.estimate(usephase.read_catalog(folder), draws=16)


def test_csv_holds_the_figures_bit_for_bit_and_flags_the_lines(made: Any, tmp_path: Path) -> None:
    export(made, "csv", tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mean"]) for row in rows] == list(made.figures["mean"])
    flags = {(row["ledger"], row["phase"]): row["requirement"] for row in rows}
    assert flags["category_11", "direct"] == flags["category_12", ""] == flags["total", "direct"] == "required"
    assert flags["category_11", "maintenance"] == flags["category_11", "indirect"] == "optional"
    assert flags["avoided", ""] == "never included"
    assert flags["biogenic_co2", ""] == "separate"
    assert {row["requirement_evidence"] for row in rows} == {"V"}


def test_parquet_holds_the_figures_bit_for_bit(made: Any, tmp_path: Path) -> None:
    export(made, "parquet", tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet")
    columns = table.to_pydict()
    assert columns["group"] == made.figures["group"].tolist()
    assert columns["p97_5"] == made.figures["p97_5"].tolist()
    assert columns["phase"] == [None if x is None else x for x in made.figures["phase"]]
    assert json.loads(table.schema.metadata[b"usephase"])["catalog"]["name"] == made.meta["catalog"]["name"]


def test_json_is_the_answer_of_run_with_quality(made: Any, tmp_path: Path) -> None:
    export(made, "json", tmp_path / "x.json")
    document = json.loads((tmp_path / "x.json").read_text(encoding="ascii"))
    plain = made.to_document()
    assert document["schema"] == plain["schema"]
    assert [{k: row[k] for k in plain["figures"][0]} for row in document["figures"]] == plain["figures"]
    assert document["quality"]["kinds"]


def test_a_hostile_name_is_text_in_every_export(made: Any, tmp_path: Path) -> None:
    # The workbook of a run has a test of its own; names come into one form only, by the service that products render.
    for to, name in (("csv", "export.csv"), ("parquet", "export.parquet"), ("ghg-protocol", "ghg-protocol.csv")):
        export(made, to, tmp_path / name)
    export(made, "ghg-protocol", tmp_path / "ghg-protocol.xlsx")
    for path in tmp_path.glob("*.xlsx"):
        book = openpyxl.load_workbook(path)
        types = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
        assert "f" not in types, path.name
    for path in tmp_path.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        bad = [cell for cell in cells if cell.startswith(("=", "@", "+")) or (cell[:1] == "-" and cell[1:2].isalpha())]
        assert bad == [], path.name
    groups = pq.read_table(tmp_path / "export.parquet").column("group").to_pylist()
    assert HOSTILE in groups
    form = (tmp_path / "ghg-protocol.csv").read_text(encoding="utf-8")
    assert HOSTILE in form
    assert "\u202e" not in form


def test_the_audit_package_is_whole_and_reproduces(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "audit.zip"
    export(run, "audit", path)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        sums = dict(reversed(line.split("  ", 1)) for line in archive.read("SHA256SUMS").decode().splitlines())
        assert set(sums) == names - {"SHA256SUMS"}
        assert all(hashlib.sha256(archive.read(name)).hexdigest() == digest for name, digest in sums.items())
        assert {f"catalog/{name}": content for name, content in run.files.items()} == {
            name: archive.read(name) for name in names if name.startswith("catalog/")
        }
        archive.extract("run.h5", tmp_path / "elsewhere")
        index = archive.read("index.html").decode()
        assert all(f'href="{name}"' in index for name in names - {"SHA256SUMS"})
        assert all(digest in index for name, digest in sums.items() if name != "index.html")
        lines = list(csv.DictReader(archive.read("worked.csv").decode().splitlines()))
        told = {row["column"] for row in csv.DictReader(archive.read("columns.csv").decode().splitlines())}
        assert {"t", "quantity", "rate"} <= told
        edition = list(csv.DictReader(archive.read("reference.csv").decode().splitlines()))
        assert all(len(row["sha256"]) == 64 for row in edition)
        assert {"Category 11", "Equations"} <= set(archive.read("method.txt").decode().splitlines())
    best = sum(float(line["t"]) for line in lines if line["at"] == "best_estimate")
    assert best == pytest.approx(float(run.figure("total")["best_estimate"]), rel=1e-9)
    assert open_run(tmp_path / "elsewhere").figures.equals(run.figures)
    done = CliRunner().invoke(main, ["reproduce", str(path), "--workers", "1", "--json"])
    assert json.loads(done.stdout)["identical"] is True


@pytest.mark.slow
def test_a_package_reproduces_in_another_folder_and_process_without_its_catalog(tmp_path: Path) -> None:
    """Catalog, results and package by command; then only the package is left, elsewhere."""
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    folder = write_catalog(here / "fans", SETTINGS, fans())

    def usephase_(*words: str, at: Path) -> dict[str, Any]:
        command = [sys.executable, "-c", "from usephase.cli import main; main()", *words, "--json"]
        done = subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=300, check=True)
        return dict(json.loads(done.stdout))

    ran = usephase_("run", folder.name, "--draws", "32", "--workers", "1", at=here)
    usephase_("export", ran["run"], "--to", "audit", "--out", str(there / "audit.zip"), at=here)
    shutil.rmtree(here)
    again = usephase_("reproduce", "audit.zip", "--workers", "2", at=there)
    assert again["identical"] is True
    assert again["figures"] == len(ran["figures"])
    assert [path.name for path in there.iterdir()] == ["audit.zip"]


def test_a_changed_package_is_refused(run: Any, tmp_path: Path) -> None:
    export(run, "audit", tmp_path / "audit.zip")
    with zipfile.ZipFile(tmp_path / "audit.zip") as old, zipfile.ZipFile(tmp_path / "bad.zip", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b" " if name == "factors.csv" else b""))
    with pytest.raises(StoreError, match=r"factors\.csv was changed"):
        open_package(tmp_path / "bad.zip")
    (tmp_path / "no.zip").write_bytes(b"PK")
    with pytest.raises(StoreError, match="not an audit package"):
        open_package(tmp_path / "no.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("a", "b")
    with pytest.raises(StoreError, match="not an audit package"):
        open_package(tmp_path / "other.zip")


def test_the_command_writes_beside_the_run_and_answers_in_json(run: Any, tmp_path: Path) -> None:
    run.save(tmp_path / "run.h5")
    done = CliRunner().invoke(main, ["export", str(tmp_path), "--to", "cdp", "--json"])
    answer = json.loads(done.stdout)
    assert answer["file"] == (tmp_path / "disclosure-cdp.xlsx").as_posix()
    assert answer["bytes"] == (tmp_path / "disclosure-cdp.xlsx").stat().st_size
    assert answer["form"]["fields"][1]["value"] == pytest.approx(250, rel=0.3)
    out = tmp_path / "new" / "figures.csv"
    done = CliRunner().invoke(main, ["export", str(tmp_path / "run.h5"), "--to", "csv", "--out", str(out)])
    assert done.exit_code == 0
    assert out.is_file()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--to", "xbrl"], 2),
        ([], 2),
        (["--to", "esrs", "--target", "soon"], 2),
        (["--to", "ifrs", "--target", "2030=25%"], 3),
        (["--to", "esrs", "--target", "2030=140"], 3),
        (["--to", "csv", "--out", "x.txt"], 3),
    ],
)
def test_wrong_commands_have_their_exit_codes(args: list[str], code: int, run: Any, tmp_path: Path) -> None:
    run.save(tmp_path / "run.h5")
    assert CliRunner().invoke(main, ["export", str(tmp_path), *args]).exit_code == code


def test_every_export_has_a_name_of_its_own() -> None:
    assert len({default_name(to) for to in NAMES}) == len(NAMES) == len(PLAIN) + 1 + len(FORMS)


def test_an_audit_package_is_signed_by_a_key_of_minisign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from minisign import KeyPair, PublicKey, Signature
    from minisign.exceptions import VerifyError

    pair = KeyPair.generate()
    public = PublicKey.from_bytes(bytes(pair.public_key))
    pair.secret_key.encrypt("s3cret", opslimit=32768, memlimit=16777216)
    key = tmp_path / "company.key"
    key.write_bytes(bytes(pair.secret_key))
    run = make_run(products=1)
    for name, password in (("wrong", "other"), ("none", "")):
        monkeypatch.setenv(PASSWORD, password)
        with pytest.raises(StudyError) as refused:
            signer(key)
        assert refused.value.problems[0].where == "--sign company.key", name
    with pytest.raises(StudyError, match="secret key of minisign"):
        signer(tmp_path / "none.key")
    monkeypatch.setenv(PASSWORD, "")
    export(run, "audit", tmp_path / "p.zip", sign=signer(key, lambda: "s3cret"))
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        sums, signature = package.read("SHA256SUMS"), Signature.from_bytes(package.read("SHA256SUMS.minisig"))
    public.verify(sums, signature)
    assert run.meta["catalog"]["sha256"] in signature.trusted_comment
    with pytest.raises(VerifyError):
        public.verify(sums.replace(b"report", b"rapport"), signature)
    assert b"minisig" not in sums  # the list cannot hold its own signature's checksum


def test_runs_of_several_catalogs_are_datasets_of_one_schema(tmp_path: Path) -> None:
    runs = [make_run(products=2, name="Tools"), make_run(products=3, name="Sch\u00f6ne Ger\u00e4te", seed=5)]
    lake = tmp_path / "lake"
    for run in (*runs, runs[0]):  # the same run again takes its own place
        assert export(run, DATASET, lake) is None
    assert len(list(lake.glob("figures/*/*.parquet"))) == len(list(lake.glob("register/*/*.parquet"))) == 2
    for name, frames in (("figures", [run.figures for run in runs]), ("register", [run.register for run in runs])):
        schemas = {pq.read_schema(path).to_string() for path in lake.glob(f"{name}/*/*.parquet")}
        assert schemas == {schema(name).to_string()}
        whole = duckdb.sql(f"SELECT * FROM read_parquet('{lake.as_posix()}/{name}/**/*.parquet')").df()
        assert tuple(whole.columns) == COLUMNS[name]
        assert len(whole) == sum(map(len, frames))
        assert whole["run"].nunique() == 2
    found = whole_figures(lake)
    for run in runs:
        mine = found[found["catalog"] == run.meta["catalog"]["name"]]
        assert mine["mean"].sum() == pytest.approx(run.figures["mean"].sum(), rel=1e-15)
    with pytest.raises(StudyError, match="name a folder"):
        export(runs[0], DATASET, tmp_path / "lake.parquet")


def whole_figures(lake: Path) -> Any:
    """Read a dataset as pandas does."""
    return pq.ParquetDataset(lake / "figures").read().to_pandas()


def test_columns_of_a_dataset_are_only_added_at_the_end() -> None:
    first = ("run", "catalog", "catalog_sha256", "created", "company", "reporting_year", "draws", "seed", "edition")
    figures = ("year", "ledger", "grid_basis", "boundary", "phase", "by", "group", "best_estimate", "mean", "sd",
               "mcse", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5", "unit", "requirement", "requirement_source",
               "requirement_evidence")  # fmt: skip
    register = ("table", "row", "column", "value", "distribution", "best_estimate", "low", "high", "origin", "basis",
                "source", "licence", "pedigree", "data_type", "verification", "owner", "reviewed_by", "reviewed_on",
                "status")  # fmt: skip
    assert VERSION == "usephase.dataset/1"
    for name, columns in (("figures", figures), ("register", register)):
        assert COLUMNS[name][: len(first) + len(columns)] == (*first, *columns)
