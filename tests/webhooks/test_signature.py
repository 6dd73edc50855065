"""Webhook signatures: as Standard Webhooks has them."""

import base64
import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.kit import config
from chalicelib.webhooks.post import AddressForbidden, Request, post
from chalicelib.webhooks.signature import headers
from tests.running import ROOT


def test_the_published_vector():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    made = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])

    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(some.binary(min_size=24, max_size=64), some.text("abcXYZ09_-", min_size=1), some.integers(0, 2**32), some.text())
def test_the_library_of_standard_webhooks_signs_alike(secret, identifier, timestamp, body):
    library = pytest.importorskip("standardwebhooks")

    made = headers(identifier, timestamp, body.encode(), [secret])["webhook-signature"]

    webhook = library.Webhook(base64.b64encode(secret).decode())
    assert webhook.sign(identifier, datetime.fromtimestamp(timestamp, UTC), body) == made


def test_the_guides_lines_verify_a_call_and_refuse_an_old_or_a_changed_one():
    [lines] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/guides/webhooks.md").read_text(), re.DOTALL)
    guide = {}
    exec(lines, guide)
    verify, key, now = guide["verify"], b"s" * 32, int(time.time())
    secret = "whsec_" + base64.b64encode(key).decode()
    recent, old = headers("evt_1", now, b"{}", [b"o" * 32, key]), headers("evt_1", now - 301, b"{}", [key])

    assert verify(secret, recent, b"{}")
    assert not verify(secret, old, b"{}")
    assert not verify(secret, recent, b"{ }")
    assert not verify("whsec_" + base64.b64encode(b"x" * 32).decode(), recent, b"{}")


def test_while_secrets_are_rotated_there_is_a_signature_for_each():
    made = headers("msg_1", 1, b"{}", [b"new", b"old"])["webhook-signature"].split()

    assert len(set(made)) == 2
    assert made[1] == headers("msg_1", 1, b"{}", [b"old"])["webhook-signature"]


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param(["127.0.0.1"], id="itself"),
        pytest.param(["169.254.169.254"], id="the metadata service"),
        pytest.param(["1.1.1.1", "10.0.0.1"], id="one of several"),
        pytest.param(["::ffff:10.0.0.1"], id="in other clothes"),
        pytest.param([], id="nothing"),
    ],
)
def test_a_name_that_leads_to_a_private_address_is_not_called(monkeypatch, addresses):
    assert config.webhook_test_host() is None
    answers = [(2, 1, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr("chalicelib.webhooks.post.socket.getaddrinfo", lambda *_arguments, **_options: answers)
    monkeypatch.setattr("chalicelib.webhooks.post.socket.create_connection", None)

    with pytest.raises(AddressForbidden):
        post(Request("https://gifts.example/give", b"{}", {}))
