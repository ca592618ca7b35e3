"""A fit on a terminal: the value, its interval, what has to be known of it, and the row to paste."""

from collections.abc import Mapping
from typing import Any

from usephase.insight.fitting.api import Fit
from usephase.report.cells import printable
from usephase.report.html.fit import headline
from usephase.report.language import plain
from usephase.report.terminal.show import show


def print_fit(fit: Fit, document: Mapping[str, Any]) -> None:
    """Print a fit."""
    from rich.text import Text

    head = headline(fit, document, plain())
    show(Text(printable(head.amount), style="bold"))
    show(Text(printable(head.lead)))
    for name, text in head.facts:
        show(Text(f"  {name}: {printable(text)}"))
    for text in head.remarks:
        show(Text(f"  ! {printable(text)}", style="yellow"))
    for held in document.get("rows") or [document]:
        label = " · ".join(held.get("group", {}).values())
        show(Text(plain()("screen.fit.row", of=f" ({printable(label)})" if label else ""), style="dim"))
        for name, text in held["row"].items():
            if text:
                show(Text(f"  {name}: {printable(text)}"))
