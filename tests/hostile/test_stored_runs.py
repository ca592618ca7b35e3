"""Run files that somebody made and sealed on purpose, beyond those of tests/results/test_store_hostile.py."""

import json
import os
import pickle
import time

import h5py
import numpy as np
import pytest

from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.results import store
from usephase.results.run import open_run
from usephase.results.store import seal


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "run.h5"
    make_run(products=2, draws=16).save(path)
    return path.read_bytes()


@pytest.fixture
def path(good, tmp_path):
    (tmp_path / "run.h5").write_bytes(good)
    return tmp_path / "run.h5"


def refused(path, says, seconds=1.0):
    started = time.process_time()
    with pytest.raises(StoreError, match=says) as error:
        open_run(path)
    assert time.process_time() - started < seconds
    assert "→" in str(error.value)


def changed(path, action):
    with h5py.File(path, "r+", locking=False) as file:
        action(file)
    seal(path)
    return path


def with_attribute(value):
    def action(file):
        del file["notes"].attrs["sha256"]
        file["notes"].attrs["sha256"] = value

    return action


def many_links(file):
    group = file.create_group("many")
    for i in range(900):
        group[f"x{i}"] = file["notes"]
    for i in range(900):
        file[f"g{i}"] = group


def soft_cycle(file):
    file["a"] = h5py.SoftLink("/b")
    file["b"] = h5py.SoftLink("/a")


def root_in_itself(file):
    file["loop"] = file["/"]


def user_filter(file):
    # A filter that is registered for nobody: HDF5 would look for a library to load and run.
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4,))
    plist.set_filter(1, 0, (6,))  # deflate, present; then its number is exchanged in the file
    space = h5py.h5s.create_simple((4,))
    h5py.h5d.create(file.id, b"filtered", h5py.h5t.NATIVE_DOUBLE, space, plist)


def deep(file):
    group = file
    for _ in range(2_000):
        group = group.create_group("d")


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (many_links, "too many parts"),
        (soft_cycle, "soft or external link"),
        (root_in_itself, "neither an array nor a group"),
        (user_filter, "compressed or in chunks"),
        (deep, "neither an array nor a group"),
        (lambda f: f.__setitem__("type", np.dtype("f8")), "neither an array nor a group"),
        (lambda f: f.create_dataset("opaque", data=np.zeros(4, "V16")), "of a type that no run has"),
        (lambda f: f.create_dataset("pairs", data=np.zeros(4, [("a", "f8")])), "of a type that no run has"),
        (lambda f: f.create_dataset("refs", (2,), dtype=h5py.ref_dtype), "of a type that no run has"),
        (lambda f: f.create_dataset("none", data=h5py.Empty("f8")), "of a type that no run has"),
        (lambda f: f.create_dataset("grows", (2,), maxshape=(None,), dtype="f8"), "compressed or in chunks"),
        (lambda f: f.create_dataset("huge", (2**60,), dtype="u1"), "more data than the file has room for"),
        (lambda f: f.create_dataset("flat", (2**40, 0, 2**20), dtype="f8"), "array is too big"),
        (with_attribute("x" * 60_000), "checksum of notes"),
        (with_attribute(np.zeros(8_000)), "checksum of notes"),
        (with_attribute(h5py.Empty("S64")), "checksum of notes"),
    ],
    ids=["links", "cycle", "loop", "filter", "deep", "type", "opaque", "compound", "references", "empty", "growing",
         "huge", "flat", "long seal", "array seal", "no seal"],
)  # fmt: skip
def test_structures(path, action, says):
    refused(changed(path, action), says)


def test_a_pickle_is_bytes(path, tmp_path):
    """What a pickle would run is not run, in HDF5 or as a NumPy file of objects."""
    marker = tmp_path / "ran"

    class Bad:
        def __reduce__(self):
            return os.system, (f"touch {marker}",)

    changed(path, lambda file: file.create_dataset("bad", data=np.frombuffer(pickle.dumps(Bad()), np.uint8)))
    refused(path, "checksum of bad")
    np.save(tmp_path / "objects.npy", np.array([Bad()], dtype=object), allow_pickle=True)
    refused(tmp_path / "objects.npy", "not a usephase run")
    assert not marker.exists()


META = {
    "catalog": ["x", [], {"name": 1, "sha256": "a"}, {"name": "x"}, {"name": "x", "sha256": "y", "path": 3}],
    "reporting_year": [None, "2024", 2024.5, 10**400, True], "draws": ["x", 0, -1, None], "seed": [1.5, None, "1"],
    "grid_basis": [3, None], "scenarios": [3, {"a": "b"}], "versions": [[1], {"numpy": 2}], "by": [5, [5]],
    "created": ["../../x", 3, "", "yesterday"], "company": [None, 7],
}  # fmt: skip


@pytest.mark.parametrize("key", META)
def test_meta_of_other_types_is_refused_before_anything_shows_it(path, key):
    arrays = store._read(path)
    meta = json.loads(arrays["meta"].tobytes())
    for value in META[key]:
        text = json.dumps({**meta, key: value})
        store._write(path, {**arrays, "meta": np.frombuffer(text.encode(), np.uint8)})
        seal(path)
        refused(path, f"{key} in meta is of another type|cannot be read as JSON")


@pytest.mark.parametrize(
    "text", ['{"seconds": NaN}', '{"a": "\\ud800"}', '{"a": ' + "9" * 5_000 + "}", '{"a": Infinity}']
)
def test_text_that_no_reader_of_json_takes(path, text):
    arrays = store._read(path)
    store._write(path, {**arrays, "meta": np.frombuffer(text.encode(), np.uint8)})
    seal(path)
    refused(path, "meta cannot be read as JSON")


def test_a_path_that_is_no_text_is_stored_all_the_same(tmp_path):
    run = make_run(products=2, draws=16)
    run.meta["catalog"]["path"] = "cat\udce4log"
    run.save(tmp_path / "run.h5")
    assert open_run(tmp_path / "run.h5").meta["catalog"]["path"] == "cat?log"


def test_a_link_to_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "run.h5").symlink_to("pipe")
    refused(tmp_path / "run.h5", "not a regular file")
