"""Sends a person who administers a test of a program's email, with a sample's values."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.emails.catalog import TEST
from chalicelib.emails.markup import Email
from chalicelib.emails.recipients import sender_of
from chalicelib.emails.render import render_preview
from chalicelib.emails.ses import EmailRefused, Envelope, send
from chalicelib.emails.suppressions import suppression_reason
from chalicelib.emails.templates import check_name
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import InvalidValue
from chalicelib.outbox.queue import DeliveryOutcome, failed, new_message, sent, skipped
from chalicelib.outbox.table import Message
from chalicelib.programs import find as programs
from chalicelib.users.find import find as find_user
from chalicelib.users.find import find_row

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


def request_test(
    program: str, template: str, language: str, user_id: str, *, once: str | None = None, actor: "Actor", at: datetime
) -> Message:
    """
    Queue a test of an email, as it is stored now, to a user's own address; return its message.

    Idempotent for the same *once*. Refused: an unknown email, and a user who was removed.
    """
    check_name(template)
    program_id, user = programs.find(program).program.id, find_user(user_id)
    once = once or ids.ulid(at)
    if not once.isalnum():
        raise InvalidValue("This is not a form of ours.", pointer="/once")
    message = new_message(TEST, f"{template}#{language}#{once}", user.id, program_id, at=at)
    part = f"{language}#{template}"
    actor.commit(writes.insert(message), action="template.tested", subject=program_id, part=part, at=at)
    return message


def deliver_test(message: Message, *, at: datetime) -> DeliveryOutcome:
    """Send a test. Raises what SES raises, unless SES will never accept this email."""
    test = render_test(message)
    if test is None:
        return skipped("no_address")
    email, envelope = test
    reason = suppression_reason(envelope.to, invitation=False)
    if reason is not None:
        return skipped(reason)
    try:
        send(email, envelope)
    except EmailRefused as refusal:
        return failed(str(refusal))
    return sent(at)


def render_test(message: Message) -> tuple[Email, Envelope] | None:
    """Return a test as it would be sent now; None if its user was removed."""
    user = find_row(message.recipient_id)
    if user is None or user.removed_at is not None:
        return None
    template, language, _ = message.subject_id.split("#")
    program = programs.find(message.program_id).program
    email = render_preview(program, template, language, url=program.landing_url)
    sender_name, sender = sender_of(program)
    envelope = Envelope(message.id, user.email, user.name, sender, sender_name, reply_to=program.reply_to)
    return email._replace(subject=f"[Test] {email.subject}"), envelope
