"""Lives from data: every form says the same, what cannot be is refused by place, what is fitted is what was made."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, special, stats

import usephase
from usephase.errors import StudyError
from usephase.insight.fitting.families import FAMILIES
from usephase.insight.fitting.likelihood import likelihood_of, maximize
from usephase.insight.fitting.lives import lives_of
from usephase.insight.fitting.observed import plotting_points
from usephase.insight.fitting.plausible import plausible

LAWS = {
    "weibull": (stats.weibull_min, lambda k: {"c": k}), "lognormal": (stats.lognorm, lambda s: {"s": s}),
    "loglogistic": (stats.fisk, lambda b: {"c": b}), "gamma": (stats.gamma, lambda k: {"a": k}),
}  # fmt: skip


def write(folder, text, name="data.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def problems(call):
    with pytest.raises(StudyError) as refused:
        call()
    return [(p.where, p.what, p.fix) for p in refused.value.problems]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_scipys_law(name):
    family, (law, named) = FAMILIES[name], LAWS[name]
    shape = 0.6 if name == "lognormal" else 2.3
    ages, frozen = np.array([0.2, 1.0, 3.0, 7.0]), law(scale=2.5, **named(shape))
    assert family.log_density(ages / 2.5, shape) - np.log(2.5) == pytest.approx(frozen.logpdf(ages), rel=1e-12)
    assert family.log_survival(ages / 2.5, shape) == pytest.approx(frozen.logsf(ages), rel=1e-12)
    assert family.quantile(0.3, 2.5, shape) == pytest.approx(frozen.ppf(0.3), rel=1e-12)
    assert family.mean(2.5, shape) == pytest.approx(frozen.mean(), rel=1e-9)


def test_the_likelihood_is_the_sum_written_out():
    """One row of each kind, by scipy's law: exact, alive, between, late entry, and a month of sale integrated."""
    law = stats.weibull_min(1.7, scale=6.0)
    parts = [
        (lives_of(3.0, 3.0, count=2), 2 * law.logpdf(3.0)),
        (lives_of(4.0, np.inf), law.logsf(4.0)),
        (lives_of(2.0, 5.0), math.log(law.sf(2.0) - law.sf(5.0))),
        (lives_of(0.0, 5.0), math.log(law.cdf(5.0))),
        (lives_of(3.0, 3.0, entry=1.0), law.logpdf(3.0) - law.logsf(1.0)),
    ]
    lost, _ = integrate.quad(lambda u: law.sf(2.0 - 0.5 * u) - law.sf(3.0 - 0.5 * u), 0, 1)
    left, _ = integrate.quad(lambda u: law.sf(2.0 - 0.5 * u), 0, 1)
    parts += [(lives_of(2.0, 3.0, spread=0.5), math.log(lost)), (lives_of(2.0, np.inf, spread=0.5), math.log(left))]
    for lives, expected in parts:
        assert likelihood_of(lives)(FAMILIES["weibull"], 6.0, 1.7)[0] == pytest.approx(expected, rel=1e-9)
    never = likelihood_of(lives_of(4.0, np.inf))(FAMILIES["weibull"], 6.0, 1.7, 0.25)[0]
    assert never == pytest.approx(math.log(0.25 + 0.75 * law.sf(4.0)), rel=1e-12)


def test_forms_of_the_same_data_give_the_same_fit(tmp_path):
    ages = write(tmp_path, "age,failed,count\n1,1,\n2,1,2\n3,0,4\n2.5,1,\n", "ages.csv")
    dates = write(
        tmp_path,
        "sold,returned,until,count\n2020-01-01,2020-12-31,2022-12-31,\n2020-01-01,2021-12-31,2022-12-31,2\n"
        "2020-01-02,,2023-01-01,4\n2020-01-01,2022-07-01,2022-12-31,\n",
        "dates.csv",
    )
    one = usephase.fit.lifetime(ages, distribution="weibull")
    same = usephase.fit.lifetime([1, 2, 3, 2.5], [1, 1, 0, 1], count=[1, 2, 4, 1], distribution="weibull")
    assert (one.lives.units, one.lives.failures) == (8, 4)
    assert one.mean == same.mean
    dated = usephase.fit.lifetime(dates, distribution="weibull")
    # 365, 730, 912 days; three years of 2020 to 2022 are 1,095 days from the second of January.
    expected = lives_of([1, 2, 912 / 365, 1095 / 365], [1, 2, 912 / 365, np.inf], count=[1, 2, 1, 4])
    assert dated.best.mean == pytest.approx(maximize(FAMILIES["weibull"], expected).mean, rel=1e-6)


def test_a_triangle_of_months_is_its_cells_summed_by_lag(tmp_path):
    text = "month,units,2024-01,2024-02,2024-03\n2024-01,100,2,5,9\n2024-02,80,,1,3\n2024-03,60,,,2\n"
    found = usephase.fit.lifetime(write(tmp_path, text), distribution="weibull")
    back = {0: 2 + 1 + 2, 1: 5 + 3, 2: 9}
    alive = {0: 58, 1: 76, 2: 84}
    low = [d / 12 for d in back] + [(d + 1) / 12 for d in alive]
    high = [(d + 1) / 12 for d in back] + [np.inf] * 3
    expected = lives_of(low, high, 0.0, [*back.values(), *alive.values()], 1 / 12)
    assert found.lives.units == 240
    assert found.lives.failures == 22
    assert found.best.mean == pytest.approx(maximize(FAMILIES["weibull"], expected).mean, rel=1e-9)


def test_a_triangle_of_two_kinds_of_users_is_of_hours(tmp_path):
    """Who uses 600 hours a year is twice as old, in hours, as who uses 300, after the same months."""
    text = (
        "month,units,hours_per_year,2024-01,2024-02,2024-03\n2024-01,50,300,2,5,9\n2024-01,40,600,6,7,8\n"
        "2024-02,30,300,,1,3\n"
    )
    found = usephase.fit.lifetime(write(tmp_path, text), distribution="weibull").lives
    back = {300: (3, 8, 9), 600: (6, 7, 8)}
    rows = [(h * d / 12, h * (d + 1) / 12, n, h / 12) for h, counts in back.items() for d, n in enumerate(counts)]
    rows += [(h * lag / 12, np.inf, n, h / 12) for h, lag, n in ((300, 3, 34), (300, 2, 26), (600, 3, 19))]
    low, high, count, spread = zip(*rows, strict=True)
    expected = lives_of(low, high, 0.0, count, spread, unit="hour")
    assert (found.unit, found.units) == ("hour", 120)
    ours, theirs = (maximize(FAMILIES["weibull"], lives) for lives in (found, expected))
    assert (ours.mean, ours.shape) == pytest.approx((theirs.mean, theirs.shape), rel=1e-9)
    twice = "month,units,hours_per_year,2024-01\n2024-01,5,300,1\n2024-01,5,300,1\n"
    assert "twice" in problems(lambda: usephase.fit.lifetime(write(tmp_path, twice)))[0][1]


def test_a_triangle_gives_the_life_that_made_it_in_csv_and_excel(tmp_path):
    """Sales spread over each month: ages taken as whole months would be off by half a month."""
    import openpyxl

    random, size, months = np.random.default_rng(5), 20_000, 24
    names = [f"{2022 + i // 12}-{i % 12 + 1:02d}" for i in range(months)]
    rows = [["month of sale", "units", *names]]
    for i in range(months):
        back = np.floor(i + random.random(size) + 18 * random.weibull(1.6, size)).astype(int)
        rows.append([names[i], size, *np.bincount(back[back < months], minlength=months).tolist()])
    csv = write(tmp_path, "\n".join(",".join(map(str, row)) for row in rows) + "\n")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "data.xlsx")
    found = usephase.fit.lifetime(csv, distribution="weibull")
    low, high = found.intervals["mean"]
    assert low < 1.5 * math.gamma(1 + 1 / 1.6) < high
    assert found.shape == pytest.approx(1.6, abs=0.02)
    assert usephase.fit.lifetime(tmp_path / "data.xlsx", distribution="weibull").mean == found.mean


def test_hours_a_year_turn_ages_into_hours(tmp_path):
    path = write(tmp_path, "age,failed,hours_per_year\n1,1,100\n2,1,300\n4,0,50\n3,1,200\n")
    by_column = usephase.fit.lifetime(path, distribution="weibull")
    by_hand = usephase.fit.lifetime([100, 600, 200, 600], [1, 1, 0, 1], unit="hour", distribution="weibull")
    assert by_column.lives.unit == "hour"
    assert by_column.mean == by_hand.mean
    assert usephase.fit.lifetime([1, 2, 3], [1, 1, 1], hours_per_year=50).lives.last_age == 150


def test_late_entries_are_not_taken_for_long_lives():
    """Of lives drawn with mean 5, those that had failed before they could be watched are missing."""
    random = np.random.default_rng(2)
    life, entry = random.weibull(2, 10_000) * 5 / special.gamma(1.5), random.uniform(0, 6, 10_000)
    seen = life > entry
    found = usephase.fit.lifetime(life[seen], np.ones(seen.sum()), entry=entry[seen], distribution="weibull")
    assert found.mean == pytest.approx(5, rel=0.03)
    naive = usephase.fit.lifetime(life[seen], np.ones(seen.sum()), distribution="weibull")
    assert naive.mean > 5.5
    assert "truncated" in [note.key for note in found.notes]


def test_the_family_of_the_lowest_aic_is_taken_and_rivals_are_said():
    random = np.random.default_rng(4)
    ages = np.exp(random.normal(1, 0.7, 3000))
    found = usephase.fit.lifetime(ages, np.ones(3000))
    assert found.distribution == "lognormal"
    assert found.mean == pytest.approx(math.exp(1 + 0.7**2 / 2), rel=0.05)
    few = usephase.fit.lifetime(ages[:12], np.ones(12))
    assert "close" in [note.key for note in few.notes]


def test_extrapolation_is_said():
    """Exponential lives seen until age 1 of a mean of 1/rate: exp(−rate) of the mean life lies beyond."""
    random = np.random.default_rng(1)
    life = random.exponential(3.0, 5000)
    found = usephase.fit.lifetime(np.minimum(life, 1.0), (life < 1.0).astype(int), distribution="weibull")
    assert found.beyond_data == pytest.approx(math.exp(-1 / 3), abs=0.05)
    assert "beyond" in [note.key for note in found.notes]


def test_units_scrapped_at_one_age_are_no_wear():
    random = np.random.default_rng(6)
    life = random.weibull(2, 2000) * 10
    found = usephase.fit.lifetime(np.minimum(life, 6.0), np.ones(2000), distribution="weibull")
    assert found.max_years == 6.0
    assert found.best.scale == pytest.approx(10, rel=0.05)
    assert found.row("x")["max_years"] == "6"
    assert "max_years" in [note.key for note in found.notes]


def test_a_share_that_never_fails_is_asked_for_and_written_as_a_table():
    random = np.random.default_rng(7)
    life = np.where(random.random(4000) < 0.7, np.inf, random.weibull(2, 4000) * 2)
    ages, failed = np.minimum(life, 5.0), (life < 5.0).astype(int)
    asked = usephase.fit.lifetime(ages, failed, distribution="weibull")
    assert "never_asked" in [note.key for note in asked.notes]
    found = usephase.fit.lifetime(ages, failed, distribution="weibull", max_years=8)
    assert found.best.never == pytest.approx(0.7, abs=0.02)
    row, curve = found.row("x"), found.survival_rows("x")
    assert row["distribution"] == "table"
    shares = [float(one["share"]) for one in curve]
    assert shares[0] == 1
    assert shares[-1] == 0
    assert all(a >= b for a, b in itertools.pairwise(shares))
    middle = float(row["mean"].split()[0])
    assert middle == pytest.approx(0.7 * 8 + 0.3 * 2 * math.gamma(1.5), rel=0.02)


def test_the_sample_keeps_the_dependence_and_the_intervals():
    found = usephase.fit.lifetime([2, 3, 5, 6, 8, 9, 9], [1, 1, 1, 1, 1, 0, 0], distribution="weibull")
    rows = found.sample().rows
    low, high = found.intervals["mean"]
    assert np.quantile(rows[:, 0], [0.025, 0.975]) == pytest.approx([low, high], rel=0.2)
    spread = found.spread
    logs = np.log(np.column_stack([spread.mean, spread.shape]))
    expected = np.cov(logs.T, aweights=spread.weight)
    drawn = np.corrcoef(np.log(rows.T))[0, 1]
    assert drawn == pytest.approx(expected[0, 1] / math.sqrt(expected[0, 0] * expected[1, 1]), abs=0.1)
    text = found.sample().csv().decode().splitlines()
    assert text[0] == "mean,shape"
    assert len(text) == 1001
    assert np.array_equal(found.sample().rows, rows)


def test_a_prior_and_data_give_what_integration_gives():
    """The posterior mean of the logarithm, by scipy's double integral over the two logarithms."""
    from usephase.insight.fitting.prior import Prior

    prior = Prior("x", FAMILIES["weibull"], "year", (4.0, 0.3), (2.0, 0.2))
    lives = lives_of([3.0, 4.0, 5.0], [3.0, np.inf, 5.0])
    found = plausible(maximize(FAMILIES["weibull"], lives), lives, prior.belief)
    law = stats.weibull_min

    def weight(log_shape, log_mean):
        shape = math.exp(log_shape)
        scale = math.exp(log_mean) / math.gamma(1 + 1 / shape)
        data = law.logpdf(3, shape, scale=scale) + law.logsf(4, shape, scale=scale) + law.logpdf(5, shape, scale=scale)
        believed = ((log_mean - math.log(4)) / 0.3) ** 2 + ((log_shape - math.log(2)) / 0.2) ** 2
        return math.exp(data - believed / 2)

    box = (math.log(4) - 2, math.log(4) + 2, math.log(2) - 1.2, math.log(2) + 1.2)
    total, _ = integrate.dblquad(weight, *box, epsabs=1e-12, epsrel=1e-6)
    first, _ = integrate.dblquad(lambda s, m: m * weight(s, m), *box, epsabs=1e-12, epsrel=1e-6)
    assert found.weight @ np.log(found.mean) == pytest.approx(first / total, abs=1e-4)


def test_a_prior_carries_few_failures_and_a_conflict_is_said():
    few = usephase.fit.lifetime([1.0, 2.0, 2.5], [1, 1, 0], count=[1, 1, 10], prior="life_blower_com")
    low, high = few.intervals["mean"]
    first, last = few.prior.interval
    assert first < few.mean < last * 1.5
    assert high / low < last / first
    assert few.row("x")["distribution"] == "weibull"
    document = few.to_document()
    assert {"prior", "data_alone"} <= set(document)
    far = usephase.fit.lifetime(np.linspace(20, 40, 30), np.ones(30), prior="life_blower_com")
    assert "conflict" in [note.key for note in far.notes]


def test_an_archetype_is_a_prior():
    """By hand of its row p5_p50_p95(6, 10, 12.9): half the logarithm of the 95 % interval's ratio over 1.96."""
    from usephase.insight.fitting.prior import read_prior

    found = read_prior("ac_portable")
    assert (found.name, found.unit, found.shape[0]) == ("ac_portable", "year", pytest.approx(2.69, rel=0.02))
    assert found.interval[0] < 6
    assert found.interval[1] > 12.9
    [(_, what, fix)] = problems(lambda: usephase.fit.lifetime([1, 2], [1, 0], prior="drill_cordless"))
    assert "several lives" in what
    one = fix.split("`")[1]
    assert f"combined with the life {one};" in usephase.fit.lifetime([1, 2], [1, 0], prior=one).row("x")["source"]


def test_without_failures_or_with_two_the_remedy_is_a_prior():
    assert "none of 5 units has failed" in problems(lambda: usephase.fit.lifetime([1, 2, 3, 4, 5], [0] * 5))[0][1]
    assert "--prior" in problems(lambda: usephase.fit.lifetime([1, 2, 3], [1, 1, 0]))[0][2]
    assert usephase.fit.lifetime([1, 2, 3], [1, 1, 0], prior="life_blower_com").lives.failures == 2


def test_everything_wrong_is_said_at_once_by_place(tmp_path):
    path = write(tmp_path, 'age,failed,entry\n-1,1,\nnan,1,\n,0,\n3,2,\n"60,000",1,\n2,1,5\n0,1,\n1.5 h,1,\n4,1,\n')
    said = problems(lambda: usephase.fit.lifetime(path))
    assert {where for where, *_ in said} == {
        "data.csv:2:age", "data.csv:3:age", "data.csv:4:age", "data.csv:5:failed", "data.csv:6:age", "data.csv:7:age",
        "data.csv:8:age", "data.csv:9:age",
    }  # fmt: skip
    assert all(what and fix for _, what, fix in said)


def test_dates_that_cannot_be_or_have_two_readings_are_refused(tmp_path):
    path = write(
        tmp_path, "sold,returned\n2024-03-05,2024-01-05\n03/04/2024,\n31/12/2023,\n2024-02-30,\n2024-05,\n2025-01-02,\n"
    )
    said = {where: what + fix for where, what, fix in problems(lambda: usephase.fit.lifetime(path, until="2024-12-31"))}
    assert "before it was sold" in said["data.csv:2:returned"]
    assert "2024-04-03 or as 2024-03-04" in said["data.csv:3:sold"]
    assert "write `2023-12-31`" in said["data.csv:4:sold"]
    assert "no day" in said["data.csv:5:sold"]
    assert "month" in said["data.csv:6:sold"]
    assert "after `until`" in said["data.csv:7:sold"]
    assert "until" in problems(lambda: usephase.fit.lifetime(write(tmp_path, "sold,returned\n2024-01-01,\n")))[0][1]


def test_a_triangle_that_cannot_be_is_refused(tmp_path):
    text = "month,units,2024-01,2024-03\n2024-01,10,4,9\n2024-02,5,1,\nsoon,5,,\n2024-05,1,,\n"
    said = " ".join(
        f"{where} {what}" for where, what, _ in problems(lambda: usephase.fit.lifetime(write(tmp_path, text)))
    )
    assert "after 2024-01 comes 2024-03" in said
    assert "data.csv:2:units more units came back" in said
    assert "data.csv:3:2024-01 1 units came back in 2024-01, before they were sold" in said
    assert "`soon` is not a month" in said
    assert "after the last month of returns" in said


@pytest.mark.parametrize(
    ("text", "name", "word"),
    [
        ("", "data.csv", "empty"), ("age,failed\n", "data.csv", "no rows"), ("a,b\n1,2\n", "data.csv", "no form"),
        ("x", "data.doc", "another kind"), ("age\n3\n", "data.csv", "`failed` is missing"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_lives_is_refused(tmp_path, text, name, word):
    assert word in problems(lambda: usephase.fit.lifetime(write(tmp_path, text, name)))[0][1]


def test_median_ranks_are_johnsons():
    """Failures at 1, 3 and 4, alive at 2, of four units: order numbers 1, 1 + 4/3·... by hand (Benard)."""
    points = plotting_points(lives_of([1, 2, 3, 4], [1, np.inf, 3, 4]))
    ranks = [1, 1 + (5 - 1) / 3, 1 + 2 * (5 - 1) / 3]
    assert points.failed == pytest.approx([(rank - 0.3) / 4.4 for rank in ranks])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("units", "failures", "least", "most"),
    [(20, 20, 0.92, 0.98), (40, 20, 0.92, 0.98), (5, 5, 0.90, 1), (20, 5, 0.90, 1)],
)
def test_intervals_of_the_mean_life_hold_as_often_as_they_say(units, failures, least, most):
    assert least <= covered(units, failures, 250) <= most


def covered(units, failures, size):
    """Give how often 95 % intervals hold the mean of a Weibull life; the rest is alive at the last failure."""
    random, hits = np.random.default_rng(11), 0
    true = special.gamma(1.5)
    for _ in range(size):
        life = np.sort(random.weibull(2.0, units))
        ages = np.append(life[:failures], life[failures - 1])
        lives = lives_of(ages, np.append(life[:failures], np.inf), count=[*np.ones(failures), units - failures])
        spread = plausible(maximize(FAMILIES["weibull"], lives), lives)
        low, high = spread.interval(spread.mean)
        hits += low <= true <= high
    return hits / size


def test_a_lopsided_interval_is_told_where_the_row_has_one_factor():
    rng = np.random.default_rng(5)
    lives = 10 * rng.weibull(2.0, 60)
    few = usephase.fit.lifetime(np.minimum(lives, 4.0), (lives < 4.0).astype(int), distribution="weibull")
    (note,) = [note for note in few.notes if note.key == "lopsided"]
    low, high = few.intervals["mean"]
    widest = max(high / few.mean, few.mean / low)
    assert (note.values["low"], note.values["high"]) == pytest.approx((few.mean / widest, few.mean * widest))
    assert float(few.row("L")["mean"].partition("*/")[2]) == pytest.approx(widest, rel=1e-3)
    many = usephase.fit.lifetime(10 * rng.weibull(2.0, 3000), np.ones(3000, dtype=int), distribution="weibull")
    assert "lopsided" not in [note.key for note in many.notes]
