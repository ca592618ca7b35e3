"""A group of products compiled to a program, and the program run over draws."""

from dataclasses import dataclass

import numpy as np

from usephase.catalog.schema import TABLES
from usephase.engine.compiled.cells import CellArrays, cell_arrays
from usephase.engine.compiled.kernel import execute, scratch
from usephase.engine.compiled.product import Products
from usephase.engine.compiled.rows import Writer
from usephase.engine.plan import Plan
from usephase.engine.shared import BAD_LIFE, Shared
from usephase.engine.sums import Key
from usephase.engine.values import Values
from usephase.errors import NumericError
from usephase.model.lifetime import edges
from usephase.model.weibull import TERMS
from usephase.sampling.design import Design, Quasi
from usephase.sampling.draws import draw


@dataclass(frozen=True)
class Program:
    """One tile of products as arrays for `execute`.

    Attributes
    ----------
    keys : tuple of Key
        The sums, in the order of their rows.
    operations, constants, lists, coefficients : ndarray
        The tape, see `usephase.engine.compiled.code`.
    sizes : ndarray of int
        Rows, slots, longest list of a calendar, scenarios, and the cell that the scenario is (−1: there is one only).
    sets, weights : ndarray
        See `usephase.engine.compiled.electricity`.
    cells : CellArrays
    lives : tuple of int
        Lives, as numbered in the plan, that are made beforehand.
    """

    plan: Plan
    keys: tuple[Key, ...]
    operations: np.ndarray
    constants: np.ndarray
    lists: np.ndarray
    coefficients: np.ndarray
    sizes: np.ndarray
    sets: np.ndarray
    weights: np.ndarray
    cells: CellArrays
    lives: tuple[int, ...]


def local_cells(plan: Plan) -> np.ndarray:
    """Tell which cells belong to one product. Shape (cell,) of bool."""
    own = {name for name, table in TABLES.items() if "product" in table.keys}
    return np.array([name[0] in own for name in plan.cells.name], dtype=bool)


def compile_tile(plan: Plan, products: range, design: Design, draws: int, dtype: type, local: np.ndarray) -> Program:
    """Compile a tile of products.

    Parameters
    ----------
    plan : Plan
    products : range
    design : Design
    draws : int
        Draws in all, of the whole run.
    dtype : type
        Of the arithmetic.
    local : ndarray of bool (cell,)
        As `local_cells`.
    """
    tape = Writer(local)
    scenario = -1
    if plan.scenario.cell >= 0:
        scenario = tape.cell(plan.scenario.cell)
    writer = Products(plan, tape)
    writer.tile(products)
    operations, constants, lists, coefficients, rows = tape.finish()
    weights, sets = writer.zones.weights()
    seed = design.seed if isinstance(design, Quasi) else None
    return Program(
        plan=plan, keys=tuple(tape.keys), operations=operations, constants=constants.astype(dtype), lists=lists,
        coefficients=coefficients.astype(dtype),
        sizes=np.array([rows, writer.meetings.slots, writer.meetings.longest, len(plan.scenarios), scenario]),
        sets=sets, weights=weights.astype(dtype), cells=cell_arrays(plan.cells, list(tape.cells), seed, draws),
        lives=tuple(writer.lives.given),
    )  # fmt: skip


def run(program: Program, design: Design | None, start: int, stop: int, dtype: type, sums: np.ndarray,
        touched: np.ndarray) -> None:  # fmt: skip
    """Compute the draws `start` … `stop` − 1 of a program's sums.

    Parameters
    ----------
    design : Design or None
        None: best estimates, into column 0.
    sums : ndarray (sum, draw)
        A column for each draw of the run, with room for whole rows of `LANES` draws.
    touched : ndarray of bool (sum,)
        Which sums something was added to: those are marked.

    Raises
    ------
    NumericError
        When a life is not a finite positive number in some draw.
    """
    plan, cells = program.plan, program.cells
    size = stop - start if design else 1
    given = np.zeros((len(cells.given) if design else 0, size))
    if design:
        for i, cell in enumerate(cells.given):
            given[i] = draw(plan.cells, design, cell, start, stop)
    lives, ages = _lives(program, Values(plan.cells, design, start, stop, dtype))
    at = (start, stop, start) if design else (-1, 0, -1)
    stopped = execute(
        *at, program.operations, program.constants, program.lists, program.coefficients, program.sizes,
        edges(plan.timing), TERMS, program.sets, program.weights, cells.kind, cells.params, cells.group,
        cells.dimension, cells.seeds, cells.words, cells.digits, cells.place, cells.points, cells.best, given,
        lives, ages, sums, touched, scratch(program.sizes, len(sums), dtype),
    )  # fmt: skip
    if stopped:
        raise NumericError(BAD_LIFE)


def _lives(program: Program, values: Values) -> tuple[np.ndarray, np.ndarray]:
    """Make the lives that the kernel has no formula for. Shapes (life, 3, age, draw) and (life,)."""
    made = []
    shared = Shared(program.plan, values)
    for i in program.lives:
        service, retired, mean = shared.curve(i)
        made.append((service, retired, np.broadcast_to(mean, (values.size,))))
    ages = np.array([len(service) for service, _, _ in made], dtype=np.int64)
    out = np.zeros((len(made), 3, int(ages.max(initial=1)), values.size))
    for one, (service, retired, mean) in zip(out, made, strict=True):
        one[0, : len(service)], one[1, : len(retired)], one[2, 0] = service, retired, mean
    return out, ages
