"""Kinds of products by their descriptions: which archetype, how sure, and what else it may be."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from usephase.catalog.reference.rows import frame
from usephase.spelling import unaccented

LEAST = 0.8
"""The score below which a kind is not taken."""
SHOWN = 4
"""So many proposals are told."""
_WORD = re.compile(r"[a-z0-9]+")
_ALPHA_2 = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_VOLTS = re.compile(r"(?<![\d.,])(\d{2,3}(?:[.,]\d)?)[\s-]?v(?:olts?|max|\b)")
_WATTS = re.compile(r"(?<![\d.,])\d[\d.,]*\s?k?w(?:atts?)?\b")
_LOW_VOLTS, _MAINS_VOLTS = 80.0, (100.0, 480.0)
_LONGEST = 5
_TOGETHER = 2000
_COMPOUND, _REST = 5, 3
_ALIKE, _LONG = 88.0, 6
_OF_COMPOUND, _OF_FAMILY, _WEAK, _OPEN, _PART = 0.95, 0.9, 0.75, 0.5, 0.4
_PLURALS = ("s", "es", "e", "n", "en", "er", "x")
# What follows says what comes with it, or what it is for: not what it is.
_BEHIND = frozenset((
    "with", "incl", "including", "inkl", "inklusive", "mit", "avec", "con", "w", "without", "ohne", "sans", "senza",
    "sin", "kem", "cho", "for", "fur", "pour", "para", "per", "zu", "compatible", "passend",
))  # fmt: skip
_ELECTRIC = "mains"
_NO_KIND = ("*accessory", "*other")
"""The rows of words for parts, and for things that merely share a word with a kind."""


class Kinds(NamedTuple):
    """What a description may be: archetypes with scores, the best first, and whether it names a part."""

    scores: tuple[tuple[str, float], ...] = ()
    part: bool = False

    @property
    def sure(self) -> str:
        """The archetype, where one is sure enough; else ""."""
        return self.scores[0][0] if self.scores and self.scores[0][1] >= LEAST else ""

    @property
    def leading(self) -> str:
        """The archetype that stands clearly before the others, which is fit to be proposed; else ""."""
        (first, most), second = (self.scores or (("", 0.0),))[0], (self.scores[1][1] if self.scores[1:] else 0.0)
        return first if most > _OPEN and most >= 2 * second and not self.part else ""

    @property
    def text(self) -> str:
        """The proposals as text."""
        return "; ".join(f"{archetype} {score:.2f}" for archetype, score in self.scores[:SHOWN])


class _Hit(NamedTuple):
    begin: int
    end: int
    size: int
    quality: float
    means: frozenset[str]


class _Words(NamedTuple):
    """Phrases without blanks: what kinds, energies and parts they say; and the energy of each archetype."""

    kinds: Mapping[str, frozenset[str]]
    energy: Mapping[str, str]
    parts: frozenset[str]
    weak: frozenset[str]
    of: Mapping[str, str]


def _plain(text: str) -> str:
    """Write a text without accents, umlauts in one way."""
    out = unaccented(text)
    for written, short in _ALPHA_2:
        out = out.replace(written, short)
    return out


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_plain(text)))


@cache
def _words() -> _Words:
    kinds: dict[str, set[str]] = {}
    energy: dict[str, str] = {}
    parts, weak, of = set(), set(), {}
    rows = frame("archetype_words")
    for archetype, power, words in zip(rows["archetype"], rows["power_source"], rows["words"], strict=True):
        phrases = {"".join(_tokens(word)) for word in words.split("|")}
        if archetype in _NO_KIND:
            parts |= phrases
        elif archetype.startswith("*"):
            energy |= dict.fromkeys(phrases, archetype[1:].replace("_", " "))
        else:
            weak |= {"".join(_tokens(word)) for word in words.split("|") if word.endswith("?")}
            of[archetype] = power
            for phrase in phrases:
                kinds.setdefault(phrase, set()).add(archetype)
    whole = {phrase: frozenset(held) for phrase, held in kinds.items()}
    return _Words(whole, energy, frozenset(parts), frozenset(weak), of)


def archetypes() -> frozenset[str]:
    """Give the archetypes whose words are known."""
    return frozenset(_words().of)


@cache
def keys() -> Mapping[str, str]:
    """Map the keys and names of archetypes, in small letters, to their keys."""
    rows = frame("archetypes")
    pairs = [
        *zip(rows["name"], rows["archetype"], strict=True),
        *zip(rows["archetype"], rows["archetype"], strict=True),
    ]
    return {text.casefold(): archetype for text, archetype in pairs}


@cache
def without_numbers(text: str) -> str:
    """Write a description without model numbers, volts apart: what products of one kind have in common."""
    kept = _VOLTS.sub(lambda found: f" {found[1]}v ", text.casefold())
    return " ".join(t for t in re.findall(r"[^\W_]+", kept) if t.isalpha() or re.fullmatch(r"\d+v", t))


def nearest(name: str, known: Iterable[str]) -> str:
    """Find the archetype whose name is most like a text; "" where none is."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=60)
    return str(found[0]) if found else ""


def with_watts(told: Kinds, text: str) -> Kinds:
    """Lean to the mains where watts are given and no volts: battery tools are told by volts, engines by their fuel.

    Two thirds of the score for it: enough to propose a kind, too little to take it.
    """
    of = _words().of
    mains = [archetype for archetype, _ in told.scores if of[archetype] == _ELECTRIC]
    if len(mains) != 1 or len(told.scores) == 1 or len({score for _, score in told.scores}) > 1 or _driven((text,)):
        return told
    whole = sum(score for _, score in told.scores)
    rest = whole / 3 / (len(told.scores) - 1)
    others = ((archetype, rest) for archetype, _ in told.scores if archetype != mains[0])
    return told._replace(scores=((mains[0], whole * 2 / 3), *others))


def says_watts(text: str) -> bool:
    """Tell whether a description gives a power."""
    return _WATTS.search(text.casefold()) is not None


def propose(texts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Kinds]:
    """Propose archetypes for descriptions.

    Parameters
    ----------
    texts : iterable of (str, str)
        Description, and the family that the list puts it in, which is asked where the description names no kind.

    Returns
    -------
    dict of (str, str) to Kinds

    Notes
    -----
    The longest phrase of `archetype_words` in a description decides the kind: as words, as the end of a compound
    (0.95), or misspelt (at 0.88 alike or more, times 0.95); in the family alone 0.9. Words and volts decide what
    drives it; where they leave several kinds, each has its share of the score. A word for a part or an accessory that
    does not stand behind `with` or `for` leaves 0.4, a second kind 0.5.
    """
    wanted = list(dict.fromkeys(texts))
    split = {text: _tokens(text) for pair in wanted for text in pair}
    alike = _misspelt(split.values())
    cached: dict[tuple[tuple[str, ...], tuple[str, ...], frozenset[str]], Kinds] = {}
    out = {}
    for pair in wanted:
        driven = _driven(pair)
        # Model numbers say nothing; many descriptions differ by them alone.
        bare = tuple(tuple(t for t in split[text] if t.isalpha() or len(t) == 1) for text in pair)
        key = bare[0], bare[1], driven
        if key not in cached:
            cached[key] = _kinds(bare[0], bare[1], driven, alike)
        out[pair] = cached[key]
    return out


def _driven(pair: Sequence[str]) -> frozenset[str]:
    volts = [float(found.replace(",", ".")) for found in _VOLTS.findall(" ".join(pair).casefold())]
    low = {"battery" for volt in volts if volt <= _LOW_VOLTS}
    high = {_ELECTRIC for volt in volts if _MAINS_VOLTS[0] <= volt <= _MAINS_VOLTS[1]}
    return frozenset(low or high)


def _misspelt(texts: Iterable[Sequence[str]]) -> dict[str, tuple[str, float]]:
    """Map words, and pairs of which one is a kind, to the phrases of kinds that they misspell.

    A pair is looked at because one wrong letter in `hegde trimmer` would leave a trimmer.
    """
    words = _words()
    texts = list(texts)
    tokens = {token for text in texts for token in text}
    known = words.energy.keys() | words.parts
    plain = known | _BEHIND
    pairs = {
        (one, two) for text in texts for one, two in pairwise(text)
        if (one in words.kinds) != (two in words.kinds) and one not in plain and two not in plain
    }  # fmt: skip
    odd = tokens | {one + two for one, two in pairs}
    odd = {t for t in odd if len(t) >= _LONG and t.isalpha() and t not in known and _hits(t)[1] in (0.0, _OF_COMPOUND)}
    if not odd:
        return {}
    from rapidfuzz import fuzz, process

    some, phrases = sorted(odd), sorted(phrase for phrase in words.kinds if len(phrase) >= _LONG)
    out = {}
    for begin in range(0, len(some), _TOGETHER):
        found = process.cdist(some[begin : begin + _TOGETHER], phrases, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        for i, best in enumerate(found.argmax(axis=1).tolist()):
            if found[i, best] > 0:
                out[some[begin + i]] = phrases[best], float(found[i, best]) / 100
    return out


@cache
def _hits(token: str) -> tuple[str, float]:
    """Find the phrase that a word is, in plural too, or that a compound ends with; ("", 0) where there is none."""
    kinds = _words().kinds
    for ending in ("", *_PLURALS):
        stem = token.removesuffix(ending) if token.endswith(ending) else ""
        if stem in kinds:
            return stem, _WEAK if stem in _words().weak else 1.0
    for begin in range(_REST, len(token) - _COMPOUND + 1):
        if token[begin:] in kinds and token[begin:] not in _words().weak:
            return token[begin:], _OF_COMPOUND
    return "", 0.0


def _found(tokens: Sequence[str], alike: Mapping[str, tuple[str, float]]) -> Iterator[tuple[_Hit, str]]:
    """Find phrases: kinds, parts and energies, each with its place."""
    words = _words()
    for begin in range(len(tokens)):
        for end in range(begin + 1, min(begin + _LONGEST, len(tokens)) + 1):
            phrase = "".join(tokens[begin:end])
            size = len(phrase)
            if phrase in words.parts:
                yield _Hit(begin, end, size, 1.0, frozenset()), "part"
            if phrase in words.energy:
                yield _Hit(begin, end, size, 1.0, frozenset({words.energy[phrase]})), "energy"
            hit, quality = _hits(phrase)
            if not hit and phrase in alike and alike[phrase][0] not in tokens[begin:end]:
                hit, quality = alike[phrase][0], alike[phrase][1] * _OF_COMPOUND
            if hit and (quality != _OF_COMPOUND or end == begin + 1):
                yield _Hit(begin, end, len(hit), quality, words.kinds[hit]), "kind"
            if hit and quality == _OF_COMPOUND and end == begin + 1:
                for energy, means in words.energy.items():
                    if phrase.startswith(energy) and len(energy) > 1:
                        yield _Hit(begin, end, len(energy), 1.0, frozenset({means})), "energy"


def _longest(hits: Sequence[tuple[_Hit, str]]) -> list[tuple[_Hit, str]]:
    """Keep of overlapping phrases the longest."""
    return [
        (hit, sort) for hit, sort in hits
        if not any(other.size > hit.size and other.begin < hit.end and hit.begin < other.end for other, _ in hits)
    ]  # fmt: skip


def _before_what_follows(
    name: Sequence[str], found: Sequence[tuple[_Hit, str]]
) -> tuple[list[tuple[_Hit, str]], list[_Hit], list[_Hit]]:
    """Give the longest phrases, and of what stands before words such as `with` the kinds and the parts."""
    covered = {i for hit, sort in found if sort == "energy" for i in range(hit.begin, hit.end)}
    cut = next((i for i, token in enumerate(name) if token in _BEHIND and i not in covered), len(name))
    longest = _longest([(hit, sort) for hit, sort in found if sort != "energy"])
    kinds = [hit for hit, sort in longest if sort == "kind" and hit.begin < cut]
    return longest, kinds, [h for h, sort in longest if sort == "part" and h.begin < cut and h.begin not in covered]


class Named(NamedTuple):
    """Archetypes that words name, and those that words name which mean other things as often."""

    sure: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()


def named(name: str, family: str = "") -> Named:
    """Name every archetype that a description may mean, or else its family: whatever drives it.

    Parameters
    ----------
    name, family : str

    Returns
    -------
    Named
        No archetype for a part or an accessory.
    """
    bare = (tuple(t for t in _tokens(text) if t.isalpha() or len(t) == 1) for text in (name, family))
    return _named(*bare)


@lru_cache(maxsize=1 << 14)
def _named(*texts: tuple[str, ...]) -> Named:
    for tokens in texts:
        _, kinds, parts = _before_what_follows(tokens, list(_found(tokens, {})))
        if parts:
            return Named()
        if kinds:
            sure = [hit.means for hit in kinds if hit.quality > _WEAK]
            perhaps = frozenset[str]().union(*(hit.means for hit in kinds))
            return Named(frozenset.intersection(*sure) or frozenset.union(*sure) if sure else frozenset(), perhaps)
    return Named()


def _kinds(
    name: tuple[str, ...], family: tuple[str, ...], driven: frozenset[str], alike: Mapping[str, tuple[str, float]]
) -> Kinds:
    found = list(_found(name, alike))
    of_family = list(_found(family, alike))
    longest, kinds, parts = _before_what_follows(name, found)
    score = 1.0
    if not kinds:
        told = [hit for hit, sort in longest if sort == "kind"]
        kinds = told or [hit for hit, _ in _longest([each for each in of_family if each[1] == "kind"])]
        score = _PART if told else _OF_FAMILY
    if not kinds:
        return Kinds(part=bool(parts))
    means = frozenset.intersection(*(hit.means for hit in kinds))
    if not means:
        means, score = frozenset.union(*(hit.means for hit in kinds)), score * _OPEN
    score *= min(hit.quality for hit in kinds)
    if parts:
        score *= _PART
    energies = set(driven)
    for hit, sort in [*found, *of_family]:
        if sort == "energy":
            energies |= hit.means
    return _by_energy(means, score, energies)._replace(part=bool(parts))


def _by_energy(means: frozenset[str], score: float, energies: set[str]) -> Kinds:
    """Keep the kinds that what is said of their energy leaves."""
    of = _words().of
    if len(energies) > 1:
        energies = energies - {_ELECTRIC}  # an electric tool with a battery
    left = {archetype for archetype in means if of[archetype] in energies}
    if not left and energies == {_ELECTRIC}:  # an electric scooter has a battery
        left = {archetype for archetype in means if of[archetype] == "battery"}
    if energies and not left:
        left, score = set(means), score * _OPEN  # a petrol kettle
    elif len(energies) > 1:
        score *= _OPEN
    share = score / len(left or means)
    return Kinds(tuple((archetype, share) for archetype in sorted(left or means)))
