"""Charts of a comparison: paired difference, waterfall, break-even, map, accumulated emissions by age."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from usephase.insight.comparison.records import Comparison, Difference
from usephase.insight.comparison.ties import total
from usephase.insight.decision.breakeven import BreakEven, FlipMap
from usephase.report.cells import printable
from usephase.report.language import plain
from usephase.report.terminal.comparison import verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (8.0, 4.5)
INK, LESS, MORE, GREY = "#1f3b57", "#2e8b57", "#b5452c", "#8a8f98"
_SHOWN, _NAME_LENGTH = 12, 48


def charts(comparison: Comparison) -> dict[str, Callable[[], "Figure"]]:
    """Give what draws each chart of a comparison, by name."""
    made: dict[str, Callable[[], Figure]] = {}
    for i, option in enumerate(comparison.options[1:], start=1):
        whole = comparison.difference(option)
        made[f"compare_{i}_difference"] = partial(difference_chart, whole)
        if len(whole.contributions):
            made[f"compare_{i}_waterfall"] = partial(waterfall_chart, whole)
    if len(comparison.further["accumulated"]):
        made["compare_accumulated"] = partial(accumulated_chart, comparison)
    for i, found in enumerate(comparison.further["break_evens"], start=1):
        if found.found > 0:
            made[f"compare_break_even_{i}"] = partial(break_even_chart, found)
    for i, found in enumerate(comparison.further["maps"], start=1):
        made[f"compare_map_{i}"] = partial(map_chart, found)
    if comparison.ranking["cost"].notna().any():
        made["compare_trade_off"] = partial(trade_off_chart, comparison)
    return made


def difference_chart(found: Difference) -> "Figure":
    """Draw both sides apart, which overlap, and below them the paired difference, which is what counts."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE[0], 5.5), layout="constrained")
    above, below = figure.subplots(2, 1)
    for draws, name, colour in (
        (found.against_draws, found.against, GREY), (found.option_draws, found.option, INK),
    ):  # fmt: skip
        above.hist(_inner(draws), bins=60, alpha=0.55, color=colour, label=printable(name))
    above.set_title("Each on its own", fontsize=10, loc="left")
    above.legend(frameon=False)
    inner = _inner(found.draws)
    edges = np.histogram_bin_edges(inner, 60)
    below.hist(inner[inner < 0], bins=edges, color=LESS, label="option lower")
    below.hist(inner[inner >= 0], bins=edges, color=MORE, label="option higher")
    below.axvline(0, color="black", linewidth=0.8)
    below.axvline(float(found.draws.mean()), color=INK, linestyle="--", linewidth=1)
    below.set_title(f"Draw by draw: {verdict(found)}", fontsize=10, loc="left")
    below.set_xlabel(f"{printable(found.option)} - {printable(found.against)} [{found.unit}]")
    for axes in (above, below):
        _plain(axes)
        axes.set_yticks([])
    above.set_xlabel(f"[{found.unit}]")
    return figure


def waterfall_chart(found: Difference) -> "Figure":
    """Draw the way from one side to the other, change by change, with the contributions' 95 % intervals."""
    rows = found.contributions.head(_SHOWN).to_dict("records")
    start = found.numbers["against_mean"]
    steps = [(_short(f"{r['row']} {r['column']}"), r["mean"], r["p2_5"], r["p97_5"]) for r in rows]
    if len(found.contributions) > _SHOWN:
        rest = float(total(found.contributions["mean"].tolist()[_SHOWN:]))
        steps.append((f"{len(found.contributions) - _SHOWN} more", rest, rest, rest))
    figure, axes = _canvas(len(steps) + 2)
    axes.barh(0, start, color=GREY, height=0.6)
    reached = start
    for i, (_, mean, low, high) in enumerate(steps, start=1):
        axes.barh(i, mean, left=reached, color=LESS if mean < 0 else MORE, height=0.6)
        axes.plot([reached + low, reached + high], [i, i], color="black", linewidth=1)
        axes.plot([reached + mean] * 2, [i, i + 1], color=GREY, linewidth=0.6)
        reached += mean
    axes.barh(len(steps) + 1, found.numbers["option_mean"], color=INK, height=0.6)
    names = [printable(found.against), *(name for name, *_ in steps), printable(found.option)]
    axes.set_yticks(np.arange(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(found.unit)
    return figure


def accumulated_chart(comparison: Comparison) -> "Figure":
    """Draw what the units of a year have emitted up to each age, for every option."""
    figure, axes = _canvas(12)
    rows = comparison.further["accumulated"]
    for colour, option in zip((GREY, INK, LESS, MORE, "#7a5195", "#c58b00"), comparison.options, strict=False):
        mine = rows[rows["option"] == option]
        age = mine["age"].to_numpy(dtype=float)
        axes.plot(age, mine["mean"].to_numpy(), color=colour, label=printable(option))
        axes.fill_between(age, mine["p2_5"].to_numpy(), mine["p97_5"].to_numpy(), color=colour, alpha=0.15)
    axes.set_xlabel("Years since the year of sale")
    axes.set_ylabel("Emitted so far [t CO2e]")
    axes.legend(frameon=False)
    return figure


def break_even_chart(found: BreakEven) -> "Figure":
    """Draw the distribution of a break-even value."""
    figure, axes = _canvas(12)
    values = _inner(found.draws[np.isfinite(found.draws)])
    axes.hist(values, bins=min(60, max(10, len(values) // 10)), color=INK, alpha=0.8)
    often = plain().in_draws(found.found, len(found.draws))
    axes.set_title(f"{printable(found.option)} equals {printable(found.against)} {often}", fontsize=10, loc="left")
    axes.set_xlabel(_short(found.cell.text, 90))
    axes.set_yticks([])
    return figure


def map_chart(found: FlipMap) -> "Figure":
    """Draw the probability that the option is lower over two cells, with the line where the means are equal."""
    figure, axes = _canvas(14)
    mesh = axes.pcolormesh(
        found.x_values, found.y_values, found.probability_lower, cmap="RdYlGn", vmin=0, vmax=1, shading="nearest"
    )
    if found.mean.min() < 0 < found.mean.max():
        axes.contour(found.x_values, found.y_values, found.mean, levels=[0.0], colors="black", linewidths=1.5)
    for scale, values in ((axes.set_xscale, found.x_values), (axes.set_yscale, found.y_values)):
        if values[0] > 0 and values[-1] / values[0] > 10:
            scale("log")
    axes.set_xlabel(_short(found.x.text, 90))
    axes.set_ylabel(_short(found.y.text, 60))
    figure.colorbar(mesh, label=f"P({printable(found.option)} lower)")
    return figure


def trade_off_chart(comparison: Comparison) -> "Figure":
    """Draw emissions against cost, with the options that no other one beats in both."""
    figure, axes = _canvas(12)
    rows = comparison.ranking[comparison.ranking["cost"].notna()]
    for row in rows.to_dict("records"):
        colour = LESS if row["efficient"] else GREY
        axes.errorbar(
            row["cost"], row["mean"], fmt="o", color=colour, capsize=3,
            xerr=[[max(row["cost"] - row["cost_p2_5"], 0)], [max(row["cost_p97_5"] - row["cost"], 0)]],
        )  # fmt: skip
        axes.annotate(printable(row["option"]), (row["cost"], row["mean"]), xytext=(6, 6), textcoords="offset points")
    best = rows[rows["efficient"] == True].sort_values("cost")  # noqa: E712  a column of objects
    axes.plot(best["cost"].to_numpy(float), best["mean"].to_numpy(float), color=LESS, linewidth=1)
    axes.set_xlabel("Cost over the base")
    axes.set_ylabel("t CO2e")
    return figure


def _canvas(rows: int) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE[0], 1.2 + 0.28 * max(rows, 6)), layout="constrained")
    axes = figure.add_subplot()
    _plain(axes)
    return figure, axes


def _plain(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _inner(draws: np.ndarray) -> np.ndarray:
    """Leave out the outermost half percent: a long tail would leave nothing to see."""
    low, high = np.quantile(draws, (0.0025, 0.9975))
    return draws[(draws >= low) & (draws <= high)]


def _short(text: str, most: int = _NAME_LENGTH) -> str:
    shown = printable(text)
    return shown if len(shown) <= most else "…" + shown[-(most - 1) :]
