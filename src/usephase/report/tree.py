"""An explained number in words: what each node is, its amount, how it multiplies out, and the cells behind it."""

from dataclasses import dataclass

from usephase.insight.quality.explain import Node
from usephase.report.cells import printable
from usephase.report.language import Language
from usephase.report.language.inputs import input_name
from usephase.report.rounding import place


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


def _branch(node: Node, whole: float, last: int, words: Language, label: str = "") -> Branch:
    factors = [
        f"{words.plain(float(f'{term.value:.4g}'))} {words.messages.get(f'explain.unit_{term.name}') or term.unit}"
        for term in node.terms
    ]
    cells = []
    for term in node.terms:
        for cell in term.cells:
            source = " · ".join(filter(None, (cell.source, "" if cell.data_type == "default" else cell.data_type)))
            name = f"{words(f'explain.{term.name}')}: {input_name(cell.table, cell.row, cell.column, words)}"
            cells.append((name, printable(cell.value), printable(source)))
        if term.more:
            cells.append((words("explain.more", count=words.count(term.more)), "", ""))
    return Branch(
        label or _label(node, words), f"{words.number(node.t, last)} t CO2e",
        words.percent(node.t / whole) if whole else "", " × ".join(map(str.strip, factors)), tuple(cells),
        tuple(_branch(child, whole, last, words) for child in node.children),
    )  # fmt: skip


def _label(node: Node, words: Language) -> str:
    if node.kind in ("joint", "rest"):
        return words(f"explain.{node.kind}")
    if node.kind == "part":
        name = words.group("material", node.group) if node.by == "waste" else node.group.replace("_", " ")
        return printable(words("explain.part", name=name, kind=words(f"explain.kind_{node.by}")))
    if node.kind == "line":
        place_ = words.group("region", node.group)
        return printable(f"{place_}, {node.segment}" if node.segment else place_)
    return printable(node.group)
