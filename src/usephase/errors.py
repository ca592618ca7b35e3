"""Errors: what went wrong, where, and what to do about it.

Every error that a user can cause carries an exit code of its own; anything else is a bug (exit code 1).
"""

import errno
from collections.abc import Iterable, Sequence
from html import escape
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """Name one thing that is wrong: its place, what it is, and its remedy."""

    model_config = ConfigDict(frozen=True)

    where: str
    what: str
    fix: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.where}: {self.what} → {self.fix}"


class Problems(tuple[Problem, ...]):
    """Hold problems; a notebook shows them as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Say in a line how many there are."""
        return f"<{_told(self)}>"

    def _repr_html_(self) -> str:
        cells = [(problem.severity, problem.where, problem.what, problem.fix) for problem in self]
        rows = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in cells)
        head = "<tr><th></th><th>where</th><th>what</th><th>what to do</th></tr>"
        return f"<p><b>{_told(self)}</b></p><table>{head}{rows}</table>"


class UsephaseError(Exception):
    """Any failure that usephase explains in its own words."""

    exit_code = 1


class CommandError(UsephaseError):
    """A command line that cannot be understood."""

    exit_code = 2


class RefusedError(UsephaseError):
    """A catalog or a study that is refused; carries every problem found.

    Parameters
    ----------
    problems : iterable of Problem
        All that is wrong, not the first one only.
    """

    exit_code = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = Problems(problems)
        super().__init__("\n".join([_told(self.problems), *map(str, self.problems)]))


def _told(problems: Sequence[Problem]) -> str:
    warnings = sum(problem.severity == "warning" for problem in problems)
    head = _counted(len(problems) - warnings, "problem")
    return f"{head}, {_counted(warnings, 'warning')}" if warnings else head


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


class CatalogError(RefusedError):
    """A catalog that cannot be used."""


class StudyError(RefusedError):
    """A comparison, ranking or export that was asked for wrongly."""


class StoreError(UsephaseError):
    """A file that cannot be written or read, is damaged, or is not ours."""

    exit_code = 4


class NumericError(UsephaseError):
    """A draw for which the model has no finite answer."""

    exit_code = 5


def not_finite(what: str, among: str = "") -> NumericError:
    """Say which answer is not a number, and where to look."""
    return NumericError(
        f"{what} → look{among} for a number that is far too large, or a divisor that may come near 0 (efficiency, "
        "amount, mean life), and write what is meant or narrow its distribution"
    )


class WorkerError(UsephaseError):
    """A worker that failed more often than it may."""

    exit_code = 6


def refused_by_system(error: BaseException) -> str:
    """Say what of memory, threads or processes the system refuses; empty if an error has another reason.

    Parameters
    ----------
    error : BaseException
        Looked at with the errors that led to it: libraries wrap what the system says.
    """
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        text = str(at)
        if isinstance(at, MemoryError):
            return text or "the system gives no more"
        # With a file's name, "try again" is of the file.
        if isinstance(at, OSError) and (at.errno == errno.ENOMEM or (at.errno == errno.EAGAIN and at.filename is None)):
            return at.strerror or text
        if isinstance(at, RuntimeError | ImportError | OSError | SystemError) and any(
            sign in text.lower() for sign in _REFUSALS
        ):
            return text.splitlines()[0]
        at = at.__cause__ or at.__context__
    return ""


_REFUSALS = (
    "can't start new thread", "without exception set", "without setting an exception", "cannot allocate",
    "failed to map segment", "resource temporarily unavailable",
)  # fmt: skip
"""What Python and the loader of libraries say then, and Python of a C library that was given no memory.

llvmlite's own words for it are those of a broken installation.
"""
