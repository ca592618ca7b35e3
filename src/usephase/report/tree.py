"""An explained number in words: what each node is, its amount, how it multiplies out, and the cells behind it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from usephase.insight.quality.behind import Cell
from usephase.insight.quality.explain import Node, Term
from usephase.report.cells import printable
from usephase.report.language import Language
from usephase.report.language.inputs import input_name
from usephase.report.rounding import place

CELLS_MAX = 12
"""Lines of cells behind one factor, the years of a path being one."""
PARTS, WITH_CELLS, LINES, LEAST = 3, 2, 2, 0.01
"""Of a brief tree: parts of a product, those with cells, lines of a part, and the least share that is a part."""


@dataclass(frozen=True)
class Branch:
    """Hold one node as finished text; `cells` are (cell, what is written, source)."""

    label: str
    amount: str
    share: str
    formula: str
    cells: tuple[tuple[str, str, str], ...]
    children: "tuple[Branch, ...]"


def branch(node: Node, at: str, words: Language) -> Branch:
    """Write a tree in words.

    Parameters
    ----------
    node : Node
        A figure's.
    at : {"mean", "best_estimate"}
    words : Language
    """
    last = place(node.t, node.t, node.t) if not node.t else place(0.0, node.t / 50, node.t)
    head = words("explain.figure", figure=node.group, at=words(f"statistic.{at}"))
    return _branch(node, abs(node.t), last, words, head)


def brief(node: Node) -> Node:
    """Cut a tree down to what leads: about a screen a product, with the cells of the first lines of its large parts."""
    return replace(
        node, children=tuple(_product(child) if child.kind == "product" else child for child in node.children)
    )


def _product(node: Node) -> Node:
    parts = [child for child in node.children if child.kind == "part"]
    shown = [part for part in parts[:PARTS] if abs(part.t) >= LEAST * abs(node.t)]
    kept = [
        replace(part, children=(
            *(line if n == 0 and at < WITH_CELLS else _bare(line) for n, line in enumerate(part.children[:LINES])),
            *_left(part.children[LINES:]),
        ))
        for at, part in enumerate(shown)
    ]  # fmt: skip
    others = [child for child in node.children if child.kind != "part"]
    return replace(node, children=(*kept, *_left(parts[len(shown) :]), *others))


def _bare(line: Node) -> Node:
    return replace(line, terms=tuple(term._replace(cells=()) for term in line.terms))


def _left(nodes: Iterable[Node]) -> tuple[Node, ...]:
    found = list(nodes)
    return (Node("smaller", "", str(len(found)), "", math.fsum(node.t for node in found)),) if found else ()


def _branch(node: Node, whole: float, last: int, words: Language, label: str = "") -> Branch:
    factors = [
        f"{words.plain(float(f'{term.value:.4g}'))} {words.messages.get(f'explain.unit_{term.name}') or term.unit}"
        for term in node.terms
        if not (term.name == "share" and math.isclose(term.value, 1.0, rel_tol=1e-12))
    ]
    cells = [cell for term in node.terms for cell in _cells(term, words)]
    return Branch(
        label or _label(node, words), f"{words.number(node.t, last)} t CO2e",
        words.percent(node.t / whole) if whole else "", " × ".join(map(str.strip, factors)), tuple(cells),
        tuple(_branch(child, whole, last, words) for child in node.children),
    )  # fmt: skip


def _cells(term: Term, words: Language) -> Iterator[tuple[str, str, str]]:
    """Name the cells behind a factor, the years of one path in one line."""
    paths: dict[tuple[str, str, str], list[tuple[str, Cell]]] = {}
    for cell in term.cells:
        parts = cell.row.split(";")
        year = next((part for part in parts if part.startswith("year=")), "")
        row = ";".join(part for part in parts if part != year)
        paths.setdefault((cell.table, row, cell.column), []).append((year.removeprefix("year="), cell))
    for (table, row, column), held in list(paths.items())[:CELLS_MAX]:
        first, last = held[0], held[-1]
        sources = dict.fromkeys(" · ".join(filter(None, (c.source, "" if c.data_type == "default" else c.data_type)))
                                for _, c in held)  # fmt: skip
        value = first[1].value
        if len(held) > 1:
            value = words("explain.path", first=value, last=last[1].value, count=words.count(len(held)))
        years = f", {first[0]}–{last[0]}" if len(held) > 1 else f", {first[0]}" if first[0] else ""
        name = f"{words(f'explain.{term.name}')}: {input_name(table, row, column, words)}{years}"
        yield name, printable(value), printable("; ".join(filter(None, sources)))
    if len(paths) > CELLS_MAX:
        left = sum(len(held) for held in list(paths.values())[CELLS_MAX:])
        yield words("explain.more", count=words.count(left)), "", ""


def _label(node: Node, words: Language) -> str:
    if node.kind in ("joint", "rest"):
        return words(f"explain.{node.kind}")
    if node.kind == "smaller":
        return words("explain.smaller", count=words.count(int(node.group)))
    if node.kind == "part":
        name = words.group("material", node.group) if node.by == "waste" else node.group.replace("_", " ")
        return printable(words("explain.part", name=name, kind=words(f"explain.kind_{node.by}")))
    if node.kind == "line":
        place_ = words.group("region", node.group)
        return printable(f"{place_}, {node.segment}" if node.segment else place_)
    return printable(words.group(node.kind, node.group))
