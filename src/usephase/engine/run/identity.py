"""What decides a block's bits, as plain data that can be compared between runs and between machines."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import key_columns, row_texts
from usephase.catalog.table import Table
from usephase.engine.plan.cells import Ref
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Study
from usephase.engine.program.group import Program
from usephase.results.provenance import versions
from usephase.sampling.distributions import is_listed
from usephase.sampling.draws import Cells

_DECIDING = ("catalog", "engine", "model", "sampling")
_FILES = ("*.py", "*.csv", "*.npy")


def fingerprint(plan: Plan, study: Study, block: range, keep: bool, programs: Sequence[Program]) -> str:
    """Name what a block gives by all that it is computed from: its programs as they are executed.

    Two blocks of one name are the same, bit by bit, whatever catalog they are of. What a new column does to the figures
    it does through a program, so that none can be forgotten here.

    Parameters
    ----------
    plan : Plan
    study : Study
    block : range
        Of products.
    keep : bool
        Whether the draws of products are kept.
    programs : sequence of Program
        Of its tiles.
    """
    digest = _begun(plan, study, keep)
    digest.update(json.dumps([plan.products[i].name for i in block]).encode("ascii"))
    for program in programs:
        for field in fields(program):
            value = getattr(program, field.name)
            if field.name in ("plan", "products"):
                continue
            if field.name == "lives":
                value = [_life(plan, i) for i in value]
            elif field.name == "cells":
                parts = {part.name: getattr(value, part.name) for part in fields(value) if part.name != "cell"}
                value = [*parts.items(), *(_cell(plan.cells, i) for i in parts.pop("given"))]
            _add(digest, field.name, value)
    return digest.hexdigest()


def row_names(resolved: Resolved, plan: Plan, study: Study, keep: bool, blocks: Sequence[range]) -> list[str]:
    """Name what blocks give by the rows behind them: those of their products, and all rows that are of no product.

    Coarser than `fingerprint`, and found without a program: blocks of one such name are the same, while the same block
    may have several. All columns of all tables count, and all settings.
    """
    shared = _begun(plan, study, keep)
    _add(shared, "settings", resolved.catalog.settings.model_dump_json())
    _add(shared, "by", [plan.year, plan.first_year, *plan.label_names])
    for name, columns in sorted(resolved.catalog.samples.items()):
        _add(shared, name, sorted(columns.items()))
    at = {product.name: i for i, product in enumerate(plan.products)}
    edges = [block.start for block in blocks] + [len(plan.products)]
    of_products: list[tuple[str, np.ndarray, np.ndarray]] = []
    for name, table in sorted(resolved.tables.items()):
        rows = _rows(resolved, table)
        if "product" not in key_columns(name):
            _add(shared, name, rows)
            continue
        codes, products = pd.factorize(table.frame["product"].to_numpy(dtype=object))
        number = np.array([at.get(product, -1) for product in products], dtype=np.int64)[codes]
        order = np.argsort(number, kind="stable")
        of_products.append((name, rows[order], np.searchsorted(number[order], edges)))
    out = []
    for i, block in enumerate(blocks):
        digest = shared.copy()
        _add(digest, "lives", _shared_lives(plan, block))
        for name, rows, places in of_products:
            _add(digest, name, rows[places[i] : places[i + 1]])
        out.append(digest.hexdigest())
    return out


def _shared_lives(plan: Plan, block: range) -> list[bool]:
    """Tell which lives of a block's products are those of others too: such a life is written once, and added up so."""
    cases = (case for i in block for segment in plan.products[i].segments for case in segment.cases)
    return [plan.curve_uses[curve] > 1 for case in cases for _, curve in case.curves]


def joined_name(names: Sequence[str]) -> str:
    """Name what blocks of such names add up to."""
    return hashlib.blake2b("".join(names).encode("ascii"), digest_size=16).hexdigest()


def _begun(plan: Plan, study: Study, keep: bool) -> Any:
    digest = hashlib.blake2b(digest_size=16)
    of_plan = (plan.year, plan.reporting_year, plan.timing, plan.grid_basis, plan.boundary, plan.calendar)
    drawn = (study.design, study.seed, study.draws, keep)
    _add(digest, "study", json.dumps([surroundings(), *map(str, of_plan), *plan.scenarios, *drawn], sort_keys=True))
    return digest


def _add(digest: Any, name: str, value: Any) -> None:
    """Add a value to a checksum: its name, what it is, and its bytes, so that no two can be taken for each other."""
    if isinstance(value, np.ndarray):
        digest.update(f"{name} {value.dtype} {value.shape} ".encode())
        digest.update(np.ascontiguousarray(value).data)
    elif isinstance(value, (list, tuple)):
        digest.update(f"{name} {len(value)} ".encode())
        for part in value:
            _add(digest, "", part)
    elif is_dataclass(value):
        for field in fields(value):
            _add(digest, field.name, getattr(value, field.name))
    else:
        text = value.hex() if isinstance(value, float) else repr(value)
        digest.update(f"{name} {type(value).__name__} {len(text)} {text} ".encode("utf-8", "surrogatepass"))


def _cell(cells: Cells, i: int) -> list[Any]:
    """Give what a cell is drawn from."""
    out: list[Any] = []
    for field in fields(cells):
        held = getattr(cells, field.name)
        if field.name == "name":
            continue
        if not isinstance(held, Mapping):
            out.append(held[i])
        elif field.name not in ("common", "samples"):  # those are keyed by names of streams
            out.append(held.get(i))
    return out


def _life(plan: Plan, i: int) -> list[Any]:
    """Give what a life is made of."""
    curve = plan.curves[i]
    worn = plan.profiles[curve.wear_profile] if curve.wear_profile >= 0 else ()
    return [_pointed(plan, replace(curve, wear_profile=0)), *(_pointed(plan, amount) for amount in worn)]


def _pointed(plan: Plan, value: Any) -> Any:
    """Put in the place of references what they point to."""
    if isinstance(value, Ref):
        return value.value if value.cell < 0 else _cell(plan.cells, value.cell)
    if is_dataclass(value):
        return [_pointed(plan, getattr(value, field.name)) for field in fields(value)]
    return value


def _rows(resolved: Resolved, table: Table) -> np.ndarray:
    """Give the rows of a table as numbers of 64 bits, each of all that a column has there. Shape (row, column)."""
    columns = [_bits(table.frame[name]) for name in sorted(map(str, table.frame))]
    for name, values in sorted(table.values.items()):
        params = values.params.copy()
        listed = [i for i in range(len(values.kind)) if is_listed(int(values.kind[i]))] if values.points else []
        lists = {i: hashlib.blake2b(digest_size=8) for i in {int(values.params[row, 0]) for row in listed}}
        for i, digest in lists.items():
            _add(digest, "", values.points[i])
        for row in listed:
            params[row, 0] = np.frombuffer(lists[int(values.params[row, 0])].digest(), dtype=float)[0]
        columns += [values.kind.astype(np.uint64), *params.T.copy().view(np.uint64)]
        bounds = np.array([values.low, values.high]).view(np.uint64)
        columns += [np.full(len(params), bound) for bound in bounds]
        for loan in resolved.loans.get((table.name, name), ()):
            lent = np.zeros(len(params), dtype=np.uint64)
            texts = row_texts(resolved.tables[loan.table], loan.source)
            lent[loan.rows] = _bits(pd.Series([f"{loan.table} {loan.column} {text}" for text in texts], dtype=object))
            columns.append(lent)
    return np.column_stack(columns) if columns else np.zeros((len(table), 0), dtype=np.uint64)


def _bits(column: "pd.Series[Any]") -> np.ndarray:
    """Give the values of a column as numbers of 64 bits; texts by their hash."""
    values = column.to_numpy()
    if values.dtype.kind in "iub":
        return values.astype(np.int64).view(np.uint64)
    if values.dtype.kind == "f":
        return values.astype(np.float64).view(np.uint64)
    return pd.util.hash_array(np.asarray(column, dtype=object))


def surroundings() -> dict[str, Any]:
    """Describe the software and the processor as far as figures depend on them."""
    return {"versions": bits_versions(), "sources": sources(), "processor": processor()}


@cache
def bits_versions() -> dict[str, str]:
    """Give the versions that decide the bits of the figures."""
    from importlib.metadata import version

    found = versions()
    wanted = {name: found[name] for name in ("usephase", "python", "numpy", "scipy")}
    return wanted | {name: version(name) for name in ("numba", "llvmlite")}


@cache
def sources() -> str:
    """Give a checksum of the package's own code and reference data, as far as figures depend on them."""
    here = Path(__file__).parents[2]
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(f for part in _DECIDING for pattern in _FILES for f in (here / part).rglob(pattern)):
        digest.update(file.relative_to(here).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


@cache
def processor() -> str:
    """Describe the processor: numpy's own code, for sums and square roots of statistics, differs with what it can."""
    found = str(np.show_config(mode="dicts")["SIMD Extensions"])
    return f"{platform.machine()} {hashlib.blake2b(found.encode(), digest_size=4).hexdigest()}"


assert np.little_endian  # blocks are written as this machine has its numbers
