"""Names that partners share with their friends: in the partner's own partition, and by folded name."""

from datetime import datetime, timedelta

from msgspec import Struct

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, Text
from chalicelib.kit.structured import Structured
from chalicelib.partners.table import PartnerRow

# A friend may have learned a name long before they buy.
FORMER_NAMES_COUNT = timedelta(days=400)
# Former names that still count: more would let a partner collect what friends of others type.
MOST_FORMER = 3
_SHARED = "shared_name#"


class FormerName(Struct, frozen=True):
    """A name that a partner shared before: the digest it is listed under, since when, and until when it counts."""

    digest: str
    since: datetime
    until: datetime


class SharedName(PartnerRow, discriminator="shared_name"):
    """
    The name under which a partner may be named in a program, with their consent: what they read, and when.

    The row stands as long as they consent: the audit trail keeps that they gave and withdrew it.
    """

    program_id = Text()
    name = Text()
    digest = Text()
    # When this name, and the first one since they consent, was chosen.
    since = Instant()
    consented_at = Instant()
    # A digest of the words that they agreed to last, and their language.
    words_hash = Text()
    language = Text()
    former: Structured[list[FormerName]] = Structured(list[FormerName], default=list)

    @property
    def digests(self) -> list[str]:
        """Return the digests of all names under which the partner is listed."""
        return [self.digest, *(one.digest for one in self.former)]

    @property
    def listed_as(self) -> "list[NameHolder]":
        """Return the rows that list the partner under these names."""
        current = NameHolder(holders_key(self.program_id, self.digest), self.id, since=self.since)
        former = [
            NameHolder(holders_key(self.program_id, one.digest), self.id, since=one.since, until=one.until)
            for one in self.former
        ]
        return [current, *former]


class NameHolder(PartnerRow, discriminator="name_holder"):
    """That a partner may be named so in a program: the partition is a keyed hash of the name, the sort key who."""

    since = Instant()
    # Of a former name: until when it counts.
    until = OptionalInstant()

    @property
    def partner_id(self) -> str:
        return self.sort

    def counts(self, at: datetime) -> bool:
        """Return whether the name is one of the partner's then."""
        return self.until is None or at < self.until


def shared_name_key(program_id: str) -> str:
    return f"{_SHARED}{program_id}"


def holders_key(program_id: str, digest: str) -> str:
    """Return the partition of who shares a name in a program."""
    return f"friend#{program_id}#{digest}"


def unlist(row: SharedName) -> list[writes.Write]:
    """Return the writes that delete a shared name, and all by which friends would find its partner."""
    return [writes.delete(one) for one in (row, *row.listed_as)]
