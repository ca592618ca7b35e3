"""A group of products compiled to a program, and the program run over draws."""

from dataclasses import dataclass

import numpy as np

from usephase.catalog.schema import TABLES
from usephase.compiling import is_compiled
from usephase.engine.execute.interpreter import interpret
from usephase.engine.execute.kernel import execute, scratch
from usephase.engine.plan.lives import BAD_LIFE, laid_out, make_life
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Kernel
from usephase.engine.plan.sums import INVENTORY, Key, Wanted
from usephase.engine.plan.values import Values
from usephase.engine.program.cells import CellArrays, cell_arrays
from usephase.engine.program.code import LANES
from usephase.engine.program.product import Products
from usephase.engine.program.rows import Writer
from usephase.errors import NumericError
from usephase.model.lifetime import edges
from usephase.model.weibull import TERMS
from usephase.sampling.design import Design, Quasi


@dataclass(frozen=True)
class Program:
    """One tile of products as arrays for `execute`.

    Attributes
    ----------
    products : range
        Those of the plan.
    keys : tuple of Key
        The sums, in the order of their rows.
    operations, constants, lists, coefficients : ndarray
        The tape, see `usephase.engine.program.code`.
    sizes : ndarray of int
        Rows, slots, longest list of a calendar, scenarios, and the cell that the scenario is (−1: there is one only).
    sets, weights : ndarray
        See `usephase.engine.program.electricity`.
    cells : CellArrays
    lives : tuple of int
        Lives, as numbered in the plan, that are made beforehand.
    handed : bool
        Whether all cells are handed over, whatever they are drawn from.
    starts : ndarray of int (product + 1,)
        The first operation of each product, and of what the tile's products have in common.
    """

    plan: Plan
    products: range
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
    handed: bool
    starts: np.ndarray


def local_cells(plan: Plan) -> np.ndarray:
    """Tell which cells belong to one product. Shape (cell,) of bool."""
    own = {name for name, table in TABLES.items() if "product" in table.keys}
    return np.array([name[0] in own for name in plan.cells.name], dtype=bool)


def write_tile(
    plan: Plan, products: range, design: Design | None, draws: int, local: np.ndarray, wanted: Wanted = INVENTORY
) -> Program:
    """Write a tile of products.

    Parameters
    ----------
    plan : Plan
    products : range
    design : Design or None
        None: the values of all cells are handed over.
    draws : int
        Draws in all, of the whole run.
    local : ndarray of bool (cell,)
        As `local_cells`.
    wanted : Wanted
        The sums.
    """
    tape = Writer(local)
    scenario = -1
    if plan.scenario.cell >= 0:
        scenario = tape.cell(plan.scenario.cell)
    writer = Products(plan, tape, wanted)
    writer.tile(products)
    operations, constants, lists, coefficients, rows = tape.finish()
    weights, sets = writer.meetings.weights.finished()
    seed = design.seed if isinstance(design, Quasi) else None
    return Program(
        plan=plan, products=products, keys=tuple(tape.keys), operations=operations, constants=constants, lists=lists,
        coefficients=coefficients,
        sizes=np.array([rows, writer.meetings.slots, writer.meetings.longest, len(plan.scenarios), scenario]),
        sets=sets, weights=weights, cells=cell_arrays(plan.cells, list(tape.cells), seed, draws),
        lives=tuple(writer.lives.given), handed=design is None, starts=tape.starts(),
    )  # fmt: skip


def run(
    program: Program, values: Values, sums: np.ndarray, touched: np.ndarray, kernel: Kernel, origin: int = 0
) -> None:
    """Compute a program's sums for a range of draws.

    Parameters
    ----------
    values : Values
        Of the plan's cells; best estimates go into column 0.
    sums : ndarray (sum, draw)
        A column for each draw of the run from `origin` on, or of the range where all cells are handed over, with room
        for whole rows of `LANES` draws.
    touched : ndarray of bool (sum,)
        Which sums something was added to: those are marked.
    kernel : str
        Who executes; changes no bit.

    Raises
    ------
    NumericError
        When a life is not a finite positive number in some draw.
    """
    cells = program.cells
    drawn = program.handed or values.design is not None
    given = np.zeros((len(cells.given) if drawn else 0, values.size))
    for i, cell in enumerate(cells.given if drawn else ()):
        given[i] = values.cell(cell)
    lives, ages = _lives(program, values)
    at = (0, values.size, 0) if program.handed else (values.start, values.stop, values.start) if drawn else (-1, 0, -1)
    execute_program(program, (*at, origin), given, lives, ages, sums, touched, kernel)


def execute_program(
    program: Program, at: tuple[int, int, int, int], given: np.ndarray, lives: np.ndarray, ages: np.ndarray,
    sums: np.ndarray, touched: np.ndarray, kernel: Kernel,
) -> None:  # fmt: skip
    """Execute a program whose cells and lives are handed over as far as it does not make them itself.

    Parameters
    ----------
    at : (int, int, int, int)
        The first draw, the last but one, the draw that what is handed over begins with, and the one that the columns
        of `sums` begin with.
    given : ndarray (cell, draw)
    lives, ages : ndarray (life, 3, age, draw), ndarray (life,)
    sums, touched, kernel
        As of `run`.

    Raises
    ------
    NumericError
        When a life is not a finite positive number in some draw.
    """
    cells = program.cells
    tape = (program.operations, program.constants, program.lists, program.coefficients)
    how = (program.sizes, edges(program.plan.timing), TERMS, program.sets, program.weights)
    if kernel == "numpy":
        stopped = interpret(*at, tape, *how, cells, given, lives, ages, sums, touched)
    else:
        stopped = execute(
            *at, *tape, *how, cells.kind, cells.params, cells.group, cells.dimension, cells.seeds, cells.words,
            cells.digits, cells.place, cells.points, cells.best, given, lives, ages, sums, touched,
            scratch(program.sizes, len(sums)),
        )  # fmt: skip
    if stopped:
        raise NumericError(BAD_LIFE)


def sums_of(program: Program, values: Values) -> dict[Key, np.ndarray]:
    """Give the sums of a program whose cells are handed over, by whichever executor is at hand. Shapes (draw,)."""
    held = np.empty((len(program.keys), -(-values.size // LANES) * LANES))
    touched = np.zeros(len(program.keys), dtype=bool)
    run(program, values, held, touched, "numba" if is_compiled() else "numpy")
    return {key: held[i, : values.size] for i, key in enumerate(program.keys) if touched[i]}


def _lives(program: Program, values: Values) -> tuple[np.ndarray, np.ndarray]:
    """Make the lives that the kernel has no formula for. Shapes (life, 3, age, draw) and (life,)."""
    return laid_out([make_life(program.plan, values, i) for i in program.lives], values.size)
