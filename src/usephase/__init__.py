"""Estimate and compare the use-phase and end-of-life emissions of sold products, with uncertainty.

The public face: everything here is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from usephase.catalog import read_catalog as read_catalog
    from usephase.catalog.edit_records import Edit as Edit
    from usephase.catalog.table import Catalog as Catalog
    from usephase.engine.estimate import estimate as estimate
    from usephase.engine.reproduce import reproduce as reproduce
    from usephase.errors import CatalogError as CatalogError
    from usephase.errors import NumericError as NumericError
    from usephase.errors import Problem as Problem
    from usephase.errors import StoreError as StoreError
    from usephase.errors import StudyError as StudyError
    from usephase.errors import UsephaseError as UsephaseError
    from usephase.insight.compare import compare as compare
    from usephase.insight.comparison import Comparison as Comparison
    from usephase.insight.diff import diff as diff
    from usephase.insight.ranking import Ranking as Ranking
    from usephase.insight.sensitivity import rank as rank
    from usephase.insight.track import Track as Track
    from usephase.insight.track import track as track
    from usephase.insight.what_if import WhatIf as WhatIf
    from usephase.report.export import export as export
    from usephase.results.run import Run as Run
    from usephase.results.store import open_run as open_run

_HOMES = {
    "read_catalog": "usephase.catalog",
    "Catalog": "usephase.catalog.table",
    "estimate": "usephase.engine.estimate",
    "reproduce": "usephase.engine.reproduce",
    "compare": "usephase.insight.compare",
    "Comparison": "usephase.insight.comparison",
    "rank": "usephase.insight.sensitivity",
    "Ranking": "usephase.insight.ranking",
    "diff": "usephase.insight.diff",
    "export": "usephase.report.export",
    "track": "usephase.insight.track",
    "Track": "usephase.insight.track",
    "WhatIf": "usephase.insight.what_if",
    "Edit": "usephase.catalog.edit_records",
    "Run": "usephase.results.run",
    "open_run": "usephase.results.store",
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
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'usephase' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
