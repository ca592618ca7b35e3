"""A figure multiplied out into products of independent cells: its variance and indices without a draw.

With f = Σ a_t Π φ_tc(x_c), the means m and covariances C of the φ of each cell by quadrature, and M = C + m mᵀ,

    V(E[f|x_c]) = qᵀ C_c q,                                          q_t = a_t Π m_td over the other cells d,
    E[V(f|others)] = Σ a_t a_s C_c(t, s) Π M_d(t, s)                  over the other cells d,
    V(f) = Σ_c Σ a_t a_s C_c(t, s) Π_{d < c} M_d(t, s) Π_{d > c} m_td m_sd.

The last is Π M − Π m mᵀ written as a telescope: nothing large is taken from something large.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usephase.engine.adjoint.rows import Row, Rows, Sampled
from usephase.engine.adjoint.tape import MULTIPLY, Tape, list_tapes
from usephase.engine.plan.values import Values
from usephase.insight.sensitivity.draws.samples import Given
from usephase.insight.sensitivity.subject import Subject
from usephase.sampling.draws import quadrature

MOST = 2048
"""Most products into which a figure is multiplied out; time grows with their square."""
Sum = dict[tuple[int, ...], float]
"""Coefficients by the leaves that are multiplied, ascending."""


@dataclass(frozen=True)
class Moments:
    """Exact moments of a figure, to rounding and quadrature.

    Attributes
    ----------
    mean, variance : float
    first, total : dict of int to float
        V(E[f|x]) and E[V(f|others)] of each cell in the figure.
    products : int
    nodes : int
        Values of cells at which something was evaluated.
    """

    mean: float
    variance: float
    first: dict[int, float]
    total: dict[int, float]
    products: int
    nodes: int


@dataclass(frozen=True)
class _Cell:
    """Where a cell stands: the products, which of its functions is in each, and the moments of those."""

    at: np.ndarray
    form: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray

    @property
    def second(self) -> np.ndarray:
        return self.covariance + np.outer(self.mean, self.mean)


def moments(subject: Subject) -> Moments | str:
    """Give the moments of a figure, or say why it cannot be multiplied out."""
    graph, tapes = subject.graph, list_tapes(subject.graph, out_to_cells=True)
    free = {cell: len(f.cells) == 1 for f in subject.factors for cell in f.cells}
    leaves: dict[int, int] = {}
    cells: list[int] = []
    for _, tape in tapes:
        for node in tape.leaves:
            if node in leaves:
                continue
            below = [cell for cell in graph.below(node) if cell in free]
            if len(below) > 1:
                return (
                    "some of its parts depend on several cells at once (lives on curves and grids, shares, scenarios)"
                )
            if below and not free[below[0]]:
                return "some of its cells are correlated"
            leaves[node] = len(leaves)
            cells.append(below[0] if below else -1)
    still = [node for node, i in leaves.items() if cells[i] < 0]
    numbers = {leaves[node]: float(x[0]) for node, x in zip(still, rows_at(subject, still, {}), strict=True)}
    figure: Sum = defaultdict(float)
    for _, tape in tapes:
        terms = _multiplied_out(tape, [leaves[node] for node in tape.leaves], numbers)
        for product, a in (terms or {}).items():
            figure[product] += a
        if terms is None or len(figure) > MOST:
            return f"it has more than {MOST:,} products"
    return _combined(np.array(list(figure.values())), *_standing(subject, list(figure), list(leaves), cells))


def rows_at(subject: Subject, nodes: Sequence[int], u: dict[int, np.ndarray]) -> np.ndarray:
    """Give values of the figure's graph with some cells at probabilities, the others at best estimate.

    Shape (node, draw).
    """
    values = Given(Values(subject.plan.cells, None, 0, 1), u)
    rows = Rows(subject.graph, [Row(node) for node in nodes], Sampled(None, values.size), sides=1)
    found: np.ndarray = rows.values(lambda: (values, values), values.size)[0]
    return found


def _multiplied_out(tape: Tape, leaves: Sequence[int], numbers: dict[int, float]) -> Sum | None:
    """Write a tape as a sum of products; None if there are too many."""
    nodes: list[Sum] = [{(): numbers[leaf]} if leaf in numbers else {(leaf,): 1.0} for leaf in leaves]
    for code, left, right, a, b in zip(tape.code, tape.left, tape.right, tape.a, tape.b, strict=True):
        x, y = nodes[left], nodes[right]
        out: Sum = defaultdict(float)
        if code == MULTIPLY:
            if len(x) * len(y) > MOST:
                return None
            for p, v in x.items():
                for q, w in y.items():
                    out[tuple(sorted(p + q))] += a * v * w
        else:
            for terms, factor in ((x, a), (y, b)):
                for p, v in terms.items():
                    out[p] += factor * v
            if len(out) > MOST:
                return None
        nodes.append(out)
    return {p: v * tape.scale for p, v in nodes[tape.root].items()}


def _standing(
    subject: Subject, products: list[tuple[int, ...]], leaves: list[int], cells: list[int]
) -> tuple[dict[int, _Cell], int]:
    """Find where each cell stands, and give the moments of its functions; count where they were evaluated."""
    forms: dict[int, dict[tuple[int, ...], int]] = defaultdict(dict)
    places: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for t, product in enumerate(products):
        by_cell: dict[int, tuple[int, ...]] = defaultdict(tuple)
        for leaf in product:
            by_cell[cells[leaf]] += (leaf,)
        for cell, form in by_cell.items():
            places[cell].append((t, forms[cell].setdefault(form, len(forms[cell]))))
    out, nodes = {}, 0
    for cell in sorted(places):
        u, weights = quadrature(subject.plan.cells, cell)
        met = sorted({leaf for form in forms[cell] for leaf in form})
        row = dict(zip(met, rows_at(subject, [leaves[leaf] for leaf in met], {cell: u}), strict=True))
        values = np.array([np.prod([row[leaf] for leaf in form], axis=0) for form in forms[cell]])
        mean = values @ weights
        centered = values - mean[:, None]
        at, form = np.array(places[cell]).T
        out[cell] = _Cell(at, form, mean, (centered * weights) @ centered.T)
        nodes += u.size
    return out, nodes


def _combined(a: np.ndarray, standing: dict[int, _Cell], nodes: int) -> Moments:
    """Combine the moments of cells into those of the products' sum."""
    together: list[list[int]] = [[] for _ in a]
    for number, cell in standing.items():
        for t in cell.at:
            together[t].append(number)
    place, means, variance = np.full(a.size, -1), np.ones(a.size), 0.0
    first, total = dict[int, float](), dict[int, float]()
    for number, cell in standing.items():
        means[cell.at] *= cell.mean[cell.form]
        place[cell.at] = np.arange(cell.at.size)
        joint, alone, later = np.outer(a[cell.at], a[cell.at]), a[cell.at], np.ones(cell.at.size)
        met = []
        for d in sorted({d for t in cell.at for d in together[t]} - {number}):
            other, mine = standing[d], place[standing[d].at]
            met.append((d, mine[mine >= 0], other.form[mine >= 0]))
        for d, mine, form in met:
            if d < number:
                alone[mine] *= standing[d].mean[form]
                _multiply(joint, standing[d], mine, form)
            else:
                later[mine] *= standing[d].mean[form]
        alone = alone * later
        own = cell.covariance[np.ix_(cell.form, cell.form)]
        variance += float(later @ (joint * own) @ later)
        first[number] = float(alone @ own @ alone)
        for d, mine, form in met:
            if d > number:
                _multiply(joint, standing[d], mine, form)
        total[number] = float((joint * own).sum())
        place[cell.at] = -1
    return Moments(float(a @ means), variance, first, total, a.size, nodes)


def _multiply(joint: np.ndarray, cell: _Cell, at: np.ndarray, form: np.ndarray) -> None:
    """Multiply pairs of products by E[φ_t φ_s] of a cell, which stands in those at `at`."""
    both = np.ix_(at, at)
    block = joint[both] * cell.second[np.ix_(form, form)]
    joint[at] *= cell.mean[form][:, None]
    joint[:, at] *= cell.mean[form]
    joint[both] = block
