"""What is computed otherwise in single precision than in double: draws and Weibull lives.

The compiler chooses by the type of the rows, so that each kernel holds the code of its own precision alone.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call"
# What the compiler chooses from has one signature, told by the two functions that are called.

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

from usephase.engine.compiled.arithmetic import copy, row_of, scrap
from usephase.engine.compiled.cells import fill
from usephase.engine.compiled.cells_single import fill_single
from usephase.engine.compiled.code import AGES, LANES
from usephase.model import weibull, weibull_single

assert weibull_single.LANES == LANES


def draw_row(
    out: Any, scratch: Any, cell: Any, start: Any, known: Any, points: Any, u: Any, drawn: Any, kind: Any,
    params: Any, group: Any, dimension: Any, seeds: Any, words: Any, digits: Any, place: Any, table: Any, best: Any,
    given: Any,
) -> Any:  # fmt: skip
    """Draw a cell into a row; parameters as `usephase.engine.compiled.cells_single.fill_single`."""
    raise NotImplementedError


def live(
    w: Any, mean: Any, shape: Any, limit: Any, to: Any, service: Any, retired: Any, ends: Any, terms: Any, life: Any,
    whole: Any, gone: Any,
) -> Any:  # fmt: skip
    """Fill a slot with the lives that three rows describe, and give the number of calendar years.

    Parameters
    ----------
    w : ndarray (row · draw,)
    mean, shape, limit, to : int
        Rows; `limit` is −1 if nothing is scrapped, `to` takes the mean life.
    service, retired : ndarray (age · draw,)
        Overwritten, as far as the years given.
    ends, terms : ndarray
        As `usephase.model.weibull.fill_lives`.
    life, whole, gone : ndarray
        Scratch in double precision.
    """
    raise NotImplementedError


@njit(error_model="numpy", fastmath={"contract"})
def _draw_double(out, scratch, cell, start, known, points, u, drawn, kind, params, group, dimension, seeds,
                 words, digits, place, table, best, given):  # fmt: skip
    known = fill(cell, start, known, points, u, kind, params, group, dimension, seeds, words, digits, place, table,
                 best, given, drawn)  # fmt: skip
    copy(out, drawn)
    return known


@njit(error_model="numpy", fastmath={"contract"})
def _draw_single(out, scratch, cell, start, known, points, u, drawn, kind, params, group, dimension, seeds,
                 words, digits, place, table, best, given):  # fmt: skip
    return fill_single(cell, start, known, points, u, drawn, scratch, kind, params, group, dimension, seeds,
                       words, digits, place, table, best, given, out)  # fmt: skip


@njit(error_model="numpy", fastmath={"contract"})
def _prepare(w, mean, shape, limit, to, life, terms):
    """Put mean life, mean before scrapping, shape and age of scrapping into rows, and the mean life into its own."""
    copy(life[0], row_of(w, mean))
    copy(life[1], row_of(w, mean))
    copy(life[2], row_of(w, shape))
    if limit >= 0:
        copy(life[3], row_of(w, limit))
        scrap(life, terms)
    else:
        life[3] = np.inf
    copy(row_of(w, to), life[0])


@njit(error_model="numpy", fastmath={"contract"})
def _live_double(w, mean, shape, limit, to, service, retired, ends, terms, life, whole,
                 gone):  # fmt: skip
    _prepare(w, mean, shape, limit, to, life, terms)
    years, shares = service[: AGES * LANES].reshape((AGES, LANES)), retired[: AGES * LANES].reshape((AGES, LANES))
    return weibull.fill_lives(life[0], life[1], life[2], life[3], ends, terms, years, shares)


@njit(error_model="numpy", fastmath={"contract"})
def _live_rounded(w, mean, shape, limit, to, service, retired, ends, terms, life, whole,
                  gone):  # fmt: skip
    """As `_live_double`, by way of scratch."""
    _prepare(w, mean, shape, limit, to, life, terms)
    ages = weibull.fill_lives(life[0], life[1], life[2], life[3], ends, terms, whole, gone)
    for k in range(ages):
        copy(row_of(service, k), whole[k])
        copy(row_of(retired, k), gone[k])
    return ages


@njit(error_model="numpy", fastmath={"contract"})
def _live_single(w, mean, shape, limit, to, service, retired, ends, terms, life, whole,
                 gone):  # fmt: skip
    latest = row_of(w, limit) if limit >= 0 else np.full(LANES, np.float32(np.inf), dtype=np.float32)
    ages = weibull_single.fill_lives(row_of(w, mean), row_of(w, shape), latest, ends, service, retired,
                                     row_of(w, to))  # fmt: skip
    if ages < 0:
        ages = _live_rounded(w, mean, shape, limit, to, service, retired, ends, terms, life, whole, gone)
    return ages


def _chosen(rows: types.Array, single: Callable[..., Any], double: Callable[..., Any]) -> Callable[..., Any]:
    return single if rows.dtype == types.float32 else double


@overload(draw_row, jit_options={"error_model": "numpy"})
def _draw_row(out, scratch, cell, start, known, points, u, drawn, kind, params, group, dimension, seeds,
              words, digits, place, table, best, given):  # fmt: skip
    chosen = _chosen(out, _draw_single, _draw_double)

    def draw(out, scratch, cell, start, known, points, u, drawn, kind, params, group, dimension, seeds, words,
             digits, place, table, best, given):  # fmt: skip
        return chosen(out, scratch, cell, start, known, points, u, drawn, kind, params, group, dimension,
                      seeds, words, digits, place, table, best, given)  # fmt: skip

    return draw


@overload(live, jit_options={"error_model": "numpy"})
def _live(w, mean, shape, limit, to, service, retired, ends, terms, life, whole,
          gone):  # fmt: skip
    chosen = _chosen(w, _live_single, _live_double)

    def fill_slot(w, mean, shape, limit, to, service, retired, ends, terms, life, whole,
                  gone):  # fmt: skip
        return chosen(w, mean, shape, limit, to, service, retired, ends, terms, life, whole, gone)

    return fill_slot
