"""The report's languages: every word a reader sees, one file a language, and how its numbers are written."""

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, wraps
from importlib import resources
from typing import Any, Concatenate, ParamSpec, TypeVar

from usephase.catalog.names import place_name
from usephase.errors import Problem, StudyError
from usephase.report import rounding

DEFAULT = "en"
_SPOKEN: ContextVar[str] = ContextVar("language", default=DEFAULT)
_CALLED: ContextVar[Mapping[str, str] | None] = ContextVar("called", default=None)
_NO_BREAK = "\N{NO-BREAK SPACE}"
_PERCENT = f"{_NO_BREAK}%"
_P = ParamSpec("_P")
_T = TypeVar("_T")
_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, eq=False)
class Language:
    """Hold one language's messages.

    Attributes
    ----------
    code : str
        As in the attribute ``lang`` of HTML.
    messages : mapping of str to str
        Dotted key to text; ``{name}`` stands for a value.
    space : str
        What stands between a number and its unit.
    """

    code: str
    messages: Mapping[str, str]
    space: str = _NO_BREAK

    def __call__(self, key: str, /, **values: object) -> str:
        """Give a message; values are put in as they are and never read as messages themselves.

        Raises
        ------
        KeyError
            If the language has no such message: a defect, not a reader's mistake.
        """
        return self.messages[key].format(**values)

    def word(self, section: str, label: str) -> str:
        """Give the word of a label, such as a component; a label without one (a user's own) is its own word."""
        return self.messages.get(f"{section}.{label}") or capital(label.replace("_", " "))

    def counted(self, section: str, number: int) -> str:
        """Write how many there are of a thing, such as ``1 error``; the section has a message for one and for many."""
        return self(f"{section}.{'one' if number == 1 else 'many'}", count=self.count(number))

    def section(self, name: str) -> dict[str, str]:
        """Give the messages of a section as they stand, by their keys within it."""
        before = f"{name}."
        return {key.removeprefix(before): text for key, text in self.messages.items() if key.startswith(before)}

    def group(self, by: str, label: str) -> str:
        """Write a group of figures as people call it: places and products by their names, a material by its word."""
        if by == "region":
            return place_name(label, self.code)
        if by == "material":
            return self.word("material", label)
        if by == "product":
            return (_CALLED.get() or {}).get(label, label)
        return label or self("word.unnamed")

    def number(self, value: float, last_place: int) -> str:
        """Write a number rounded at a decimal place (see `usephase.report.rounding`)."""
        if not math.isfinite(value):
            return self("number." + ("none" if math.isnan(value) else "infinite" if value > 0 else "minus_infinite"))
        return self._separated(rounding.number(value, last_place))

    def amount(self, value: float, low: float, high: float, unit: str = "") -> str:
        """Write a value as its 95 % interval allows."""
        return self._with_unit(self.number(value, rounding.place(low, high, value)), unit)

    def interval(self, low: float, high: float, unit: str = "", *, value: float = 0.0, last: int | None = None) -> str:
        """Write a 95 % interval; a single number if it has no width. In a table, `last` is the rows' common place."""
        last = rounding.place(low, high, value) if last is None else last
        ends = self.number(low, last), self.number(high, last)
        text = ends[0] if ends[0] == ends[1] else self("number.interval", low=ends[0], high=ends[1])
        return self._with_unit(text, unit)

    def percent(self, share: float, last: int | None = None) -> str:
        """Write a share as a percentage with about two digits; in a column, `last` is the place of all rows."""
        return (
            self._separated(rounding.percent(share, last)).replace(" ", self.space)
            if math.isfinite(share)
            else self("number.none")
        )

    def percents(self, shares: Iterable[float | None]) -> list[str]:
        """Write a column of percentages with one common place; what is not given (None, NaN) is blank."""
        listed = [None if share is None or math.isnan(share) else share for share in shares]
        last = rounding.percent_place(share for share in listed if share is not None)
        return ["" if share is None else self.percent(share, last) for share in listed]

    def index(self, value: float | None) -> str:
        """Write an index of sensitivity with three decimals; what is not given is blank."""
        return "" if value is None else self.decimals(value, 3)

    def chance(self, share: float, draws: int | None) -> str:
        """Write a probability that is a share of so many draws.

        Where all draws agree, it says how many they are: that is not certainty. Without `draws`, which is for tables
        whose head says how many, it says no more than that all agree.
        """
        if not math.isfinite(share):
            return self("number.none")
        if share in (0.0, 1.0):
            key = "all" if share else "none"
            return self(f"chance.only_{key}") if draws is None else self(f"chance.{key}", draws=self.count(draws))
        return self("chance.nearly_all") if share > 0.999 else self.percent(share, -1)

    def in_draws(self, share: float, draws: int) -> str:
        """Write a probability as it stands in a sentence: in how many of the draws something is so."""
        text = self.chance(share, draws)
        return text if share in (0.0, 1.0) else self("chance.some", share=text)

    def chance_format(self, draws: int) -> str:
        """Give the number format of a probability in a workbook: the words of `chance`, or a percentage.

        It has decimals enough that one draw more or less than all is never shown as all.
        """
        ends = (self(f"chance.{name}", draws=self.count(draws)) for name in ("all", "none"))
        places = max(len(str(draws)) - 2, 1)
        return '[=1]"{}";[=0]"{}";'.format(*ends) + f"0.{'0' * places}%"

    def count(self, number: int) -> str:
        """Write a whole number."""
        return self._separated(f"{number:,}")

    def decimals(self, value: float, places: int) -> str:
        """Write a number with so many decimals."""
        return self._separated(f"{value:,.{places}f}")

    def plain(self, value: float, digits: int = 6) -> str:
        """Write an input as it is, with at most so many significant digits."""
        return self._separated(f"{value:,.{digits}g}") if math.isfinite(value) else ""

    def _with_unit(self, text: str, unit: str) -> str:
        # A no-break space: a number and its unit stay on one line.
        return f"{text}{self.space}{unit}" if unit else text

    def _separated(self, text: str) -> str:
        return text.translate({
            ord(","): self.messages["number.thousands"], ord("."): self.messages["number.decimal"],
        })  # fmt: skip


def languages() -> tuple[str, ...]:
    """List the languages there are: one a file."""
    names = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def speak(code: str, called: Mapping[str, str] | None = None) -> None:
    """Answer in a language from now on, where none is named, and call products by their names.

    Raises
    ------
    StudyError
        If there is no language of that code.
    """
    language(code)
    _SPOKEN.set(code)
    _CALLED.set(called)


@contextmanager
def calling(called: Mapping[str, str]) -> Iterator[None]:
    """Call products by their names for a while (`Catalog.called`, or ``called`` in the meta of a run)."""
    token = _CALLED.set(called)
    try:
        yield
    finally:
        _CALLED.reset(token)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Answer in a language for a while."""
    token = _SPOKEN.set(language(code).code)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def calling_as_run(function: Callable[Concatenate[Any, _P], _T]) -> Callable[Concatenate[Any, _P], _T]:
    """Make a function of a run call products by the names that the run has."""

    @wraps(function)
    def named(run: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with calling(run.meta.get("called") or {}):
            return function(run, *args, **kwargs)

    return named


def language(code: str | None = None) -> Language:
    """Load a language; without a code that which is spoken: a command speaks its catalog's (`[report] language`).

    Raises
    ------
    StudyError
        If there is none of that code.
    """
    return _load(_SPOKEN.get() if code is None else code)


def plain(code: str | None = None) -> Language:
    """Load a language (see `language`) with plain spaces alone.

    Lines of a terminal break between a number and its unit rather than show a sign that it may lack.
    """
    return _plain(_SPOKEN.get() if code is None else code)


def capital(text: str) -> str:
    """Begin a text with a large letter."""
    return text[:1].upper() + text[1:]


@cache
def _plain(code: str) -> Language:
    loaded = _load(code)
    messages = {key: text.replace(_NO_BREAK, " ") for key, text in loaded.messages.items()}
    return replace(loaded, messages=messages, space=" ")


@cache
def _load(code: str) -> Language:
    if not _CODE.fullmatch(code) or code not in languages():
        known = ", ".join(languages())
        raise StudyError([Problem(where="--language", what=f"no language {code!r}", fix=f"choose one of: {known}")])
    text = resources.files(__name__).joinpath(f"{code}.toml").read_text(encoding="utf-8")
    # A number and its percent sign stay on one line.
    return Language(code, dict(_flat(tomllib.loads(text.replace(" %", _PERCENT)))))


def _flat(tree: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in tree.items():
        pairs += _flat(value, f"{before}{name}.") if isinstance(value, Mapping) else [(before + name, str(value))]
    return pairs
