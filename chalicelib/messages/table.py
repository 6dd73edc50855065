"""Messages: what is to be said to whom, and how far it has got. Ids only, no name and no address."""

from pynamodb.attributes import BooleanAttribute
from pynamodb.models import Model

from chalicelib.kit import config, rows
from chalicelib.kit.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber

LETTER, WEBHOOK = "letter", "webhook"
# A payout is of everything an account is due, whatever programmes it came from.
NO_PROGRAM = "-"
PENDING, SENDING, SENT, SKIPPED, FAILED = "pending", "sending", "sent", "skipped", "failed"


class Message(Model):
    """One letter to one person, or one call of a webhook, for one event; its key can exist only once."""

    class Meta(rows.Table):
        table_name = config.table("messages")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="message")
    id = Text()
    letter = Text()
    recipient_id = Text()
    subject_id = Text()
    program_id = Text()
    partner_id = OptionalText()
    # A letter goes to a mailbox, a webhook to the programme's own server.
    channel = Text(default=LETTER)
    reward_id = OptionalText()
    amount = WholeNumber(default=0)
    benefit = OptionalText()
    currency = OptionalText()
    status = Text(default=PENDING)
    attempts = WholeNumber(default=0)
    leased_until = OptionalInstant()
    reason = OptionalText()
    sent_at = OptionalInstant()
    # Set by a repair, so that the stream tells of the row again; a claim takes it away.
    woken = BooleanAttribute(null=True)
    created_at = Instant()


def key_of(letter: str, subject_id: str, recipient_id: str) -> str:
    """Return the one key a letter about a thing to a person has."""
    return f"{letter}#{subject_id}#{recipient_id}"
