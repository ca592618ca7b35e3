"""What is believed of a life before the data: a row of `lifetimes` or an archetype, of the catalog or the reference."""

from dataclasses import dataclass

import numpy as np

from usephase.catalog.reference import table as reference_table
from usephase.catalog.resolve import reference_of
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values import cells
from usephase.errors import Problem, StudyError
from usephase.insight.fitting.families import FAMILIES, Family
from usephase.model.lifetime import DEFAULT_SHAPE
from usephase.sampling.distributions import Z95
from usephase.units import nearest

SHAPE_FACTOR = 1.5
"""How far a shape that is written as a number is believed to be off, as the factor of a 95 % interval."""
_WIDTH_LEAST = 0.01


@dataclass(frozen=True)
class Prior:
    """Hold a believed life: its mean and shape lognormal, apart from each other.

    Attributes
    ----------
    name : str
        The row's key.
    family : Family
    unit : str
    mean, shape : (float, float)
        Median, and standard deviation of the logarithm.
    """

    name: str
    family: Family
    unit: str
    mean: tuple[float, float]
    shape: tuple[float, float]

    def belief(self, log_mean: np.ndarray, log_shape: np.ndarray) -> np.ndarray:
        """Give the logarithm of the density, up to a constant; 0 for a mean beyond all numbers."""
        first = (log_mean - np.log(self.mean[0])) / self.mean[1]
        second = (log_shape - np.log(self.shape[0])) / self.shape[1]
        return np.asarray(-(first * first + second * second) / 2)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean life that is believed."""
        factor = float(np.exp(Z95 * self.mean[1]))
        return self.mean[0] / factor, self.mean[0] * factor

    def survival(self, ages: np.ndarray) -> np.ndarray:
        """Give the share alive at the medians."""
        scale = self.mean[0] / self.family.mean(1.0, self.shape[0])
        return np.asarray(self.family.survival(ages, scale, self.shape[0]))


def read_prior(name: str, catalog: Catalog | None = None) -> Prior:
    """Find a life by its name and take it as what is believed.

    Parameters
    ----------
    name : str
        A row of `lifetimes`: ``tool_home``; or an archetype, with the kind of user where it has several:
        ``drill_cordless/home``.
    catalog : Catalog, optional
        Looked in first; the reference after it.

    Raises
    ------
    StudyError
        If there is no such life, several, or it is no life of a mean and a shape.
    """
    look = reference_table if catalog is None else reference_of(catalog)
    homes = [catalog] if catalog is not None else []
    for place in [*(home["lifetimes"] for home in homes), look("lifetimes")]:
        rows = np.flatnonzero(place.frame["lifetime"].to_numpy() == name)
        if len(rows):
            return _taken(name, place, int(rows[-1]))
    known = [str(key) for home in homes for key in home["lifetimes"].frame["lifetime"]]
    known += [str(key) for key in look("lifetimes").frame["lifetime"]]
    archetype, _, user = name.partition("/")
    for place in [*(home["archetype_lives"] for home in homes), look("archetype_lives")]:
        frame = place.frame
        rows = np.flatnonzero((frame["archetype"] == archetype) & ((frame["user"] == user) | (user == "")))
        if len(rows) > 1:
            both = ", ".join(f"`{archetype}/{frame['user'].iloc[row]}`" for row in rows)
            what = f"`{archetype}` has several lives, one for each kind of user"
            raise StudyError([Problem(where="--prior", what=what, fix=f"name one of {both}")])
        if len(rows):
            return _taken(name, place, int(rows[0]))
        known += [str(key) for key in frame["archetype"]]
    close = nearest(name, known)
    fix = f"did you mean `{close}`?" if close else (
        "name a row of lifetimes or an archetype; `usephase reference lifetimes` and `archetypes` show them"
    )  # fmt: skip
    raise StudyError([Problem(where="--prior", what=f"no life is called `{name}`", fix=fix)])


def _taken(name: str, place: Table, row: int) -> Prior:
    # Archetypes have no other lives.
    distribution = str(place.frame["distribution"].iloc[row]) if "distribution" in place.frame else "weibull"
    mean = _believed(place, "mean", row)
    if distribution not in FAMILIES or mean is None:
        what = f"the life `{name}` is no {', '.join(FAMILIES)} with a mean"
        raise StudyError([Problem(where="--prior", what=what, fix="name another row, or write its mean")])
    shape = _believed(place, "shape", row)
    if shape is None or shape[1] <= _WIDTH_LEAST:
        middle = shape[0] if shape is not None else DEFAULT_SHAPE.get(distribution, 3.0)
        shape = middle, float(np.log(SHAPE_FACTOR)) / Z95
    return Prior(name, FAMILIES[distribution], str(place.frame["unit"].iloc[row]), mean, shape)


def _believed(place: Table, column: str, row: int) -> tuple[float, float] | None:
    """Give median and spread of the logarithm of a cell, from its 95 % interval; None where it is empty."""
    one = cells.take(place.values[column], np.array([row]))
    low, middle, high = (float(cells.quantiles(one, share)[0]) for share in (0.025, 0.5, 0.975))
    if not middle > 0:
        return None
    return float(np.sqrt(low * high)), max(float(np.log(high / low)) / (2 * Z95), _WIDTH_LEAST)
