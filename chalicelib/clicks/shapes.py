"""The API's response for clicks."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.clicks.click_ids import ClickId
from chalicelib.kit import instants
from chalicelib.kit.dynamo.items import Item
from chalicelib.kit.shapes import Instant, SpanQuery

ClickClass = Literal["human", "bot", "preview", "prefetch", "head"]
DeviceClass = Literal["desktop", "mobile", "tablet", "other"]


class ClicksQuery(SpanQuery, forbid_unknown_fields=True):
    """Which clicks of a link: of a class; by when they came."""

    click_class: Annotated[ClickClass, Meta(description="of this class")] | None = None


class ClickView(Struct):
    """
    A click: *code*, *click_class* and *at* are signed in its id; the rest is from its row.

    If it could not be stored or has expired, the rest is null, and *stored* is false.
    """

    id: str
    object: Literal["click"]
    code: str
    click_class: ClickClass
    at: Instant
    stored: bool
    program: str | None
    partner: str | None
    reason: Annotated[str, Meta(examples=["browser"])] | None
    device: DeviceClass | None
    browser: Annotated[str, Meta(examples=["Safari"])] | None
    country: Annotated[str, Meta(examples=["AT"])] | None
    referrer_host: Annotated[str, Meta(examples=["blog.example"])] | None

    @classmethod
    def of(cls, text: str, click_id: ClickId, item: Item | None) -> "ClickView":
        def stored(name: str) -> str | None:
            return item[name]["S"] if item is not None and name in item else None

        return cls(
            id=text,
            object="click",
            code=click_id.code_key,
            click_class=click_id.kind,  # type: ignore[arg-type]
            at=instants.text(click_id.at),
            stored=item is not None,
            program=stored("program_id"),
            partner=stored("partner_id"),
            reason=stored("reason"),
            device=stored("device"),  # type: ignore[arg-type]
            browser=stored("browser"),
            country=stored("country"),
            referrer_host=stored("referrer_host"),
        )
