"""Spool folders in which something else lies: pipes, devices, links, files of others, headers that lie."""

import json
import os
import sys
import threading
import time

import numpy as np
import pytest

from tests.hostile import block_files
from tests.hostile.block_files import FORM, block, data, sealed, taken_apart
from usephase.engine.run import block_file
from usephase.engine.run.block_file import read_block
from usephase.engine.run.checkpoints import Spool, digest_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices are those of POSIX")

IDENTITY = {"draws": FORM.draws, "seed": 1}
SPANS = [range(8, 10), range(10, 12)]


def opened(folder, resume=False, identity=IDENTITY):
    told = []
    spool = Spool(folder, resume, told.append)
    return spool, spool.open(identity, SPANS, FORM.products), told


@pytest.fixture
def kept(tmp_path):
    """Give the folder of a spool in which a block is kept."""
    _, shelf, _ = opened(tmp_path)
    shelf.put(block())
    assert sorted(path.name for path in shelf.path.iterdir()) == ["block-000000", "study.json"]
    assert opened(tmp_path, resume=True)[1].whole() == {0}
    return shelf.path


def resumed(folder, seconds=1.0):
    """Open a spool to take up what is there, soon."""
    started = time.perf_counter()
    spool, shelf, told = opened(folder, resume=True)
    assert time.perf_counter() - started < seconds
    return spool, shelf, told


# -- what is no file ------------------------------------------------------------------------------------------


def pipe(path, _):
    os.mkfifo(path)


def device(path, _):
    path.symlink_to("/dev/zero")


def link_to_a_good_block(path, good):
    elsewhere = path.parent.parent / "elsewhere"
    elsewhere.write_bytes(good)
    path.symlink_to(elsewhere)


def folder(path, _):
    path.mkdir()


def nowhere(path, _):
    path.symlink_to("nothing")


@pytest.mark.parametrize("make", [pipe, device, link_to_a_good_block, folder, nowhere], ids=lambda make: make.__name__)
def test_what_is_no_file_is_told_as_damaged_and_not_read(kept, make):
    block_path = kept / "block-000000"
    good = block_path.read_bytes()
    block_path.unlink()
    make(block_path, good)
    spool, shelf, told = resumed(kept.parent)
    assert shelf.whole() == set()
    assert told == [f"{block_path}: damaged → the block is computed again"]
    shelf.put(block())
    if make is folder:  # nothing takes its place
        assert "finished blocks are no longer kept" in told[-1]
        return
    assert block_path.read_bytes() == good
    assert not block_path.is_symlink()
    if make is link_to_a_good_block:
        assert (kept.parent / "elsewhere").read_bytes() == good
    spool.remove()
    assert not kept.exists()


def test_a_device_itself_is_not_opened(kept):
    try:
        os.mknod(kept / "block-000001", 0o666 | 0o020000, os.makedev(1, 5))  # /dev/zero
    except (OSError, AttributeError):
        pytest.skip("no device can be made here: that needs the right to (root)")
    _, shelf, told = resumed(kept.parent)
    assert shelf.whole() == {0}
    assert len(told) == 1


@pytest.mark.parametrize("make", [pipe, device, folder, nowhere], ids=lambda make: make.__name__)
def test_a_study_of_others_that_is_no_file_is_passed_over(kept, make):
    (kept / "study.json").unlink()
    make(kept / "study.json", b"")
    told = resumed(kept.parent, 1.0)[2]
    assert told == []
    spool = Spool(kept.parent, True, told.append)
    spool.open({**IDENTITY, "seed": 2}, SPANS, FORM.products)
    assert told == [f"{kept.parent}: no blocks of a stopped run are there → all is computed"]


@pytest.mark.parametrize(
    "text",
    [
        "[1]", "3", "null", "", "{", "\xff", "[" * 100_000, '{"seed": ' + "[" * 100_000,
        '{"seed": ' + "9" * 9_000 + "}",
        '{"seed": ' + "[" * 900 + "]" * 900 + "}", '{"seed": NaN}', '{"seed": "\\u001b[31m\\ud800"}', "{}",
        '{"seed": "' + "x" * 2**24 + '"}',
    ],
    ids=lambda text: text[:14],
)  # fmt: skip
def test_a_study_of_others_may_say_anything(kept, text):
    (kept / "study.json").write_text(text, encoding="latin-1")
    told = []
    started = time.perf_counter()
    Spool(kept.parent, True, told.append).open({**IDENTITY, "seed": 2}, SPANS, FORM.products)
    assert time.perf_counter() - started < 1
    (line,) = told
    assert line.endswith("→ all is computed")
    assert line.isprintable()
    assert len(line) < 500


def test_many_spools_of_others_are_not_all_told(kept):
    for number in range(50):
        other = kept.parent / f".{number:016x}.spool"
        other.mkdir()
        (other / "study.json").write_text('{"seed": 7}', encoding="utf-8")
    told = []
    Spool(kept.parent, True, told.append).open({**IDENTITY, "seed": 2}, SPANS, FORM.products)
    assert told[0].count("of another study") == 5
    assert "there are more" in told[0]


# -- writing through links ------------------------------------------------------------------------------------


def test_no_name_that_could_be_known_before_is_written_to(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    path = tmp_path / f".{digest_of(IDENTITY)}.spool"
    path.mkdir()
    for name in (".block-000000.part", "block-000000", "study.json", ".study.json.part"):
        (path / name).symlink_to(precious)
    spool, shelf, told = opened(tmp_path)
    shelf.put(block())
    assert precious.read_text(encoding="utf-8") == "mine"
    assert not (path / "block-000000").is_symlink()
    assert told[1:] == []
    spool.remove()
    assert precious.read_text(encoding="utf-8") == "mine"


def test_a_guessed_name_is_refused_not_followed(tmp_path, monkeypatch):
    """Even if somebody guesses the random part."""
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    monkeypatch.setattr("usephase.results.atomic.secrets.token_hex", lambda count: "0" * 2 * count)
    path = tmp_path / f".{digest_of(IDENTITY)}.spool"
    path.mkdir()
    (path / f".block-000000.{'0' * 12}.part").symlink_to(precious)
    _, shelf, told = opened(tmp_path)
    shelf.put(block())
    assert precious.read_text(encoding="utf-8") == "mine"
    assert (path / f".block-000000.{'0' * 12}.part").is_symlink()
    assert told == [f"{path}: finished blocks are no longer kept (File exists); the run goes on"]


@pytest.mark.parametrize("which", ["the folder", "the catalog's folder"])
def test_a_spool_that_is_a_link_is_neither_read_nor_written_nor_removed(tmp_path, which):
    results, elsewhere = tmp_path / "results", tmp_path / "elsewhere"
    name = f".{digest_of(IDENTITY)}.spool"
    _, there, _ = opened(elsewhere)
    there.put(block())
    if which == "the folder":
        (results / "catalog").mkdir(parents=True)
        (results / "catalog" / name).symlink_to(elsewhere / name)
    else:
        results.mkdir()
        (results / "catalog").symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    for resume in (False, True):
        spool, shelf, told = opened(results / "catalog", resume)
        assert shelf.whole() == set()
        assert "a link (it could lead anywhere) → " in told[0]
        shelf.put(block(2))
        assert shelf.count() == 0
        assert spool.kept() == ""
        spool.remove()
    assert before == {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}


def test_a_folder_that_becomes_a_link_later_is_not_followed(kept, tmp_path):
    spool, shelf, _ = resumed(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    kept.rename(elsewhere)
    kept.symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.iterdir()}
    assert shelf.take(0) is None
    shelf.put(block(2))
    spool.remove()
    assert before == {path: path.read_bytes() for path in elsewhere.iterdir()}


def test_only_what_a_spool_holds_is_removed(kept):
    (kept / "notes.txt").write_text("mine", encoding="utf-8")
    (kept / f".block-000007.{'a' * 12}.part").write_bytes(b"left by a kill")
    spool, _, _ = resumed(kept.parent)
    spool.remove()
    assert [path.name for path in kept.iterdir()] == ["notes.txt"]
    (kept / "notes.txt").unlink()
    spool.remove()
    assert not kept.exists()


# -- headers that lie -----------------------------------------------------------------------------------------

GOOD = data(block())
HEADER, ARRAYS = taken_apart(GOOD)


def edited(**fields):
    return {**HEADER, **fields}


def part(**fields):
    return edited(partials=[{**HEADER["partials"][0], **fields}])


LIES = {
    "terabytes": edited(rows=2**36),
    "more than a number holds": edited(rows=2**62),
    "a product that overflows to the right size": edited(rows=2**61, served=2**61),
    "digits": b'{"tiles": ' + b"9" * 9_000 + b"}",
    "negative": edited(served=-2),
    "negative that adds up": edited(rows=HEADER["rows"] - 3, kept=-1),
    "a fraction": edited(rows=6.0),
    "true": edited(served=True),
    "text": edited(rows="6"),
    "none": edited(rows=None),
    "NaN": edited(rows=float("nan")),
    "kept of some": edited(kept=3),
    "other draws": edited(draws=5),
    "other tiles": edited(tiles=[0, 2]),
    "tiles the wrong way": edited(tiles=[10, 8]),
    "three tiles": edited(tiles=[8, 9, 10]),
    "one field more": edited(more=1),
    "one field less": {key: HEADER[key] for key in list(HEADER)[1:]},
    "a list": [HEADER],
    "deep": b"[" * 1_000_000,
    "deep within": json.dumps(HEADER).encode().replace(b'"draws": 4', b'"draws": ' + b"[" * 200_000),
    "no JSON": b"{",
    "no text": b'{"\xff": 1}',
    "empty": b"",
    "keys of numbers": part(keys=[[1, 2], [3, 4], [5, 6]]),
    "keys in lists": part(keys=[[["a"]]] * 3),
    "keys that are one": part(keys=[HEADER["partials"][0]["keys"][0]] * 3),
    "keys of another kind": part(keys=[["service", "x"], ["group"], []]),
    "a year that is none": part(keys=[["calendar", "category_11", "²"], *HEADER["partials"][0]["keys"][:2]]),
    "best without a number": part(best=[[["calendar", "category_11", "2031"], "1"]]),
    "best in other numbers": part(best=[[["calendar", "category_11", "2031"], 10**400]]),
    "no partials": edited(partials=[]),
    "partials that overlap": edited(partials=HEADER["partials"] * 2),
    "a partial outside": part(tiles=[9, 11]),
}


@pytest.mark.parametrize("name", LIES)
def test_a_header_that_lies_is_damage_and_takes_no_memory(tmp_path, name, monkeypatch):
    path = tmp_path / "block-000000"
    path.write_bytes(GOOD)
    found = read_block(path, FORM)
    assert found is not None
    assert block_files.same(found, block())
    taken = []
    plain = np.empty
    monkeypatch.setattr(block_file.np, "empty", lambda *given, **more: taken.append(1) or plain(*given, **more))
    path.write_bytes(sealed(LIES[name], ARRAYS))
    started = time.perf_counter()
    assert read_block(path, FORM) is None
    assert time.perf_counter() - started < 1
    assert taken == []


@pytest.mark.parametrize(
    ("column", "number"), [(0, 5), (0, -1), (1, 100), (1, -2), (2, 0), (2, FORM.products), (2, -1), (2, 2**31 - 1)]
)
def test_labels_that_lead_elsewhere_are_damage(tmp_path, column, number):
    result = block()
    result.rows.labels[1, column] = number
    (tmp_path / "block").write_bytes(data(result))
    assert read_block(tmp_path / "block", FORM) is None


def test_services_of_other_products_are_damage(tmp_path):
    result = block()
    result.rows.served[1, 1] = 0
    (tmp_path / "block").write_bytes(data(result))
    assert read_block(tmp_path / "block", FORM) is None


def test_lengths_that_lie_are_damage(tmp_path):
    path = tmp_path / "block"
    for length in (0, len(GOOD), 2**27, 999_999_999):
        path.write_bytes(sealed(HEADER, ARRAYS, length))
        assert read_block(path, FORM) is None
    for lines in (b"", b"x" * 10**6, GOOD[:40], GOOD.replace(b"block/2", b"block/3"), GOOD.replace(b"\n", b" ", 1)):
        path.write_bytes(lines)
        assert read_block(path, FORM) is None


def test_a_sparse_file_as_large_as_its_header_claims_is_not_read(tmp_path):
    rows = 2**36
    path = tmp_path / "block"
    head = sealed(edited(rows=rows, kept=0, served=0), b"")
    path.write_bytes(head)
    sizes = 3 * FORM.draws * 8 + rows * (3 * 4 + block_files.STATISTICS * 8)
    try:
        os.truncate(path, len(head) + sizes)
    except OSError:
        pytest.skip("this file system takes no file of terabytes")
    started = time.perf_counter()
    assert read_block(path, FORM) is None
    assert time.perf_counter() - started < 1


# -- two at once ----------------------------------------------------------------------------------------------


def test_one_run_may_end_and_tidy_up_while_another_goes_on(tmp_path):
    first, ours, said = opened(tmp_path)
    second, theirs, told = opened(tmp_path)
    ours.put(block())
    theirs.put(block())
    first.remove()
    assert not theirs.path.exists()
    assert theirs.take(0) is None
    theirs.put(block())
    assert sorted(path.name for path in theirs.path.iterdir()) == ["block-000000", "study.json"]
    second.remove()
    first.remove()
    assert list(tmp_path.iterdir()) == []
    assert said + told == []


def test_runs_that_write_and_tidy_up_all_the_time_do_not_disturb_each_other(tmp_path):
    """Whatever happens in between, each call ends without an error, and what is there is whole."""
    made, told, failed = block(), [], []
    stop = time.perf_counter() + 3

    def keep_and_remove(seed):
        rng = np.random.default_rng(seed)
        try:
            while time.perf_counter() < stop:
                spool = Spool(tmp_path, bool(rng.integers(2)), told.append)
                shelf = spool.open(IDENTITY, SPANS, FORM.products)
                for _ in range(rng.integers(1, 5)):
                    shelf.put(made)
                    found = shelf.take(0)
                    assert found is None or block_files.same(found, made)
                spool.kept()
                if rng.integers(2):
                    spool.remove()
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=keep_and_remove, args=(seed,)) for seed in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failed == []
    # Keeping may end when the folder goes again and again; nothing else may be said but what is usual.
    usual = ("--resume takes them up", "all is computed", "the block is computed again", "the run goes on")
    assert [text for text in told if not text.endswith(usual)] == []
    Spool(tmp_path).open(IDENTITY, SPANS, FORM.products).remove()
    assert list(tmp_path.iterdir()) == []
