"""Rows of the people who administer, beside their sessions and magic links."""

from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.users.roles import Grant, Rights


class User(Model):
    """A person who administers, and their roles. Removed users are kept, so that their actions have a name."""

    class Meta(rows.Table):
        table_name = config.table("access")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="user")
    object = Text(default="user")
    email = Text()
    name = Text()
    locale = Text(default="en")
    grants: Structured[list[Grant]] = Structured(list[Grant], sparse=True)
    # How often the row was changed: a change is made of what was read, or not at all.
    version = WholeNumber(default=1)
    # When the roles were last changed: sessions that began before are no longer valid.
    sessions_after = OptionalInstant()
    # When they first opened an email, which shows that the address is theirs.
    confirmed_at = OptionalInstant()
    # When they last signed in, and when they did before that: what is newer than that is new to them.
    signed_in_at = OptionalInstant()
    signed_in_before = OptionalInstant()
    created_at = Instant()
    removed_at = OptionalInstant()
    listed: rows.Listed["User"] = rows.Listed()

    @property
    def rights(self) -> Rights:
        return Rights(tuple(self.grants))


class UserAddress(Model):
    """The owner of an email address, among those who administer: one user at most."""

    class Meta(rows.Table):
        table_name = config.table("access")

    address = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="user_address")
    user_id = Text()


class Owners(Model):
    """The ids of all owners, in one row: of changes to two of them at once, one is made first."""

    class Meta(rows.Table):
        table_name = config.table("access")

    key = Text(hash_key=True, attr_name="pk", default="owners")
    sort = Text(range_key=True, attr_name="sk", default="owners")
    ids: Structured[list[str]] = Structured(list[str], default=list)
    version = WholeNumber(default=0)


def address_key(address: str) -> str:
    """Return the key of an address, in lower case. It uses no secret, because an operator's command has none."""
    return f"address#{address.strip().lower()}"
