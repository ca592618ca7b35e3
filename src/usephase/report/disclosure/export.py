"""Exports of a run: plain files, and the forms that others ask for."""

from collections.abc import Callable, Mapping
from importlib import import_module, resources
from os import PathLike
from pathlib import Path

from usephase.errors import Problem, StudyError
from usephase.report.disclosure.facts import Facts
from usephase.report.disclosure.form import Form, declared
from usephase.report.disclosure.signing import Signer
from usephase.report.language import DEFAULT, speaking
from usephase.results.atomic import beside
from usephase.results.run import Run

PLAIN = {"xlsx": ".xlsx", "csv": ".csv", "parquet": ".parquet", "json": ".json", "audit": ".zip"}
"""Plain files and their endings; `usephase.report.disclosure.plain` or `audit` has a writer ``write_NAME`` of each."""
FORMS = tuple(
    sorted(
        entry.name.removesuffix(".toml").replace("_", "-")
        for entry in resources.files("usephase.report").joinpath("forms").iterdir()
        if entry.name.endswith(".toml")
    )
)
"""Forms: a file ``forms/NAME.toml`` declares the fields of each, a module NAME of this room answers them."""
DATASET = "dataset"
"""A folder of Parquet datasets, to which each run is added."""
NAMES = (*PLAIN, DATASET, *FORMS)
AIMED = ("cdp", "esrs", "sbti")
"""Forms that ask for a target."""


def export(
    run: Run,
    to: str,
    out: str | PathLike[str],
    *,
    targets: Mapping[int, float] | None = None,
    edition: str = "",
    workers: int = 1,
    sign: Signer | None = None,
) -> Form | None:
    """Write a run in the form that others ask for.

    Parameters
    ----------
    run : Run
    to : str
        One of `NAMES`.
    out : path
        The file; for a form its ending says as what: .xlsx, .csv or .json. For `DATASET` a folder.
    targets : mapping of int to float, optional
        The company's reduction from the base year by year (0.25 is 25 %), for the forms `AIMED`.
    edition : str
        Of a form that has several, such as 2026; default that of the reporting year.
    workers : int
        Threads for the years beside the run's own.
    sign : callable, optional
        Of the audit package: signs its checksums, see `usephase.report.disclosure.signing.signer`.

    Returns
    -------
    Form or None
        The filled form; None for a plain file.

    Raises
    ------
    StudyError
        An unknown name, an ending that does not fit, targets that the form has no place for, or a figure that the
        form's field does not take.
    StoreError
        If the system refuses to write.
    """
    path = Path(out)
    _refuse(to, path, targets, edition)
    facts = Facts(run, targets or {}, workers, edition)
    if to in FORMS:
        from usephase.report.disclosure.sheet import write_form

        with speaking(DEFAULT):  # the standards' own language: fields and sentences are of one
            filled = fill(facts, to)
            with beside(path, replace=True) as spare:
                write_form(filled, spare, path.suffix.lower())
        return filled
    if to == DATASET:
        from usephase.report.disclosure.dataset import write_dataset

        write_dataset(facts, path)
        return None
    from usephase.report.disclosure import audit, plain

    with beside(path, replace=True) as spare:
        if to == "audit":
            audit.write_audit(facts, spare, sign)
        else:
            getattr(plain, f"write_{to}")(facts, spare)
    return None


def fill(facts: Facts, to: str) -> Form:
    """Fill one of `FORMS`."""
    name = to.replace("-", "_")
    form: Callable[[Facts], Form] = getattr(import_module(f"usephase.report.disclosure.{name}"), name)
    return form(facts)


def default_name(to: str) -> str:
    """Give the file name of an export beside its run."""
    if to == DATASET:
        return to
    return f"export{PLAIN[to]}" if to in PLAIN else f"disclosure-{to}.xlsx"


def _refuse(to: str, out: Path, targets: Mapping[int, float] | None, edition: str) -> None:
    if to not in NAMES:
        fix = f"use one of: {', '.join(NAMES)}"
        raise StudyError([Problem(where=f"--to {to}", what="there is no such export", fix=fix)])
    suffixes = (PLAIN[to],) if to in PLAIN else ("",) if to == DATASET else (".xlsx", ".csv", ".json")
    problems = []
    if out.suffix.lower() not in suffixes:
        what = f"`{out.suffix or 'no ending'}` is not what {to} is written as"
        fix = f"end it in {' or '.join(suffixes)}" if to != DATASET else "name a folder"
        problems.append(Problem(where=f"--out {out.name}", what=what, fix=fix))
    if targets and to not in AIMED:
        fix = f"leave it out, or use {' or '.join(AIMED)}"
        problems.append(Problem(where="--target", what=f"{to} has no target columns", fix=fix))
    if edition and to not in FORMS:
        problems.append(Problem(where=f"--edition {edition}", what=f"{to} is no form", fix="leave it out"))
    elif edition:
        try:
            declared(to, edition)
        except StudyError as refused:
            problems += refused.problems
    for year, cut in (targets or {}).items():
        if not 0 <= cut <= 1:
            what, fix = f"a reduction of {100 * cut:g} %", "write 0 to 100 %, such as 2030=25%"
            problems.append(Problem(where=f"--target {year}", what=what, fix=fix))
    if problems:
        raise StudyError(problems)
