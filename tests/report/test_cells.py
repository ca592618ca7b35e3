import pytest

from usephase.report.cells import csv_text, printable


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-5C freezer"]
)
def test_what_begins_like_a_formula_is_marked_as_text_in_csv(text):
    assert csv_text(text) == "'" + text


@pytest.mark.parametrize("text", ["DRILL", "-5", "+3.2e-4", "2024", "", "a=b", "'quoted"])
def test_other_text_and_plain_numbers_are_left_alone(text):
    assert csv_text(text) == text


def test_what_steers_a_terminal_becomes_visible():
    assert printable("a\x1b[31mred\x07\x00") == "a\ufffd[31mred\ufffd\ufffd"
    assert printable("user\u202egpj.exe") == "user\ufffdgpj.exe"
    assert printable("\ud800") == "\ufffd"


def test_lines_become_one_line_and_letters_stay():
    assert printable("two\r\nlines\tand\nmore") == "two lines and more"
    assert printable("Máy khoan 刀 ✓") == "Máy khoan 刀 ✓"
