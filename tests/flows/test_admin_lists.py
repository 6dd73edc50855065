"""What every list of the admin pages keeps: pages both ways that say what follows, filters in the address, a file."""

import csv
import io

import pytest

from bench.simulated import metered
from chalicelib.admin import lists
from chalicelib.kit import memory
from tests.faults.world import built_once
from tests.flows.test_joining import join
from tests.forms import Browser
from tests.reading import read

pytestmark = pytest.mark.engine

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}, "when": {"number_to": 1}},
]
# Each list: its address, and the table that it has.
LISTS = {
    "/admin/partners": "Partners",
    "/admin/links": "All links",
    "/admin/rewards": "All rewards",
    "/admin/rewards?waits=review": "Rewards to review",
    "/admin/benefits": "Benefits to give",
    "/admin/conversions": "Conversions",
    "/admin/customers": "Customers",
    "/admin/customers?referred=no": "Customers",
    "/admin/payouts": "Payouts",
    "/admin/messages?status=sent": "Messages",
    "/admin/audit": "Audit trail",
    "/admin/events?subject={program}": "Events",
    "/admin/adjustments": "Bonuses and deductions to approve",
    "/admin/partners/{partner}/adjustments": "Bonuses and deductions",
    "/admin/programs/{program}/applications": "Applications",
}
# By ids that do not say when.
IN_NO_ORDER_OF_TIME = {"/admin/rewards?waits=review", "/admin/benefits"}


def stock(shop, number):
    """Make *number* of everything that is listed, and return the ids of the program and of a partner."""
    program = shop.program(external_id="tea", name="Tea", rules=RULES, hold_days=0, joining="approval")
    bea = shop.partner(program, name="Bea", email="bea@mail.example")
    limits = {"approval_above": [{"amount": 1, "currency": "USD"}]}
    assert shop.post("/v1/adjustment-settings", limits).status == 200
    for one in range(number):
        partner = shop.partner(program, name=f"Ada {one}", email=f"ada-{one}@mail.example", external_id=f"ada-{one}")
        code = shop.link(program, partner, code=f"tea-{one}", channel="Blog")["code"]
        shop.wait(seconds=1)
        sale = shop.sale(program, f"order-{one}", f"c-{one}", code=code, amount=1000 * (one + 1)).json
        shop.settle()
        shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/hold", {"note": "odd"})
        shop.sale(program, f"other-{one}", f"s-{one}")
        shop.post("/v1/payouts", {"currency": "USD"})
        bonus = {"adjustment_id": f"a-{one}", "type": "bonus", "reason": "other", "note": "thanks"}
        amount = {"amount": 100 + one, "currency": "USD"}
        assert shop.post(f"/v1/partners/{bea['id']}/adjustments", {**bonus, "amount": amount}).status == 201
        assert join(shop, program, name=f"P{one}", email=f"p{one}@mail.example").status == 200
    shop.settle()
    shop.wait(minutes=2)
    return {"program": program["id"], "partner": bea["id"]}


@pytest.fixture
@built_once
def business(shop):
    return stock(shop, 3)


def table(page, name):
    return read(page.body).table(name)


def pages_of(admin, address):
    """Return the pages of a list from the first one on."""
    pages = [admin.get(address)]
    assert pages[0].status == 200, pages[0].body[-900:]
    while (link := next_of(pages[-1])) is not None:
        pages.append(admin.get(link))
        assert pages[-1].status == 200
    return pages


def next_of(page, rel="next"):
    """Return the address of the page that follows, or of the one before."""
    return next((one.attributes["href"] for one in read(page.body).all("a") if one.attributes.get("rel") == rel), None)


def address_of(page, label):
    return next((one.attributes["href"] for one in read(page.body).all("a") if one.text == label), None)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_is_the_same_page_by_page_there_and_back(shop, admin, business, address, monkeypatch):
    name, address = LISTS[address], address.format(**business)
    whole = table(admin.get(address), name)
    assert len(whole) >= 3
    monkeypatch.setattr(lists, "PAGE", 2)

    pages = pages_of(admin, address)

    assert [row for page in pages for row in table(page, name)] == whole
    back = [pages[-1]]
    while (link := next_of(back[-1], "prev")) is not None:
        back.append(admin.get(link))
    assert [table(page, name) for page in back] == [table(page, name) for page in reversed(pages)]


@pytest.mark.parametrize("address", LISTS)
def test_a_page_that_is_exactly_full_does_not_say_that_more_follows(shop, admin, business, address, monkeypatch):
    name, address = LISTS[address], address.format(**business)
    number = len(table(admin.get(address), name))
    monkeypatch.setattr(lists, "PAGE", number)

    page = admin.get(address)

    assert len(table(page, name)) == number
    assert next_of(page) is None
    assert "At least" not in read(page.body).text


@pytest.mark.parametrize("address", LISTS)
def test_what_is_shown_is_saved_from_where_the_page_begins(shop, admin, business, address, monkeypatch):
    name, address = LISTS[address], address.format(**business)
    monkeypatch.setattr(lists, "PAGE", 2)
    second = admin.get(next_of(admin.get(address)))
    rest = [row for page in pages_of(admin, address)[1:] for row in table(page, name)]

    saved = admin.get(address_of(second, "Save as CSV"))

    assert saved.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(list(csv.DictReader(io.StringIO(saved.body.removeprefix("\ufeff"))))) == len(rest)


@pytest.mark.parametrize("address", [one for one in LISTS if one not in IN_NO_ORDER_OF_TIME])
def test_a_list_is_read_oldest_first_as_well_page_by_page_there_and_back(shop, admin, business, address, monkeypatch):
    name, address = LISTS[address], address.format(**business)
    newest_first = table(admin.get(address), name)
    monkeypatch.setattr(lists, "PAGE", 2)
    oldest_first = address_of(admin.get(address), "Oldest first")

    pages = pages_of(admin, oldest_first)

    assert [row for page in pages for row in table(page, name)] == newest_first[::-1]
    assert all("order=oldest" in next_of(page) for page in pages[:-1])
    back = [pages[-1]]
    while (link := next_of(back[-1], "prev")) is not None:
        back.append(admin.get(link))
    assert [table(page, name) for page in back] == [table(page, name) for page in reversed(pages)]
    saved = admin.get(address_of(pages[0], "Save as CSV"))
    assert len(list(csv.DictReader(io.StringIO(saved.body.removeprefix("\ufeff"))))) == len(newest_first)
    assert table(admin.get(address_of(pages[0], "Newest first")), name) == newest_first[:2]


@pytest.mark.parametrize("address", LISTS)
def test_every_head_that_is_a_link_sorts_the_whole_list_both_ways(shop, admin, business, address):
    name, address = LISTS[address], address.format(**business)
    page = admin.get(address)
    rows = table(page, name)
    heads = [one for one in read(page.body).section(name).all("th") if one.all("a") and "scope" in one.attributes]
    heads = [one for one in heads if one.attributes["scope"] == "col"]
    assert heads

    for head in heads:
        there = admin.get(head.all("a")[0].attributes["href"])
        [again] = [one for one in read(there.body).section(name).all("th") if one.text == head.text][:1]
        back = admin.get(again.all("a")[0].attributes["href"])
        assert again.attributes["aria-sort"] in ("ascending", "descending")
        for sorted_page in (there, back):
            assert sorted(map(str, table(sorted_page, name))) == sorted(map(str, rows))
            assert sum("aria-sort" in one.attributes for one in read(sorted_page.body).section(name).all("th")) == 1


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ("/admin/payouts?status=preparing&currency=USD", "Status", "Preparing"),
        ("/admin/audit?action=link.created", "What", "Link created"),
        ("/admin/events?subject={program}&type=link.created", "Type", "Link created"),
        ("/admin/messages?status=sent&channel=email", "Sent by", "Email"),
        ("/admin/links?state=active&channel=Blog", "State", "Active"),
    ],
)
def test_filters_narrow_a_list_and_stay_in_its_addresses(shop, admin, business, address, field, value, monkeypatch):
    address = address.format(**business)
    monkeypatch.setattr(lists, "PAGE", 2)
    page = admin.get(address)
    chosen = address.partition("?")[2].split("&")

    assert read(page.body).field(field) == value
    for link in (next_of(page), address_of(page, "Oldest first"), address_of(page, "Save as CSV")):
        assert set(chosen) <= set(link.partition("?")[2].split("&"))
    assert len(pages_of(admin, address)) > 1


def test_a_filter_of_what_is_not_there_says_so_on_the_page(shop, admin, business):
    for address in ("/admin/audit?action=nothing", "/admin/payouts?currency=XXX1", "/admin/messages?email=nobody"):
        assert admin.get(address).status == 422


@pytest.fixture(scope="module")
def crowd():
    """A business with a dozen of everything, whose pages are only read; and the meter of its calls."""
    with metered() as (shop, meter):
        yield stock(shop, 12), shop, meter


@pytest.mark.parametrize("address", LISTS)
def test_a_page_of_a_list_takes_thirty_calls_at_most(crowd, address):
    ids, shop, meter = crowd
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)
    path = address.format(**ids)
    for query in ("", "&sort=at"):
        memory.forget_everything()
        meter.clear()
        answer = admin.get(path + (query if "?" in path else query.replace("&", "?")))
        assert answer.status == 200
        assert sum(meter.counted.values()) <= 30, (path, query, meter.counted)
