"""What a run can do in Python besides holding its figures."""

from html import escape
from typing import TYPE_CHECKING

from usephase.door import inner
from usephase.errors import StudyError
from usephase.faces.plots import Plots
from usephase.report.charts.run import GROUPINGS, KINDS, SERVICES, picture
from usephase.report.rounding import common_place, interval, number
from usephase.results.run import UNIT
from usephase.results.run import Run as _Run

if TYPE_CHECKING:
    import xarray


class Run(_Run):
    """Hold one run's answer and its provenance."""

    @property
    def plot(self) -> Plots:
        """Draw the report's own pictures: ``run.plot.distribution()``."""
        run = inner(self)
        labels = tuple(str(label) for label in run.meta.get("by", []))
        there, per = set(run.figures["by"]), set(run.service["unit"]) if len(run.service) else set()
        absent = {"ranking", "comparison", "track", "change", *(by for by in GROUPINGS if by not in there)}
        absent |= {kind for kind, unit in SERVICES.items() if unit not in per}
        kinds = (*(kind for kind in KINDS if kind not in absent), *labels)
        return Plots(lambda kind: picture(run, kind), kinds)

    def to_xarray(self) -> "xarray.Dataset":
        """Give the stored draws of the headline, labelled. [t CO2e]

        Returns
        -------
        xarray.Dataset
            ``category_11``, ``category_12`` and ``total`` (draw,), and ``category_11_by_family`` (family, draw) and
            their like for every grouping whose draws are there.
        """
        import xarray

        run, found = inner(self), {}
        for ledger in ("category_11", "category_12", "total"):
            for by in ("total", *GROUPINGS, *map(str, run.meta.get("by", []))):
                try:
                    draws = run.draws(ledger, by)
                except StudyError:
                    continue
                name, dims = (ledger, ("draw",)) if by == "total" else (f"{ledger}_by_{by}", (by, "draw"))
                values = draws.to_numpy()[0] if by == "total" else draws.to_numpy()
                coords = {} if by == "total" else {by: draws.index.to_numpy(dtype=str)}
                found[name] = xarray.DataArray(values, coords, dims, attrs={"units": UNIT})
        meta = run.meta
        about = {name: meta[name] for name in ("reporting_year", "seed", "design", "grid_basis", "boundary")}
        return xarray.Dataset(found, attrs={"catalog": meta["catalog"]["name"], **about})

    def __repr__(self) -> str:
        """Say in a line what came out."""
        run = inner(self)
        meta, row = run.meta, run.figure()
        low, high = float(row["p2_5"]), float(row["p97_5"])
        last = common_place([row.to_dict()])
        total = f"{number(float(row['mean']), last)} {UNIT} ({interval(low, high, last=last)})".replace(
            "\N{NO-BREAK SPACE}", " "
        )
        return f"<Run {meta['catalog']['name']} {meta['reporting_year']}: {total}, {meta['draws']:,} draws>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>{self.plot.distribution().svg}"
