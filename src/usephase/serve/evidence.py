"""Data that are sent to be fitted: looked at first, then written into the catalog by the code of `usephase fit`."""

import inspect
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from usephase.catalog.table import Catalog
from usephase.errors import Problem, StudyError
from usephase.insight.fitting import api
from usephase.insight.fitting.api import Fit
from usephase.insight.fitting.prior import Prior, read_prior

FITS: dict[str, Callable[..., Fit]] = {
    "lifetime": api.lifetime, "amount": api.amount, "mean": api.mean, "expert": api.expert,
}  # fmt: skip
KEPT = 8
"""Fits that can be looked at again."""
_NAME_MAX = 60
_ENDING_MAX = 8
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


class Evidence(NamedTuple):
    """Hold what was sent and what was found.

    Attributes
    ----------
    key : str
    kind : str
        One of `FITS`.
    found : Fit
    document : mapping
        As ``usephase fit --json`` gives it.
    beside : Prior or None
        The life that a fitted one is held against.
    """

    key: str
    kind: str
    found: Fit
    document: Mapping[str, Any]
    beside: Prior | None


def fit_sent(kind: str, name: str, data: bytes, settings: Mapping[str, Any], catalog: Catalog, key: str) -> Evidence:
    """Fit data that were sent.

    Parameters
    ----------
    kind : str
        One of `FITS`.
    name : str
        What the sender calls the file: only its ending, and a harmless form of its name, are used.
    data : bytes
    settings : mapping of str to object
        Of the fit, and ``beside``; None and "" stand for none.
    catalog : Catalog
        Whose lives can be a prior.

    Raises
    ------
    StudyError
        For everything that is wrong with the data or the settings.
    """
    asked = {name: value for name, value in settings.items() if value not in (None, "", ())}
    beside = str(asked.pop("beside", "") or asked.get("prior", ""))
    known = inspect.signature(FITS[kind]).parameters
    strange = [name for name in asked if name not in known]
    if strange:
        fix = f"leave it out: it is of another kind than {kind}"
        raise StudyError([Problem(where=name, what=f"a fitted {kind} has no `{name}`", fix=fix) for name in strange])
    if "column" in known and "column" not in asked:
        fix = "give the name at the head of the measurements"
        raise StudyError([Problem(where="column", what="no column is named", fix=fix)])
    if "catalog" in known:
        asked["catalog"] = catalog
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / safe_name(name)
        path.write_bytes(data)
        found = FITS[kind](path, **asked)
    shown = read_prior(beside, catalog) if beside else None
    return Evidence(key, kind, found, found.to_document(), shown)


def safe_name(name: str) -> str:
    """Give a harmless form of a file's name: no folder, no device, no character that a system or a reader minds."""
    last = PureWindowsPath(name.replace("\0", "")).name  # knows both slashes
    stem, _, ending = last.rpartition(".")
    kept = "".join(
        c if unicodedata.category(c)[0] in "LMN" or c in "-_" else "_" for c in unicodedata.normalize("NFC", stem)
    )
    kept = kept[:_NAME_MAX].strip("_") or "data"
    kept = f"_{kept}" if _DEVICES.fullmatch(kept) else kept
    return f"{kept}.{re.sub('[^a-z0-9]', '', ending.lower())[:_ENDING_MAX]}"
