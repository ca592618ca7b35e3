"""Golden runs: small stored catalogs, the figures that they gave, and what they were computed with."""

import csv
import hashlib
import importlib.metadata
import io
import platform
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import usephase
from tests.laws.everything import everything
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from usephase.results.content import FIGURE_COLUMNS, STATISTICS

HERE = Path(__file__).parent
NAMES = ("everything", "random_quasi", "random_latin_hypercube", "random_random")
DRAWS = 128
GROUPINGS = ("total", "component", "product", "segment", "calendar_year", "scenario")
LABELS = [name for name in FIGURE_COLUMNS if name not in STATISTICS]
SEEDS = {"random_quasi": 9001, "random_latin_hypercube": 9004, "random_random": 9003}


def write(name: str) -> None:
    """Write a golden catalog as a folder, once: it is stored and does not change with the code that made it."""
    if name == "everything":
        settings, tables = everything()
        tables["options"] = []
    else:
        settings, tables = random_catalog(np.random.default_rng(SEEDS[name]), "small")
        settings["monte_carlo"]["design"] = name.removeprefix("random_")
    settings["monte_carlo"]["draws"] = DRAWS
    write_catalog(HERE / name, settings, tables)


def compute(name: str) -> pd.DataFrame:
    """Compute a golden run's figures in a fixed order."""
    figures = usephase.estimate(usephase.read_catalog(HERE / name), workers=1).figures
    kept = figures[figures["by"].isin(GROUPINGS)]
    texts = kept[LABELS].map(lambda x: "" if x is None else str(x))
    numbers = kept[list(STATISTICS)]
    return pd.concat([texts, numbers], axis=1).sort_values(LABELS, ignore_index=True)


def to_csv(figures: pd.DataFrame) -> str:
    """Write figures so that every number reads back as the same double."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(figures.columns)
    for row in figures.itertuples(index=False):
        writer.writerow([repr(float(x)) if isinstance(x, float) else x for x in row])
    return out.getvalue()


def stored(name: str) -> pd.DataFrame:
    """Read a golden run's figures."""
    text = (HERE / name / "figures.csv.golden").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    frame = pd.DataFrame(rows)
    return frame.assign(**{column: frame[column].map(float) for column in STATISTICS})


def surroundings() -> dict[str, Any]:
    """Say what decides the last bits: versions, and what the processor can do."""
    versions = {name: importlib.metadata.version(name) for name in ("usephase", "numpy", "scipy", "numba")}
    return {
        "versions": {"python": platform.python_version(), **versions},
        "processor": processor(),
    }


def processor() -> str:
    """Give a checksum of the machine's kind and of the instructions that numpy and the compiler may use on it."""
    from llvmlite import binding
    from numpy._core._multiarray_umath import __cpu_features__ as features

    able = sorted(name for name, there in features.items() if there)
    text = " ".join([platform.system(), platform.machine(), binding.get_host_cpu_name(), *able])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
