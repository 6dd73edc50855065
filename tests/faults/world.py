"""A shop on the in-process engine: the same API, triggers and emails, with every call open to faults."""

import contextlib
import json
from unittest.mock import patch

from botocore.exceptions import ClientError

from chalicelib.emails import ses_client
from chalicelib.kit import memory
from infra.local.wires import answer_botocore
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


@contextlib.contextmanager
def world(at=NOON):
    """Open a shop on an empty engine, with nothing remembered from the one before."""
    if not _engines:
        _engines.append(new_engine())
    engine = _engines[0]
    engine.reset()
    memory.forget_everything()
    _open.append(engine)
    try:
        with installed(Line(engine)) as line:
            shop = World(line, at)
            with patch.object(ses_client, "client", lambda: shop.mailbox):
                yield shop
    finally:
        _open.remove(engine)
