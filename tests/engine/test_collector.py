"""Python's collector of cycles is held off while a plan is made, and comes back as it was."""

import gc
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from usephase.heap import uncollected


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = gc.isenabled()
    yield
    (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("was_on", [True, False])
def test_it_comes_back_as_it_was(was_on: bool) -> None:
    (gc.enable if was_on else gc.disable)()
    with suppress(KeyError), uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled() is was_on


def test_threads_that_overlap_leave_it_on() -> None:
    gc.enable()
    inside, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with uncollected():
            inside.set()
            let_go.wait(10)

    other = threading.Thread(target=hold)
    with uncollected():
        other.start()
        assert inside.wait(10)
    assert not gc.isenabled()  # the other thread still holds it
    let_go.set()
    other.join()
    assert gc.isenabled()
