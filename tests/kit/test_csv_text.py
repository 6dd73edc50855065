"""CSV: text that a spreadsheet might run is shown instead."""

import csv
import io

import pytest

from chalicelib.kit.csv_text import Number, spreadsheet, written
from chalicelib.kit.csv_text import read as read_table

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


@pytest.mark.parametrize("text", ["Ada", "a=b", "1-2", '"=1', "", "Zoë; \"Q\", 'x'\nline"])
def test_other_text_stays_as_it_is(text):
    assert read(written(["a"], [[text]]))[1] == [text]


def test_numbers_stay_numbers_also_below_zero():
    assert read(written(["a", "b"], [[-5, Number("-0.05")]]))[1] == ["-5", "-0.05"]
    assert written(["a"], [[1]]) == '"a"\r\n"1"\r\n'


@pytest.mark.parametrize("separator", [";", ",", "\t", "; ", "\n"])
def test_what_looks_like_a_formula_to_a_spreadsheet_that_parts_cells_otherwise_becomes_text(separator):
    text = f"Ada{separator}=cmd|' /C calc'!A1;x"

    [_, [cell]] = read(written(["a"], [[text]]))

    assert cell.replace("'", "") == text.replace("'", "")
    assert not any(part.strip(" ").startswith("=") for part in cell.replace("\n", ";").replace("\t", ";").split(";"))


def test_a_spreadsheet_whose_decimals_have_a_comma_reads_numbers_and_umlauts_on_a_double_click():
    text = written(
        ["Name", "Betrag", "Zahl"], [["Jürgen; GmbH, Köln", Number("-1234.50"), 7]], dialect=spreadsheet(",")
    )

    assert text == '\ufeff"Name";"Betrag";"Zahl"\r\n"Jürgen; GmbH, Köln";"-1234,50";"7"\r\n'


@pytest.mark.parametrize(
    "raw",
    [
        "email,name,locale\nada@mail.example,Ömer,de\n",
        "\ufeffemail;name;locale\r\nada@mail.example;Ömer;de\r\n",
        "email;name;locale;;\r\nada@mail.example;Ömer;de;;\r\n;;;;\r\n",
        "email,name,locale,,\nada@mail.example,Ömer,de,,",
        "sep=;\r\nemail;name;locale\r\nada@mail.example;Ömer;de\r\n",
        "email\tname\tlocale\n ada@mail.example \tÖmer\tde\n",
        '"email";"name";"locale"\n"ada@mail.example";"Ömer";"de"\n',
    ],
    ids=[
        "by a program",
        "by Excel in German",
        "with empty columns",
        "with commas",
        "with its separator",
        "tabs",
        "quoted",
    ],
)
def test_a_table_is_read_as_spreadsheets_save_it(raw):
    assert [row for row in read_table(raw.encode()) if row] == [
        ["email", "name", "locale"],
        ["ada@mail.example", "Ömer", "de"],
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_table_that_is_not_in_utf_8_is_refused_before_a_name_is_spoiled(encoding):
    raw = "email;name\nada@mail.example;Ömer\n".encode(encoding)

    for sent in (raw, raw.decode("utf-8", errors="replace").encode()):
        with pytest.raises(ValueError, match="CSV UTF-8"):
            read_table(sent)
