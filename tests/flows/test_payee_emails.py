"""Whom a partner's money goes to: whenever that changes the partner is warned, with no more than how it ends."""

import contextlib

import pytest

from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Lost
from tests.faults.sampling import sample
from tests.faults.world import built_once, world

pytestmark = pytest.mark.engine

SUBJECT = "Your payout details were changed"


@pytest.fixture
@built_once
def ada(shop):
    ada = shop.partner(shop.program())
    shop.streams.run()
    return ada


def settle(shop, partner, **settings):
    shop.wait(seconds=1)
    answer = shop.patch(f"/v1/partners/{partner['id']}", {"locale": "en"} | settings)
    assert answer.status == 200, answer.body
    memory.forget_everything()
    shop.streams.run()


def warnings(shop):
    emails = [one["Content"]["Simple"] for one in shop.mailbox.written]
    subjects = (SUBJECT, "Ihre Auszahlungsdaten wurden geändert")
    return [one["Body"]["Text"]["Data"] for one in emails if one["Subject"]["Data"] in subjects]


def test_a_change_of_payee_is_emailed_at_once_with_its_time_and_only_its_last_characters(shop, ada):
    settle(shop, ada, payout_name="Mallory Mole", payout_email="mallory@bank.example")

    [text] = warnings(shop)
    assert "On March 10, 2026 at 12:00 (UTC), the account your rewards" in text
    assert "Account holder: …ole\nAccount email: …ry@bank.example\n" in text
    assert "https://go.example/portal/settings" in text
    # Neither a way in nor the details themselves.
    assert "/s/" not in text
    assert "Mallory" not in text
    assert "mallory@" not in text
    assert shop.emails()[-1][1] == "Ada <ada@mail.example>"


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        pytest.param({}, {"payout_name": "Al"}, "Account holder: …l\n", id="a short name, half of it"),
        pytest.param({}, {"payout_name": "X"}, "Account holder: …\n", id="one email, none of it"),
        pytest.param({}, {"payout_email": "a@b.example"}, "Account email: …@b.example\n", id="the address"),
        pytest.param(
            {"payout_email": "pay@b.example"}, {"payout_email": None}, "Account email: …a@mail.example\n", id="back"
        ),
    ],
)
def test_only_what_changed_is_named(shop, ada, first, second, sentence):
    if first:
        settle(shop, ada, **first)
    before = len(warnings(shop))

    settle(shop, ada, **second)

    [text] = warnings(shop)[before:]
    assert sentence in text
    assert ("Account holder" in text) != ("Account email" in text)


def test_a_change_that_keeps_the_payee_is_not_emailed(shop, ada):
    settle(shop, ada, locale="de")
    settle(shop, ada, locale="de", payout_name="Ada", payout_email="ada@mail.example")
    assert warnings(shop) == []

    for _ in range(3):
        settle(shop, ada, locale="de", payout_name="Ada Lovelace")

    [text] = warnings(shop)
    assert "am 10. März 2026 um 12:00 Uhr (UTC)" in text
    assert "Kontoinhaber: …ace\n" in text


def test_each_change_is_emailed_as_it_was_however_late_and_whatever_topics_are_off(shop, ada):
    shop.post(f"/v1/partners/{ada['id']}/emails", {"off": ["tips", "friends", "rewards", "summaries"], "daily": True})
    for name in ("Ada One", "Ada Two", "Ada Six"):
        shop.wait(seconds=1)
        shop.patch(f"/v1/partners/{ada['id']}", {"locale": "en", "payout_name": name})
    for function in ("partners_to_events", "events_to_messages"):
        source = next(one for one in shop.streams.sources if one.function == function)
        for record in reversed(shop.streams.records(source)):
            shop.streams.deliver(function, [record])
    for _ in range(2):
        shop.streams.rewind("partners_to_events")
        shop.streams.rewind("events_to_messages")
        shop.streams.run()

    ends = [text.split("Account holder: ")[1].split("\n")[0] for text in warnings(shop)]
    assert sorted(ends) == ["…One", "…Six", "…Two"]


def test_who_takes_part_in_nothing_is_warned_too_and_who_has_no_address_cannot_be(shop):
    nowhere = shop.partner(shop.program(), programs=[])
    silent = shop.partner(shop.program(), name="Bob", email=None)

    for partner in (nowhere, silent):
        settle(shop, partner, payout_email="pay@b.example")

    assert len(warnings(shop)) == 1
    assert [one.reason for one in Message.scan() if one.template == "payee" and one.status == "skipped"] == [
        "no_address"
    ]


def test_of_two_who_change_it_at_once_the_second_changes_what_the_first_left_and_each_is_told(shop, ada):
    from unittest.mock import patch

    from chalicelib.partners import change

    stale, read = change.find(ada["id"]), change.find_to_change
    settle(shop, ada, payout_name="Ada Two")
    profiles = iter([stale])
    with patch.object(change, "find_to_change", lambda reference: next(profiles, None) or read(reference)):
        late = shop.patch(f"/v1/partners/{ada['id']}", {"payout_name": "Ada Six"})
    shop.streams.run()

    assert (late.status, late.json["payout_name"]) == (200, "Ada Six")
    assert [text.split("Account holder: ")[1].split("\n")[0] for text in warnings(shop)] == ["…Two", "…Six"]


def test_a_warning_whose_stream_record_was_lost_is_found_by_reconciliation_and_sent(shop, ada):
    source = next(one for one in shop.streams.sources if one.function == "partners_to_events")
    shop.patch(f"/v1/partners/{ada['id']}", {"locale": "en", "payout_name": "Ada Two"})
    shop.streams.read["partners_to_events"] = len(shop.streams.records(source))
    shop.streams.run()
    assert warnings(shop) == []
    shop.wait(hours=20)

    differences = shop.post("/v1/reconciliation", {"day": "2026-03-10"}).json["differences"]
    shop.streams.run()

    missing = [("event_missing", True), ("message_missing", True)]
    assert [(one["kind"], one["repaired"]) for one in differences] == missing
    assert len(warnings(shop)) == 1
    assert shop.get("/v1/reconciliation?day=2026-03-10").json["differences"] == []


@pytest.mark.sweep
@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter, Lost])
def test_a_crash_at_any_call_leaves_both_or_neither_and_the_change_is_emailed(crash):
    with world() as shop:
        begin = changed(shop, Fault())
        calls = len(shop.line.calls) - begin
    assert calls > 5
    for n in sample(range(calls), 3):
        with world() as shop:
            begin = changed(shop, crash, at=n)
            shop.line.fault = Fault()
            shop.wait(minutes=1)
            for function in ("partners_to_events", "events_to_messages", "messages_to_mailbox"):
                shop.streams.rewind(function)
            shop.streams.run()
            [partner] = shop.get("/v1/partners").json["data"]
            sent = warnings(shop)
            assert bool(sent) == (partner["payout_name"] == "Ada Two"), f"call {n} of {calls}"
            assert len(sent) <= 2


def changed(shop, crash, at=0):
    """Change who is paid, with a fault at one of the calls that it takes until the email is sent."""
    ada = shop.partner(shop.program())
    shop.streams.run()
    begin = len(shop.line.calls)
    shop.line.fault = crash(at=begin + at) if callable(crash) else crash
    with contextlib.suppress(Crash):
        shop.patch(f"/v1/partners/{ada['id']}", {"locale": "en", "payout_name": "Ada Two"})
        shop.streams.run()
    return begin
