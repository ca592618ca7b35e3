"""Disks that are full, too small, or read-only: exit code 4, a remedy, and what was there is as it was."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.machine import FEW, MOUNTS, WHY_NOT, everything, problems, read_only, small_disk, usephase
from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.report.folders.run import write_run
from usephase.results.run import Run, open_run

FILES = ("run.h5", "summary.json", "figures.csv", "inventory.xlsx", "report.html", "run.log")

needs_disk = pytest.mark.skipif(not MOUNTS, reason=WHY_NOT)


@needs_disk
def test_a_full_disk_ends_a_run_and_keeps_the_earlier_one(catalog, tmp_path):
    with small_disk(tmp_path / "disk", "2m") as disk:
        first = usephase("run", catalog, "--results", disk / "results", *FEW)
        assert first.returncode == 0, first.stderr
        before = everything(disk)
        assert any(name.endswith("run.h5") for name in before)
        (disk / "ballast").write_bytes(b"x" * (shutil.disk_usage(disk).free - 65_536))
        second = usephase("run", catalog, "--results", disk / "results", *FEW, "--json")
        assert second.returncode == 4, second.stderr
        (problem,) = problems(second)
        assert "no space left on device" in problem["what"]
        assert "free some disk space" in problem["fix"]
        after = everything(disk)
        after.pop("ballast")
        assert after == before  # no half-written run, no spare file
        folders = [path for path in (disk / "results").glob("*/*") if path.is_dir()]
        assert len(folders) == 1
        open_run(folders[0])


@needs_disk
@pytest.mark.slow
@pytest.mark.parametrize("last", FILES[1:5])
def test_a_disk_that_fills_up_at_a_later_file_keeps_the_others(tmp_path, monkeypatch, last):
    run = make_run(products=4, draws=64)
    whole = write_run(run, tmp_path / "elsewhere")
    pages = {name: -(-(whole / name).stat().st_size // 4096) for name in FILES}
    room = 4096 * sum(pages[name] for name in FILES[1 : FILES.index(last)]) + 2048 * pages[last]
    with small_disk(tmp_path / "disk", "4m") as disk:
        save = Run.save

        def save_and_fill(self, path):
            save(self, path)
            (disk / "ballast").write_bytes(b"x" * (shutil.disk_usage(disk).free - room))

        monkeypatch.setattr(Run, "save", save_and_fill)
        with pytest.raises(StoreError, match=f"{last}: no space left on device → free some disk space") as refused:
            write_run(run, disk / "results")
        assert refused.value.exit_code == 4
        (folder,) = disk.glob("results/*/*")
        kept = {path.name for path in folder.iterdir()}
        # A smaller file that comes later may still find room; nothing is there in part.
        assert set(FILES[: FILES.index(last)]) <= kept <= set(FILES) - {last}
        open_run(folder)


@needs_disk
@pytest.mark.slow
def test_a_read_only_disk_is_refused_before_anything_is_written(catalog, tmp_path):
    with small_disk(tmp_path / "disk", "2m") as disk, read_only(disk):
        done = usephase("run", catalog, "--results", disk / "results", *FEW, "--json")
        assert done.returncode == 4
        (problem,) = problems(done)
        assert "read-only file system" in problem["what"]
        assert "not read-only" in problem["fix"]


@pytest.mark.skipif(os.name != "posix", reason="rights of folders are those of POSIX")
def test_a_results_folder_without_the_right_to_write():
    """Root may write anywhere: then the run is written as somebody else, who may not."""
    run = make_run(products=2, draws=16)
    with tempfile.TemporaryDirectory() as base:
        Path(base).chmod(0o755)
        results = Path(base) / "results"
        write_run(run, results)  # what is imported on the way is then there
        before = everything(results)
        for folder in (results, *results.iterdir()):
            folder.chmod(0o555)
        with somebody_else(), pytest.raises(StoreError, match="permission denied → get the right to write") as refused:
            write_run(run, results)
        assert refused.value.exit_code == 4
        for folder in (results, *results.iterdir()):
            folder.chmod(0o755)
        assert everything(results) == before


@contextmanager
def somebody_else():
    """Give up root's rights for a while, if this is root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)
