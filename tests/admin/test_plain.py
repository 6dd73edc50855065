"""What was refused, said to people: where it is, and what belongs there."""

import pytest

from chalicelib.admin.plain import plain

SAID = [
    ("Expected `str` of length >= 1", "/reason", "Reason: something has to stand here."),
    ("Expected `str` of length <= 500", "/reason", "Reason: at most 500 characters fit here."),
    ("Expected `int` >= 1", "/rules/1/number_from", "Rule 2, number_from: at least 1 is expected."),
    ("Expected `array` of length >= 1", "/rules", "Rules: at least 1 entries belong here."),
    (
        "Expected `int | null`, got `str`",
        "/rules/0/rate_bp",
        "Rule 1, rate_bp: a whole number or nothing is expected, not text.",
    ),
    ("Object missing required field `rules`", "/rules", "Rules: it is missing."),
    ("Object contains unknown field `gold`", "/caps/2/gold", "Cap 3, gold: there is no such field."),
    ("Invalid enum value 'tea'", "/touch", "Touch: 'tea' is none of the words that may stand here."),
    (
        "Expected a language, such as `en` or `de-AT`",
        "/3/locale",
        "Line 3, language: expected a language, such as en or de-AT.",
    ),
    ("EUR is not a currency.", "/currency", "Currency: EUR is not a currency."),
    ("It is refused already.", None, "It is refused already."),
    ("A file names 1 to 500 people.", "/", "A file names 1 to 500 people."),
]


@pytest.mark.parametrize(("detail", "pointer", "said"), SAID)
def test_a_refusal_is_said_in_words_with_its_place(detail, pointer, said):
    assert plain(detail, pointer) == said
