"""Write one setting into catalog.toml and leave every other byte as it is, comments included."""

import json
import re
import tomllib
from typing import Any

from usephase.catalog.read.headers import folded
from usephase.catalog.values.refusal import Refusal

_TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*'))*)\s*=\s*"""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*'""")
_VALUE = re.compile(r"""(?!'''|\"{3})("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#,\[\]{}"']+)(?=\s*(?:#.*)?$)""")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BY_HAND = "change it in the file by hand"


def with_setting(data: bytes, section: str, key: str, text: str) -> bytes:
    """Write a setting.

    Parameters
    ----------
    data : bytes
        The file.
    section : str
        ``grid`` or ``grid.scenarios``.
    key : str
    text : str
        The value; "" removes the setting.

    Returns
    -------
    bytes
        Where the setting was not written before, a line is added at the end of its section.

    Raises
    ------
    Refusal
        If the file is written in a way that only a person can change safely.
    """
    source = data.decode("utf-8")
    path = (*section.split("."), key)
    before = _parsed(source)
    end = "\r\n" if "\r\n" in source else "\n"
    lines = source.split("\n")
    at, last = _find(lines, path)
    if at >= 0:
        lines[at : at + 1] = [] if text == "" else [_replaced(lines[at], _get(before, path), text)]
    elif text != "":
        if _get(before, path) is not None:
            raise Refusal(f"`{'.'.join(path)}` is written in a form that is not edited", _BY_HAND)
        new = f"{key if _BARE.fullmatch(key) else json.dumps(key)} = {_written(None, key, text)}"
        carriage = end[:-1]
        if last >= 0:
            lines.insert(last + 1, new + carriage)
        else:
            body = source if source.endswith("\n") or not source else source + end
            lines = f"{body}{end if body else ''}[{section}]{end}{new}{end}".split("\n")
    out = "\n".join(lines)
    _verify(before, out, path)
    return out.encode("utf-8")


def _find(lines: list[str], path: tuple[str, ...]) -> tuple[int, int]:
    """Give the line of a setting, and the last line with a setting of its section; -1 where there is none."""
    here: tuple[str, ...] = ()
    last = -1
    closing = ""  # of a text over several lines
    for i, line in enumerate(lines):
        if closing:
            closing = "" if closing in line else closing
            continue
        if table := _TABLE.match(line):
            here = _as_known(_parts(table[1]))
            last = i if here == path[:-1] else last
        elif found := _KEY.match(line):
            name = _as_known((*here, *_parts(found[1])))
            rest = line[found.end() :]
            closing = next((q for q in ('"""', "'''") if rest.startswith(q) and q not in rest[3:]), "")
            if name == path:
                return i, last
            if here == path[:-1]:
                last = i
    return -1, last


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))


def _replaced(line: str, old: Any, text: str) -> str:
    start = _KEY.match(line)
    assert start is not None
    carriage = "\r" if line.endswith("\r") else ""
    body = line.removesuffix("\r")
    value = _VALUE.match(body, start.end())
    if value is None:
        raise Refusal("the setting is written over several lines, or with brackets", _BY_HAND)
    return body[: value.start()] + _written(old, "", text, value[1][0]) + body[value.end() :] + carriage


def _written(old: Any, key: str, text: str, quote: str = "") -> str:
    """Write a value as the old one was: a number bare, a text in its quotes."""
    bare = _NUMBER.fullmatch(text) is not None
    if quote == "'" and "'" not in text and text.isprintable():
        return f"'{text}'"
    if quote in ('"', "'") or (old is None and key in ("level", "trend", "name", "company", "gwp")) or not bare:
        return json.dumps(text, ensure_ascii=False)
    return text


def _parsed(source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f"the file is not readable as TOML ({error})", "repair it first") from None


def _as_known(path: tuple[str, ...]) -> tuple[str, ...]:
    """Name sections and settings as they are known, whatever the case of their letters; scenarios are the user's."""
    return (*map(folded, path[:2]), *path[2:])


def _get(data: Any, path: tuple[str, ...]) -> Any:
    for i, part in enumerate(path):
        if not isinstance(data, dict):
            return None
        written = part if i > 1 else next((key for key in data if folded(key) == part), part)
        if written not in data:
            return None
        data = data[written]
    return data


def _pop(data: dict[str, Any], name: str) -> None:
    for key in [key for key in data if key == name or folded(key) == name]:
        del data[key]


def _verify(before: dict[str, Any], out: str, path: tuple[str, ...]) -> None:
    """Make sure that the one setting is all that changed."""
    try:
        after = tomllib.loads(out)
    except tomllib.TOMLDecodeError:
        raise Refusal(f"`{'.'.join(path)}` belongs to a section in a form that is not edited", _BY_HAND) from None
    for data in (before, after):
        inner = _get(data, path[:-1])
        if isinstance(inner, dict):
            _pop(inner, path[-1])
            if not inner and len(path) == 2:
                _pop(data, path[0])
            elif not inner:
                _pop(_get(data, path[:-2]), path[-2])
    if before != after:
        raise Refusal(f"`{'.'.join(path)}` cannot be changed without changing other settings", _BY_HAND)
