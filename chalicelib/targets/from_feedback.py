"""What a partner's score opens: an action item if it is low, at once; a later one that is not low resolves it."""

from datetime import datetime, timedelta

from chalicelib.audit.actor import Actor
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.ids import is_test
from chalicelib.partners.feedback_table import Feedback
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs
from chalicelib.targets.derive import resolve
from chalicelib.targets.find import list_open_of
from chalicelib.targets.kinds import RuleName
from chalicelib.targets.rules import THRESHOLDS
from chalicelib.targets.table import ITEM, ActionItem, items_in

LOW_SCORE: RuleName = "low_score"


def react(profile: PartnerProfile, feedback: Feedback, *, actor: Actor, at: datetime) -> None:
    """
    Open an action item for a low score, one a partner and day, in the program they take part in longest.

    Idempotent. While one is open, there is no second one; a score that is not low resolves it.
    """
    enrolled = sorted((one for one in profile.enrollments if one.left_at is None), key=lambda one: one.enrolled_at)
    current = [one for one in list_open_of(profile.partner.id, _programs_of(profile)) if one.rule == LOW_SCORE]
    if feedback.score > (THRESHOLDS[LOW_SCORE].at_least or 0):
        for item in current:
            part = item.partner_id
            actor.commit(resolve(item, at=at), action="action_item.resolved", subject=item.id, part=part, at=at)
    elif enrolled and not current:
        item = _new_item(profile.partner.id, enrolled[0].program_id, feedback, at=at)
        actor.commit(writes.insert(item), action="action_item.opened", subject=item.id, part=profile.partner.id, at=at)


def _programs_of(profile: PartnerProfile) -> list[str]:
    return [one.program_id for one in profile.enrollments]


def _new_item(partner_id: str, program_id: str, feedback: Feedback, *, at: datetime) -> ActionItem:
    listed, of_program = items_in("open", program_id)
    # One of a day, however often the score is sent.
    unique = ids.derived("act", feedback.id, LOW_SCORE)
    identifier = f"act_{ids.first_of(feedback.created_at.replace(hour=0, minute=0, second=0, microsecond=0))}"
    identifier += unique[-16:]
    day = programs.find(program_id).program.calendar.day_of(at)
    return ActionItem(
        ids.as_test(identifier) if is_test(program_id) else identifier,
        ITEM,
        object=listed,
        program_list=of_program,
        program_id=program_id,
        partner_id=partner_id,
        rule=LOW_SCORE,
        figures={"score": feedback.score, "since": day.isoformat()},
        state="open",
        due_on=(day + timedelta(days=THRESHOLDS[LOW_SCORE].due_days)).isoformat(),
        created_at=at,
    )
