"""Which calls of a program's webhook an event causes. Always the same ones for a row, whenever it is asked."""

from datetime import datetime

from chalicelib.outbox.message import WEBHOOK
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message
from chalicelib.rewards.table import FULFILLMENT, Fulfillment, RewardRow

GIVE, TAKE_BACK = "reward.due", "reward.reversed"


def calls_for_reward(row: RewardRow, *, at: datetime) -> list[Message]:
    """When a benefit is to be given, or taken back: call the program's webhook."""
    if not isinstance(row, Fulfillment):
        return []
    # What is given again, or taken back again, is another call.
    subject = row.pk if row.sk == row.what else f"{row.pk}#{row.sk}"
    message = new_message(GIVE if row.what == FULFILLMENT else TAKE_BACK, subject, row.owner_id, row.program_id, at=at)
    message.channel, message.reward_id, message.benefit = WEBHOOK, row.pk, row.benefit.spelled
    return [message]
