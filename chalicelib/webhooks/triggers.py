"""Which webhook calls an event causes: to the benefits webhook, and to each endpoint subscribed to its type."""

from datetime import datetime, timedelta

from msgspec import convert

from chalicelib.events.data import BenefitData
from chalicelib.events.table import EventRow
from chalicelib.kit.ids import is_test
from chalicelib.outbox.message import OPEN, WEBHOOK, message_id, shard_of
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message
from chalicelib.programs.table import DEPLOYMENT, WebhookEndpoint
from chalicelib.rewards.table import FULFILLMENT, REVOCATION, round_key
from chalicelib.webhooks.crm import CRMS, concerns
from chalicelib.webhooks.endpoints import ACTIVE, remembered_endpoints, wants

# The template of every other call.
EVENT = "event"
# How long an endpoint's deliveries are listed.
RETENTION = timedelta(days=90)
# Messages are stored under the names that the first rows had.
GIVE, TAKE_BACK = "reward.due", "reward.reversed"
# The type of the event that a call is about, by its message's template; and the other way.
TYPES: dict[str, str] = {GIVE: "benefit.due", TAKE_BACK: "benefit.taken_back"}
_TEMPLATES: dict[str, str] = {name: template for template, name in TYPES.items()}


def calls_for(event: EventRow, *, at: datetime) -> list[Message]:
    """
    When a benefit is due, or to be taken back: call the program's benefits webhook.

    Always the same ones for an event, whenever it is asked: so reconciliation can compare them with those there are.
    """
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


def deliveries_for(event: EventRow, *, at: datetime) -> list[Message]:
    """
    Return the messages of an event: one for each endpoint that was subscribed to its type when it was written.

    The endpoints are the program's own rows, and those of the whole deployment; the one in the program's row
    gives benefits, and is called in another way.
    """
    of_program = remembered_endpoints(event.program_id) if event.program_id is not None else ()
    return [
        new_delivery(event, endpoint, at=at)
        for endpoint in (*of_program, *remembered_endpoints(DEPLOYMENT))
        if is_sent(endpoint, event)
    ]


def is_sent(endpoint: WebhookEndpoint, event: EventRow) -> bool:
    """Return whether an event is sent to an endpoint: active now, and subscribed to its type when it was written."""
    return (
        endpoint.state == ACTIVE
        and not endpoint.gives_benefits
        and endpoint.created_at <= event.written_at
        and is_asked_for(endpoint, event)
    )


def is_asked_for(endpoint: WebhookEndpoint, event: EventRow) -> bool:
    """
    Return whether an endpoint asks for an event: for its type, and a CRM for what it may have a record of.

    Those of every program are not sent what happens in test programs.
    """
    if endpoint.program_id is None and event.is_test:
        return False
    may_be_of_record = endpoint.format not in CRMS or concerns(event.type, event.partner_id, event.data)
    return wants(endpoint, event.type) and may_be_of_record


def new_delivery(event: EventRow, endpoint: WebhookEndpoint, *, replay: str | None = None, at: datetime) -> Message:
    """Return the one message there can be of an event to an endpoint; or, in a replay, the one of that."""
    sort = f"{event.id}#{replay}" if replay else event.id
    identifier = message_id(f"{endpoint.endpoint_id}#{sort}", at)
    return Message(
        endpoint.endpoint_id,
        sort,
        id=identifier,
        template=EVENT,
        channel=WEBHOOK,
        recipient_id=endpoint.endpoint_id,
        subject_id=event.id,
        program_id=endpoint.id,
        endpoint_id=endpoint.endpoint_id,
        listed_in=shard_of(identifier, OPEN, test=is_test(endpoint.id)),
        expires=at + RETENTION,
        created_at=at,
    )
