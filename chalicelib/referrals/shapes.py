"""What the API accepts about customers, which parts of it are readable, and how it returns personal data."""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.kit import instants
from chalicelib.kit.shapes import Email, ExternalId, Instant, Name, Reference, SpanQuery
from chalicelib.referrals.table import Customer, Referral

# A language, maybe a script, maybe a region; the rest is ignored.
_LOCALE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@].*)?")
_AsReported = Annotated[str, Meta(max_length=2048)]


class CustomerQuery(Struct, forbid_unknown_fields=True):
    """In which test program `ext_` is looked up: customers of a test are known in it only."""

    program: Reference | None = None


class CustomersQuery(SpanQuery, forbid_unknown_fields=True):
    """
    Which customers: referred to a program, by a partner, by a link (its id, `ext_` or code); by when that was.

    `referred=no` lists those that no partner referred instead, by when they first signed up or bought in a program.
    """

    program: Reference | None = None
    partner: Reference | None = None
    link: Reference | None = None
    referred: Annotated[
        Literal["yes", "no"], Meta(description="whether a partner referred them; `no` takes no partner and no link")
    ] = "yes"


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
    may_contact: Annotated[
        bool | None, Meta(description="whether they may get emails that they did not ask for; null if nobody said so")
    ]
    merged_into: Annotated[
        str | None, Meta(description="of a guest: the customer who has their referrals and reports now")
    ]
    created_at: Instant


class ListedCustomer(CustomerSummary):
    """
    A customer of a list, in a program: with the partner who referred them, or without, if no partner did.

    One who was referred to two programs is listed with each.
    """

    program: Annotated[str, Meta(description="the program in which they are listed")]
    conversion: Annotated[
        str | None, Meta(description="the conversion that bound them to a partner, or with which they came")
    ]
    referral: Annotated[ReferralView | None, Meta(description="who referred them; null if no partner did")]

    @classmethod
    def of(cls, customer: Customer, referral: Referral) -> "ListedCustomer":
        view = ReferralView.of(referral)
        return cls(**_fields(customer), program=view.program, conversion=view.conversion, referral=view)

    @classmethod
    def unreferred(cls, customer: Customer, *, program: str, conversion: str) -> "ListedCustomer":
        return cls(**_fields(customer), program=program, conversion=conversion, referral=None)


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
        "may_contact": customer.may_contact,
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
    may_contact: Annotated[
        bool | None, Meta(description="whether they may get emails that they did not ask for; the server's word alone")
    ] = None


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
