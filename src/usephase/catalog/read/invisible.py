"""Characters that nobody sees in a cell and that would make two names differ: refused wherever text is read."""

import re

# Control characters but tab and line feed, the soft hyphen, marks without width, signs that turn the reading direction
# round, separators of lines, tags, and the sign of a failed decoding. Joiners stay: some scripts are written with them.
_RANGES = (
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x180E, 0x180E), (0x200B, 0x200B), (0x200E, 0x200F),
    (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFD), (0xE0000, 0xE007F),
)  # fmt: skip
RE2 = "[" + "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in _RANGES) + "]"
"""The same characters as a pattern of RE2."""

_FIRST = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _RANGES) + "\ud800-\udfff]")


def first(text: str) -> str:
    """Name the first such character of a text, as ``U+200B``; "" if there is none."""
    found = _FIRST.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""
