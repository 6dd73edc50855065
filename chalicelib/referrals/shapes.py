"""What the API accepts about customers, which parts of it are readable, and how it returns personal data."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.kit import instants
from chalicelib.kit.shapes import Cursor, Email, ExternalId, Instant, Name, Reference, SpanQuery
from chalicelib.referrals.table import Customer, Referral

# A language, maybe a script, maybe a region; the rest is ignored.
_LOCALE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@].*)?")
_AsReported = Annotated[str, Meta(max_length=2048)]


class CustomersQuery(SpanQuery, forbid_unknown_fields=True):
    """Which customers: sent into a program, by a partner, by a link (its id, `ext_` or code); by when that was."""

    program: Reference | None = None
    partner: Reference | None = None
    link: Reference | None = None


class ReferralsQuery(SpanQuery, forbid_unknown_fields=True):
    """Which referrals: into a program, by a partner, of a customer, by a link; by when they were recorded."""

    program: Reference | None = None
    partner: Reference | None = None
    customer: Reference | None = None
    link: Reference | None = None


class CustomerChange(Struct, forbid_unknown_fields=True):
    """Changes of a customer; fields that are not sent stay, and null removes a name or an address."""

    name: Name | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    external_id: ExternalId | UnsetType = UNSET


class NewMerge(Struct, forbid_unknown_fields=True):
    """The customer that a guest turned out to be."""

    into: Annotated[Reference, Meta(description="the customer with the account, by our id or `ext_` and yours")]


class ReferralView(Struct):
    """
    The partner who referred a customer to a program, and the version of the terms. `conversion` bound them.

    `leads` and `sales` are the numbers of their sign-ups and purchases since.
    """

    id: str
    object: Literal["referral"]
    program: str
    partner: str
    customer: str
    code: str | None
    terms_version: int
    conversion: str | None
    self_referral: Literal["account", "address"] | None
    leads: Annotated[int, Meta(description="how often they signed up since")]
    sales: Annotated[int, Meta(description="how often they bought since")]
    touched_at: Instant
    bound_at: Instant

    @classmethod
    def of(cls, referral: Referral) -> "ReferralView":
        return cls(
            id=referral.id,
            object="referral",
            program=referral.program_id,
            partner=referral.partner_id,
            customer=referral.customer_id,
            code=referral.code_key,
            terms_version=referral.terms_version,
            conversion=referral.conversion_id,
            self_referral=referral.self_referral,  # type: ignore[arg-type]
            leads=referral.leads,
            sales=referral.sales,
            touched_at=instants.text(referral.touched_at),
            bound_at=instants.text(referral.bound_at),
        )


class CustomerSummary(Struct):
    """
    A customer, as the website's server reported them last; `by_page` if only a page has reported them so far.

    Then name and address are from the page, and unproven.
    """

    id: str
    object: Literal["customer"]
    external_id: str
    email: str | None
    name: str | None
    locale: str | None
    by_page: Annotated[bool, Meta(description="whether only a page has reported them so far")]
    emails: Annotated[bool, Meta(description="whether they want emails")]
    merged_into: Annotated[
        str | None, Meta(description="of a guest: the customer who has their referrals and reports now")
    ]
    created_at: Instant


class ReferredCustomer(CustomerSummary):
    """A customer, and who referred them to a program; one referred to two programs is listed with each."""

    referral: Annotated[ReferralView, Meta(description="who referred them")]

    @classmethod
    def of(cls, customer: Customer, referral: Referral) -> "ReferredCustomer":
        return cls(**_fields(customer), referral=ReferralView.of(referral))


class CustomerView(CustomerSummary):
    """A customer, and their referrals, one a program."""

    other_ids: Annotated[list[str], Meta(description="earlier ids of yours, and those of merged guests")]
    guests: Annotated[list[str], Meta(description="guests who were merged into this customer")]
    referrals: Annotated[list[ReferralView], Meta(description="who referred them, one a program at most")]

    @classmethod
    def with_referrals(cls, customer: Customer, referrals: list[Referral]) -> "CustomerView":
        return cls(
            **_fields(customer),
            other_ids=customer.other_ids or [],
            guests=customer.guests or [],
            referrals=[ReferralView.of(one) for one in referrals],
        )


def _fields(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.customer_id,
        "object": "customer",
        "external_id": customer.external_id,
        "email": customer.email_for_news,
        "name": customer.display_name,
        "locale": customer.locale,
        "by_page": customer.by_page,
        "emails": customer.unsubscribed_at is None,
        "merged_into": customer.merged_into,
        "created_at": instants.text(customer.created_at),
    }


class CustomerReport(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The customer, as the website knows them. Without an email address they get no emails.

    An *email*, a *name* or a *locale* that cannot be read is left out, and named in the answer's `ignored`: what is
    optional stops no sale.
    """

    external_id: ExternalId
    email: _AsReported | None = None
    name: _AsReported | None = None
    locale: _AsReported | None = None


def read_customer(report: CustomerReport) -> tuple[CustomerReport, list[str]]:
    """Return the readable parts of a customer, and the names of the others. Empty values count as left out."""
    read = {
        "email": _read_email((report.email or "").strip()),
        "name": _as((report.name or "").strip(), Name),
        "locale": _read_locale((report.locale or "").strip()),
    }
    ignored = [name for name, value in read.items() if value is None and (getattr(report, name) or "").strip()]
    return msgspec.structs.replace(report, **read), ignored


def _read_email(text: str) -> str | None:
    """Return an address with its host as mail servers look it up: a host in any script has a spelling of its own."""
    name, _, host = text.rpartition("@")
    try:
        spelled = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    return _as(f"{name}@{spelled}", Email)


def _read_locale(text: str) -> str | None:
    """Return a language, perhaps with a region, of any of the ways in which systems spell it."""
    parts = _LOCALE.fullmatch(text)
    if parts is None:
        return None
    region = parts[2] if parts[2] and parts[2].isalpha() else None
    return f"{parts[1].lower()}-{region.upper()}" if region else parts[1].lower()


def _as(text: str, kind: Any) -> str | None:
    try:
        value: str = msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return None
    return value


# For partners and customers alike: a copy of personal data, and an erasure.
RecordKind = Literal[
    "adjustment",
    "application",
    "benefit",
    "conversion",
    "correction",
    "credit",
    "customer",
    "earlier_standing_change",
    "email_change",
    "email_request",
    "enrollment",
    "event",
    "feedback",
    "invitation",
    "ledger_entry",
    "link",
    "message",
    "note",
    "partner",
    "payee_change",
    "payout_item",
    "referral",
    "reward",
    "standing_change",
]


class PersonalDataQuery(Struct, forbid_unknown_fields=True):
    """Which page of a copy, and of about how many records."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Cursor | None = None


class PersonalRecord(Struct, frozen=True):
    """A row about a person: its kind, and its personal content."""

    kind: RecordKind
    fields: dict[str, Any]


class PersonalDataView(Struct):
    """
    A page of all data about a partner or a customer, as of one moment.

    Other people appear only as ids. Left out are keys and digests, which contain no information; and data with lists of
    their own, about the same ids: messages, statistics, explanations of conversions, and the audit trail.
    """

    object: Literal["personal_data"]
    partner: str | None
    customer: str | None
    as_of: Instant
    data: list[PersonalRecord]
    has_more: bool
    next_cursor: str | None


class NewErasure(Struct, frozen=True, forbid_unknown_fields=True):
    """
    A request to erase a person.

    Refused if they are owed money, unless they give it up: then all rewards that were not paid are refused.
    """

    gives_up: bool = False


class ErasureView(Struct):
    """
    The result of an erasure: who the person is, is gone at once.

    While *status* is `erasing`, other rows are still being erased; a schedule finishes that within about a day.
    """

    object: Literal["erasure"]
    partner: str | None
    customer: str | None
    erased_at: Instant
    status: Literal["erasing", "erased"]

    @classmethod
    def of(cls, person_id: str, erased_at: datetime, status: Literal["erasing", "erased"]) -> "ErasureView":
        is_partner = person_id.startswith("ptr_")
        return cls(
            "erasure",
            partner=person_id if is_partner else None,
            customer=None if is_partner else person_id,
            erased_at=instants.text(erased_at),
            status=status,
        )
