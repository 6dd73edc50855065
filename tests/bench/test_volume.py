"""Pages of a business with thousands of partners take thirty calls at most; a search, three."""

import os
import re
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from bench.simulated import metered
from chalicelib.access.sessions import begin
from chalicelib.admin.terms import terms_pages
from chalicelib.kit import memory
from chalicelib.portal.session import COOKIE, LASTING
from chalicelib.rewards.find import find_waiting
from chalicelib.rewards.table import REVIEW
from tests.bench.volume import HELD, LARGE, PARTNERS, SMALL, Business
from tests.faults.sampling import EVERYTHING
from tests.flows.test_admin_roles import ROUTES, path_of
from tests.flows.test_terms_form import fields_of
from tests.forms import Browser
from tests.reading import read

pytestmark = [pytest.mark.engine, pytest.mark.sweep]

MOST_CALLS, MOST_CALLS_OF_A_SEARCH = 30, 3
# The last conversions, on which a page tries new terms.
MOST_TRIED = 200
# So much a page reads at most, in units of 4 KB; a call reads 1 MB at most, which are 128 units.
MOST_UNITS = 1500
# Files of all there is, each a part of thousands of rows: the calls and units that each takes at most.
FILES = {
    # Five thousand partners, each with the rows of their standing.
    "/admin/exports/partners": (420, 32_000),
    "/admin/privacy/{id}/data": (100, 2_000),
    "/admin/programs/{id}/leaderboard.csv": (100, 6_500),
    "/admin/programs/{id}/sources.csv": (100, 6_500),
    "/portal/data.json": (100, 2_000),
}


@pytest.fixture(scope="module")
def business():
    with metered() as (shop, meter):
        yield Business(shop, LARGE if os.environ.get(EVERYTHING) else SMALL), meter


@pytest.fixture
def admin(business):
    browser = Browser(business[0].shop)
    assert browser.send("/admin/sign-in", key=business[0].shop.key).status == 303
    return browser


def kind_of(address):
    """Return what the addresses of one kind of page have in common: the path without ids, and the query's names."""
    parts = urlsplit(address)
    path = re.sub(r"/[a-z]+_[0-9A-Z]{26}(?=/|$)", "/{id}", parts.path)
    return path, tuple(sorted(parse_qs(parts.query)))


class Walk:
    """Reads one page of each kind that pages lead to; knows how many calls and units each has taken."""

    def __init__(self, browser, meter, inside):
        self.browser, self.meter, self.inside = browser, meter, inside
        self.taken = {}

    def go(self, addresses):
        waiting = list(addresses)
        while waiting:
            address = waiting.pop(0)
            kind = kind_of(address)
            if kind in self.taken:
                continue
            answer, self.taken[kind] = self.look(address)
            # What there is nothing to show of, or what first needs a choice, is refused or leads back.
            assert answer.status in (200, 303, 404, 409, 422), (address, answer.status)
            if answer.status != 303 and "html" in answer.headers["Content-Type"]:
                links = [one.attributes["href"].partition("#")[0] for one in read(answer.body).all("a")]
                waiting += [one for one in links if re.match(self.inside, one)]
        return self

    def look(self, address):
        """Return the answer of a function that has just started, the calls it took, and the units it read."""
        memory.forget_everything()
        self.meter.clear()
        answer = self.browser.get(address)
        return answer, (sum(self.meter.counted.values()), round(self.meter.total().reads))

    def check(self, name):
        by_calls = sorted(self.taken.items(), key=lambda one: one[1], reverse=True)
        by_units = sorted(self.taken.items(), key=lambda one: one[1][1], reverse=True)
        for (path, query), (calls, units) in dict([*by_calls[:5], *by_units[:5]]).items():
            print(f"\n{name}: {calls} calls, {units} units read: {path}?{'&'.join(query)}", end="")
        print(f"\n{name}: {len(self.taken)} kinds of pages")
        too_much = {}
        for (path, query), (calls, units) in self.taken.items():
            most = FILES.get(path, (MOST_CALLS, MOST_UNITS))
            if calls > most[0] or units > most[1]:
                too_much[path, query] = calls, units
        assert too_much == {}


def test_each_admin_page_takes_thirty_calls_at_most(business, admin):
    ids = business[0].ids
    begins = [path_of(path, kind, ids) for (method, path), (_, _, kind) in ROUTES.items() if method == "GET"]

    walk = Walk(admin, business[1], r"/admin(?!/sign)").go(begins)

    walk.check("admin")
    assert len(walk.taken) > len(begins)


def test_the_check_of_new_terms_takes_thirty_calls_at_most(business, admin, monkeypatch):
    # Nor does a slow machine end it sooner.
    monkeypatch.setattr(terms_pages, "_SECONDS", 600)
    path = f"/admin/programs/{business[0].program['id']}/terms"
    fields = fields_of(admin.get(f"{path}/edit").body, "Check these terms")
    memory.forget_everything()
    business[1].clear()

    page = read(admin.send(f"{path}/edit", action="check", **fields).body)

    assert sum(business[1].counted.values()) <= MOST_CALLS
    assert page.tile("Conversions") == str(MOST_TRIED)
    assert "Only in part." in page.text
    assert page.tile("Difference") == "$0.00"


def test_each_page_of_the_largest_partner_takes_thirty_calls_at_most(business):
    partner = business[0].largest
    browser = Browser(business[0].shop)
    browser.cookies = {COOKIE: begin(partner["id"], lasting=LASTING, at=business[0].shop.at).cookie}
    share = partner["enrollments"][0]["share_url"].removeprefix("https://go.example")

    portal = Walk(browser, business[1], r"/portal(?!/sign)").go(["/portal"])
    public = Walk(Browser(business[0].shop), business[1], r"/(s|f|terms)/").go([share, "/f/ada-0"])

    portal.check("portal")
    public.check("share pages")
    assert len(portal.taken) > 5


@pytest.mark.parametrize(
    "text",
    [
        *("order-x7x", "partner x7", "ada largest", "partner", "friend-x1x@mail.example", "p-x3x@mail.example"),
        *("friend-x1x", "crm-x3x", "code-x3x", "{partner}", "{customer}", "{conversion}", "{link}", "{reward}"),
        *("{payout}", "nothing"),
    ],
)
def test_a_search_by_any_key_takes_three_calls_at_most(business, text):
    text = text.format(**business[0].ids)
    memory.forget_everything()
    business[1].clear()

    answer = business[0].shop.get(f"/v1/search?{urlencode({'q': text}, quote_via=quote)}")

    # The first is the key's.
    assert sum(business[1].counted.values()) - 1 <= MOST_CALLS_OF_A_SEARCH
    assert bool(answer.json["data"]) == (text != "nothing")


def test_the_business_is_as_large_as_it_is_said_to_be_and_its_chains_are_valid(business):
    shop, copies = business[0].shop, business[0].size.copies + 1
    sales = copies * PARTNERS * 20 + business[0].size.sales

    assert (
        sum("enrolled_in" in row and row["pk"]["S"].startswith("ptr_") for row in shop.rows("partners"))
        == copies * PARTNERS + 1
    )
    assert sum(row["type"]["S"] == "sale" for row in shop.rows("conversions")) == sales
    assert find_waiting(REVIEW, most=10_000)[0] == copies * HELD
    assert shop.verified() is None
