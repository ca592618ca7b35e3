"""The guide: pages in Markdown that ship with the package, by topic."""

from importlib import resources

from usephase.errors import CommandError

_ORDER = (
    "index",
    "first-figure",
    "getting-started-sustainability",
    "getting-started-engineering",
    "catalog",
    "archetypes",
    "values",
    "double-counting",
    "unlikely",
    "fit",
    "model",
    "sampling",
    "results",
    "report",
    "serve",
    "decide",
    "disclosure",
    "forms",
    "over-time",
    "targets",
    "targets-example",
    "sensitivity",
    "compare",
    "method-choices",
    "nomenclature",
    "reference-data",
    "python-api",
    "ci",
    "speed",
    "cluster",
    "store",
    "nightly",
    "trust",
    "licences",
    "architecture",
    "errors",
    "changes",
)


def _text(topic: str) -> str:
    return resources.files(__name__).joinpath(f"{topic}.md").read_text(encoding="utf-8")


def topics() -> list[tuple[str, str]]:
    """List the pages of the guide in reading order.

    Returns
    -------
    list of (name, title)
        The name is what `page` takes; the title is the page's first heading.
    """
    return [(name, _text(name).partition("\n")[0].removeprefix("# ")) for name in _ORDER]


def page(topic: str) -> str:
    """Give one page as Markdown.

    Parameters
    ----------
    topic : str
        A name from `topics`; capitals and a trailing ``.md`` do not matter.

    Returns
    -------
    str

    Raises
    ------
    CommandError
        When there is no such page; the message names the nearest one.
    """
    # Links between pages are written `catalog.md`, so that is what a reader copies.
    name = topic.strip().lower().removesuffix(".md")
    if name in _ORDER:
        return _text(name)
    from difflib import get_close_matches  # only a mistyped topic needs it

    nearest = get_close_matches(name, _ORDER, n=1, cutoff=0.0)[0]
    raise CommandError(f"no guide page {topic!r} → the nearest is {nearest!r}; there are: {', '.join(_ORDER)}")
