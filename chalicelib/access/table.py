"""Keys, sessions and magic links as stored: hashes, never the secrets themselves."""

from pynamodb.attributes import TTLAttribute
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured


class ApiKey(Model):
    """A key of the API: what it may do, and the hash of its secret."""

    class Meta(rows.Table):
        table_name = config.table("access")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="key")
    object = Text(default="key")
    name = Text()
    secret_hash = Text()
    last_four = Text()
    scopes: Structured[list[str]] = Structured(list[str])
    # A publishable key is of one program.
    program_id = OptionalText()
    created_at = Instant()
    revoked_at = OptionalInstant()
    listed: rows.Listed["ApiKey"] = rows.Listed()


class MagicLink(Model):
    """A magic link. The link itself is made from this row and the signing secret, and stored nowhere."""

    class Meta(rows.Table):
        table_name = config.table("access")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="magic")
    holder_id = Text()
    # The digest of the address that it is sent to; links of before do not say.
    mailbox = OptionalText()
    nonce = Text()
    good_until = Instant()
    used_at = OptionalInstant()
    created_at = Instant()
    expires = TTLAttribute()


class Session(Model):
    """A holder signed in on one device: the hash of what their cookie holds, in their own partition."""

    class Meta(rows.Table):
        table_name = config.table("access")

    holder_id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    secret_hash = Text()
    # The digest of the address they signed in with: it says which profiles are theirs. Sessions by API key have none,
    # and neither have sessions from before profiles existed.
    mailbox = OptionalText()
    good_until = Instant()
    ended_at = OptionalInstant()
    created_at = Instant()
    expires = TTLAttribute()


class SignedOut(Model):
    """When a holder last signed out everywhere: sessions that began before are no longer valid."""

    class Meta(rows.Table):
        table_name = config.table("access")

    holder_id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="signed_out")
    at = Instant()


class RateCount(Model):
    """How often something was tried in one UTC hour, by the hash of the caller."""

    class Meta(rows.Table):
        table_name = config.table("access")

    who = Text(hash_key=True, attr_name="pk")
    hour = Text(range_key=True, attr_name="sk")
    times = WholeNumber()
    expires = TTLAttribute()


def session_key(identifier: str) -> str:
    """Return the sort key of a session in its holder's partition."""
    return f"session#{identifier}"
