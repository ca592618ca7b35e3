"""Charts of an inventory over time: path, reasons for the change, calendar fan, wedges of levers."""

from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from usephase.insight.tracking.track import Track
from usephase.report.cells import printable
from usephase.report.language import language
from usephase.report.scenarios import name_of
from usephase.results.run import UNIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (8.0, 4.5)
INK, GREEN, GREY, RED = "#1f3b57", "#2e8b57", "#8a8f98", "#b5452c"
FAN = (("p2_5", "p97_5", 0.15), ("p5", "p95", 0.22), ("p25", "p75", 0.35))
FANS = ("C0", "C1", "C4", "C5", "C6", "C9")
"""Colours of grid scenarios; none is the target's."""
LATER_SHARE = 1e-3
"""A calendar year with less than this share of the largest one is not drawn."""


def charts(track: Track) -> dict[str, Callable[[], "Figure"]]:
    """Give what draws each chart of a track, by name."""
    made = {"track_path": path_chart, "track_change": change_chart, "track_calendar": calendar_chart}
    if track.extras.get("levers"):
        made["track_levers"] = levers_chart
    return {name: partial(draw, track) for name, draw in made.items()}


def path_chart(track: Track) -> "Figure":
    """Draw levels with their 95 % intervals against the target's path; the outlook is hollow.

    What is ahead has a fan for each grid scenario of several: their 95 % intervals about their means.
    """
    figure, axes = _axes(f"{_name(track)}: {', '.join(track.meta['of'])}")
    words = language()
    rows = pd.concat([track.years, track.tables["outlook"]], ignore_index=True)
    for kind, fill in (("past", INK), ("forecast", GREY), ("held", "white")):
        mine = rows[rows["sales"] == kind]
        if len(mine):
            x, mean = _numbers(mine, "year"), _numbers(mine, "mean")
            spread = np.abs(np.stack([mean - _numbers(mine, "p2_5"), _numbers(mine, "p97_5") - mean]))
            label = {"past": "sales", "forecast": "forecast sales", "held": "units carried on"}[kind]
            axes.errorbar(x, mean, yerr=spread, fmt="o", color=INK, mfc=fill, capsize=3, label=label)
    ahead = rows[rows["year"] >= track.meta["reporting_year"]]
    fans = pd.DataFrame(
        [{"year": row["year"], **part} for row in ahead.to_dict("records") for part in row["by_scenario"]]
    )
    several = len(ahead["by_scenario"].iloc[0]) > 1 and len(ahead) > 1
    for colour, (name, mine) in zip(cycle(FANS), fans.groupby("scenario", sort=False) if several else (), strict=False):
        x, low, high = (_numbers(mine, column) for column in ("year", "p2_5", "p97_5"))
        axes.fill_between(x, low, high, color=colour, alpha=FAN[0][2], linewidth=0)
        axes.plot(
            x,
            _numbers(mine, "mean"),
            color=colour,
            label=printable(name_of(str(name), float(mine["weight"].iloc[0]), words)),
        )
    aimed = rows[rows["target"].notna()]
    if len(aimed):
        axes.plot(_numbers(aimed, "year"), _numbers(aimed, "target"), color=GREEN, label="target")
    axes.set_xlabel("sale year")
    _finish(axes)
    return figure


def change_chart(track: Track) -> "Figure":
    """Draw what each effect did, from the base year's level to the reporting year's; the grid in another colour."""
    meta = track.meta
    figure, axes = _axes(f"{_name(track)}: change from {meta['base_year']} to {meta['reporting_year']}")
    frame = track.change[track.change["mean"].map(abs) > 0]
    at = 0.0
    for i, row in enumerate(frame.to_dict("records")):
        colour = (RED if row["mean"] > 0 else GREEN) if row["company"] else GREY
        axes.bar(i, row["mean"], bottom=at, color=colour)
        at += row["mean"]
        half = np.abs([[row["mean"] - row["p2_5"]], [row["p97_5"] - row["mean"]]])
        axes.errorbar(i, at, yerr=half, color=INK, capsize=3)
    axes.bar(len(frame), at, color=INK)
    labels = [language()(f"effect.{name}") for name in frame["effect"]]
    axes.set_xticks(range(len(frame) + 1), [*labels, "Change in all"], rotation=35, ha="right")
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_ylabel(UNIT)
    return figure


def calendar_chart(track: Track) -> "Figure":
    """Draw what all units sold emit in each calendar year as a fan of 50, 90 and 95 % intervals."""
    figure, axes = _axes(f"{_name(track)}: emissions of the installed base by calendar year")
    frame = track.tables["calendar"]
    largest = float(frame["mean"].max())
    for view, colour in (("with forecast", GREY), ("installed base", INK)):
        mine = frame[(frame["view"] == view) & (frame["mean"] >= LATER_SHARE * largest)]
        if mine.empty:
            continue
        x = _numbers(mine, "year")
        for low, high, alpha in FAN:
            axes.fill_between(x, _numbers(mine, low), _numbers(mine, high), color=colour, alpha=alpha, linewidth=0)
        axes.plot(x, _numbers(mine, "mean"), color=colour, label=view)
    axes.axvline(track.meta["reporting_year"] + 0.5, color=GREY, linestyle="--", linewidth=0.8)
    axes.set_xlabel("calendar year; occurred left of the line, expected right of it")
    _finish(axes)
    return figure


def levers_chart(track: Track) -> "Figure":
    """Draw the levers as wedges under the outlook, down to the level with all of them, against the target."""
    figure, axes = _axes(f"{_name(track)}: levers")
    every = pd.concat([track.years, track.tables["outlook"]], ignore_index=True)
    rows, ends = pd.DataFrame(track.extras["levers"]), pd.DataFrame(track.extras["with_levers"])
    x = _numbers(ends, "year")
    top = every[every["year"].isin(ends["year"])]["mean"].to_numpy(dtype=float)
    for i, (name, mine) in enumerate(rows.groupby("lever", sort=False)):
        bottom = top + _numbers(mine, "mean")
        axes.fill_between(x, top, bottom, alpha=0.6, color=f"C{i}", label=printable(name), linewidth=0)
        top = bottom
    low, high = (_numbers(ends, name) for name in ("p2_5", "p97_5"))
    axes.errorbar(x, top, yerr=[top - low, high - top], fmt="none", color=INK, capsize=3)
    axes.plot(_numbers(every, "year"), _numbers(every, "mean"), color=INK, label="without levers")
    aimed = every[every["target"].notna()]
    if len(aimed):
        axes.plot(_numbers(aimed, "year"), _numbers(aimed, "target"), color=GREEN, label="target")
    axes.set_xlabel("sale year")
    _finish(axes)
    return figure


def _axes(title: str) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    axes = figure.add_subplot()
    # A dollar sign in a name is text, not mathematics.
    axes.set_title(title.replace("$", r"\$"), loc="left", fontsize=11)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _finish(axes: "Axes") -> None:
    axes.set_ylabel(UNIT)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def _name(track: Track) -> str:
    return printable(track.meta["catalog"]["name"])


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return frame[column].to_numpy(dtype=float)
