"""What the API takes and gives for partners."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.kit import instants
from chalicelib.kit.shapes import END, Email, ExternalId, Instant, Locale, Name, Reference, ShortName, SpanQuery, Words
from chalicelib.notes.note import NoteView
from chalicelib.partners.feedback_table import Feedback
from chalicelib.partners.preferences import Topic
from chalicelib.partners.standing import Earned, Reached, State, StopReason
from chalicelib.partners.table import AnyStandingChange, Enrollment, Partner, StandingChange
from chalicelib.programs.terms import Category, Label

# What a business keeps of a partner: a form has one of them a line.
Metadata = Annotated[
    dict[
        Annotated[str, Meta(pattern=rf"^[a-z][a-z0-9_-]{{0,39}}{END}")],
        Annotated[str, Meta(min_length=1, max_length=500, pattern=rf"^[^\x00-\x1f\x7f]+{END}")],
    ],
    Meta(max_length=50),
]


class NewPartner(Struct, forbid_unknown_fields=True):
    """A partner to add, and the programs they take part in."""

    name: Name
    category: Category = "client"
    email: Email | None = None
    locale: Locale = "en"
    external_id: ExternalId | None = None
    metadata: Metadata = {}
    programs: Annotated[list[Reference], Meta(max_length=20)] = []


class PartnersQuery(SpanQuery, forbid_unknown_fields=True):
    """Which partners, by when they were created: those who take part in a program or did, in a state, of a category."""

    program: Reference | None = None
    state: Literal["active", State] | None = None
    category: Category | None = None


class NewEnrollment(Struct, forbid_unknown_fields=True):
    """A program for a partner to take part in."""

    program: Reference


class PartnerChange(Struct, forbid_unknown_fields=True):
    """
    Changes of a partner; fields that are not sent stay.

    Without a name or address for payouts, their own are used; without a `friend_name`, friends are not told who
    recommends. A category begins a minute from now; other changes begin at once, but a new payee waits 72 hours.
    """

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    payout_name: Name | UnsetType | None = UNSET
    payout_email: Email | UnsetType | None = UNSET
    friend_name: ShortName | UnsetType | None = UNSET
    display_name: ShortName | UnsetType | None = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET


class NewPartnerMerge(Struct, forbid_unknown_fields=True):
    """The partner that a duplicate turned out to be."""

    into: Annotated[Reference, Meta(description="the partner who stays, by our id or `ext_` and yours")]


class NewFeedback(Struct, forbid_unknown_fields=True):
    """How likely a partner is to recommend us, from 0 to 10, and why."""

    score: Annotated[int, Meta(ge=0, le=10)]
    words: Annotated[str, Meta(max_length=2000)] | None = None


class FeedbackView(Struct):
    """A partner's feedback on a UTC day: scores of 9 and 10 recommend the program, scores up to 6 do not."""

    object: Literal["feedback"]
    partner: str
    score: int
    words: str | None
    created_at: Instant

    @classmethod
    def of(cls, feedback: Feedback) -> "FeedbackView":
        return cls("feedback", feedback.partner_id, feedback.score, feedback.words, instants.text(feedback.created_at))


class NewCategory(Struct, forbid_unknown_fields=True):
    """A partner's category from a minute from now on."""

    category: Category
    note: Words


class NewTier(Struct, forbid_unknown_fields=True):
    """A partner's tier in a program from a minute from now on; rules leave it alone until *pinned_until*."""

    program: Reference
    tier: Label | None
    note: Words
    pinned_until: Instant | None = None


class NewSuspension(Struct, forbid_unknown_fields=True):
    """Why a partner is suspended or banned, and what becomes of what they earned before."""

    reason: StopReason
    earned: Earned = "keep"
    note: Words | None = None


class NewReactivation(Struct, forbid_unknown_fields=True):
    """That a partner may earn again, with a note for the record."""

    note: Words | None = None


class StandingView(Struct):
    """
    A dated change of a partner's category, of their tier in a program, or of their state.

    For a tier by the rules, *reached* is what reached it; null if they fell below all minimums. For a state, *to* is
    null after a reactivation; *reason* and *earned* belong to a suspension or a ban.
    """

    object: Literal["standing"]
    number: int
    what: Literal["category", "tier", "state"]
    program: str | None
    to: str | None
    reached: Reached | None
    note: NoteView | None
    by: Literal["admin", "rules"]
    effective_from: Instant
    pinned_until: Instant | None
    reason: StopReason | None
    earned: Earned | None
    created_at: Instant

    @classmethod
    def of(cls, change: AnyStandingChange, note: NoteView | None) -> "StandingView":
        return cls(
            object="standing",
            number=change.number,
            what=change.what,  # type: ignore[arg-type]
            program=change.program_id,
            to=change.to,
            reached=change.reached,
            note=note,
            by=change.by,  # type: ignore[arg-type]
            effective_from=instants.text(change.effective_from),
            pinned_until=instants.text(change.pinned_until) if change.pinned_until else None,
            reason=change.reason,  # type: ignore[arg-type]
            earned=change.earned,
            created_at=instants.text(change.created_at),
        )


class EnrollmentView(Struct):
    """A partner's part in a program, their standing in it, and their share page."""

    object: Literal["enrollment"]
    program: str
    tier: str | None
    share_url: str
    enrolled_at: Instant
    left_at: Instant | None


class PreferencesView(Struct):
    """Which emails a partner wants: the topics that are off, and whether news comes once a day."""

    object: Literal["preferences"]
    partner: str
    off: list[Topic]
    daily: bool

    @classmethod
    def of(cls, partner: Partner) -> "PreferencesView":
        return cls("preferences", partner.id, list(partner.emails.off), partner.emails.daily)


class PartnerSummary(Struct):
    """A partner, as lists show them."""

    id: str
    object: Literal["partner"]
    name: str
    email: str | None
    locale: str
    payout_name: str | None
    payout_email: str | None
    friend_name: str | None
    display_name: str | None
    payee_from: Instant | None
    external_id: str | None
    metadata: Metadata
    created_at: Instant
    erased_at: Instant | None
    merged_into: str | None
    customer: Annotated[str | None, Meta(description="the customer who they are, if they joined when asked as one")]
    handed_over_at: Instant | None
    payee_awaited_since: Instant | None

    @classmethod
    def of(cls, partner: Partner) -> "PartnerSummary":
        return PartnerSummary(
            id=partner.id,
            object="partner",
            name=partner.name,
            email=partner.email,
            locale=partner.locale,
            payout_name=partner.payout_name,
            payout_email=partner.payout_email,
            friend_name=partner.friend_name,
            display_name=partner.display_name,
            payee_from=instants.text(partner.former_payee.until) if partner.former_payee else None,
            external_id=partner.external_id,
            metadata=partner.metadata or {},
            created_at=instants.text(partner.created_at),
            erased_at=_moment(partner.erased_at),
            merged_into=partner.merged_into,
            customer=partner.customer_id,
            handed_over_at=_moment(partner.handed_over_at),
            payee_awaited_since=_moment(partner.payee_awaited_since),
        )


class PartnerView(PartnerSummary):
    """
    A partner, with their category and the programs they take part in.

    *duplicates* were merged into them, and keep accounts of their own. *same_email* are the other partners who have
    this address: a mailbox may be shared, so none is refused for it. *state_reason*, *state_from* and *earned* are of a
    suspension or a ban: why, from when on nothing is earned, and whether what was earned before is paid or held.
    """

    category: Category
    enrollments: list[EnrollmentView]
    duplicates: list[str]
    same_email: list[str]
    state: Literal["active", State]
    state_reason: StopReason | None
    state_from: Instant | None
    earned: Earned | None

    @classmethod
    def with_enrollments(
        cls,
        partner: Partner,
        enrollments: list[EnrollmentView],
        category: str | None,
        *,
        same_email: list[str],
        stopped: StandingChange | None = None,
    ) -> "PartnerView":
        summary = msgspec.structs.asdict(PartnerSummary.of(partner))
        return cls(
            **summary,
            category=category or partner.category,  # type: ignore[arg-type]
            enrollments=enrollments,
            duplicates=list(partner.duplicates or ()),
            same_email=same_email,
            state=stopped.to if stopped else "active",  # type: ignore[arg-type]
            state_reason=stopped.reason if stopped else None,  # type: ignore[arg-type]
            state_from=instants.text(stopped.effective_from) if stopped else None,
            earned=stopped.earned if stopped else None,
        )


def _moment(at: datetime | None) -> Instant | None:
    return instants.text(at) if at is not None else None


def enrollment_view(enrollment: Enrollment, share_url: str, tier: str | None) -> EnrollmentView:
    left_at = instants.text(enrollment.left_at) if enrollment.left_at else None
    enrolled_at = instants.text(enrollment.enrolled_at)
    return EnrollmentView("enrollment", enrollment.program_id, tier, share_url, enrolled_at, left_at)
