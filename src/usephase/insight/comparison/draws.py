"""Draws of base and option, and of what each change contributes, over all blocks of draws."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.engine.plan.sums import Key
from usephase.engine.run.local import Study
from usephase.insight.comparison.exchange import Exchange
from usephase.insight.comparison.measures import NAMES, PER, Quantity, together
from usephase.insight.comparison.pairing import Block, Model, Outcome
from usephase.insight.comparison.shapley import EXACT, Shares, shares

ALL = ""
"""Name of all products of a scope together."""
DRAWS = 1024
"""Draws evaluated at a time. A constant, so that no figure depends on how the work was cut."""
MOST = 24
"""Products told apart in contributions; of a scope with more, only all together."""
_MEMO = 4096

Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True)
class PairedDraws:
    """Hold what an option's scope gives without and with the option.

    Attributes
    ----------
    base, option : mapping of str to Quantity
        By product, and `ALL` for all of the scope.
    base_sums, option_sums : mapping of engine keys to ndarray (draw,)
        Over the scope.
    base_best, option_best : the same at best estimates
    """

    base: Mapping[str, Quantity]
    option: Mapping[str, Quantity]
    base_sums: Mapping[Key, np.ndarray]
    option_sums: Mapping[Key, np.ndarray]
    base_best: Mapping[Key, np.ndarray]
    option_best: Mapping[Key, np.ndarray]


def paired_draws(model: Model, study: Study, workers: int = 1, progress: Progress | None = None) -> PairedDraws:
    """Evaluate a model without and with all of its changes.

    Parameters
    ----------
    model : Model
    study : Study
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the blocks done and the blocks in all.
    """
    starts = range(0, study.draws, DRAWS)
    for structure in (frozenset[int](), model.structure(range(len(model.parts)))):
        model.plan(structure, calendar=True)  # compiled before the threads start: each once
    done = _in_blocks(lambda start, stop: _block(model, study, start, stop), study, workers, progress)
    everything = range(len(model.parts))
    best = model.block(None, 0, 1, calendar=True)
    both = [_joined_sums([(1, _sums(best.outcomes(on).values()))], 1) for on in ((), everything)]
    sizes = [min(start + DRAWS, study.draws) - start for start in starts]
    names = done[0]["base"]
    quantity = {
        side: {name: _concatenated([d[side][name] for d in done]) for name in names} for side in ("base", "option")
    }
    sums = {side: _joined_sums(list(zip(sizes, (d[f"{side}_sums"] for d in done), strict=True)), study.draws)
            for side in ("base", "option")}  # fmt: skip
    return PairedDraws(quantity["base"], quantity["option"], sums["base"], sums["option"], both[0], both[1])


def contributed(
    made: Exchange, study: Study, workers: int = 1, joint: Iterable[str] = PER, progress: Progress | None = None
) -> dict[tuple[str, str], Shares]:
    """Share a difference among the moves that make it.

    Parameters
    ----------
    made : Exchange
    study : Study
    workers : int
        Threads; changes no figure.
    joint : iterable of str
        Measures in which all products of the scope can be taken together.
    progress : callable, optional
        Told the blocks done and the blocks in all.

    Returns
    -------
    dict of (product or `ALL`, measure) to Shares
    """
    measures, model = tuple(joint), made.model
    bound = [i for i, move in enumerate(made.moves) if model.structure((*move.before, *move.after))]
    for mask in range(1 << len(bound)):
        model.plan(model.structure(made.switched(move for i, move in enumerate(bound) if mask >> i & 1)))

    def block(start: int, stop: int) -> dict[tuple[str, str], Shares]:
        return _contributions(_Values(made, model.block(study, start, stop), stop - start), measures)

    done = _in_blocks(block, study, workers, progress)
    return {
        key: Shares(
            first.players,
            np.concatenate([d[key].draws for d in done], axis=1),
            None if first.paired is None else _added(d[key].paired for d in done),
        )
        for key, first in done[0].items()
    }


def _in_blocks(one: Callable[[int, int], T], study: Study, workers: int, progress: Progress | None) -> list[T]:
    """Evaluate every block of draws."""
    done = []
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max_workers=workers) as pool:
        starts = range(0, study.draws, DRAWS)
        jobs = [pool.submit(one, start, min(start + DRAWS, study.draws)) for start in starts]
        for i, job in enumerate(jobs):
            done.append(job.result())
            if progress:
                progress(i + 1, len(jobs))
    return done


def _added(parts: Iterable[np.ndarray | None]) -> np.ndarray:
    return np.asarray(sum(part for part in parts if part is not None))


def _block(model: Model, study: Study, start: int, stop: int) -> dict[str, Any]:
    size = stop - start
    with_years = model.block(study, start, stop, calendar=True)
    out: dict[str, Any] = {}
    for side, on in (("base", range(0)), ("option", range(len(model.parts)))):
        found = with_years.outcomes(on)
        out[side] = {name: _quantity(found.get(name), size) for name in model.scope}
        out[side][ALL] = together(out[side].values(), size)
        out[f"{side}_sums"] = _sums(found.values())
    return out


def _quantity(outcome: Outcome | None, size: int) -> Quantity:
    return together([] if outcome is None else [outcome], size)


class _Values:
    """Give the value of each subset of changes, for products alone and together; remembers what comes again."""

    def __init__(self, made: Exchange, block: Block, size: int) -> None:
        self.made, self.block, self.size = made, block, size
        self.scope = made.model.scope
        self.own = {
            name: tuple(i for i, move in enumerate(made.moves) if name in move.touches) for name in self.scope
        }  # fmt: skip
        self._memo: dict[tuple[str, tuple[int, ...]], Quantity] = {}

    def product(self, name: str, on: tuple[int, ...]) -> Quantity:
        """Give what one product gives with some changes."""
        key = (name, tuple(i for i in on if i in self.own[name]))
        if key not in self._memo:
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            found = self.block.outcomes(self.made.switched(key[1]), [name])
            self._memo[key] = _quantity(found.get(name), self.size)
        return self._memo[key]

    def all(self, on: tuple[int, ...]) -> Quantity:
        """Give what all products of the scope give together."""
        return together((self.product(name, on) for name in self.scope), self.size)


def _contributions(values: _Values, joint: tuple[str, ...]) -> dict[tuple[str, str], Shares]:
    names = values.scope
    count = len(values.made.moves)
    out: dict[tuple[str, str], Shares] = {}
    if len(names) <= MOST:
        for name in names:
            own = values.own[name]
            for measure in PER:
                out[name, measure] = shares(lambda on, n=name, m=measure: values.product(n, on).per(m), own)  # type: ignore[misc]
    exact = len(names) <= MOST and all(len(own) <= EXACT for own in values.own.values())
    for measure in joint:
        if len(names) == 1:
            out[ALL, measure] = out[names[0], measure].among(count)
        elif measure == "portfolio" and exact:
            # The portfolio is a sum over products: so are the contributions.
            total = sum(out[name, measure].among(count).draws for name in names)
            out[ALL, measure] = Shares(tuple(range(count)), np.asarray(total), None)
        else:
            out[ALL, measure] = shares(lambda on, m=measure: values.all(on).per(m), tuple(range(count)))  # type: ignore[misc]
    return out


def _sums(outcomes: Iterable[Outcome]) -> dict[Key, np.ndarray]:
    out: dict[Key, np.ndarray] = {}
    for outcome in outcomes:
        for key, x in outcome.sums.items():
            out[key] = out[key] + x if key in out else x
    return out


def _joined_sums(parts: list[tuple[int, Mapping[Key, np.ndarray]]], draws: int) -> dict[Key, np.ndarray]:
    out: dict[Key, np.ndarray] = {}
    start = 0
    for size, sums in parts:
        for key, x in sums.items():
            if key not in out:
                out[key] = np.zeros(draws)
            out[key][start : start + size] = x
        start += size
    return out


def _concatenated(parts: list[Quantity]) -> Quantity:
    return Quantity(*(np.concatenate([getattr(q, name) for q in parts]) for name in NAMES))
