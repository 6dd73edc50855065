"""Which calls of a program's webhook an event causes. Always the same ones for an event, whenever it is asked."""

from datetime import datetime

from msgspec import convert

from chalicelib.events.catalog import BenefitData
from chalicelib.events.table import EventRow
from chalicelib.outbox.message import WEBHOOK
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message
from chalicelib.rewards.table import FULFILLMENT, REVOCATION, round_key
from chalicelib.webhooks.shapes import CallType

# Messages are stored under the names that the first rows had.
GIVE, TAKE_BACK = "reward.due", "reward.reversed"
# The type of the event that a call is about, by its message's template; and the other way.
TYPES: dict[str, CallType] = {GIVE: "benefit.due", TAKE_BACK: "benefit.taken_back"}
_TEMPLATES: dict[str, str] = {name: template for template, name in TYPES.items()}


def calls_for(event: EventRow, *, at: datetime) -> list[Message]:
    """When a benefit is to be given, or taken back: call the program's webhook."""
    template = _TEMPLATES.get(event.type)
    if template is None:
        return []
    data = convert(event.data, BenefitData)
    # What is given again, or taken back again, is another call.
    what = FULFILLMENT if template == GIVE else REVOCATION
    subject = f"{event.subject_id}#{round_key(what, data.round)}" if data.round else event.subject_id
    message = new_message(template, subject, data.owner, str(event.program_id), at=at)
    message.channel, message.reward_id, message.benefit = WEBHOOK, event.subject_id, data.benefit.spelled
    return [message]
