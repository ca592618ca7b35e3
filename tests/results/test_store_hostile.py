"""Files that somebody changed and sealed again with bad intentions."""

import h5py
import numpy as np
import pytest

from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.results import store
from usephase.results.run import open_run
from usephase.results.store import seal


@pytest.fixture(scope="module")
def run():
    return make_run()


@pytest.fixture
def path(run, tmp_path):
    run.save(tmp_path / "run.h5")
    return tmp_path / "run.h5"


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
