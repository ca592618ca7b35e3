"""Damaged run files: every cut and every flipped bit that is tried is noticed, by the library and by the commands."""

import random

import pytest

from tests.faults.machine import problems, usephase
from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.results.run import open_run


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "run.h5"
    make_run(products=2, draws=16).save(path)
    return path.read_bytes()


def refused(path, data):
    path.write_bytes(data)
    with pytest.raises(StoreError, match="→"):
        open_run(path)


def test_every_flipped_bit_of_the_seal_and_of_many_places_behind_it(good, tmp_path):
    rng = random.Random(8)
    places = [*range(150), *rng.sample(range(150, len(good)), 1000), len(good) - 1]
    for at in places:
        data = bytearray(good)
        data[at] ^= 1 << rng.randrange(8)
        refused(tmp_path / "run.h5", bytes(data))


def test_every_cut(good, tmp_path):
    rng = random.Random(9)
    for length in [*range(0, 600, 7), *rng.sample(range(600, len(good)), 300), len(good) - 1]:
        refused(tmp_path / "run.h5", good[:length])


def test_more_at_the_end_and_swapped_blocks(good, tmp_path):
    refused(tmp_path / "run.h5", good + b"\0")
    refused(tmp_path / "run.h5", good + good)
    refused(tmp_path / "run.h5", good[:512] + good[1024:2048] + good[512:1024] + good[2048:])


@pytest.mark.parametrize(
    "command",
    [["export", "--to", "csv"], pytest.param(["reproduce"], marks=pytest.mark.slow),
     pytest.param(["report"], marks=pytest.mark.slow)],
)  # fmt: skip
def test_commands_say_so_with_exit_code_4(good, tmp_path, command):
    path = tmp_path / "run.h5"
    path.write_bytes(good[: len(good) // 2])
    done = usephase(command[0], path, *command[1:], "--json")
    assert done.returncode == 4, done.stderr
    (problem,) = problems(done)
    assert "cut off" in problem["what"]
    assert "backup" in problem["fix"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.h5"]
