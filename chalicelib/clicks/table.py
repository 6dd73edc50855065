"""Clicks: a partition per link, UTC hour and shard, in the order they came."""

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.kit import config, rows
from chalicelib.kit.attributes import Instant, OptionalText


class ClickRow(Model):
    """Any row of the clicks table."""

    class Meta(rows.Table):
        table_name = config.table("clicks")

    partition = UnicodeAttribute(hash_key=True, attr_name="pk")
    sort = UnicodeAttribute(range_key=True, attr_name="sk")
    row = DiscriminatorAttribute()
    expires = TTLAttribute()


class Click(ClickRow, discriminator="click"):
    """One hit on a link: what it was and why we think so; nothing by which to find the person."""

    code_key = UnicodeAttribute()
    program_id = UnicodeAttribute()
    partner_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    reason = UnicodeAttribute()
    device = UnicodeAttribute()
    browser = UnicodeAttribute()
    country = OptionalText()
    referrer_host = OptionalText()
    visitor = UnicodeAttribute()
    at = Instant()


class Salt(ClickRow, discriminator="salt"):
    """A day's salt for visitor hashes. When it is gone, so is the way back from hash to visitor."""

    salt = UnicodeAttribute()


def partition_of(code_key: str, hour: str, shard: int) -> str:
    """Return the partition of a link's clicks in an hour. One shard serves up to 300 clicks a second."""
    return f"{code_key}#{hour}#{shard}"
