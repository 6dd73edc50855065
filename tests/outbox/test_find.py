"""Messages are listed by status, newest first; each is found by its id."""

import re
from datetime import timedelta

import pytest

from chalicelib.outbox.find import MessageNotFound, find
from chalicelib.outbox.message import SCHEDULED, bucket_of, shard_of
from chalicelib.outbox.queue import claim, enqueue, failed, finish, new_message, sent, skipped
from chalicelib.outbox.table import Message
from tests.forms import Browser
from tests.world import NOON

pytestmark = pytest.mark.engine


def enqueued(number, *, send_at=None):
    """Enqueue a message in its own minute, and return it as it is stored."""
    message = new_message(
        "held", f"ent_{number}", "ptr_1", "prg_1", at=NOON + timedelta(minutes=number), send_at=send_at
    )
    enqueue([message])
    return Message.get(message.key, "message")


def ended(message, outcome):
    assert finish(claim(message, at=message.created_at), outcome)
    return message.id


def listed(shop, status, limit):
    message_ids, cursor, pages = [], "", 0
    while True:
        answer = shop.get(f"/v1/messages?status={status}&limit={limit}{cursor}")
        assert answer.status == 200, answer.body
        assert len(answer.json["data"]) <= limit
        message_ids += [one["id"] for one in answer.json["data"]]
        pages += 1
        if not answer.json["has_more"]:
            return message_ids, pages
        cursor = f"&cursor={answer.json['next_cursor']}"


@pytest.mark.parametrize("limit", [1, 3, 25, 100])
def test_what_failed_last_is_listed_first_whether_it_is_tried_again_or_not(shop, limit):
    retry_at = NOON + timedelta(days=1)
    made = [enqueued(number) for number in range(20)]
    # They fail in an order of their own; some for good, some are to be tried again.
    for number in sorted(range(20), key=lambda number: number * 7 % 20):
        ended(made[number], failed("status 500", retry_at=retry_at if number % 3 else None))

    message_ids, pages = listed(shop, "failed", limit)

    assert message_ids == [message.id for message in reversed(made)]
    assert pages <= 20 // limit + 2


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_messages_of_one_list_are_listed_by_their_own_status(shop, limit):
    outcomes = {"sent": sent(NOON), "skipped": skipped("has_left")}
    ids = {status: [] for status in outcomes}
    for number in range(12):
        status = ("sent", "skipped")[number % 2]
        ids[status].insert(0, ended(enqueued(number), outcomes[status]))

    assert {status: listed(shop, status, limit)[0] for status in outcomes} == ids


def test_what_is_scheduled_is_listed_by_its_moment_the_latest_first(shop):
    days = [3, 14, 1, 9, 2]
    made = {days_ahead: enqueued(days_ahead, send_at=NOON + timedelta(days=days_ahead)).id for days_ahead in days}

    message_ids, _ = listed(shop, SCHEDULED, 2)

    assert message_ids == [made[days_ahead] for days_ahead in sorted(days, reverse=True)]


def test_the_admin_page_shows_what_failed_last_first(shop):
    ids = [ended(enqueued(number), failed("gone")) for number in range(55)]
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)

    first = admin.get("/admin/messages").body
    [more] = re.findall(r'href="(/admin/messages\?[^"]+)" rel="next"', first)
    second = admin.get(more.replace("&amp;", "&")).body

    on_pages = [re.findall(r'action="/admin/messages/(msg_\w+)"', page) for page in (first, second)]
    assert on_pages == [ids[:4:-1], ids[4::-1]]


def test_a_message_is_found_by_its_id_wherever_it_is_listed(shop):
    made = [
        enqueued(1).id,
        enqueued(2, send_at=NOON + timedelta(days=9)).id,
        ended(enqueued(3), failed("gone")),
        ended(enqueued(4), failed("status 500", retry_at=NOON)),
        ended(enqueued(5), sent(NOON)),
    ]

    for identifier in made:
        before = len(shop.line.calls)
        assert find(identifier, at=shop.at).id == identifier
        # One query a list, and the row: a scheduled one's list is known by its id.
        assert len(shop.line.calls) - before <= 6


@pytest.mark.parametrize(("days", "calls"), [(1, 7), (3, 9), (14, 20)])
def test_a_scheduled_message_with_a_hashed_id_is_found_by_twenty_one_calls_at_most(shop, days, calls):
    message = enqueued(1, send_at=NOON + timedelta(days=days))
    hashed = "msg_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
    message.update(
        actions=[
            Message.id.set(hashed),
            Message.listed_in.set(shard_of(hashed, bucket_of(message.send_at), test=False)),
        ]
    )
    before = len(shop.line.calls)

    assert find(hashed, at=shop.at).id == hashed
    assert len(shop.line.calls) - before <= calls + 1


@pytest.mark.parametrize("identifier", ["msg_01KKAGP600C3CNN13H2ZW1Z33V", "msg_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "msg_1"])
def test_what_is_not_there_is_not_found_by_twenty_one_calls_at_most(shop, identifier):
    before = len(shop.line.calls)

    with pytest.raises(MessageNotFound):
        find(identifier, at=shop.at)

    assert len(shop.line.calls) - before <= 21
