"""A shop on the in-process engine: the same API, triggers and emails, with every call open to faults."""

import contextlib
import functools
import io
import json
import pickle
from unittest.mock import patch

from botocore.exceptions import ClientError

from chalicelib.emails import ses_client
from chalicelib.kit import memory
from infra.local.wires import answer_botocore
from tests.faults import snapshots
from tests.faults.line import Line, installed, new_engine
from tests.world import NOON, Shop, Streams

_engines = []
_open = []

# boto3, where a test uses it, asks the engine of the shop that is open.
answer_botocore(lambda: _open[-1] if _open else None)


class EngineStreams(Streams):
    """The engine's own stream records, carried to the real triggers when a test says so."""

    def __init__(self, engine):
        super().__init__()
        self.engine = engine

    def fetched(self, source):
        return self.engine.records(source.table)


class Mailbox:
    """SES, on the same line as DynamoDB: its calls are counted and can fail like any other."""

    def __init__(self, line):
        self.line = line
        self.sent = []
        self.written = []

    def send_email(self, **email):
        n = len(self.line.calls)
        self.line.calls.append(("SendEmail", ("ses",)))
        self.line.fault.before(n, "SendEmail", email)
        status, received, answer = self.line.engine.request(
            "sesv2", "POST", "http://ses/v2/email/outbound-emails", {}, json.dumps(email).encode()
        )
        if status != 200:
            error = {"Code": received["x-amzn-errortype"], "Message": json.loads(answer)["message"]}
            raise ClientError({"Error": error}, "SendEmail")
        self.sent.append((email["Content"]["Simple"]["Subject"]["Data"], email["Destination"]["ToAddresses"][0]))
        self.written.append(email)
        self.line.fault.after(n, "SendEmail", email)


class World(Shop):
    """A business on the in-process engine."""

    # Whether a test has changed rows behind the service's back.
    tampered = False

    def __init__(self, line, at=NOON):
        self.line = line
        self.engine = line.engine
        self.mailbox = Mailbox(line)
        super().__init__(at, EngineStreams(line.engine))
        self._begin_with(())

    def _begin_with(self, builders):
        self._builders = builders
        self._since = (len(self.line.calls), self.at)

    @property
    def builders(self):
        """What built all that is in it, in order; None if something else has happened in it."""
        untouched = self._since == (len(self.line.calls), self.at) and not self.tampered
        return self._builders if untouched else None

    def state(self):
        """Return all that is stored and sent, and how far its streams are read."""
        own = (self.at, self.key, self.streams.read, self.mailbox.sent, self.mailbox.written)
        return snapshots.of(self.engine), pickle.dumps(own)

    def put_back(self, state):
        """Make all as it was; nothing is remembered from the time since then."""
        of_engine, own = state
        snapshots.put_back(self.engine, of_engine)
        memory.forget_everything()
        self.streams = EngineStreams(self.engine)
        self.at, self.key, self.streams.read, self.mailbox.sent, self.mailbox.written = pickle.loads(own)

    def emails(self):
        return list(self.mailbox.sent)

    def rows(self, table):
        return self.engine.items(table)

    def put_row(self, table, row):
        self.tampered = True
        self.engine.set_item(table, row)

    def delete_row(self, table, row):
        self.tampered = True
        self.engine.delete_item(table, row["pk"]["S"], row["sk"]["S"])


def built_once(build):
    """
    Have what a fixture builds in a shop built once in this process, and put back after that.

    Fixtures may be built on each other. What else they take must not change what they build, and a test that
    has done something in the shop before has it built anew.
    """
    built = {}

    @functools.wraps(build)
    def put_back(shop, **others):
        before = shop.builders if isinstance(shop, World) else None
        if before is None:
            return build(shop, **others)
        if before not in built:
            value = build(shop, **others)
            if shop.tampered:
                return value
            built[before] = (shop.state(), _pickled(value, shop))
        state, value = built[before]
        shop.put_back(state)
        shop._begin_with((*before, build))
        return _unpickled(value, shop)

    return put_back


def _pickled(value, shop):
    """Return a value without the shop that it names."""
    content = io.BytesIO()
    pickler = pickle.Pickler(content)
    pickler.persistent_id = lambda one: "shop" if one is shop else None
    pickler.dump(value)
    return content.getvalue()


def _unpickled(content, shop):
    unpickler = pickle.Unpickler(io.BytesIO(content))
    unpickler.persistent_load = lambda _name: shop
    return unpickler.load()


@contextlib.contextmanager
def answering(engine):
    """Have botocore's clients ask that engine."""
    _open.append(engine)
    try:
        yield engine
    finally:
        _open.remove(engine)


@contextlib.contextmanager
def world(at=NOON):
    """Open a shop on an empty engine, with nothing remembered from the one before."""
    if not _engines:
        _engines.append(new_engine())
    engine = _engines[0]
    engine.reset()
    memory.forget_everything()
    with answering(engine), installed(Line(engine)) as line:
        shop = World(line, at)
        with patch.object(ses_client, "client", lambda: shop.mailbox):
            yield shop
