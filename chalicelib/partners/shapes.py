"""What the API takes and gives for partners."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import Email, ExternalId, Instant, Locale, Name, Reference
from chalicelib.partners.table import Enrolment, Partner

Category = Literal["client", "partner", "influencer"]


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


class EnrolmentView(Struct):
    """A partner's part in a programme, and the page on which they share it."""

    object: str
    program: str
    share_url: str
    enrolled_at: Instant


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
    def of(cls, partner: Partner, enrolments: list[EnrolmentView]) -> "PartnerView":
        return cls(
            id=partner.id,
            object="partner",
            name=partner.name,
            category=partner.category,
            email=partner.email,
            locale=partner.locale,
            external_id=partner.external_id,
            enrolments=enrolments,
            created_at=instants.text(partner.created_at),
        )


def enrolment_view(enrolment: Enrolment, share_url: str) -> EnrolmentView:
    return EnrolmentView("enrolment", enrolment.program_id, share_url, instants.text(enrolment.enrolled_at))
