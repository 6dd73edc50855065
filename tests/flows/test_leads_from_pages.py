"""Leads that a website's pages report with a publishable key: from the program's origins, and of new customers only."""

import pytest

from chalicelib.conversions import accept as reports
from chalicelib.conversions import take_lead as leads
from chalicelib.referrals.find import find_by_external_id
from tests.faults.world import built_once
from tests.flows.money.test_proof import reconciled

SITE = "https://shop.example"


def a_key(shop, program):
    return shop.post(f"/v1/programs/{program['id']}/keys", {"name": "website"}).json


def report(shop, program, key, *, origin=SITE, external_id="signup-1", **changes):
    headers = {"Origin": origin} if origin else {}
    body = {"external_id": external_id, "customer": {"external_id": "c-1", "email": "grace@mail.example"}} | changes
    return shop.post(f"/v1/programs/{program['id']}/leads", body, key=key, headers=headers)


def test_a_page_reports_a_lead_and_is_not_told_who_is_credited(shop):
    program = shop.program(origins=[SITE])
    ada = shop.partner(program)
    link = shop.link(program, ada)
    made = a_key(shop, program)

    answer = report(shop, program, made["secret"], touches=[{"click_id": shop.click_id(link)}])
    again = report(shop, program, made["secret"], touches=[])
    shop.streams.run()

    assert made["secret"].startswith("pk_")
    assert (made["key"]["program"], made["key"]["scopes"]) == (program["id"], ["leads:write"])
    assert (answer.status, again.status) == (201, 201)
    assert set(answer.json) == {"object", "program", "external_id", "received_at"}
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    stored = shop.get(f"/v1/conversions/ext_signup-1?type=lead&program={program['id']}").json
    assert stored["partner"] == ada["id"]
    assert shop.balance(ada)["due"] == 200


def test_a_page_changes_nothing_of_a_customer_who_is_known(shop):
    program = shop.program(origins=[SITE])
    key = a_key(shop, program)["secret"]
    shop.lead(program, customer="c-1")

    report(shop, program, key, customer={"external_id": "c-1", "email": "mallory@mail.example", "name": "Mallory"})

    assert find_by_external_id("c-1").customer.email == "c-1@mail.example"


@pytest.fixture
@built_once
def pages(shop):
    """A website with a publishable key, Ada who refers, and Mallory who would like to be credited."""
    program = shop.program(origins=[SITE])
    ada, mallory = shop.partner(program), shop.partner(program, name="Mallory", email="m@mail.example")
    return Pages(shop, program, a_key(shop, program)["secret"], ada, mallory)


class Pages:
    def __init__(self, shop, program, key, ada, mallory):
        self.shop, self.program, self.key, self.ada, self.mallory = shop, program, key, ada, mallory
        self.adas, self.mallorys = (shop.link(program, partner)["code"] for partner in (ada, mallory))

    def lead(self, external_id="signup-1", customer="c-1", code=None, **words):
        body = {"external_id": customer, **words}
        touches = [{"code": code}] if code else []
        return report(self.shop, self.program, self.key, external_id=external_id, customer=body, touches=touches)

    def stored(self, external_id="signup-1"):
        return self.shop.get(f"/v1/conversions/ext_{external_id}?type=lead&program={self.program['id']}")


@pytest.mark.parametrize("type_", ["sale", "lead"])
@pytest.mark.parametrize("elsewhere", [False, True], ids=["in this program", "in another"])
def test_a_page_attaches_no_known_customer_to_a_partner(shop, pages, type_, elsewhere):
    program = shop.program() if elsewhere else pages.program
    getattr(shop, type_)(program, "before", "c-1")
    answer = pages.lead("x", code=pages.mallorys)
    shop.wait(minutes=1)

    later = shop.sale(pages.program, "later", "c-1").json
    shop.settle()

    assert answer.status == 201
    assert (later["partner"], later["attribution"]) == (None, "no_touch")
    assert pages.stored("x").status == 404
    assert find_by_external_id("c-1").referrals == []


def test_a_page_is_answered_alike_whether_a_customer_is_known_or_not(shop, pages):
    shop.sale(pages.program, customer="c-1")

    first, second = pages.lead("x", "c-1"), pages.lead("x", "c-2")

    assert (first.status, first.json) == (second.status, second.json)
    assert headers_of(first) == headers_of(second)


def headers_of(answer):
    return {name.lower(): value for name, value in answer.headers.items() if name.lower() != "x-request-id"}


@pytest.mark.parametrize("introduced", [False, True], ids=["a new customer", "one introduced before"])
def test_a_page_changes_nothing_of_a_customer_who_becomes_known_at_that_moment(shop, pages, monkeypatch, introduced):
    introduce, sales = reports.introduce, []
    if introduced:
        pages.lead("before")

    def overtaken(*arguments, **options):
        writes = introduce(*arguments, **options)
        if not sales:
            sales.append(shop.sale(pages.program, customer="c-1"))
        return writes

    monkeypatch.setattr(reports, "introduce", overtaken)
    answer = pages.lead("x", code=pages.mallorys, email="thief@evil.example", name="A Thief")

    customer = find_by_external_id("c-1")
    assert (answer.status, sales[0].status) == (201, 201)
    assert (customer.customer.email, customer.customer.name) == ("c-1@mail.example", "Grace")
    assert customer.referrals == []
    assert pages.stored("x").status == 404


def test_a_page_is_answered_after_as_much_work_whether_a_customer_is_known_or_not(shop, pages):
    shop.sale(pages.program, customer="c-1")
    pages.lead("warm", "c-0")

    def work(external_id, customer):
        shop.line.calls.clear()
        pages.lead(external_id, customer)
        return [operation for operation, _ in shop.line.calls if operation not in ("GetItem", "Query")]

    assert work("x", "c-1") == work("y", "c-2")


def test_a_page_renames_no_customer_whom_a_page_introduced(shop, pages):
    pages.lead("a", name="Grace", email="grace@mail.example")

    pages.lead("b", name="Mallory", email="m@mail.example")

    assert find_by_external_id("c-1").customer.introduced_as == {"name": "Grace", "email": "grace@mail.example"}


@pytest.mark.parametrize(
    ("reported", "name", "email"),
    [
        pytest.param({"external_id": "c-1"}, "c-1", "", id="without an address"),
        pytest.param(
            {"external_id": "c-1", "email": "grace@mail.example", "name": "Grace"},
            "Grace",
            "grace@mail.example",
            id="with one",
        ),
    ],
)
def test_nobody_is_paid_at_an_address_that_a_page_gave(shop, pages, reported, name, email):
    pages.lead(code=pages.adas, email="thief@evil.example", name="A Thief")
    amount = {"amount": 1999, "currency": "USD"}
    sale = {"program": pages.program["id"], "type": "sale", "external_id": "order-1", "amount": amount}
    shop.post("/v1/conversions", {**sale, "customer": reported})
    shop.settle()

    payout = shop.pay_out()
    exported = shop.get(f"/v1/payouts/{payout['id']}/export").body

    customer = find_by_external_id("c-1").customer
    paid = next(line for line in exported.splitlines() if customer.customer_id in line)
    assert "thief" not in exported.lower()
    assert paid.split(",")[2:4] == [f'"{name}"', f'"{email}"']
    assert customer.introduced_as is None


def test_a_friend_whom_only_pages_reported_has_no_address_to_be_paid_at(shop, pages):
    program = shop.program(
        origins=[SITE], rules=[{"on": "lead", "to": "referee", "flat": {"amount": 500, "currency": "USD"}}]
    )
    code = shop.link(program, shop.partner(program, name="Bob", email="bob@mail.example"))["code"]
    report(
        shop,
        program,
        a_key(shop, program)["secret"],
        customer={"external_id": "c-9", "email": "thief@evil.example", "name": "A Thief"},
        touches=[{"code": code}],
    )
    shop.settle()

    payout = shop.pay_out()
    refused = shop.get(f"/v1/payouts/{payout['id']}/export?format=paypal")

    assert (payout["items"], refused.json["code"]) == (1, "payee_email_invalid")
    assert "thief" not in shop.get(f"/v1/payouts/{payout['id']}/export").body.lower()


@pytest.mark.parametrize("type_", ["lead", "sale"])
def test_the_servers_first_report_with_a_touch_supersedes_a_page(shop, pages, type_):
    pages.lead(code=pages.mallorys)
    shop.wait(minutes=1)

    first = getattr(shop, type_)(pages.program, "signup-1", "c-1", code=pages.adas).json
    later = shop.sale(pages.program, "order-2", "c-1").json
    shop.settle()

    assert (first["partner"], first["attribution"], first["number"]) == (pages.ada["id"], "last_touch", 1)
    assert (later["partner"], later["attribution"]) == (pages.ada["id"], "already_referred")
    assert shop.explained(first)["referral"]["partner"] == pages.ada["id"]
    assert shop.verified() is None


def test_what_a_page_said_of_who_sent_a_customer_holds_once_the_server_reports_without_a_touch(shop, pages):
    pages.lead(code=pages.adas)
    shop.wait(minutes=1)

    first = shop.sale(pages.program, "order-1", "c-1").json
    later = shop.sale(pages.program, "order-2", "c-1", code=pages.mallorys).json

    assert [one["partner"] for one in (first, later)] == [pages.ada["id"]] * 2
    assert [one["number"] for one in (first, later)] == [1, 2]
    assert find_by_external_id("c-1").referral(pages.program["id"]).by_page is None


def test_a_page_takes_no_id_of_the_servers(shop, pages):
    pages.lead("signup-7", "anybody", code=pages.mallorys)

    answer = shop.lead(pages.program, "signup-7", "c-1", code=pages.adas)
    shop.settle()

    assert (answer.status, answer.json["partner"]) == (201, pages.ada["id"])
    assert pages.stored("signup-7").json["partner"] == pages.ada["id"]
    assert shop.balance(pages.ada)["due"] == 200


@pytest.mark.parametrize("touch", [False, True], ids=["without a touch", "with the same touch"])
def test_a_sign_up_that_page_and_server_report_is_one(shop, pages, touch):
    pages.lead(code=pages.adas)
    shop.wait(minutes=1)

    options = {"code": pages.adas} if touch else {}
    first = shop.lead(pages.program, "signup-1", "c-1", **options)
    again = shop.lead(pages.program, "signup-1", "c-1", **options)
    shop.settle()

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert first.json["id"] == pages.stored().json["id"]
    assert shop.balance(pages.ada)["due"] == 200
    assert find_by_external_id("c-1").customer.email == "c-1@mail.example"
    # It is settled by then: no later touch takes its place.
    assert shop.sale(pages.program, "order-1", "c-1", code=pages.mallorys).json["partner"] == pages.ada["id"]


def test_a_page_that_comes_after_the_server_adds_nothing(shop, pages):
    shop.lead(pages.program, "signup-1", "c-1", code=pages.adas)

    answer = pages.lead(code=pages.adas)
    shop.settle()

    assert answer.status == 201
    assert shop.balance(pages.ada)["due"] == 200


def test_a_lead_of_a_page_without_a_touch_is_not_credited_by_what_the_server_reports(shop, pages):
    pages.lead()
    shop.wait(minutes=1)
    touch = {"code": pages.adas, "at": "2026-03-10T11:00:00Z"}

    shop.lead(pages.program, "signup-1", "c-1", touches=[touch])
    shop.settle()
    shop.wait(minutes=15)
    differences, _ = reconciled(shop, "2026-03-10", repair=True)
    shop.settle()

    assert (differences, shop.balance(pages.ada)["due"]) == ([], 200)


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(None, id="none"),
        pytest.param("null", id="null"),
        pytest.param("http://shop.example", id="without TLS"),
        pytest.param("https://evilshop.example", id="another that ends alike"),
        pytest.param("https://shop.example.evil.example", id="another that begins alike"),
        pytest.param("https://shop.example:444", id="another port"),
        pytest.param("https://SHOP.example", id="upper case"),
    ],
)
def test_other_origins_are_refused_and_may_not_read_why(shop, origin):
    program = shop.program(origins=[SITE])
    key = a_key(shop, program)["secret"]

    answer = report(shop, program, key, origin=origin)
    preflight = shop.call("OPTIONS", f"/v1/programs/{program['id']}/leads", headers={"Origin": origin or ""})

    assert (answer.status, answer.json["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (preflight.status, "Access-Control-Allow-Origin" in preflight.headers) == (204, False)


def test_a_browsers_question_is_answered_for_the_programs_origins(shop):
    program = shop.program(origins=[SITE])

    preflight = shop.call("OPTIONS", f"/v1/programs/{program['id']}/leads", headers={"Origin": SITE})

    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == SITE
    assert preflight.headers["Access-Control-Allow-Methods"] == "POST"
    assert preflight.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert preflight.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in preflight.headers


def test_a_publishable_key_opens_nothing_else(shop):
    program, other = shop.program(origins=[SITE]), shop.program(origins=[SITE])
    key = a_key(shop, program)["secret"]
    listed = [
        shop.get("/v1/partners", key=key),
        shop.get(f"/v1/programs/{program['id']}", key=key),
        shop.post("/v1/conversions", {}, key=key),
        shop.post("/v1/keys", {"name": "x", "scopes": ["admin"]}, key=key),
    ]

    assert {answer.status for answer in listed} == {403}
    assert report(shop, other, key).status == 404
    assert report(shop, program, shop.key).status == 403
    assert report(shop, program, key.replace("pk_", "pk_0")).status == 401


@pytest.mark.parametrize("most", ["MOST_OF_A_VISITOR", "MOST_OF_A_PROGRAM"])
def test_leads_beyond_so_many_an_hour_are_refused_and_not_stored(shop, monkeypatch, most):
    monkeypatch.setattr(leads, most, 2)
    program = shop.program(origins=[SITE])
    key = a_key(shop, program)["secret"]

    answers = [report(shop, program, key, external_id=f"signup-{number}") for number in range(3)]
    shop.wait(hours=1)
    later = report(shop, program, key, external_id="signup-2")

    refused = answers[2]
    assert [answer.status for answer in answers] == [201, 201, 429]
    assert (refused.json["code"], refused.headers["Retry-After"]) == ("too_many_requests", "3600")
    # The page may read why, and when to come again.
    assert refused.headers["Access-Control-Allow-Origin"] == SITE
    assert refused.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert later.status == 201
    assert (
        later.json["received_at"]
        == shop.get(f"/v1/conversions/ext_signup-2?type=lead&program={program['id']}").json["received_at"]
    )


def test_a_revoked_key_reports_nothing(shop):
    program = shop.program(origins=[SITE])
    made = a_key(shop, program)
    shop.post(f"/v1/keys/{made['key']['id']}/revoke")

    assert report(shop, program, made["secret"]).status == 401


@pytest.mark.parametrize(
    "origin", ["*", "shop.example", "https://shop.example/", "http://shop.example", "null", "https://a:b@shop.example"]
)
def test_an_origin_is_what_browsers_send(shop, origin):
    answer = shop.patch(f"/v1/programs/{shop.program()['id']}", {"origins": [SITE, origin]})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/origins/1")
