"""All that an engine holds, kept as bytes and put back in it: what takes long to build is built once."""

import marshal
import pickle

from infra.local import ministack


def of(engine):
    """Return a snapshot of an engine."""
    with engine.lock:
        # Rows and records, which are nearly all of it, are plain JSON: read back in C.
        tables = {name: dict(table["items"]) for name, table in engine._tables.items()}
        streams = {name: (stream.begin, stream.records) for name, stream in engine.streams.items()}
        objects = {bucket: engine._objects(bucket) for bucket in engine.buckets}
        return marshal.dumps((tables, streams)), pickle.dumps((objects, engine.emails(), engine.durable))


def put_back(engine, snapshot):
    """Make an engine hold what a snapshot says, and nothing else."""
    tables, streams = marshal.loads(snapshot[0])
    objects, emails, durable = pickle.loads(snapshot[1])
    engine.reset()
    with engine._account:
        for name, partitions in tables.items():
            table = engine._tables[name]
            table["items"].update(partitions)
            ministack.dynamodb()._items_replaced(table)
        for name, (begin, records) in streams.items():
            engine.streams[name].begin, engine.streams[name].records = begin, records
        for bucket, stored in objects.items():
            engine._objects(bucket).update(stored)
        ministack.ses()._sent_emails_list().extend(emails)
        engine.durable.update(durable)
