"""
Lists messages: by status, by what they are, and to whom; and finds the event that caused one.

Messages have ids only. Who has an address is found first, by three calls: partners, those who were invited or applied,
and customers. That a message is to somebody says its key, which its list has.
"""

from datetime import datetime, timedelta
from functools import partial

from chalicelib.emails.catalog import TEMPLATES
from chalicelib.emails.triggers import emails_for
from chalicelib.events.table import EventRow, listed, position_of
from chalicelib.kit import bodies, cursors
from chalicelib.kit.cursors import FIRST, LAST, ListPage, Stretch
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.ids import is_test
from chalicelib.kit.shapes import fold
from chalicelib.onboarding import applications, invitations
from chalicelib.outbox import find as outbox
from chalicelib.outbox.lists import MOST_CALLS, Choice, first_place, read
from chalicelib.outbox.message import SCHEDULED
from chalicelib.outbox.shapes import MessagesQuery, MessageState, MessageView
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals
from chalicelib.referrals.table import Customer, ReferralRow
from chalicelib.webhooks.triggers import EVENT, TYPES, calls_for

# Who may have one address.
_MOST_OF_AN_ADDRESS = 50
# Invitations and applications have an id for each program and address.
_MOST_PROGRAMS = 30
# Scheduled messages are in a list for each day, so that all of them are read by as many calls.
_CALLS_OF_SCHEDULED = 200
# A message is written seconds after its event, and at most a day if its function was down.
_MOST_LATE = timedelta(days=1)
_MOST_EVENTS = 200


def list_messages(query: MessagesQuery, *, most_calls: int | None = None, at: datetime) -> ListPage[MessageView]:
    """Return a page of the messages that are asked for, as they are now."""
    if query.template is not None and query.template not in (*TEMPLATES, EVENT, *TYPES):
        raise InvalidValue(
            f"There is no email {query.template!r}; GET /v1/programs/{{id}}/emails lists them.", pointer="/template"
        )
    program_id = programs.find(query.program).program.id if query.program is not None else None
    recipients = _recipients(query, program_id)

    def fits(message: Message) -> bool:
        pairs = ((query.channel, message.channel), (query.template, message.template), (program_id, message.program_id))
        of_them = recipients is None or message.recipient_id in recipients
        return of_them and all(one is None or one == there for one, there in pairs)

    # A key ends with the recipient's id: `new_message` made it so.
    is_to = (lambda key: key[0].rpartition("#")[2] in recipients) if recipients is not None else None
    usual = _CALLS_OF_SCHEDULED if query.status == SCHEDULED else MOST_CALLS
    status = query.status if query.status != "any" else None
    choice = Choice(status, fits, is_to, most_calls or usual, test=is_test(program_id))
    begin, end = bodies.read_span(query)
    span = (first_place(begin) if begin is not None else FIRST, first_place(end) if end is not None else LAST)
    filters = f"{query.channel} {query.template} {program_id} {query.partner} {query.customer} {query.email}"
    return cursors.page(
        partial(_read, choice, span, at),
        lambda messages: [MessageView.of(one) for one in messages],
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"messages {query.status} {filters} {query.from_} {query.to}",
    )


def _read(
    choice: Choice,
    span: tuple[str, str],
    at: datetime,
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> Stretch[Message]:
    first, last = span
    return read(
        choice, at=at, after=max(after, first), before=min(before, last), newest_first=newest_first, limit=limit
    )


def _recipients(query: MessagesQuery, program_id: str | None) -> set[str] | None:
    """Return the ids of those to whom messages are asked for; None for all."""
    several: list[set[str]] = []
    if query.partner is not None:
        several.append({partners.find(query.partner).partner.id})
    if query.customer is not None:
        several.append({referrals.find(query.customer, program_id).customer.customer_id})
    if query.email is not None:
        several.append(_who_has(query.email))
    return set.intersection(*several) if several else None


def _who_has(address: str) -> set[str]:
    """Return the ids of all who have exactly this address: partners, customers, invited people and applicants."""
    every_program, _ = programs.list_page(limit=_MOST_PROGRAMS, position=None)
    not_yet = [
        identifier
        for program in every_program
        for identifiers in (invitations.ids_of(program.id, address), applications.ids_of(program.id, address))
        for identifier in identifiers
    ]
    customers = ReferralRow.searched.query(
        "customer", Customer.search_key == str(fold(address)), limit=_MOST_OF_AN_ADDRESS
    )
    return {*partners.find_ids_by_address(address), *not_yet, *(row.customer_id for row in customers)}


def show_message(identifier: str, *, at: datetime) -> MessageState:
    """Return a message with all that is known of how it went."""
    message = outbox.find(identifier, at=at)
    event = cause_of(message)
    return MessageState.caused_by(message, event.id if event is not None else None)


def cause_of(message: Message) -> EventRow | None:
    """
    Return the event that caused a message; None if none did, such as for a sign-in link, or it is not kept any more.

    A call says which one it is about. An email's is among those of its recipient: the one that causes this very key.
    """
    if message.subject_id.startswith("evt_"):
        return rows.find(EventRow, message.subject_id, "event")
    recipient = message.recipient_id
    if not recipient.startswith(("ptr_", "cus_")):
        return None
    events = listed(
        "partner" if recipient.startswith("ptr_") else "customer",
        recipient,
        after=position_of(message.created_at - _MOST_LATE),
        until=position_of(message.created_at + timedelta(milliseconds=1)),
        limit=_MOST_EVENTS,
        newest_first=True,
    )

    def causes(event: EventRow) -> bool:
        messages = (*emails_for(event, at=event.occurred_at), *calls_for(event, at=event.occurred_at))
        return any(one.key == message.key for one in messages)

    return next(filter(causes, events), None)
