"""Pictures of a run for slides: `picture` makes one, `write_chart` writes it as SVG or PNG."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from usephase.errors import Problem, StudyError
from usephase.report.charts import groups as charts_groups
from usephase.report.charts import insight as charts_insight
from usephase.report.charts.distribution import distribution
from usephase.report.charts.marks import Picture
from usephase.report.charts.style import THEMES
from usephase.report.charts.svg import standalone_svg
from usephase.report.charts.years import calendar, levers, outlook, years
from usephase.report.html.documents import Documents, Tracked
from usephase.report.language import Language, calling_as_run, language
from usephase.results.run import Run

FORMATS = ("svg", "png")
GROUPINGS = ("product", "family", "region", "segment", "mode", "material")
SERVICES = {"service-hours": "kg CO2e/h", "service-cycles": "kg CO2e/cycle"}
_OF_RUN: dict[str, Callable[[Run, Language], Picture | None]] = {
    "components": charts_groups.components,
    "distribution": distribution,
    "years": years,
    "choices": charts_groups.choices,
    "service-hours": lambda run, words: charts_groups.service(run, SERVICES["service-hours"], words),
    "service-cycles": lambda run, words: charts_groups.service(run, SERVICES["service-cycles"], words),
}
_OF_TRACK: dict[str, Callable[[Tracked, Language], Picture | None]] = {
    "track": charts_insight.track,
    "outlook": outlook,
    "change": charts_insight.change,
    "calendar": calendar,
    "levers": levers,
    "abatement": charts_insight.abatement,
}
OF_DOCUMENTS = ("ranking", "comparison", *_OF_TRACK)
KINDS = (*_OF_RUN, *GROUPINGS, *OF_DOCUMENTS)
"""What `picture` can draw; any label of products that the run groups by as well."""


_LACKING = {
    "outlook": "weigh several grid scenarios, and track years ahead",
    "levers": "track with --lever",
    "abatement": "track with --lever, and give the options a cost",
}
"""What a track lacks that has nothing to draw."""


@calling_as_run
def picture(run: Run, kind: str, code: str | None = None, documents: Documents | None = None) -> Picture:
    """Make one picture of a run.

    Parameters
    ----------
    kind : str
        One of `KINDS`, or a label that the run was grouped by.
    code : str
        The language.
    documents : Documents, optional
        What ``ranking``, ``comparison`` and the pictures of a track are drawn from.

    Raises
    ------
    StudyError
        If there is no such kind, or the run (or what was given with it) has nothing to draw.
    """
    words = language(code)
    labels = tuple(str(label) for label in run.meta.get("by", []))
    if kind in _OF_RUN:
        made = _OF_RUN[kind](run, words)
    elif kind in GROUPINGS or kind in labels:
        made = charts_groups.grouping(run, kind, words)
    elif kind in OF_DOCUMENTS:
        made = _of_documents(kind, documents or Documents(), words)
    else:
        fix = f"choose one of: {', '.join((*KINDS, *labels))}"
        raise StudyError([Problem(where="KIND", what=f"no picture {kind!r}", fix=fix)])
    if made is None:
        fix = "choose another kind"
        if kind in OF_DOCUMENTS:
            there = documents is not None and documents.tracked is not None and kind in _OF_TRACK
            fix = _LACKING.get(kind, fix) if there else "give the command's --json answer with --with"
        raise StudyError([Problem(where="KIND", what=f"there is nothing to draw as {kind!r}", fix=fix)])
    return made


def write_chart(
    run: Run,
    kind: str,
    path: Path,
    *,
    code: str | None = None,
    theme: str = "light",
    documents: Documents | None = None,
) -> Picture:
    """Write one picture of a run; the file's ending says how: ``.svg`` or ``.png``.

    Raises
    ------
    StudyError
        As `picture`, and for another ending.
    StoreError
        If the system refuses.
    """
    refuse_form(path)
    made = picture(run, kind, code, documents)
    write_picture(made, path, theme)
    return made


def refuse_form(path: Path) -> str:
    """Give the form that a file's ending names; refuse another one."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise StudyError([Problem(where="--out", what=f"no form {path.suffix!r}", fix="end the name in .svg or .png")])
    return form


def write_picture(made: Picture, path: Path, theme: str = "light") -> None:
    """Write a picture as its file's ending says.

    Raises
    ------
    StudyError
        For an ending that is neither ``.svg`` nor ``.png``.
    StoreError
        If the system refuses.
    """
    from usephase.results.atomic import beside

    form = refuse_form(path)
    with beside(path, replace=True) as spare:
        spare.write_bytes(content(made, form, theme))


def writers(
    drawn: Mapping[str, Picture | None], forms: tuple[str, ...] = FORMATS
) -> dict[str, Callable[[Path], object]]:
    """Give what writes each picture that there is in each form, by the name of its file."""
    return {
        f"{name}.{form}": partial(_write, made, form)
        for name, made in drawn.items() if made is not None for form in forms
    }  # fmt: skip


def content(made: Picture, form: str, theme: str = "light") -> bytes:
    """Give a picture as the bytes of a file of a form."""
    if form == "svg":
        return standalone_svg(made, THEMES[theme]).encode("utf-8", errors="replace")
    from usephase.report.charts.png import png

    return png(made, THEMES[theme])


def of_track(tracked: Tracked, words: Language) -> dict[str, Picture | None]:
    """Make the pictures of a track, by kind; None where there is nothing to draw."""
    return {kind: draw(tracked, words) for kind, draw in _OF_TRACK.items()}


def _write(made: Picture, form: str, path: Path) -> None:
    path.write_bytes(content(made, form))


def _of_documents(kind: str, documents: Documents, words: Language) -> Picture | None:
    if kind == "ranking":
        found = documents.ranking
        return charts_insight.ranking(found, words) if found and found.rows else None
    if kind == "comparison":
        pictures = charts_insight.comparisons(documents.comparison, words) if documents.comparison else []
        return pictures[0] if pictures else None
    return _OF_TRACK[kind](documents.tracked, words) if documents.tracked else None
