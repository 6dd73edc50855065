"""Takes down what a partner thinks of us."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.find import find
from chalicelib.partners.shapes import NewFeedback
from chalicelib.partners.table import Feedback, feedback_key


def give_feedback(reference: str, new: NewFeedback, *, at: datetime, receipt: Receipt = no_receipt) -> Feedback:
    """Store a score and words, one a partner and UTC day: said again that day, the last word counts."""
    partner = find(reference).partner
    said = Feedback(
        feedback_key(f"{at:%Y-%m-%d}", partner.id),
        "feedback",
        partner_id=partner.id,
        score=new.score,
        words=new.words or None,
        created_at=at,
    )
    not_later = Feedback.created_at.does_not_exist() | (Feedback.created_at <= at)
    if writes.commit(writes.put_if(said, not_later), *receipt(said)):
        raise Busy("Two said this at the same moment; send yours again.")
    return said
