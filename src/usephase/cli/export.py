"""`usephase export`: a run in the form that others ask for."""

import re
import sys
from pathlib import Path

import click

from usephase.cli.common import common, cores, print_json, run_at, say

_TARGET = re.compile(r"(\d{4})=(\d+(?:\.\d+)?)\s*%?")


@click.command()
@click.argument("run_path", metavar="RUN")
@click.option(
    "--to", required=True, metavar="FORM",
    help="xlsx, csv, parquet, json, dataset (a folder), audit (zip), or a form: cdp, esrs, ghg-protocol, ifrs, sbti.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Default: beside the run; forms as .xlsx.")
@click.option(
    "--target", "aims", multiple=True, metavar="YEAR=PERCENT",
    help="The company's reduction from the base year, for cdp, esrs and sbti, e.g. 2030=25%; repeatable.",
)  # fmt: skip
@click.option(
    "--edition", default="", metavar="YEAR", help="Of esrs: 2023, 2023-reliefs or 2026; default by the reporting year."
)
@click.option(
    "--sign", "key", type=click.Path(path_type=Path), metavar="KEY",
    help="Of audit: sign its checksums with this secret key of minisign; its password is asked for.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Threads for base and previous year; default the cores.")
@common
def command(
    run_path: str,
    to: str,
    out: Path | None,
    aims: tuple[str, ...],
    edition: str,
    key: Path | None,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a stored run as a file or as a disclosure form.

    A form's file ends in .xlsx, .csv or .json. Every field repeats its rule's source and how that is known; what the
    run cannot know stays blank, with the reason.
    """
    from usephase.report.disclosure.export import NAMES, default_name, export
    from usephase.report.disclosure.signing import signer

    if to not in NAMES:
        raise click.BadParameter(f"{to!r} is not one of {', '.join(NAMES)}", param_hint="--to")
    targets = dict(_target(text) for text in aims)
    path = Path(run_path)
    target = out or (path if path.is_dir() else path.parent) / default_name(to)
    if key is not None and to != "audit":
        raise click.BadParameter("only the audit package is signed", param_hint="--sign")
    sign = None if key is None else signer(key, _password if sys.stdin.isatty() else None)
    form = export(run_at(path), to, target, targets=targets, edition=edition, workers=workers or cores(), sign=sign)
    if as_json:
        answer = {"file": target.as_posix(), "to": to, "bytes": target.stat().st_size if target.is_file() else None}
        print_json({**answer, "form": form.to_document() if form else None})
        return
    if form is None:
        say(f"{to} in {target}", quiet)
        return
    statuses = [line.answer.status for line in form.lines]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
    say(f"{form.declared.title}: {counts}; in {target}", quiet)


def _password() -> str:
    return str(click.prompt("Password of the key", hide_input=True, err=True))


def _target(text: str) -> tuple[int, float]:
    found = _TARGET.fullmatch(text.strip())
    if not found:
        raise click.BadParameter(f"{text!r} is not a year and a percentage such as 2030=25%", param_hint="--target")
    return int(found[1]), float(found[2]) / 100
