"""Success stories: a first reward, and as many friends as make a milestone; once each, and one a month at most."""

from datetime import UTC, datetime

import pytest

from chalicelib.emails.monthly import MILESTONES
from chalicelib.kit import memory
from chalicelib.outbox.table import Message

pytestmark = pytest.mark.engine


@pytest.fixture
def ada(shop):
    shop.tea = shop.program()
    ada = shop.partner(shop.tea)
    shop.code = shop.link(shop.tea, ada)["code"]
    return ada


def come(shop, first, last):
    """Let friends sign up, from number *first* to *last*, and two days go by."""
    for n in range(first, last + 1):
        assert shop.lead(shop.tea, f"signup-{n}", f"customer-{n}", code=shop.code).status == 201
    shop.settle()
    shop.wait(days=2)
    shop.run_schedule("send_scheduled")
    shop.settle()


def month_ends(shop, *days):
    """Go on to the 8th of the next month (or only to these days), with every schedule on its way."""
    year, month = divmod(shop.at.year * 12 + shop.at.month, 12)
    for day in days or (1, 2, 6, 8):
        shop.at = datetime(year, month + 1, day, 15, tzinfo=UTC)
        memory.forget_everything()
        shop.run_schedule("send_monthly")
        shop.run_schedule("send_scheduled")
        shop.settle()


def stories(shop):
    return [subject for subject, _ in shop.emails() if "You have referred" in subject or "first reward" in subject]


FIRST = "How you earned your first reward with Tea Shop"


def test_a_milestone_is_told_once_after_the_month_in_which_it_was_reached(shop, ada):
    come(shop, 1, 3)
    month_ends(shop)
    assert stories(shop) == [FIRST]
    come(shop, 4, 6)
    month_ends(shop)
    come(shop, 7, 9)
    month_ends(shop)
    month_ends(shop)

    assert stories(shop) == [FIRST, "You have referred 5 friends to Tea Shop"]
    [email] = [
        one for one in shop.mailbox.written if "You have referred" in one["Content"]["Simple"]["Subject"]["Data"]
    ]
    text = email["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert "5 of them have joined. So far, you have earned $12.00." in text


def test_of_several_in_a_month_the_highest_is_told_and_no_other_ever(shop, ada):
    come(shop, 1, 11)
    month_ends(shop)
    come(shop, 12, 12)
    month_ends(shop)

    assert stories(shop) == [FIRST, "You have referred 10 friends to Tea Shop"]


def test_it_comes_days_after_the_email_about_the_month(shop, ada):
    come(shop, 1, 5)
    month_ends(shop)

    [monthly] = [one for one in Message.scan() if one.template == "monthly"]
    [milestone] = [one for one in Message.scan() if one.template == "milestone"]
    assert (monthly.sent_at.day, milestone.sent_at.day) == (1, 6)


def test_friends_who_only_buy_are_counted_once_however_often_they_buy(shop, ada):
    for n in range(5):
        for again in range(2):
            shop.sale(shop.tea, f"order-{n}-{again}", f"customer-{n}", code=shop.code)
    shop.settle()
    month_ends(shop)

    assert [one.subject_id for one in Message.scan() if one.template == "milestone"] == [f"{shop.tea['id']}#5"]


@pytest.mark.parametrize("when", ["before it is put down", "before it is sent"])
def test_what_was_taken_back_is_no_story(shop, ada, when):
    sales = [shop.sale(shop.tea, f"order-{n}", f"customer-{n}", code=shop.code).json for n in range(5)]
    shop.settle()
    if when == "before it is sent":
        month_ends(shop, 1)
    for n, sale in enumerate(sales):
        shop.refund(sale, 1999, f"refund-{n}")
    shop.settle()
    if when == "before it is put down":
        month_ends(shop, 1)
    shop.wait(days=4)
    shop.run_schedule("send_scheduled")
    shop.settle()

    left = [(one.status, one.reason) for one in Message.scan() if one.template == "milestone"]
    assert left == ([] if when == "before it is put down" else [("skipped", "taken_back")])
    assert not any("reached" in subject for subject, _ in shop.emails())


def test_whoever_wants_no_summaries_gets_no_story(shop, ada):
    shop.post(f"/v1/partners/{ada['id']}/emails", {"off": ["summaries"]})
    come(shop, 1, 5)
    month_ends(shop)

    assert stories(shop) == []
    assert [one.reason for one in Message.scan() if one.template == "milestone"] == ["unsubscribed"]


def test_a_month_that_is_walked_twice_tells_no_story_twice(shop, ada):
    come(shop, 1, 5)
    month_ends(shop)
    [cursor] = [row for row in shop.rows("emails") if row["sk"] == {"S": "walk"}]
    shop.delete_row("emails", cursor)
    for _ in range(2):
        shop.run_schedule("send_monthly")
        shop.settle()
    shop.wait(days=9)
    shop.run_schedule("send_scheduled")
    shop.settle()

    assert stories(shop).count("You have referred 5 friends to Tea Shop") == 1


def test_milestones_grow():
    assert sorted(set(MILESTONES)) == list(MILESTONES)
