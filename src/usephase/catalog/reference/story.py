"""The whole story of one place: its electricity split by year, official beside computed, losses, paths and sources."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from usephase.catalog.reference.rows import codes, frame

_MARKS = ["code", "source", "licence", "basis"]
_YEARS = 12
"""Years of history that are told."""


@dataclass(frozen=True)
class Story:
    """Hold what the reference knows of a zone.

    Attributes
    ----------
    about : dict of str to str
        Name, whose grid path and waste routes it uses, its loss and the error of its path.
    history, official, paths : DataFrame
        By year: ``direct``, ``upstream`` and ``life_cycle``, which holds the losses too. [kg CO2e/kWh]
    sources : DataFrame
        Those of all the rows.
    """

    zone: str
    about: dict[str, str]
    history: pd.DataFrame
    official: pd.DataFrame
    paths: pd.DataFrame
    sources: pd.DataFrame


def story(zone: str, years: int | None = _YEARS) -> Story:
    """Tell what the reference knows of a zone.

    Parameters
    ----------
    zone : str
        A code of the table ``zones``.
    years : int, optional
        How many years of history are told; all if None.

    Raises
    ------
    KeyError
        If there is no such zone.
    """
    zones = frame("zones").set_index("zone")
    if zone not in zones.index:
        raise KeyError(zone)
    own = {str(name): str(text) for name, text in zones.loc[zone].items()}
    used = own["grid"] or zone
    grid, error, loss_row = _of("grid", used), _of("reference_grid", used), _of("zones", zone)
    loss = float(own["loss"].split()[0])
    scenarios = frame("scenarios").set_index("scenario")
    history = _by_year(grid[grid["scenario"] == "*"], loss)
    paths = _by_year(grid[grid["scenario"] != "*"], loss)
    for name in ("publisher", "vintage"):
        paths[name] = paths["scenario"].map(scenarios[name])
    mixed = [name for name in own["note"].partition(";")[0].split() if name in zones.index and not own["grid"]]
    official = pd.concat([_of("grid_official", name) for name in dict.fromkeys((used, zone, *mixed))])
    marks = pd.concat([rows[_MARKS] for rows in (grid, error, loss_row, official)])
    about = {
        "name": own["name"], "grid": used, "end_of_life": own["end_of_life"] or zone,
        "loss": own["loss"], "loss_source": own["source"], "note": own["note"],
        "error": str(error["level"].iloc[0]) if len(error) else "",
        "error_source": str(error["source"].iloc[0]) if len(error) else "",
    }  # fmt: skip
    columns = ["year", "direct", "upstream", "life_cycle"]
    return Story(
        zone, about, history[[*columns, "code"]].tail(years or len(history)),
        official.drop(columns=_MARKS[1:]).reset_index(drop=True),
        paths[["scenario", *columns, "publisher", "vintage"]], marks.drop_duplicates().reset_index(drop=True),
    )  # fmt: skip


def _of(name: str, zone: str) -> pd.DataFrame:
    """Give the rows of a table of one zone, with the codes of their sources."""
    rows = frame(name).assign(code=codes(name))
    return rows[rows["zone"] == zone]


def _by_year(rows: pd.DataFrame, loss: float) -> pd.DataFrame:
    direct, upstream = (rows[name].astype(float) for name in ("intensity", "upstream"))
    whole = ((direct + upstream) / (1 - loss)).map("{:.4f}".format)
    return rows.assign(direct=rows["intensity"], life_cycle=whole).reset_index(drop=True)


def find_zones(words: str) -> pd.DataFrame:
    """Find zones by code, postcode of a state, or part of a name; with the subregions of a state.

    Parameters
    ----------
    words : str
        As people write it: ``california``, ``CA``, ``NY``, ``Ontario``.
    """
    zones = frame("zones")
    asked = words.strip().casefold()
    code = zones["zone"].str.casefold()
    short = code.str.rpartition("-")[2]
    # A text as short as a code of a state or country is one; parts of names would be noise.
    found = (code == asked) | (short == asked)
    if not found.any() or len(asked) > 3:
        found |= zones["name"].str.casefold().str.contains(asked, regex=False)
    named = set(" ".join([*zones.loc[found, "grid"], *zones.loc[found, "note"]]).split())
    return zones[found | zones["zone"].isin(named)].reset_index(drop=True)


def as_document(told: Story) -> dict[str, Any]:
    """Give the story as plain values."""
    tables = ("history", "official", "paths", "sources")
    return {"zone": told.zone, **told.about, **{name: getattr(told, name).to_dict("records") for name in tables}}
