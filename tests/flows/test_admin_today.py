"""Today: what waits for a person is listed, oldest first, with its page; and what is new since a visit is marked."""

from datetime import timedelta

import pytest

from chalicelib.kit import ids
from chalicelib.outbox.table import Message
from chalicelib.reconciliation.findings import ComparisonProgress
from chalicelib.reconciliation.table import DayReport
from tests.flows.test_joining import join
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.reading import read

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]


def tasks(browser):
    """Return the tasks on the page: each with its page and since when it waits."""
    page = read(browser.get("/admin").body)
    if "Nothing needs you right now." in page.text:
        return []
    return [(one["Task"], page.link(one["Task"]), one["Waiting since"]) for one in page.table("To do")]


def test_a_day_without_work_says_so(shop, admin):
    shop.program(rules=RULES)

    assert tasks(admin) == []


def test_without_a_program_the_first_one_is_what_needs_doing(admin):
    page = read(admin.get("/admin").body)

    assert "Create your first program" in page.text
    assert "Nothing needs you right now." not in page.text
    assert page.link("New program") == "/admin/new-program"


def test_a_new_program_leads_to_its_next_steps_until_it_has_an_imprint(shop, admin):
    program = shop.program(rules=RULES)
    page = read(admin.get("/admin").body)
    assert page.link("Next steps") == f"/admin/programs/{program['id']}/next-steps"

    shop.patch(f"/v1/programs/{program['id']}", {"postal_address": "1 Tea Street"})

    assert "Next steps" not in read(admin.get("/admin").body).text


def test_what_waits_for_a_person_is_listed_oldest_first_with_the_page_where_it_is_done(shop, admin):
    program = shop.program(rules=RULES, hold_days=0, joining="approval")
    join(shop, program, name="Bea", email="bea@mail.example")
    shop.wait(days=1)
    admin.send("/admin/sign-in", key=shop.key)
    join(shop, program, name="Cleo", email="cleo@mail.example")
    partner = shop.partner(program)
    code = shop.link(program, partner)["code"]
    shop.sale(program, code=code)
    shop.settle()
    payout = shop.post("/v1/payouts", {"currency": "USD"}).json
    shop.post(f"/v1/payouts/{payout['id']}/prepare", {})
    held = shop.sale(program, "order-2", "customer-2", code=code).json
    shop.settle()
    shop.post(f"/v1/rewards/{shop.reward(held)['id']}/hold", {"note": "looks odd"})

    listed = tasks(admin)

    assert listed[0] == ("2 applications to Tea Shop", f"/admin/programs/{program['id']}/joining", "Mar 10, 2026")
    assert ("Payout of $2.00: payments to confirm", f"/admin/payouts/{payout['id']}", "Mar 11, 2026") in listed
    assert ("1 reward to review", "/admin/rewards?waits=review", "Mar 11, 2026") in listed
    assert len(listed) == 3

    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "bank list 7"})
    assert not any(one.startswith("Payout") for one, _, _ in tasks(admin))


@pytest.mark.engine
def test_failed_messages_and_differences_that_were_not_repaired_are_work_for_owners(shop, admin):
    program = shop.program(rules=RULES)
    counted = {"progress": ComparisonProgress(), "first": [], "drift": 3, "left": 2}
    DayReport("reports", "2026-03-09", step=1, begun_at=shop.at - timedelta(hours=6), expires=shop.at, **counted).save()
    for number, days in enumerate((1, 2, 8)):
        created = shop.at - timedelta(days=days)
        Message(
            f"test#{number}", id=f"msg_{ids.ulid(created)}", template="joined", recipient_id="ptr_1", subject_id="x",
            program_id=program["id"], channel="email", status="failed", created_at=created,
            listed_in=f"given_up#{number}",
        ).save()  # fmt: skip

    assert [(one, path) for one, path, _ in tasks(admin)] == [
        ("2 differences between facts and their effects on Mar 9, 2026", "/admin/reconciliation"),
        ("2 emails or webhook calls that failed this week", "/admin/messages"),
    ]


@pytest.mark.engine
def test_a_viewer_of_one_program_sees_the_work_of_that_program_alone(shop, sent):  # noqa: F811
    program, other = (shop.program(rules=RULES, joining="approval", name=name) for name in ("Tea Shop", "Coffee Shop"))
    for one in (program, other):
        join(shop, one, name="Bea", email="bea@mail.example")
    invited(shop, "eve@mail.example", [{"role": "viewer", "program": program["id"]}])
    eve = entered(shop, sent, "eve@mail.example")

    assert [one for one, _, _ in tasks(eve)] == ["1 application to Tea Shop"]


@pytest.mark.engine
def test_activity_since_the_visit_before_is_marked_as_new(shop, sent):  # noqa: F811
    invited(shop, "eve@mail.example", [{"role": "owner", "program": None}])
    eve = entered(shop, sent, "eve@mail.example")
    program = shop.program(rules=RULES)
    shop.partner(program)
    shop.settle()
    assert "You last signed in" not in eve.get("/admin").body
    shop.wait(days=1)
    eve = entered(shop, sent, "eve@mail.example")
    shop.wait(hours=1)
    code = shop.link(program, shop.partner(program, name="Bea", email="bea@mail.example"))["code"]
    shop.sale(program, code=code)
    shop.settle()
    shop.wait(days=3)
    eve = entered(shop, sent, "eve@mail.example")

    today = read(eve.get("/admin").body)
    activity = read(eve.get(f"/admin/events?subject={program['id']}").body).table("Events")

    assert "You last signed in on Mar 11, 2026, 12:00 UTC." in today.text
    assert today.link("Activity") == f"/admin/events?subject={program['id']}"
    new = [one["What"] for one in activity if one["When"].startswith("New")]
    assert [one["What"] for one in activity][: len(new)] == new
    assert any("sale" in one.lower() or "purchase" in one.lower() for one in new), new
    assert 0 < len(new) < len(activity)
