"""The audit package: a run with all that it rests on, in one zip that opens without this software."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from usephase.catalog.descriptions import descriptions
from usephase.engine.run.statistics import NAMES
from usephase.errors import CatalogError, StoreError
from usephase.insight.quality.worked import BEST, COLUMNS, MEAN, Worked, worked
from usephase.report.disclosure.facts import Facts
from usephase.report.disclosure.plain import as_csv, flagged, write_xlsx
from usephase.report.disclosure.signing import Signer
from usephase.report.html.page import write_page
from usephase.report.language import language
from usephase.report.method import headline, statements
from usephase.report.rounding import amount
from usephase.results.atomic import explain
from usephase.results.provenance import moment_of
from usephase.results.run import UNIT, Run, open_run
from usephase.results.store import NAME

FACTORS = ("grid", "reference_grid", "zones", "carriers", "gases", "treatments", "end_of_life", "settings")
_SUMS, _INDEX = "SHA256SUMS", "index.html"
_HOLDS = {
    _INDEX: "this page",
    "report.html": "the report of the run",
    "inventory.xlsx": "the workbook of the run",
    "method.txt": "equations, and the method statement",
    "worked.csv": "every product by region, kind of user and mode: the numbers whose product is its emissions",
    "worked_choices.csv": "the same at best estimates: factor and t on frozen and projected grid, both boundaries",
    "by_product.csv": "every product under frozen and projected grid, both boundaries",
    "figures.csv": "every figure, unrounded, with what the standard says of its line",
    "register.csv": "every value that a figure depends on, with its range, source and licence",
    "factors.csv": "of these the emission factors, grids, losses and waste data",
    "sources.csv": "every source, with the number of values that rest on it",
    "columns.csv": "what each column of the catalog and of the register is, and its unit",
    "reference.csv": "the edition of the built-in data: each file's checksum, where it is from, when it was read",
    "quality.json": "what the emissions rest on",
    NAME: "the run itself: catalog, settings, versions, figures, draws of the totals, checksums",
}
"""What the files of a package hold, in the order in which the index names them; the catalog's own follow."""
_WORKED = {
    "at": ("best_estimate: every cell at its best estimate; mean: every number is the mean of its draws", ""),
    "product": ("the product", ""),
    "family": ("its family", ""),
    "region": ("the region or country of sale", ""),
    "segment": ("the kind of user", ""),
    "kind": ("electricity, fuel, leak, waste (a material), gas (at end of life), or joint: see method.txt", ""),
    "what": ("the mode, or the material", ""),
    "units": ("units sold there, times the share of this kind of user", "unit"),
    "amount": ("hours or cycles a year in service", "amount_unit"),
    "quantity": ("energy, gas or material", "quantity_unit"),
    "years": ("mean years in service", "year"),
    "share": ("allocation to this product", ""),
    "factor": ("emission factor, or share of the gas released", "factor_unit"),
    "t": ("units * quantity * years * share * factor / 1000", UNIT),
}
_EQUATIONS = """Equations
Emissions of the units sold in the reporting year over their whole life, booked in that year. [t CO2e]

Category 11, electricity and fuels   t = units * quantity * years * share * factor / 1000
    units      units sold in the region, times the share of this kind of user
    quantity   kWh, or units of the fuel, a year in service: amount * rate * load / efficiency
    amount     hours or cycles a year
    years      mean years in service
    share      allocation: the part of the emissions that belongs to an intermediate product, else 1
    factor     kg CO2e a kWh or unit of fuel; of electricity the mean over the years in service, each of its year
Category 11, refrigerants leaked     t = units * quantity * years * share / 1000
    quantity   kg CO2e leaked a year: charge * annual leak * warming potential
Category 12, materials               t = units * quantity * factor / 1000
    quantity   kg of one material a unit
    factor     kg CO2e a kg, over the waste routes of the region
Category 12, refrigerants            t = units * quantity * factor / 1000
    quantity   kg CO2e held in a unit at its end
    factor     share released

How to redo a line
1. Multiply the cells of its row in worked.csv; an empty cell is 1. The result is the cell t.
2. At best estimates (column at: best_estimate) the lines of a product add up to its figure in by_product.csv, and all
   lines to the best estimate in figures.csv (ledger total, by total, the headline's grid basis and boundary).
3. At means (column at: mean) each cell is the mean of its draws. A mean of products is not the product of means where
   the cells vary together: the line of the kind joint has that difference, a line a product. With it the lines add up
   to the means.
4. Where a cell comes from: register.csv has every value by table, row and column, with its source.

How to compute the run again
usephase reproduce, on run.h5 or on this package, checks every checksum, computes the run again and compares every
figure bit by bit. sha256sum -c SHA256SUMS checks the files without the software. Where SHA256SUMS.minisig lies
beside it, minisign -Vm SHA256SUMS -p KEY.pub says who signed the list.
"""


def write_audit(facts: Facts, path: Path, sign: Signer | None = None) -> None:
    """Write the audit package of a run, its checksums signed if asked."""
    run = facts.run
    files = _files(facts)
    listed = {name: _HOLDS[name] for name in _HOLDS if name in files or name == _INDEX}
    listed |= {name: "the catalog as it was read, byte for byte" for name in files if name not in _HOLDS}
    files[_INDEX] = _index(facts, listed, {name: _digest(content) for name, content in files.items()})
    files = {name: files[name] for name in listed}
    sums = "".join(f"{_digest(content)}  {name}\n" for name, content in files.items())
    files[_SUMS] = sums.encode("utf-8")
    if sign is not None:
        told = f"usephase audit package, run of {run.meta['created']}, catalog sha256 {run.meta['catalog']['sha256']}"
        files[f"{_SUMS}.minisig"] = sign(files[_SUMS], told)
    # The run's time, not the clock's.
    moment = moment_of(run.meta["created"]).timetuple()[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, moment), content, zipfile.ZIP_DEFLATED)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(facts: Facts) -> dict[str, bytes]:
    """Give the files of a package by name, but for its index and its checksums."""
    run, register = facts.run, facts.run.register
    files = {}
    with TemporaryDirectory() as folder:
        run.save(Path(folder) / NAME)
        write_xlsx(facts, Path(folder) / "inventory.xlsx")
        write_page(run, Path(folder) / "report.html")
        for name in (NAME, "inventory.xlsx", "report.html"):
            files[name] = (Path(folder) / name).read_bytes()
    told = "".join(f"\n{name}\n{text}\n" for name, text in statements(run, language()))
    files |= {
        "method.txt": f"{_EQUATIONS}\nMethod\n{told}".encode(),
        "figures.csv": as_csv(flagged(run)),
        "register.csv": as_csv(register),
        "factors.csv": as_csv(register[register["table"].isin(FACTORS)]),
        "sources.csv": as_csv(sources(register)),
        "columns.csv": as_csv(_columns()),
        "reference.csv": as_csv(_reference(run)),
        "quality.json": (json.dumps(facts.quality.to_document(), indent=1, allow_nan=False) + "\n").encode("ascii"),
    }
    try:
        found = worked(run)
    except CatalogError:
        pass  # a catalog that today's rules refuse: the package has the rest
    else:
        files |= {
            "worked.csv": as_csv(found.lines),
            "worked_choices.csv": as_csv(_under_choices(found)),
            "by_product.csv": as_csv(found.products.assign(unit=UNIT)),
        }
    return files | {f"catalog/{name}": content for name, content in sorted(run.files.items())}


def _under_choices(found: Worked) -> pd.DataFrame:
    """Put the factors under each choice beside what names their lines."""
    best = found.lines.iloc[: len(found.factors)].reset_index(drop=True)
    names = [name for name in COLUMNS[1:] if name not in ("factor", "t")]
    return pd.concat([best[names], found.factors.assign(t_unit=UNIT)], axis=1)


def sources(register: pd.DataFrame) -> pd.DataFrame:
    """List every source of a register with its licence, and how many values of which tables rest on it."""
    grouped = register.groupby(["source", "licence"], sort=True, dropna=False)
    rows = [
        {"source": source, "licence": licence, "values": len(its), "tables": ", ".join(sorted(set(its["table"])))}
        for (source, licence), its in grouped
    ]
    return pd.DataFrame(rows, columns=["source", "licence", "values", "tables"]).sort_values(
        "values", ascending=False, kind="stable"
    )


def _columns() -> pd.DataFrame:
    rows = [(one.table, one.column, one.meaning, one.unit) for one in descriptions().values()]
    rows += [("worked.csv", column, meaning, unit) for column, (meaning, unit) in _WORKED.items()]
    rows += [("figures.csv", column, "a statistic of the draws", UNIT) for column in NAMES]
    return pd.DataFrame(rows, columns=["table", "column", "meaning", "unit"])


def _reference(run: Run) -> pd.DataFrame:
    """List the files of the built-in data that ship with this version, beside the edition that the run names."""
    from usephase.catalog.reference import edition

    now: Mapping[str, Any] = edition()
    ran = run.meta.get("versions", {}).get("reference data", "")
    rows = [{"edition": now["name"], "date": now["date"], "edition_of_the_run": ran, **file} for file in now["files"]]
    return pd.DataFrame(rows)


def _index(facts: Facts, listed: Mapping[str, str], sums: Mapping[str, str]) -> bytes:
    from jinja2 import Environment, StrictUndefined

    place = resources.files("usephase.report").joinpath("templates", "audit.html.j2")
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(place.read_text(encoding="utf-8"))
    run, meta = facts.run, facts.run.meta
    totals = []
    for ledger in ("category_11", "category_12", "total"):
        for _, row in run.select(ledger).iterrows():
            low, high = float(row["p2_5"]), float(row["p97_5"])
            totals.append((ledger, *(amount(float(row[name]), low, high, UNIT) for name in (MEAN, BEST))))
    text = template.render(
        name=meta["catalog"]["name"], company=meta.get("company") or "", year=meta["reporting_year"],
        headline=headline(run), totals=totals,
        files=[(name, holds, sums.get(name, "")) for name, holds in listed.items()],
        equations=_EQUATIONS, methods=statements(facts.run, language()), versions=meta.get("versions", {}),
        catalog=meta["catalog"]["sha256"], created=meta["created"], draws=meta["draws"], seed=meta["seed"],
        design=meta["design"],
    )  # fmt: skip
    return text.encode("utf-8", "backslashreplace")


def open_package(path: Path) -> Run:
    """Read the run of an audit package, after its checksums.

    Raises
    ------
    StoreError
        If the file is not a whole audit package, or any of its files was changed.
    """
    try:
        with zipfile.ZipFile(path) as archive, TemporaryDirectory() as folder:
            sums = archive.read(_SUMS).decode("utf-8")
            for line in sums.splitlines():
                wanted, _, name = line.partition("  ")
                if hashlib.sha256(archive.read(name)).hexdigest() != wanted:
                    raise StoreError(f"{path}: {name} was changed after the package was written → get it again")
            stored = Path(folder) / NAME
            stored.write_bytes(archive.read(NAME))
            return open_run(stored)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: not an audit package ({error}) → make one with export --to audit") from error
    except OSError as error:
        raise StoreError(explain(path, error)) from error
