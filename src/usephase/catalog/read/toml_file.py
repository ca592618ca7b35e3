"""catalog.toml as nested mappings, refused before it can cost much time or break what looks at it."""

import re
import tomllib
from typing import Any

from usephase.catalog.read.limits import MAX_SETTINGS_BYTES, clip
from usephase.errors import Problem

_DEEP = 8  # grid.scenarios.NAME is three deep
_DIGITS = 300
_LONG_NUMBER = 10**_DIGITS
# tomllib takes the square of the number of parts of a dotted key: a thousand dots in a line cost nothing yet.
_DOTS = 1_000


def parse_toml(data: bytes, origin: str) -> tuple[dict[str, Any], Problem | None]:
    """Read a TOML file.

    Parameters
    ----------
    data : bytes
        The file.
    origin : str
        Its name.

    Returns
    -------
    dict
        Empty if the file is refused.
    Problem or None
    """
    if len(data) > MAX_SETTINGS_BYTES:
        what = f"the file has {len(data):,} bytes; settings have at most {MAX_SETTINGS_BYTES:,}"
        return {}, Problem(where=origin, what=what, fix="keep settings only in this file, and data in tables")
    for line, content in enumerate(data.split(b"\n"), start=1):
        if content.count(b".") > _DOTS and not content.lstrip().startswith(b"#"):
            what = f"a line with more than {_DOTS:,} dots"
            return {}, Problem(where=f"{origin}:{line}", what=what, fix="write one `name = value` a line")
    try:
        parsed = tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return {}, Problem(where=f"{origin}:{line}", what="the line is not UTF-8", fix="save the file as UTF-8")
    except (ValueError, RecursionError) as error:
        # A plain ValueError: Python reads no whole number of thousands of digits.
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        where = f"{origin}:{found[1]}" if found else origin
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        if not found and "digits" in reason:
            reason = "a number of thousands of digits"
        fix = "write `name = value` lines under `[section]` headings, texts in double quotes"
        return {}, Problem(where=where, what=f"not readable as TOML: {clip(reason, 200)}", fix=fix)
    problem = _absurd(parsed, origin)
    return ({}, problem) if problem is not None else (parsed, None)


def _absurd(parsed: dict[str, Any], origin: str) -> Problem | None:
    """Find what is nested too deeply or too large to be shown; without recursion."""
    left: list[tuple[str, Any, int]] = [("", parsed, 0)]
    while left:
        name, value, depth = left.pop()
        if depth > _DEEP:
            where = f"{origin}:{clip(name.split('.')[0])}"
            return Problem(where=where, what="settings are nested too deeply", fix="write `name = value` in a section")
        if isinstance(value, dict):
            left += [(f"{name}.{key}" if name else key, inner, depth + 1) for key, inner in value.items()]
        elif isinstance(value, list):
            left += [(name, inner, depth + 1) for inner in value]
        elif isinstance(value, int) and abs(value) >= _LONG_NUMBER:
            what = f"a number of more than {_DIGITS} digits"
            return Problem(where=f"{origin}:{clip(name, 200)}", what=what, fix="write a number of ordinary size")
    return None
