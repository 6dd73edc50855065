"""What an admin sees: the evidence one decides by, lists to their ends, and days of the program."""

import re
from zoneinfo import ZoneInfo

import boto3
import pytest

from chalicelib.clicks.table import TABLE
from chalicelib.kit import config
from tests.reading import read


def test_a_rewards_evidence_names_both_sides_the_order_and_how_long_after_the_referral_it_came(shop, admin):
    program = shop.program()
    ada = shop.partner(program)
    click = shop.click_id(shop.link(program, ada))
    shop.wait(days=2, hours=1)
    admin.send("/admin/sign-in", key=shop.key)
    sale = shop.sale(program, "order-1016", click_id=click).json
    shop.settle()
    friends = shop.reward(sale, "referee")["id"]

    page = read(admin.get(f"/admin/rewards/{friends}").body)

    assert page.tile("For") == "Grace"
    assert (page.tile("Referred by"), page.link("Ada")) == ("Ada", f"/admin/partners/{ada['id']}")
    assert (page.tile("Your ID"), page.tile("Customer")) == ("order-1016", "Grace")
    assert page.link("order-1016") == f"/admin/conversions/{sale['id']}"
    assert page.tile("Date") == "Mar 12, 2026, 13:00 UTC"
    assert page.tile("After the referral") == "2 days"
    assert "Customer: customer-1@mail.example · customer-1" in page.text
    # The other reward of the same sale is one press away.
    assert page.section("Calculation").link("Partner") == f"/admin/rewards/{shop.reward(sale)['id']}"


def delete_clicks():
    """Delete all clicks, as DynamoDB does when they have expired."""
    table = boto3.resource("dynamodb").Table(TABLE)
    for item in table.scan()["Items"]:
        table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def test_a_rewards_evidence_names_the_device_on_which_the_link_was_followed_as_long_as_that_is_kept(shop, admin):
    program = shop.program()
    link = shop.link(program, shop.partner(program))
    sales = [
        shop.sale(program, "order-1", click_id=shop.click_id(link)).json,
        # Of a later one, it is the device by which the customer was bound.
        shop.sale(program, "order-2").json,
        shop.sale(program, "order-3", "customer-2", code=link["code"]).json,
    ]
    shop.settle()
    pages = [read(admin.get(f"/admin/rewards/{shop.reward(sale)['id']}").body) for sale in sales]
    delete_clicks()
    late = read(admin.get(f"/admin/rewards/{shop.reward(sales[0])['id']}").body)

    assert [page.tile("Link clicked on") for page in pages[:2]] == ["Mobile, Safari"] * 2
    assert not [term.text for term in pages[2].all("dt") if term.text == "Link clicked on"]
    assert late.tile("Link clicked on") == "no longer kept"


def test_every_decision_about_a_reward_is_listed_with_who_made_it_and_no_day_stands_there_that_is_not_so(shop, admin):
    program = shop.program(hold_days=14)
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    shop.settle()
    reward = shop.reward(sale)["id"]
    path = f"/admin/rewards/{reward}"
    assert read(admin.get(path).body).tile("Held until") == "Mar 24, 2026"
    for action in ("hold", "release", "hold"):
        shop.wait(minutes=1)
        assert admin.send(path, action=action, note="looks odd").status == 303

    held = read(admin.get(path).body)
    admin.send(path, action="release", note="all is well")
    due = read(admin.get(path).body)

    assert [(one["What"], one["By"]) for one in held.table("Decisions")] == [
        ("Reward held", "test"),
        ("Reward released", "test"),
        ("Reward held", "test"),
    ]
    assert len(due.table("Decisions")) == 4
    for page in (held, due):
        assert not [term.text for term in page.all("dt") if term.text in ("Due", "Held until")]


@pytest.mark.parametrize(
    ("payee", "name", "hint"),
    [
        ("grace@mail.example", "Grace", "The partner is paid at the friend's email address."),
        ("ada@mail.example", "ADA", "They have the same name."),
        ("ada@mail.example", "Grace", ""),
    ],
)
def test_what_a_partner_and_their_friend_have_in_common_is_pointed_out(shop, admin, payee, name, hint):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    customer = {"external_id": "c", "email": "grace@mail.example", "name": name}
    amount = {"amount": 1999, "currency": "USD"}
    sale = shop._report(program, "sale", "order-1", "c", {"code": code, "customer": customer, "amount": amount}).json
    shop.settle()
    shop.patch(f"/v1/partners/{ada['id']}", {"locale": "en", "payout_email": payee})

    conversion = read(admin.get(f"/admin/rewards/{shop.reward(sale)['id']}").body).section("The conversion")

    hints = [one.text for one in conversion.all("p") if one.attributes.get("class") == "notice bad"]
    assert hints == ([hint] if hint else [])


def test_a_reward_to_review_is_dated_by_when_it_was_held(shop, admin, business):
    _, _, sale = business
    shop.wait(days=3)
    admin.send("/admin/sign-in", key=shop.key)
    admin.send(f"/admin/rewards/{shop.reward(sale)['id']}", action="hold", note="looks odd")

    [row] = read(admin.get("/admin/rewards?waits=review").body).table("Rewards to review")

    assert (row["Held since"], row["Held because"]) == ("Mar 13, 2026", "looks odd")


def test_messages_name_the_customers_they_are_for(shop, admin, business):
    listed = read(admin.get("/admin/messages?status=sent").body).table("Messages")

    assert {one["To"] for one in listed} == {"Ada", "Grace"}


def test_the_page_of_messages_says_that_the_text_of_an_email_is_not_kept_and_it_is_not(shop, admin, business):
    page = read(admin.get("/admin/messages?status=sent").body)
    rows = boto3.resource("dynamodb").Table(config.table("messages")).scan()["Items"]

    assert "Emails are written when they are sent, and we do not keep their text" in page.text
    assert [row for row in rows if row.get("letter") == "welcome"]
    # A button of every email, and who it greets.
    assert not [row for row in rows if "http" in str(row) or "Grace" in str(row) or "Ada" in str(row)]


def test_who_needs_attention_is_on_the_first_page_however_many_do_not(shop, admin):
    program = shop.program()
    shop.partner(program, name="Stuck", email="stuck@mail.example")
    shop.wait(days=8)
    for number in range(60):
        shop.partner(program, name=f"P{number}", email=f"p{number}@mail.example")
    shop.run_schedule("check_partners")
    admin.send("/admin/sign-in", key=shop.key)

    page = read(admin.get(f"/admin/programs/{program['id']}/check-ins").body)

    assert [row["Partner"] for row in page.table("Partners who need attention")] == ["Stuck"]
    assert "Older" not in [one.text for one in page.all("a")]


def test_a_list_leads_back_to_its_first_page_and_its_last_page_is_not_empty(shop, admin):
    program = shop.program()
    for number in range(40):
        shop.partner(program, name=f"P{number:02}", email=f"p{number}@mail.example")
    path = f"/admin/programs/{program['id']}/partners"

    first = read(admin.get(path).body)
    last = read(admin.get(first.link("Older")).body)

    assert [len(page.table("Partners")) for page in (first, last)] == [20, 20]
    links = [[one.text for one in page.all("a") if one.text in ("Older", "Newer")] for page in (first, last)]
    assert links == [["Older"], ["Newer"]]
    back = read(admin.get(last.link("Newer")).body)
    assert back.table("Partners") == first.table("Partners")


def test_a_programs_days_are_those_of_its_time_zone(shop, admin):
    program = shop.program(timezone="Pacific/Auckland")
    shop.wait(hours=1)

    page = read(admin.get(f"/admin/programs/{program['id']}?period=7").body)

    days = [one["Day"] for one in page.table("Day by day")]
    assert (days[0], len(days)) == ("Mar 11, 2026", 7)
    assert "Days begin at midnight in Pacific/Auckland" in page.text
    assert "Steps are counted once a day is over." in page.text


def test_a_rewards_evidence_is_in_the_time_zone_of_its_program(shop, admin):
    program = shop.program(timezone="Pacific/Auckland", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    ada = shop.partner(program)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    shop.settle()

    page = read(admin.get(f"/admin/rewards/{shop.reward(sale)['id']}").body)

    local = f"{shop.at.astimezone(ZoneInfo('Pacific/Auckland')):%H:%M}"
    assert local in page.tile("Date")
    assert page.tile("Date").endswith(("NZDT", "NZST"))
    assert all(one["When"].endswith(("NZDT", "NZST")) for one in page.table("Clicks and codes"))
    assert re.search(rf"a code of [^.]*, {local} NZ", page.text)
