"""What partners think of us: a score and words, one a partner and UTC day."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.ids import of_mode
from chalicelib.partners.feedback_table import Feedback, feedback_key
from chalicelib.partners.find import find_to_change
from chalicelib.partners.shapes import NewFeedback

# As many as one read takes.
_DAYS = 100


def give_feedback(reference: str, new: NewFeedback, *, actor: Actor, at: datetime) -> Feedback:
    """Store a score and words; later feedback on the same UTC day replaces it."""
    partner = find_to_change(reference).partner
    feedback = Feedback(
        feedback_key(f"{at:%Y-%m-%d}", partner.id),
        "feedback",
        object=of_mode("feedback", partner.id),
        partner_id=partner.id,
        score=new.score,
        words=new.words or None,
        created_at=at,
    )
    not_later = Feedback.created_at.does_not_exist() | (Feedback.created_at <= at)
    before = rows.find(Feedback, *rows.key_of(feedback))
    change = writes.put_if(feedback, not_later)
    if actor.commit(change, action="feedback.given", subject=partner.id, before=before, at=at):
        raise Busy("This partner is sending other feedback right now; send the same call again.")
    return feedback


def feedback_of_today(partner_id: str, *, at: datetime) -> Feedback | None:
    """Return what a partner said on this UTC day, if they did."""
    return rows.find(Feedback, feedback_key(f"{at:%Y-%m-%d}", partner_id), "feedback")


def list_feedback_of(partner_id: str, *, at: datetime) -> list[Feedback]:
    """Return what a partner said in the last hundred days, newest first: by one read of what may be there."""
    days = [f"{at - timedelta(days=number):%Y-%m-%d}" for number in range(_DAYS)]
    stored = rows.find_all(Feedback, [(feedback_key(day, partner_id), "feedback") for day in days])
    return sorted(stored.values(), key=lambda one: one.created_at, reverse=True)


@walk.full
def list_feedback(*, limit: int, position: dict[str, Any] | None) -> tuple[list[Feedback], dict[str, Any] | None]:
    """Return one page of all feedback, newest day first, and where the next one begins."""
    page = Feedback.listed.query("feedback", scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key
