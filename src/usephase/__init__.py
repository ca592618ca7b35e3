"""Estimate and compare the use-phase and end-of-life emissions of sold products, with uncertainty.

The public face: everything here is loaded when it is first used, and gives away copies only.
"""

from importlib import import_module
from inspect import isfunction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, TypeVar

    from usephase.catalog import read_catalog as _read_catalog
    from usephase.catalog.edit.records import Edit as Edit
    from usephase.engine.run.estimate import estimate as _estimate
    from usephase.engine.run.reproduce import reproduce as reproduce
    from usephase.errors import CatalogError as CatalogError
    from usephase.errors import NumericError as NumericError
    from usephase.errors import Problem as Problem
    from usephase.errors import StoreError as StoreError
    from usephase.errors import StudyError as StudyError
    from usephase.errors import UsephaseError as UsephaseError
    from usephase.faces.catalog import Catalog as Catalog
    from usephase.faces.comparison import Comparison as Comparison
    from usephase.faces.ranking import Ranking as Ranking
    from usephase.faces.run import Run as Run
    from usephase.faces.track import Track as Track
    from usephase.insight.changes.diff import diff as diff
    from usephase.insight.comparison.compare import compare as _compare
    from usephase.insight.fitting.api import fit as fit
    from usephase.insight.quality.guesses import weigh as _weigh
    from usephase.insight.sensitivity.rank import rank as _rank
    from usephase.insight.tracking.track import track as _track
    from usephase.insight.what_if.ask import WhatIf as WhatIf
    from usephase.insight.what_if.sweep import sweep as sweep
    from usephase.report.disclosure.export import export as export
    from usephase.results.run import open_run as _open_run

    _Given = ParamSpec("_Given")
    _Face = TypeVar("_Face")

    def _handing(face: type[_Face], function: Callable[_Given, object]) -> Callable[_Given, _Face]:
        """Tell a type checker what `public` does: the function's answer has the face's methods too."""

    read_catalog = _handing(Catalog, _read_catalog)
    estimate = _handing(Run, _estimate)
    open_run = _handing(Run, _open_run)
    compare = _handing(Comparison, _compare)
    rank = _handing(Ranking, _rank)
    track = _handing(Track, _track)
    weigh = _handing(Run, _weigh)

_HOMES = {
    "read_catalog": "usephase.catalog",
    "Catalog": "usephase.catalog.table",
    "estimate": "usephase.engine.run.estimate",
    "reproduce": "usephase.engine.run.reproduce",
    "compare": "usephase.insight.comparison.compare",
    "Comparison": "usephase.insight.comparison.records",
    "rank": "usephase.insight.sensitivity.rank",
    "Ranking": "usephase.insight.sensitivity.ranking",
    "diff": "usephase.insight.changes.diff",
    "fit": "usephase.insight.fitting.api",
    "export": "usephase.report.disclosure.export",
    "track": "usephase.insight.tracking.track",
    "weigh": "usephase.insight.quality.guesses",
    "Track": "usephase.insight.tracking.track",
    "WhatIf": "usephase.insight.what_if.ask",
    "sweep": "usephase.insight.what_if.sweep",
    "Edit": "usephase.catalog.edit.records",
    "Run": "usephase.results.run",
    "open_run": "usephase.results.run",
    "Problem": "usephase.errors",
    "UsephaseError": "usephase.errors",
    "CatalogError": "usephase.errors",
    "StudyError": "usephase.errors",
    "StoreError": "usephase.errors",
    "NumericError": "usephase.errors",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
        from usephase.door import faced, public

        if isinstance(found, type):
            return faced(found)
        return public(found) if isfunction(found) else found
    raise AttributeError(f"module 'usephase' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
