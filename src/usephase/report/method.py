"""The method statement of a run in plain sentences: what was chosen, and what the figures do and do not hold."""

from usephase.report.language import Language, language
from usephase.report.rests import boundaries, coverage, gwp, known, recycling
from usephase.results.run import Run


def statements(run: Run, words: Language | None = None) -> list[tuple[str, str]]:
    """State a run's method as pairs of a heading and a text."""
    say = words or language()
    return [(say(f"statement.{name}.title"), text) for name, text in texts(run, say).items()]


def texts(run: Run, say: Language) -> dict[str, str]:
    """Give the texts of the method statement by name."""
    return {**_standard(run, say), **_choices(run, say), **_uncertainty(run, say), **_provenance(run, say)}


def headline(run: Run, words: Language | None = None) -> str:
    """Name the headline's basis and boundary: ``projected grid, minimum boundary``."""
    say = words or language()
    return f"{say('basis.' + run.meta['grid_basis'])}, {say('boundary.' + run.meta['boundary'])}"


def scenarios(run: Run, words: Language | None = None) -> str:
    """Name the grid scenarios with their weights: ``trend_10y`` or ``a 70 %, b 30 %``."""
    say = words or language()
    weights = {name: float(weight) for name, weight in run.meta.get("scenarios", {}).items()}
    if len(weights) < 2:
        return next(iter(weights), say("word.none"))
    whole = sum(weights.values())
    return ", ".join(f"{name} {say.percent(weight / whole, 0)}" for name, weight in weights.items())


def _past(run: Run, say: Language) -> str:
    """Say that past years belong to every scenario, where there are several and they do."""
    grid = run.register[run.register["table"] == "grid"]["row"]
    years = grid.str.extract(r"(?:^|;)year=(\d+)", expand=False).astype(int)
    past = grid[years <= run.meta["reporting_year"]]
    several = len(run.meta.get("scenarios", {})) > 1
    return f" {say('statement.past')}" if several and past.str.contains("scenario=*", regex=False).all() else ""


def _standard(run: Run, say: Language) -> dict[str, str]:
    year = run.meta["reporting_year"]
    return {
        "standard": say("statement.standard.text"),
        "category_11": say("statement.category_11.text", year=year),
        "category_12": say("statement.category_12.text", year=year),
        "optional": say("statement.optional.text"),
        "apart": say("statement.apart.text", recycling=recycling(run, say)),
        "biogenic": say("statement.biogenic.text"),
    }


def _choices(run: Run, say: Language) -> dict[str, str]:
    meta = run.meta
    basis, boundary = meta["grid_basis"], meta["boundary"]
    other_basis = "frozen" if basis == "projected" else "projected"
    other_boundary = "life_cycle" if boundary == "minimum" else "minimum"
    bases = _beside("basis", basis, other_basis, say)
    limits = _beside("boundary", boundary, other_boundary, say)
    return {
        "basis": say("statement.basis.text", **bases),
        "scenarios": f"{scenarios(run, say)}.{_past(run, say)}",
        "boundary": say("statement.boundary.text", **limits, holds=boundaries(run, say)).strip(),
        "timing": say("statement.timing.text", sold=say(f"statement.timing.{meta.get('sales_timing', 'mid_year')}")),
        "years": say("statement.years.text"),
        "gwp": gwp(run, say),
        "coverage": coverage(run, say),
    }


def _beside(kind: str, headline: str, beside: str, say: Language) -> dict[str, str]:
    return {
        "headline": say(f"{kind}.{headline}"), "headline_means": say(f"statement.{kind}.{headline}"),
        "beside": say(f"{kind}.{beside}"), "beside_means": say(f"statement.{kind}.{beside}"),
    }  # fmt: skip


def _uncertainty(run: Run, say: Language) -> dict[str, str]:
    meta, several = run.meta, len(run.meta.get("scenarios", {})) > 1
    draws, design = say.count(meta["draws"]), say.word("design", meta["design"])
    return {
        "draws": say("statement.draws.text", draws=draws, design=design, seed=meta["seed"]),
        "mean": say("statement.mean.text"),
        "interval": say("statement.interval.text", mixed=say("statement.interval.mixed") if several else ""),
        "error": say("statement.error.text"),
        "assumptions": say("statement.assumptions.text", known=known(run, say)),
    }


def _provenance(run: Run, say: Language) -> dict[str, str]:
    meta = run.meta
    versions = ", ".join(f"{name} {version}" for name, version in meta.get("versions", {}).items())
    moment, made = meta.get("created", say("statement.computed.no_time")), versions or say("statement.computed.none")
    return {
        "catalog": say("statement.catalog.text", name=meta["catalog"]["name"], sha256=meta["catalog"]["sha256"]),
        "computed": say("statement.computed.text", moment=moment, versions=made),
        "repeat": say("statement.repeat.text"),
    }
