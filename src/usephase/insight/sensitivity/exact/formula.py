"""A figure as a product of few cells: powers of what is positive, exponentials of what is not, a factor a scenario."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Name = tuple[str, str, str]


@dataclass(frozen=True)
class Term:
    """What one cell multiplies the figure by.

    Attributes
    ----------
    cell : (str, str, str)
        Table, row, column.
    form : str
        ``power``: cell^x; ``exponential``: e^(x · cell); ``factors``: one number an option, the first being 1.
    values : tuple of float
        x, or the factors.
    options : tuple of str
        What the factors belong to.
    """

    cell: Name
    form: Literal["power", "exponential", "factors"]
    values: tuple[float, ...]
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        name = f"[{' '.join(part for part in self.cell if part)}]"
        if self.form == "power":
            return f"{name}^{self.values[0]:.2f}"
        if self.form == "exponential":
            return f"exp({self.values[0]:.3g} · {name})"
        each = ", ".join(f"{option}: {x:.3g}" for option, x in zip(self.options, self.values, strict=True))
        return f"{name}{{{each}}}"


def fit(
    names: Sequence[Name], x: np.ndarray, y: np.ndarray, options: Sequence[tuple[str, ...]]
) -> tuple[list[Term], float, float]:
    """Fit logarithms by least squares.

    Parameters
    ----------
    names : sequence of (str, str, str)
    x : ndarray (cell, draw)
    y : ndarray (draw,)
        The figure.
    options : sequence of tuple of str
        For each cell the names of what 0, 1, … stand for; empty where it is a number.

    Returns
    -------
    terms : list of Term
        Empty where the figure is not positive in every draw.
    fit : float
        R² of the logarithms.
    constant : float
        What stands before the terms.
    """
    if (y <= 0).any():
        return [], float("nan"), float("nan")
    columns, target = [np.ones(y.size)], np.log(y)
    shapes: list[tuple[Literal["power", "exponential", "factors"], list[int]]] = []
    for values, listed in zip(x, options, strict=True):
        if listed:
            met = sorted({int(v) for v in values})
            shapes.append(("factors", met))
            columns.extend((values == option).astype(float) for option in met[1:])
        elif (values > 0).all():
            shapes.append(("power", []))
            columns.append(np.log(values))
        else:
            shapes.append(("exponential", []))
            columns.append(values)
    matrix = np.column_stack(columns)
    slopes = np.linalg.lstsq(matrix, target, rcond=None)[0]
    spread, left = float(target.var()), float((target - matrix @ slopes).var())
    terms, at = [], 1
    for name, (form, met), listed in zip(names, shapes, options, strict=True):
        if form == "factors":
            found = (1.0, *(float(v) for v in np.exp(slopes[at : at + len(met) - 1])))
            terms.append(Term(name, form, found, tuple(listed[option] for option in met)))
            at += len(met) - 1
        else:
            terms.append(Term(name, form, (float(slopes[at]),)))
            at += 1
    return terms, 1 - left / spread if spread else 1.0, float(np.exp(slopes[0]))
