"""Numbers of one what-if answer agree: text, picture and change."""

import numpy as np
import pytest

from usephase.insight.what_if.answer import amount
from usephase.insight.what_if.records import Influence
from usephase.report.language import language
from usephase.serve.pages.decide import _matters
from usephase.serve.pages.product import _change, _written, distribution


def answer(base, edited):
    """Give both sides as draws of a third more or less, with the means given."""
    spread = np.linspace(0.7, 1.3, 101)
    return amount("unit", "kg", (base * spread, base), (edited * spread, edited), False)


@pytest.mark.parametrize(
    ("base", "edited", "texts"),
    [
        # Ends of the narrower side are 0.715 and 1.285 of it: half of 340 is 97, so whole kilograms are shown.
        (337.2, 3071.0, ("337 kg", "3,071 kg", "+2,734 kg")),
        (337.2, 403.6, ("337 kg", "404 kg", "+67 kg")),
        (337.2, 337.6, ("337.2 kg", "337.6 kg", "+0.4 kg")),
        (0.0, 3071.0, ("0 kg", "3,070 kg", "+3,070 kg")),
    ],
)
def test_text_picture_and_change_of_an_answer_have_one_place(base, edited, texts):
    words, made = language(), answer(base, edited)
    assert (_written(made.base.mean, made, words), _written(made.edited.mean, made, words)) == texts[:2]
    assert _change(made, words) == texts[2]
    told = distribution(made, True, words)
    assert texts[0] in str(told.marks)
    assert texts[1] in str(told.marks)


@pytest.mark.parametrize(
    ("explained", "effect", "text"),
    [(0.0, 0.1, "a tenth more: +10 %"), (0.0, 0.0001, "a tenth more: < 0.1 %"), (0.0, -0.02, "a tenth more: -2.0 %"),
     (0.2, 0.1, "explains 20 % of the variance; a tenth more: +10 %")],
)  # fmt: skip
def test_what_an_input_matters_is_said_as_it_is_known(explained, effect, text):
    said = _matters(Influence("modes", "product=A;mode=on", "rate", explained, effect), language("en"))
    assert said.replace("\N{NO-BREAK SPACE}", " ") == text
