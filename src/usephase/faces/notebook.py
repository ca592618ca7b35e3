"""What a notebook shows of an answer: its line, then the report's own section of it, cut to what fits a screen."""

from html import escape

from usephase.faces.plots import Plot
from usephase.report.charts.marks import Table
from usephase.report.html.parts import Paragraph, Section, Shown, Tabled

ROWS_MAX = 20


def as_html(line: str, section: Section | None) -> str:
    """Write an answer as HTML: paragraphs, pictures and the first rows of tables."""
    parts = [f"<p><b>{escape(line)}</b></p>"]
    for part in section.parts if section is not None else ():
        if isinstance(part, Paragraph):
            parts.append(f"<p>{escape(part.text)}</p>")
        elif isinstance(part, Shown):
            parts.append(Plot(part.picture).svg)
        elif isinstance(part, Tabled):
            parts.append(_table(part.table, part.more))
    return "\n".join(parts)


def _table(table: Table, more: int) -> str:
    rows, left = table.rows[:ROWS_MAX], max(len(table.rows) - ROWS_MAX, 0) + more
    head = "".join(f"<th>{escape(text)}</th>" for text in table.headers)
    body = "".join(
        "<tr>" + "".join(
            f'<td style="text-align:{"right" if i in table.numeric else "left"}">{escape(text)}</td>'
            for i, text in enumerate(row)
        ) + "</tr>"
        for row in rows
    )  # fmt: skip
    rest = f"<p>… {left:,}</p>" if left else ""
    return f"<table><caption>{escape(table.caption)}</caption><tr>{head}</tr>{body}</table>{rest}"
