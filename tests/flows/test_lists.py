"""Lists: the newest comes first, page by page, and nothing in a list says what is not so."""

import re
from urllib.parse import urlencode

import pytest

from chalicelib.kit import cursors
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from tests.flows.test_joining import invite, join


def keys(shop, number):
    return shop.post("/v1/keys", {"name": f"n{number}", "scopes": ["admin"]}).json["key"]["id"]


def programs_(shop, number):
    return shop.program(name=f"n{number}")["id"]


def partners_(shop, number):
    return shop.post("/v1/partners", {"name": f"n{number}"}).json["id"]


def payouts(shop, _number):
    return shop.post("/v1/payouts", {"currency": "USD"}).json["id"]


def links(shop, number):
    made = {"program": "ext_p", "partner": "ext_a", "channel": f"n{number}"}
    return shop.post("/v1/links", made).json["id"]


def invitations(shop, number):
    assert invite(shop, {"id": "ext_p"}, {"email": f"n{number}@mail.example"}) == ["invited"]
    return f"n{number}@mail.example"


def applications(shop, number):
    program = shop.get("/v1/programs/ext_p").json
    assert join(shop, program, email=f"n{number}@mail.example").status == 200
    return f"n{number}@mail.example"


def feedback(shop, number):
    shop.wait(days=1)
    assert shop.post("/v1/partners/ext_a/feedback", {"score": number}).status == 201
    return number


def versions(shop, number):
    shop.wait(minutes=2)
    rules = [{"on": "lead", "to": "referrer", "flat": {"amount": 1 + number, "currency": "USD"}}]
    return shop.post("/v1/programs/ext_p/terms", {"rules": rules}).json["version"]


def standing(shop, number):
    category = ["partner", "influencer"][number % 2]
    changed = shop.post("/v1/partners/ext_a/category", {"category": category, "note": "grown"})
    return changed.json["number"]


LISTS = {
    "/v1/keys": (keys, "id"),
    "/v1/programs": (programs_, "id"),
    "/v1/partners": (partners_, "id"),
    "/v1/links?partner=ext_a": (links, "id"),
    "/v1/payouts": (payouts, "id"),
    "/v1/invitations?program=ext_p": (invitations, "email"),
    "/v1/applications?program=ext_p": (applications, "email"),
    "/v1/feedback": (feedback, "score"),
    "/v1/partners/ext_a/standing": (standing, "number"),
}
HISTORIES = {"/v1/programs/ext_p/terms": (versions, "version")}


@pytest.fixture
def stocked(shop):
    """A business with one of everything, older than what a test makes."""
    program = shop.program(external_id="p", joining="approval")
    shop.partner(program, external_id="a")
    return shop


def made(shop, make, count):
    """Make some, a second after each other; return what each is known by, the newest first."""
    names = []
    for number in range(count):
        shop.wait(seconds=1)
        names.append(make(shop, number))
    return names[::-1]


def ask(shop, path, **query):
    return shop.get(path + ("&" if "?" in path else "?") + urlencode(query)).json


@pytest.mark.parametrize("path", LISTS)
def test_a_list_begins_with_the_newest_and_goes_on_page_by_page_to_the_oldest(stocked, path):
    make, name = LISTS[path]
    names = made(stocked, make, 5)

    listed, page = [], ask(stocked, path, limit=2)
    while True:
        listed += [one[name] for one in page["data"]]
        if not page["has_more"]:
            break
        page = ask(stocked, path, limit=2, cursor=page["next_cursor"])

    assert listed[:5] == names
    assert len(listed) == len(set(listed))


def walked(shop, path, limit):
    """Return the pages of a list, and check that none says that more follows without a row of its own or a next one."""
    pages = [ask(shop, path, limit=limit)]
    while pages[-1]["has_more"]:
        assert pages[-1]["data"]
        pages.append(ask(shop, path, limit=limit, cursor=pages[-1]["next_cursor"]))
    assert pages[-1]["data"]
    assert [len(page["data"]) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    return pages


@pytest.mark.parametrize("path", LISTS)
def test_a_page_is_full_and_says_that_more_follows_only_if_more_follows(stocked, path):
    make, _ = LISTS[path]
    made(stocked, make, 4 if path != "/v1/programs" else 3)
    count = len(ask(stocked, path)["data"])

    assert len(walked(stocked, path, count)) == 1
    assert len(walked(stocked, path, 1)) == count
    assert [len(page["data"]) for page in walked(stocked, path, count - 1)] == [count - 1, 1]


def test_held_rewards_and_messages_fill_their_pages_wherever_they_are_listed(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], hold_days=14)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sales = [shop.sale(program, f"order-{n}", f"c-{n}", code=code).json for n in range(5)]
    shop.settle()
    for sale in sales:
        shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/hold", {"note": "odd"})

    assert [len(page["data"]) for page in walked(shop, "/v1/rewards?waits=review", 2)] == [2, 2, 1]
    assert len(walked(shop, "/v1/rewards?waits=review", 5)) == 1
    assert shop.get("/v1/rewards?due_on=2027-01-01").json == {
        "data": [],
        "has_more": False,
        "next_cursor": None,
        "previous_cursor": None,
        "count": {"at_least": 0, "exact": True},
    }
    count = len(ask(shop, "/v1/messages", status="sent")["data"])
    assert len(walked(shop, "/v1/messages?status=sent", 1)) == count
    assert [len(walked(shop, f"/v1/partners/{ada['id']}/entries?currency=USD", limit)) for limit in (5, 4, 2)] == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize("path", LISTS)
def test_what_is_added_between_two_pages_is_neither_missed_at_the_top_nor_shifts_the_rest(stocked, path):
    make, name = LISTS[path]
    names = made(stocked, make, 4)
    first = ask(stocked, path, limit=2)

    stocked.wait(seconds=1)
    latest = make(stocked, 9)
    second = ask(stocked, path, limit=2, cursor=first["next_cursor"])

    assert [one[name] for one in first["data"] + second["data"]] == names
    assert ask(stocked, path, limit=1)["data"][0][name] == latest


@pytest.mark.parametrize("path", HISTORIES)
def test_a_history_begins_with_the_newest(stocked, path):
    make, name = HISTORIES[path]
    names = made(stocked, make, 3)

    assert [one[name] for one in stocked.get(path).json["data"]][:3] == names


@pytest.mark.parametrize("name", ["keys", "programs", "partners", "payouts", "feedback"])
def test_a_cursor_from_when_the_oldest_came_first_is_refused_instead_of_going_on_the_wrong_way(stocked, name):
    before = cursors.write({"pk": {"S": "x"}}, of=name)

    assert stocked.get(f"/v1/{name}?cursor={before}").json["code"] == "cursor_mismatch"


def test_walks_begin_with_the_oldest_so_that_they_reach_what_is_added_meanwhile(stocked):
    first, position = partners.walk_page(limit=1, position=None)
    stocked.wait(seconds=1)
    added = partners_(stocked, 1)
    rest, _ = partners.walk_page(limit=9, position=position)

    assert [one.id for one in first + rest][-1] == added
    assert [one.external_id for one in programs.walk_page(limit=9, position=None)[0]] == ["p"]


def test_an_application_moves_between_lists_as_it_is_decided(stocked):
    path = "/v1/applications?program=ext_p"
    made(stocked, applications, 3)
    pending = ask(stocked, path)["data"]
    for one in pending[:2]:
        assert stocked.post(f"/v1/applications/{one['id']}/approve").status == 200

    assert [one["id"] for one in ask(stocked, path)["data"]] == [pending[2]["id"]]
    assert [one["id"] for one in ask(stocked, path, status="approved")["data"]] == [one["id"] for one in pending[:2]]


def test_lists_say_of_a_partner_and_a_program_only_what_they_know(stocked):
    stocked.post("/v1/partners/ext_a/category", {"category": "influencer", "note": "grown"})
    stocked.wait(minutes=2)
    [partner], [program] = (stocked.get(f"/v1/{name}").json["data"] for name in ("partners", "programs"))
    partner_alone, program_alone = stocked.get("/v1/partners/ext_a").json, stocked.get("/v1/programs/ext_p").json

    state = {"state", "state_reason", "state_from", "earned"}
    assert partner_alone.keys() - partner.keys() == {"category", "duplicates", "enrollments", "same_email", *state}
    assert program_alone.keys() - program.keys() == {"terms"}
    assert partner.items() <= partner_alone.items()
    assert all(program_alone[name] == value for name, value in program.items())
    assert partner_alone["category"] == "influencer"
    assert [one["program"] for one in partner_alone["enrollments"]] == [program["id"]]


def test_the_payout_just_made_is_the_first_of_the_admin_page_however_many_there_are(shop, admin):
    shop.program()
    names = made(shop, payouts, 26)

    page = admin.get("/admin/payouts").body

    assert list(dict.fromkeys(re.findall(r"/admin/payouts/(pay_\w+)", page))) == names


def test_the_newest_partner_is_the_first_of_the_admin_page(shop, admin):
    program = shop.program()
    names = made(shop, lambda shop, number: shop.partner(program, name=f"n{number}")["id"], 3)

    page = admin.get(f"/admin/programs/{program['id']}/partners").body

    assert list(dict.fromkeys(re.findall(r"/admin/partners/(ptr_\w+)", page))) == names
