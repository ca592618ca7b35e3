"""What a what-if question is answered with."""

from dataclasses import dataclass
from typing import NamedTuple

from usephase.catalog.edit.records import Cell, Edit
from usephase.errors import Problem
from usephase.insight.comparison.records import Columns


class Summary(NamedTuple):
    """Describe the draws of one amount, in the answer's unit."""

    best_estimate: float
    mean: float
    sd: float
    mcse: float
    p2_5: float
    p5: float
    p25: float
    p50: float
    p75: float
    p95: float
    p97_5: float


class Difference(NamedTuple):
    """Describe edited minus base, draw by draw.

    `probability_lower` is the share of draws in which the edited product emits less; None where nothing changes.
    `relative_mean` is the mean of the difference over the base's mean; None where that is 0.
    """

    best_estimate: float
    mean: float
    sd: float
    p2_5: float
    p50: float
    p97_5: float
    probability_lower: float | None
    relative_mean: float | None


class Histogram(NamedTuple):
    """Count the draws of both in common bins: `edges` is one longer than the shares, which sum to 1 each."""

    edges: tuple[float, ...]
    base: tuple[float, ...]
    edited: tuple[float, ...]


class Part(NamedTuple):
    """Give one part of the amount, base and edited: mean and 95 % interval."""

    ledger: str
    by: str
    group: str
    base: Summary
    edited: Summary


@dataclass(frozen=True)
class Amount:
    """Answer for one way of counting.

    Attributes
    ----------
    per : {"unit", "service", "portfolio"}
        A unit sold, an hour or cycle of service, or all units sold in the year.
    unit : str
        ``kg CO2e``, ``kg CO2e/h``, ``t CO2e`` …
    base, edited : Summary
    difference : Difference
    histogram : Histogram
    apart : Columns
        The draws of the difference.
    """

    per: str
    unit: str
    base: Summary
    edited: Summary
    difference: Difference
    histogram: Histogram
    apart: Columns


@dataclass(frozen=True)
class Answer:
    """Answer a what-if question of one product.

    Attributes
    ----------
    product : str
    of : str
        The figure: ``total``, ``category_11:mode=drilling`` …
    scenario : str or None
        None: the catalog's mixture.
    grid_basis, boundary : str
    draws, seed : int
    edits : tuple of Edit
        Those asked about, then those that rebalancing added.
    against : tuple of Edit
        What the base of this answer has been changed by; none: it is the catalog as it is.
    amounts : mapping of str to Amount
        By ``unit``, ``service`` (if the product has a service mode) and ``portfolio``.
    parts : tuple of Part
        Per unit sold [kg CO2e]: by ledger, component and mode.
    problems : tuple of Problem
        Warnings about the edited cells.
    seconds : float
        What the answer took.
    """

    product: str
    of: str
    scenario: str | None
    grid_basis: str
    boundary: str
    draws: int
    seed: int
    edits: tuple[Edit, ...]
    against: tuple[Edit, ...]
    amounts: dict[str, Amount]
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    seconds: float


class UnderScenario(NamedTuple):
    """Give what edits make of a product under one grid scenario, on the same draws as under the others.

    `base_mean`, `edited_mean` and `difference` are in the answer's unit of the way of counting asked for.
    """

    scenario: str
    weight: float
    base_mean: float
    edited_mean: float
    difference: Difference


class Slider(NamedTuple):
    """Describe one cell that a product's figures depend on.

    Attributes
    ----------
    table, row, column : str
        The cell as an edit names it.
    text : str
        As written; "" where a default or a reference stands.
    value : float
        The best estimate, in `unit`.
    low, high : float
        A range wide enough to design in, within what is possible; see `sliders.range_of`.
    unit : str
    distribution : str
    uncertain : bool
    origin : str
        ``catalog``, ``reference`` or ``default``.
    badge : str
        The `data_type` of its row: ``primary``, ``secondary``, ``estimate`` or ``default``.
    source : str
    shared : bool
        Whether other products use the cell too.
    """

    table: str
    row: str
    column: str
    text: str
    value: float
    low: float
    high: float
    unit: str
    distribution: str
    uncertain: bool
    origin: str
    badge: str
    source: str
    shared: bool

    def edit(self, value: float) -> Edit:
        """Move the cell to a value, keeping its relative uncertainty."""
        if self.value == 0:
            return Edit(self.table, self.row, self.column, f"{value!r} {self.unit}".strip())
        return Edit(self.table, self.row, self.column, f"*{value / self.value!r}")


class Influence(NamedTuple):
    """Say how much one cell matters for a figure of a product.

    Attributes
    ----------
    table, row, column : str
    explained : float
        Share of the figure's variance that the cell explains alone; 0 of a plain number.
    effect : float
        What a tenth more in the cell adds to the figure's best estimate, as a share of it.
    """

    table: str
    row: str
    column: str
    explained: float
    effect: float


class Contribution(NamedTuple):
    """Give what the change of some cells does to a difference; all contributions sum to it.

    `cells` change together: alone they would make no whole product.
    """

    cells: tuple[Cell, ...]
    mean: float
    p2_5: float
    p97_5: float


@dataclass(frozen=True)
class Why:
    """Say what makes a difference.

    Attributes
    ----------
    per, unit : str
    draws : int
    against_mean, edited_mean : float
    contributions : tuple of Contribution
        The largest first.
    sampled : bool
        Whether orders of the changes were sampled: there are too many for all subsets.
    """

    per: str
    unit: str
    draws: int
    against_mean: float
    edited_mean: float
    contributions: tuple[Contribution, ...]
    sampled: bool


class Line(NamedTuple):
    """Give means of a difference along a curve, if all units were in one segment."""

    segment: str
    mean: tuple[float, ...]


@dataclass(frozen=True)
class Curve:
    """Show a difference over values of one cell, all else as drawn.

    Attributes
    ----------
    table, row, column, cell_unit : str
    side : {"both", "edited"}
        Whether the cell is varied on both sides, or on the edited side only since an edit changes it.
    per, unit : str
    draws : int
    now : float
        The cell's best estimate on the edited side.
    values : tuple of float
    mean, p2_5, p97_5 : tuple of float
        Of the difference at each value.
    against_mean : tuple of float
        Of what is compared with.
    segments : tuple of Line
    found : float
        Share of the draws in which both sides are equal at a value in the range.
    break_even : tuple of three floats or None
        Percentiles 2.5, 50 and 97.5 of that value, over those draws.
    """

    table: str
    row: str
    column: str
    cell_unit: str
    side: str
    per: str
    unit: str
    draws: int
    now: float
    values: tuple[float, ...]
    mean: tuple[float, ...]
    p2_5: tuple[float, ...]
    p97_5: tuple[float, ...]
    against_mean: tuple[float, ...]
    segments: tuple[Line, ...]
    found: float
    break_even: tuple[float, float, float] | None
