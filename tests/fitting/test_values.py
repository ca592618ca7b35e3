"""Means, amounts and experts: closed forms, refusals by place, and what a run can read."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

import usephase
from usephase.errors import StudyError
from usephase.report.html.fit import notes_of


def problems(call):
    with pytest.raises(StudyError) as refused:
        call()
    return [(p.where, p.what, p.fix) for p in refused.value.problems]


def test_parts_of_a_mean_are_combined_as_the_gum_says():
    """By hand: s = 2, n = 4, u_A = 1; 3 % of 50 at k = 2 is 0.75; a step of 1 is 1/√12; Welch–Satterthwaite, ν = 3."""
    values = 50 + 2 * np.array([-1, -1, 1, 1]) * np.sqrt(3 / 4)
    found = usephase.fit.mean(values, calibration="3%", resolution=1.0)
    assert found.scatter == pytest.approx(1)
    error = np.sqrt(1 + 0.75**2 + 1 / 12)
    assert found.error == pytest.approx(error)
    assert found.freedom == pytest.approx(3 * error**4)
    half = stats.t.ppf(0.975, 3 * error**4) * error
    assert found.interval == pytest.approx((50 - half, 50 + half))
    assert found.cells["data_type"] == "primary"


def test_fewer_than_four_measurements_ask_for_a_judged_width():
    said = problems(lambda: usephase.fit.mean([3.0, 3.1, 3.2]))
    assert "3 measurements" in said[0][1]
    assert "± 10%" in said[0][2]


def test_an_efficiency_is_the_mean_of_ratios(tmp_path):
    (tmp_path / "charger.csv").write_text("delivered,drawn\n80,100\n84,100\n41,50\n82,100\n")
    found = usephase.fit.mean(tmp_path / "charger.csv", "delivered", over="drawn")
    assert found.mean == pytest.approx(0.82)
    assert found.deviation == pytest.approx(np.std([0.8, 0.84, 0.82, 0.82], ddof=1))


def test_wrong_measurements_and_settings_are_refused():
    assert len(problems(lambda: usephase.fit.mean(["1", "-2", "nan", "", "3 W", "1.5"]))) == 4
    assert problems(lambda: usephase.fit.mean([1, 2, 3, 4], calibration="good"))[0][0] == "--calibration"
    assert problems(lambda: usephase.fit.mean([1, 2, 3, 4], resolution=-1))[0][0] == "--resolution"


def test_the_mean_of_a_population_is_weighted_and_its_error_is_between_tools():
    """Cochran's ratio estimator by hand: tools A (weights 1, 1: values 2, 4), B (2: 6), C (1: 1), D (1: 3)."""
    frame = pd.DataFrame({"h": [2, 4, 6, 1, 3], "w": [1, 1, 2, 1, 1], "t": list("AABCD")})
    found = usephase.fit.amount(frame, "h", weight="w", tool="t").overall
    total, mean = 6, (2 + 4 + 12 + 1 + 3) / 6
    apart = np.array([6 - 2 * mean, 12 - 2 * mean, 1 - mean, 3 - mean])
    assert found.mean == pytest.approx(mean)
    assert found.error == pytest.approx(np.sqrt(4 / 3 * (apart**2).sum()) / total)
    assert (found.tools, found.rows) == (4, 5)
    assert found.text.startswith("student(")


def test_without_weights_it_is_the_plain_standard_error():
    values = np.random.default_rng(1).gamma(2, 100, 500)
    found = usephase.fit.amount(values).overall
    assert found.mean == pytest.approx(values.mean())
    assert found.error == pytest.approx(values.std(ddof=1) / np.sqrt(500))
    assert found.spread == pytest.approx(values.std(ddof=1))
    assert found.text.startswith("normal(")


def test_many_rows_of_a_tool_are_one_observation():
    """A hundred rows of each of ten tools know no more of other tools than ten rows do."""
    tools = np.random.default_rng(2).normal(300, 50, 10)
    many = usephase.fit.amount(np.repeat(tools, 100), tool=np.repeat(np.arange(10), 100)).overall
    assert many.error == pytest.approx(tools.std(ddof=1) / np.sqrt(10))
    assert usephase.fit.amount(np.repeat(tools, 100)).overall.error < many.error / 5


def test_rows_of_a_tool_that_are_averaged_are_told():
    tools = np.arange(10, 20.0)
    fitted = usephase.fit.amount(np.repeat(tools, 3), tool=np.repeat(np.arange(10), 3), unit="h/year")
    assert notes_of(fitted, "en") == [
        "30 rows of 10 tools: the rows of a tool are averaged, not added up, so each must be h/year by itself. Add up "
        "months or days first."
    ]
    assert notes_of(usephase.fit.amount(tools, tool=np.arange(10)), "en") == []


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_groups_of_a_file_are_those_of_pandas(tmp_path, suffix):
    random = np.random.default_rng(3)
    frame = pd.DataFrame({
        "hours": random.gamma(2, 100, 4000), "segment": random.choice(["home", "pro"], 4000),
        "region": random.choice(["DEU", "FRA", "VNM"], 4000), "other": "x",
    })  # fmt: skip
    path = tmp_path / f"tools.{suffix}"
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    found = usephase.fit.amount(path, "hours", by=("segment", "region"))
    expected = frame.groupby(["segment", "region"])["hours"].agg(["mean", "sem", "size"])
    assert len(found.groups) == 6
    for part in found.groups:
        row = expected.loc[(part.group["segment"], part.group["region"])]
        assert (part.mean, part.error, part.rows) == pytest.approx(tuple(row))


def test_winsorised_is_numpys_clip():
    values = np.random.default_rng(4).lognormal(5, 1, 2000)
    found = usephase.fit.amount(values, winsorise=0.05)
    assert found.overall.mean == pytest.approx(np.clip(values, *np.quantile(values, [0.05, 0.95])).mean())
    assert problems(lambda: usephase.fit.amount(values, winsorise=0.6))[0][0] == "--winsorise"


def test_cells_of_telemetry_that_are_no_measurements_are_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("hours,tool\n3,a\nn/a,b\n-4,c\n2,\n12 h,d\n")
    assert [where for where, *_ in problems(lambda: usephase.fit.amount(path, "hours"))] == [
        "t.csv:3:hours", "t.csv:6:hours"
    ]  # fmt: skip
    path.write_text("hours,tool\n3,a\n,b\n-4,c\n2,\n5,d\n")
    said = problems(lambda: usephase.fit.amount(path, "hours", tool="tool"))
    assert [where for where, *_ in said] == ["t.csv:3:hours", "t.csv:4:hours", "t.csv:5:tool"]
    assert "did you mean `hours`?" in problems(lambda: usephase.fit.amount(path, "huors"))[0][2]
    few = pd.DataFrame({"h": [1, 2, 3, 4, 5.0], "g": list("aaaab")})
    assert "(g b)" in problems(lambda: usephase.fit.amount(few, "h", by=("g",)))[0][1]


def test_one_expert_is_pooled_to_what_was_said():
    said = {"expert": ["A"], "p10": [100], "p50": [160], "p90": [300]}
    assert usephase.fit.expert(said, low=0).pooled == pytest.approx((100, 160, 300), rel=1e-5)
    assert usephase.fit.expert(said).pooled == pytest.approx((100, 160, 300), rel=1e-5)
    share = {"expert": ["A"], "p10": [0.2], "p50": [0.4], "p90": [0.7]}
    assert usephase.fit.expert(share, low=0, high=1).pooled == pytest.approx((0.2, 0.4, 0.7), rel=1e-5)


def test_experts_who_disagree_make_a_wide_pool():
    """Symmetric triplets are logistic (a3 = 0): the pool of two is solved from their distribution functions."""
    said = {"expert": ["A", "B"], "p10": [8, 28], "p50": [10, 30], "p90": [12, 32], "weight": [3, 1]}
    found = usephase.fit.expert(said)
    size = 2 / np.log(9)

    def share(x):
        return 0.75 * special.expit((x - 10) / size) + 0.25 * special.expit((x - 30) / size)

    expected = [optimize.brentq(lambda x, p=p: share(x) - p, 0, 50) for p in (0.1, 0.5, 0.9)]
    assert found.pooled == pytest.approx(expected, rel=1e-3)
    assert found.pooled[2] - found.pooled[0] > 15


def test_the_record_of_experts_is_kept_and_wrong_triplets_are_refused(tmp_path):
    path = tmp_path / "asked.csv"
    path.write_text("expert,p10,p50,p90,asked_on,question\nNguyen,1,2,4,2024-05-01,hours a year\nLê,2,3,5,,\n")
    cells = usephase.fit.expert(path, low=0).cells
    assert "Nguyen 2024-05-01" in cells["source"]
    assert "asked: hours a year" in cells["source"]
    assert cells["data_type"] == "estimate"
    path.write_text("expert,p10,p50,p90\nA,3,2,4\n,1,2,3\nC,1,1.01,3\nD,-1,2,3\n")
    said = {where for where, *_ in problems(lambda: usephase.fit.expert(path, low=0))}
    assert said == {"asked.csv:2:p50", "asked.csv:3:expert", "asked.csv:4:p50", "asked.csv:5:p10"}
