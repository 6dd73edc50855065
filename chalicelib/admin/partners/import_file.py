"""The text of an uploaded table: in UTF-8, or in UTF-16 with its mark, as spreadsheets save text."""

import base64
import binascii

from chalicelib.kit.errors import InvalidValue

# 200 lines of a thousand bytes.
MOST_BYTES = 200_000
# How Excel's workbooks begin: a zip, or what it was before.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AS = "In your spreadsheet, save it as “CSV UTF-8”"


def text_of(encoded: str) -> str:
    """Return the text of a file in Base64. Refuses one that is too long, or no text, and says where and what to do."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise _refused("The file could not be read. Choose it again.") from error
    if len(raw) > MOST_BYTES:
        size = f"{len(raw):,} bytes; at most {MOST_BYTES:,} are allowed"
        raise _refused(f"The file has {size}. Split it into several files.")
    if raw.startswith(_WORKBOOKS):
        raise _refused(f"This is a workbook and not a CSV file. {_SAVE_AS}.")
    encoding = "utf-16" if raw.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _refused(f"Line {line} of the file is not in UTF-8. {_SAVE_AS}, and choose it again.") from error
    if "\0" in text:
        raise _refused("This is not a text file. Choose a CSV file.")
    return text


def _refused(sentence: str) -> InvalidValue:
    return InvalidValue(sentence, pointer="/")
