"""What the API takes and gives for a search."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit.shapes import Instant, Reference


class SearchQuery(Struct, forbid_unknown_fields=True):
    """
    The text to search for.

    `q` is an id, ours (`cus_`...) or the caller's own (also with `ext_`), an email address or its beginning (with
    its `@`), a code or link, or the beginning of a name. An order is looked up in one `program`, if that is given, such
    as a test program; else in the newest ones.
    """

    q: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=254,
            description="an id, an address, a code, or a name's beginning",
            examples=["order-1001"],
        ),
    ]
    program: Reference | None = None


class SearchResult(Struct):
    """Something that was found. `created_at` is null where that takes another call to know."""

    object: Literal["search_result"]
    type: Annotated[
        Literal[
            "partner", "customer", "conversion", "reward", "link", "payout", "program", "event", "click", "introduction"
        ],
        Meta(description="what it is"),
    ]
    id: str
    label: Annotated[
        str, Meta(description="what it is called: a name, or the caller's own id", examples=["order-1001"])
    ]
    path: Annotated[
        str, Meta(description="where the API shows it", examples=["/v1/partners/ptr_01KB4Z8V3HMXQ2T7N5R9C6J0FD"])
    ]
    matched: Annotated[Literal["id", "external_id", "email", "code", "name"], Meta(description="what was found of it")]
    created_at: Instant | None


class SearchView(Struct):
    """What was found, newest first; `has_more` if there are more names or addresses that begin so."""

    data: list[SearchResult]
    has_more: bool
    every_program: Annotated[
        bool, Meta(description="whether orders were looked up in every live program; if not, name one as `program`")
    ]
