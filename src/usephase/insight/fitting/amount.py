"""The mean of a population from measurements of many: hours, cycles or energy of tools, by segment and region."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from usephase.catalog.read.limits import MAX_FINDINGS, clip
from usephase.errors import Problem, StudyError
from usephase.insight.fitting.evidence import Note, Source, number, plain
from usephase.insight.fitting.mean import FEWEST, few
from usephase.sampling.distributions import Z95
from usephase.units import nearest

MANY = 200
"""Tools above which Student's distribution is the normal one to three digits."""
_BLOCK = 1 << 24


@dataclass(frozen=True)
class Measured:
    """Hold columns of measurements.

    Attributes
    ----------
    value : ndarray (row,)
    weight : ndarray (row,) or None
        How many tools a row stands for; None where each stands for one.
    tool : ndarray of int (row,) or None
        Which tool a row is of; None where each is of its own.
    groups : dict of str to Categorical (row,)
        By column name.
    """

    value: np.ndarray
    weight: np.ndarray | None
    tool: np.ndarray | None
    groups: dict[str, Any]


@dataclass(frozen=True)
class GroupMean:
    """Hold the mean of one group.

    Attributes
    ----------
    group : dict of str to str
        By column; empty for all together.
    mean, error : float
        And its standard error, from the differences between tools.
    tools, rows : int
    spread : float
        Standard deviation between tools: how users differ, not doubt about their mean.
    """

    group: dict[str, str]
    mean: float
    error: float
    tools: int
    rows: int
    spread: float

    @property
    def text(self) -> str:
        """The value as a cell holds it."""
        mean, error = number(self.mean), number(self.error, 3)
        if self.error == 0:
            return mean
        return f"normal({mean}, {error})" if self.tools > MANY else f"student({mean}, {error}, {self.tools - 1})"

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean."""
        from scipy import special

        half = self.error * float(Z95 if self.tools > MANY else special.stdtrit(self.tools - 1, 0.975))
        return self.mean - half, self.mean + half


@dataclass(frozen=True)
class AmountFit:
    """Hold the means of a column, of all and by group."""

    column: str
    unit: str
    source: Source
    overall: GroupMean
    groups: tuple[GroupMean, ...]
    winsorised: tuple[float, float] | None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What has to be known of it."""
        rows, tools = self.overall.rows, self.overall.tools
        if rows <= tools:
            return ()
        told = {"rows": f"{rows:,}", "tools": f"{tools:,}", "of": self.unit or self.column}
        return (Note("rows_a_tool", told),)

    @property
    def parts(self) -> tuple[GroupMean, ...]:
        """The groups, or all together where there are none."""
        return self.groups or (self.overall,)

    def cells(self, of: GroupMean) -> dict[str, str]:
        """Write what a row holds: the value, where it comes from, and that it was measured."""
        told = f"usephase fit amount: {of.tools:,} tools, {of.rows:,} rows of `{self.column}`"
        unit = f" {self.unit}" if self.unit else ""
        return {"value": of.text + unit, "source": self.source.told(told), "data_type": "primary"}

    def to_document(self) -> dict[str, Any]:
        """Give the answer as JSON has it."""
        rows = [
            {
                "group": part.group, "mean": part.mean, "standard_error": part.error, "interval": list(part.interval),
                "tools": part.tools, "rows": part.rows, "sd_between": part.spread, "row": self.cells(part),
            }
            for part in (self.overall, *self.groups)
        ]  # fmt: skip
        document = {
            "kind": "amount", "column": self.column, "unit": self.unit, "distribution": "student",
            "parameters": {"mean": self.overall.mean, "standard_error": self.overall.error},
            "intervals": {"mean": list(self.overall.interval)}, "units": self.overall.tools, "rows": rows,
            "winsorised": list(self.winsorised) if self.winsorised else None,
            "data": {"name": self.source.name, "sha256": self.source.sha256}, "row": rows[0]["row"],
        }  # fmt: skip
        answer: dict[str, Any] = plain(document)
        return answer


def fit_amount(measured: Measured, source: Source, column: str, *, unit: str = "", winsorise: float = 0.0) -> AmountFit:
    """Estimate the mean of all tools, and of each group.

    Parameters
    ----------
    winsorise : float
        The share at either end that is set to the value at that share: 0.01 for the highest and lowest hundredth.

    Notes
    -----
    With weights w and tools as clusters c: m = Σwx/Σw, var(m) = C/(C − 1) · Σ_c (Σ w_i (x_i − m) over c)² / (Σw)² [1]_.
    Rows of one tool are so one observation, however many they are.

    References
    ----------
    .. [1] Cochran, W.G., *Sampling Techniques*, 3rd ed., Wiley 1977, ch. 6 and 9A.
    """
    if not 0 <= winsorise < 0.5:
        fix = "give a share below 0.5, such as 0.01"
        raise StudyError([Problem(where="--winsorise", what=f"`{winsorise:g}` is no such share", fix=fix)])
    value, ends = measured.value, None
    if winsorise:
        low, high = np.quantile(value, [winsorise, 1 - winsorise])
        ends, value = (float(low), float(high)), np.clip(value, low, high)
    problems: list[Problem] = []
    overall = _means(value, measured, None, [{}], column, problems)
    groups: list[GroupMean] = []
    if measured.groups:
        groups = _means(value, measured, *_numbered(measured.groups), column, problems)
    if problems:
        raise StudyError(problems)
    return AmountFit(column, unit, source, overall[0], tuple(groups), ends)


def _numbered(groups: Mapping[str, Any]) -> tuple[np.ndarray, list[dict[str, str]]]:
    """Number the combinations of labels that there are."""
    codes: Any = np.int32(0)
    for labels in groups.values():
        codes = codes * len(labels.categories) + labels.codes.astype(np.int32)
    found = np.flatnonzero(np.bincount(codes))
    place = np.zeros(int(found[-1]) + 1, dtype=np.int32)
    place[found] = np.arange(len(found))
    names: list[dict[str, str]] = []
    for code in found.tolist():
        name = {}
        for key, labels in [*groups.items()][::-1]:
            code, at = divmod(code, len(labels.categories))
            name[key] = str(labels.categories[at])
        names.append(dict([*name.items()][::-1]))
    return place[codes], names


def _means(
    value: np.ndarray, measured: Measured, codes: np.ndarray | None, names: Sequence[dict[str, str]], column: str,
    problems: list[Problem],
) -> list[GroupMean]:  # fmt: skip
    count, tool = len(names), measured.tool
    weights = np.ones(len(value)) if measured.weight is None else measured.weight
    of_group = np.zeros(len(value), dtype=np.int8) if codes is None else codes
    rows = np.bincount(of_group, minlength=count)
    sums = value if measured.weight is None else weights * value
    if tool is not None:
        tools = int(tool.max()) + 1
        cluster = tool if codes is None else codes * tools + tool
        weights, sums = np.bincount(cluster, weights), np.bincount(cluster, sums)
        seen = np.flatnonzero(weights > 0)
        of_group, weights, sums = seen // tools, weights[seen], sums[seen]
    total = np.bincount(of_group, weights, minlength=count)
    size = np.bincount(of_group, weights > 0, minlength=count)
    mean = np.bincount(of_group, sums, minlength=count) / total
    apart = sums - mean[of_group] * weights
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(size / (size - 1) * np.bincount(of_group, apart**2, minlength=count)) / total
        between = np.bincount(of_group, apart**2 / np.where(weights > 0, weights, 1), minlength=count) / total
        spread = np.sqrt(between * size / (size - 1))
    for name, tool_count in zip(names, size.tolist(), strict=True):
        if tool_count < FEWEST:
            what = ", ".join(f"{key} {label}" for key, label in name.items()) or "all"
            problems.append(few(f"{column} ({what})", int(tool_count)))
    return [
        GroupMean(name, float(mean[i]), float(error[i]), int(size[i]), int(rows[i]), float(spread[i]))
        for i, name in enumerate(names)
    ]


def read_measured(path: Path, column: str, *, weight: str = "", by: Sequence[str] = (), tool: str = "") -> Measured:
    """Read columns of a large CSV or Parquet file, block by block; only what is asked for is kept.

    Raises
    ------
    StudyError
        With every cell that is no number, negative or missing, by its place; of very many the first ones.
    """
    wanted = [column, *([weight] if weight else []), *([tool] if tool else []), *by]
    numeric = {column, weight} - {""}
    numbers: dict[str, list[np.ndarray]] = {name: [] for name in numeric}
    texts: dict[str, list[Any]] = {name: [] for name in wanted if name not in numeric}
    try:
        for batch in _batches(path, wanted, numeric):
            for name in numbers:
                part = batch.column(batch.schema.get_field_index(name))
                numbers[name].append(pc.fill_null(part.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False))
            for name, parts in texts.items():
                part = batch.column(batch.schema.get_field_index(name))
                parts.append(part if pa.types.is_dictionary(part.type) else part.dictionary_encode())
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise StudyError(_slips(path, wanted, numeric, error)) from error
    value = np.concatenate(numbers.pop(column) or [np.empty(0)])
    if not len(value):
        fix = "write the measurements below the column names"
        raise StudyError([Problem(where=path.name, what="the table has no rows", fix=fix)])
    weights = np.concatenate(numbers.pop(weight)) if weight else None
    problems = _outside(path, column, value, "measurement")
    if weights is not None:
        problems += _outside(path, weight, weights, "weight")
        if not problems and not weights.sum() > 0:
            fix = "give weights above 0"
            problems.append(Problem(where=f"{path.name}:1:{weight}", what="all weights are 0", fix=fix))
    coded = {name: _coded(texts.pop(name), path, name, problems) for name in list(texts)}
    if problems:
        raise StudyError(problems)
    groups = {name: pd.Categorical.from_codes(coded[name][0], pd.Index(coded[name][1])) for name in by}
    return Measured(value, weights, coded[tool][0] if tool else None, groups)


def _coded(parts: list[Any], path: Path, name: str, problems: list[Problem]) -> tuple[np.ndarray, list[str]]:
    """Number the texts of all blocks alike; an empty one is a problem."""
    whole = pa.chunked_array(parts).unify_dictionaries()
    if whole.null_count:
        row = pc.index(pc.is_null(whole), True).as_py()
        fix = "write what the row belongs to, or leave it out"
        problems.append(Problem(where=f"{path.name}:{row + 2}:{name}", what=f"`{name}` is empty", fix=fix))
        return np.empty(0, dtype=np.int32), []
    codes = np.concatenate([chunk.indices.to_numpy(zero_copy_only=False).astype(np.int32) for chunk in whole.chunks])
    return codes, [str(text) for text in whole.chunk(0).dictionary.to_pylist()]


def _outside(path: Path, name: str, values: np.ndarray, what: str) -> list[Problem]:
    wrong = np.flatnonzero(~(values >= 0) | np.isinf(values))
    said = [
        Problem(
            where=f"{path.name}:{row + 2}:{name}",
            what=f"no {what}" if np.isnan(values[row]) else f"the {what} {values[row]:g} is not possible",
            fix="write a number of at least 0, or leave the row out",
        )
        for row in wrong[:MAX_FINDINGS].tolist()
    ]
    if len(wrong) > MAX_FINDINGS:
        fix = "repair the ones above first"
        said.append(Problem(where=path.name, what=f"and {len(wrong) - MAX_FINDINGS:,} more like these", fix=fix))
    return said


def _batches(path: Path, wanted: Sequence[str], numeric: set[str]) -> Iterator[Any]:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        fix = "save it as .csv (UTF-8) or .parquet"
        raise StudyError([Problem(where=path.name, what=f"a file of another kind ({suffix or 'no ending'})", fix=fix)])
    try:
        names, batches = _parquet(path, wanted) if suffix == ".parquet" else _csv(path, wanted, numeric)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or error})"
        raise StudyError([Problem(where=path.name, what=what, fix="check the path and its rights")]) from error
    missing = [name for name in wanted if name not in names]
    if missing:
        there = f"there are {', '.join(names[:20])}"
        raise StudyError([
            Problem(
                where=f"{path.name}:1", what=f"the column `{name}` is missing",
                fix=f"did you mean `{close}`?" if (close := nearest(name, names)) else there,
            )
            for name in missing
        ])  # fmt: skip
    yield from batches


def _parquet(path: Path, wanted: Sequence[str]) -> tuple[list[str], Iterator[Any]]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    return list(file.schema_arrow.names), file.iter_batches(batch_size=1 << 20, columns=list(wanted))


def _csv(path: Path, wanted: Sequence[str], numeric: set[str]) -> tuple[list[str], Iterator[Any]]:
    from pyarrow import csv

    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = file.readline().rstrip("\r\n")
    names = [name.strip().strip('"') for name in first.split(",")]
    if not set(wanted) <= set(names):
        return names, iter(())
    kinds = {name: pa.float64() if name in numeric else pa.string() for name in wanted}
    convert = csv.ConvertOptions(
        include_columns=list(wanted), column_types=kinds, strings_can_be_null=True, null_values=[""]
    )
    read = csv.ReadOptions(block_size=_BLOCK, column_names=names, skip_rows=1)
    return names, csv.open_csv(path, convert_options=convert, read_options=read)


def _slips(path: Path, wanted: Sequence[str], numeric: set[str], error: Exception) -> list[Problem]:
    """Name the cells that are no numbers: the columns are read again as text."""
    from usephase.catalog.values.rewrites import explain

    reason = clip(str(error).splitlines()[0], 200)
    found: list[Problem] = []
    row = 2
    try:
        for batch in _batches(path, wanted, set()):
            for name in sorted(numeric):
                part = batch.column(batch.schema.get_field_index(name)).cast(pa.string())
                fits = pc.match_substring_regex(
                    pc.fill_null(part, ""), r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$|^\s*$"
                )
                for at in np.flatnonzero(~fits.to_numpy(zero_copy_only=False))[: MAX_FINDINGS - len(found)].tolist():
                    refusal = explain(part[at].as_py())
                    found.append(Problem(where=f"{path.name}:{row + at}:{name}", what=refusal.what, fix=refusal.fix))
            row += len(batch)
    except pa.ArrowException:
        pass
    return found or [
        Problem(where=path.name, what=f"not readable ({reason})", fix="save the file again as CSV or Parquet")
    ]
