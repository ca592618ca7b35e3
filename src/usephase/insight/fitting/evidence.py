"""What a fit gives, whatever was fitted: the row to write, the sample behind it, what is to be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_WITHIN = 0.76
"""The 97.5 % point of the normal over its 99.5 % point."""


@dataclass(frozen=True)
class Note:
    """Name something to be said of a fit: a message of the language files, and its values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """Hold a joint sample: one row an equally likely state of knowledge."""

    columns: tuple[str, ...]
    rows: np.ndarray

    def csv(self) -> bytes:
        """Write it as CSV."""
        lines = [",".join(self.columns), *(",".join(number(x, 9) for x in row) for row in self.rows.tolist())]
        return ("\n".join(lines) + "\n").encode()


@dataclass(frozen=True)
class Source:
    """Say which data were fitted: their name and fingerprint."""

    name: str
    sha256: str

    def told(self, what: str) -> str:
        """Write a `source` for the assumption register."""
        return f"{what}; {self.name}, sha256 {self.sha256[:16]}"


def number(value: float, digits: int = 5) -> str:
    """Write a number with so many significant digits, so that it can only be read as a decimal."""
    from usephase.catalog.values.refusal import decimal_text

    text = f"{value:.{digits}g}"
    if "e" in text:
        text = np.format_float_positional(float(text), trim="-")
    return decimal_text(text)


def factor_text(low: float, middle: float, high: float, floor: float = 0.0) -> str:
    """Write a value with its 95 % interval as a lognormal, ``12.5 */ 1.4``, all but 0.5 % of it above a floor."""
    ratio = max(middle / low, high / middle) if low > 0 else float("inf")
    if floor:
        ratio = min(ratio, (middle / floor) ** _WITHIN)
    return f"{number(middle)} */ {number(ratio, 4)}" if 1 < ratio < np.inf else number(middle)


def plain(value: Any) -> Any:
    """Give a value as JSON has it: numbers of numpy become plain ones, what is no finite number null."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
