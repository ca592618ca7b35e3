"""What the API takes and gives: names and meanings are those of the Python API and of the commands' JSON."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from usephase.insight.comparison.measures import PER
from usephase.insight.sensitivity.rank import METHODS
from usephase.insight.tracking.targets import INTENSITIES

TEXT_MAX = 4000
NAME_MAX = 400
LIST_MAX = 50
EDITS_MAX = 500
SEED_MAX = 2**63 - 1


def whole_text(text: str) -> str:
    """Refuse half characters, which no file can hold, and the character zero."""
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("holds a character that no file can hold")
    return text


Text = Annotated[str, Field(max_length=TEXT_MAX), AfterValidator(whole_text)]
Name = Annotated[str, Field(max_length=NAME_MAX), AfterValidator(whole_text)]
Names = Annotated[tuple[Name, ...], Field(max_length=LIST_MAX)]
Draws = Annotated[int, Field(ge=2, le=2**20)]
Seed = Annotated[int, Field(ge=-SEED_MAX, le=SEED_MAX)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Design = Literal["quasi", "latin_hypercube", "random"]
Ledger = Literal["category_11", "category_12", "total", "avoided", "biogenic_co2"]
GridBasis = Literal["projected", "frozen"]
Boundary = Literal["minimum", "life_cycle"]
Per = Literal["unit", "service", "year", "portfolio"]
Document = dict[str, Any]


class Asked(BaseModel):
    """Ground of everything that is sent in: unknown names are refused, and numbers that are none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class EditIn(Asked):
    """Change one cell. `row` as in `options`: ``product=DRILL;mode=drilling``; of the settings ``grid``."""

    table: Name
    row: Text
    column: Name
    text: Text


Edits = Annotated[tuple[EditIn, ...], Field(max_length=EDITS_MAX)]


class JudgeIn(EditIn):
    """Ask what would come of an edit, with those `beside` it made too."""

    beside: Edits = ()


class WishIn(Asked):
    """Ask for a pending edit; a `text` of null drops the cell's.

    `version` is the cell's as it was seen: if it has another one by now, nothing is kept, and the answer (409) names
    what the cell says. Without it the edit is kept whatever has become of the cell.
    """

    table: Name
    row: Text
    column: Name
    text: Text | None
    version: Name | None = None


class WishesIn(Asked):
    """Add to the pending edits; one of a cell takes the place of an earlier one of it."""

    edits: Annotated[tuple[WishIn, ...], Field(max_length=EDITS_MAX)]


class WhatIfIn(Asked):
    """Ask what edits make of one product; edits that are refused, alone or together, have no answer.

    `rebalance`: where a share is moved, the shares of its sum that no edit names are scaled so that they sum to 1 again
    (other segments, other routes of the waste); the answer's `edits` hold what was added. `against`: edits of what it
    is held against, instead of the product as it is. `scenarios`: also tell, under `by_scenario` and for the way of
    counting `scenarios_per`, what comes of it under each grid scenario that has a weight.
    """

    product: Name
    edits: Edits = ()
    against: Edits = ()
    of: Name = "total"
    scenario: Name | None = None
    grid_basis: GridBasis | None = None
    boundary: Boundary | None = None
    rebalance: bool = False
    scenarios: bool = False
    scenarios_per: Per = "unit"


class WhyIn(WhatIfIn):
    """Ask what makes the difference."""

    per: Per = "unit"


class CellIn(Asked):
    """Name a cell."""

    table: Name
    row: Text
    column: Name


class CurveIn(WhyIn):
    """Ask for the difference over values of one cell, of its slider's range unless others are given."""

    over: CellIn
    low: float | None = None
    high: float | None = None


class FitIn(Asked):
    """Say what the data that are sent are, and how to fit them: the settings of ``usephase fit`` of that kind."""

    kind: Literal["lifetime", "amount", "mean", "expert"]
    name: Name
    unit: Name = ""
    distribution: Name = ""
    hours_per_year: float | None = None
    until: Name = ""
    watched_to: float | None = None
    max_years: float | None = None
    prior: Name = ""
    beside: Name = ""
    column: Name = ""
    over: Name = ""
    calibration: Name = ""
    resolution: float | None = None
    weight: Name = ""
    tool: Name = ""
    by: Name = ""
    winsorise: float | None = None
    low: float | None = None
    high: float | None = None
    sheet: Name = ""


class FittedIn(Asked):
    """Ask what a fit would change in the catalog. `to`: ``TABLE:ROW``, such as ``lifetimes:lifetime=tool_home``."""

    to: Text
    mode: Name = ""
    joint: bool = False


class FittedWriteIn(FittedIn):
    """Write it; the digest is the preview's."""

    digest: Name


class TableIn(Asked):
    """Say what a table that is sent is called, and what of it is read: as ``usephase import``."""

    name: Name
    sheet: Name = ""
    year: Year | None = None


class DecisionIn(Asked):
    """Decide one thing about a table: the entry of map.toml that a question names, or a column with role and unit."""

    path: Annotated[tuple[Text, ...], Field(min_length=1, max_length=3)]
    value: Text = ""
    unit: Name = ""


class DecideIn(Asked):
    """Decide about a table."""

    decisions: Annotated[tuple[DecisionIn, ...], Field(max_length=EDITS_MAX)] = ()
    year: Year | None = None


class PreviewIn(Asked):
    """Ask what the pending edits would change in the catalog's files.

    `to`: ``option`` adds rows to the table of options; ``files`` changes the cells themselves.
    """

    to: Literal["option", "files"]
    option: Name | None = None


class SaveIn(PreviewIn):
    """Write what a preview showed; `digest` is the preview's."""

    digest: Name


class RunJob(Asked):
    """Compute the inventory, as ``usephase run``; `edited`: with the pending edits."""

    kind: Literal["run"]
    draws: Draws | None = None
    seed: Seed | None = None
    design: Design | None = None
    tolerance: Annotated[float, Field(ge=1e-4, le=1)] | None = None
    by: Names = ()
    store_draws: bool = False
    language: Name = "en"
    edited: bool = False


class RankJob(Asked):
    """Rank what makes a figure uncertain, as ``usephase rank``."""

    kind: Literal["rank"]
    of: Name = "total"
    method: Literal[METHODS] = "sobol"  # type: ignore[valid-type]
    draws: Draws | None = None
    seed: Seed | None = None
    pairs: Annotated[int, Field(ge=0, le=50)] = 0
    top: Annotated[int, Field(ge=1)] | None = None
    edited: bool = False


class CompareJob(Asked):
    """Compare options, as ``usephase compare``; names as `usephase.compare` has them."""

    kind: Literal["compare"]
    options: Annotated[tuple[Name, ...], Field(min_length=1, max_length=16)]
    product: Name | None = None
    combine: bool = False
    margin: Annotated[float, Field(ge=0, le=10)] = 0.05
    whole: bool = True
    per: Literal[PER] = "portfolio"  # type: ignore[valid-type]
    break_even: Annotated[tuple[Text, ...], Field(max_length=8)] = ()
    flips: Annotated[tuple[tuple[Text, Text], ...], Field(max_length=4)] = ()
    budget: Annotated[tuple[Text, ...], Field(max_length=16)] = ()
    percentile: Annotated[float, Field(ge=0, le=100)] = 95.0
    draws: Draws | None = None
    seed: Seed | None = None
    edited: bool = False


class TrackJob(Asked):
    """Follow the inventory over the years, as ``usephase track``; `against` is a run's id."""

    kind: Literal["track"]
    base_year: Year | None = None
    target_year: Year | None = None
    ambition: Name | None = None
    rules: Name | None = None
    set_on: date | None = None
    rate: Annotated[float, Field(ge=0, le=1)] | None = None
    of: Annotated[tuple[Name, ...], Field(min_length=1, max_length=16)] = ("total",)
    by_product: bool = False
    growth: Annotated[float, Field(gt=-1, le=10)] = 0.0
    revenue: Annotated[dict[Year, Annotated[float, Field(gt=0)]], Field(max_length=LIST_MAX)] = {}
    intensities: Annotated[tuple[Literal[INTENSITIES], ...], Field(max_length=len(INTENSITIES))] = ()  # type: ignore[valid-type]
    other_scope_3: Annotated[float, Field(ge=0)] | None = None
    levers: Names = ()
    against: Name | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    draws: Draws | None = None
    seed: Seed | None = None
    edited: bool = False


class DiffJob(Asked):
    """Tell two runs apart, as ``usephase diff``; each is a run's id, or ``catalog`` for the catalog as it is."""

    kind: Literal["diff"]
    a: Name
    b: Name
    of: Annotated[tuple[Name, ...], Field(min_length=1, max_length=16)] = ("total",)
    draws: Draws | None = None


class ReproduceJob(Asked):
    """Compute a run again and compare bit by bit, as ``usephase reproduce``."""

    kind: Literal["reproduce"]
    run: Name


JobIn = Annotated[
    RunJob | RankJob | CompareJob | TrackJob | DiffJob | ReproduceJob, Field(discriminator="kind")
]  # fmt: skip


class ProblemOut(BaseModel):
    """One thing that is wrong, or should be known: its place, what it is, its remedy."""

    where: str
    what: str
    fix: str
    severity: Literal["error", "warning"]


class Problems(BaseModel):
    """The answer to everything that is refused."""

    problems: list[ProblemOut]


class Share(BaseModel):
    """How far a job is; of an unknown total 0."""

    done: int
    total: int
    share: float


class JobOut(BaseModel):
    """A job; `result` is what the command gives with ``--json``."""

    id: str
    kind: str
    settings: Document
    state: Literal["waiting", "running", "done", "refused", "failed", "cancelled"]
    progress: Share
    created: str
    started: str | None
    finished: str | None
    problems: list[ProblemOut]
    result: Document | None


class JobsOut(BaseModel):
    """Jobs, the newest first, without their results."""

    jobs: list[JobOut]


class SessionOut(BaseModel):
    """What a page has to know to write."""

    version: str
    form_token: str


class TableOut(BaseModel):
    """A table's size."""

    table: str
    rows: int
    uncertain: list[str]


class CatalogOut(BaseModel):
    """The catalog at a glance."""

    name: str
    path: str
    sha256: str
    settings: Document
    labels: list[str]
    options: list[str]
    tables: list[TableOut]
    problems: list[ProblemOut]
    edits: int


class ColumnOut(BaseModel):
    """A column as declared; `low` and `high` are null where it is not bounded."""

    name: str
    kind: str
    key: bool
    required: bool
    default: str | None
    choices: list[str]
    unit: str
    low: float | None
    high: float | None


class CellOut(BaseModel):
    """A cell: as written, and of an uncertain value its best estimate and 95 % interval."""

    text: str
    best_estimate: float | None = None
    low: float | None = None
    high: float | None = None
    distribution: str | None = None


class RowOut(BaseModel):
    """A row; `origin` is ``catalog`` or ``reference``."""

    row: str
    place: str
    origin: str
    basis: str
    source: str
    licence: str
    cells: dict[str, CellOut]


class RowsOut(BaseModel):
    """A page of a table; `total` counts the rows that the search found."""

    table: str
    columns: list[ColumnOut]
    page: int
    size: int
    total: int
    rows: list[RowOut]


class PendingOut(BaseModel):
    """A pending edit: as asked, what the cell said then, and what it shall say."""

    table: str
    row: str
    column: str
    asked: str
    base: str
    text: str


class EditsOut(BaseModel):
    """The pending edits; `version` stands for them as they are."""

    version: str
    edits: list[PendingOut]


class RunOut(BaseModel):
    """A stored run at a glance; one that cannot be read has problems only."""

    run: str
    folder: str
    created: str | None = None
    catalog: Document | None = None
    reporting_year: int | None = None
    draws: int | None = None
    seed: int | None = None
    design: str | None = None
    total: Document | None = None
    problems: list[ProblemOut] = []


class RunsOut(BaseModel):
    """A page of the runs, the newest first."""

    page: int
    size: int
    total: int
    runs: list[RunOut]


class FiguresOut(BaseModel):
    """Figures of a run, unrounded. [t CO2e]"""

    run: str
    unit: str
    figures: list[Document]
