"""The guide's pages as HTML."""

from markupsafe import Markup

from usephase.errors import CommandError
from usephase.guide import page, topics


def guide_page(topic: str) -> tuple[str, Markup]:
    """Give a page's name and its HTML.

    Raises
    ------
    CommandError
        If there is no such page.
    """
    from markdown_it import MarkdownIt

    known = [name for name, _ in topics()]
    name = topic.strip().lower().removesuffix(".md")
    if name not in known:
        raise CommandError(f"no guide page {topic!r} → choose one of the list")
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(page(name))
    for token in tokens:
        for child in token.children or ():
            target = child.attrGet("href") if child.type == "link_open" else None
            if isinstance(target, str) and "/" not in target and target.removesuffix(".md") in known:
                child.attrSet("href", f"/guide/{target.removesuffix('.md')}")
        if token.type == "table_open":
            token.attrSet("class", "guide")
    # Safe: raw HTML in a page is escaped, and the pages are the package's own.
    return name, Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704
