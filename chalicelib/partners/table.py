"""Partners and their enrolments, in one partition each."""

from pynamodb.attributes import DiscriminatorAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.kit import config, rows
from chalicelib.kit.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.partners.preferences import Preferences


class ListedPartners(GlobalSecondaryIndex["Partner"]):
    """All partners, oldest first."""

    class Meta:
        index_name = "listed"
        projection = AllProjection()

    object = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class EnrolledPartners(GlobalSecondaryIndex["Enrolment"]):
    """Who takes part in a programme, oldest first."""

    class Meta:
        index_name = "enrolled"
        projection = AllProjection()

    enrolled_in = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class PartnerRow(Model):
    """Any row of the partners table."""

    class Meta(rows.Table):
        table_name = config.table("partners")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = DiscriminatorAttribute()


class Partner(PartnerRow, discriminator="partner"):
    """Somebody who may be rewarded for sending others."""

    object = Text(default="partner")
    category = Text()
    name = Text()
    email = OptionalText()
    locale = Text(default="en")
    external_id = OptionalText()
    # Which letters they want; all of them, each at once, until they say otherwise.
    letters: Structured[Preferences] = Structured(Preferences, default=Preferences)
    created_at = Instant()
    listed = ListedPartners()


class Enrolment(PartnerRow, discriminator="enrolment"):
    """A partner's part in one programme."""

    program_id = Text()
    enrolled_in = Text()
    enrolled = EnrolledPartners()
    # Share links are signed over this: a new one ends the old links.
    share_nonce = Text()
    enrolled_at = Instant()


class StandingChange(PartnerRow, discriminator="standing"):
    """A change of a partner's category, or of their tier in a programme, from a date on. Never edited."""

    number = WholeNumber()
    what = Text()
    program_id = OptionalText()
    to = OptionalText()
    reason = Text()
    by = Text()
    effective_from = Instant()
    # A tier given by hand stays until then, whatever the rules say.
    pinned_until = OptionalInstant()
    created_at = Instant()


class PartnerName(PartnerRow, discriminator="name"):
    """The caller's own id for a partner, and ours."""

    partner_id = Text()


class Progress(PartnerRow, discriminator="progress"):
    """How far a walk through all partners has got, to be gone on with."""

    position = Text()


def enrolment_key(program_id: str) -> str:
    return f"enrolment#{program_id}"


def change_key(number: int) -> str:
    """Return the sort key of a partner's nth change: of two at once, one finds its place taken."""
    return f"standing#{number:06}"


def name_key(external_id: str) -> str:
    """Return the partition a caller's own id has; no id of ours looks like it."""
    return f"ext#{external_id}"
