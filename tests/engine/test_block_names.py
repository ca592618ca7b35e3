"""Whatever is written into a column, a block that keeps its name keeps its bits: no name forgets what decides them."""

import hashlib
from functools import cache

import pytest

from tests.laws.catalogs import Settings, Tables, read
from tests.laws.everything import everything
from tests.laws.test_columns import ALONGSIDE, CHANGES, ONLY_TRACKED, SETTING, put, some
from usephase.catalog.resolve import resolve
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import Study
from usephase.engine.run.blocks import BlockResult, evaluate_block
from usephase.engine.run.identity import row_names

DRAWS = 16


def bits(result: BlockResult) -> str:
    """Sum up what a block gives, but for its name."""
    digest = hashlib.sha256()
    for key, draws in sorted(result.sums.draws.items()):
        digest.update(repr(key).encode() + draws.tobytes())
    digest.update(repr(sorted(result.sums.best.items())).encode())
    rows = result.rows
    rows = rows._replace(labels=rows.labels[:, :2].copy(), served=rows.served[:, :1].copy())  # no numbers in the plan
    for part in rows:
        digest.update(part.tobytes())
    return digest.hexdigest()


def blocks_of(settings: Settings, tables: Tables) -> dict[str, tuple[str, str]]:
    """Give, for each product as a block of its own, its two names and its bits: by the name of the rows."""
    catalog = read(settings, tables)
    resolved = resolve(catalog)
    plan = compile_plan(resolved)
    how = Study(catalog.settings.design, catalog.settings.seed, DRAWS)
    cut = [range(i, i + 1) for i in range(len(plan.products))]
    results = [evaluate_block(plan, how, block, True) for block in cut]
    names = row_names(resolved, plan, how, True, cut)
    return {name: (result.name, bits(result)) for name, result in zip(names, results, strict=True)}


@cache
def base() -> dict[str, tuple[str, str]]:
    return blocks_of(*everything())


def agrees(before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]) -> None:
    assert {name: after[name] for name in before.keys() & after} == {
        name: before[name] for name in before.keys() & after
    }
    of_programs = dict(before.values())
    assert all(of_programs.get(program, found) == found for program, found in after.values())


@pytest.mark.parametrize(("table", "column"), some((key for key in CHANGES if key not in ONLY_TRACKED), 15))
def test_a_block_that_keeps_its_name_keeps_its_bits_whatever_a_column_says(table: str, column: str) -> None:
    settings, tables = everything()
    ALONGSIDE.get((table, column), lambda _: None)(tables)
    put(tables, table, column)
    agrees(base(), blocks_of(settings, tables))


@pytest.mark.parametrize("name", some((name for name in SETTING if name != "edition"), 9))
def test_a_block_that_keeps_its_name_keeps_its_bits_whatever_a_setting_says(name: str) -> None:
    settings, tables = everything()
    section, value = SETTING[name]
    (settings.setdefault(section, {}) if section else settings)[name] = value
    agrees(base(), blocks_of(settings, tables))


def test_a_life_that_becomes_shared_changes_the_name_of_who_had_it_alone() -> None:
    """What others have decides in which order a life is added up."""
    settings, tables = everything()
    assert tables["products"][2]["lifetime"] != "ages"
    tables["products"][2]["lifetime"] = "ages"
    agrees(base(), blocks_of(settings, tables))
