import dataclasses
import os
import time

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.results.run import open_run


@pytest.fixture(scope="module")
def run():
    return make_run()


@pytest.fixture
def path(run, tmp_path):
    run.save(tmp_path / "run.h5")
    return tmp_path / "run.h5"


def names_in(folder):
    return [entry.name for entry in folder.iterdir()]


def assert_same(a, b):
    assert dict(a.meta) == dict(b.meta)
    assert a.notes == b.notes
    assert dict(a.files) == dict(b.files)
    for name in ("figures", "service", "register"):
        pd.testing.assert_frame_equal(getattr(a, name), getattr(b, name), check_exact=True)
    np.testing.assert_array_equal(a.samples, b.samples)
    np.testing.assert_array_equal(a.sample_rows, b.sample_rows)


def test_a_run_comes_back_as_it_was(run, path):
    assert_same(open_run(path), run)


def test_a_run_opens_by_its_folder(run, path):
    assert_same(open_run(path.parent), run)


def test_run_save_makes_missing_folders(run, tmp_path):
    run.save(tmp_path / "a" / "b" / "run.h5")
    assert_same(open_run(tmp_path / "a" / "b" / "run.h5"), run)


def test_a_run_from_before_a_column_opens_with_what_an_empty_cell_means(run, tmp_path):
    older = dataclasses.replace(run, register=run.register.drop(columns=["data_type", "verification"]))
    older.save(tmp_path / "run.h5")
    register = open_run(tmp_path / "run.h5").register
    assert list(register.columns) == list(run.register.columns)
    assert set(register["data_type"]) == {"default"}
    assert set(register["verification"]) == {"none"}


def test_empty_tables_and_any_text_come_back(tmp_path):
    run = make_run(products=["=1+1", "Sägeblatt 刀", "nul\0l"], notes=(), name="\n")
    run = dataclasses.replace(
        run, service=run.service.iloc[:0], samples=run.samples[:0], sample_rows=run.sample_rows[:0], files={}
    )
    run.save(tmp_path / "run.h5")
    assert_same(open_run(tmp_path / "run.h5"), run)


def test_numbers_come_back_bit_for_bit(tmp_path):
    run = make_run(draws=1)
    figures = run.figures.copy()
    figures.loc[0, ["mean", "sd", "p50"]] = [-0.0, np.nan, 5e-324]
    dataclasses.replace(run, figures=figures).save(tmp_path / "run.h5")
    back = open_run(tmp_path / "run.h5").figures
    for column in ("mean", "sd", "p50"):
        assert back[column].to_numpy().tobytes() == figures[column].to_numpy().tobytes()


def test_the_same_run_is_stored_as_the_same_bytes(run, tmp_path):
    run.save(tmp_path / "a.h5")
    time.sleep(1.1)  # older HDF5 notes seconds
    run.save(tmp_path / "b.h5")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_the_file_is_plain_hdf5_without_objects(path):
    with h5py.File(path) as file:
        kinds = set()
        file.visititems(lambda _, item: kinds.add(item.dtype.str) if isinstance(item, h5py.Dataset) else None)
        assert bytes(file["files/1"][()]) == b""
        assert b"reporting_year" in bytes(file["meta"][()])
    assert kinds == {"|u1", "<i4", "<i8", "<f8"}


def test_the_catalog_is_stored_byte_for_byte(path):
    assert b'[catalog]\nname = "x"\n' in path.read_bytes()


def test_saving_again_replaces_the_file_and_leaves_no_other(run, path):
    other = make_run(seed=2)
    other.save(path)
    assert_same(open_run(path), other)
    assert names_in(path.parent) == ["run.h5"]


def test_every_truncation_is_refused(path):
    whole = path.read_bytes()
    for length in [0, 1, 5, 13, 60, 200, 511, 512, 513, 600, 4096, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(StoreError, match=r"damaged.*→"):
            open_run(path)


def test_every_flipped_bit_is_refused(path):
    whole = path.read_bytes()
    random = np.random.default_rng(3)
    for position in [*range(110), *random.integers(512, len(whole), 150)]:
        bad = bytearray(whole)
        bad[position] ^= 1 << int(random.integers(8))
        path.write_bytes(bad)
        with pytest.raises(StoreError, match="→"):
            open_run(path)


def test_bytes_behind_the_end_are_refused(path):
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StoreError, match="damaged"):
        open_run(path)


def test_truncation_says_how_much_is_left(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:1512])
    with pytest.raises(StoreError, match=rf"cut off: 1,000 of {len(whole) - 512:,} bytes"):
        open_run(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"nowhere\.h5: there is no such file"):
        open_run(tmp_path / "nowhere.h5")


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"run\.h5: there is no such file"):
        open_run(tmp_path)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 a workbook", b"a,b\n1,2\n", b"\x80\x04K\x01.", b"\x89HDF\r\n\x1a\n" * 9]
)
def test_a_foreign_file_is_refused(tmp_path, content):
    (tmp_path / "run.h5").write_bytes(content)
    with pytest.raises(StoreError, match="not a usephase run"):
        open_run(tmp_path / "run.h5")


def test_another_programs_hdf5_is_refused(tmp_path):
    with h5py.File(tmp_path / "run.h5", "w") as file:
        file["meta"] = [1, 2, 3]
    with pytest.raises(StoreError, match="not a usephase run"):
        open_run(tmp_path / "run.h5")


def test_a_newer_schema_is_refused_with_the_advice_to_update(path):
    path.write_bytes(path.read_bytes().replace(b"usephase.run/1", b"usephase.run/2", 1))
    with pytest.raises(StoreError, match=r"newer usephase.*update usephase"):
        open_run(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "run.h5")
    with pytest.raises(StoreError, match="not a regular file"):
        open_run(tmp_path / "run.h5")
