"""Writing that fails: what was there stays, nothing half-made is left, and the message says what to do."""

import os
import subprocess
import sys
import textwrap

import h5py
import pytest

from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.results import atomic, store
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


def test_a_failure_while_writing_leaves_the_old_file(run, path, monkeypatch):
    before = path.read_bytes()

    def fail(spare, arrays):
        spare.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write", fail)
    with pytest.raises(StoreError, match="no space left on device → free some disk space"):
        make_run(seed=2).save(path)
    assert path.read_bytes() == before
    assert names_in(path.parent) == ["run.h5"]


@pytest.mark.parametrize(("number", "says"), [(28, "no space left on device"), (122, "disk quota exceeded")])
def test_a_disk_without_room_is_noticed_before_hdf5_writes(path, monkeypatch, number, says):
    before = path.read_bytes()

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(store.os, "posix_fallocate", refuse)
    with pytest.raises(StoreError, match=f"{says} → free some"):
        make_run(seed=2).save(path)
    assert path.read_bytes() == before
    assert names_in(path.parent) == ["run.h5"]


@pytest.mark.parametrize("limit", [0, 600, 100_000])
def test_a_file_that_may_not_grow_ends_no_process(tmp_path, limit):
    """HDF5 itself would write to the error stream and crash the process at its end."""
    code = """
        import resource, sys
        from tests.results.make_run import make_run
        from usephase.errors import StoreError
        run = make_run(draws=4096)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
        try:
            run.save(sys.argv[1])
        except StoreError as error:
            print("refused", error)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "run.h5"), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "file too large → write to a file system" in done.stdout
    assert names_in(tmp_path) == []


def test_reserved_space_is_given_back(path):
    with h5py.File(path, locking=False) as file:
        sizes: list[int] = []
        file.visititems(lambda _, item: sizes.append(item.nbytes) if isinstance(item, h5py.Dataset) else None)
    assert sum(sizes) < path.stat().st_size < sum(sizes) + store._OVERHEAD_BYTES * len(sizes)


def test_a_folder_where_the_file_should_be_is_refused(run, tmp_path):
    (tmp_path / "run.h5").mkdir()
    with pytest.raises(StoreError, match=r"run\.h5: .*→"):
        run.save(tmp_path / "run.h5")


def test_a_parent_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="→"):
        run.save(tmp_path / "file" / "run.h5")


def test_a_refused_permission_is_a_store_error(run, tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(atomic.os, "open", refuse)
    with pytest.raises(StoreError, match="permission denied → get the right to write there"):
        run.save(tmp_path / "run.h5")


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
