"""The method statement of a run in plain sentences: what was chosen, and what the figures do and do not hold."""

from usephase.report.language.words import BASES, BOUNDARIES, DESIGNS
from usephase.report.rests import boundaries, coverage, gwp, known, recycling
from usephase.results.run import Run

_BASIS = {
    "projected": "electricity in a later year of a product's life has that year's factor on the scenario's path",
    "frozen": "electricity in every year of a product's life has the factor of the sale year",
}
_BOUNDARY = {
    "minimum": "meant as what users emit themselves and what power plants emit for them (their scope 1 and 2)",
    "life_cycle": "meant as the minimum boundary, the supply of fuels to users and power plants, and network losses",
}
_TIMING = {
    "mid_year": "units are taken to be sold in the middle of the year, so its calendar year holds half a year of use",
    "start_of_year": "units are taken to be sold at the start of the year",
}


def statements(run: Run) -> list[tuple[str, str]]:
    """State a run's method as pairs of a heading and a text."""
    return [*_standard(run), *_choices(run), *_uncertainty(run), *_provenance(run)]


def headline(run: Run) -> str:
    """Name the headline's basis and boundary: ``projected grid, minimum boundary``."""
    return f"{BASES[run.meta['grid_basis']]}, {BOUNDARIES[run.meta['boundary']]}".lower()


def scenarios(run: Run) -> str:
    """Name the grid scenarios with their weights: ``trend_10y`` or ``a 70 %, b 30 %``."""
    weights = {name: float(weight) for name, weight in run.meta.get("scenarios", {}).items()}
    if len(weights) < 2:
        return next(iter(weights), "none")
    whole = sum(weights.values())
    return ", ".join(f"{name} {weight / whole:.0%}".replace("%", " %") for name, weight in weights.items())


def _past(run: Run) -> str:
    """Say that past years belong to every scenario, where there are several and they do."""
    grid = run.register[run.register["table"] == "grid"]["row"]
    years = grid.str.extract(r"(?:^|;)year=(\d+)", expand=False).astype(int)
    past = grid[years <= run.meta["reporting_year"]]
    several = len(run.meta.get("scenarios", {})) > 1
    return (
        " Past years belong to every scenario."
        if several and past.str.contains("scenario=*", regex=False).all()
        else ""
    )


def _standard(run: Run) -> list[tuple[str, str]]:
    year = run.meta["reporting_year"]
    return [
        (
            "Standard",
            "GHG Protocol, Corporate Value Chain (Scope 3) Accounting and Reporting Standard (2011), and Technical "
            "Guidance for Calculating Scope 3 Emissions (2013).",
        ),
        (
            "Category 11",
            f"Use of sold products: the emissions expected over the whole life of the units sold in {year}. They are "
            f"booked in {year}, the year of sale, whatever the year in which they occur. The headline counts direct "
            "use only: energy the products draw, fuels they burn, and refrigerants they leak.",
        ),
        (
            "Category 12",
            f"End-of-life treatment of sold products: collection and treatment of the products sold in {year} and of "
            "their packaging, by the waste routes of the places where they are used. Packaging is discarded in the "
            "sale year, a product in the year in which it retires, one without a life in the sale year too.",
        ),
        (
            "Optional lines",
            "Indirect use (such as water that something else heats) and maintenance are optional under the standard. "
            "They are computed where the catalog has them, shown on lines of their own, and in no total.",
        ),
        (
            "Ledgers apart",
            f"Avoided emissions are never added to a category nor taken from one. {recycling(run)}",
        ),
        (
            "Biogenic CO2",
            "CO2 from biomass is what the columns biogenic of carriers and treatments give: reported separately, in no "
            "category. CH4 and N2O from biomass stay in the categories, as far as factors hold them.",
        ),
    ]


def _choices(run: Run) -> list[tuple[str, str]]:
    meta = run.meta
    basis, boundary = meta["grid_basis"], meta["boundary"]
    other_basis = "frozen" if basis == "projected" else "projected"
    other_boundary = "life_cycle" if boundary == "minimum" else "minimum"
    timing = meta.get("sales_timing", "mid_year")
    return [
        (
            "Grid basis",
            f"Headline: {BASES[basis].lower()}: {_BASIS[basis]}. Computed beside it: {BASES[other_basis].lower()}: "
            f"{_BASIS[other_basis]}.",
        ),
        ("Grid scenarios", f"{scenarios(run)}.{_past(run)}"),
        (
            "Boundary",
            f"Headline: {BOUNDARIES[boundary].lower()}: {_BOUNDARY[boundary]}. Computed beside it: "
            f"{BOUNDARIES[other_boundary].lower()}: {_BOUNDARY[other_boundary]}. {boundaries(run)}".strip(),
        ),
        (
            "Timing",
            f"{_TIMING[timing][0].upper()}{_TIMING[timing][1:]}. Years in service are exact integrals of the survival "
            "curve, not nominal lives; a spread of lives is not averaged before it meets a changing grid.",
        ),
        (
            "Calendar years",
            "The view by calendar year places the same emissions in the years in which they occur, over all sale "
            "years that the catalog lists up to the reporting year. It is no part of the totals.",
        ),
        ("Global warming potentials", gwp(run)),
        ("Coverage", coverage(run)),
    ]


def _uncertainty(run: Run) -> list[tuple[str, str]]:
    meta = run.meta
    return [
        (
            "Draws",
            f"Monte Carlo with {meta['draws']:,} draws, design {DESIGNS.get(meta['design'], meta['design'])}, seed "
            f"{meta['seed']}. One cell of the catalog is one unknown: "
            "all that refers to it shares its draw, so a common error does not average out over a portfolio.",
        ),
        (
            "Mean and best estimate",
            "The mean is taken over the draws. The best estimate is the model at every input's own best estimate. They "
            "differ where inputs are skewed or act on the result in a curve, and where grid scenarios differ: the best "
            "estimate takes the likeliest alone. Both are given.",
        ),
        (
            "Interval",
            "The 95 % interval runs from the 2.5 % to the 97.5 % point of the draws. It holds the uncertainty of the "
            f"inputs as stated in the register{_mixed(run)}; choices of method are not in it and stand beside each "
            "other instead.",
        ),
        (
            "Monte Carlo error",
            "The standard error of the mean from the number of draws alone; more draws make it smaller, not the "
            "interval.",
        ),
        (
            "Assumptions",
            f"{known(run)} Replace guesses where they matter.",
        ),
    ]


def _mixed(run: Run) -> str:
    several = len(run.meta.get("scenarios", {})) > 1
    return ", and which grid scenario comes true, by the weights given" if several else ""


def _provenance(run: Run) -> list[tuple[str, str]]:
    meta = run.meta
    versions = ", ".join(f"{name} {version}" for name, version in meta.get("versions", {}).items())
    return [
        ("Catalog", f"{meta['catalog']['name']}, SHA-256 {meta['catalog']['sha256']}."),
        ("Computed", f"{meta.get('created', 'at an unknown time')} (UTC) with {versions or 'unknown versions'}."),
        (
            "To repeat it",
            "usephase reproduce RUN computes the run again from run.h5 and compares every figure bit by bit.",
        ),
    ]
