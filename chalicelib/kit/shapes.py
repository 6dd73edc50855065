"""Types that many bodies share, with their limits."""

from typing import Annotated

from msgspec import Meta, Struct

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
ExternalId = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", description="the caller's own id")
]
Reference = Annotated[str, Meta(min_length=1, max_length=104, description="an id, or `ext_` and the caller's own id")]
Email = Annotated[
    str, Meta(max_length=254, pattern=r"^[^\s@<>,;:\"\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]{2,63}$")
]
Locale = Annotated[str, Meta(pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="a language, such as `en` or `de-AT`")]
Url = Annotated[str, Meta(min_length=1, max_length=2048)]


class ListQuery(Struct, forbid_unknown_fields=True):
    """Which page of a list."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=2048)] | None = None


class NoQuery(Struct, forbid_unknown_fields=True):
    """A call that takes no query parameters."""


class Problem(Struct):
    """An error, by RFC 9457. Only `code` is contract; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
