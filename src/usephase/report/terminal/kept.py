"""Text whose numbers stay on one line with their units and percent signs."""

import re
from typing import Any

from rich.containers import Lines
from rich.text import Text

_BLANK = re.compile(r"(?<=\d) (?=(?:%|t CO2e\b|t\b|kg\b|kWh\b))|(?<=\bt) (?=CO2e\b)|(?<=±) (?=\d)")
_HELD = "\N{OBJECT REPLACEMENT CHARACTER}"
"""As wide as a blank, and no blank to who breaks lines."""


class Kept(Text):
    """Break lines anywhere but between a number and what belongs to it."""

    def wrap(self, *args: Any, **options: Any) -> Lines:
        """Wrap; blanks that are not to be broken at are another sign for the while."""
        held = self.copy()
        held.plain = _BLANK.sub(_HELD, self.plain)
        lines = held.wrap(*args, **options)
        for line in lines:
            line.plain = line.plain.replace(_HELD, " ")
        return lines
