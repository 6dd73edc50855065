"""Rows of emails beside the outbox: custom templates, what a digest tells of, and suppressed addresses."""

from pynamodb.attributes import TTLAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition, size
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalText, Text, WholeNumber


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


def part_key(digest_id: str) -> str:
    return f"digest#{digest_id}"


def override_key(program_id: str) -> str:
    return f"letters#{program_id}"


def override_sort(language: str, template: str) -> str:
    return f"{language}#{template}"
