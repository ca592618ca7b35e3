"""The one style of all pictures and of the page around them: colours by role, sizes, and how wide text is."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from usephase.report.cells import printable

WIDTH = 720
"""Width of every picture [px]; the page and slides scale it."""

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "Arial", "sans-serif")
TEXT_PX, SMALL_PX, TITLE_PX = 13.0, 12.0, 16.0
ROW_PX, BAR_PX = 27.0, 15.0
LABEL_MAX_PX = 280.0

TEXT_ROLES = ("ink", "soft")
"""Roles that words are written in: contrast with the paper at least 4.5."""
GRAPHIC_ROLES = ("use", "waste", "accent", "change")
"""Roles that carry meaning as shapes: contrast with the paper at least 3."""


@dataclass(frozen=True)
class Theme:
    """Name a colour for every role."""

    name: str
    colors: Mapping[str, str]


LIGHT = Theme("light", {
    "paper": "#ffffff", "ink": "#16232b", "soft": "#52616b", "rule": "#d3dce1", "use": "#1d6f8a", "waste": "#b35c12",
    "accent": "#a3195b", "change": "#5b4b9a", "wide": "#c9e1e8", "narrow": "#8cc0cf", "panel": "#f3f6f8",
    "link": "#0b5c8a",
})  # fmt: skip
DARK = Theme("dark", {
    "paper": "#11191f", "ink": "#e8eef1", "soft": "#a6b5be", "rule": "#34434d", "use": "#4db4d3", "waste": "#e39a52",
    "accent": "#f28bb8", "change": "#b3a4f0", "wide": "#1d4250", "narrow": "#235d72", "panel": "#19242c",
    "link": "#7cc4ee",
})  # fmt: skip
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

_BOLD = 1.1
_NARROW = frozenset("iljftrI.,:;'|!()[] ")
_BROAD = frozenset("mwMW@%")


def variables(theme: Theme) -> str:
    """Write a theme as CSS variables."""
    return "".join(f"--{role}:{color};" for role, color in theme.colors.items())


def picture_rules() -> str:
    """Write the CSS rules of pictures inside a page, whose colours follow the page's."""
    roles = LIGHT.colors
    fills = "".join(f".f-{role}{{fill:var(--{role})}}" for role in roles)
    return fills + "".join(f".s-{role}{{stroke:var(--{role});fill:none}}" for role in roles)


def text_width(text: str, size_px: float, *, bold: bool = False) -> float:
    """Estimate how wide text is, rather too wide than too narrow. [px]"""
    return size_px * sum(map(_em, text)) * (_BOLD if bold else 1.0)


def shortened(text: str, width_px: float, size_px: float = TEXT_PX, *, bold: bool = False) -> str:
    """Cut text to a width, with an ellipsis; characters that steer are made visible."""
    plain = printable(text)
    if text_width(plain, size_px, bold=bold) <= width_px:
        return plain
    while plain and text_width(plain + "…", size_px, bold=bold) > width_px:
        plain = plain[:-1]
    return plain.rstrip() + "…"


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in _NARROW:
        return 0.36
    if character in _BROAD:
        return 0.92
    return 0.73 if character.isupper() else 0.64
