"""What the API takes and gives for invitations, applications, and how far partners have got."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import bodies, csv_text, instants
from chalicelib.kit.errors import BodyTooLarge, InvalidJson, InvalidValue
from chalicelib.kit.shapes import Cursor, Email, Instant, Locale, Name, Reference, SpanQuery, Words
from chalicelib.notes.note import NoteView
from chalicelib.onboarding.progress import OnboardingStep, StepName, find_next_step
from chalicelib.partners.joining_table import Application, Invitation
from chalicelib.partners.table import Enrollment

MOST = 500
ApplicationStatus = Literal["pending", "approved", "refused"]
_COLUMNS = ("email", "name", "locale")


class Invitee(Struct, forbid_unknown_fields=True):
    """A person to invite."""

    email: Email
    name: Name | None = None
    locale: Locale = "en"


class NewInvitations(Struct, forbid_unknown_fields=True):
    """People to invite to a program, one or many."""

    program: Reference
    invitations: Annotated[list[Invitee], Meta(min_length=1, max_length=100)]


class ProgramQuery(Struct, forbid_unknown_fields=True):
    """Which program."""

    program: Reference


InvitationStatus = Literal["open", "accepted"]


class InvitationsQuery(SpanQuery, kw_only=True, forbid_unknown_fields=True):
    """The invitations of a program: all of them, or those that were accepted, or not; by when they were sent."""

    program: Reference
    status: InvitationStatus | None = None


class ApplicationsQuery(SpanQuery, kw_only=True, forbid_unknown_fields=True):
    """The applications of a program, by status, and by when they were sent."""

    program: Reference
    status: ApplicationStatus = "pending"


class OnboardingQuery(Struct, forbid_unknown_fields=True):
    """In which program, if the partner is in more than one."""

    program: Reference | None = None


class CheckInQuery(Struct, forbid_unknown_fields=True):
    """After how many days without a next step, or without any activity, a partner is listed; *limit* are checked."""

    stuck_days: Annotated[int, Meta(ge=1, le=365)] = 7
    quiet_days: Annotated[int, Meta(ge=1, le=365)] = 30
    limit: Annotated[int, Meta(ge=1, le=25)] = 25
    cursor: Cursor | None = None


class StepView(Struct):
    """A step, and when it was taken; null if it was not."""

    name: StepName
    at: Instant | None


class OnboardingView(Struct):
    """How far a partner has got in a program, derived from what happened; `next` is the first step not taken."""

    object: Literal["onboarding"]
    partner: str
    program: str
    steps: list[StepView]
    next: StepName | None
    agreed_version: int | None
    agreed_hash: str | None
    as_of: Instant

    @classmethod
    def of(cls, enrollment: Enrollment, steps: list[OnboardingStep], *, at: datetime) -> "OnboardingView":
        return cls(
            object="onboarding",
            partner=enrollment.id,
            program=enrollment.program_id,
            steps=[StepView(step.name, instants.text(step.at) if step.at else None) for step in steps],
            next=find_next_step(steps),
            agreed_version=enrollment.agreed_version,
            agreed_hash=enrollment.agreed_hash,
            as_of=instants.text(at),
        )


class CheckInView(Struct):
    """A partner who is stuck before a step, or has gone quiet; and since when."""

    object: Literal["check_in"]
    partner: str
    program: str
    why: Literal["stuck", "quiet"]
    step: StepName | None
    since: Instant


class Refusal(Struct, forbid_unknown_fields=True):
    """Why an application is refused: stored, and not sent."""

    note: Words


class InvitationView(Struct):
    """An invitation, and the partner who joined by it; `unsubscribed_at` is when the address unsubscribed."""

    id: str
    object: Literal["invitation"]
    program: str
    email: str
    name: str | None
    locale: str
    partner: str | None
    created_at: Instant
    accepted_at: Instant | None
    unsubscribed_at: Instant | None

    @classmethod
    def of(cls, invitation: Invitation, unsubscribed_at: datetime | None = None) -> "InvitationView":
        return cls(
            id=invitation.id,
            object="invitation",
            program=invitation.program_id,
            email=invitation.email,
            name=invitation.name,
            locale=invitation.locale,
            partner=invitation.partner_id,
            created_at=instants.text(invitation.created_at),
            accepted_at=instants.text(invitation.accepted_at) if invitation.accepted_at else None,
            unsubscribed_at=instants.text(unsubscribed_at) if unsubscribed_at else None,
        )


class InvitationResult(Struct):
    """The result for one of those to invite."""

    result: Literal["invited", "invited_before", "partner_already", "banned", "unsubscribed", "named_twice"]
    invitation: InvitationView | None


class InvitationResults(Struct):
    """The result for each, in their order."""

    data: list[InvitationResult]


class ApplicationView(Struct):
    """An application to take part, and its decision."""

    id: str
    object: Literal["application"]
    program: str
    status: ApplicationStatus
    name: str
    email: str
    locale: str
    agreed_version: int
    agreed_hash: str
    partner: str | None
    note: NoteView | None
    created_at: Instant
    decided_at: Instant | None

    @classmethod
    def of(cls, application: Application, note: NoteView | None) -> "ApplicationView":
        return cls(
            id=application.id,
            object="application",
            program=application.program_id,
            status=application.status,  # type: ignore[arg-type]
            name=application.name,
            email=application.email,
            locale=application.locale,
            agreed_version=application.agreed_version,
            agreed_hash=application.agreed_hash,
            partner=application.partner_id if application.status == "approved" else None,
            note=note,
            created_at=instants.text(application.created_at),
            decided_at=instants.text(application.decided_at) if application.decided_at else None,
        )


def read_invitees(raw: bytes) -> list[Invitee]:
    """
    Return who a CSV file names: a header with `email` and perhaps `name` and `locale`, then one a line.

    As spreadsheets save it, too. Refuses other columns, a file over 64 kB or 500 lines, and names every line that is
    wrong.
    """
    if len(raw) > bodies.MOST_BYTES:
        raise BodyTooLarge(f"The file has {len(raw)} bytes; at most {bodies.MOST_BYTES} are allowed.")
    try:
        lines = csv_text.read(raw)
    except ValueError as error:
        raise InvalidJson(f"The file cannot be read: {error}.") from error
    header = [column.lower() for column in lines[0]] if lines else []
    if "email" not in header or len(set(header)) != len(header) or not set(header) <= set(_COLUMNS):
        named = ", ".join(header) or "nothing"
        raise InvalidValue(
            f"The first line must name the columns: email, and optionally name and locale. It names: {named[:200]}.",
            pointer="/1",
        )
    numbered = [(number, line) for number, line in enumerate(lines[1:], start=2) if line]
    if not 1 <= len(numbered) <= MOST:
        raise InvalidValue(f"A file must name 1 to {MOST} people; this one names {len(numbered)}.", pointer="/")
    invitees: list[Invitee] = []
    refusals: list[InvalidValue] = []
    for number, line in numbered:
        try:
            invitees.append(_invitee(header, line, number))
        except InvalidValue as refusal:
            refusals.append(refusal)
    if refusals:
        raise bodies.together(refusals)
    return invitees


def _invitee(header: list[str], line: list[str], number: int) -> Invitee:
    if len(line) > len(header):
        raise InvalidValue("The line has more columns than the first one.", pointer=f"/{number}")
    values = {column: cell for column, cell in zip(header, line, strict=False) if cell}
    return bodies.typed(values, Invitee, strict=True, pointer=f"/{number}")
