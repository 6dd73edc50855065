"""CSV: text that a spreadsheet might run is shown instead."""

import csv
import io

import pytest

from chalicelib.kit.csv_text import Number, written

FORMULAS = [
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+cmd|'/C calc'!A0",
    "-2+3",
    "\t=1",
    "\r=1",
    " =1",
    "\u00a0=1",
    "＝SUM(A1)",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("http://x","//a")',
    "=IMPORTXML(1)",
    "\0=1",
]


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_becomes_text(text):
    [_, [cell]] = read(written(["a"], [[text]]))

    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["Ada", "a=b", "1-2", '"=1', ";=1", "", "Zoë; \"Q\", 'x'\nline"])
def test_other_text_stays_as_it_is(text):
    assert read(written(["a"], [[text]]))[1] == [text]


def test_numbers_stay_numbers_also_below_zero():
    assert read(written(["a", "b"], [[-5, Number("-0.05")]]))[1] == ["-5", "-0.05"]
    assert written(["a"], [[1]]) == '"a"\r\n"1"\r\n'
