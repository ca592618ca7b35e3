"""What a ranking is about."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from usephase.catalog.resolve import Resolved
from usephase.engine.plan import Plan
from usephase.insight.factors import Factor
from usephase.insight.figure import Figure
from usephase.insight.jobs import list_tapes
from usephase.insight.tape import Tape
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
    def tapes(self) -> list[tuple[str, Tape]]:
        """Names and tapes of the products that add to the figure."""
        return list_tapes(self.plan, self.figure)

    @property
    def families(self) -> dict[str, str]:
        """Family of each product."""
        frame = self.resolved.tables["products"].frame
        return dict(zip(frame["product"], frame["family"], strict=True))
