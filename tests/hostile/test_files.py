"""Catalog folders that hold what is no file, or is a file of somebody else; and names that are no text."""

import os
import socket
import time
from pathlib import Path

import pytest

from tests.faults.machine import problems, usephase
from tests.hostile import bases
from usephase.catalog.read.load import load
from usephase.errors import CatalogError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices are those of POSIX")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "catalog"
    made.mkdir()
    for name, content in bases.files().items():
        (made / name).write_bytes(content)
    return made


def only(folder, name):
    """Read a catalog in which one file is refused; give what is said of it first."""
    started = time.process_time()
    found = [problem for problem in load(folder)[1] if problem.where == name]
    assert time.process_time() - started < 2
    return found[0]


def test_the_folder_is_good_before_anything_is_done_to_it(folder):
    assert [problem for problem in load(folder)[1] if problem.severity == "error"] == []


def test_a_link_that_leads_out_is_not_followed(folder, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("root:x:0:0\n", encoding="utf-8")
    (folder / "grid.csv").symlink_to(secret)
    problem = only(folder, "grid.csv")
    assert "leads out of the catalog's folder" in problem.what
    assert "put the file itself" in problem.fix
    assert not any(b"root" in content for content in load(folder)[0].files.values())


def test_a_link_by_way_of_a_folder_does_not_lead_out_either(folder, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "zones.csv").write_text("zone\nDEU\n", encoding="utf-8")
    (folder / "inner").symlink_to(tmp_path / "shared")
    (folder / "zones.csv").unlink(missing_ok=True)
    (folder / "zones.csv").symlink_to("inner/zones.csv")
    assert "leads out" in only(folder, "zones.csv").what


def test_links_within_the_folder_and_to_the_folder_are_followed(folder, tmp_path):
    (folder / "stored").mkdir()
    (folder / "products.csv").rename(folder / "stored" / "products.csv")
    (folder / "products.csv").symlink_to("stored/products.csv")
    (tmp_path / "link").symlink_to(folder)
    assert [problem for problem in load(tmp_path / "link")[1] if problem.severity == "error"] == []


def test_links_in_a_circle_and_to_nowhere(folder):
    (folder / "grid.csv").symlink_to("zones.csv")
    (folder / "zones.csv").unlink(missing_ok=True)
    (folder / "zones.csv").symlink_to("grid.csv")
    (folder / "gases.csv").symlink_to("nothing.csv")
    for name in ("grid.csv", "zones.csv", "gases.csv"):
        assert "cannot be read" in only(folder, name).what


def test_a_pipe_without_a_writer_does_not_block(folder):
    os.mkfifo(folder / "grid.csv")
    assert only(folder, "grid.csv").what == "not a regular file"


def test_a_socket_is_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("grid.csv")
        assert only(folder, "grid.csv").what == "not a regular file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a device can be made by root only")
def test_a_device_that_never_ends_is_not_read(folder):
    try:
        os.mknod(folder / "grid.csv", 0o666 | 0o020000, os.makedev(1, 5))  # /dev/zero
    except OSError as error:
        pytest.skip(f"no device can be made here: {error.strerror}")
    assert only(folder, "grid.csv").what == "not a regular file"


def test_a_large_file_without_content_is_refused_by_its_size(folder):
    with (folder / "grid.csv").open("wb") as file:
        file.truncate(10**12)  # a sparse file: takes no room
    assert "1,000,000,000,000 bytes" in only(folder, "grid.csv").what


def test_a_workbook_that_is_too_large_is_refused_for_that_alone(tmp_path):
    with (tmp_path / "book.xlsx").open("wb") as file:
        file.truncate(2**29 + 1)
    done = usephase("check", tmp_path / "book.xlsx", "--json")
    assert done.returncode == 3, done.stderr
    (problem,) = problems(done)
    assert problem["where"] == "book.xlsx"
    assert "536,870,913 bytes" in problem["what"]


def test_a_table_that_is_too_large_is_not_called_empty_too(folder):
    with (folder / "products.csv").open("wb") as file:
        file.truncate(2**29 + 1)
    about = [problem.what for problem in load(folder)[1] if problem.where.startswith("products")]
    assert about == ["the file has 536,870,913 bytes; at most 536,870,912 are read"]


def test_all_files_together_have_a_limit(folder, monkeypatch):
    monkeypatch.setattr("usephase.catalog.read.load.MAX_TOTAL_BYTES", 2_000)
    assert "bytes" in only(folder, "use_profiles.csv").what


def test_a_file_that_says_it_is_empty_is_read_to_its_limit(tmp_path, monkeypatch):
    """Files of the system have the size 0 and any content."""
    from usephase.catalog.read.files import read_bytes

    kernel = Path("/proc/self/status")
    if not kernel.exists():
        pytest.skip("this system has no /proc")
    data, problem = read_bytes(kernel, None, 10)
    assert data == b""
    assert "more than 10" in problem.what


@pytest.mark.parametrize(
    "name", [b"prod\xe4.csv", b"\x1b[31mred.csv", b"a\nb.csv", "\u202evsc.csv".encode(), b"x" * 240 + b".csv"]
)
def test_file_names_that_cannot_be_shown(folder, name):
    (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_bytes(b"a\n")
    found = load(folder)[1]
    assert any("name of the file" in problem.what and "rename" in problem.fix for problem in found)
    assert all(problem.where.isprintable() for problem in found)


def test_a_name_that_is_no_text_is_refused_by_the_command(folder):
    Path(os.fsdecode(os.fsencode(folder) + b"/prod\xe4.csv")).write_bytes(b"a\n")
    done = usephase("check", folder, "--json")
    assert done.returncode == 3, done.stderr
    assert "rename the file" in problems(done)[0]["fix"]


@pytest.mark.parametrize("path", ["x" * 5_000, "a\0b", "/dev/null", "/proc/self/mem"])
def test_paths_that_are_no_catalog(path):
    with pytest.raises(CatalogError) as refused:
        load(path)
    assert refused.value.problems[0].fix
