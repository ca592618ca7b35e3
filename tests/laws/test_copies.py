"""Whatever the package hands out can be altered as one likes: fingerprints, figures and tables stay."""

import inspect
from contextlib import suppress
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

import usephase
from tests.insight.compare_catalogs import SETTINGS, option, tables
from tests.reference.folder import write_catalog
from usephase.door import inner

DRAWS = 16


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """What every function of the package hands out, by its name."""
    folder = tmp_path_factory.mktemp("copies")
    rows = tables(options=[option("heavy", "modes", "product=DRILL;mode=on", "rate", "*1.2")])
    write_catalog(folder / "catalog", SETTINGS, rows)
    catalog = usephase.read_catalog(folder / "catalog")
    run = usephase.estimate(catalog, draws=DRAWS)
    run.save(folder / "run.h5")
    return {
        "read_catalog": catalog,
        "estimate": run,
        "open_run": usephase.open_run(folder / "run.h5"),
        "reproduce": usephase.reproduce(run),
        "compare": usephase.compare(catalog, ["base", "heavy"], draws=DRAWS),
        "rank": usephase.rank(catalog, method="given_data", draws=64),
        "track": usephase.track(catalog, base_year=2023, target_year=2030, draws=DRAWS),
        "diff": usephase.diff(run, run),
        "fit": usephase.fit.lifetime([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 0]),
        "export": usephase.export(run, "ghg-protocol", folder / "form.json"),
        "sweep": usephase.sweep(catalog, "modes:product=DRILL;mode=on:rate", ["*0.9"], draws=DRAWS),
        "weigh": usephase.weigh(run),
        "WhatIf": usephase.WhatIf(catalog, "DRILL", draws=DRAWS),
    }


def test_what_is_handed_out_covers_the_package(given):
    """A new function or class of the package has to be tried here."""
    held = {name for name in usephase.__all__ if name.endswith("Error")} | {"Problem", "Edit"}
    kinds = {type(inner(one)).__name__ for one in given.values()}
    assert set(usephase.__all__) - held - kinds == set(given) - {"WhatIf"}


@pytest.mark.parametrize(
    "name", ["read_catalog", "estimate", "open_run", "compare", "rank", "track", "diff", "export", "fit", "weigh"]
)
def test_nothing_that_is_handed_out_alters_what_it_is_from(given, name):
    before = told(inner(given[name]))
    tried = Vandal()
    tried.alter(given[name])
    assert tried.count > 20
    assert told(inner(given[name])) == before


def test_an_altered_catalog_gives_the_figures_of_its_fingerprint(given):
    catalog = given["read_catalog"]
    before = usephase.estimate(catalog, draws=DRAWS)
    figures, sha256 = before.figures, before.meta["catalog"]["sha256"]
    Vandal().alter(catalog)
    Vandal().alter(before)
    after = usephase.estimate(catalog, draws=DRAWS)
    pd.testing.assert_frame_equal(after.figures, figures, check_exact=True)
    assert after.meta["catalog"]["sha256"] == catalog.sha256 == sha256
    assert usephase.reproduce(before).identical


def test_an_altered_what_if_gives_the_same_answer(given):
    asked = given["WhatIf"]
    edits = [usephase.Edit("modes", "product=DRILL;mode=on", "rate", "*0.9")]
    before = told(asked.answer(edits))
    tried = Vandal()
    for each in (asked.answer(edits), asked.sliders(), asked):
        tried.alter(each)
    assert tried.count > 20
    after = told(asked.answer(edits))
    assert {**after, "seconds": 0} == {**before, "seconds": 0}


def test_the_vandal_alters_what_is_not_kept_from_it(given):
    """Else the tests above would say nothing."""
    table = inner(given["read_catalog"])["carriers"]
    parts = [table.frame.copy(), {"factor": table.values["combustion"].params.copy()}, table.line.copy(), ["a"]]
    before = [told(part) for part in parts]
    Vandal().alter(parts[:])
    assert all(told(part) != was for part, was in zip(parts, before, strict=True))


class Vandal:
    """Walk what is public of an object, and alter everything that can be."""

    def __init__(self):
        self.count = 0
        self._called = set()

    def alter(self, value):
        if isinstance(value, pd.DataFrame | pd.Series):
            self._frame(value)
        elif isinstance(value, np.ndarray):
            self._array(value)
        elif isinstance(value, dict):
            for each in list(value.values()):
                self.alter(each)
            self._try(value.clear)
        elif isinstance(value, list | tuple | set):
            for each in list(value)[:50]:
                self.alter(each)
            self._try(lambda: value.clear())
        elif type(value).__module__.startswith("usephase"):
            self._public(value)

    def _public(self, value):
        """Alter what attributes give and what methods that need nothing return; set every attribute anew."""
        names = [name for name in dir(value) if not name.startswith("_")]
        for name in [*names, "__dict__"] if is_dataclass(value) else names:
            if isinstance(value, BaseModel) and name not in type(value).model_fields:
                continue
            found = getattr(value, name, None)
            if callable(found):
                if (type(value), name) in self._called or _needs(found):
                    continue
                self._called.add((type(value), name))
                found = found()
            self.alter(found)
            if name in names:
                self._try(lambda name=name: setattr(value, name, None))
                self._try(lambda name=name: delattr(value, name))

    def _frame(self, frame):
        columns = [frame] if isinstance(frame, pd.Series) else [frame[name] for name in frame]
        for column in columns:
            self._array(column.to_numpy())
            self._array(column.array)
            for each in column if column.dtype == object else ():
                self.alter(each)
        self._try(lambda: frame.iloc.__setitem__(slice(None), frame.iloc[::-1].to_numpy()))
        self._try(lambda: frame.loc.__setitem__(slice(None), 7))
        self._try(lambda: frame.insert(0, "new", 1))
        self._try(lambda: frame.pop(frame.columns[0]))

    def _array(self, array):
        self._try(lambda: array.setflags(write=True))
        self._try(lambda: array.__setitem__(slice(None), "altered" if array.dtype.kind in "OU" else 7))

    def _try(self, deed):
        self.count += 1
        with suppress(Exception):
            deed()


def _needs(function):
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return any(p.default is p.empty and p.kind in kinds for p in inspect.signature(function).parameters.values())


def told(value):
    """Write out everything that an object holds."""
    if isinstance(value, pd.DataFrame):
        return [list(value), [[str(cell) for cell in row] for row in value.astype(object).to_numpy().tolist()]]
    if isinstance(value, np.ndarray):
        return [value.dtype.str, value.astype(str).tolist()]
    if isinstance(value, dict):
        return {name: told(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [told(each) for each in value]
    if isinstance(value, BaseModel):
        return told(value.model_dump())
    if is_dataclass(value):
        return {field.name: told(getattr(value, field.name)) for field in fields(value)}
    return repr(value)
