"""Rows of the outbox. Ids only, no name and no address."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, TTLAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.attributes import (
    Instant,
    OptionalInstant,
    OptionalText,
    OptionalWholeNumber,
    StoredAs,
    Text,
    WholeNumber,
)
from chalicelib.kit.ids import is_test
from chalicelib.kit.structured import Structured
from chalicelib.outbox.message import EMAIL, PENDING, STORED, TRANSITIONS, Event, shard_of


class ListedMessages(GlobalSecondaryIndex["Message"]):
    """Messages by how far they have got, in the order of their ids: of the moment they were, or are, to be sent."""

    class Meta:
        index_name = "listed"
        projection = KeysOnlyProjection()

    listed_in = Text(hash_key=True)
    id = Text(range_key=True)


class MessagesOfEndpoint(GlobalSecondaryIndex["Message"]):
    """The calls of a webhook endpoint, in the order of their ids. No other message is in it."""

    class Meta:
        index_name = "by_endpoint"
        projection = KeysOnlyProjection()

    endpoint_id = Text(hash_key=True)
    id = Text(range_key=True)


class Message(Model):
    """
    One email to one person, or one call of a webhook, for one event; its key can exist only once.

    Calls of a webhook endpoint are in a partition of its own: a stream brings those of a partition to one function at
    a time.
    """

    class Meta(rows.Table):
        table_name = config.table("messages")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="message")
    id = Text()
    # Stored under the name that the first rows had.
    template = Text(attr_name="letter")
    recipient_id = Text()
    subject_id = Text()
    program_id = Text()
    partner_id = OptionalText()
    # An email goes to a mailbox, a webhook call to the program's own server.
    channel = StoredAs(STORED, default=EMAIL)
    # The amounts of its event, for rendering.
    reward_id = OptionalText()
    # What earned it, or brought the friend.
    conversion_id = OptionalText()
    payout_id = OptionalText()
    amount = WholeNumber(default=0)
    benefit = OptionalText()
    currency = OptionalText()
    figures: Structured[dict[str, Any] | None] = Structured(dict[str, Any] | None, null=True)
    # The UTC day that an email is about.
    day = OptionalText()
    status = StoredAs(STORED, default=PENDING)
    reason = OptionalText()
    attempts = WholeNumber(default=0)
    # The sender's claim: a new token each time the message is claimed, and the earliest end of the lease.
    claim_token = OptionalText()
    leased_until = OptionalInstant()
    sent_at = OptionalInstant()
    # Set when it is requeued, so that the stream delivers the row again; a claim removes it.
    requeued = BooleanAttribute(null=True, attr_name="woken")
    # When it was last requeued: each time is another change, which the stream delivers.
    requeued_at = OptionalInstant(attr_name="woken_at")
    # When a failed call is made again by itself, and how often that was done.
    retry_at = OptionalInstant()
    retries = WholeNumber(default=0)
    # The moment an email is scheduled for.
    send_at = OptionalInstant()
    # The digest that includes this one.
    digest_id = OptionalText()
    # Rows written before there was a list are in none until they are claimed.
    listed_in = OptionalText()
    # The webhook endpoint, and its last response: its status, its first bytes, and how long it took.
    endpoint_id = OptionalText()
    answer_status = OptionalWholeNumber()
    answer_text = OptionalText()
    answer_milliseconds = OptionalWholeNumber()
    # All calls that were made, while `attempts` are those since it was last requeued.
    calls = OptionalWholeNumber()
    expires = TTLAttribute(null=True)
    created_at = Instant()
    listed = ListedMessages()
    of_endpoint = MessagesOfEndpoint()

    @property
    def is_test(self) -> bool:
        """Return whether it is of a test program, or to somebody in one."""
        return is_test(self.program_id) or is_test(self.recipient_id)


def changed_by(event: Event, message: Message, *actions: Action, condition: Condition) -> writes.Write:
    """Return the one way in which a message's status is changed: as its transition says, or not at all."""
    transition = TRANSITIONS[event]
    changes = [Message.status.set(transition.target), *actions]
    if transition.listed_in is not None:
        changes.append(Message.listed_in.set(shard_of(message.id, transition.listed_in, test=message.is_test)))
    sources = sorted(transition.sources)
    is_source = Message.status.is_in(*sources) if sources[1:] else Message.status == sources[0]
    return writes.update_if(message, *changes, condition=is_source & condition)
