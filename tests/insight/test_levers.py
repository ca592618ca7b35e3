"""Levers on small catalogs: contributions by hand, and against the comparison of options."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import usephase
from tests.insight.test_track import SETTINGS, Rows, fans, sold
from tests.reference.folder import write_catalog
from usephase.errors import StudyError
from usephase.insight.tracking.levers import Lever, parse_lever
from usephase.insight.tracking.track import Track, track


def option(name: str, product: str = "OLD", value: str = "*0.5") -> dict[str, str]:
    row = f"product={product};mode=on"
    return {"option": name, "table": "modes", "row": row, "column": "rate", "value": value}


def tracked(folder: Path, options: Rows, levers: list[str], sales: Rows | None = None, **more: Any) -> Track:
    listed = sales or [sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")]
    tables = fans(listed) | {"options": options} | more.pop("tables", {})
    catalog = usephase.read_catalog(write_catalog(folder / "catalog", SETTINGS, tables))
    return track(catalog, draws=16, levers=levers, target_year=2028, set_on="2022-01-31", **more)


def means(done: Track) -> dict[tuple[int, str], float]:
    return {(row["year"], row["lever"]): row["mean"] for row in done.extras["levers"]}


def test_the_ramp() -> None:
    lever = Lever("x", 2026, 2029)
    assert [lever.part(year) for year in range(2025, 2031)] == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1])
    assert [Lever("x", 2026, 2026).part(year) for year in (2025, 2026)] == [0, 1]


def test_one_lever_by_hand(tmp_path: Path) -> None:
    # 250 t a sale year; half the power takes 125 t where all units have it.
    done = tracked(tmp_path, [option("half")], ["half:2026:2027"])
    assert means(done) == pytest.approx({(2026, "half"): -62.5, (2027, "half"): -125, (2028, "half"): -125})
    ends = {row["year"]: (row["mean"], row["probability_met"]) for row in done.extras["with_levers"]}
    # Target 2028: 8 · 2.5 % below 2021, 200 t; 2026: 250 · (1 − 0.2 · 5/7) = 214.3 t.
    assert {year: mean for year, (mean, _) in ends.items()} == pytest.approx({2026: 187.5, 2027: 125, 2028: 125})
    assert ends[2028][1] == 1.0
    outlook = done.tables["outlook"].set_index("year")
    assert outlook.loc[2028, "probability_met"] == 0.0


def test_two_levers_on_one_product_share_what_they_do_together(tmp_path: Path) -> None:
    # Power to a half and life to four fifths: 250 t to 100 t. Alone 125 t and 50 t, together 150 t.
    life = {"option": "short", "table": "lifetimes", "row": "lifetime=five", "column": "mean", "value": "*0.8"}
    levers = ["half:2026", "short:2026"]
    forth = means(tracked(tmp_path / "forth", [option("half"), life], levers))
    assert forth[2028, "half"] == pytest.approx(-(125 + 100) / 2)
    assert forth[2028, "short"] == pytest.approx(-(50 + 25) / 2)
    back = means(tracked(tmp_path / "back", [option("half"), life], levers[::-1]))
    assert back == pytest.approx(forth)


def test_half_reached_levers_mix_units(tmp_path: Path) -> None:
    # Both levers have reached half of the units in 2026, independently: a quarter has both.
    life = {"option": "short", "table": "lifetimes", "row": "lifetime=five", "column": "mean", "value": "*0.8"}
    done = tracked(tmp_path, [option("half"), life], ["half:2026:2027", "short:2026:2027"])
    level = next(row["mean"] for row in done.extras["with_levers"] if row["year"] == 2026)
    assert level == pytest.approx((250 + 125 + 200 + 100) / 4)


def test_a_lever_is_scaled_to_the_sales_of_the_year(tmp_path: Path) -> None:
    sales = [sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000"), sold("OLD", 2026, "3000"), sold("LAMP", 2026, "9")]
    done = tracked(tmp_path, [option("half")], ["half:2026"], sales)
    assert means(done)[2026, "half"] == pytest.approx(-375)


def test_electrification_by_another_products_sales(tmp_path: Path) -> None:
    # The option sells no OLD and 1,000 LAMPs more: 250 t to 50 t.
    sales = [sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000"), sold("LAMP", 2024, "1000")]
    rows = [
        {"option": "lamps", "table": "sales", "row": f"product={name};region=HERE;year=2024", "column": "units",
         "value": units}
        for name, units in (("OLD", "0"), ("LAMP", "2000"))
    ]  # fmt: skip
    done = tracked(tmp_path, rows, ["lamps:2026"], sales)
    assert means(done)[2026, "lamps"] == pytest.approx(50 - 275)


def test_a_lever_is_the_comparison_of_its_option(tmp_path: Path) -> None:
    uncertain = {"modes": [
        {"product": "OLD", "mode": "on", "carrier": "electricity", "rate": "100 +/- 10%", "rate_unit": "W"},
    ]}  # fmt: skip
    done = tracked(tmp_path, [option("half")], ["half:2025"], tables=uncertain)
    catalog = usephase.read_catalog(tmp_path / "catalog")
    compared = usephase.compare(catalog, ["base", "half"], draws=16)
    ours = next(row for row in done.extras["levers"] if row["year"] == 2025)
    theirs = next(d for d in compared.to_document()["differences"] if d["per"] == "portfolio")
    assert ours["mean"] == pytest.approx(theirs["mean"], rel=1e-12)
    assert ours["p2_5"] == pytest.approx(theirs["p2_5"], rel=1e-12)


@pytest.mark.parametrize("text", ["half", "half:soon", "half:2027:2026", ":2026"])
def test_levers_that_are_not_understood(text: str) -> None:
    with pytest.raises(StudyError, match="OPTION:START"):
        parse_lever(text)


@pytest.mark.parametrize(
    ("levers", "more", "words"),
    [
        (["half:2024"], {}, "not after the reporting year"),
        (["harf:2026"], {}, "no option `harf`"),
        (["half:2026", "third:2026"], {}, "both change"),
        (["half:2026"], {"of": ["category_11"]}, "total of both categories"),
    ],
)
def test_refusals(levers: list[str], more: dict[str, Any], words: str, tmp_path: Path) -> None:
    rows = [option("half"), option("third", value="33 W")]
    with pytest.raises(StudyError, match=words):
        tracked(tmp_path, rows, levers, **more)


def test_contributions_sum_in_every_draw(tmp_path: Path) -> None:
    life = {"option": "short", "table": "lifetimes", "row": "lifetime=five", "column": "mean", "value": "2 +/- 20%"}
    levers = ["half:2026:2028", "short:2026:2027"]
    done = tracked(tmp_path, [option("half", value="30 +/- 10 W"), life], levers)
    rows = [row for row in done.extras["levers"] if row["year"] == 2027]
    outlook = done.tables["outlook"].set_index("year")["mean"]
    level = next(row["mean"] for row in done.extras["with_levers"] if row["year"] == 2027)
    assert outlook[2027] + sum(row["mean"] for row in rows) == pytest.approx(level, rel=1e-12)
    assert np.isfinite(level)


def test_many_levers_on_other_products_are_each_what_they_are_alone(tmp_path: Path) -> None:
    # Eight products of 250 t, each with its own half: 125 t each, whatever the others do.
    names = [f"P{i}" for i in range(8)]
    products = [{"product": n, "family": "Fans", "use_profile": "home", "lifetime": "five"} for n in names]
    modes = [{"product": n, "mode": "on", "carrier": "electricity", "rate": "100", "rate_unit": "W"} for n in names]
    sales = [sold(n, year, "1000") for n in names for year in (2021, 2024)]
    tables = {"products": products, "modes": modes,
              "lifetimes": [{"lifetime": "five", "distribution": "fixed", "mean": "5"}]}  # fmt: skip
    done = tracked(tmp_path, [option(f"half{n}", n) for n in names], [f"half{n}:2026" for n in names], sales,
                   tables=tables)  # fmt: skip
    assert [x for (year, _), x in means(done).items() if year == 2028] == pytest.approx([-125] * 8)
    assert {row["order_error"] for row in done.extras["levers"]} == {0}


def test_seven_levers_on_one_product_sample_orders_and_say_their_error(tmp_path: Path) -> None:
    names = [f"less{i}" for i in range(7)]
    done = tracked(tmp_path, [option(n, value="*0.9") for n in names], [f"{n}:2026" for n in names])
    rows = [row for row in done.extras["levers"] if row["year"] == 2028]
    # All alike, so each is a seventh of 250 t · (1 − 0.9^7), within its error.
    exact = -250 * (1 - 0.9**7) / 7
    assert sum(row["mean"] for row in rows) == pytest.approx(7 * exact)
    assert all(0 < row["order_error"] < 0.1 * -exact for row in rows)
    assert all(abs(row["mean"] - exact) < 5 * row["order_error"] for row in rows)


def test_a_cost_curve_has_the_cheapest_first_and_its_interval(tmp_path: Path) -> None:
    # 1,000 units: half of OLD's 250 t for 5 a unit are 40 a t; of LAMP's 25 t for a total of 250 are 20 a t.
    rows = [option("half"), option("dim", "LAMP"), option("free", "NEW")]
    for name, per, cost in (("half", "unit", "5 */ 1.2"), ("dim", "total", "250")):
        rows.append({"option": name, "table": "option", "row": per, "column": "cost", "value": cost})
    sales = [sold(p, year, "1000") for p in ("OLD", "LAMP", "NEW") for year in (2021, 2024)]
    done = tracked(tmp_path, rows, ["half:2026:2026:Ana", "dim:2026", "free:2026"], sales)
    curve = done.extras["abatement"]
    assert [row["lever"] for row in curve] == ["dim", "half", "free"]
    assert [row["cost_per_t"] for row in curve] == [pytest.approx(20), pytest.approx(40, rel=0.1), None]
    assert [row["cumulative"] for row in curve] == pytest.approx([12.5, 137.5, 262.5])
    assert (curve[1]["owner"], curve[0]["cost_per_t_p2_5"]) == ("Ana", pytest.approx(20))
    assert curve[1]["cost_per_t_p2_5"] < 40 < curve[1]["cost_per_t_p97_5"]


def test_a_target_is_shared_out_by_what_measures_can_do_in_each_region(tmp_path: Path) -> None:
    # OLD is sold in both regions, 250 kg a unit: 200 t HERE and 50 t THERE; LAMP, 25 kg, THERE alone: 25 t. The lever
    # halves OLD in every second unit of 2028: 50 t HERE, 12.5 t THERE.
    sales = [
        sold(product, year, units, region)
        for year in (2021, 2024)
        for product, units, region in (("OLD", "800", "HERE"), ("OLD", "200", "THERE"), ("LAMP", "1000", "THERE"))
    ]
    regions = [{"region": region, "zone": "HERE"} for region in ("HERE", "THERE")]
    done = tracked(tmp_path, [option("half")], ["half:2027:2030"], sales, tables={"regions": regions})
    rows = done.tables["regions"].set_index("region")["target_year_by_measures"]
    whole = 275 * 0.8
    assert rows.to_dict() == pytest.approx({"HERE": 200 - (275 - whole) * 0.8, "THERE": 75 - (275 - whole) * 0.2})
    without = tracked(tmp_path / "without", [option("half")], [], sales, tables={"regions": regions})
    assert set(without.tables["regions"]["target_year_by_measures"]) == {None}
