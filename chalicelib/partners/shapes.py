"""What the API takes and gives for partners."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import Email, ExternalId, Instant, Locale, Name, Reason, Reference
from chalicelib.partners.table import Enrolment, Partner, StandingChange
from chalicelib.programs.terms import Category, Label


class NewPartner(Struct, forbid_unknown_fields=True):
    """A partner to be added, and the programmes they take part in."""

    name: Name
    category: Category = "client"
    email: Email | None = None
    locale: Locale = "en"
    external_id: ExternalId | None = None
    programs: Annotated[list[Reference], Meta(max_length=20)] = []


class NewEnrolment(Struct, forbid_unknown_fields=True):
    """A programme for a partner to take part in."""

    program: Reference


class NewCategory(Struct, forbid_unknown_fields=True):
    """A partner's category from a minute from now on."""

    category: Category
    reason: Reason


class NewTier(Struct, forbid_unknown_fields=True):
    """A partner's tier in a programme from a minute from now on; rules leave it alone until *pinned_until*."""

    program: Reference
    tier: Label | None
    reason: Reason
    pinned_until: Instant | None = None


class StandingView(Struct):
    """A dated change of a partner's category, or of their tier in a programme."""

    object: str
    number: int
    what: str
    program: str | None
    to: str | None
    reason: str
    by: str
    effective_from: Instant
    pinned_until: Instant | None
    created_at: Instant

    @classmethod
    def of(cls, change: StandingChange) -> "StandingView":
        return cls(
            object="standing",
            number=change.number,
            what=change.what,
            program=change.program_id,
            to=change.to,
            reason=change.reason,
            by=change.by,
            effective_from=instants.text(change.effective_from),
            pinned_until=instants.text(change.pinned_until) if change.pinned_until else None,
            created_at=instants.text(change.created_at),
        )


class StandingHistory(Struct):
    """Every change of a partner's standing, oldest first."""

    data: list[StandingView]


class EnrolmentView(Struct):
    """A partner's part in a programme, how they stand in it, and the page on which they share it."""

    object: str
    program: str
    tier: str | None
    share_url: str
    enrolled_at: Instant


class PreferencesView(Struct):
    """Which letters a partner wants: the topics that are off, and whether news comes once a day."""

    object: str
    partner: str
    off: list[str]
    daily: bool

    @classmethod
    def of(cls, partner: Partner) -> "PreferencesView":
        return cls("preferences", partner.id, list(partner.letters.off), partner.letters.daily)


class PartnerView(Struct):
    """A partner, with the programmes they take part in."""

    id: str
    object: str
    name: str
    category: str
    email: str | None
    locale: str
    external_id: str | None
    enrolments: list[EnrolmentView]
    created_at: Instant

    @classmethod
    def of(cls, partner: Partner, enrolments: list[EnrolmentView], category: str | None = None) -> "PartnerView":
        return cls(
            id=partner.id,
            object="partner",
            name=partner.name,
            category=category or partner.category,
            email=partner.email,
            locale=partner.locale,
            external_id=partner.external_id,
            enrolments=enrolments,
            created_at=instants.text(partner.created_at),
        )


def enrolment_view(enrolment: Enrolment, share_url: str, tier: str | None) -> EnrolmentView:
    return EnrolmentView("enrolment", enrolment.program_id, tier, share_url, instants.text(enrolment.enrolled_at))
