"""report.html: a run as one page that holds all it needs, runs no script and loads nothing."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import resources
from itertools import count
from pathlib import Path

from usephase.report.cells import printable
from usephase.report.charts.style import DARK, LIGHT, picture_rules, variables
from usephase.report.charts.svg import inline_svg
from usephase.report.html import insight as page_insight
from usephase.report.html import method as page_method
from usephase.report.html import quality as page_quality
from usephase.report.html import result as page_result
from usephase.report.html.documents import Documents
from usephase.report.html.parts import Listing, Part, Section, Shown, section
from usephase.report.language import Language, calling_as_run, language
from usephase.results.run import Run

_TEMPLATES = "templates"
_NOTES_MAX = 200


@calling_as_run
def render_page(run: Run, code: str | None = None, documents: Documents | None = None) -> str:
    """Write a run as HTML.

    Parameters
    ----------
    run : Run
        What to show. The same run gives the same text.
    code : str, optional
        The language: ``en``, ``vi`` …; without one that which is spoken.
    documents : Documents, optional
        Answers of rank, compare and track to be shown with it.

    Raises
    ------
    StudyError
        If there is no such language.
    """
    words, meta = language(code), run.meta
    name, company, year = meta["catalog"]["name"], meta.get("company") or "", meta["reporting_year"]
    owner = words("page.for_company", company=company, year=year) if company else words("page.for_year", year=year)
    version, created = meta.get("versions", {}).get("usephase", ""), meta.get("created", "")
    return render(
        words, page_result.headline(run, words), sections(run, words, documents or Documents()), owner=owner,
        title=words("page.title", catalog=name, year=year), heading=name, result_title=words("headline.id"),
        footer=words("page.footer", version=version, created=created),
    )  # fmt: skip


def render(words: Language, headline: object, shown: Sequence[Section], **texts: str) -> str:
    """Write a page of one result and its sections.

    Parameters
    ----------
    headline : object
        With ``amount``, ``lead``, ``facts`` and ``remarks``.
    shown : sequence of Section
    **texts : str
        ``title``, ``owner``, ``heading``, ``result_title`` and ``footer``.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["svg"] = _svg
    environment.finalize = _shown
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return environment.get_template("page.html.j2").render(
        t=words, code=words.code, style=style, style_hash=digest, headline=headline, sections=shown, **texts
    )


def write_page(run: Run, path: Path, code: str | None = None, documents: Documents | None = None) -> None:
    """Write a run's page to a file, as it is (see `usephase.report.folders.run` for whole or absent)."""
    text = render_page(run, code, documents)
    # Half a character, which a name may hold, has no form in UTF-8.
    path.write_bytes(text.encode("utf-8", errors="replace"))


def sections(run: Run, words: Language, documents: Documents, *, explained: bool = True) -> list[Section]:
    """Make the sections in their order; those without content are left out.

    Parameters
    ----------
    run : Run
    words : Language
    documents : Documents
    explained : bool
        Whether the largest products are worked out: that reads the stored catalog.
    """
    makers: list[Callable[[], Section | None]] = [
        lambda: page_result.composition(run, words),
        lambda: page_result.spread(run, words),
        lambda: page_result.by_year(run, words),
        lambda: page_result.choices(run, words),
        lambda: page_result.products(run, words),
        lambda: page_result.explained(run, words) if explained else None,
        lambda: page_insight.ranked(documents, words),
        lambda: page_insight.worth_measuring(documents, words),
        lambda: page_insight.compared(documents, words),
        lambda: page_insight.tracked(documents, words),
        lambda: page_result.service(run, words),
        lambda: page_result.apart(run, words),
        lambda: page_result.coverage(run, words),
        lambda: page_quality.quality(run, words),
        lambda: page_method.method(run, words),
        lambda: _notes(run, words),
        lambda: page_quality.register(run, words),
        lambda: page_method.reproduce(run, words),
    ]
    return _numbered([made for make in makers if (made := make()) is not None])


def _numbered(made: list[Section]) -> list[Section]:
    # Names of pictures come from labels, of which two may be alike: on a page every picture has a number.
    numbers = count(1)
    return [replace(one, parts=tuple(_renamed(part, numbers) for part in one.parts)) for one in made]


def _renamed(part: Part, numbers: Iterator[int]) -> Part:
    if not isinstance(part, Shown):
        return part
    return replace(part, picture=replace(part.picture, name=f"picture-{next(numbers)}"))


def _notes(run: Run, words: Language) -> Section | None:
    listing = Listing(tuple(run.notes[:_NOTES_MAX])) if run.notes else None
    return section("notes", words("notes.title"), [listing])


def _template(name: str) -> str:
    return resources.files("usephase.report").joinpath(_TEMPLATES, name).read_text(encoding="utf-8")


def _style() -> str:
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}"
    return f":root{{color-scheme:light dark;{variables(LIGHT)}}}{dark}{picture_rules()}\n{_template('page.css')}"


def _svg(picture: object) -> object:
    from markupsafe import Markup

    from usephase.report.charts.marks import Picture

    assert isinstance(picture, Picture)
    # Marked as safe: `inline_svg` escapes every text that it writes.
    return Markup(inline_svg(picture))  # noqa: S704


def _shown(value: object) -> object:
    # Control characters and those that turn the reading direction are made visible; markup stays markup.
    return printable(value) if type(value) is str else value
