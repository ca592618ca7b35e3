"""What is rounding of the arithmetic is nothing, wherever two computed figures meet: one rule, in every answer."""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.insight.compare_catalogs import SETTINGS, option, tables
from tests.reference.folder import write_catalog
from usephase.catalog.edit.apply import Edit
from usephase.insight.comparison.ties import gap, reaches, settled, total

NOISE = 1e-9
"""Of the largest number of an answer: what is smaller, and not 0, is rounding of it."""
KEPT = {
    "given_data.py": "whether a figure varies at all",
    "ranking.py": "how many rows add up to a share: shares are sums of shares",
    "simplify.py": "how many cells add up to a share: shares are sums of shares",
    "answer.py": "whether a histogram has a width to be drawn",
    "records.py": "whether a histogram has a width to be drawn",
    "plausible.py": "whether a range of parameters has stopped growing",
}
"""Files of the room that compare with a tolerance of their own, and what for."""


def test_one_rule_says_what_is_rounding():
    x = np.array([1.0, 1.0 + 8 * np.spacing(1.0), 1.0 + 9 * np.spacing(1.0), 3.0])
    assert gap(x, np.ones(4)).tolist() == [0.0, 0.0, 9 * np.spacing(1.0), 2.0]
    assert reaches(np.array([0.67 - np.spacing(0.67), 0.669999]), 0.67).tolist() == [True, False]
    assert settled(np.array([7e-18]), np.array([100.0])).tolist() == [0.0]
    assert total([np.array([0.3]), np.array([-0.1]), np.array([-0.2])]).tolist() == [0.0]  # 5.6e-17 by itself


def test_no_other_tolerance_tells_what_is_equal():
    """A rule of its own would be exact or tolerant where the other side is not."""
    home = Path(usephase.__file__).parent / "insight"
    found = set()
    for path in home.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare | ast.Call):
                numbers = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
                called = isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("isclose", "allclose"))
                tiny = any(isinstance(x, float) and 0 < x <= 1e-9 for x in numbers)
                if called or (tiny and (isinstance(node, ast.Compare) or "searchsorted" in ast.unparse(node))):
                    found.add(path.name)
    assert found <= set(KEPT)


def noise(document):
    """List the numbers of an answer that are rounding: next to nothing beside the largest of their kind."""
    found, largest = [], {}

    def walk(value, path, kind):
        if isinstance(value, dict):
            for key, each in value.items():
                walk(each, f"{path}.{key}", key if isinstance(each, float) else kind)
        elif isinstance(value, list | tuple):
            for i, each in enumerate(value):
                walk(each, f"{path}[{i}]", kind)
        elif isinstance(value, float) and value != 0:
            found.append((path, kind, value))
            largest[kind] = max(largest.get(kind, 0.0), abs(value))

    walk(document, "", "")
    whole = max((largest[kind] for kind in ("mean", "p97_5") if kind in largest), default=0.0)
    return [(path, x) for path, kind, x in found if abs(x) < NOISE * min(largest[kind], whole)]


def made(folder, changes=(), rows=()):
    """Write and read the small catalog with some cells changed: sales of two years, a flat grid."""
    given = {**tables(), "options": list(rows)}
    given["sales"] += [{**row, "year": "2022"} for row in given["sales"] if row["year"] == "2024"]
    for table, keys, column, text in changes:
        found = [row for row in given[table] if all(row.get(k) == v for k, v in keys.items())]
        assert found
        for row in found:
            row[column] = text
    settings = {**SETTINGS, "catalog": {**SETTINGS["catalog"], "base_year": 2022}}
    settings["monte_carlo"] = {"draws": 64, "seed": 3}
    return usephase.read_catalog(write_catalog(folder, settings, given))


SAME = (
    ("modes", {"product": "SAW"}, "rate", "630 ± 10%"),
    ("modes", {"product": "SAW"}, "efficiency", "0.7"),
    ("lifetimes", {"lifetime": "long"}, "mean", "17"),
)
"""900 W is 630 W by an efficiency of 0.7, and nobody's life is `long`: nothing changes but the last bits."""


def test_catalogs_of_the_same_figures_have_no_difference(tmp_path):
    first, second = made(tmp_path / "a"), made(tmp_path / "b", SAME)
    done = usephase.diff(first, second)
    document = json.loads(json.dumps(done.to_document()))
    assert len(document["steps"]) >= 2
    assert {x for row in document["steps"] for k, x in row.items() if isinstance(x, float)} <= {0.0}
    assert set(document["difference"].values()) == {0.0}
    assert not noise(document)


def test_options_of_the_same_figures_tie(tmp_path):
    rows = [
        option("first", "modes", "product=SAW;mode=on", "rate", "*0.7"),
        option("first", "use_profiles", "use_profile=drill;mode=on", "amount", "*0.3"),
        option("second", "modes", "product=SAW;mode=on", "rate", "*0.3"),
        option("second", "use_profiles", "use_profile=drill;mode=on", "amount", "*0.7"),
        option("nothing", "lifetimes", "lifetime=long", "mean", "*1.2"),
        option("gone", "modes", "product=DRILL;mode=idle", "-", "remove"),
    ]
    read = made(tmp_path, rows=rows)
    for product, names in (("SAW", ["first", "second"]), (None, ["base", "nothing", "gone"])):
        assert not noise(usephase.compare(read, names, product=product).to_document())


@pytest.mark.parametrize("lever", [None, "nothing"])
def test_years_of_the_same_figures_have_no_change(tmp_path, lever):
    rows = [option("nothing", "lifetimes", "lifetime=long", "mean", "*1.2")]
    levers = {} if lever is None else {"levers": [f"{lever}:2026"]}
    track = usephase.track(made(tmp_path, rows=rows), **levers)
    document = track.to_document()
    assert all(row["mean"] == 0 for row in document["change"] if row["effect"] not in ("volume", "mix"))
    assert not noise({key: document[key] for key in ("years", "change", "outlook") if key in document})
    for row in track.extras.get("levers", ()):
        assert row["mean"] == row["p97_5"] == 0


def test_an_edit_that_changes_nothing_changes_nothing(tmp_path):
    read = made(tmp_path)
    row = "product=SAW;mode=on"
    edits = [Edit("modes", row, "rate", "630 ± 10%"), Edit("modes", row, "efficiency", "0.7")]
    answer = usephase.WhatIf(read, "SAW", draws=64).answer(edits)
    for amount in answer.amounts.values():
        assert amount.difference.mean == amount.difference.best_estimate == 0
