"""What the API takes and gives for introductions."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.introductions.people import Person
from chalicelib.introductions.states import By, DeclineReason, LossReason, Reason, Stage, State, allowed_from
from chalicelib.introductions.table import Consent, Introduction, Step
from chalicelib.kit import instants
from chalicelib.kit.money import Money
from chalicelib.kit.shapes import END, Instant, Reference, SpanQuery

_TEXT = rf"^[^\x00-\x09\x0b-\x1f\x7f]+{END}"
Why = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=_TEXT, description="why the two should meet")]
PartnerWords = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=_TEXT, description="words for the partner")]
NextWordBy = Annotated[Instant, Meta(description="by when the partner hears again: at most 14 days ahead")]
Closeness = Literal["client", "colleague", "friend", "family", "acquaintance"]
SentBy = Annotated[
    Literal["partner", "us", "together"], Meta(description="who writes to the person: the partner, we, or both")
]
Answers = Annotated[dict[str, str], Meta(max_length=7, description="answers to the program's questions, by key")]


class NewIntroduction(Struct, frozen=True, forbid_unknown_fields=True):
    """
    A person whom a partner introduces to a program.

    With `draft` it is only offered: it is received with another call, or expires after 30 days. If we are to write to
    the person, their consent is needed.
    """

    program: Reference
    partner: Reference
    person: Person
    closeness: Closeness
    why: Why | None = None
    sent_by: SentBy = "partner"
    consent: Consent | None = None
    expected_amount: Money | None = None
    answers: Answers | None = None
    draft: bool = False


class Acceptance(Struct, frozen=True, forbid_unknown_fields=True):
    """Words for the partner with the acceptance of an introduction, and by when they hear again."""

    words: PartnerWords | None = None
    next_word_by: NextWordBy | None = None


class Decline(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an introduction is declined, and words for the partner."""

    reason: DeclineReason
    words: PartnerWords | None = None


class MoreNeeded(Struct, frozen=True, forbid_unknown_fields=True):
    """What the business needs to know of the partner before it decides."""

    words: PartnerWords


class MoreAnswers(Struct, frozen=True, forbid_unknown_fields=True):
    """The partner's answer to what the business needed to know."""

    words: PartnerWords | None = None
    answers: Answers | None = None


class Move(Struct, frozen=True, forbid_unknown_fields=True):
    """How far the business is with the person, and words for the partner."""

    state: Stage
    words: PartnerWords | None = None
    next_word_by: NextWordBy | None = None


class Word(Struct, frozen=True, forbid_unknown_fields=True):
    """Words for the partner about an introduction that stays where it is, and by when they hear again."""

    words: PartnerWords
    next_word_by: NextWordBy | None = None


class Extension(Struct, frozen=True, forbid_unknown_fields=True):
    """Words for the partner with an extension of the protection."""

    words: PartnerWords | None = None


class Loss(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an introduction led to nothing, and words for the partner."""

    reason: LossReason
    words: PartnerWords | None = None


class Contact(Struct, frozen=True, forbid_unknown_fields=True):
    """How somebody is reached who may have been introduced: an email address, a phone number, or both."""

    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None


class IntroducedPersonView(Struct):
    """All that is kept of introduced people who are reached in one way: their introductions, oldest first."""

    object: Literal["introduced_person"]
    introductions: "list[IntroductionView]"


class ErasedPersonView(Struct):
    """The introductions from which a person was erased. State, dates and reasons stay."""

    object: Literal["erased_person"]
    introductions: list[str]


class NewTalks(Struct, frozen=True, forbid_unknown_fields=True):
    """A person whom the business talks with already, by address or phone number."""

    program: Reference
    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None


class TalksView(Struct):
    """That the business talks with a person: until when introductions of them are declined. No address is kept."""

    object: Literal["talks"]
    program: str
    until: Instant


class IntroductionsQuery(SpanQuery, forbid_unknown_fields=True):
    """Which introductions: of a partner, of a program, in a state, won by a customer; by when they were created."""

    partner: Reference | None = None
    program: Reference | None = None
    state: State | None = None
    customer: Reference | None = None


class IntroductionStepView(Struct):
    """A step in the history of an introduction: who made it, when, and what the partner heard."""

    number: int
    at: Instant
    by: By
    from_state: State | None
    to_state: State
    reason: Reason | None
    words: str | None
    until: Instant | None

    @classmethod
    def of(cls, step: Step) -> "IntroductionStepView":
        return cls(
            step.number,
            instants.text(step.at),
            step.by,  # type: ignore[arg-type]
            step.from_state,  # type: ignore[arg-type]
            step.to_state,  # type: ignore[arg-type]
            step.reason,  # type: ignore[arg-type]
            step.words,
            _text(step.until),
        )


class OpenIntroduction(Struct):
    """An open introduction of a partner, in short."""

    id: str
    state: State
    person: str | None
    created_at: Instant

    @classmethod
    def of(cls, row: Introduction) -> "OpenIntroduction":
        name = row.person.name if row.person is not None else None
        return cls(row.id, row.state, name, instants.text(row.created_at))  # type: ignore[arg-type]


class IntroductionView(Struct):
    """
    An introduction, and what becomes of it.

    `person`, `why`, `answers` and `words` are null once they are erased. `place_in_line` is 1 for the first one; for
    one behind it, `first_since` and `first_until` say how long the first is protected. `allowed` are the states that
    calls can give it now. `history` is only in the answer for a single one.
    """

    id: str
    object: Literal["introduction"]
    program: str
    partner: str
    person: Person | None
    why: str | None
    closeness: Closeness
    sent_by: Literal["partner", "us", "together"]
    consent: Consent | None
    expected_amount: Money | None
    answers: dict[str, str] | None
    owner: str | None
    state: State
    reason: Reason | None
    words: str | None
    allowed: list[State]
    created_at: Instant
    received_at: Instant | None
    place_in_line: int | None
    first_since: Instant | None
    first_until: Instant | None
    respond_by: Instant | None
    next_word_by: Instant | None
    protected_until: Instant | None
    extended_at: Instant | None
    customer: str | None
    conversion: str | None
    ended_at: Instant | None
    erased_at: Instant | None
    history: list[IntroductionStepView] | None

    @classmethod
    def of(cls, row: Introduction, steps: Sequence[Step] | None = None) -> "IntroductionView":
        return cls(
            id=row.id,
            object="introduction",
            program=row.program_id,
            partner=row.partner_id,
            person=row.person,
            why=row.why,
            closeness=row.closeness,  # type: ignore[arg-type]
            sent_by=row.sent_by,  # type: ignore[arg-type]
            consent=row.consent,
            expected_amount=row.expected_amount,
            answers=row.answers,
            owner=row.owner,
            state=row.state,  # type: ignore[arg-type]
            reason=row.reason,  # type: ignore[arg-type]
            words=row.words,
            allowed=allowed_from(row.state),  # type: ignore[arg-type]
            created_at=instants.text(row.created_at),
            received_at=_text(row.received_at),
            place_in_line=row.place_in_line,
            first_since=_text(row.first_since),
            first_until=_text(row.first_until),
            respond_by=_text(row.respond_by),
            next_word_by=_text(row.next_word_by),
            protected_until=_text(row.protected_until),
            extended_at=_text(row.extended_at),
            customer=row.customer_id,
            conversion=row.conversion_id,
            ended_at=_text(row.ended_at),
            erased_at=_text(row.erased_at),
            history=[IntroductionStepView.of(one) for one in steps] if steps is not None else None,
        )


def _text(at: object) -> str | None:
    return instants.text(at) if at is not None else None  # type: ignore[arg-type]
