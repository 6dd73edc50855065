"""What the API takes and gives for links and their codes."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.kit import config, instants
from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import ExternalId, Instant, Locale, Name, Reference, SpanQuery, Url
from chalicelib.links.find import LinkState
from chalicelib.links.table import Link
from chalicelib.programs.terms import Rule

# Why a code does not count. One that expired and one that was disabled are not told apart: see decision 75.
CodeReason = Literal["unknown_code", "link_ended", "program_ended"]


class NewLink(Struct, forbid_unknown_fields=True):
    """A link to create. Without a code it gets a random one; without a destination, it leads to the landing page."""

    program: Reference
    partner: Reference
    code: Annotated[str, Meta(max_length=50, description="a slug: 3-50 of a-z, 0-9 and hyphens")] | None = None
    destination: Url | None = None
    channel: Name | None = None
    external_id: ExternalId | None = None
    expires_at: Instant | None = None


class LinkChange(Struct, forbid_unknown_fields=True):
    """Changes of a link; fields that are not sent stay."""

    destination: Url | UnsetType | None = UNSET
    channel: Name | UnsetType | None = UNSET
    expires_at: Instant | UnsetType | None = UNSET


class LinksQuery(SpanQuery, forbid_unknown_fields=True):
    """Which links: of a partner, of a program, for a channel, in a state; by when they were created."""

    partner: Reference | None = None
    program: Reference | None = None
    channel: Annotated[Name, Meta(description="the channel that the link is for")] | None = None
    state: Annotated[LinkState, Meta(description="whether the link works, has expired, or was ended")] | None = None


class LinkView(Struct):
    """A link, as it is shared."""

    id: str
    object: Literal["link"]
    url: str
    code: str
    program: str
    partner: str
    destination: str
    channel: str | None
    external_id: str | None
    expires_at: Instant | None
    disabled_at: Instant | None
    created_at: Instant

    @classmethod
    def of(cls, link: Link) -> "LinkView":
        return cls(
            id=link.id,
            object="link",
            url=make_url(link.code),
            code=link.code,
            program=link.program_id,
            partner=link.partner_id,
            destination=link.destination,
            channel=link.channel,
            external_id=link.external_id,
            expires_at=instants.text(link.expires_at) if link.expires_at else None,
            disabled_at=instants.text(link.disabled_at) if link.disabled_at else None,
            created_at=instants.text(link.created_at),
        )


class CodeQuery(Struct, forbid_unknown_fields=True):
    """In which language the sentence is; that of the browser by default."""

    language: Locale | None = None


class CodeView(Struct):
    """
    Whether a code counts if it is reported now, and what a friend gets with it. It does not say whose it is.

    *code* is spelled as it is shared; null if there is none. *rules* are those for friends of the terms in force, and
    none if the code does not count.
    """

    object: Literal["code"]
    program: str
    code: str | None
    valid: bool
    reason: CodeReason | None
    currency: Currency
    rules: list[Rule]
    sentence: str


def make_url(code: str) -> str:
    """Return the address of a link, as it is shared."""
    return f"{config.public_url()}/{code}"
