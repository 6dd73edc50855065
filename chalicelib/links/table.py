"""Links by their code; all that the redirect needs is in the one row."""

from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, Kind, OptionalInstant, OptionalText, Text, WholeNumber


class LinksOfPartner(GlobalSecondaryIndex["Link"]):
    """A partner's links, sorted by time."""

    class Meta:
        index_name = "by_partner"
        projection = AllProjection()

    partner_id = Text(hash_key=True)
    id = Text(range_key=True)


class LinksOfProgram(GlobalSecondaryIndex["Link"]):
    """A program's links, sorted by time. An entry is written with each new link, and as it changes."""

    class Meta:
        index_name = "by_program"
        projection = AllProjection()

    program_id = Text(hash_key=True)
    id = Text(range_key=True)


class LinkRow(Model):
    """Any row of the links table."""

    class Meta(rows.Table):
        table_name = config.table("links")

    key = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()


class Link(rows.Revised, LinkRow, discriminator="link"):
    """A link: its partner, its destination, and its expiry. `key` is its code, compared."""

    id = Text()
    code = Text()
    program_id = Text()
    partner_id = Text()
    destination = Text()
    channel = OptionalText()
    external_id = OptionalText()
    expires_at = OptionalInstant()
    disabled_at = OptionalInstant()
    # When destination, channel or expiry were last changed.
    changed_at = OptionalInstant()
    # When it last led on again, after it had ended.
    restored_at = OptionalInstant()
    created_at = Instant()
    by_partner = LinksOfPartner()
    by_program = LinksOfProgram()


class LinkName(LinkRow, discriminator="name"):
    """Our id for a link, or the caller's own; and its code."""

    code_key = Text()


class LinkCount(LinkRow, discriminator="count"):
    """How many links a partner has that were not ended. Partners of before this was kept have no such row."""

    number = WholeNumber()


class PartnerLink(LinkRow, discriminator="partner_link"):
    """That a partner has a link: their partition lists them consistently, where an index may lag behind."""


def count_key(partner_id: str) -> str:
    """Return the partition of the number of a partner's links; no code looks like it."""
    return f"count#{partner_id}"


def name_key(external_id: str) -> str:
    """Return the partition a caller's own id has; no code and no id of ours looks like it."""
    return f"ext#{external_id}"


def partner_link(link: Link) -> PartnerLink:
    """Return the row that lists a link with its partner; a partner's id looks like no code."""
    return PartnerLink(link.partner_id, f"link#{link.key}")
