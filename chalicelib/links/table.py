"""Links by their code; all that the redirect needs is in the one row."""

from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.kit import config, rows
from chalicelib.kit.attributes import Instant, OptionalInstant, OptionalText, WholeNumber


class LinksOfPartner(GlobalSecondaryIndex["Link"]):
    """A partner's links, oldest first."""

    class Meta:
        index_name = "by_partner"
        projection = AllProjection()

    partner_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class LinkRow(Model):
    """Any row of the links table."""

    class Meta(rows.Table):
        table_name = config.table("links")

    key = UnicodeAttribute(hash_key=True, attr_name="pk")
    sort = UnicodeAttribute(range_key=True, attr_name="sk")
    kind = DiscriminatorAttribute()


class Link(LinkRow, discriminator="link"):
    """A link: whose it is, where it leads, and until when. `key` is its code, compared."""

    id = UnicodeAttribute()
    code = UnicodeAttribute()
    program_id = UnicodeAttribute()
    partner_id = UnicodeAttribute()
    destination = UnicodeAttribute()
    channel = OptionalText()
    external_id = OptionalText()
    # How long the redirect's own cookie lives; 0 sets none.
    cookie_days = WholeNumber(default=0)
    expires_at = OptionalInstant()
    disabled_at = OptionalInstant()
    created_at = Instant()
    by_partner = LinksOfPartner()


class LinkName(LinkRow, discriminator="name"):
    """Our id for a link, or the caller's own; and its code."""

    code_key = UnicodeAttribute()


def name_key(external_id: str) -> str:
    """Return the partition a caller's own id has; no code and no id of ours looks like it."""
    return f"ext#{external_id}"
