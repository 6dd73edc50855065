"""The lists of what a business has: programs, people, keys, invitations, feedback, a program's partners, payments."""

import csv
import io

import pytest

from bench.simulated import metered
from chalicelib.admin import lists
from chalicelib.kit import memory
from chalicelib.kit.dynamo import rows
from chalicelib.partners.joining_table import Invitation
from chalicelib.partners.tokens import invitation_url
from tests.faults.world import built_once
from tests.flows.test_admin_lists import address_of, next_of, pages_of, table
from tests.flows.test_joining import ENGLISH, invite, send
from tests.forms import Browser
from tests.reading import read

pytestmark = pytest.mark.engine

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]
# Each list: its address, and the table that it has.
LISTS = {
    "/admin/programs": "Programs",
    "/admin/programs/{program}/partners": "Partners",
    "/admin/programs/{program}/invitations": "Invitations",
    "/admin/people": "People",
    "/admin/keys": "API keys",
    "/admin/feedback": "Feedback",
}
ITEMS = "/admin/payouts/{payout}/items"


def stock(shop, number):
    """Make *number* of everything that is listed, and return the ids of a program and of a prepared payout."""
    program = shop.program(external_id="tea", name="Tea", rules=RULES, hold_days=0)
    for one in range(number):
        partner = shop.partner(program, name=f"Ada {one}", email=f"ada-{one}@mail.example")
        shop.sale(program, f"order-{one}", f"c-{one}", code=shop.link(program, partner)["code"], amount=1000)
        assert (
            shop.post(f"/v1/partners/{partner['id']}/feedback", {"score": one % 11, "words": f"W{one}"}).status == 201
        )
        assert invite(shop, program, {"email": f"guest-{one}@mail.example"}) == ["invited"]
        user = {"email": f"user-{one}@shop.example", "name": f"User {one}", "roles": [{"role": "viewer"}]}
        assert shop.post("/v1/users", user).status == 201
        assert shop.post("/v1/keys", {"name": f"Key {one}", "scopes": ["stats:read"]}).status == 201
        shop.wait(days=1)
        shop.program(external_id=f"p-{one}", name=f"Program {one}")
    shop.settle()
    payout = shop.post("/v1/payouts", {"currency": "USD"}).json
    assert shop.post(f"/v1/payouts/{payout['id']}/prepare").json["items"] == number
    return {"program": program["id"], "payout": payout["id"]}


@pytest.fixture
@built_once
def business(shop):
    return stock(shop, 3)


def lines(saved):
    assert saved.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(saved.body.removeprefix("\ufeff"))))


@pytest.mark.parametrize("address", LISTS)
def test_a_list_is_paged_both_ways_newest_first_or_oldest_first_and_saved(shop, business, admin, address, monkeypatch):
    name, address = LISTS[address], address.format(**business)
    whole = table(admin.get(address), name)
    assert len(whole) >= 3
    assert len(lines(admin.get(address_of(admin.get(address), "Save as CSV")))) == len(whole)
    monkeypatch.setattr(lists, "PAGE", 2)
    oldest_first = address_of(admin.get(address), "Oldest first")

    for begin, expected in ((address, whole), (oldest_first, whole[::-1])):
        pages = pages_of(admin, begin)
        assert [row for page in pages for row in table(page, name)] == expected
        back = [pages[-1]]
        while (link := next_of(back[-1], "prev")) is not None:
            back.append(admin.get(link))
        assert [table(page, name) for page in back] == [table(page, name) for page in reversed(pages)]


def test_the_payments_of_a_payout_are_listed_by_status_and_saved(shop, business, admin, monkeypatch):
    address = ITEMS.format(**business)
    page = admin.get(address)
    rows, payout = table(page, "Items"), f"/v1/payouts/{business['payout']}"
    assert [row["To"] for row in rows] == ["Ada 0", "Ada 1", "Ada 2"]
    owners = [one["owner"] for one in shop.get(f"{payout}/items").json["data"]]
    assert shop.post(f"{payout}/fail", {"owners": [owners[1]], "note": "no such account"}).status == 200

    failed = admin.get(f"{address}?status=failed")

    assert [(row["To"], row["Why"]) for row in table(failed, "Items")] == [("Ada 1", "no such account")]
    saved = lines(admin.get(address_of(failed, "Save as CSV")))
    assert [(row["To"], row["Status"], row["Note"]) for row in saved] == [(owners[1], "failed", "no such account")]
    assert [one["owner"] for one in shop.get(f"{payout}/items?status=failed").json["data"]] == [owners[1]]
    monkeypatch.setattr(lists, "PAGE", 2)
    first, second = pages_of(admin, address)
    assert [len(table(one, "Items")) for one in (first, second)] == [2, 1]
    assert table(admin.get(next_of(second, "prev")), "Items") == table(first, "Items")
    assert read(admin.get(f"/admin/payouts/{business['payout']}").body).link("List all items") == address


def test_invitations_are_listed_by_whether_they_were_accepted(shop, business, admin):
    program, path = {"id": business["program"]}, f"/v1/invitations?program={business['program']}"
    guest = shop.get(path).json["data"][1]
    invited = rows.find(Invitation, guest["id"], "invitation")
    link = invitation_url(invited).removeprefix("https://go.example")
    assert send(shop, link, shop.get(link, headers=ENGLISH), email=guest["email"]).status == 303

    assert [one["email"] for one in shop.get(f"{path}&status=accepted").json["data"]] == [guest["email"]]
    assert guest["email"] not in [one["email"] for one in shop.get(f"{path}&status=open").json["data"]]
    page = f"/admin/programs/{program['id']}/invitations"
    assert [row["Address"] for row in table(admin.get(f"{page}?status=accepted"), "Invitations")] == [guest["email"]]
    assert len(table(admin.get(f"{page}?status=open"), "Invitations")) == 2


@pytest.mark.parametrize("path", ["/v1/programs", "/v1/users", "/v1/keys", "/v1/feedback"])
def test_the_api_lists_both_ways_from_either_end_and_counts(shop, business, path):
    newest = shop.get(path).json
    assert newest["count"] == {"at_least": len(newest["data"]), "exact": True}
    read_so_far, cursor = [], ""
    while cursor is not None:
        page = shop.get(f"{path}?order=oldest&limit=2{f'&cursor={cursor}' if cursor else ''}").json
        read_so_far.append(page["data"])
        cursor, before = page["next_cursor"], page["previous_cursor"]

    assert [one for page in read_so_far for one in page] == newest["data"][::-1]
    back = shop.get(f"{path}?order=oldest&limit=2&cursor={before}").json
    assert back["data"] == read_so_far[-2]
    other_end = shop.get(f"{path}?limit=2&cursor={before}")
    assert (other_end.status, other_end.json["code"]) == (422, "cursor_mismatch")


@pytest.fixture(scope="module")
def crowd():
    """A business with 25 of everything, whose pages are only read; and the meter of its calls."""
    with metered() as (shop, meter):
        yield stock(shop, 25), shop, meter


@pytest.mark.slow
@pytest.mark.parametrize("address", [*LISTS, ITEMS, "/admin/programs/{program}/joining", "/admin/payouts/{payout}"])
def test_a_page_of_such_a_list_takes_thirty_calls_at_most(crowd, address):
    ids, shop, meter = crowd
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)
    path = address.format(**ids)
    for query in ("", "?order=oldest" if address in LISTS else "", "/export" if address in LISTS else ""):
        memory.forget_everything()
        meter.clear()
        assert admin.get(path + query).status == 200
        assert sum(meter.counted.values()) <= 30, (path, query, meter.counted)
