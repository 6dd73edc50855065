"""
Delivers stream records as Lambda's event source mappings may: late, again, re-cut, out of order, with crashes.

The settings obeyed are those of infra/app.yaml. Everything is decided by one chance, so a seed tells it all.
"""

from dataclasses import dataclass, field

import app as goodword
from infra.local.pump import matches
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Lost, Meanwhile, Refused

CODES = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "TransactionConflictException",
    "TransactionInProgressException",
]
# A failed condition is none of them: DynamoDB says so only where one fails, and then the engine does, too.
REASONS = [
    "TransactionConflict",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "ItemCollectionSizeLimitExceeded",
    "ValidationError",
]


def a_fault(chance, first):
    """Return a fault at one of the next calls."""
    at = first + chance.randrange(12)
    kind = chance.randrange(5)
    if kind == 0:
        return CrashBefore(at)
    if kind == 1:
        return CrashAfter(at)
    if kind == 2:
        return Lost(at)
    if kind == 3:
        return Refused(at, code=chance.choice(CODES), tries=chance.choice([1, 1, 2, 9]))
    return Refused(at, code="TransactionCanceledException", reason=chance.choice(REASONS), position=chance.randrange(6))


@dataclass
class Shard:
    """Records of some keys, in order, and how far they have been delivered."""

    records: list = field(default_factory=list)
    position: int = 0
    retries: int = 0
    parent: "Shard | None" = None
    cut: int | None = None

    @property
    def waiting(self):
        return self.position < len(self.records)

    @property
    def readable(self):
        """A child is read only once its parent has been."""
        return self.waiting and (self.parent is None or not self.parent.waiting)


class Mapping:
    """One event source mapping: its shards, its settings, and what it has given up on."""

    def __init__(self, source, streams, chance):
        self.source = source
        self.streams = streams
        self.chance = chance
        self.shards = [Shard() for _ in range(chance.choice([1, 1, 2, 3]))]
        self.offset = 0
        self.dead = []

    def fetch(self):
        """Take what was committed since: a key's records stay in one line, until its shard is split."""
        records = self.streams.engine.records(self.source.table)
        for record in records[self.offset :]:
            if matches(record, self.source.filters):
                self._of(str(record["dynamodb"]["Keys"])).records.append(record)
        self.offset = len(records)

    def _of(self, key):
        """Return the open shard a key belongs to: by its hash, and by how the shards were split."""
        opened = [one for one in self.shards if not any(other.parent is one for other in self.shards)]
        return opened[sum(key.encode()) % len(opened)]

    def split(self):
        """Split the open shards: what is committed from now on goes to children, read after their parents."""
        for shard in [one for one in self.shards if not any(other.parent is one for other in self.shards)]:
            self.shards += [Shard(parent=shard), Shard(parent=shard)]

    @property
    def busy(self):
        return self.dead or any(shard.waiting for shard in self.shards)


class Deliveries:
    """All mappings, driven by chance until nothing is left."""

    def __init__(self, shop, chance, *, faults=True):
        self.shop = shop
        self.chance = chance
        self.faults = faults
        self.mappings = [Mapping(source, shop.streams, chance) for source in shop.streams.sources]
        self.batches = self.crashes = self.emails_twice = self.dead = 0

    def step(self):
        """Deliver one batch of one shard, or bring back a dead letter. Returns whether there was anything to do."""
        self.shop.wait(seconds=self.chance.choice([0, 0, 1, 7]))
        for mapping in self.mappings:
            mapping.fetch()
        busy = [mapping for mapping in self.mappings if mapping.busy]
        if not busy:
            return False
        mapping = self.chance.choice(busy)
        if self.faults and self.chance.random() < 0.03:
            mapping.split()
        shards = [shard for shard in mapping.shards if shard.readable]
        if mapping.dead and (not shards or self.chance.random() < 0.2):
            self._redrive(mapping)
        elif shards:
            self._deliver(mapping, self.chance.choice(shards))
        return True

    def drain(self):
        while self.step():
            pass

    def again(self):
        """Have everything delivered once more, from the beginning."""
        for mapping in self.mappings:
            for shard in mapping.shards:
                shard.position = 0

    def _redrive(self, mapping):
        batch = mapping.dead.pop(self.chance.randrange(len(mapping.dead)))
        failed = self._call(mapping, batch)
        if failed is not None:
            mapping.dead.append(batch[failed:])

    def _deliver(self, mapping, shard):
        most = mapping.source.batch_size
        size = shard.cut or self.chance.choice([1, 2, 3, most])
        begin = shard.position
        batch = shard.records[begin : begin + size]
        failed = self._call(mapping, batch)
        shard.cut = None
        if failed is None:
            # The checkpoint may be lost: the same records come again, cut otherwise.
            if not (self.faults and self.chance.random() < 0.15):
                shard.position = max(shard.position, begin + len(batch))
                shard.retries = 0
            return
        # Another function may have come further with the same records meanwhile.
        shard.position = max(shard.position, begin + failed)
        shard.retries = 0 if failed else shard.retries + 1
        if mapping.source.bisect and len(batch) - failed > 1:
            shard.cut = (len(batch) - failed) // 2
        if shard.retries > min(mapping.source.retries, 6):
            self.dead += 1
            lost = shard.records[shard.position : shard.position + max(1, len(batch) - failed)]
            mapping.dead.append(lost)
            shard.position += len(lost)
            shard.retries = 0

    def _call(self, mapping, batch):
        """Call the trigger. Returns where the first failed record stands, or None if all went well."""
        line = self.shop.line
        sent_before = len(self.shop.mailbox.sent)
        if self.faults and self.chance.random() < 0.5:
            line.fault = a_fault(self.chance, len(line.calls))
        elif self.faults and self.chance.random() < 0.2:
            line.fault = Meanwhile(len(line.calls) + self.chance.randrange(6), self._other)
        fault, hit_before = line.fault, line.fault.hit
        self.batches += 1
        try:
            answer = getattr(goodword, mapping.source.function)({"Records": batch}, None)
        except Crash:
            self.crashes += 1
            self.emails_twice += len(self.shop.mailbox.sent) - sent_before
            return 0
        finally:
            if self.faults:
                line.fault = Fault()
        named = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        if not named:
            return None
        if fault.hit and not hit_before:
            # An email whose mark failed may have gone out all the same.
            self.emails_twice += len(self.shop.mailbox.sent) - sent_before
        return min(n for n, record in enumerate(batch) if record["dynamodb"]["SequenceNumber"] in named)

    def _other(self):
        """Run another delivery inside this one."""
        line = self.shop.line
        before, line.fault = line.fault, Fault()
        faults, self.faults = self.faults, False
        try:
            self.step()
        finally:
            self.faults = faults
            line.fault = before
