"""Stores in which something else lies: pipes, devices, links, files of others, headers that lie."""

import json
import os
import sys
import threading
import time

import numpy as np
import pytest

from tests.hostile import block_files
from tests.hostile.block_files import FORM, NAME, data, rows, sealed, sums, taken_apart
from usephase.engine.run import block_file
from usephase.engine.run.block_file import read_rows, read_sums, write_sums
from usephase.engine.run.store import Store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices are those of POSIX")


def kept_in(folder, say=None, name=NAME, what=None):
    """Keep sums in a store."""
    store = Store(folder, say=say)
    store.put(name, "sums", lambda file: write_sums(file, name, what or sums()))
    return store


# -- what is no file ------------------------------------------------------------------------------------------


def pipe(path, _):
    os.mkfifo(path)


def device(path, _):
    path.symlink_to("/dev/zero")


def link_to_a_good_one(path, good):
    elsewhere = path.parent.parent / "elsewhere"
    elsewhere.write_bytes(good)
    path.symlink_to(elsewhere)


def folder(path, _):
    path.mkdir()


def nowhere(path, _):
    path.symlink_to("nothing")


@pytest.mark.parametrize("make", [pipe, device, link_to_a_good_one, folder, nowhere], ids=lambda make: make.__name__)
def test_what_is_no_file_is_not_read_and_gives_way(tmp_path, make):
    told = []
    store = kept_in(tmp_path / "store", told.append)
    path = store.path(NAME, "sums")
    good = path.read_bytes()
    path.unlink()
    make(path, good)
    started = time.perf_counter()
    assert not store.has(NAME, "sums")
    assert read_sums(path, NAME, FORM.draws) is None
    store.trim()
    assert time.perf_counter() - started < 1
    store = kept_in(tmp_path / "store", told.append)
    if make is folder:  # nothing takes its place
        assert "finished blocks are no longer kept" in told[-1]
        return
    assert path.read_bytes() == good
    assert not path.is_symlink()
    if make is link_to_a_good_one:
        assert (tmp_path / "elsewhere").read_bytes() == good


# -- writing through links ------------------------------------------------------------------------------------


def test_no_name_that_could_be_known_before_is_written_to(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    (tmp_path / "store").mkdir()
    for name in (f".{NAME}.sums.part", f"{NAME}.sums"):
        (tmp_path / "store" / name).symlink_to(precious)
    told = []
    store = kept_in(tmp_path / "store", told.append)
    assert precious.read_text(encoding="utf-8") == "mine"
    assert not store.path(NAME, "sums").is_symlink()
    assert told == []


def test_a_guessed_name_is_refused_not_followed(tmp_path, monkeypatch):
    """Even if somebody guesses the random part."""
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    monkeypatch.setattr("usephase.results.atomic.secrets.token_hex", lambda count: "0" * 2 * count)
    (tmp_path / "store").mkdir()
    part = tmp_path / "store" / f".{NAME}.sums.{'0' * 12}.part"
    part.symlink_to(precious)
    told = []
    kept_in(tmp_path / "store", told.append)
    assert precious.read_text(encoding="utf-8") == "mine"
    assert part.is_symlink()
    assert told == [f"{tmp_path / 'store'}: finished blocks are no longer kept (File exists); the run goes on"]


def test_a_store_that_is_a_link_is_neither_read_nor_written_nor_made_smaller(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    kept_in(elsewhere)
    (tmp_path / "store").symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.iterdir()}
    told = []
    store = kept_in(tmp_path / "store", told.append, "f" * 32)
    assert "a link (it could lead anywhere) → " in told[0]
    assert not store.has(NAME, "sums")
    store.size = 0
    store.trim()
    assert before == {path: path.read_bytes() for path in elsewhere.iterdir()}


def test_only_what_a_store_holds_is_removed(tmp_path):
    store = kept_in(tmp_path)
    left = f".{NAME}.sums.{'a' * 12}.part"
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / left).write_bytes(b"left by a kill")
    store.size = 0
    store.trim()
    assert sorted(path.name for path in tmp_path.iterdir()) == [left, "notes.txt"]
    Store(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


# -- headers that lie -----------------------------------------------------------------------------------------

GOOD = {"sums": data(sums()), "rows": data(rows())}
PARTS = {kind: taken_apart(good) for kind, good in GOOD.items()}
SUMS, ROWS = PARTS["sums"][0], PARTS["rows"][0]


def read(path, kind):
    return read_sums(path, NAME, FORM.draws) if kind == "sums" else read_rows(path, NAME, FORM)


LIES = {
    "terabytes": {**ROWS, "rows": 2**36, "kept": 2**36},
    "more than a number holds": {**ROWS, "rows": 2**62, "kept": 2**62},
    "a product that overflows to the right size": {**ROWS, "rows": 2**61, "kept": 2**61, "served": 2**61},
    "digits": b'{"rows": ' + b"9" * 9_000 + b"}",
    "negative": {**ROWS, "served": -2},
    "a fraction": {**ROWS, "rows": 6.0},
    "true": {**ROWS, "served": True},
    "text": {**ROWS, "rows": "6"},
    "none": {**ROWS, "rows": None},
    "NaN": {**ROWS, "rows": float("nan")},
    "kept of some": {**ROWS, "kept": 3},
    "another name": {**ROWS, "name": "f" * 32},
    "one field more": {**ROWS, "more": 1},
    "one field less": {key: ROWS[key] for key in list(ROWS)[1:]},
    "a list": [ROWS],
    "deep": b"[" * 1_000_000,
    "deep within": json.dumps(ROWS).encode().replace(b'"served": 2', b'"served": ' + b"[" * 200_000),
    "no JSON": b"{",
    "no text": b'{"\xff": 1}',
    "empty": b"",
    "sums of another name": {**SUMS, "name": "f" * 32},
    "keys of numbers": {**SUMS, "keys": [[1, 2], [3, 4], [5, 6], [7, 8]]},
    "keys in lists": {**SUMS, "keys": [[["a"]]] * 4},
    "keys that are one": {**SUMS, "keys": [SUMS["keys"][0]] * 4},
    "keys of another kind": {**SUMS, "keys": [["service", "x"], ["group"], [], ["scenario"]]},
    "a year that is none": {**SUMS, "keys": [["calendar", "category_11", "²"], *SUMS["keys"][:2], SUMS["keys"][3]]},
    "best without a number": {**SUMS, "best": [[["calendar", "category_11", "2031"], "1"]]},
    "best in other numbers": {**SUMS, "best": [[["calendar", "category_11", "2031"], 10**400]]},
    "fewer keys": {**SUMS, "keys": SUMS["keys"][:2]},
}


@pytest.mark.parametrize("name", LIES)
def test_a_header_that_lies_is_damage_and_takes_no_memory(tmp_path, name, monkeypatch):
    path = tmp_path / "entry"
    kind = "sums" if isinstance(LIES[name], dict) and "keys" in LIES[name] else "rows"
    path.write_bytes(GOOD[kind])
    assert data(read(path, kind)) == GOOD[kind]
    taken = []
    plain = np.empty
    monkeypatch.setattr(block_file.np, "empty", lambda *given, **more: taken.append(1) or plain(*given, **more))
    path.write_bytes(sealed(LIES[name], PARTS[kind][1]))
    started = time.perf_counter()
    assert read(path, kind) is None
    assert time.perf_counter() - started < 1
    assert taken == []


@pytest.mark.parametrize(
    ("column", "number"), [(0, 5), (0, -1), (1, 100), (1, -2), (2, 0), (2, 2**20), (2, -1), (2, 2**31 - 1)]
)
def test_labels_that_lead_elsewhere_are_damage(tmp_path, column, number):
    made = rows()
    made.labels[1, column] = number
    (tmp_path / "entry").write_bytes(data(made))
    assert read(tmp_path / "entry", "rows") is None


def test_services_of_other_products_are_damage(tmp_path):
    made = rows()
    made.served[1, 1] = 0
    (tmp_path / "entry").write_bytes(data(made))
    assert read(tmp_path / "entry", "rows") is None


@pytest.mark.parametrize("kind", ["sums", "rows"])
def test_lengths_that_lie_are_damage(tmp_path, kind):
    path = tmp_path / "entry"
    for length in (0, len(GOOD[kind]), 2**27, 999_999_999):
        path.write_bytes(sealed(*PARTS[kind], length))
        assert read(path, kind) is None
    good = GOOD[kind]
    for lines in (b"", b"x" * 10**6, good[:40], good.replace(b"block/3", b"block/2"), good.replace(b"\n", b" ", 1)):
        path.write_bytes(lines)
        assert read(path, kind) is None


def test_a_sparse_file_as_large_as_its_header_claims_is_not_read(tmp_path):
    count = 2**36
    path = tmp_path / "entry"
    head = sealed({**ROWS, "rows": count, "kept": 0, "served": 0}, b"")
    path.write_bytes(head)
    try:
        os.truncate(path, len(head) + count * (3 * 4 + block_files.STATISTICS * 8))
    except OSError:
        pytest.skip("this file system takes no file of terabytes")
    started = time.perf_counter()
    assert read_rows(path, NAME, FORM._replace(keep=False)) is None
    assert time.perf_counter() - started < 1


# -- two at once ----------------------------------------------------------------------------------------------


def test_runs_that_write_and_tidy_up_all_the_time_do_not_disturb_each_other(tmp_path):
    """Whatever happens in between, each call ends without an error, and what is there is whole."""
    made, told, failed = sums(), [], []
    good = data(made)
    stop = time.perf_counter() + 3

    def keep_and_remove(seed):
        rng = np.random.default_rng(seed)
        try:
            while time.perf_counter() < stop:
                store = Store(tmp_path, size=int(rng.integers(2)) * 2**20, say=told.append)
                for _ in range(rng.integers(1, 5)):
                    store.put(NAME, "sums", lambda file: write_sums(file, NAME, made))
                    found = read_sums(store.path(NAME, "sums"), NAME, FORM.draws)
                    assert found is None or data(found) == good
                if rng.integers(2):
                    store.trim()
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
    assert [text for text in told if not text.endswith("the run goes on")] == []
    store = Store(tmp_path, size=0)
    store.trim()
    assert list(tmp_path.iterdir()) == []
