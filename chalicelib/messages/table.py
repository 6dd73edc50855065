"""Messages: what is to be said to whom, and how far it has got. Ids only, no name and no address."""

from datetime import datetime, timedelta

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute, TTLAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition, size
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.kit import config, ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured

# Stored under the names that the first rows had, as are `template` and the keys below.
EMAIL, WEBHOOK = "letter", "webhook"
# The email with a link to sign in by: about nothing but that link.
SIGN_IN = "sign_in"
# A payout is of everything an account is due, whatever programs it came from.
NO_PROGRAM = "-"
PENDING, SENDING, SENT, SKIPPED, FAILED = "pending", "sending", "sent", "skipped", "failed"
# An email for later; and one whose news is told by the email about the day.
WAITING, DIGESTED = "waiting", "digested"
# Where messages are listed: on their way, failed and to be tried again by itself, failed for good, done with.
OPEN, RETRYING, GIVEN_UP, ENDED = "open", "retrying", "given_up", "ended"
LISTS = {PENDING: OPEN, SENDING: OPEN, SENT: ENDED, SKIPPED: ENDED, DIGESTED: ENDED, FAILED: GIVEN_UP}
LISTED_SHARDS = 4
# What waits is listed by the day it waits for, in a ring of days: none waits as long as the ring is.
RING_DAYS = 32
WAITING_LISTS = [f"{WAITING}{place:02}" for place in range(RING_DAYS)]


class Month(Struct, frozen=True):
    """What a partner's month in a program came to; money in minor units of the message's currency."""

    month: str
    clicks: int
    signups: int
    sales: int
    due: int
    paid: int


class ListedMessages(GlobalSecondaryIndex["Message"]):
    """Messages by how far they have got, in the order of their ids, which is none of time."""

    class Meta:
        index_name = "listed"
        projection = KeysOnlyProjection()

    listed_in = Text(hash_key=True)
    id = Text(range_key=True)


class Message(Model):
    """One email to one person, or one call of a webhook, for one event; its key can exist only once."""

    class Meta(rows.Table):
        table_name = config.table("messages")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="message")
    id = Text()
    template = Text(attr_name="letter")
    recipient_id = Text()
    subject_id = Text()
    program_id = Text()
    partner_id = OptionalText()
    # An email goes to a mailbox, a webhook to the program's own server.
    channel = Text(default=EMAIL)
    reward_id = OptionalText()
    amount = WholeNumber(default=0)
    benefit = OptionalText()
    currency = OptionalText()
    status = Text(default=PENDING)
    attempts = WholeNumber(default=0)
    leased_until = OptionalInstant()
    reason = OptionalText()
    sent_at = OptionalInstant()
    # Set by `wake`, so that the stream tells of the row again; a claim takes it away.
    woken = BooleanAttribute(null=True)
    # When it was last woken: each time is another change, which the stream tells of.
    woken_at = OptionalInstant()
    # When a failed call is made again by itself, and how often that was done.
    retry_at = OptionalInstant()
    retries = WholeNumber(default=0)
    figures: Structured[Month | None] = Structured(Month | None, null=True)
    # The moment an email waits for.
    send_at = OptionalInstant()
    # The email about the day that tells of this one; and the day in UTC that an email tells of.
    digest_id = OptionalText()
    day = OptionalText()
    # Rows written before there was a list are in none until they are claimed.
    listed_in = OptionalText()
    created_at = Instant()
    listed = ListedMessages()


class DigestPart(Model):
    """A piece of news, as the email about a day tells of it: under that email's id, written as the news is marked."""

    class Meta(rows.Table):
        table_name = config.table("emails")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    template = Text(attr_name="letter")
    amount = WholeNumber(default=0)
    currency = OptionalText()
    benefit = OptionalText()
    expires = TTLAttribute()


class EmailsOfADay(Model):
    """The first emails with news that a partner got on a day, by the messages' ids, so that none counts twice."""

    class Meta(rows.Table):
        table_name = config.table("emails")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="letters")
    messages = UnicodeSetAttribute(null=True)
    expires = TTLAttribute(null=True)


def has_place(message_id: str, *, most: int) -> Condition:
    """Return the condition that a day has, or can give, a place to this email."""
    places = EmailsOfADay.messages
    place: Condition = places.does_not_exist() | places.contains(message_id) | (size("messages") < most)
    return place


class Override(Model):
    """An email in a program's own words, in one language."""

    class Meta(rows.Table):
        table_name = config.table("emails")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    program_id = Text()
    template = Text(attr_name="letter")
    language = Text()
    subject = Text()
    text = Text()
    updated_at = Instant()


class Suppression(Model):
    """
    An address that emails came back from, or whose owner complained; or who wants no invitations, in a row of its own.

    Kept as a hash, so that the row names nobody.
    """

    class Meta(rows.Table):
        table_name = config.table("emails")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="suppression")
    reason = Text()
    since = Instant()


def waits_in(send_at: datetime) -> str:
    """Return the list of what waits for that day."""
    return WAITING_LISTS[send_at.toordinal() % RING_DAYS]


def due_lists(at: datetime) -> list[str]:
    """Return the lists whose day has come, today's first: half of the ring, and each comes again."""
    return [waits_in(at - timedelta(days=days)) for days in range(RING_DAYS // 2)]


def part_key(digest_id: str) -> str:
    return f"digest#{digest_id}"


def override_key(program_id: str) -> str:
    return f"letters#{program_id}"


def override_sort(language: str, template: str) -> str:
    return f"{language}#{template}"


def listed_in(identifier: str, name: str) -> str:
    """Return the part of a list in which a message stands."""
    return f"{name}#{ids.shard(identifier, of=LISTED_SHARDS)}"


def key_of(template: str, subject_id: str, recipient_id: str) -> str:
    """Return the one key an email about a thing to a person has."""
    return f"{template}#{subject_id}#{recipient_id}"
