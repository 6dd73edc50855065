"""Types that many bodies share, with their limits."""

from typing import Annotated

from msgspec import Meta, Struct

# The end of a pattern: `$` alone also matches before a last line break, in Python.
END = r"$(?!\n)"

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
# Something that can be seen, on one line.
_A_LINE = rf"^(?=.*\S)[^\x00-\x1f\x7f]+{END}"
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=_A_LINE)]
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
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=_A_LINE, description="why, for the record")]
Url = Annotated[str, Meta(min_length=1, max_length=2048)]


class ListQuery(Struct, forbid_unknown_fields=True):
    """Which page of a list."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=2048)] | None = None


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
