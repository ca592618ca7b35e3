"""Output where a terminal or file has no sign for what is written: a readable one takes its place, never an error."""

import codecs
import re
import sys
import unicodedata

from usephase.spelling import LETTERS

NAME = "usephase.readable"
_ASCII = "usephase_ascii"
"""ASCII by another name: click writes UTF-8 where an encoding is called ASCII."""
_SIGNS = {
    "±": "+/-", "×": "x", "÷": "/", "−": "-", "–": "-", "—": "-", "…": "...", "→": "->", "←": "<-", "↑": "^", "≤": "<=",
    "≥": ">=", "·": "*", "•": "*", "Σ": "sum", "∫": "integral", "√": "sqrt", "∞": "inf",
    "≈": "~", "∼": "~", "≃": "~", "∂": "d", "⚠": "!", "°": "deg", "“": '"', "”": '"', "„": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'", "₂": "2",
    "§": "par.", "′": "'", "⌊": "[", "⌋": "]",
    "\N{NO-BREAK SPACE}": " ", "α": "alpha", "β": "beta", "θ": "theta", "λ": "lambda", "μ": "mu", "µ": "u",
    "€": "EUR", "£": "GBP", "¥": "JPY", "†": "+", "‡": "++",
    **LETTERS, **{sign.upper(): plain.capitalize() for sign, plain in LETTERS.items() if len(sign.upper()) == 1},
    "π": "pi", "Π": "Pi", "ρ": "rho", "σ": "sigma", "Φ": "Phi", "φ": "phi", "Γ": "Gamma", "ε": "eps", "Δ": "Delta",
}  # fmt: skip
_POWER = re.compile("[⁰¹²³⁴-⁹⁺⁻]+")
_BARS = range(0x2580, 0x25A0)
_LINES = range(0x2500, 0x2580)
_CORNERS_FROM = 0x250C


def readable(text: str) -> str:
    """Write a text with signs of ASCII alone."""
    raised = _POWER.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[0]), text)  # 10⁶ is not 106
    return "".join(map(_sign, raised))


def _sign(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign in _SIGNS:
        return _SIGNS[sign]
    if ord(sign) in _BARS:
        return "#"
    if ord(sign) in _LINES:
        return "|" if sign in "│┃║" else "-" if ord(sign) < _CORNERS_FROM or sign in "═" else "+"
    plain = "".join(c for c in unicodedata.normalize("NFKD", sign) if c.isascii())
    return plain or "?"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = readable(error.object[error.start : error.end])
    # Signs of ASCII are in every encoding of a terminal; a question mark is the last resort.
    return text, error.end


def _ascii(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None
    found = codecs.lookup("ascii")
    return codecs.CodecInfo(
        found.encode, found.decode, found.streamreader, found.streamwriter, found.incrementalencoder,
        found.incrementaldecoder, name=_ASCII,
    )  # fmt: skip


def make_readable() -> None:
    """Let standard output and error take any text, whatever their encoding."""
    codecs.register_error(NAME, _replaced)
    codecs.register(_ascii)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        name = codecs.lookup(stream.encoding or "utf-8").name
        if reconfigure is not None and name != "utf-8":
            reconfigure(encoding=_ASCII if name == "ascii" else None, errors=NAME)
