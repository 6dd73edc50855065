"""The rows of the audit trail: entries by number, and a head with the state of each chain."""

from msgspec.structs import asdict
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.audit.entries import AuditLine, AuditState, hash_of
from chalicelib.kit import config, ids, instants
from chalicelib.kit.chains import HEAD, sort_of
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, Kind, OptionalText, Text, WholeNumber

SHARDS = 4


class ByActor(GlobalSecondaryIndex["AuditRow"]):
    """The entries of an actor, by their time-sorted ids."""

    class Meta:
        index_name = "by_actor"
        projection = AllProjection()

    key = Text(hash_key=True, attr_name="actor")
    id = Text(range_key=True)


class ByAction(GlobalSecondaryIndex["AuditRow"]):
    """The entries of an action, by their time-sorted ids."""

    class Meta:
        index_name = "by_action"
        projection = AllProjection()

    key = Text(hash_key=True, attr_name="action")
    id = Text(range_key=True)


class BySubject(GlobalSecondaryIndex["AuditRow"]):
    """The entries about a subject, by their time-sorted ids."""

    class Meta:
        index_name = "by_subject"
        projection = AllProjection()

    key = Text(hash_key=True, attr_name="subject")
    id = Text(range_key=True)


class AllEntries(GlobalSecondaryIndex["AuditRow"]):
    """All entries, by their time-sorted ids."""

    class Meta:
        index_name = "listed"
        projection = AllProjection()

    key = Text(hash_key=True, attr_name="object")
    id = Text(range_key=True)


class Chains(GlobalSecondaryIndex["AuditRow"]):
    """All chains, in a few shards. Written once, with a chain's first entry."""

    class Meta:
        index_name = "chains"
        projection = IncludeProjection(["row"])

    shard = Text(hash_key=True)
    chain = Text(range_key=True, attr_name="pk")


class AuditRow(Model):
    """Any row of the audit trail."""

    class Meta(rows.Table):
        table_name = config.table("audit")

    chain = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    row = Kind()
    # Only entries have the first, only heads the second: a row without an attribute is not in its index.
    id = OptionalText()
    object = OptionalText()
    actor = OptionalText()
    action = OptionalText()
    subject = OptionalText()
    shard = OptionalText()
    by_actor, by_action, by_subject, listed, chains = ByActor(), ByAction(), BySubject(), AllEntries(), Chains()


class AuditEntry(AuditRow, discriminator="entry"):
    """One change by an actor. Immutable."""

    seq = WholeNumber()
    kind = Text()
    session = OptionalText()
    part = OptionalText()
    request_id = OptionalText()
    before = OptionalText()
    after = OptionalText()
    at = Instant()
    previous = Text()
    hash = Text()

    @property
    def line(self) -> AuditLine:
        """Return everything the entry's hash covers."""
        fields = {name: getattr(self, name) for name in AuditLine.__struct_fields__}
        return AuditLine(**fields | {"at": instants.text(self.at)})


class AuditHead(AuditRow, discriminator="head"):
    """The state of a chain; it can be computed from its entries."""

    seq = WholeNumber()
    hash = Text()
    at = Text()

    @property
    def state(self) -> AuditState:
        return AuditState(self.seq, self.hash, self.at)


def entry_of(line: AuditLine) -> AuditEntry:
    """Return the one row an entry can have."""
    fields = asdict(line) | {"at": instants.parse(line.at), "hash": hash_of(line), "object": "audit_entry"}
    chain = fields.pop("chain")
    return AuditEntry(chain, sort_of(line.seq), **fields)


def head_of(chain: str, state: AuditState) -> AuditHead:
    """Return the one row that stores a chain's state."""
    return AuditHead(chain, HEAD, shard=shard_name(ids.shard(chain, of=SHARDS)), **asdict(state))


def shard_name(number: int) -> str:
    return f"chains#{number:02}"
