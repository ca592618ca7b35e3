import pytest
from hypothesis import given
from hypothesis import strategies as st

from usephase.report.rounding import amount, interval, number, percent, place


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (10_200, 14_800, 2),  # half-width 2,300: hundreds
        (0, 200, 1),  # 100: tens
        (0, 198, 0),  # 99: ones
        (0.5, 0.7, -2),  # 0.1: hundredths
        (-3, 3, -1),
        (0, 2000, 2),  # exactly a power of ten
    ],
)
def test_the_half_width_keeps_two_digits(low, high, expected):
    assert place(low, high) == expected


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (12_345.678, 10_200, 14_800, "12,300 t CO2e"),
        (1_234_567.8, 1_000_000, 1_500_000, "1,230,000 t CO2e"),
        (0.61234, 0.5, 0.7, "0.61 t CO2e"),
        (3.0, 0, 2000, "3 t CO2e"),  # smaller than its last digit: not shown as zero
        (0.0, 0, 2000, "0 t CO2e"),
        (-12_345.678, -14_800, -10_200, "-12,300 t CO2e"),
        (13_042.5, 13_042.5, 13_042.5, "13,042.5 t CO2e"),  # no spread: six digits
        (36.0, 36.0, 36.0, "36 t CO2e"),
        (1_000_000.0, 1_000_000.0, 1_000_000.0, "1,000,000 t CO2e"),
        (1 / 6, 1 / 6, 1 / 6, "0.166667 t CO2e"),
        (0.0, 0.0, 0.0, "0 t CO2e"),
        (1.25e-13, 1.0e-13, 1.5e-13, "1.25e-13 t CO2e"),
    ],
)
def test_amounts_are_rounded_as_their_interval_allows(value, low, high, text):
    assert amount(value, low, high, "t CO2e") == text


def test_intervals_name_both_ends_with_the_same_digits():
    assert interval(10_234, 14_811, "t CO2e") == "10,200 to 14,800 t CO2e"
    assert interval(0.004, 1500) == "0.004 to 1,500"
    assert interval(7, 7, "kg") == "7 kg"


def test_numbers_that_are_none_say_so():
    assert number(float("nan"), 0) == "n/a"
    assert number(float("inf"), 0) == "infinite"
    assert number(float("-inf"), 0) == "-infinite"
    assert percent(float("nan")) == "n/a"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"), (0.00004, "< 0.1 %"), (0.0213, "2.1 %"), (0.0994, "9.9 %"), (0.0996, "10 %"), (0.343, "34 %"),
        (1.2, "120 %"), (108.37, "10,837 %"),
    ],
)  # fmt: skip
def test_percentages(share, text):
    assert percent(share) == text


@given(st.floats(1e-6, 1e9), st.floats(1e-3, 2.0))
def test_rounding_never_moves_a_value_by_more_than_a_twentieth_of_the_half_width(value, spread):
    low, high = value * (1 - spread / 2), value * (1 + spread / 2)
    shown = float(amount(value, low, high).replace(",", ""))
    assert abs(shown - value) <= 0.0501 * (high - low) / 2
