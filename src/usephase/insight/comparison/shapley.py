"""Shapley values: what each of several changes contributes to their joint effect, in every draw.

The contribution of a change is its marginal effect, averaged over all orders in which the changes can be made. The
contributions sum to the whole effect.

References
----------
L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games II (1953).
E. Song, B. L. Nelson and J. Staum, "Shapley effects for global sensitivity analysis", SIAM/ASA JUQ 4 (2016): sampling.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

EXACT = 10
"""Up to so many changes every subset is evaluated; of more, orders are sampled."""
ORDERS = 64
"""Sampled orders, in pairs of an order and its reverse."""


def weight(n: int, size: int, inside: bool) -> float:
    """Give the weight with which the value of a subset enters a player's Shapley value.

    Parameters
    ----------
    n : int
        Number of players.
    size : int
        Of the subset.
    inside : bool
        Whether the player is in the subset.
    """
    if inside:
        return factorial(size - 1) * factorial(n - size) / factorial(n)
    return -factorial(size) * factorial(n - size - 1) / factorial(n)


def subsets(players: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Give every subset of some players; the later ones vary fastest."""
    for mask in range(1 << len(players)):
        yield tuple(p for i, p in enumerate(players) if mask >> (len(players) - 1 - i) & 1)


def orders(players: Sequence[int], seed: int = 0) -> list[tuple[int, ...]]:
    """Sample orders of some players, each followed by its reverse."""
    rng = np.random.default_rng([seed, len(players)])
    drawn = [tuple(int(p) for p in rng.permutation(list(players))) for _ in range(ORDERS // 2)]
    return [order for one in drawn for order in (one, one[::-1])]


@dataclass(frozen=True)
class Shares:
    """Hold contributions.

    Attributes
    ----------
    players : tuple of int
    draws : ndarray (player, draw)
    paired : ndarray (pair, player) or None
        Sums over the draws of each pair of sampled orders; None where every subset was evaluated.
    """

    players: tuple[int, ...]
    draws: np.ndarray
    paired: np.ndarray | None

    def errors(self, draws: int) -> np.ndarray:
        """Give the standard error of each mean contribution that is due to sampled orders. Shape (player,)."""
        if self.paired is None:
            return np.zeros(len(self.players))
        pairs = self.paired / draws
        return np.asarray(pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)))

    def among(self, count: int) -> "Shares":
        """Give the contributions of players 0 to `count` − 1: exactly 0 of those that were none of the players."""
        draws = np.zeros((count, self.draws.shape[1]))
        draws[list(self.players)] = self.draws
        paired = None
        if self.paired is not None:
            paired = np.zeros((len(self.paired), count))
            paired[:, list(self.players)] = self.paired
        return Shares(tuple(range(count)), draws, paired)


def shares(value: Callable[[tuple[int, ...]], np.ndarray], players: Sequence[int], exact: int = EXACT) -> Shares:
    """Share an effect among players.

    Parameters
    ----------
    value : callable
        From a subset of the players, in their order, to what it gives, shape (draw,).
    players : sequence of int
    exact : int
        Number of players up to which all subsets are evaluated.

    Returns
    -------
    Shares
    """
    n = len(players)
    nothing = value(())
    out = np.zeros((n, len(nothing)))
    if n <= exact:
        for subset in subsets(players):
            gain = value(subset) - nothing
            for i, player in enumerate(players):
                out[i] += weight(n, len(subset), player in subset) * gain
        return Shares(tuple(players), out, None)
    place = {player: i for i, player in enumerate(players)}
    sampled = orders(players)
    paired = np.zeros((len(sampled) // 2, n))
    for k, order in enumerate(sampled):
        before, taken = nothing, set[int]()
        for player in order:
            taken.add(player)
            after = value(tuple(p for p in players if p in taken))
            step = (after - before) / len(sampled)
            out[place[player]] += step
            paired[k // 2, place[player]] += step.sum() * len(sampled) / 2
            before = after
    return Shares(tuple(players), out, paired)
