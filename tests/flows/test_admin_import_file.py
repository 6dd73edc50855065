"""Partners are imported from an uploaded file, too: read as a spreadsheet saved it, or refused in words that help."""

import pytest

from tests.flows.test_admin_import import TABLE, lines, page_of
from tests.flows.test_terms_form import fields_of
from tests.reading import read

TEXT = "name;email;external_id\r\nZoë Straße;zoe@mail.example;zoe\r\nAda;ada@mail.example;ada\r\n"


def uploaded(admin, program, content, **fields):
    return admin.upload(page_of(program), {"file": content}, action="check", **fields)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TEXT.encode(), id="UTF-8"),
        pytest.param(TEXT.encode("utf-8-sig"), id="UTF-8 with its mark"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param(TEXT.replace(";", "\t").encode("utf-16-be").join([b"\xfe\xff", b""]), id="UTF-16, the other way"),
        pytest.param(TEXT.replace("\r", "").encode(), id="lines of another system"),
    ],
)
def test_a_file_is_checked_as_text_that_was_pasted_and_imported_once(shop, admin, content):
    program = shop.program()

    page = uploaded(admin, program, content)

    assert page.status == 200, page.body
    assert [line[:3] for line in lines(page)] == [("2", "Zoë Straße", "New"), ("3", "Ada", "New")]
    form = fields_of(page.body, "Import 2 lines") | {"action": "import"}
    answers = [admin.upload(page_of(program), **form) for _ in range(2)]
    assert [one.status for one in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert sorted(one["name"] for one in shop.get("/v1/partners").json["data"]) == ["Ada", "Zoë Straße"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(TEXT.encode("cp1252"), "Line 2 of the file is not in UTF-8", id="another encoding"),
        pytest.param(b"PK\x03\x04\x14\x00workbook", "This is a workbook and not a CSV file", id="a workbook"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1", "This is a workbook and not a CSV file", id="an old workbook"),
        pytest.param(b"name,email\n\x00\x00", "This is not a text file", id="no text"),
        pytest.param(b"name,email\n" + b"x" * 200_000, "The file has 200,011 bytes; at most 200,000", id="too long"),
        pytest.param(b"name,phone\nAda,1", "one of them must be email or external_id", id="no columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_says_why(shop, admin, content, words):
    program = shop.program()

    page = uploaded(admin, program, content)

    assert (page.status, words in read(page.body).text) == (422, True), read(page.body).text
    assert 'aria-invalid="true"' in page.body
    assert shop.get("/v1/partners").json["data"] == []


def test_a_file_beside_text_is_refused_and_the_text_stays(shop, admin):
    program = shop.program()

    page = uploaded(admin, program, TEXT.encode(), csv=TABLE)

    assert (page.status, "Choose a file or paste text, not both" in page.body) == (422, True)
    assert "ada@mail.example" in read(page.body).field("CSV text")


def test_a_table_with_wrong_columns_stays_in_the_form_as_text(shop, admin):
    page = uploaded(admin, shop.program(), b"name,phone\nAda,1")

    assert read(page.body).field("CSV text") == "name,phone\nAda,1\n".strip()


def test_a_form_without_a_file_and_without_text_is_refused(shop, admin):
    page = admin.upload(page_of(shop.program()), action="check")

    assert (page.status, "must name the columns" in page.body) == (422, True)
