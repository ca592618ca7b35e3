"""A catalog in a database is the catalog of its files."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner

import usephase
from usephase.catalog.init import starter_settings, starter_tables, write_starter
from usephase.cli import main


def tables() -> dict[str, pd.DataFrame]:
    """The starter's, numbers as numbers."""
    made = {name: pd.DataFrame(rows[1:], columns=rows[0]).replace("", None) for name, rows in starter_tables().items()}
    made["sales"]["year"] = made["sales"]["year"].astype(int)
    made["Catalog"] = pd.DataFrame(starter_settings().items(), columns=["setting", "value"])
    return made


def in_duckdb(path: Path, frames: dict[str, pd.DataFrame]) -> None:
    with duckdb.connect(str(path)) as base:
        for name, frame in frames.items():
            base.register("given", frame)
            base.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
        base.execute("CREATE TABLE orders AS SELECT 1 AS not_ours")


def in_sqlite(path: Path, frames: dict[str, pd.DataFrame]) -> None:
    with closing(sqlite3.connect(path)) as base:
        for name, frame in frames.items():
            frame.to_sql(name, base, index=False)


FILLED = [("duckdb", in_duckdb), ("sqlite", in_sqlite)]


@pytest.mark.parametrize(("kind", "fill"), [FILLED[0], pytest.param(*FILLED[1], marks=pytest.mark.slow)])
def test_figures_are_those_of_the_files(kind: str, fill: Callable[..., None], tmp_path: Path) -> None:
    fill(tmp_path / "w.db", tables())
    write_starter(tmp_path / "files")
    there, here = (usephase.read_catalog(source) for source in (f"{kind}:{tmp_path / 'w.db'}", tmp_path / "files"))
    assert there.settings == here.settings
    runs = [usephase.estimate(one, draws=64) for one in (there, here)]
    pd.testing.assert_frame_equal(runs[0].figures, runs[1].figures, check_exact=True)
    assert usephase.reproduce(runs[0]).identical
    (tmp_path / "w.db").unlink()  # the run holds what it read
    assert usephase.reproduce(runs[0]).identical


@pytest.mark.parametrize(("kind", "fill"), FILLED)
def test_a_slip_is_told_by_table_and_row(kind: str, fill: Callable[..., None], tmp_path: Path) -> None:
    frames = tables()
    frames["materials"].loc[3, "mass"] = "1,5"
    fill(tmp_path / "w.db", frames)
    with pytest.raises(usephase.CatalogError) as refused:
        usephase.read_catalog(f"{kind}:{tmp_path / 'w.db'}")
    [problem] = [problem for problem in refused.value.problems if problem.severity == "error"]
    assert problem.where == "materials:3:mass"


def _nothing(path: Path) -> None:
    in_sqlite(path, {"sales": tables()["sales"]})


@pytest.mark.parametrize(("kind", "make", "told"), [
    ("duckdb", lambda path: None, "no such file"),
    ("duckdb", lambda path: path.write_bytes(b"not a database at all" * 99), "not readable as DuckDB"),
    ("sqlite", lambda path: path.write_bytes(b"not a database at all" * 99), "not readable as SQLite"),
    ("sqlite", _nothing, "the settings are missing"),
])  # fmt: skip
def test_what_is_no_such_database_is_refused(kind: str, make: Callable[[Path], Any], told: str, tmp_path: Path) -> None:
    make(tmp_path / "w.db")
    given = CliRunner().invoke(main, ["check", "--from", f"{kind}:{tmp_path / 'w.db'}"])
    assert given.exit_code == 3
    assert told in " ".join(given.output.split())


def test_commands_read_a_database_or_a_catalog(tmp_path: Path) -> None:
    in_sqlite(tmp_path / "w.db", tables())
    source = f"sqlite:{tmp_path / 'w.db'}"
    ran = CliRunner().invoke(main, ["run", "--from", source, "--draws", "16", "--results", str(tmp_path / "r")])
    assert ran.exit_code == 0
    assert len(list(tmp_path.glob("r/starter-catalog/*/run.h5"))) == 1
    assert CliRunner().invoke(main, ["check", str(tmp_path), "--from", source]).exit_code == 2
    assert CliRunner().invoke(main, ["check", "--from", "warehouse.db"]).exit_code == 2
