"""Forms with files: read strictly, byte by byte."""

import base64

import pytest

from chalicelib.web.multipart import boundary_of, read_parts

BODY = (
    b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nTea \xc3\xa4\r\nShop\r\n'
    b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n'
    b"\x89PNG\r\n\x1a\n\r\n--bad\x00\xff\r\n"
    b"--b--\r\n"
)


def test_fields_are_text_and_files_are_base64_whatever_bytes_are_in_them():
    assert read_parts(BODY, b"b") == [
        ("name", "Tea ä\r\nShop"),
        ("image", base64.b64encode(b"\x89PNG\r\n\x1a\n\r\n--bad\x00\xff").decode()),
    ]


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/form-data; boundary=b", b"b"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b"', b"a b"),
        ("application/x-www-form-urlencoded", None),
        ("multipart/form-data", None),
        ("multipart/mixed; boundary=b", None),
        ("", None),
    ],
)
def test_a_form_says_what_separates_its_parts(header, boundary):
    assert boundary_of(header) == boundary


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        BODY.removesuffix(b"--\r\n"),
        BODY.replace(b'name="image"', b""),
        BODY.replace(b"Tea \xc3\xa4", b"\xff"),
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n' * 101 + b"--b--",
        b"--b\r\nno head\r\n--b--",
    ],
)
def test_what_is_no_form_is_refused(body):
    with pytest.raises(ValueError):
        read_parts(body, b"b")
