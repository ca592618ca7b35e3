"""A quick look at which factors matter at all, by total-order indices of a small sweep."""

from dataclasses import replace

import numpy as np

from usephase.engine.adjoint.jobs import make_jobs
from usephase.insight.sensitivity.factors import Factor
from usephase.insight.sensitivity.subject import Subject
from usephase.insight.sensitivity.sweep import sweep

SCREENING_DRAWS = 128


def leading(subject: Subject, count: int) -> list[Factor]:
    """Give the factors of largest total-order index, the largest first."""
    small = replace(subject, draws=SCREENING_DRAWS)
    sets = [f.cells for f in small.factors]
    jobs = make_jobs(subject.graph, subject.tapes, sets)
    done = sweep(subject.graph, jobs, sets, small.make_design, small.draws, small.workers)
    order = np.argsort(-done.squared.sum(axis=1), kind="stable")[:count]
    return [subject.factors[i] for i in order if done.touched[i]]
