"""Several files that are written together: whatever fails, and wherever, all are new or none is."""

import errno
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import usephase
from tests.catalog.test_edit import RATE, SETTINGS, TABLES
from tests.reference.folder import write_catalog
from usephase.catalog.edit.apply import Edit, in_place, write
from usephase.catalog.init import write_starter
from usephase.errors import StoreError
from usephase.results import atomic

CALLS = [(os, "open"), (os, "fsync"), (os, "link"), (shutil, "copy2"), (shutil, "copymode"),
         (Path, "write_bytes"), (Path, "replace"), (Path, "mkdir")]  # fmt: skip
FAILURES = {
    "no room": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "Ctrl-C": KeyboardInterrupt,
}


class Fault:
    """Fails one call of the system, before or behind what it does."""

    def __init__(self, monkeypatch, failure, at, behind):
        self.left, self.fired, self.names = at, False, []
        for owner, name in CALLS:
            real = getattr(owner, name) if name != "fsync" else lambda handle: None  # which would only take time
            monkeypatch.setattr(owner, name, self.failing(real, name, failure, behind))

    def failing(self, real, name, failure, behind):
        def call(*given, **options):
            self.names.append(name)
            self.left -= 1
            if self.left != 0:
                return real(*given, **options)
            self.fired = True
            done = real(*given, **options) if behind else None
            if name == "open" and behind:
                os.close(done)
            raise failure()

        return call


def held(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} if folder.exists() else {}


def together(folder):
    """Replace two files and make a third."""
    with atomic.all_beside({folder / "a": True, folder / "b": True, folder / "c": False}) as spares:
        for path, spare in spares.items():
            spare.write_bytes(b"new " + path.name.encode())


@cache
def changed_catalog():
    """Read a catalog, and edit cells of three of its files."""
    with TemporaryDirectory() as folder:
        catalog = usephase.read_catalog(write_catalog(Path(folder) / "c", SETTINGS, TABLES))
    edits = [
        Edit(*RATE, "*0.9"),
        Edit("products", "product=DRILL", "brand", "Blue"),
        Edit("settings", "catalog", "name", "Another"),
    ]
    return catalog, in_place(catalog, edits)


def save_catalog(folder):
    catalog, changed = changed_catalog()
    write(replace(catalog, path=str(folder)), changed)


def make_catalog(folder):
    folder.mkdir()
    for name, data in changed_catalog()[0].files.items():
        (folder / name).write_bytes(data)


def make_two(folder):
    folder.mkdir()
    for name in "ab":
        (folder / name).write_bytes(b"old " + name.encode())


SAVES = {
    "files": (make_two, together),
    "a catalog": (make_catalog, save_catalog),
    "init": (lambda folder: None, write_starter),
}


@pytest.mark.parametrize("behind", [False, True], ids=["before it", "behind it"])
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("what", SAVES)
def test_a_failure_at_any_call_leaves_all_old_or_all_new(what, failure, behind, tmp_path, monkeypatch):
    make, save = SAVES[what]
    changed_catalog()  # read with the whole starter
    make_two(tmp_path / "starter")
    for path in (tmp_path / "starter").iterdir():
        path.rename(f"{path}.csv")
    monkeypatch.setattr("usephase.catalog.init._starter", lambda: tmp_path / "starter")
    make(tmp_path / "whole")
    save(tmp_path / "whole")
    new = held(tmp_path / "whole")
    at = 0
    while True:
        at += 1
        folder = tmp_path / str(at)
        make(folder)
        old = held(folder)
        with monkeypatch.context() as patched:
            fault = Fault(patched, FAILURES[failure], at, behind)
            try:
                save(folder)
            except (StoreError, KeyboardInterrupt):
                assert fault.fired
                assert held(folder) == old, fault.names
                fault.left = -1  # the retry
                save(folder)
            assert held(folder) == new, fault.names
        if not fault.fired:
            break
    assert at > 2 * len(new)


def test_bytes_that_cannot_be_put_back_are_kept_and_named(tmp_path, monkeypatch):
    make_two(tmp_path / "f")
    put = Path.replace

    def fail(self, target):
        if Path(target).name == "b" or self.read_bytes() == b"old a":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return put(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StoreError) as refused:
        together(tmp_path / "f")
    assert refused.value.__notes__ == [f"{tmp_path / 'f' / 'a'} could not be made again what it was: see "
                                       f"{tmp_path / 'f' / 'a'}.old"]  # fmt: skip
    assert held(tmp_path / "f") == {"a": b"new a", "a.old": b"old a", "b": b"old b"}


def test_a_name_that_is_taken_meanwhile_is_not_taken_away(tmp_path, monkeypatch):
    make_two(tmp_path / "f")
    taken = tmp_path / "f" / "c"
    monkeypatch.setattr(atomic, "_sync", lambda spare: taken.write_bytes(b"another's"))
    with pytest.raises(StoreError, match="existing files are kept"):
        together(tmp_path / "f")
    assert held(tmp_path / "f") == {"a": b"old a", "b": b"old b", "c": b"another's"}


@pytest.mark.skipif(os.name != "posix", reason="Windows has no locks that end with their process")
def test_what_a_killed_process_left_is_swept_and_what_a_living_one_writes_stays(tmp_path):
    code = """
import os, sys
from pathlib import Path
from usephase.results.atomic import beside
with beside(Path(sys.argv[1]) / "run.h5", replace=True) as spare:
    spare.write_bytes(b"half")
    if len(sys.argv) > 2:
        os.kill(os.getpid(), 9)
    print("writing", flush=True)
    sys.stdin.read()
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as living:
        assert living.stdout.readline() == b"writing\n"
        assert subprocess.run([*command, "killed"], check=False).returncode == -9
        assert len(held(tmp_path)) == 2
        (tmp_path / ".gitignore").write_bytes(b"*.part")
        (tmp_path / "mine.part").write_bytes(b"")
        assert atomic.sweep(tmp_path)
        assert sorted(held(tmp_path)) == sorted(
            [*(n for n in held(tmp_path) if "run.h5" in n), ".gitignore", "mine.part"]
        )
        assert len(held(tmp_path)) == 3
        living.stdin.close()
        assert living.wait(30) == 0
    assert not atomic.sweep(tmp_path)
    assert held(tmp_path) == {"run.h5": b"half", ".gitignore": b"*.part", "mine.part": b""}
