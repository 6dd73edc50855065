"""A partner whose two accounts were merged reads at both addresses what happened, what is owed, and where to go."""

import pytest

from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from tests.emails import settle
from tests.flows.test_merge_partner_pages import two  # noqa: F401
from tests.flows.test_what_emails_say import read

pytestmark = pytest.mark.engine


def merge(shop, duplicate, into):
    assert shop.post(f"/v1/partners/{duplicate}/merge", {"into": into}).status == 200
    memory.forget_everything()
    settle(shop)


def about_merging(shop):
    return [(subject, to.rpartition("<")[2].strip(">")) for subject, to in shop.emails() if "now one" in subject]


def test_both_addresses_read_what_happened_what_is_owed_and_where_to_sign_in_once(shop, admin, two):  # noqa: F811
    ada, duplicate = two
    question = admin.get(f"/admin/partners/{duplicate}/merge?into={ada}").body
    assert "ada@home.example and ada@mail.example get an email that says so" in question

    for _ in range(2):
        merge(shop, duplicate, ada)
        shop.streams.rewind("partners_to_events")
        shop.streams.rewind("events_to_messages")

    subject = "Your two accounts with Coffee and Tea are now one"
    assert sorted(about_merging(shop)) == [(subject, "ada@home.example"), (subject, "ada@mail.example")]
    text = read(shop, subject)
    assert "You took part in Coffee and Tea twice." in text
    assert "Not paid out yet: $5.00." in text
    assert "https://go.example/portal" in text
    # Each reads how the other address ends, and not the whole of it.
    written = [one for one in shop.mailbox.written if "now one" in one["Content"]["Simple"]["Subject"]["Data"]]
    others = {
        one["Destination"]["ToAddresses"][0].rpartition("@")[2].strip(">"): [
            address
            for address in ("…a@home.example", "…a@mail.example", "ada@")
            if address in one["Content"]["Simple"]["Body"]["Text"]["Data"]
        ]
        for one in written
    }
    assert others == {"mail.example": ["…a@home.example"], "home.example": ["…a@mail.example"]}


def test_in_german_and_with_nothing_owed_there_is_no_word_of_money(shop):
    tea = shop.program(name="Tee")
    ada = shop.partner(tea, locale="de")
    twice = shop.partner(tea, email="ada@zuhause.example", locale="de")
    merge(shop, twice["id"], ada["id"])

    text = read(shop, "Ihre beiden Konten bei Tee sind jetzt eines")
    assert "Sie machten bei Tee doppelt mit." in text
    assert "@zuhause.example" in text or "@mail.example" in text
    assert "ausgezahlt" not in text


def test_one_mailbox_gets_one_email_and_an_account_without_an_address_none(shop):
    tea = shop.program(name="Tea")
    ada = shop.partner(tea)
    same = shop.partner(tea, email="Ada+tea@mail.example")
    silent = shop.partner(tea, email=None)
    merge(shop, same["id"], ada["id"])
    merge(shop, silent["id"], ada["id"])

    assert [to for _, to in about_merging(shop)] == ["ada@mail.example"] * 2
    skipped = {one.reason for one in Message.scan() if one.template == "merged" and one.status == "skipped"}
    assert skipped == {"told_at_this_address", "no_address"}
