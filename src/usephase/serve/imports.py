"""Tables that are sent to be imported: what they say, decisions about them, and the catalog that comes of it."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from usephase.catalog.importing.answer import answer_of, questions_of, read_as
from usephase.catalog.importing.body import NothingDecided, Question
from usephase.catalog.importing.changes import compare_with
from usephase.catalog.importing.columns import Column, header_row, recognise
from usephase.catalog.importing.grid import Grid
from usephase.catalog.importing.mapping import ColumnRule, Map, map_of, map_text
from usephase.catalog.importing.take import asked, open_table
from usephase.catalog.importing.understand import Understood, understand
from usephase.catalog.importing.write import MAP, catalog_files, with_map
from usephase.errors import CatalogError, Problem, UsephaseError

KEPT = 8
"""Tables that can be decided about."""
ANSWERS_MAX = 500


@dataclass(frozen=True)
class Decision:
    """Decide one thing: `path` is the entry of map.toml, or ``("columns", NAME)`` with a role and a unit."""

    path: tuple[str, ...]
    value: str
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Sent:
    """Hold a table that was sent, and what was decided about it.

    Attributes
    ----------
    name : str
        A harmless form of the file's name.
    data : bytes
    told : Map
        Last year's decisions.
    year : int or None
    sheet : str
    decisions : tuple of Decision
    """

    name: str
    data: bytes
    told: Map = field(default_factory=Map)
    year: int | None = None
    sheet: str = ""
    decisions: tuple[Decision, ...] = ()

    def with_map(self, data: bytes) -> "Sent":
        """Take last year's map.toml; raises CatalogError if it is none."""
        return replace(self, told=map_of(MAP, data))

    def with_decisions(self, decisions: Sequence[Decision], year: int | None) -> "Sent":
        """Decide more; what is decided again takes the place of the earlier one."""
        held = {one.path: one for one in (*self.decisions, *decisions)}
        kept = tuple(one for one in held.values() if one.value or one.path[0] == "columns")
        return replace(self, decisions=kept[:ANSWERS_MAX], year=year or self.year)


@dataclass(frozen=True, eq=False)
class Imported:
    """Hold what a table says, as far as it is decided.

    Attributes
    ----------
    key : str
    sent : Sent
    columns : tuple of Column
    questions : tuple of Question
    found : Understood or None
        None where nothing is decided yet.
    problems : tuple of Problem
        Why nothing is, and which decisions were not taken.
    grid : Grid
    """

    key: str
    sent: Sent
    columns: tuple[Column, ...]
    questions: tuple[Question, ...]
    found: Understood | None
    problems: tuple[Problem, ...]
    grid: Grid

    def document(self) -> dict[str, Any]:
        """Give it as JSON: as ``usephase import --json``, with the columns' scores and what decides each question."""
        base: dict[str, Any] = {"rows": 0, "decided": 0, "units_decided_share": 0.0, "notes": []}
        if self.found is not None:
            base = answer_of(self.found, Path(Path(self.sent.name).stem))
        columns = [
            {"column": c.theirs, "read_as": read_as(c.rule), "role": c.rule.role, "unit": c.rule.unit,
             "score": min(c.score, 1.0), "decided": c.score > 1, "why": c.why}
            for c in self.columns
        ]  # fmt: skip
        listed = [
            {**told, "path": list(q.path), "values": list(q.proposals)}
            for told, q in zip(questions_of(self.grid, self.questions), self.questions, strict=True)
        ]
        files = {name: len(data) for name, data in self.files().items()}
        problems = [problem.model_dump() for problem in self.problems]
        return {**base, "id": self.key, "name": self.sent.name, "columns": columns, "questions": listed,
                "problems": problems, "files": files}  # fmt: skip

    def files(self) -> Mapping[str, bytes]:
        """Give the files of the catalog, with map.toml; nothing while nothing is decided."""
        if self.found is None:
            return {}
        return with_map(catalog_files(self.found, Path(self.sent.name)), self.found.told)

    def map_text(self) -> str:
        """Give map.toml as it is now."""
        return map_text(self.found.told) if self.found is not None else ""

    def archive(self) -> bytes:
        """Give the catalog as a zip; the same catalog gives the same bytes."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files().items():
                archive.writestr(zipfile.ZipInfo(f"{self.folder}/{name}"), data, zipfile.ZIP_DEFLATED)
        return stream.getvalue()

    @property
    def folder(self) -> str:
        """What the catalog's folder is called in the zip."""
        return Path(self.sent.name).stem

    def changes(self, catalog: Path) -> dict[str, Any] | None:
        """Say what changes against a catalog; None where that cannot be said."""
        if self.found is None:
            return None
        try:
            return compare_with(self.found, catalog)
        except UsephaseError:
            return None


def take_sent(sent: Sent, key: str) -> Imported:
    """Read a table that was sent, by the code of `usephase import`.

    Raises
    ------
    CatalogError
        If it cannot be read as a table at all.
    """
    last_full_year = date.today().year - 1
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / sent.name
        path.write_bytes(sent.data)
        grid = open_table(path, sent.sheet or sent.told.sheet)
    problems: list[Problem] = []
    told = _with_columns(grid, sent, problems)
    answers = {one.path: one.value for one in sent.decisions if not _of_column(one)}
    put: set[tuple[str, ...]] = set()

    def ask(question: Question, share: float) -> str:
        """Give an answer once; asked again, it was wrong, and the question says why."""
        if question.path not in answers or not question.path:
            return ""
        if question.path in put:
            fix = "choose one that is proposed, or write another"
            problems.append(Problem(where="/".join(question.path), what=question.what, fix=fix))
            return ""
        put.add(question.path)
        return answers[question.path]

    columns: tuple[Column, ...]
    try:
        told, _ = asked(grid, told, last_full_year, sent.year, ask, ANSWERS_MAX)
        found = understand(grid, told, sent.year, last_full_year)
    except NothingDecided as nothing:
        problems += [] if nothing.questions else nothing.problems
        return Imported(key, sent, nothing.columns, nothing.questions, None, tuple(problems), grid)
    except CatalogError as error:
        columns = _columns(grid, told)
        return Imported(key, sent, columns, (), None, (*problems, *error.problems), grid)
    return Imported(key, sent, found.columns, found.questions, found, tuple(problems), grid)


def _of_column(one: Decision) -> bool:
    return one.path[0] == "columns" and len(one.path) == 2


def _columns(grid: Grid, told: Map) -> tuple[Column, ...]:
    """Give the columns as recognised; where two can be one, their names alone, to be decided."""
    head = header_row(grid)
    try:
        return tuple(recognise(grid, head, told))
    except CatalogError:
        rules = told.columns
        names = grid.cells[head].tolist()
        return tuple(Column(at, name, rules.get(name, ColumnRule()), 0.0) for at, name in enumerate(names))


def _with_columns(grid: Grid, sent: Sent, problems: list[Problem]) -> Map:
    """Enter what columns were decided to be; a place or a year in their name stays."""
    told = sent.told
    known = {column.theirs: column.rule for column in _columns(grid, told)}
    for one in filter(_of_column, sent.decisions):
        name = one.path[1]
        if not name or name not in known:
            continue
        kept = known[name].model_dump(by_alias=True) if known[name].role == one.value else {}
        unit = {"unit": one.unit} if one.value else {}
        try:
            told = told.with_entry(("columns", name), {**kept, "is": one.value, **unit})
        except CatalogError as error:
            problems += error.problems
    return told
