"""Keys, sessions and links that let somebody in, as stored: never what opens a door itself."""

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
    """A link that lets its holder in once. The link itself is made from this and the signing secret, and kept nowhere."""

    class Meta(rows.Table):
        table_name = config.table("access")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="magic")
    holder_id = Text()
    nonce = Text()
    good_until = Instant()
    used_at = OptionalInstant()
    created_at = Instant()
    expires = TTLAttribute()


class Session(Model):
    """Somebody signed in on one device: the hash of what their cookie holds, under their own partition."""

    class Meta(rows.Table):
        table_name = config.table("access")

    holder_id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    secret_hash = Text()
    good_until = Instant()
    ended_at = OptionalInstant()
    created_at = Instant()
    expires = TTLAttribute()


class SignedOut(Model):
    """When a holder last signed out everywhere: no session begun by then is good any more."""

    class Meta(rows.Table):
        table_name = config.table("access")

    holder_id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="signed_out")
    at = Instant()


class Asked(Model):
    """How often something was asked for in the name of one address, or tried, in an hour. No address: its hash."""

    class Meta(rows.Table):
        table_name = config.table("access")

    who = Text(hash_key=True, attr_name="pk")
    hour = Text(range_key=True, attr_name="sk")
    times = WholeNumber()
    expires = TTLAttribute()


def session_key(identifier: str) -> str:
    """Return the sort key of a session in its holder's partition."""
    return f"session#{identifier}"
