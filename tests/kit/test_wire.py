"""The wire, against a server of our own that behaves badly."""

import contextlib
import json
import socket
import threading
import time
import zlib
from unittest.mock import patch

import pytest

from chalicelib.kit import structured
from chalicelib.kit.dynamo import wire
from chalicelib.kit.dynamo.wire import Declined, Unreachable, Wire

OK = {"Item": {"pk": {"S": "ü"}}}


def answer(status, body, *, checksum=None, close=False):
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    crc = zlib.crc32(content) if checksum is None else checksum
    end = "Connection: close\r\n" if close else ""
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\nx-amz-crc32: {crc}\r\n{end}\r\n"
    return head.encode() + content


class BadServer:
    """Plays one step of a script for each request: bytes to send, seconds to be silent, or None to hang up."""

    def __init__(self, script):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.steps = iter(script)
        self.requests = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
            while self.hear(stream):
                step = next(self.steps, None)
                if not isinstance(step, bytes):
                    time.sleep(step or 0)
                    return
                for part in (step[:7], step[7:]):
                    connection.sendall(part)

    def hear(self, stream):
        head = []
        while (line := stream.readline()) not in (b"\r\n", b""):
            head.append(line)
        if not head:
            return False
        length = next(int(line.split()[1]) for line in head if line.lower().startswith(b"content-length"))
        self.requests.append((b"".join(head).decode(), json.loads(stream.read(length))))
        return True


@contextlib.contextmanager
def server(*script):
    bad = BadServer(script)
    url = f"http://127.0.0.1:{bad.listener.getsockname()[1]}"
    client = Wire(endpoint=url, target="DynamoDB_20120810", service="dynamodb", region="us-east-1")
    try:
        yield client, bad.requests
    finally:
        client.close()
        bad.listener.close()


def test_an_answer_is_read_and_the_connection_is_kept():
    with server(answer(200, OK), answer(200, OK)) as (client, requests):
        assert client.call("GetItem", {"Key": 1}) == OK
        assert client.call("GetItem", {"Key": 2}) == OK

    assert [body for _, body in requests] == [{"Key": 1}, {"Key": 2}]
    assert "x-amz-target: DynamoDB_20120810.GetItem" in requests[0][0]


class Words(str):
    """A text of a class of its own."""


@pytest.mark.parametrize("text", [Words("ü"), "ü", "\N{TEAPOT}", '"\\', "\ud800", ""], ids=ascii)
def test_any_text_is_sent_and_read_as_it_is_whoever_writes_the_bodies(text):
    content = json.dumps({"Item": {"pk": {"S": text}}}).encode()
    items = []
    with server(answer(200, content), answer(200, content)) as (client, requests):
        for write, read in ((wire._dumped, json.loads), (structured._written, structured._read)):
            with patch.multiple(wire, _write=write, _read=read):
                items.append(client.call("GetItem", {"Key": {"pk": {"S": text}}}))

    assert items == [{"Item": {"pk": {"S": text}}}] * 2
    assert [body for _, body in requests] == [{"Key": {"pk": {"S": text}}}] * 2


def test_a_refusal_says_what_botocores_would():
    refusal = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "canceled",
        "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}],
    }
    with server(answer(400, refusal)) as (client, requests), pytest.raises(Declined) as raised:
        client.call("TransactWriteItems", {})

    assert raised.value.response["Error"] == {"Code": "TransactionCanceledException", "Message": "canceled"}
    assert raised.value.response["CancellationReasons"][1]["Code"] == "ConditionalCheckFailed"
    assert len(requests) == 1


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(answer(400, {"__type": "x#ThrottlingException"}), id="throttled"),
        pytest.param(answer(500, {"__type": "x#InternalServerError"}), id="failed inside"),
        pytest.param(answer(503, b"<html>busy</html>"), id="an error page"),
        pytest.param(answer(200, OK, checksum=1), id="damaged on its way"),
        pytest.param(None, id="hung up without a word"),
    ],
)
def test_what_passes_is_tried_again(bad):
    with server(bad, bad, answer(200, OK)) as (client, requests):
        assert client.call("GetItem", {}) == OK

    assert len(requests) >= 3


def test_a_transaction_that_is_sent_again_carries_the_same_token():
    with server(None, answer(200, {})) as (client, requests):
        client.call("TransactWriteItems", {"TransactItems": []})

    first, second = (body["ClientRequestToken"] for _, body in requests)
    assert first == second


def test_a_connection_that_was_closed_meanwhile_is_opened_again():
    with server(answer(200, OK, close=True), answer(200, OK), None, answer(200, OK)) as (client, requests):
        for _ in range(3):
            assert client.call("GetItem", {}) == OK

    assert len(requests) == 4


def test_a_caller_never_waits_longer_than_its_own_limit():
    began = time.monotonic()

    with server(5.0, 5.0, 5.0, 5.0) as (client, _), wire.within(0.3), pytest.raises(Unreachable):
        client.call("GetItem", {})

    assert time.monotonic() - began < 1.5


def test_an_unreachable_engine_is_reported_in_a_sentence():
    client = Wire(endpoint="http://127.0.0.1:9", target="x", service="dynamodb", region="us-east-1")

    with pytest.raises(Unreachable, match="GetItem"):
        client.call("GetItem", {})
