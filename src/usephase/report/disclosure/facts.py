"""What forms say of a run: figures, years beside the reporting year, assumptions, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from usephase.errors import CatalogError, StudyError
from usephase.insight.quality.assess import INDICATORS, TYPES, Quality, counts, quality, scored_least
from usephase.insight.quality.durability import Durability, durability, resolved_of
from usephase.report import rests
from usephase.report import scenarios as by_scenario
from usephase.report.disclosure.form import Answer, blank
from usephase.report.language import language
from usephase.report.method import headline, texts
from usephase.report.rounding import amount, as_given, interval, percent
from usephase.report.spread import Spread
from usephase.results.run import UNIT, Run

if TYPE_CHECKING:
    from usephase.catalog.resolve import Resolved
    from usephase.insight.tracking.aims import Aim
    from usephase.insight.tracking.coverage import Inventory
    from usephase.insight.tracking.track import Track

LEDGERS = ("category_11", "category_12")
ROWS = (*LEDGERS, "total", "biogenic_co2")
NO_TARGET = "No target is set: write the group's into the table targets, or give --target YEAR=PERCENT."
NOTHING = "Nothing that the catalog lists emits here; whether more belongs here, the reporter states."


def row_of(ledger: str) -> str:
    """Name the row of a ledger in a form."""
    return language()(f"category.{ledger}")


class Level(NamedTuple):
    """What a ledger emits in a sale year: the listed sales and those that the catalog does not list. [t CO2e]

    The 95 % interval and the draws are None where draws are needed that were not stored and cannot be computed again.
    """

    mean: float
    low: float | None
    high: float | None
    best_estimate: float
    listed: float
    extrapolated: float
    draws: np.ndarray | None

    @property
    def parts(self) -> str:
        """Name what is listed and what is extrapolated, with its share; "" where nothing is."""
        if not self.extrapolated:
            return ""
        return (
            f"Of it {as_given(self.listed)} {UNIT} are of the sales that the catalog lists and "
            f"{as_given(self.extrapolated)} {UNIT}, {percent(self.extrapolated / self.mean)}, extrapolated for the "
            "others."
        )

    @property
    def spread(self) -> str:
        """Say the 95 % interval, or why there is none."""
        if self.low is None or self.high is None:
            return "no interval: the draws of extrapolated sales were not stored"
        return f"95 % interval {interval(self.low, self.high, UNIT, value=self.mean)}"

    @property
    def note(self) -> str:
        """Say the interval and the parts; that nothing emits here, where nothing does."""
        return f"{self.spread}. {self.parts}".strip() if self.mean or self.high else NOTHING


@dataclass(eq=False)
class Facts:
    """Hold a run and what forms need of it; years beside its own are computed when first asked for.

    Parameters
    ----------
    run : Run
    targets : mapping of int to float, optional
        Reduction from the base year that the company has committed to, by year (0.25 is 25 %).
    workers : int
        Threads.
    edition : str
        Of the form; default that of the reporting year.
    """

    run: Run
    targets: Mapping[int, float] = field(default_factory=dict)
    workers: int = 1
    edition: str = ""
    _years: dict[int, "Run | str"] = field(default_factory=dict)

    @property
    def year(self) -> int:
        """The reporting year."""
        return int(self.run.meta["reporting_year"])

    @cached_property
    def quality(self) -> Quality:
        """What the figures rest on."""
        return quality(self.run)

    @cached_property
    def durability(self) -> Durability | str:
        """Lives, annual emissions and what has occurred; the reason if the stored catalog cannot be read."""
        try:
            return durability(self.run)
        except CatalogError as error:
            return f"the stored catalog cannot be read any more ({error.problems[0]})"

    @cached_property
    def methods(self) -> dict[str, str]:
        """The method statement by name."""
        return texts(self.run, language())

    def method_lines(self, *names: str) -> list[str]:
        """Give texts of the method statement, each behind its heading."""
        return [f"{language()(f'statement.{name}.title')}: {self.methods[name]}" for name in names]

    def row(self, ledger: str, **labels: str) -> pd.Series | None:
        """Find a total; None if the run has none."""
        return one(self.run, ledger, **labels)

    def mean(self, ledger: str, **labels: str) -> float | None:
        """Give the mean of a total. [t CO2e]"""
        found = self.row(ledger, **labels)
        return None if found is None else float(found["mean"])

    @cached_property
    def others(self) -> "Inventory":
        """The lines of the table scope3 of the stored catalog; none if it cannot be read."""
        from usephase.insight.tracking.coverage import Inventory, inventory

        resolved = self.resolved
        return Inventory({}) if isinstance(resolved, str) else inventory(resolved, None)

    def of_year(self, year: int) -> "Run | str":
        """Estimate the totals of another sale year with the run's own draws; the reason if that cannot be."""
        if year == self.year:
            return self.run
        if year not in self._years:
            self._years[year] = self._estimate(year)
        return self._years[year]

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The sale years of the stored catalog; none if it cannot be read."""
        found = self.resolved
        return () if isinstance(found, str) else tuple(sorted(set(found.catalog["sales"].frame["year"].tolist())))

    @cached_property
    def aims(self) -> "tuple[Aim, ...] | str":
        """The absolute targets by year: `targets`, else the group's of the stored catalog; why that is not known."""
        from usephase.insight.tracking.aims import ABSOLUTE, Aim, aims_of, of_the_group

        resolved = self.resolved
        if isinstance(resolved, str):
            return resolved
        base = int(self.run.meta.get("base_year") or min(self.years))
        if self.targets:
            given = sorted(self.targets.items())
            return tuple(Aim("", "", "total", base, year, cut, ABSOLUTE, "", "set") for year, cut in given)
        try:
            found = of_the_group(aims_of(resolved, base), self.year)
        except StudyError as refused:
            return str(refused.problems[0])
        return () if found is None else (found,)

    @cached_property
    def tracked(self) -> "Track | str":
        """Its years, target and coverage on the run's own draws; the reason if that cannot be.

        The target is the last of `targets`, else the group's of the stored catalog.
        """
        from usephase.insight.tracking.track import track

        meta, resolved, aims = self.run.meta, self.resolved, self.aims
        if isinstance(resolved, str) or isinstance(aims, str):
            return str(aims if isinstance(aims, str) else resolved)
        aim: dict[str, Any] = {}
        try:
            if self.targets:
                last = aims[-1]
                aim = {"target_year": last.year, "rate": last.reduction / max(last.year - last.base_year, 1)}
            return track(
                resolved.catalog, draws=meta["draws"], seed=meta["seed"], design=meta["design"],
                workers=self.workers, **aim,
            )  # fmt: skip
        except StudyError as refused:
            return str(refused.problems[0])

    @cached_property
    def resolved(self) -> "Resolved | str":
        """The stored catalog with the reference rows of the run; the reason if it cannot be read."""
        try:
            return resolved_of(self.run)
        except CatalogError as error:
            return f"the stored catalog cannot be read any more ({error.problems[0]})"

    def _estimate(self, year: int) -> "Run | str":
        from usephase.engine.plan.study import Study
        from usephase.engine.run.estimate import estimate_totals

        meta, resolved = self.run.meta, self.resolved
        if isinstance(resolved, str):
            return resolved
        if year not in self.years:
            return f"the catalog has no sales of {year}"
        return estimate_totals(resolved, year, Study(meta["design"], meta["seed"], meta["draws"]), self.workers)

    def level(self, ledger: str, year: int | None = None) -> "Level | str":
        """Give what a ledger emits in a sale year (the run's), with unlisted sales; or why that is not known."""
        year = self.year if year is None else year
        run = self.of_year(year)
        found = run if isinstance(run, str) else one(run, ledger)
        if isinstance(run, str) or found is None or isinstance(found, str):
            return run if isinstance(run, str) else f"the run has no {ledger} of {year}"
        mean, low, high, best = (float(found[name]) for name in ("mean", "p2_5", "p97_5", "best_estimate"))
        extra = run.select(ledger, "coverage")
        extra = extra[(extra["group"] == "extrapolated") & (extra["mean"] > 0)]
        if extra.empty:
            return Level(mean, low, high, best, mean, 0.0, _draws(run, ledger, "total"))
        more, best_more = float(extra["mean"].iloc[0]), float(extra["best_estimate"].iloc[0])
        draws = _draws(run, ledger, "coverage")
        if draws is None:  # earlier runs stored the draws of totals alone
            again = self._again if year == self.year else "not stored"
            draws = None if isinstance(again, str) else _draws(again, ledger, "coverage")
        ends = (None, None) if draws is None else tuple(np.quantile(draws, (0.025, 0.975)).tolist())
        return Level(mean + more, ends[0], ends[1], best + best_more, mean, more, draws)

    @cached_property
    def _again(self) -> "Run | str":
        return self._estimate(self.year)

    @property
    def listed_only(self) -> str:
        """Say of a figure that it is of the listed sales, where others are extrapolated."""
        found = self.level("total")
        return "" if isinstance(found, str) or not found.extrapolated else "Of the sales that the catalog lists."

    def explain(self, ledger: str) -> str:
        """Say a category in words: the mean as the form's number has it, interval, best estimate, parts."""
        found = self.level(ledger)
        if isinstance(found, str):
            return "The run has no such figure."
        if not (found.mean or found.best_estimate or found.high):
            return NOTHING
        ends = (found.best_estimate, found.best_estimate) if found.low is None else (found.low, found.high or 0.0)
        best = amount(found.best_estimate, *ends, UNIT)
        return f"Mean {as_given(found.mean)} {UNIT}; {found.spread}; best estimate {best}. {found.parts}".strip()

    def optional(self, phase: str) -> pd.Series | None:
        """Find an optional line of Category 11, indirect or maintenance."""
        return self.row("category_11", phase=phase)

    def choices(self) -> dict[tuple[str, str], float]:
        """Give the mean of both categories under every choice of grid basis and boundary but the headline's."""
        out = {}
        for basis in ("projected", "frozen"):
            for boundary in ("minimum", "life_cycle"):
                mean = self.mean("total", grid_basis=basis, boundary=boundary)
                if mean is not None and (basis, boundary) != (self.run.meta["grid_basis"], self.run.meta["boundary"]):
                    out[basis, boundary] = mean
        return out

    def headline(self) -> str:
        """Name the headline's basis and boundary."""
        return headline(self.run)

    def shares(self, ledger: str) -> str:
        """Say on what types of data a category rests."""
        found = {name: self.quality.share(ledger, name) for name in TYPES}
        if any(share is None for share in found.values()):
            return "The register does not explain this category."
        return ", ".join(f"{name} {percent(share)}" for name, share in found.items() if share is not None)

    def partners(self, ledger: str) -> Answer:
        """Answer what share of a category rests on data from partners in the value chain: blank unless given."""
        share = self.run.meta.get("partner_data", {}).get(ledger)
        types = f"Of the emissions, by data_type: {self.shares(ledger)}."
        if share is None:
            setting = f"disclosure.partner_data_{ledger.removeprefix('category_')}"
            return blank(
                f"The run cannot know which data came from partners: give it as the setting {setting}, a "
                f"share (0.12 for 12 %). {types}"
            )
        return Answer(100 * share, f"As the catalog's settings give it. {types}")

    def excluded(self, reason: str) -> Answer:
        """Answer what is left out for good: as the setting says it, else blank."""
        said = str(self.run.meta.get("excluded", ""))
        if not said:
            return blank(f"{reason} The setting disclosure.excluded says it in every form.")
        return Answer(said, "As the catalog's setting disclosure.excluded says it.")

    def scores(self, ledger: str) -> str:
        """Say the data quality scores of a category."""
        frame = self.quality.scores
        frame = frame[frame["ledger"] == ledger]
        if frame.empty:
            return "No cell carries data quality scores."
        by = dict(zip(frame["indicator"], frame["score"], strict=True))
        share = float(frame["scored_share"].iloc[0])
        scored = percent(share)
        if share < scored_least():
            least = percent(scored_least())
            return f"No score for the category: {scored} of its emissions rest on scored values, less than {least}."
        marks = ", ".join(f"{name} {by[name]:.1f}" for name in INDICATORS)
        mean = float(np.mean(list(by.values())))
        return f"Score {mean:.1f} (1 best, 5 worst; {marks}), weighted by emissions over the scored {scored}."

    def verified(self) -> str:
        """Say how many of the values the run rests on somebody independent verified, by the column of that name."""
        found = counts(self.run.register)
        return (
            f"Of {found.values:,} values, {found.values - found.unverified:,} are verified by somebody independent "
            f"(column verification: limited or reasonable) and {found.unverified:,} are not. What assurance the "
            "figures themselves have, the reporter states."
        )

    def uncertainty(self) -> str:
        """Say what the interval holds, and what the figures are under each grid scenario."""
        parts = (self.methods["draws"], self.methods["interval"], self.under_scenarios(*LEDGERS, "total"))
        return " ".join(part for part in parts if part)

    def under_scenarios(self, *ledgers: str) -> str:
        """Say figures under each grid scenario and by the user's weights; "" where there is one scenario."""
        words, said = language(), []
        for ledger in ledgers:
            lines = [
                f"{name}: " + words("scenarios.amount", amount=of.amount(words, UNIT), interval=of.interval(words))
                for name, row in by_scenario.lines(self.run, words, ledger) for of in (Spread.of(row),)
            ]  # fmt: skip
            if lines:
                said.append(f"{words('scenarios.title')}, {words('ledger.' + ledger)}: {'; '.join(lines)}.")
        return " ".join([*said, *([self.listed_only] if said else [])])

    def assumed(self) -> str:
        """Say how much of the variance comes from guesses, and how many values are guesses or not verified."""
        told = [rests.lead(self.run)] if "variance" in self.run.meta else []
        return " ".join([*told, rests.known(self.run)])

    def listed(self, table: str, column: str, most: int = 12) -> str:
        """List the values that a table of the register holds, as written, up to a number of rows."""
        rows = self.run.register
        rows = rows[(rows["table"] == table) & (rows["column"] == column)]
        if rows.empty:
            return "none"
        shown = [
            f"{row} = {value}" for row, value in zip(rows["row"].head(most), rows["value"].head(most), strict=True)
        ]
        more = len(rows) - len(shown)
        return "; ".join(shown) + (f"; and {more:,} more in the register" if more > 0 else "")

    def about(self) -> dict[str, Any]:
        """Give what identifies the run, JSON-able."""
        meta = self.run.meta
        return {
            "company": meta.get("company") or None, "reporting_year": self.year, "base_year": meta.get("base_year"),
            "headline": {"grid_basis": meta["grid_basis"], "boundary": meta["boundary"]}, "gwp": meta.get("gwp"),
            "catalog": {"name": meta["catalog"]["name"], "sha256": meta["catalog"]["sha256"]},
            "created": meta["created"], "draws": meta["draws"], "seed": meta["seed"], "unit": UNIT,
        }  # fmt: skip


def _draws(run: Run, ledger: str, by: str) -> np.ndarray | None:
    """Add up the draws of a grouping; None if they were not stored. Shape (draw,). [t CO2e]"""
    try:
        return np.asarray(run.draws(ledger, by).to_numpy().sum(axis=0))
    except StudyError:
        return None


def one(run: Run, ledger: str, **labels: str) -> pd.Series | None:
    """Find the total of a ledger; None if the run has none."""
    found = run.select(ledger, **labels)
    phase = labels.get("phase")
    if phase:
        found = found[found["phase"] == phase]
    return found.iloc[0] if len(found) == 1 else None
