"""What the API takes and gives for personal data, of partners and customers alike: a copy, and an erasure."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import Cursor, Instant

RecordKind = Literal[
    "action_item",
    "adjustment",
    "application",
    "asking",
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
    "material_read",
    "hand_over",
    "introduction",
    "introduction_step",
    "invitation",
    "ledger_entry",
    "link",
    "message",
    "moment",
    "note",
    "partner",
    "payee_change",
    "payout_item",
    "referral",
    "reward",
    "shared_name",
    "standing_change",
    "thanks",
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


class NewPartnerErasure(NewErasure, frozen=True, forbid_unknown_fields=True):
    """
    A request to erase a partner; or, with *former*, only those who held the account before it was handed over.

    Then the account and its new holder stay as they are. Otherwise it is refused if they are owed money, unless they
    give it up: then all rewards that were not paid are refused.
    """

    former: bool = False


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
