"""The daily email to whoever alarms are sent to: what waits for a person, once a day, and nothing if nothing does."""

import pytest

from chalicelib.emails.needs_you import MOST
from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from tests.emails import settle
from tests.flows.test_joining import join

ADMIN = "admin@go.example"


def emailed(shop):
    """Run the schedule; return the subjects of what whoever alarms are sent to has got so far."""
    memory.forget_everything()
    shop.run_schedule("remind_admins")
    return [subject for subject, to in shop.emails() if to == ADMIN]


def apply(shop, program, *names):
    for name in names:
        join(shop, program, email=f"{name}@mail.example", name=name)


def test_where_nothing_waits_nobody_is_written_to(shop):
    shop.sale(shop.program())
    settle(shop)

    assert emailed(shop) == []


@pytest.mark.moto
def test_applications_that_wait_are_named_once_a_day_until_somebody_has_answered(shop):
    program, other = (shop.program(joining="approval", name=name) for name in ("Tea Shop", "Coffee Shop"))
    apply(shop, program, "ada", "bea")
    apply(shop, other, "cy")

    assert emailed(shop) == emailed(shop) == ["Needs you: applications: 3"]
    for one in (program, other):
        for application in shop.get(f"/v1/applications?program={one['id']}").json["data"]:
            shop.post(f"/v1/applications/{application['id']}/approve")
    shop.wait(days=1)
    assert emailed(shop) == ["Needs you: applications: 3"]


def test_a_hold_waits_and_what_the_terms_hold_does_not(shop):
    program = shop.program(hold_days=30)
    code = shop.link(program, shop.partner(program))["code"]
    sales = [shop.sale(program, f"order-{n}", f"customer-{n}", code=code).json for n in range(2)]
    settle(shop)
    assert emailed(shop) == []

    assert shop.post(f"/v1/rewards/{shop.reward(sales[0])['id']}/hold", {"note": "odd"}).status == 200

    assert emailed(shop) == ["Needs you: held rewards: 1"]


@pytest.mark.engine
def test_what_failed_for_good_is_named_for_a_week_and_by_its_kind(shop):
    program = shop.program()
    shop.partner(program)
    for number, channel in enumerate(["webhook", "webhook", "email"]):
        message = Message(
            f"test#{number}", id=f"msg_{number}", template="joined", recipient_id="ptr_1", subject_id="x",
            program_id=program["id"], channel=channel, status="failed", created_at=shop.at,
            listed_in=f"given_up#{number}",
        )  # fmt: skip
        message.save()

    assert emailed(shop) == ["Needs you: failed webhook calls: 2, failed emails: 1"]
    text = shop.mailbox.written[-1]["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert "Webhook calls that failed: 2\nEmails that failed: 1\n" in text
    assert "Applications" not in text
    assert "Open the admin pages: https://go.example/admin\n" in text
    shop.wait(days=8)
    assert len(emailed(shop)) == 1


def test_of_very_many_it_is_said_that_there_are_more(shop, monkeypatch):
    monkeypatch.setattr("chalicelib.emails.needs_you.MOST", 2)
    program = shop.program(joining="approval")
    apply(shop, program, "ada", "bea", "cy")

    assert MOST == 1000
    assert emailed(shop) == ["Needs you: applications: 2 or more"]


def test_without_an_address_for_alarms_nobody_is_written_to(shop, monkeypatch):
    monkeypatch.delenv("GOODWORD_ALARM_EMAIL")
    apply(shop, shop.program(joining="approval"), "ada")

    assert emailed(shop) == []
