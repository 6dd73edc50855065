"""What the API gives for clicks."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.clicks.click_ids import ClickId
from chalicelib.kit import instants
from chalicelib.kit.dynamo.items import Item
from chalicelib.kit.shapes import Instant


class ClickView(Struct):
    """
    A click: *code*, *click_class* and *at* are signed in its id; the rest is what is stored of it.

    All of the rest is null, and *stored* is false, if it could not be stored or has expired.
    """

    id: str
    object: str
    code: str
    click_class: Annotated[str, Meta(examples=["human"], description="`human`, `bot`, `preview`, `prefetch` or `head`")]
    at: Instant
    stored: bool
    program: str | None
    partner: str | None
    reason: Annotated[str, Meta(examples=["browser"])] | None
    device: Annotated[str, Meta(examples=["mobile"])] | None
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
            click_class=click_id.kind,
            at=instants.text(click_id.at),
            stored=item is not None,
            program=stored("program_id"),
            partner=stored("partner_id"),
            reason=stored("reason"),
            device=stored("device"),
            browser=stored("browser"),
            country=stored("country"),
            referrer_host=stored("referrer_host"),
        )
