"""Lives on a tape, and how much a product is used while it lasts."""

from dataclasses import dataclass

from usephase.engine.plan.records import AmountPlan, CurvePlan, Plan
from usephase.engine.program.code import CHARGE, GIVEN_LIFE, LIFE, YEARS
from usephase.engine.program.meetings import Meetings
from usephase.engine.program.rows import Expr, Writer
from usephase.model.energy import HOURS_A_YEAR, YEARLY
from usephase.model.lifetime import DEFAULT_SHAPE

LIFE_SLOT, USED_SLOT, CHARGE_SLOT = 0, 1, 3
"""Local slots: of the product being written."""


@dataclass
class Life:
    """A life on the tape: its slot, whether that is shared, and its mean. [yr]"""

    slot: int
    shared: bool
    mean: Expr


class Lives:
    """Write lives.

    Parameters
    ----------
    plan : Plan
    tape : Writer
    meetings : Meetings
    """

    def __init__(self, plan: Plan, tape: Writer, meetings: Meetings) -> None:
        self.plan, self.tape, self.meetings = plan, tape, meetings
        self.given: list[int] = []
        self._lives: dict[int, Life] = {}
        self._years: dict[int, Expr] = {}
        self._charges: dict[tuple[int, int], Life] = {}

    def life(self, i: int) -> Life:
        """Write a life of the plan, or find it if it is shared."""
        if i in self._lives:
            return self._lives[i]
        curve, tape = self.plan.curves[i], self.tape
        often = self.plan.curve_uses[i] > 1
        if curve.distribution != "weibull" or curve.mean is None:
            if i not in self.given:
                self.given.append(i)
            slot, row = (self.meetings.new_slot(), tape.shared_row()) if often else (LIFE_SLOT, tape.local_row())
            tape.write(GIVEN_LIFE, slot, lo=self.given.index(i), hi=row, shared=often)
        else:
            mean, shape, limit = self._weibull(curve)
            often = often and all(tape.is_shared(x) for x in (mean, shape, limit) if x is not None)
            slot, row = (self.meetings.new_slot(), tape.shared_row()) if often else (LIFE_SLOT, tape.local_row())
            ends = -1 if limit is None else tape.row(limit)
            tape.write(LIFE, slot, tape.row(mean), tape.row(shape), ends, row, shared=often)
        life = Life(slot, often, Expr(tape, 1.0, row))
        if often:
            self._lives[i] = life
        return life

    def _weibull(self, curve: CurvePlan) -> tuple[Expr, Expr, Expr | None]:
        v = self.tape.value
        assert curve.mean is not None
        mean = v(curve.mean)
        shape = self.tape.number(DEFAULT_SHAPE["weibull"]) if curve.shape is None else v(curve.shape)
        if curve.wear is not None:
            worn = self.amount(curve.wear, curve.wear_profile, None)
            if curve.wear_load is not None:
                worn = worn * v(curve.wear_load)
            mean = mean / worn
        return mean, shape, None if curve.max_years is None else v(curve.max_years)

    def used(self, life: Life, change: Expr) -> int:
        """Give the slot of a life as it is used: a_k (1 + c)^k."""
        return self.meetings.power(life.slot, change, 0, None if self.shared_use(life, change) else USED_SLOT)

    def shared_use(self, life: Life, change: Expr) -> bool:
        """Tell whether that slot is shared."""
        return life.shared and self.tape.is_shared(change)

    def charged(self, life: Life, annual_leak: Expr) -> Life:
        """Write a hermetic charge over a life: a slot of years of full charge and of the charge in what is retired."""
        tape = self.tape
        shared = life.shared and tape.is_shared(annual_leak)
        known = (life.slot, tape.row(annual_leak))
        if shared and known in self._charges:
            return self._charges[known]
        slot, row = (self.meetings.new_slot(), tape.shared_row()) if shared else (CHARGE_SLOT, tape.local_row())
        tape.write(CHARGE, slot, life.slot, known[1], shared=shared)
        tape.write(YEARS, row, slot, shared=shared)
        charge = Life(slot, shared, Expr(tape, 1.0, row))
        if shared:
            self._charges[known] = charge
        return charge

    def served(self, used: int, shared: bool) -> Expr:
        """Write Σ a_k (1 + c)^k. [yr]"""
        if shared and used in self._years:
            return self._years[used]
        row = self.tape.shared_row() if shared else self.tape.local_row()
        self.tape.write(YEARS, row, used, shared=shared)
        out = Expr(self.tape, 1.0, row)
        if shared:
            self._years[used] = out
        return out

    def amount(self, amount: AmountPlan, profile: int, life: Expr | None) -> Expr:
        """Write the hours or cycles a year of one mode of a profile."""
        if amount.unit == "rest":
            others = [
                self.amount(other, profile, life)
                for other in self.plan.profiles[profile]
                if other.unit.startswith("h/")
            ]
            return self.tape.rest(HOURS_A_YEAR, self.tape.total(others))
        assert amount.ref is not None
        value = self.tape.value(amount.ref)
        if amount.unit.endswith("/life"):
            assert life is not None
            return value / life
        return value * YEARLY[amount.unit]
