"""Hundreds of runs of one catalog: what does not depend on draws is made once."""

from collections.abc import Callable
from typing import Any

import pytest

from usephase.engine.run import estimate


def once(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Remember the last answer; the argument is held with it, so that no other takes its identity."""
    last: list[Any] = [None, None]

    def answer(given: Any) -> Any:
        if last[0] is not given:
            last[:] = given, function(given)
        return last[1]

    return answer


@pytest.fixture(autouse=True)
def one_register_a_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("resolve", "register"):
        monkeypatch.setattr(estimate, name, once(getattr(estimate, name)))
