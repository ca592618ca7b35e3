import csv
import dataclasses
import json
import re
import threading

import numpy as np
import pandas as pd
import pytest

from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.report.folders import run as folder_module
from usephase.report.folders.run import write_run
from usephase.results import store
from usephase.results.content import FIGURE_COLUMNS
from usephase.results.run import open_run

FILES = {"run.h5", "summary.json", "figures.csv", "inventory.xlsx", "report.html", "run.log"}


def names_in(folder):
    return {entry.name for entry in folder.iterdir()}


@pytest.fixture(scope="module")
def run():
    return make_run()


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    return write_run(run, tmp_path_factory.mktemp("results"), log=["09:00:00 catalog read", "09:00:03 done"])


def test_the_folder_is_named_by_catalog_and_run(folder):
    assert folder.parent.name == "tools-and-vacuums"
    assert re.fullmatch(r"20250304-050607-[0-9a-f]{6}", folder.name)
    assert names_in(folder) == FILES


def test_the_run_file_opens(run, folder):
    pd.testing.assert_frame_equal(open_run(folder).figures, run.figures, check_exact=True)


def test_the_summary_is_the_document_and_the_provenance(run, folder):
    document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert document["run"] == folder.as_posix()
    assert {key: document[key] for key in run.to_document()} == run.to_document(folder)
    assert document["meta"] == dict(run.meta)
    assert document["notes"] == list(run.notes)
    assert {row["requirement"] for row in document["quality"]["requirements"]} >= {"required", "optional"}
    assert {row["ledger"] for row in document["quality"]["categories"]} == {"category_11", "category_12", "total"}


def test_the_figures_come_back_from_csv_bit_for_bit(run, folder):
    text = (folder / "figures.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == ",".join(FIGURE_COLUMNS)
    with (folder / "figures.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mean"]) for row in rows] == list(run.figures["mean"])
    assert [row["group"] for row in rows] == list(run.figures["group"])
    assert [row["grid_basis"] for row in rows] == [basis or "" for basis in run.figures["grid_basis"]]


def test_the_log_holds_what_happened(folder):
    lines = (folder / "run.log").read_text(encoding="utf-8").splitlines()
    assert any("256 draws, seed 1, design quasi" in line for line in lines)
    assert any("numpy 2.4.6" in line for line in lines)
    assert "note: zones.csv:3: loss is 0" in lines
    assert lines[-2:] == ["09:00:00 catalog read", "09:00:03 done"]


def test_formulas_in_names_are_text_in_csv(tmp_path):
    folder = write_run(make_run(products=["=1+1", "-2", 'a,b\n"c']), tmp_path)
    with (folder / "figures.csv").open(newline="", encoding="utf-8") as file:
        groups = {row["group"] for row in csv.DictReader(file) if row["by"] == "product"}
    assert groups == {"'=1+1", "-2", 'a,b\n"c'}


def test_a_name_cannot_lead_out_of_the_results(tmp_path):
    folder = write_run(make_run(name="../../evil"), tmp_path / "results")
    assert folder.parent == tmp_path / "results" / "evil"


def test_a_link_that_leads_out_of_the_results_is_refused(run, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "tools-and-vacuums").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="a link that leads out"):
        write_run(run, tmp_path / "results")
    assert names_in(tmp_path / "elsewhere") == set()


def test_a_results_folder_may_be_a_link_itself(run, tmp_path):
    (tmp_path / "big-disk").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "big-disk")
    assert names_in(write_run(run, tmp_path / "results")) == FILES


def test_runs_of_one_moment_get_folders_of_their_own(run, tmp_path):
    folders = []
    threads = [threading.Thread(target=lambda: folders.append(write_run(run, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 4
    assert all(names_in(folder) == FILES for folder in folders)


def test_a_taken_name_is_left_alone(run, tmp_path, monkeypatch):
    names = iter(["one", "one", "two"])
    monkeypatch.setattr(folder_module, "run_id", lambda _: next(names))
    first = write_run(run, tmp_path)
    before = {entry.name: entry.read_bytes() for entry in first.iterdir()}
    assert write_run(run, tmp_path).name == "two"
    assert {entry.name: entry.read_bytes() for entry in first.iterdir()} == before


def test_names_that_are_all_taken_are_reported(run, tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "run_id", lambda _: "one")
    write_run(run, tmp_path)
    with pytest.raises(StoreError, match="no free name"):
        write_run(run, tmp_path)


def test_a_file_that_the_system_refuses_takes_no_other_with_it(run, tmp_path, monkeypatch):
    def fail(run, path):
        path.write_bytes(b"half a workbook")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module, "write_workbook", fail)
    with pytest.raises(StoreError, match=r"inventory\.xlsx: no space left on device → free some disk space"):
        write_run(run, tmp_path)
    (folder,) = (tmp_path / "tools-and-vacuums").iterdir()
    assert names_in(folder) == FILES - {"inventory.xlsx"}
    open_run(folder)


def test_a_results_folder_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "results").write_text("x")
    with pytest.raises(StoreError, match="→"):
        write_run(run, tmp_path / "results")


def test_undefined_numbers_are_null_in_json_and_empty_in_csv(tmp_path):
    folder = write_run(make_run(draws=1), tmp_path)
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8"))["figures"][0]["sd"] is None
    read = pd.read_csv(folder / "figures.csv")
    assert read["sd"].isna().all()


def test_a_log_with_any_text_is_written(run, tmp_path):
    odd = dataclasses.replace(run, notes=("\ud800 刀",))
    folder = folder_module.write_run(odd, tmp_path)
    assert "\\ud800 刀" in (folder / "run.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("store_draws", [False, True])
def test_draws_of_products_are_stored_on_demand(run, tmp_path, store_draws):
    row = run.figures.index[run.figures["by"] == "product"][:1]
    samples = np.vstack([run.samples, np.ones((1, run.samples.shape[1]))])
    more = dataclasses.replace(run, samples=samples, sample_rows=np.append(run.sample_rows, row))
    back = open_run(write_run(more, tmp_path, store_draws=store_draws))
    assert len(back.sample_rows) == len(run.sample_rows) + store_draws


def test_a_run_that_cannot_be_stored_leaves_no_folder(run, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "posix_fallocate", refuse)
    with pytest.raises(StoreError, match="no space left"):
        write_run(run, tmp_path)
    assert names_in(tmp_path / "tools-and-vacuums") == set()


def test_a_file_that_cannot_be_made_takes_no_other_with_it(run, tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("no width")

    monkeypatch.setattr(folder_module, "write_workbook", broken)
    with pytest.raises(ZeroDivisionError) as failed:
        write_run(run, tmp_path)
    (made,) = (tmp_path / "tools-and-vacuums").iterdir()
    assert names_in(made) == FILES - {"inventory.xlsx"}
    assert "not written: inventory.xlsx" in failed.value.__notes__[0]
