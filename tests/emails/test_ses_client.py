"""SES without botocore: held to botocore's own client, and to a server that behaves badly."""

import contextlib
import json

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from chalicelib.emails import ses_client
from chalicelib.emails.ses_client import Ses
from chalicelib.kit import config
from tests.kit.test_wire import BadServer, answer

EMAIL = {
    "FromEmailAddress": "Tea Shop <tea@shop.example>",
    "Destination": {"ToAddresses": ["=?utf-8?q?Ad=C3=A0?= <ada@mail.example>"]},
    "Content": {
        "Simple": {
            "Subject": {"Data": "Dürfen wir?", "Charset": "UTF-8"},
            "Body": {"Text": {"Data": "„Ja“\n", "Charset": "UTF-8"}, "Html": {"Data": "<p>Ja</p>", "Charset": "UTF-8"}},
            "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
        }
    },
    "EmailTags": [{"Name": "message", "Value": "msg_1"}],
    "ReplyToAddresses": ["hello@shop.example"],
    "ConfigurationSetName": "goodword-test",
}
SENT = {"MessageId": "0100"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(ses_client, "backoff", lambda *_, **__: 0)


@contextlib.contextmanager
def server(*script):
    bad = BadServer(script)
    client = Ses(endpoint=f"http://127.0.0.1:{bad.listener.getsockname()[1]}", region="us-east-1")
    try:
        yield client, bad.requests
    finally:
        client.close()
        bad.listener.close()


def refusal(status, code):
    content = json.dumps({"message": "no"}).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\nx-amzn-ErrorType: {code}\r\n\r\n"
    return head.encode() + content


def test_it_asks_for_what_botocore_asks_for():
    expected = []

    def note(request, **_):
        expected.append(request)
        return AWSResponse(request.url, 200, {}, type("Raw", (), {"stream": lambda *_, **__: iter([b"{}"])})())

    session = botocore.session.get_session()
    session.set_credentials("test", "test")
    client = session.create_client("sesv2", region_name="us-east-1")
    client.meta.events.register("before-send.sesv2.SendEmail", note)
    client.send_email(**EMAIL)
    with server(answer(200, SENT)) as (own, requests):
        assert own.send_email(**EMAIL) == SENT

    [theirs], [(head, body)] = expected, requests
    assert body == json.loads(theirs.body)
    assert head.startswith(f"POST {ses_client.PATH} HTTP/1.1\r\n")
    assert theirs.url == config.ses_url() + ses_client.PATH
    scope = theirs.headers["Authorization"].decode().partition("/")[2].partition(",")[0]
    assert scope.partition("/")[2] == "us-east-1/ses/aws4_request"
    assert "us-east-1/ses/aws4_request" in head


def test_the_connection_is_kept_and_opened_again_if_it_was_closed():
    with server(answer(200, SENT), answer(200, SENT, close=True), answer(200, SENT), None, answer(200, SENT)) as (
        own,
        requests,
    ):
        for _ in range(4):
            assert own.send_email(**EMAIL) == SENT

    assert len(requests) == 5


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(refusal(429, "TooManyRequestsException"), id="throttled"),
        pytest.param(refusal(500, "InternalServiceErrorException:http://internal.amazon.com/"), id="failed inside"),
        pytest.param(None, id="hung up without a word"),
    ],
)
def test_what_passes_is_tried_once_more(passing):
    with server(passing, answer(200, SENT)) as (own, requests):
        assert own.send_email(**EMAIL) == SENT
    assert len(requests) == 2

    with server(passing, passing, answer(200, SENT)) as (own, requests), pytest.raises((ClientError, OSError)):
        own.send_email(**EMAIL)
    assert len(requests) == 2


def test_a_refusal_says_what_botocores_does_and_is_not_tried_again():
    with server(refusal(400, "MessageRejected")) as (own, requests), pytest.raises(ClientError) as raised:
        own.send_email(**EMAIL)

    assert raised.value.response["Error"] == {"Code": "MessageRejected", "Message": "no"}
    assert len(requests) == 1


def test_an_error_page_of_something_in_between_is_no_refusal_for_good():
    with server(answer(502, b"<html>bad gateway</html>")) as (own, _), pytest.raises(ClientError) as raised:
        own.send_email(**EMAIL)

    assert raised.value.response["Error"]["Code"] == "Status502"


def test_an_answer_that_comes_in_chunks_is_read():
    content = json.dumps(SENT).encode()
    chunk = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{len(content):x}\r\n".encode() + content
    with server(chunk + b"\r\n0\r\n\r\n") as (own, requests):
        assert own.send_email(**EMAIL) == SENT

    assert len(requests) == 1
