"""Bands: what the reference knows of a kind of thing, found by the words of its name."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from usephase.catalog.reference.kinds import Named, named
from usephase.catalog.reference.rows import frame
from usephase.spelling import unaccented

PRODUCTS = (
    "power", "fuel_power", "energy_per_cycle", "energy_per_year", "hours_per_year", "cycles_per_year", "life_years",
    "life_hours", "mass", "mass_per_power", "mass_per_fuel_power",
)  # fmt: skip
FUELS = ("carbon_per_kg", "heating_value", "density")
COOLING = ("charge",)

_ONLY_KINDS = (*FUELS, "mass_per_power", "mass_per_fuel_power")
"""Quantities of which nothing is said where the kind is not known."""

_NOTHING = Named()
BETWEEN = " | "
"""Parts the family of a product from its name, and that from what else is known of it."""
Phrase = tuple[str, ...]


class Band(NamedTuple):
    """Hold the least and the most that is believed of a quantity, and of what kind of thing."""

    low: float
    high: float
    of: str


_FREE = Band(-np.inf, np.inf, "")


class Slip(NamedTuple):
    """Say what a number outside its band may be: it times `factor` was meant."""

    factor: float
    name: str


class Engine(NamedTuple):
    """Hold what engines of a fuel and a power make of it; efficiencies are shares of the lower heating value."""

    name: str
    from_kw: float
    to_kw: float
    efficiency: float
    low: float
    high: float
    fuel_g_per_kwh: float


@cache
def _bands() -> pd.DataFrame:
    return (
        frame("plausible").astype({"low": float}).assign(high=lambda rows: pd.to_numeric(rows["high"]).fillna(np.inf))
    )


@cache
def anything(quantity: str, subject: str = "") -> Band:
    """Give the band that holds whatever the name says."""
    rows = _bands()[(_bands()["quantity"] == quantity) & (_bands()["level"] == "any")]
    row = (rows[rows["subject"] == subject] if subject else rows).iloc[0]
    return Band(float(row["low"]), float(row["high"]), str(row["subject"]))


@cache
def slips(quantity: str) -> tuple[Slip, ...]:
    """List the slips of a quantity in the order in which they are tried."""
    rows = frame("slips")
    rows = rows[rows["quantity"] == quantity]
    return tuple(Slip(float(factor), name) for factor, name in zip(rows["factor"], rows["slip"], strict=True))


def words_of(text: str) -> list[str]:
    """Take a name apart: small letters without accents (``ä`` and ``ae`` are one), singular; ``|`` between parts."""
    words = re.findall(r"[^\W_]+|\|", unaccented(text).replace("đ", "d"))
    return [_UMLAUT.sub(r"\1", _singular(word)) for word in words]


_UMLAUT = re.compile(r"([aou])e")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)es$")


def _singular(word: str) -> str:
    """Take a plural's ending off, English and French: both sides of a comparison are treated alike."""
    if len(word) < 4 or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if _SIBILANT.search(word) else word.removesuffix("s")


class _Lexicon:
    """Find subjects by their words; of overlapping phrases the longest counts."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._subjects: dict[Phrase, set[str]] = {}
        self._broad = set(rows.loc[rows["level"] == "family", "subject"])
        for subject, words in dict(zip(rows["subject"], rows["words"], strict=True)).items():
            for phrase in filter(None, words.split("|")):
                self._subjects.setdefault(tuple(words_of(phrase)), set()).add(subject)
        self._longest = max(map(len, self._subjects), default=0)

    def find(self, text: str, archetypes: Named = _NOTHING) -> frozenset[str]:
        """Name the subjects of a text, archetypes among them; broad families only where it says nothing closer."""
        words = words_of(text)
        taken = [False] * len(words)
        found: set[str] = set()
        for length in range(min(self._longest, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                hit = self._subjects.get(tuple(words[start : start + length]))
                if hit and not any(taken[start : start + length]):
                    found |= hit
                    taken[start : start + length] = [True] * length
        found |= archetypes.sure
        if found & archetypes.perhaps:  # a stapler is one of nails, and in German a forklift
            found |= archetypes.perhaps
        return frozenset(found - self._broad or found)


@cache
def _lexicon(quantities: Sequence[str]) -> _Lexicon:
    rows = _bands()
    return _Lexicon(rows[rows["quantity"].isin(quantities) & (rows["level"] != "any")])


@cache
def _of(quantity: str) -> dict[str, Band]:
    rows = _bands()
    rows = rows[(rows["quantity"] == quantity) & (rows["level"] != "any")]
    columns = (rows[name] for name in ("subject", "low", "high", "name"))
    return {subject: Band(low, high, name) for subject, low, high, name in zip(*columns, strict=True)}


def _archetypes(text: str) -> Named:
    """Name the archetypes that a family and a name may mean, by the words by which lists of products are read."""
    family, _, rest = text.partition(BETWEEN)
    return named(rest.partition(BETWEEN)[0] or family, family)


class Names:
    """Hold the subjects of many names, each distinct text looked up once.

    Parameters
    ----------
    texts : iterable of str
        What each thing is called.
    quantities : sequence of str
        Whose words count.
    """

    def __init__(self, texts: Iterable[str], quantities: Sequence[str]) -> None:
        lexicon = _lexicon(tuple(quantities))
        codes, distinct = pd.factorize(np.array([*texts], dtype=object))
        kinds: dict[frozenset[str], int] = {}
        of = _archetypes if quantities == PRODUCTS else (lambda text: _NOTHING)
        numbers = [kinds.setdefault(lexicon.find(text, of(text)), len(kinds)) for text in map(str, distinct)]
        self.kind = np.array(numbers, dtype=np.intp)[codes] if len(codes) else np.empty(0, dtype=np.intp)
        self.kinds = list(kinds)

    def bands(self, quantity: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the band of every thing: the union of those of its subjects, else the one that holds for anything.

        Parameters
        ----------
        quantity : str
            One of the quantities of `plausible.csv`.

        Returns
        -------
        low, high : ndarray (thing,)
            In the unit of the table.
        of : ndarray of object (thing,)
            The kinds of thing, "" where it is anything.
        """
        known = _of(quantity)
        found = []
        for kind in self.kinds:
            bands = [known[subject] for subject in sorted(kind) if subject in known]
            if bands:
                of = " or ".join(band.of for band in bands[:2]) + (" …" if len(bands) > 2 else "")
                found.append(Band(min(b.low for b in bands), max(b.high for b in bands), of))
            else:
                found.append(_FREE if quantity in _ONLY_KINDS else anything(quantity)._replace(of=""))
        columns = [np.array(column, dtype=object)[self.kind] for column in zip(*found, strict=True)]
        if not columns:
            return np.empty(0), np.empty(0), np.empty(0, dtype=object)
        return columns[0].astype(float), columns[1].astype(float), columns[2]


@cache
def _idle() -> frozenset[Phrase]:
    words = _bands().loc[_bands()["quantity"] == "standby_power", "words"].iloc[0]
    return frozenset(tuple(words_of(phrase)) for phrase in words.split("|"))


def idle(modes: Iterable[str]) -> np.ndarray:
    """Tell which modes are those of waiting, by their names. Shape (mode,)."""
    phrases = _idle()
    longest = max(map(len, phrases))
    known: dict[str, bool] = {}

    def tell(mode: str) -> bool:
        words = words_of(mode)
        return any(
            tuple(words[start : start + length]) in phrases
            for length in range(1, longest + 1)
            for start in range(len(words) - length + 1)
        )

    return np.array([known[m] if m in known else known.setdefault(m, tell(m)) for m in map(str, modes)], dtype=bool)


@cache
def signs(subject: str) -> frozenset[str]:
    """Give the words by which a thing is known: an engine, a burner, a fuel of motors, a gas that warms little."""
    rows = _bands()[_bands()["subject"] == subject]
    return frozenset(word for phrase in rows["words"].iloc[0].split("|") for word in words_of(phrase))


@cache
def _engines() -> tuple[tuple[frozenset[Phrase], Engine], ...]:
    rows = frame("engines")
    numbers = rows[["from_kw", "to_kw", "efficiency", "low", "high", "fuel_g_per_kwh"]].astype(float)
    return tuple(
        (frozenset(tuple(words_of(phrase)) for phrase in filter(None, words.split("|"))), Engine(str(name), *row))
        for name, words, row in zip(rows["engine"], rows["words"], numbers.itertuples(index=False), strict=True)
    )


def engine_of(carrier: str, power_kw: float) -> Engine:
    """Find the engines that burn a fuel at a power; those of any fuel if its name is not known."""
    words = words_of(carrier)
    best: tuple[int, Engine] | None = None
    for phrases, engine in _engines():
        if not engine.from_kw <= power_kw < engine.to_kw:
            continue
        lengths = [len(p) for p in phrases if any(tuple(words[i : i + len(p)]) == p for i in range(len(words)))]
        rank = max(lengths) if lengths else (-1 if phrases else 0)
        if rank >= 0 and (best is None or rank > best[0]):
            best = rank, engine
    return best[1] if best else next(engine for phrases, engine in _engines() if not phrases)
