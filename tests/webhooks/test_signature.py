"""Webhook signatures: as Standard Webhooks has them."""

import base64

import pytest

from chalicelib.kit import config
from chalicelib.webhooks.call import AddressForbidden, post
from chalicelib.webhooks.signature import headers


def test_the_published_vector():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    made = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])

    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


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
    monkeypatch.setattr("chalicelib.webhooks.call.socket.getaddrinfo", lambda *_arguments, **_options: answers)
    monkeypatch.setattr("chalicelib.webhooks.call.socket.create_connection", None)

    with pytest.raises(AddressForbidden):
        post("https://gifts.example/give", b"{}", {})
