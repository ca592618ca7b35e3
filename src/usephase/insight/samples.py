"""Inputs and outputs of one plain sample: what the methods need that do not swap cells."""

from dataclasses import dataclass

import numpy as np

from usephase.engine.cells import Ref
from usephase.engine.values import Values
from usephase.insight.dependence import Dependence
from usephase.insight.factors import Factor
from usephase.insight.figure import Figure
from usephase.insight.jobs import Job, make_jobs
from usephase.insight.kernel import forward
from usephase.insight.leaves import World
from usephase.insight.subject import Subject
from usephase.results.run import Run
from usephase.sampling.draws import values_at


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
    jobs = make_jobs(subject.plan, subject.tapes, [f.cells for f in subject.factors])
    numbers = sorted({int(f) for job in jobs for f in job.factors})
    return jobs, [subject.factors[i] for i in numbers]


def draw_sample(subject: Subject, chosen: list[Factor], jobs: list[Job], run: Run | None = None) -> Sample:
    """Draw single cells, and evaluate the figure or take it from a run."""
    single = [f for f in chosen if len(f.cells) == 1]
    values = Values(subject.plan.cells, subject.make_design(), 0, subject.draws)
    x = np.array([values(Ref(next(iter(f.cells)), 0.0)) for f in single]).reshape(-1, subject.draws)
    y = evaluate(subject, jobs, values) if run is None else stored(run, subject.figure)
    return Sample(single, x, y, [f for f in chosen if len(f.cells) > 1])


def stored(run: Run, figure: Figure) -> np.ndarray:
    """Take a figure's draws from a run. Shape (draw,)."""
    frame = run.draws(figure.ledger, figure.by)
    return np.asarray(frame.loc[figure.group], dtype=float)


def evaluate(subject: Subject, jobs: list[Job], values: Values) -> np.ndarray:
    """Evaluate the figure for any values of its cells. Shape (draw,)."""
    world = World(subject.plan, values, Dependence(subject.plan))
    total = np.zeros(values.size)
    for job in jobs:
        tape = job.tape
        nodes = np.empty((len(tape.keys) + len(tape.code), values.size))
        for i, key in enumerate(tape.keys):
            nodes[i] = world(key)
        forward(tape.code, tape.left, tape.right, tape.a, tape.b, nodes, len(tape.keys))
        total += tape.scale * nodes[tape.root]
        world.forget()
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
        self.size = next(iter(u.values())).size

    def cell(self, cell: int) -> np.ndarray:
        """Give one cell. Shape (draw,)."""
        if cell in self.u:
            return values_at(self.cells, cell, self.u[cell])
        return np.full(self.size, self.cells.best[cell])
