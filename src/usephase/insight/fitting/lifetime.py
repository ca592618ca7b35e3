"""Fit a life: from observed ages to a row of `lifetimes` with its uncertainty."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import integrate, special

from usephase.errors import Problem, StudyError
from usephase.insight.fitting.evidence import Note, Sample, Source, factor_text, number, plain
from usephase.insight.fitting.families import FAMILIES
from usephase.insight.fitting.likelihood import Maximum, maximize
from usephase.insight.fitting.lives import Lives
from usephase.insight.fitting.observed import Points, plotting_points
from usephase.insight.fitting.plausible import Plausible, plausible
from usephase.insight.fitting.prior import Prior

SAMPLE_ROWS = 1000
FEW = 10
"""Failures below which a prior is advised."""
_FEWEST = 3
_ASKED = 2.0
"""By how much a further parameter has to lower AIC before it is taken."""
LOPSIDED = 1.2
"""So many times longer than the other a side of an interval is, by ratio, before a row that has one factor says so."""
_HEAP = 5
"""Failures at one last age that are taken for scrapping, if they are also this share of all:"""
_HEAP_SHARE = 0.1
_TABLE_AGES = 41
_GOLDEN = 0.6180339887498949
"""A step around the unit circle that leaves no pattern."""


@dataclass(frozen=True)
class LifetimeFit:
    """Hold a fitted life.

    Attributes
    ----------
    lives : Lives
        What was observed.
    source : Source
    tried : mapping of str to Maximum
        The best parameters of each family that was tried.
    best : Maximum
        Of the family chosen, with a share that never fails where the data ask for it.
    spread : Plausible
        Parameters by their weights, after what was believed before if there is a prior.
    alone : Plausible
        The same from the data alone.
    prior : Prior or None
    max_years : float or None
        The age at which units are scrapped whatever their wear, in the unit of the life.
    points : Points
        What was observed, free of any family.
    notes : tuple of Note
    """

    lives: Lives
    source: Source
    tried: Mapping[str, Maximum]
    best: Maximum
    spread: Plausible
    alone: Plausible
    prior: Prior | None
    max_years: float | None
    points: Points
    notes: tuple[Note, ...]

    @property
    def distribution(self) -> str:
        """The family chosen."""
        return self.best.family.name

    @property
    def mean(self) -> float:
        """The best estimate of the mean life: the most likely one, with a prior the median of what is plausible."""
        return self.best.mean if self.prior is None else float(self._middle(self.spread.mean))

    @property
    def shape(self) -> float:
        """The best estimate of the shape, as of the mean."""
        return self.best.shape if self.prior is None else float(self._middle(self.spread.shape))

    def _middle(self, of: np.ndarray) -> float:
        return self.spread.interval(of, level=0.0)[0]

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of mean and shape."""
        return {name: self.spread.interval(getattr(self.spread, name)) for name in ("mean", "shape")}

    @property
    def beyond_data(self) -> float:
        """The share of the mean life that lies beyond the last age observed: extrapolation."""
        return beyond(self, self.lives.last_age)

    def survival(self, ages: np.ndarray) -> np.ndarray:
        """Give the fitted share alive, never-failing units included, scrapping not."""
        scale = self.mean / self.best.family.mean(1.0, self.shape)
        plain_share = self.best.family.survival(ages, scale, self.shape)
        return np.asarray(self.best.never + (1 - self.best.never) * plain_share)

    def sample(self, seed: int = 1) -> Sample:
        """Draw the joint sample of mean and shape."""
        return Sample(("mean", "shape"), self.spread.draw(SAMPLE_ROWS, seed))

    def row(self, name: str, mode: str = "") -> dict[str, str]:
        """Write the row of `lifetimes`.

        Parameters
        ----------
        name : str
            The key `lifetime`.
        mode : str
            Whose hours or cycles the life counts, where it is not in years.
        """
        what = f"usephase fit lifetime: {self.lives.failures:,.0f} of {self.lives.units:,.0f} failed"
        if self.prior is not None:
            what += f", combined with the life {self.prior.name}"
        told = self.source.told(what)
        row = {"lifetime": name, "distribution": self.distribution, "unit": self.lives.unit}
        if self.lives.unit != "year":
            row["mode"] = mode
        if self.best.never:
            assert self.max_years is not None
            row |= {"distribution": "table", "mean": factor_text(*self._mean_to_scrapping())}
        else:
            middles = {"mean": self.mean, "shape": self.shape}
            for column, (low, high) in self.intervals.items():
                # A mean life needs a log-logistic shape above 1.
                floor = 1.0 if (self.distribution, column) == ("loglogistic", "shape") else 0.0
                row[column] = factor_text(low, middles[column], high, floor)
            if self.max_years is not None and self.lives.unit == "year":
                row["max_years"] = number(self.max_years)
        return row | {"source": told, "data_type": "primary"}

    def joint_cells(self, name: str) -> dict[str, str]:
        """Write mean and shape as cells of the joint sample of that name, so that their dependence is kept.

        Raises
        ------
        StudyError
            If the life is a curve, whose shares are no sample, or the name cannot name one.
        """
        where, fix = f"lifetime={name}", "write it without --joint"
        if self.best.never:
            what = "a life with units that never fail is a curve, and has no mean and shape to sample together"
            raise StudyError([Problem(where=where, what=what, fix=fix)])
        if not re.fullmatch(r"\w+", name, flags=re.ASCII):
            what = f"`{name}` cannot name a sample"
            raise StudyError([Problem(where=where, what=what, fix="name the life by letters, digits and `_`")])
        return {"mean": f"sample({name}, mean)", "shape": f"sample({name}, shape)"}

    def _mean_to_scrapping(self) -> tuple[float, float, float]:
        """Give the mean life up to scrapping with its 95 % interval, of a life with units that never fail."""
        assert self.max_years is not None
        ages = np.linspace(0.0, self.max_years, 501)
        middle = float(np.trapezoid(self.survival(ages), ages))
        mean, shape = self.spread.draw(SAMPLE_ROWS // 2).T
        scale = mean / self.best.family.mean(1.0, shape)
        score = special.ndtri((np.arange(len(mean)) * _GOLDEN + 0.5) % 1.0)
        never = special.expit(special.logit(self.best.never) + score * np.sqrt(self.best.covariance[2, 2]))
        of_each = np.trapezoid(self.best.family.survival(ages[:, None], scale, shape), ages, axis=0)
        low, high = np.quantile(never * self.max_years + (1 - never) * of_each, [0.025, 0.975])
        return float(low), middle, float(high)

    def survival_rows(self, name: str) -> list[dict[str, str]]:
        """Write the rows of `survival` of a life with units that never fail; none for any other."""
        if not self.best.never:
            return []
        assert self.max_years is not None
        ages = np.linspace(0.0, self.max_years, _TABLE_AGES)
        shares = np.minimum.accumulate(self.survival(ages))
        shares[0], rows = 1.0, []
        for age, share in zip(ages[:-1].tolist(), shares[:-1].tolist(), strict=True):
            rows.append({"lifetime": name, "age": number(age), "share": number(share, 6)})
        just = number(self.max_years * (1 - 1e-6), 9)
        rows.append({"lifetime": name, "age": just, "share": number(float(shares[-1]), 6)})
        return [*rows, {"lifetime": name, "age": number(self.max_years, 9), "share": "0"}]

    def to_document(self, name: str = "", mode: str = "") -> dict[str, Any]:
        """Give the answer as JSON has it."""
        best = self.best
        parameters = {"mean": self.mean, "shape": self.shape, "scale": self.mean / best.family.mean(1.0, self.shape)}
        document = {
            "kind": "lifetime", "distribution": self.distribution, "unit": self.lives.unit,
            "parameters": parameters | ({"never_fails": best.never} if best.never else {}),
            "standard_errors": best.errors, "intervals": {k: list(v) for k, v in self.intervals.items()},
            "log_likelihood": best.log_likelihood,
            "aic": {key: one.aic for key, one in self.tried.items()},
            "units": self.lives.units, "failures": self.lives.failures,
            "alive": self.lives.units - self.lives.failures, "last_age": self.lives.last_age,
            "max_years": self.max_years, "beyond_data": self.beyond_data, "goodness": self.points.gap(self.survival),
            "data": {"name": self.source.name, "sha256": self.source.sha256},
            "row": self.row(name or "new_life", mode), "survival": self.survival_rows(name or "new_life"),
            "sample": None,
        }  # fmt: skip
        if self.prior is not None:
            document["prior"] = {"lifetime": self.prior.name, "mean": list(self.prior.interval)}
            document["data_alone"] = {"mean": list(self.alone.interval(self.alone.mean))}
        answer: dict[str, Any] = plain(document)
        return answer


def fit_lifetime(
    lives: Lives,
    source: Source,
    *,
    distribution: str = "",
    max_years: float | None = None,
    prior: Prior | None = None,
) -> LifetimeFit:
    """Fit a life to what was observed.

    Parameters
    ----------
    lives : Lives
    source : Source
        Of the data.
    distribution : str
        One of `FAMILIES`; by default the one of the lowest AIC, with a prior the prior's.
    max_years : float, optional
        The age at which units are scrapped whatever their wear, in the unit of the life.
    prior : Prior, optional
        What was believed before.

    Raises
    ------
    StudyError
        If there are too few failures for the data alone, or the prior is of another unit or family.
    """
    notes: list[Note] = []
    lives, found_max = _scrapped(lives, max_years)
    if found_max is not None and max_years is None:
        notes.append(Note("max_years", {"age": found_max}))
    _enough(lives, distribution, prior)
    asked = distribution or (prior.family.name if prior is not None else "")
    names = [asked] if asked else list(FAMILIES)
    tried = {name: maximize(FAMILIES[name], lives) for name in names}
    best = min(tried.values(), key=lambda one: one.aic)
    mixed = maximize(best.family, lives, never=True) if lives.failures >= FEW else None
    if mixed is not None and mixed.aic < best.aic - _ASKED and mixed.never > 0.01:
        if found_max is not None and prior is None:
            best = mixed
            notes.append(Note("never", {"share": mixed.never, "age": found_max}))
        else:
            notes.append(Note("never_asked", {"share": mixed.never, "aic": best.aic - mixed.aic}))
    alone = plausible(best, lives)
    spread = plausible(best, lives, prior.belief) if prior is not None else alone
    made = LifetimeFit(
        lives, source, tried, best, spread, alone, prior, found_max, plotting_points(lives), ()
    )  # fmt: skip
    return LifetimeFit(**{**made.__dict__, "notes": (*notes, *_said(made))})


def _enough(lives: Lives, distribution: str, prior: Prior | None) -> None:
    problems = []
    ages = len(np.unique(lives.middle[~lives.alive]))
    if prior is None and (lives.failures < _FEWEST or ages < 2):
        what = f"{lives.failures:,.0f} failures at {ages} age{'s' * (ages != 1)} do not tell a mean life and a shape"
        fix = f"take what is known of such products as well: --prior with a row of lifetimes; or wait for {_FEWEST}"
        problems.append(Problem(where="DATA", what=what, fix=fix))
    if distribution and distribution not in FAMILIES:
        what = f"no family of lives is called `{distribution}`"
        problems.append(Problem(where="--distribution", what=what, fix=f"choose one of: {', '.join(FAMILIES)}"))
    if prior is not None:
        if prior.unit != lives.unit:
            what = f"the life `{prior.name}` is in {prior.unit}s, the data are in {lives.unit}s"
            fix = "turn the ages with hours_per_year, say --unit, or name a life in the unit of the data"
            problems.append(Problem(where="--prior", what=what, fix=fix))
        if distribution and distribution != prior.family.name:
            what = f"the life `{prior.name}` is a {prior.family.name}: its shape says nothing of a {distribution}"
            fix = f"say --distribution {prior.family.name}, or leave it out"
            problems.append(Problem(where="--distribution", what=what, fix=fix))
    if problems:
        raise StudyError(problems)


def _scrapped(lives: Lives, max_years: float | None) -> tuple[Lives, float | None]:
    """Take what ended at one last age for scrapped there: such units tell no wear, but that they lived until then."""
    last = float(lives.low[~lives.alive].max())
    heap = lives.exact & (lives.low == last)
    ended = float(lives.count[heap].sum())
    older = lives.alive & (lives.low > last)
    if max_years is None:
        others = float(lives.count[lives.exact].sum()) - ended
        if older.any() or ended < max(_HEAP, _HEAP_SHARE * lives.failures) or others < _FEWEST:
            return lives, None
        max_years = last
    if not max_years > 0:
        fix = "give the age at which units are scrapped, above 0"
        raise StudyError([Problem(where="--max-years", what=f"`{max_years:g}` is no age", fix=fix)])
    return lives.cut(np.nextafter(max_years, 0.0)), max_years


def beyond(fit: LifetimeFit, age: float) -> float:
    """Give the share of the mean life that lies beyond an age."""
    if fit.best.never:
        return float("nan") if fit.max_years is None else max(1 - age / fit.max_years, 0.0)
    scale = fit.mean / fit.best.family.mean(1.0, fit.shape)
    within, _ = integrate.quad(lambda t: fit.best.family.survival(t, scale, fit.shape), 0.0, age, limit=200)
    return float(min(max(1 - within / fit.mean, 0.0), 1.0))


def _said(fit: LifetimeFit) -> list[Note]:
    """Say what a reader has to know before trusting the number."""
    notes = []
    high = fit.intervals["mean"][1]
    if fit.lives.failures < FEW and fit.prior is None:
        notes.append(Note("few", {"failures": fit.lives.failures}))
    if np.isfinite(fit.beyond_data) and fit.beyond_data > 0.1:
        notes.append(Note("beyond", {"share": fit.beyond_data, "age": fit.lives.last_age, "unit": fit.lives.unit}))
    if (high > 5 * fit.mean or fit.spread.edge) and not fit.best.never:
        notes.append(Note("unbounded", {"high": high, "unit": fit.lives.unit}))
    low, middle = fit.intervals["mean"][0], fit.mean
    if not fit.best.never and 0 < low < middle < high:
        narrow, wide = sorted((high / middle, middle / low))
        if wide > LOPSIDED * narrow:
            notes.append(Note("lopsided", {"low": middle / wide, "high": middle * wide, "unit": fit.lives.unit}))
    near = [one.family.name for one in fit.tried.values() if 0 < one.aic - min(m.aic for m in fit.tried.values()) < 2]
    if near:
        means = [one.mean for one in fit.tried.values() if one.family.name in (*near, fit.distribution)]
        notes.append(Note("close", {"others": ", ".join(near), "low": min(means), "high": max(means)}))
    if fit.prior is not None:
        first, last = fit.prior.interval
        data = fit.alone.interval(fit.alone.mean)
        if data[0] > last or data[1] < first:
            notes.append(Note("conflict", {"prior": fit.prior.name}))
    if len(fit.lives.entry) and fit.lives.entry.max() > 0:
        notes.append(Note("truncated"))
    return notes
