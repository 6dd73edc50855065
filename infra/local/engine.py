"""
AWS in this process: MiniStack's DynamoDB, S3 and SES, called without their HTTP server.

`make run`, `make demo` and the tests share it. What it answers is what the server answers
(`infra.local.server`, and a test that compares them); the socket, the event loop and reading the same
expression again and again are left out.
"""

import copy
import itertools
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from infra.local import ministack, templates, wires
from infra.local.journal import Journal, Line
from infra.local.queries import Queries
from infra.local.streams import Record, Stream
from infra.local.wires import Answer
from infra.local.writes import OPERATIONS, Writes

_accounts = itertools.count(1)

Item = dict[str, Any]


class Engine:
    """
    The tables of infra/tables.yaml with their streams, buckets for dead letters and daily roots, and a mailbox.

    Every engine has an AWS account of its own, so that two never see each other's tables. With a
    *folder* all that was answered is in its journal, and is there again when the next engine opens it.
    """

    def __init__(self, *, stage: str, sender: str, folder: Path | None = None) -> None:
        self.sender = sender
        self.prefix = f"goodword-{stage}-"
        # The first is the one that journals without a bucket's name are about.
        self.buckets = (f"{self.prefix}dead-letters", f"{self.prefix}roots")
        # Called with the name of a table that was changed, and the new records of its stream if it has one.
        self.listeners: list[Callable[[str, list[Record]], None]] = []
        self.streams: dict[str, Stream] = {}
        # How far each reader of a stream has come, and anything else that has to outlive the process.
        self.durable: dict[str, Any] = {}
        self._tables: dict[str, dict[str, Any]] = {}
        self._queries = Queries(self.prefix, self._tables)
        self._writes = Writes(self.prefix, self._tables)
        self._account = ministack.Account(f"{next(_accounts):012d}")
        # Bucket names are global: engines of one process that have the same name share their buckets.
        self._buckets = ministack.Account("000000000000")
        self.lock = ministack.lock
        self._journal: Journal | None = None
        self._make()
        if folder is not None:
            self._open(Journal(folder))

    # DynamoDB

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer as DynamoDB. Raises wire.Declined."""
        return self.send(operation, json.dumps(parameters).encode())

    def send(self, operation: str, body: bytes) -> dict[str, Any]:
        """Answer a body as it goes over the wire. Raises wire.Declined."""
        return wires.read(operation, self.answer(operation, body))

    def answer(self, operation: str, body: bytes) -> Answer:
        """Answer a body as it goes over the wire: status, headers, and a body of JSON."""
        parameters = ministack.read(body)
        with self._account:
            self._keep_up()
            ministack.changed.clear()
            ask = partial(ministack.answer, operation, parameters, body)
            if operation == "Query":
                answer = self._queries.answer(parameters, ask)
            elif operation in OPERATIONS:
                answer = self._writes.answer(operation, parameters, len(body), ask)
            else:
                answer = ask()
            written = self._commit(operation, body) if answer[0] == 200 and ministack.changed else {}
        for table, records in written.items():
            for listener in self.listeners:
                listener(table, records)
        return answer

    def items(self, table: str) -> list[Item]:
        """Return all rows of a table as they are stored, to be looked at; `set_item` changes one."""
        with self.lock:
            return [item for partition in self._tables[table]["items"].values() for item in partition.values()]

    def set_item(self, table: str, item: Item) -> None:
        """Put a row behind DynamoDB's back: nothing is checked, and no stream record tells of it."""
        with self._account:
            ministack.dynamodb()._set_item(self._tables[table], item["pk"]["S"], item["sk"]["S"], copy.deepcopy(item))

    def delete_item(self, table: str, pk: str, sk: str) -> None:
        """Lose a row behind DynamoDB's back."""
        with self._account:
            ministack.dynamodb()._remove_item(self._tables[table], pk, sk)

    def records(self, table: str) -> list[Record]:
        """Return all records of a table's stream that were not forgotten."""
        with self.lock:
            return list(self.streams[table].records)

    # S3 and SES

    def request(self, service: str, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer an HTTP request as S3 or SES."""
        parts = urlsplit(url)
        # An address may have the bucket in its host name.
        hosts = [bucket for bucket in self.buckets if parts.netloc.startswith(f"{bucket}.")]
        path = unquote("".join(f"/{bucket}" for bucket in hosts) + parts.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        request = (method, path, headers, ministack.unchunked(body, headers), query)
        with self._buckets if service == "s3" else self._account:
            self._keep_up()
            if service == "s3":
                answer: Answer = ministack.finished(ministack.s3().handle_request(*request, internal=True))
                if method in ("PUT", "DELETE") and answer[0] < 300:
                    _, bucket, key = path.split("/", 2)
                    self._write("object", [key, self._objects(bucket).get(key), bucket])
                return answer
            before = len(ministack.ses()._sent_emails_list())
            answer = ministack.finished(ministack.ses().handle_request(*request))
            for email in ministack.ses()._sent_emails_list()[before:]:
                self._write("email", email)
            return answer

    def emails(self) -> list[dict[str, Any]]:
        """Return all emails sent, in order: From, To, Subject, BodyText, BodyHtml as SES was given them."""
        with self._account:
            return list(ministack.ses()._sent_emails_list())

    # What outlives the process

    def keep(self, name: str, value: Any) -> None:
        """Remember a value by its name, in the journal too: how far a reader is, how a clock is set."""
        with self.lock:
            self._keep_up()
            self.durable[name] = value
            self._write("keep", {name: value})

    def forget_records(self, table: str, position: int) -> None:
        """Let go of a stream's records before a position."""
        with self.lock:
            self.streams[table].forget_before(position)

    def reset(self) -> None:
        """Empty everything. The tables stay."""
        with self._account:
            self._make_tables()
            for table in self._tables.values():
                table["items"].clear()
                ministack.dynamodb()._items_replaced(table)
            self._forget_tokens()
            self.streams = {table: Stream() for table in self.streams}
            self.durable.clear()
            for bucket in self.buckets:
                self._objects(bucket).clear()
            ministack.ses()._sent_emails_list().clear()
            self._make_sender()
            if self._journal is not None:
                self._journal.renew(self._snapshot())

    def close(self) -> None:
        with self.lock:
            if self._journal is not None:
                self._journal.close()
                self._journal = None

    def _forget_tokens(self) -> None:
        """Forget which transactions were sent: their senders, who could repeat one, end with this process."""
        with self._account:
            for token in list(ministack.dynamodb()._txn_idempotency):
                ministack.dynamodb()._txn_idempotency.pop(token)

    def _make(self) -> None:
        with self._account:
            self._make_tables()
            self._make_sender()
        with self._buckets:
            for bucket in self.buckets:
                created = ministack.finished(
                    ministack.s3().handle_request("PUT", f"/{bucket}", {}, b"", {}, internal=True)
                )
                assert created[0] in (200, 409), created

    def _make_tables(self) -> None:
        """Make those tables that are not there."""
        for table in templates.tables(stage=self.prefix.split("-")[1]):
            if table["TableName"] in ministack.dynamodb()._tables:
                continue
            self.call("CreateTable", table)
            name = table["TableName"].removeprefix(self.prefix)
            self._tables[name] = ministack.dynamodb()._tables[table["TableName"]]
            if "StreamSpecification" in table:
                self.streams[name] = Stream()

    def _make_sender(self) -> None:
        """Verify the sender of emails."""
        if self.sender not in ministack.ses()._identities:
            identity = json.dumps({"EmailIdentity": self.sender}).encode()
            answer = self.request("sesv2", "POST", "http://ses/v2/email/identities", {}, identity)
            assert answer[0] == 200, answer

    def _commit(self, operation: str, body: bytes) -> dict[str, list[Record]]:
        """Take over what a call wrote. Returns the new records of streams, by changed table."""
        written: dict[str, list[Record]] = {}
        for full_name in ministack.changed:
            table = full_name.removeprefix(self.prefix)
            stream = self.streams.get(table)
            records = ministack.dynamodb()._stream_records.get(full_name) if stream is not None else None
            written[table] = stream.take(records) if stream is not None and records else []
        # A line of its own: in JSON, a new line is nothing but space.
        self._write_line("call", operation.encode() + b" " + body.replace(b"\n", b" "))
        return written

    def _objects(self, bucket: str) -> dict[str, Any]:
        with self._buckets:
            objects: dict[str, Any] = ministack.s3()._buckets[bucket]["objects"]
            return objects

    def _write(self, kind: str, content: Any) -> None:
        if self._journal is not None:
            self._write_line(kind, json.dumps(content, default=ministack.persistence()._json_default).encode())

    def _write_line(self, kind: str, content: bytes) -> None:
        if self._journal is not None:
            self._journal.write(kind, content)

    def _keep_up(self) -> None:
        """Have the journal say all that was done. Raises OSError if it cannot be: nothing may be answered then."""
        if self._journal is not None:
            self._journal.keep_up(self._snapshot)

    def _snapshot(self) -> Iterator[Line]:
        """Return lines that recreate everything."""

        def line(kind: str, content: Any) -> Line:
            return kind, json.dumps(content, default=ministack.persistence()._json_default).encode()

        for table in self._tables:
            for item in self.items(table):
                yield line("row", [table, item])
        for table, stream in self.streams.items():
            yield line("stream", [table, stream.begin, stream.records])
        for bucket in self.buckets:
            for key, stored in self._objects(bucket).items():
                yield line("object", [key, stored, bucket])
        for email in self.emails():
            yield line("email", email)
        yield line("keep", self.durable)

    def _open(self, journal: Journal) -> None:
        """Do again all that a journal says, and write on in it."""
        try:
            # The first line is the header's.
            for number, (kind, written) in enumerate(journal.lines(), 2):
                try:
                    self._replay(kind, written)
                except Exception as error:
                    raise SystemExit(
                        f"{journal.path} is damaged: line {number} ({kind!r:.40}) cannot be done again. {error}"
                    ) from error
        except BaseException:
            journal.close()
            raise
        self._journal = journal

    def _replay(self, kind: str, written: bytes) -> None:
        if kind == "call":
            operation, _, body = written.partition(b" ")
            self.send(operation.decode(), body)
            # One that was sent again later than tokens are good for was done again, and is done again here.
            self._forget_tokens()
            return
        content = json.loads(written, object_hook=ministack.persistence()._json_object_hook)
        if kind == "row":
            self.set_item(*content)
        elif kind == "stream":
            stream = self.streams[content[0]]
            stream.begin, stream.records = content[1:]
        elif kind == "email":
            with self._account:
                ministack.ses()._sent_emails_list().append(content)
        elif kind == "object":
            key, stored, *named = content
            objects = self._objects(named[0] if named else self.buckets[0])
            if stored is None:
                objects.pop(key, None)
            else:
                objects[key] = stored
        elif kind == "keep":
            self.durable.update(content)
        else:
            raise ValueError("This version knows no such kind.")
