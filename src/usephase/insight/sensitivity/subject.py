"""What a ranking is about."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from usephase.catalog.resolve import Resolved
from usephase.engine.adjoint.graph import Graph
from usephase.engine.adjoint.tape import Tape, list_tapes
from usephase.engine.plan.records import Plan
from usephase.engine.program.group import local_cells, write_tile
from usephase.engine.program.slice import sliced
from usephase.insight.figure import Figure, products_of, sums_of, wanted_of
from usephase.insight.sensitivity.factors import Factor
from usephase.sampling.design import Design, DesignName, make_design

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Subject:
    """What is ranked and how it is drawn."""

    resolved: Resolved
    plan: Plan
    figure: Figure
    factors: list[Factor]
    design: DesignName
    seed: int
    draws: int
    workers: int
    progress: Progress | None = None

    def make_design(self) -> Design:
        """Make the design of the first sample; one a thread."""
        return make_design(self.design, self.seed, self.draws)

    @cached_property
    def graph(self) -> Graph:
        """The figure of each product as values."""
        return graph_of(self.plan, self.figure)

    @cached_property
    def tapes(self) -> list[tuple[str, Tape]]:
        """Names and tapes of the products that add to the figure."""
        return list_tapes(self.graph)

    @property
    def families(self) -> dict[str, str]:
        """Family of each product."""
        frame = self.resolved.tables["products"].frame
        return dict(zip(frame["product"], frame["family"], strict=True))


def graph_of(plan: Plan, figure: Figure) -> Graph:
    """Write the engine's program of a figure, and give what it is made of."""
    program = write_tile(plan, products_of(figure, plan), None, 1, local_cells(plan), wanted_of(figure))
    return Graph(sliced(program, sums_of(figure, plan)))
