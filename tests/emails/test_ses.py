"""What is handed to SES: no name makes a second header, or a second address, of one."""

from email import message_from_string
from email.header import decode_header, make_header
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


NAMES = {
    "Cyrillic": "Константин Константинопольский",
    "Japanese": "寿限無寿限無五劫の擦り切れ海砂利水魚の水行末雲来末風来末食う寝る処に住む処",
    "Arabic": "عبد الرحمن بن عبد الله بن محمد الفيروزآبادي الشيرازي",
    "Umlauts": "Jürgen Müller-Lüdenscheidt, Geschäftsführer für Übersee und Ärzte",
    "emoji": "🍵" * 64,
    "quoted": 'Ada "the Countess" Lovelace, née Byron',
}


@pytest.mark.parametrize("name", NAMES.values(), ids=list(NAMES))
@pytest.mark.parametrize("address", ["ada@mail.example", f"{'a' * 64}@{'b' * 60}.example"], ids=["short", "long"])
def test_a_name_in_any_script_is_written_in_words_as_long_as_mail_programs_and_ses_take(name, address):
    header = handed_over(name=name, to=address)["Destination"]["ToAddresses"][0]

    [(written, parsed)] = getaddresses([header])
    read = str(make_header(decode_header(written)))
    assert parsed == address
    assert read == name[:64] or (name.startswith(read) and len(header) > 320 - 75)
    assert all(len(word) <= 75 for word in header.split() if word.startswith("=?"))
    assert len(header) <= 320


def test_a_name_is_left_out_where_the_address_takes_all_the_room():
    address = f"{'a' * 64}@{'.'.join(['b' * 61] * 3)}.ex"

    header = handed_over(name=NAMES["Japanese"], to=address)["Destination"]["ToAddresses"][0]

    assert len(header) <= 320
    assert getaddresses([header])[0][1] == address
