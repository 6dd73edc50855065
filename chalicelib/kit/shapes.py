"""Types that many bodies share, with their limits."""

from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

# The end of a pattern: `$` alone also matches before a last line break, in Python.
END = r"$(?!\n)"

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
# Something that can be seen, on one line.
_A_LINE = rf"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*{END}"
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=_A_LINE)]
ShortName = Annotated[str, Meta(min_length=1, max_length=40, pattern=_A_LINE)]
ExternalId = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=rf"^[^\x00-\x1f\x7f]+{END}", description="the caller's own id")
]
Reference = Annotated[str, Meta(min_length=1, max_length=104, description="an id, or `ext_` and the caller's own id")]
Email = Annotated[
    str,
    Meta(
        max_length=254, pattern=rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]{{2,63}}{END}"
    ),
]
Locale = Annotated[
    str, Meta(pattern=rf"^[a-z]{{2}}(-[A-Z]{{2}})?{END}", description="a language, such as `en` or `de-AT`")
]
Words = Annotated[str, Meta(min_length=1, max_length=500, pattern=_A_LINE, description="why, for the record")]
# Which end a list begins at.
Order = Literal["newest", "oldest"]
# What `kit.cursors` writes: nothing that an address has to escape, and short enough for one; its signature counts.
Cursor = Annotated[str, Meta(max_length=8_000, extra_json_schema={"pattern": "^[A-Za-z0-9._-]+$"})]
# More of a name than anybody types to find it; a key of an index holds it.
_MOST_FOLDED = 254
# A voucher code of visible characters without a colon, with single blanks between them; or an https link.
_VISIBLE = r"[!-9;-~À-ɏ]"
CODE_OR_LINK = rf"^(https://[A-Za-z0-9.-]+(:\d+)?([/?#][!-~]*)?|{_VISIBLE}+( {_VISIBLE}+)*){END}"
Url = Annotated[str, Meta(min_length=1, max_length=2048)]


def fold(text: str | None) -> str | None:
    """
    Return the form in which names and addresses are searched: without case, accents and extra blanks.

    None if the result is empty.
    """
    if text is not None and not text.isascii():
        # Imported late: what is only letters of English needs none of it.
        import unicodedata

        text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join((text or "").casefold().split())[:_MOST_FOLDED] or None


class Form(NamedTuple):
    """What a pattern asks for: its name in the catalogs of texts, and English words for callers."""

    name: str
    words: str


FORMS = {
    r"^[A-Z]{3}$(?!\n)": Form("currency", "three capital letters, such as `USD`"),
    rf"^#[0-9a-f]{{6}}{END}": Form("color", "a color in small letters, such as `#1b6845`"),
    rf"^[A-Z]{{2}}{END}": Form("country", "two capital letters, such as `AT`"),
    rf"^[a-z]{{2}}{END}": Form("language", "two small letters, such as `en`"),
    rf"^[a-z]{{2}}(-[A-Z]{{2}})?{END}": Form("locale", "a language, such as `en` or `de-AT`"),
    rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]{{2,63}}{END}": Form(
        "email", "an email address without accents, such as `ada@mail.example`"
    ),
    rf"^[^\x00-\x1f\x7f]+{END}": Form("line", "one line of text, without control characters"),
    _A_LINE: Form("name", "one line of text that is not blank, without control characters"),
    rf"^[^\x00-\x09\x0b-\x1f\x7f]+{END}": Form("text", "text without control characters, but for line breaks"),
    rf"^[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f]+{END}": Form("text", "text without control characters, but for line breaks"),
    CODE_OR_LINK: Form("code_or_link", "visible characters, or a link that begins with `https://`"),
    rf"^[a-z_]{{1,40}}{END}": Form("letters", "up to 40 small letters and `_`"),
    rf"^[a-z][a-z0-9_]{{1,39}}{END}": Form("event", "2 to 40 small letters, digits and `_`, a letter first"),
    rf"^[a-z][a-z0-9_-]{{0,39}}{END}": Form("word", "up to 40 small letters, digits, `_` and `-`, a letter first"),
    r"^\d{4}-\d{2}-\d{2}$(?!\n)": Form("day", "a date, such as `2026-11-21`"),
    rf"^2\d{{3}}-\d{{2}}-\d{{2}}{END}|^19[7-9]\d-\d{{2}}-\d{{2}}{END}": Form(
        "recent_day", "a date since 1970, such as `2026-11-21`"
    ),
    rf"^(2\d{{3}}|19[7-9]\d)-(0[1-9]|1[0-2]){END}": Form("month", "a month, such as `2026-11`"),
}


class ListQuery(Struct, forbid_unknown_fields=True):
    """Which page of a list."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Cursor | None = None


class OrderedQuery(ListQuery, forbid_unknown_fields=True):
    """Which page of a list that is read both ways, and which end it begins at."""

    order: Order = "newest"


class SpanQuery(OrderedQuery, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The page of a list, and its span: `from` a moment, or a day's beginning (UTC), up to before another."""

    from_: Annotated[str, Meta(max_length=40)] | None = None
    to: Annotated[str, Meta(max_length=40)] | None = None


class NoQuery(Struct, forbid_unknown_fields=True):
    """A call that takes no query parameters."""


class FieldError(Struct):
    """What is wrong with one field."""

    pointer: str
    code: str
    detail: str


class Problem(Struct):
    """An error, by RFC 9457. Only `code` is contract; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldError] = []
