"""Answers of other commands that a report can hold: `usephase rank`, `compare` and `track` with ``--json``."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from usephase.errors import Problem, StudyError

SIZE_MAX_BYTES = 50_000_000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class RankRow(_Record):
    """Hold one input of a ranking."""

    table: str
    row: str
    column: str
    s1: float | None = None
    s1_low: float | None = None
    s1_high: float | None = None
    st: float | None = None
    st_low: float | None = None
    st_high: float | None = None
    share_of_variance: float | None = None
    mu_star: float | None = None
    delta: float | None = None
    median: float | None = None
    srrc: float | None = None
    source: str = ""
    data_type: str = ""
    verification: str = ""


class Swing(_Record):
    """Hold what one input's 5th and 95th percentile make of the figure."""

    table: str
    row: str
    column: str
    low: float
    best_estimate: float
    high: float


class ToMeasure(_Record):
    """Hold what knowing one input, or all of a source, takes off the interval, as a share of its width."""

    what: str
    table: str
    row: str
    column: str
    shrinkage: float
    shrinkage_low: float
    shrinkage_high: float
    data: str = ""
    data_count: int = 0
    shrinkage_data: float | None = None
    source: str = ""
    weak: bool = False


class Ranking(_Record):
    """Hold the answer of ``usephase rank``."""

    figure: str
    method: str
    rows: tuple[RankRow, ...]
    evaluations: int
    draws: int = 0
    tornado: tuple[Swing, ...] = ()
    measure_next: tuple[ToMeasure, ...] = ()


class Difference(_Record):
    """Hold one paired difference between two options."""

    option: str
    against: str
    per: str
    product: str | None = None
    unit: str | None = None
    mean: float
    p2_5: float
    p97_5: float
    probability_lower: float
    probability_equal: float = 0.0
    relative_mean: float | None = None


class Comparison(_Record):
    """Hold the answer of ``usephase compare``."""

    draws: int
    options: tuple[str, ...]
    differences: tuple[Difference, ...]


class UnderScenario(_Record):
    """Hold what is given under one grid scenario."""

    scenario: str
    weight: float
    mean: float
    p2_5: float
    p97_5: float
    probability_met: float | None = None


class TrackYear(_Record):
    """Hold one sale year."""

    year: int
    sales: str = ""
    mean: float
    p2_5: float
    p97_5: float
    target: float | None = None
    probability_met: float | None = None
    by_scenario: tuple[UnderScenario, ...] = ()


class CalendarYear(_Record):
    """Hold what all units sold emit in a calendar year, of a view: those there are, or with the forecast ones."""

    view: Literal["installed base", "with forecast"]
    year: int
    mean: float
    p2_5: float
    p25: float
    p75: float
    p97_5: float


class Wedge(_Record):
    """Hold what a lever makes of a sale year."""

    lever: str
    year: int
    mean: float
    p2_5: float
    p97_5: float


class Effect(_Record):
    """Hold one reason for a change."""

    effect: str
    mean: float
    p2_5: float
    p97_5: float


class Aim(_Record):
    """Hold the target that a track was held against, if there is one."""

    pack: str = ""
    ambition: str | None = None
    set_on: str = ""
    own_rate: float | None = None
    reduction: float | None = None
    target_year: int | None = None
    probability_met: float | None = None
    by_scenario: tuple[UnderScenario, ...] = ()
    sales: str | None = None


class Covered(_Record):
    """Hold what a target covers in a year: of scope 3, or of a category."""

    year: int
    category: str = ""
    mean: float
    required: float | None = None
    of_scope_3: float | None = None
    probability_met: float | None = None


class Coverage(_Record):
    """Hold what a target covers; no years where that cannot be assessed."""

    years: tuple[Covered, ...] = ()


class Abated(_Record):
    """Hold what a lever takes away in a year, and what a t of it costs."""

    lever: str
    year: int
    abated: float
    abated_p2_5: float
    abated_p97_5: float
    cost_per_t: float | None = None
    cost_per_t_p2_5: float | None = None
    cost_per_t_p97_5: float | None = None


class Tracked(_Record):
    """Hold the answer of ``usephase track``."""

    draws: int
    rules: Aim = Aim()
    coverage: Coverage = Coverage()
    base_year: int | None = None
    reporting_year: int | None = None
    years: tuple[TrackYear, ...] = Field(min_length=1)
    outlook: tuple[TrackYear, ...] = ()
    change: tuple[Effect, ...] = ()
    abatement: tuple[Abated, ...] = ()
    calendar: tuple[CalendarYear, ...] = ()
    levers: tuple[Wedge, ...] = ()
    with_levers: tuple[TrackYear, ...] = ()


@dataclass(frozen=True)
class Documents:
    """Hold what a report shows beside its run; None where nothing was given."""

    ranking: Ranking | None = None
    comparison: Comparison | None = None
    tracked: Tracked | None = None


_KINDS: dict[str, tuple[str, type[BaseModel]]] = {
    "differences": ("comparison", Comparison), "evaluations": ("ranking", Ranking), "years": ("tracked", Tracked),
}  # fmt: skip


def documents(answers: Iterable[Mapping[str, Any]], names: Iterable[str] = ()) -> Documents:
    """Take answers of rank, compare and track, told apart by their keys.

    Raises
    ------
    StudyError
        If one is of another form, with every problem in it.
    """
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    called = list(names)
    for i, answer in enumerate(answers):
        name = called[i] if i < len(called) else f"document {i + 1}"
        kind = next((kind for key, kind in _KINDS.items() if isinstance(answer, Mapping) and key in answer), None)
        if kind is None:
            fix = "give the --json answer of usephase rank, compare or track"
            problems.append(Problem(where=name, what="not an answer that a report can hold", fix=fix))
            continue
        try:
            found[kind[0]] = kind[1].model_validate(answer)
        except ValidationError as error:
            for item in error.errors()[:20]:
                place = ".".join(map(str, item["loc"]))
                fix = "give the answer as the command printed it"
                problems.append(Problem(where=f"{name}: {place}", what=item["msg"].lower(), fix=fix))
    if problems:
        raise StudyError(problems)
    return Documents(**found)


def read_documents(paths: Iterable[Path]) -> Documents:
    """Read answers from JSON files.

    Raises
    ------
    StudyError
        If a file cannot be read, is too large, or is not such an answer.
    """
    answers: list[Any] = []
    names: list[str] = []
    for path in paths:
        names.append(path.name)
        try:
            if path.stat().st_size > SIZE_MAX_BYTES:
                raise ValueError(f"larger than {SIZE_MAX_BYTES // 1_000_000} MB")
            answers.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError) as error:
            reason = (error.strerror or "not readable") if isinstance(error, OSError) else str(error)
            fix = "give a JSON file that usephase rank, compare or track printed"
            raise StudyError([Problem(where=path.name, what=f"cannot be used: {reason}", fix=fix)]) from error
    return documents(answers, names)
