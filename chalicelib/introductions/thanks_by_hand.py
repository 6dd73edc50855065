"""Makes thanks due by hand: for what no rule knows, such as advice, or a year of good introductions."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.introductions.find import IntroductionNotFound, find
from chalicelib.introductions.thanks_rule import WITHIN
from chalicelib.introductions.thanks_shapes import NewThanks
from chalicelib.introductions.thanks_table import BY_HAND, Thanks, list_of, thanks_key
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id
from chalicelib.partners.find import PartnerNotEnrolled, PartnerProfile
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

# The same day of the next year is always in reach.
AHEAD = timedelta(days=366)


class ThanksDueOutOfReach(Refused):
    """The thanks would be due on a day that is over, or more than a year ahead."""


class IntroductionOfOthers(Refused):
    """The introduction is of another partner of the program."""


def thank(new: NewThanks, *, actor: "Actor", at: datetime, receipt: Receipt = no_receipt) -> Thanks:
    """
    Make thanks to a partner due; to a duplicate, they are to the partner who stays.

    Refused: a partner who was erased or does not take part in the program, a day out of reach, and an introduction of
    another partner. One in another program is answered as not there.
    """
    program = programs.find(new.program).program
    profile = partners.find_to_change(new.partner)
    enrollment = profile.enrollment(program.id)
    if enrollment is None or enrollment.left_at is not None:
        raise PartnerNotEnrolled(f"{profile.partner.id} is not enrolled in {program.id}.", pointer="/partner")
    due_on = _due_on(new.due_on, today=program.calendar.day_of(at))
    if new.introduction is not None:
        _check_introduction(new.introduction, profile, program)
    row = Thanks(
        ids.new_id("thk", at, test=ids.is_test(program.id)),
        thanks_key(BY_HAND),
        thanks_in=list_of("due", program.id),
        thanks_of=profile.partner.id,
        thanks_day=due_on,
        program_id=program.id,
        means=new.kind,
        currency=program.currency,
        due_on=due_on,
        introduction_id=new.introduction,
        why=new.words,
        created_at=at,
    )
    same = [
        writes.check(profile.partner, Partner.erased_at.does_not_exist()),
        writes.check(enrollment, Enrollment.left_at.does_not_exist()),
    ]
    changes = [writes.insert(row), *same, *receipt(row)]
    if actor.commit(*changes, action="thanks.added", subject=row.id, part=row.partner_id, at=at):
        raise Busy("This partner is changing, or this call was sent twice; send the same call again.")
    return row


def _due_on(written: str | None, *, today: date) -> str:
    """Return the day on which thanks are due. Refuses one that is none, is over, or is out of reach."""
    if written is None:
        return (today + WITHIN).isoformat()
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise InvalidValue("There is no such day.", pointer="/due_on") from error
    if not today <= day <= today + AHEAD:
        raise ThanksDueOutOfReach("Choose a day from today on, at most a year ahead.", pointer="/due_on")
    return day.isoformat()


def _check_introduction(identifier: str, profile: PartnerProfile, program: Program) -> None:
    try:
        introduction = find(identifier)
    except IntroductionNotFound as error:
        raise IntroductionNotFound(error.detail, pointer="/introduction") from error
    if introduction.program_id != program.id:
        raise IntroductionNotFound(f"There is no introduction {identifier!r}.", pointer="/introduction")
    if introduction.partner_id not in every_id(profile.partner):
        raise IntroductionOfOthers("This introduction is of another partner.", pointer="/introduction")
