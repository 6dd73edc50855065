"""Rows of emails beside the outbox: custom templates, the contents of digests, and suppressed addresses."""

from pynamodb.attributes import BooleanAttribute, TTLAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition, size
from pynamodb.models import Model

from chalicelib.kit import config, ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalText, Text, WholeNumber
from chalicelib.outbox.table import Message


class DigestItem(Model):
    """A piece of news for a digest, written in one transaction with the news's own status."""

    class Meta(rows.Table):
        table_name = config.table("emails")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    template = Text(attr_name="letter")
    amount = WholeNumber(default=0)
    currency = OptionalText()
    benefit = OptionalText()
    # Whether it also tells that a friend has joined.
    joined = BooleanAttribute(null=True)
    expires = TTLAttribute()


class DailyEmails(Model):
    """The first emails with news that a partner got on a day, by the messages' ids, so that none counts twice."""

    class Meta(rows.Table):
        table_name = config.table("emails")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="letters")
    messages = UnicodeSetAttribute(null=True)
    expires = TTLAttribute(null=True)


def is_within_limit(message_id: str, *, most: int) -> Condition:
    """Return the condition that this email is among the first *most* of a day, or can be."""
    first = DailyEmails.messages
    condition: Condition = first.does_not_exist() | first.contains(message_id) | (size("messages") < most)
    return condition


class CustomTemplate(Model):
    """A program's own template for an email, in one language."""

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
    An address that emails bounced from, or whose owner complained; or, in its own row, unsubscribed from invitations.

    Stored as a hash, so that the row contains no address.
    """

    class Meta(rows.Table):
        table_name = config.table("emails")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="suppression")
    reason = Text()
    since = Instant()


class IntroducedMailbox(Model):
    """
    That no further email about an introduction to a program goes to a mailbox, kept for as long as a suppression.

    Stored as a hash of the mailbox. Without a message, its owner had their data deleted, or unsubscribed, before one.
    """

    class Meta(rows.Table):
        table_name = config.table("emails")

    SORT = "introduced"

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default=SORT)
    message_id = OptionalText()
    since = Instant()


def digest_key(digest: Message) -> str:
    """Return the key of a digest's items: by a hash of its own key, which ids of messages were when it was chosen."""
    return f"digest#{ids.derived('msg', digest.key)}"


def custom_key(program_id: str) -> str:
    return f"letters#{program_id}"


def custom_sort(language: str, template: str) -> str:
    return f"{language}#{template}"
