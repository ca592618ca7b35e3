"""`usephase fit`: from data to an uncertain value."""

from pathlib import Path
from typing import Any

import click

from usephase.cli.common import F, catalog_at, common, print_json, say_written, spoken

_WRITE = "CATALOG:TABLE:ROW[:COLUMN] to write the value into, such as product_catalog:lifetimes:lifetime=tool_home."


@click.group()
def command() -> None:
    """Turn data into an uncertain value: a life, a mean, a population's amount, what experts say."""


def _shared(function: F) -> F:
    """Add the options of every kind."""
    for option in (
        click.option("--write", "to", default="", metavar="CATALOG:TABLE:ROW", help=_WRITE),
        click.option("--page", type=click.Path(path_type=Path), metavar="FILE", help="Write a page (HTML) of the fit."),
        spoken,
    ):
        function = option(function)
    return common(function)


_sheet = click.option("--sheet", default="", help="The sheet of a workbook; its first one if not given.")


@command.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--distribution", default="", help="weibull, lognormal, loglogistic or gamma; default: the lowest AIC.")
@click.option("--unit", type=click.Choice(["year", "hour", "cycle"]), default="year", show_default=True)
@click.option("--hours-per-year", type=float, metavar="H", help="Turn ages in years into hours of use.")
@click.option("--until", default="", metavar="DATE", help="With dates: until when it is known what came back.")
@click.option("--watched-to", type=float, metavar="AGE", help="Nothing is seen beyond it, as the end of the warranty.")
@click.option("--max-years", type=float, metavar="AGE", help="Units are scrapped then, whatever their wear.")
@click.option(
    "--prior", default="", metavar="LIFETIME", help="A row of lifetimes or an archetype to combine with the data."
)
@click.option("--beside", default="", metavar="LIFETIME", help="The same, to be shown beside the fit.")
@click.option("--mode", default="", help="The mode whose hours or cycles the life counts.")
@click.option(
    "--sample", type=click.Path(path_type=Path), metavar="FILE", help="Write the joint sample of mean and shape."
)
@click.option(
    "--joint", is_flag=True, help="With --write: put the joint sample into the catalog and name it in the row."
)
@_sheet
@_shared
def lifetime(
    data: Path, distribution: str, unit: str, hours_per_year: float | None, until: str, watched_to: float | None,
    max_years: float | None, prior: str, beside: str, mode: str, sample: Path | None, joint: bool, sheet: str,
    to: str, page: Path | None, code: str | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Fit a life to warranty, return or test data.

    DATA has `age` and `failed`; or `age_low` and `age_high`; or `sold`, `returned` and `until`; or is a triangle: month
    of sale, units sold, a column a month of return. Optional: `count`, `entry`, `hours_per_year`.
    """
    from usephase.errors import CommandError
    from usephase.insight.fitting.api import lifetime as fit
    from usephase.insight.fitting.prior import read_prior

    if joint and not to:
        raise CommandError("--joint goes with --write CATALOG:lifetimes:lifetime=L, the row that names the sample")
    catalog = None
    if to:  # what is wrong with it is said before anything is fitted
        from usephase.insight.fitting.write import target, write_fit

        where = target(to, "lifetime")
        catalog = catalog_at(where.catalog)
    found = fit(
        data, until=until, unit=unit, hours_per_year=hours_per_year, watched_to=watched_to, distribution=distribution,
        max_years=max_years, prior=prior, catalog=catalog, sheet=sheet,
    )  # fmt: skip
    shown = read_prior(beside or prior, catalog) if beside or prior else None
    document = found.to_document("", mode)
    written: tuple[str, ...] = ()
    if to:
        made = write_fit(found, to, mode=mode, joint=joint)
        written, document["row"], document["sample"] = made.paths, dict(made.row), made.sample
        document["survival"] = found.survival_rows(where.keys["lifetime"])
    if sample is not None:
        from usephase.results.atomic import beside as spare_beside

        with spare_beside(sample, replace=True) as spare:
            spare.write_bytes(found.sample().csv())
        written, document["sample"] = (*written, sample.as_posix()), sample.as_posix()
    _answer(found, document, written, page, code, as_json, quiet, beside=shown)


@command.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--column", required=True, help="The column of measurements.")
@click.option("--over", default="", metavar="COLUMN", help="Divide by it: delivered over drawn is an efficiency.")
@click.option("--unit", default="", help="The unit of the values.")
@click.option(
    "--calibration", default="", metavar="U", help="Expanded uncertainty of the certificate: 0.5%, or a number."
)
@click.option("--resolution", type=float, default=0.0, metavar="R", help="The step of the display.")
@_sheet
@_shared
def mean(
    data: Path, column: str, over: str, unit: str, calibration: str, resolution: float, sheet: str, to: str,
    page: Path | None, code: str | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Take the mean of repeated measurements, with the uncertainty of the instrument (GUM)."""
    from usephase.insight.fitting.api import mean as fit

    found = fit(data, column, over=over or None, unit=unit, calibration=calibration, resolution=resolution, sheet=sheet)
    _finish(found, to, page, code, as_json, quiet)


@command.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--column", required=True, help="The column of measurements.")
@click.option("--weight", default="", metavar="COLUMN", help="How many tools a row stands for.")
@click.option("--tool", default="", metavar="COLUMN", help="Which tool a row is of: its rows are one observation.")
@click.option("--by", default="", metavar="COLUMN,…", help="Columns by which means are taken apart: segment,region.")
@click.option("--unit", default="", help="The unit of the values, such as h/year.")
@click.option(
    "--winsorise", type=float, default=0.0, metavar="SHARE", help="Draw in the outermost share at either end."
)
@_shared
def amount(
    data: Path, column: str, weight: str, tool: str, by: str, unit: str, winsorise: float, to: str, page: Path | None,
    code: str | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Estimate the mean of a population from telemetry of many tools: hours, cycles, energy.

    With --by, --write names a row for each group: `region={region}`, `use_profile=drill_{segment}`.
    """
    from usephase.insight.fitting.api import amount as fit

    names = tuple(name.strip() for name in by.split(",") if name.strip())
    found = fit(data, column, weight=weight or None, tool=tool or None, by=names, unit=unit, winsorise=winsorise)
    _finish(found, to, page, code, as_json, quiet)


@command.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--low", type=float, help="What the number cannot be under: 0 for an amount or a share.")
@click.option("--high", type=float, help="What it cannot be over: 1 for a share.")
@click.option("--unit", default="", help="The unit of the values.")
@_sheet
@_shared
def expert(
    data: Path, low: float | None, high: float | None, unit: str, sheet: str, to: str, page: Path | None,
    code: str | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Pool what experts say: columns `expert`, `p10`, `p50`, `p90`, and `weight`, `asked_on`, `question`."""
    from usephase.insight.fitting.api import expert as fit

    found = fit(data, low=low, high=high, unit=unit, sheet=sheet)
    _finish(found, to, page, code, as_json, quiet)


def _finish(found: Any, to: str, page: Path | None, code: str | None, as_json: bool, quiet: bool) -> None:
    """Write the values of groups into their rows, and answer."""
    from usephase.insight.fitting.write import write_fit

    written = write_fit(found, to).paths if to else ()
    _answer(found, found.to_document(), written, page, code, as_json, quiet)


def _answer(
    found: Any, document: dict[str, Any], written: tuple[str, ...], page: Path | None, code: str | None, as_json: bool,
    quiet: bool, **shown: Any,
) -> None:  # fmt: skip
    from usephase.report.html.fit import notes_of, write_fit_page
    from usephase.report.language import speak

    if code is not None:
        speak(code)
    if page is not None:
        write_fit_page(found, document, page, code, **shown)
        written = (*written, page.as_posix())
    if as_json:
        print_json({**document, "notes": notes_of(found, "en"), "written": list(written)})
    else:
        from usephase.report.terminal.fit import print_fit

        print_fit(found, document)
    if written:
        say_written(written, quiet)
