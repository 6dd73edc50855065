"""The events of partners: joining, standing in and leaving a program; changes of payee and of address."""

from collections.abc import Sequence

from chalicelib.events.data import (
    ApplicationData,
    ChangeData,
    Data,
    EnrollmentData,
    HandOverData,
    MergeData,
    StandingData,
    StateData,
)
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.kit import instants
from chalicelib.partners.hand_over_table import HandOver
from chalicelib.partners.joining_table import Application
from chalicelib.partners.merge_table import PartnerMerge
from chalicelib.partners.standing import STATE
from chalicelib.partners.table import AnyStandingChange, EmailChange, Enrollment, PartnerRow, PayeeChange

_REFUSED = "refused"


def events_for_partners(facts: Sequence[PartnerRow]) -> list[EventRow]:
    """Return the events of rows, as they are now."""
    return [event for fact in facts for event in events_for_partner(fact)]


def events_for_partner(row: PartnerRow) -> list[EventRow]:
    """Return all events of a row so far: an enrollment's that it began, and that it ended or began again."""
    if isinstance(row, Enrollment):
        return _enrollment_events(row)
    if isinstance(row, Application):
        return _application_events(row)
    if isinstance(row, AnyStandingChange):
        name, data = _standing(row)
        return [
            new_event(
                name,
                row.partner_id,
                row.sort,
                occurred_at=row.created_at,
                program_id=row.program_id,
                partner_id=row.partner_id,
                subject_id=row.partner_id,
                data=data,
            )
        ]
    if isinstance(row, PayeeChange | EmailChange):
        return [
            new_event(
                "partner.payee_changed" if isinstance(row, PayeeChange) else "partner.email_changed",
                row.id,
                row.sort,
                occurred_at=row.created_at,
                partner_id=row.partner_id,
                subject_id=row.partner_id,
                data=_change(row),
            )
        ]
    if isinstance(row, PartnerMerge):
        return [
            new_event(
                "partner.merged",
                row.id,
                occurred_at=row.created_at,
                partner_id=row.partner_id,
                subject_id=row.partner_id,
                data=MergeData(row.into),
            )
        ]
    if isinstance(row, HandOver):
        return [
            new_event(
                "partner.handed_over",
                row.id,
                row.sort,
                occurred_at=row.created_at,
                partner_id=row.partner_id,
                subject_id=row.partner_id,
                data=HandOverData(row.sort, row.reason),
            )
        ]
    return []


def _standing(row: AnyStandingChange) -> tuple[str, Data]:
    """Return the type and the data of the event of a change of standing."""
    effective_from = instants.text(row.effective_from)
    if row.what == STATE:
        state = StateData(row.number, effective_from, row.reason, row.earned)
        return f"partner.{row.to or 'reactivated'}", state
    pinned_until = instants.text(row.pinned_until) if row.pinned_until else None
    return f"partner.{row.what}_changed", StandingData(row.number, row.to, effective_from, row.by, pinned_until)


def _change(row: PayeeChange | EmailChange) -> ChangeData:
    if isinstance(row, EmailChange):
        return ChangeData(row.sort)
    effective_from = instants.text(row.effective_from) if row.effective_from else None
    return ChangeData(row.sort, effective_from, tells_former=bool(row.tells_former))


def _enrollment_events(row: Enrollment) -> list[EventRow]:
    data = EnrollmentData(
        enrolled_at=instants.text(row.enrolled_at),
        invited=row.invited_at is not None,
        applied=row.applied_at is not None,
        agreed_version=row.agreed_version,
        unaccompanied=bool(row.unaccompanied),
    )
    moments = {
        "partner.enrolled": row.enrolled_at,
        "partner.left": row.left_at,
        "partner.returned": row.returned_at,
    }
    return [
        new_event(
            name,
            row.id,
            row.sort,
            instants.text(at),
            occurred_at=at,
            program_id=row.program_id,
            partner_id=row.id,
            subject_id=row.id,
            data=data,
        )
        for name, at in moments.items()
        if at is not None
    ]


def _application_events(row: Application) -> list[EventRow]:
    moments = {
        "partner.applied": row.created_at,
        "partner.refused": row.decided_at if row.status == _REFUSED else None,
    }
    return [
        new_event(
            name,
            row.id,
            instants.text(at),
            occurred_at=at,
            program_id=row.program_id,
            subject_id=row.id,
            data=ApplicationData(row.agreed_version),
        )
        for name, at in moments.items()
        if at is not None
    ]
