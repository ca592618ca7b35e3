"""The tree of an explained number on a terminal."""

from rich.text import Text
from rich.tree import Tree

from usephase.insight.quality.explain import Node
from usephase.report.language import plain
from usephase.report.terminal.show import show
from usephase.report.tree import Branch, branch, brief


def print_tree(node: Node, at: str, *, cells: bool = True, full: bool = False) -> None:
    """Print a tree: each number, how it multiplies out, and the cells behind it once a part of a product.

    Unless it is wanted in full, it leads with what is large, and a cell takes one line.
    """
    show(_grown(branch(node if full else brief(node), at, plain()), set(), cells, full))


def _grown(made: Branch, said: set[tuple[str, str, str]], cells: bool, full: bool) -> Tree:
    head = Text(made.label, style="bold" if made.children else "")
    head.append(f"  {made.amount}")
    if made.share:
        head.append(f"  {made.share}", style="dim")
    if made.formula:
        head.append(f"\n= {made.formula} / 1000")
    tree = Tree(head)
    for child in made.children:
        tree.children.append(_grown(child, said, cells, full))
    for name, value, source in made.cells if cells else ():
        if (name, value, source) not in said:
            said.add((name, value, source))
            by = f"({source})" if source else ""
            if full:
                told = name, f"= {value}" if value else "", by
                tree.add(Text(" ".join(filter(None, told)), style="dim"))
            else:  # what is cut off at the screen's edge is the least of it
                told = value, name, by
                tree.add(Text("  ".join(filter(None, told)), style="dim", no_wrap=True, overflow="ellipsis"))
    return tree
