"""Inputs in words: what a cell is of, such as ``hours or cycles of use: fan heater home, heating``."""

from usephase.report.cells import printable
from usephase.report.language import Language

_PLACES = ("region", "zone")
_AS_GIVEN = ("year", "from_year", "group", "gas", "row", "option")
"""Keys whose values are codes of the user's: `_` in them is no blank."""


_GUESS = "group=guess:"
"""Begins the rows of what cells of archetypes share: table, column, and what is the same in them."""


def input_name(table: str, row: str, column: str, words: Language) -> str:
    """Name an input for people; its address stands in files and in JSON.

    Parameters
    ----------
    table, row, column : str
        As in `options`: ``use_profiles``, ``use_profile=fan_heater_home;mode=heating``, ``amount``. A ranking also has
        rows of what cells share: ``settings`` ``grid`` ``scenario``, ``correlations``, ``dependence``.
    words : Language
    """
    thing = words.messages.get(f"input.{table}.{column}" if column else f"input.{table}")
    if thing is None:
        thing = f"{table} {column}".strip().replace("_", " ")
    if table == "correlations" and row.startswith(_GUESS):
        its, of, *told = row.removeprefix(_GUESS).split(":")
        shared, thing = words.messages["input.guess"], input_name(its, "", of, words)
        return printable(f"{shared}: {', '.join((thing, *(part.replace('_', ' ') for part in told)))}")
    parts = [_value(*part.partition("=")[::2], words) for part in row.split(";") if part and row != "grid"]
    return printable(f"{thing}: {', '.join(parts)}" if parts else thing)


def group_name(by: str, label: str, words: Language) -> str:
    """Name a group of inputs: what cells share in words, all else as groups of figures are called."""
    table, _, name = label.partition(" ")
    from usephase.insight.sensitivity.factors import NO_SOURCE, SHARED

    if label in (NO_SOURCE, SHARED):
        return words("screen.rank.no_source" if label == NO_SOURCE else "screen.rank.shared")
    if table == "correlations" and name:
        return input_name(table, f"group={name}", "", words)
    return printable(words.group(by, label))


def clipped(text: str, most: int = 60) -> str:
    """Cut a text of sources at a blank, with a mark that there is more."""
    if len(text) <= most:
        return text
    return f"{text[:most].rsplit(' ', 1)[0].rstrip(';,:')} …"


def _value(key: str, value: str, words: Language) -> str:
    if not value:
        return words.messages.get(f"input.{key}", key.replace("_", " "))
    if key in _PLACES:
        return words.group("region", value)
    if key == "product":
        return words.group(key, value)
    return value if key in _AS_GIVEN else value.replace("_", " ")
