"""What is handed to SES: no name makes a second header, or a second address, of one."""

from email import message_from_string
from email.utils import getaddresses
from unittest.mock import Mock, patch

import pytest

from chalicelib.emails import ses, ses_client
from chalicelib.emails.markup import Email
from chalicelib.emails.ses import Envelope
from tests.emails.test_markup import HOSTILE

STOP = "https://go.example/u/p01-x"


def handed_over(**changes):
    """Send an email; return what SES was asked."""
    fields = {"message_id": "msg_1", "to": "ada@mail.example", "name": "Ada", "sender": "tea@shop.example"}
    envelope = Envelope(**fields | {"sender_name": "Tea Shop"} | changes)
    client = Mock()
    with patch.object(ses_client, "client", lambda: client):
        ses.send(Email("Hello", "Hello\n", "<p>Hello</p>"), envelope)
    return client.send_email.call_args.kwargs


@pytest.mark.parametrize("name", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("whose", ["name", "sender_name"])
def test_a_hostile_name_stays_a_name(whose, name):
    request = handed_over(**{whose: name})

    for header, address in (
        (request["FromEmailAddress"], "tea@shop.example"),
        (request["Destination"]["ToAddresses"][0], "ada@mail.example"),
    ):
        headers = message_from_string(f"To: {header}\n\n")
        assert headers.keys() == ["To"]
        assert [parsed for _, parsed in getaddresses([header])] == [address]
        assert header.isascii()
        assert header.isprintable()
        assert len(header) < 1_000


def test_what_can_be_stopped_can_be_stopped_by_one_click_and_nothing_else_says_so():
    def headers(request):
        return {one["Name"]: one["Value"] for one in request["Content"]["Simple"]["Headers"]}

    assert headers(handed_over(unsubscribe_url=STOP)) == {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{STOP}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert headers(handed_over()) == {"Auto-Submitted": "auto-generated"}
