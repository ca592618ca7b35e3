"""States of the USA as mixes of the eGRID subregions that supply them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from reference.common import FACTS, Row, read

LEAST = 0.01
"""Share of a state below which a subregion is left out."""


def subregions() -> dict[str, dict[str, float]]:
    """Give the subregions of every state with the share of its dwelling units in each, largest first.

    Notes
    -----
    By the areas of NREL's ReEDS: which emissions region of Cambium (eGRID's subregions) an area belongs to, and its
    dwelling units, as ResStock has them. New York's southern area is split by county. An area belongs to one region
    as a whole: the Tennessee Valley's part of Alabama, for one, is not seen.
    """
    units: dict[str, dict[str, float]] = {}
    for row in read(FACTS, "us_areas"):
        of_state = units.setdefault(row["state"], {})
        of_state[row["subregion"]] = of_state.get(row["subregion"], 0.0) + float(row["dwelling_units"])
    out = {}
    for state, parts in units.items():
        kept = {zone: number for zone, number in parts.items() if number >= LEAST * sum(parts.values())}
        largest = sorted(kept, key=lambda zone: -kept[zone])
        out[state] = {zone: round(kept[zone] / sum(kept.values()), 3) for zone in largest}
    return out


Series = dict[str, dict[int, np.ndarray]]
"""Scenario → year → direct and upstream."""


def mixed(shares: Mapping[str, float], rows_of: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, int, float, float]]:
    """Average the paths of subregions: scenario, year, direct and upstream. [kg/kWh]"""
    series = {zone: _series(rows_of[zone]) for zone in shares}
    weights = np.array(list(shares.values())) / sum(shares.values())
    for scenario in sorted(set.intersection(*(set(one) for one in series.values()))):
        years = {year for one in series.values() for year in one[scenario]}
        if scenario == "*":
            years = set.intersection(*(set(one["*"]) for one in series.values()))
        for year in sorted(years):
            direct, upstream = weights @ np.array([_at(series[zone], scenario, year) for zone in shares])
            yield scenario, year, float(direct), float(upstream)


def _series(rows: Sequence[Row]) -> Series:
    out: Series = {}
    for row in rows:
        values = np.array([float(row["intensity"]), float(row["upstream"])])
        out.setdefault(row["scenario"], {})[int(row["year"])] = values
    return out


def _at(series: Series, scenario: str, year: int) -> np.ndarray:
    """Read a path in a year: history belongs to every scenario, between listed years it is linear, then held."""
    whole = {**series["*"], **series[scenario]}
    years = sorted(whole)
    table = np.array([whole[listed] for listed in years])
    return np.array([np.interp(year, years, column) for column in table.T])
