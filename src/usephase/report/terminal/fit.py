"""A fit on a terminal: the value, its interval, what has to be known of it, and the row to paste."""

from collections.abc import Mapping
from typing import Any

from usephase.report.cells import printable
from usephase.report.html.fit import Fit, headline
from usephase.report.language import language
from usephase.report.terminal.printing import _console


def print_fit(fit: Fit, document: Mapping[str, Any]) -> None:
    """Print a fit."""
    from rich.text import Text

    console, head = _console(), headline(fit, document, language())
    console.print(Text(printable(head.amount), style="bold"))
    console.print(Text(printable(head.lead)))
    for name, text in head.facts:
        console.print(Text(f"  {name}: {printable(text)}"))
    for text in head.remarks:
        console.print(Text(f"  ! {printable(text)}", style="yellow"))
    for held in document.get("rows") or [document]:
        label = " · ".join(held.get("group", {}).values())
        console.print(Text(f"row to paste{f' ({printable(label)})' if label else ''}:", style="dim"))
        for name, text in held["row"].items():
            if text:
                console.print(Text(f"  {name}: {printable(text)}"))
