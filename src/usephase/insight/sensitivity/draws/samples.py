"""Inputs and outputs of one plain sample: what the methods need that do not swap cells."""

from dataclasses import dataclass

import numpy as np

from usephase.engine.adjoint.jobs import Job, make_jobs
from usephase.engine.plan.cells import Ref
from usephase.engine.plan.study import TILE
from usephase.engine.plan.values import Values
from usephase.engine.program.group import local_cells, sums_of, write_tile
from usephase.engine.program.slice import sliced
from usephase.insight.figure import Figure, products_of, wanted_of
from usephase.insight.figure import sums_of as sums_of_figure
from usephase.insight.sensitivity.factors import Factor
from usephase.insight.sensitivity.subject import Subject
from usephase.results.run import Run
from usephase.sampling.draws import own_uniforms, uniforms_given, values_at


@dataclass(frozen=True)
class Sample:
    """Draws of cells and of the figure.

    Attributes
    ----------
    factors : list of Factor
        Single cells that touch the figure.
    x : ndarray (factor, draw)
    y : ndarray (draw,)
        [t CO2e]
    tied : list of Factor
        Groups of correlated cells, which are left out.
    """

    factors: list[Factor]
    x: np.ndarray
    y: np.ndarray
    tied: list[Factor]


def touching(subject: Subject) -> tuple[list[Job], list[Factor]]:
    """Find the products of a figure and the factors that touch them."""
    jobs = make_jobs(subject.graph, subject.tapes, [f.cells for f in subject.factors])
    numbers = sorted({int(f) for job in jobs for f in job.factors})
    return jobs, [subject.factors[i] for i in numbers]


def draw_sample(
    subject: Subject, chosen: list[Factor], run: Run | None = None, known: np.ndarray | None = None
) -> Sample:
    """Draw single cells, and evaluate the figure, unless its draws are known or a run has them."""
    single = [f for f in chosen if len(f.cells) == 1]
    values = Values(subject.plan.cells, subject.make_design(), 0, subject.draws)
    x = np.array([_own(values, next(iter(f.cells))) for f in single]).reshape(-1, subject.draws)
    if known is None:
        known = evaluate(subject, values) if run is None else stored(run, subject.figure)
    return Sample(single, x, known, [f for f in chosen if len(f.cells) > 1])


def _own(values: Values, cell: int) -> np.ndarray:
    """Give a cell's draws; where it has a part in a common error, as they would be without that. Shape (draw,)."""
    if len(values.cells.unknowns(cell)) == 1:
        return np.asarray(values(Ref(cell, 0.0)))
    assert values.design is not None
    return values_at(values.cells, cell, own_uniforms(values.cells, values.design, cell, values.start, values.stop))


def stored(run: Run, figure: Figure) -> np.ndarray:
    """Take a figure's draws from a run. Shape (draw,)."""
    frame = run.draws(figure.ledger, figure.by)
    return np.asarray(frame.loc[figure.group], dtype=float)


def evaluate(subject: Subject, values: Values) -> np.ndarray:
    """Evaluate the figure for any values of its cells. Shape (draw,)."""
    plan, local, wanted = subject.plan, local_cells(subject.plan), wanted_of(subject.figure)
    asked, mine = sums_of_figure(subject.figure, plan), products_of(subject.figure, plan)
    total = np.zeros(values.size)
    for first in range(mine.start, mine.stop, TILE):
        program = write_tile(plan, range(first, min(first + TILE, mine.stop)), None, values.size, local, wanted)
        for its in sums_of(sliced(program, asked), values).values():
            total += its
        values.forget("product:")
    return total


class Given(Values):
    """Some cells at given probabilities of their distribution, the others at best estimate.

    Parameters
    ----------
    u : mapping of int to ndarray (draw,)
        Probabilities by cell.
    """

    def __init__(self, like: Values, u: dict[int, np.ndarray]) -> None:
        super().__init__(like.cells, None, 0, 1)
        self.u = u
        self.size = next(iter(u.values())).size if u else 1

    def cell(self, cell: int) -> np.ndarray:
        """Give one cell. Shape (draw,)."""
        u = uniforms_given(self.cells, cell, self.u)
        return np.full(self.size, self.cells.best[cell]) if u is None else values_at(self.cells, cell, u)
