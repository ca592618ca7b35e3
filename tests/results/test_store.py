import dataclasses
import os
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.results import atomic, store
from usephase.results.store import open_run, save_run, seal


@pytest.fixture(scope="module")
def run():
    return make_run()


@pytest.fixture
def path(run, tmp_path):
    save_run(run, tmp_path / "run.h5")
    return tmp_path / "run.h5"


def names_in(folder):
    return [entry.name for entry in folder.iterdir()]


def change(path, action):
    """Change a run file by h5py and seal it again, as somebody with bad intentions would."""
    with h5py.File(path, "r+", locking=False) as file:
        action(file)
    seal(path)


def replace_dataset(name, make):
    def action(file):
        digest = file[name].attrs["sha256"]
        del file[name]
        make(file)
        file[name].attrs["sha256"] = digest

    return action


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


def test_empty_tables_and_any_text_come_back(tmp_path):
    run = make_run(products=["=1+1", "Sägeblatt 刀", "nul\0l"], notes=(), name="\n")
    run = dataclasses.replace(
        run, service=run.service.iloc[:0], samples=run.samples[:0], sample_rows=run.sample_rows[:0], files={}
    )
    save_run(run, tmp_path / "run.h5")
    assert_same(open_run(tmp_path / "run.h5"), run)


def test_numbers_come_back_bit_for_bit(tmp_path):
    run = make_run(draws=1)
    figures = run.figures.copy()
    figures.loc[0, ["mean", "sd", "p50"]] = [-0.0, np.nan, 5e-324]
    save_run(dataclasses.replace(run, figures=figures), tmp_path / "run.h5")
    back = open_run(tmp_path / "run.h5").figures
    for column in ("mean", "sd", "p50"):
        assert back[column].to_numpy().tobytes() == figures[column].to_numpy().tobytes()


def test_the_same_run_is_stored_as_the_same_bytes(run, tmp_path):
    save_run(run, tmp_path / "a.h5")
    save_run(run, tmp_path / "b.h5")
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
    save_run(other, path)
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


def test_a_changed_number_is_caught_behind_a_good_seal(path):
    def action(file):
        file["figures/mean"][0] += 1.0

    change(path, action)
    with pytest.raises(StoreError, match="checksum of figures/mean is wrong"):
        open_run(path)


def test_an_exchanged_dataset_is_caught_by_the_whole_checksum(path):
    def action(file):
        file["figures/sd"][...] = file["figures/mean"][...]
        file["figures/sd"].attrs["sha256"] = file["figures/mean"].attrs["sha256"]

    change(path, action)
    with pytest.raises(StoreError, match="checksum of the whole content is wrong"):
        open_run(path)


@pytest.fixture
def secret(tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["mean"] = np.zeros(3)
    return tmp_path / "secret.h5"


def test_an_external_link_is_refused(path, secret):
    change(path, lambda file: file.__setitem__("figures/extra", h5py.ExternalLink(str(secret), "/mean")))
    with pytest.raises(StoreError, match="figures/extra is a soft or external link"):
        open_run(path)


def test_a_soft_link_is_refused(path):
    change(path, lambda file: file.__setitem__("twin", h5py.SoftLink("/meta")))
    with pytest.raises(StoreError, match="twin is a soft or external link"):
        open_run(path)


def test_external_storage_is_refused(path, tmp_path):
    (tmp_path / "passwords").write_bytes(b"x" * 100)

    def make(file):
        file.create_dataset("notes", (100,), "u1", external=[(str(tmp_path / "passwords"), 0, 100)])

    change(path, replace_dataset("notes", make))
    with pytest.raises(StoreError, match="notes is stored in another file"):
        open_run(path)


def test_a_virtual_dataset_is_refused(path, secret):
    def make(file):
        layout = h5py.VirtualLayout((3,), "f8")
        layout[:] = h5py.VirtualSource(str(secret), "mean", (3,))
        file.create_virtual_dataset("figures/mean", layout)

    change(path, replace_dataset("figures/mean", make))
    with pytest.raises(StoreError, match="figures/mean is a virtual dataset"):
        open_run(path)


def test_a_compression_bomb_is_refused(path):
    def make(file):
        file.create_dataset("samples", (20_000, 1_000_000), "f8", chunks=(1, 1_000_000), compression="gzip")

    change(path, replace_dataset("samples", make))
    with pytest.raises(StoreError, match="samples is compressed or in chunks"):
        open_run(path)


def test_a_claim_of_more_data_than_the_file_holds_is_refused(path):
    change(path, replace_dataset("samples", lambda file: file.create_dataset("samples", (1 << 40,), "f8")))
    with pytest.raises(StoreError, match="more data than the file has room for"):
        open_run(path)


def test_objects_and_variable_text_are_refused(path):
    change(path, replace_dataset("notes", lambda f: f.create_dataset("notes", data=["x"], dtype=h5py.string_dtype())))
    with pytest.raises(StoreError, match="notes is of a type that no run has"):
        open_run(path)


def test_a_group_that_holds_itself_is_refused(path):
    change(path, lambda file: file["figures"].__setitem__("loop", file["figures"]))
    with pytest.raises(StoreError, match="figures/loop is neither"):
        open_run(path)


def resealed(path, arrays):
    store._write(path, arrays)
    seal(path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("meta", np.frombuffer(b"[1]", np.uint8), "meta is not a JSON object"),
        ("meta", np.frombuffer(b"{}", np.uint8), "meta has no catalog"),
        ("meta", np.frombuffer(b"[" * 100_000, np.uint8), "meta cannot be read as JSON"),
        ("notes", np.frombuffer(b"[1]", np.uint8), "notes is no list of texts"),
        ("sample_rows", np.array([10**6] * 19), "differ in length|point outside"),
        ("figures/ledger", np.array([-2] * 111, "<i4"), "points outside its texts"),
        ("figures/ledger", np.array([99] * 111, "<i4"), "points outside its texts"),
        ("figures/mean", np.zeros(3), "differ in length"),
        ("figures/mean", np.zeros(111, "<i8"), "figures/mean is of another type or shape"),
        ("figures/columns", np.frombuffer(b"[]", np.uint8), "other columns"),
        ("extra", np.zeros(3), "extra, which no run has"),
        ("files/2", None, "files/2 is missing"),
    ],
)
def test_well_sealed_nonsense_is_refused(path, name, value, says):
    arrays = store._read(path)
    if value is None:
        del arrays[name]
    else:
        arrays[name] = value
    resealed(path, arrays)
    with pytest.raises(StoreError, match=says):
        open_run(path)


def test_a_failure_while_writing_leaves_the_old_file(run, path, monkeypatch):
    before = path.read_bytes()

    def fail(spare, arrays):
        spare.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write", fail)
    with pytest.raises(StoreError, match="no space left on device → free some disk space"):
        save_run(make_run(seed=2), path)
    assert path.read_bytes() == before
    assert names_in(path.parent) == ["run.h5"]


def test_a_disk_without_room_is_noticed_before_writing(run, path, monkeypatch):
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(StoreError, match="MB are free → free some disk space"):
        save_run(run, path)
    assert names_in(path.parent) == ["run.h5"]


def test_a_write_that_breaks_off_inside_hdf5_is_a_store_error(tmp_path):
    """A file-size limit makes the system refuse in the middle of HDF5's own writing."""
    code = """
        import resource, sys
        from tests.results.make_run import make_run
        from usephase.errors import StoreError
        run = make_run(draws=4096)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            run.save(sys.argv[1])
        except StoreError as error:
            print("refused", error)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "run.h5")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "refused" in done.stdout
    assert names_in(tmp_path) == []


def test_a_folder_where_the_file_should_be_is_refused(run, tmp_path):
    (tmp_path / "run.h5").mkdir()
    with pytest.raises(StoreError, match=r"run\.h5: .*→"):
        save_run(run, tmp_path / "run.h5")


def test_a_parent_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="→"):
        save_run(run, tmp_path / "file" / "run.h5")


def test_a_refused_permission_is_a_store_error(run, tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(atomic.os, "open", refuse)
    with pytest.raises(StoreError, match="permission denied → get the right to write there"):
        save_run(run, tmp_path / "run.h5")


def test_a_kill_while_writing_leaves_the_old_file(path):
    """The process dies between writing and renaming, as by kill -9."""
    before = path.read_bytes()
    code = """
        import os, sys
        from tests.results.make_run import make_run
        from usephase.results import store
        store.seal = lambda spare: os._exit(9)
        make_run(seed=2).save(sys.argv[1])
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    assert subprocess.run(command, timeout=120, check=False).returncode == 9
    assert path.read_bytes() == before
    open_run(path)


def test_a_taken_name_is_kept_when_asked(tmp_path):
    (tmp_path / "a").write_text("old")
    with (
        pytest.raises(StoreError, match="existing files are kept"),
        atomic.beside(tmp_path / "a", replace=False) as spare,
    ):
        spare.write_text("new")
    assert (tmp_path / "a").read_text() == "old"
    assert names_in(tmp_path) == ["a"]


def test_new_files_follow_the_umask(tmp_path):
    with atomic.beside(tmp_path / "a", replace=False) as spare:
        spare.write_text("x")
    plain = tmp_path / "b"
    plain.write_text("x")
    assert (tmp_path / "a").stat().st_mode == plain.stat().st_mode
