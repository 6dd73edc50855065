"""What the API takes and gives for programs and terms."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.kit import config, instants
from chalicelib.kit.ids import Mode
from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import END, Email, ExternalId, Instant, Name, OrderedQuery, Url
from chalicelib.programs.objections import find_warnings
from chalicelib.programs.share_texts import Language, ShareTexts, Sharing
from chalicelib.programs.table import End, Leaderboard, Look, Program, TermsVersion
from chalicelib.programs.terms import BasisPoints, Cap, FirstIntroduction, Part, Rule, TermsBody, Tier, Touch

Joining = Literal["closed", "approval", "open"]
Consent = Literal["required", "not_required"]
Origins = Annotated[list[str], Meta(max_length=20, description="whose pages may report leads: `https://shop.example`")]
Texts = Annotated[dict[Language, ShareTexts], Meta(max_length=20, description="what partners send, by language")]
Hosts = Annotated[list[str], Meta(max_length=20, description="default: the landing page's own")]
Zone = Annotated[str, Meta(max_length=64, description="IANA name; caps' periods and months are its own")]
PostalAddress = Annotated[
    str,
    Meta(min_length=1, max_length=500, pattern=rf"^[^\x00-\x09\x0b-\x1f\x7f]+{END}", description="at most 8 lines"),
]


class NewTerms(TermsBody, kw_only=True, forbid_unknown_fields=True):
    """A terms version to add. Without a date it begins as soon as it may: a minute from now."""

    effective_from: Instant | None = None


class NewProgram(TermsBody, kw_only=True, forbid_unknown_fields=True):
    """A program to create, with its first terms, in force at once."""

    name: Name
    landing_url: Url
    currency: Currency
    mode: Mode = "live"
    hosts: Hosts = []  # noqa: RUF012 - msgspec gives every structure a list of its own
    timezone: Zone = "UTC"
    external_id: ExternalId | None = None
    joining: Joining = "closed"
    consent: Consent = "required"
    origins: Origins = []  # noqa: RUF012
    share_texts: Texts = {}  # noqa: RUF012
    look: Look = Look()
    sharing: Sharing = Sharing()
    leaderboard: Leaderboard = Leaderboard()
    privacy_url: Url | None = None
    imprint_url: Url | None = None
    contact_email: Email | None = None
    postal_address: PostalAddress | None = None
    margin_bp: BasisPoints | None = None


class ProgramsQuery(OrderedQuery, forbid_unknown_fields=True):
    """Which page of the list of programs: of the live ones, unless the test ones are asked for."""

    mode: Mode = "live"


class ProgramChange(Struct, forbid_unknown_fields=True):
    """Changes of a program; fields that are not sent stay."""

    name: Name | UnsetType = UNSET
    landing_url: Url | UnsetType = UNSET
    hosts: Hosts | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    joining: Joining | UnsetType = UNSET
    consent: Consent | UnsetType = UNSET
    origins: Origins | UnsetType = UNSET
    share_texts: Texts | UnsetType = UNSET
    look: Look | UnsetType = UNSET
    sharing: Sharing | UnsetType = UNSET
    leaderboard: Leaderboard | UnsetType = UNSET
    privacy_url: Url | UnsetType | None = UNSET
    imprint_url: Url | UnsetType | None = UNSET
    contact_email: Email | UnsetType | None = UNSET
    postal_address: PostalAddress | UnsetType | None = UNSET
    margin_bp: BasisPoints | UnsetType | None = UNSET


class NewWebhook(Struct, forbid_unknown_fields=True):
    """Where benefits are asked to be given; null for nowhere: they are given by hand."""

    url: Url | None


class WebhookView(Struct):
    """Where benefits are asked to be given, and the secret that its calls are verified with (Standard Webhooks)."""

    object: Literal["webhook"]
    program: str
    url: str | None
    secret: str | None


class WithdrawnTerms(Struct, forbid_unknown_fields=True):
    """Which version is withdrawn."""

    version: Annotated[int, Meta(ge=1)]


class TermsWarning(Struct):
    """A promise that can be kept only in part, or late: its place in the terms, and why."""

    pointer: str
    detail: str


class TermsView(Struct):
    """A version of a program's terms; *warnings* are of promises that it cannot wholly keep."""

    object: Literal["terms"]
    program: str
    version: int
    effective_from: Instant
    window_days: int
    touch: Touch
    hold_days: int
    base_without: list[Part]
    rules: list[Rule]
    caps: list[Cap]
    tiers: list[Tier]
    minimum_payout: int
    minimum_payout_referee: int | None
    introductions: FirstIntroduction | None
    words: str | None
    warnings: list[TermsWarning]
    url: str
    created_at: Instant
    withdrawn_at: Instant | None

    @classmethod
    def of(cls, terms: TermsVersion) -> "TermsView":
        return cls(
            object="terms",
            program=terms.id,
            version=terms.version,
            effective_from=instants.text(terms.effective_from),
            window_days=terms.window_days,
            touch=terms.touch,  # type: ignore[arg-type]
            hold_days=terms.hold_days,
            base_without=terms.base_without,
            rules=terms.rules,
            caps=terms.caps,
            tiers=terms.tiers,
            minimum_payout=terms.minimum_payout,
            minimum_payout_referee=terms.minimum_payout_referee,
            introductions=terms.introductions,  # type: ignore[arg-type]
            words=terms.words,
            warnings=[TermsWarning(*one) for one in find_warnings(terms)],
            url=f"{config.public_url()}/terms/{terms.id}-{terms.version}",
            created_at=instants.text(terms.created_at),
            withdrawn_at=instants.text(terms.withdrawn_at) if terms.withdrawn_at else None,
        )


class NewLogo(Struct, forbid_unknown_fields=True):
    """A logo: a PNG or JPEG file of at most 45 kB and 2,000 pixels a side, in Base64; null for none."""

    image: str | None


class LogoView(Struct):
    """Where a program's logo is served, for good, and its size in pixels."""

    url: str
    width: int
    height: int

    @classmethod
    def of(cls, program: Program) -> "LogoView | None":
        logo = program.logo
        return cls(logo.url, logo.width, logo.height) if logo else None


class ProgramSummary(Struct):
    """A program, as lists show it."""

    id: str
    object: Literal["program"]
    mode: Mode
    name: str
    landing_url: str
    hosts: list[str]
    currency: str
    timezone: str
    timezone_from: Instant | None
    webhook_url: str | None
    external_id: str | None
    joining: Joining
    consent: Consent
    join_url: str
    origins: list[str]
    share_texts: dict[str, ShareTexts]
    look: Look
    logo: "LogoView | None"
    sharing: Sharing
    leaderboard: Leaderboard
    privacy_url: str | None
    imprint_url: str | None
    contact_email: str | None
    postal_address: str | None
    margin_bp: BasisPoints | None
    end: End | None
    created_at: Instant

    @classmethod
    def of(cls, program: Program) -> "ProgramSummary":
        return ProgramSummary(
            id=program.id,
            object="program",
            mode=program.mode,
            name=program.name,
            landing_url=program.landing_url,
            hosts=program.hosts,
            currency=program.currency,
            timezone=program.timezone,
            timezone_from=instants.text(program.timezone_from) if program.timezone_from else None,
            webhook_url=program.webhook_url,
            external_id=program.external_id,
            joining=joining_of(program),
            consent=consent_of(program),
            join_url=f"{config.public_url()}/join/{program.id}",
            origins=program.origins,
            share_texts=program.share_texts,
            look=program.look or Look(),
            logo=LogoView.of(program),
            sharing=program.sharing or Sharing(),
            leaderboard=program.leaderboard or Leaderboard(),
            privacy_url=program.privacy_url,
            imprint_url=program.imprint_url,
            contact_email=program.contact_email,
            postal_address=program.postal_address,
            margin_bp=program.margin_bp,
            end=program.end,
            created_at=instants.text(program.created_at),
        )


class ProgramView(ProgramSummary):
    """A program and the terms in force."""

    terms: TermsView

    @classmethod
    def with_terms(cls, program: Program, terms: TermsVersion) -> "ProgramView":
        summary = msgspec.structs.asdict(ProgramSummary.of(program))
        return cls(**summary, terms=TermsView.of(terms))


class ProgramDeletionView(Struct):
    """
    The deletion of a test program: begun, or done.

    Nothing lists or counts it from the beginning; what is in it is deleted within half an hour.
    """

    object: Literal["program_deletion"]
    program: str
    status: Literal["deleting", "deleted"]
    begun_at: Instant


class TermsList(Struct):
    """All versions of a program's terms, newest first."""

    data: list[TermsView]


def joining_of(program: Program) -> Joining:
    """Return who may take part in a program."""
    return program.joining  # type: ignore[return-value]


def consent_of(program: Program) -> Consent:
    """Return whether visitors of its website are asked before anything is stored; what says nothing asks."""
    return "not_required" if program.consent == "not_required" else "required"
