"""What the API takes for exports."""

from typing import Annotated, Literal

from msgspec import Meta

from chalicelib.kit.shapes import ListQuery, Locale, Reference

Format = Literal["csv", "jsonl"]
MOST_ROWS = 1000


class PartQuery(ListQuery, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """
    Which part of an export: of the rows `from` a moment, or a day's beginning (UTC), up to before another.

    Of one `program`: clicks always are, payouts never.
    For CSV: its `header`, which parts that are joined do without; a byte order mark (`bom`) before it, by which Excel
    knows UTF-8; and with a `locale`, that mark, the separator and the decimal sign that spreadsheets of that language
    expect.
    """

    limit: Annotated[int, Meta(ge=1, le=MOST_ROWS)] = MOST_ROWS
    from_: Annotated[str, Meta(max_length=40)] | None = None
    to: Annotated[str, Meta(max_length=40)] | None = None
    format: Format = "csv"
    header: bool = True
    bom: bool = False
    locale: Locale | None = None
    program: Reference | None = None
