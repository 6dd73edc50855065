"""A CRM is called as its own documentation says, with a token that nobody sees again."""

import json
from urllib.parse import parse_qs

import pytest

from tests.flows.receivers import receiving
from tests.forms import Browser

pytestmark = pytest.mark.engine

TOKEN = "pat-na1-11111111-2222-3333-4444-555555555555"
HUBSPOT = {"url": "https://api.hubapi.com", "format": "hubspot", "credentials": {"token": TOKEN}}
CLIENT = {"client_id": "3MVG9-client", "client_secret": "keep-this-secret"}
SALESFORCE = {"url": "https://tea.my.salesforce.com/", "format": "salesforce", "credentials": CLIENT}
LEAD, CONTACT, OPPORTUNITY = "00QD000000INjVe", "003D000000INjVe", "006D000000INjVeAAA"


@pytest.fixture
def receiver(monkeypatch):
    with receiving(monkeypatch) as server:
        yield server


@pytest.fixture
def hubspot(monkeypatch, receiver):
    """What answers as HubSpot: with the record, in which somebody is named."""
    monkeypatch.setenv("GOODWORD_WEBHOOK_TEST_HOST", "api.hubapi.com")
    receiver.answer = lambda *_: (200, {}, b'{"id": "512", "properties": {"firstname": "Bea"}}')
    return receiver


@pytest.fixture
def salesforce(monkeypatch, receiver):
    """What answers as Salesforce: a token for the client, and nothing for an update by it."""
    monkeypatch.setenv("GOODWORD_WEBHOOK_TEST_HOST", "tea.my.salesforce.com")
    receiver.token = "00Dxx!good"

    def answer(path, headers, _body):
        if path == "/services/oauth2/token":
            return 200, {}, json.dumps({"access_token": receiver.token, "token_type": "Bearer"}).encode()
        return 204 if headers["authorization"] == "Bearer 00Dxx!good" else 401

    receiver.answer = answer
    return receiver


@pytest.fixture
def program(shop):
    program = shop.program(external_id="tea")
    shop.ada = shop.partner(program, external_id="601")
    shop.link(program, shop.ada, code="tea-with-ada")
    shop.settle()
    return program


def add(shop, program, crm, **body):
    answer = shop.post("/v1/endpoints", crm | {"program": program["id"]} | body)
    assert answer.status == 201, answer.body
    shop.wait(minutes=3)
    return answer.json


def deliveries(shop, added):
    return shop.get(f"/v1/endpoints/{added['endpoint']['id']}/deliveries?limit=100").json["data"]


def updates(receiver):
    """Return the calls that are no request for a token: method, path and body."""
    calls = zip(receiver.methods, receiver.calls, strict=True)
    return [(method, path, json.loads(body)) for method, (path, _, body) in calls if not path.endswith("/token")]


def test_hubspot_is_sent_what_its_documentation_shows_of_a_contact_and_of_a_deal(shop, program, hubspot):
    added = add(shop, program, HUBSPOT)

    shop.lead(program, external_id="512", code="tea-with-ada")
    shop.settle()
    sale = shop.sale(program, "9001", amount=1999).json
    shop.settle()
    shop.refund(sale, 999)
    shop.settle()
    shop.refund(sale, 1000, "refund-2")
    shop.settle()

    deal = {"goodword_partner": shop.ada["id"], "goodword_link": "tea-with-ada"}
    assert updates(hubspot) == [
        ("PATCH", "/crm/v3/objects/contacts/512", {"properties": deal}),
        *(
            (
                "PATCH",
                "/crm/v3/objects/deals/9001",
                {"properties": deal | {"goodword_status": status, "goodword_remaining": remaining}},
            )
            for status, remaining in (("credited", "19.99"), ("partly_refunded", "10.00"), ("refunded", "0.00"))
        ),
    ]
    for _, headers, _ in hubspot.calls:
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["content-type"] == "application/json"
        assert not {name for name in headers if name.startswith("webhook-")}
    listed = deliveries(shop, added)
    assert {one["status"] for one in listed} == {"sent"}
    # What it answers is the record, and names somebody.
    assert {one["answer"] for one in listed} == {None}
    assert added["secret"] is None


def test_salesforce_is_sent_what_its_documentation_shows_with_a_token_that_it_granted(shop, program, salesforce):
    add(shop, program, SALESFORCE)

    shop.lead(program, external_id=LEAD, code="tea-with-ada")
    shop.sale(program, OPPORTUNITY, amount=1999)
    shop.settle()
    shop.lead(program, external_id=CONTACT, customer="customer-2", code="tea-with-ada")
    shop.settle()

    named = {"Goodword_Partner__c": shop.ada["id"], "Goodword_Link__c": "tea-with-ada"}
    assert sorted(updates(salesforce), key=lambda update: update[1]) == [
        ("PATCH", f"/services/data/v63.0/sobjects/Contact/{CONTACT}", named),
        ("PATCH", f"/services/data/v63.0/sobjects/Lead/{LEAD}", named),
        (
            "PATCH",
            f"/services/data/v63.0/sobjects/Opportunity/{OPPORTUNITY}",
            named | {"Goodword_Status__c": "credited", "Goodword_Remaining__c": 19.99},
        ),
    ]
    [body] = [body for path, _, body in salesforce.calls if path == "/services/oauth2/token"][:1]
    assert parse_qs(body.decode()) == {"grant_type": ["client_credentials"]} | {
        name: [value] for name, value in CLIENT.items()
    }
    # Money is a number, with the digits of its currency.
    assert any(b'"Goodword_Remaining__c":19.99}' in body for _, _, body in salesforce.calls)


def test_a_token_that_was_refused_is_asked_for_anew(shop, program, salesforce):
    salesforce.token = "00Dxx!ended"
    added = add(shop, program, SALESFORCE, types=["conversion.recorded"])

    shop.sale(program, OPPORTUNITY, code="tea-with-ada")
    shop.settle()
    [refused] = deliveries(shop, added)
    salesforce.token = "00Dxx!good"
    shop.wait(minutes=16)
    shop.run_schedule("sweep")
    shop.settle()

    assert (refused["status"], refused["status_code"]) == ("failed", 401)
    [sent] = deliveries(shop, added)
    assert (sent["status"], sent["calls"]) == ("sent", 2)


def test_a_token_that_one_crm_refuses_costs_no_other_its_own(shop, program, salesforce):
    def answer(path, headers, body):
        if path == "/services/oauth2/token":
            return 200, {}, json.dumps({"access_token": parse_qs(body.decode())["client_id"][0]}).encode()
        return 204 if headers["authorization"] == "Bearer good-client" else 401

    salesforce.answer = answer
    other = shop.program(external_id="coffee")
    shop.link(other, shop.partner(other), code="coffee-with-bob")
    shop.settle()
    for one, client in ((program, "good-client"), (other, "bad-client")):
        credentials = {"client_id": client, "client_secret": "secret"}
        add(shop, one, SALESFORCE, credentials=credentials, types=["conversion.recorded"])

    for number in range(2):
        for one, code in ((other, "coffee-with-bob"), (program, "tea-with-ada")):
            shop.sale(one, f"{OPPORTUNITY[:-1]}{number}", code=code)
            shop.settle()

    clients = [parse_qs(body.decode())["client_id"][0] for path, _, body in salesforce.calls if path.endswith("/token")]
    assert {client: clients.count(client) for client in clients} == {"good-client": 1, "bad-client": 2}


def test_where_no_token_is_granted_the_call_waits_and_says_why(shop, program, salesforce):
    salesforce.answer = lambda *_: (400, {}, b'{"error": "invalid_client_id"}')
    added = add(shop, program, SALESFORCE, types=["conversion.recorded"])

    shop.sale(program, OPPORTUNITY, code="tea-with-ada")
    shop.settle()

    [failed] = deliveries(shop, added)
    assert (failed["status"], failed["reason"], failed["retry_at"] is None) == ("failed", "no token: status 400", False)
    assert updates(salesforce) == []


@pytest.mark.parametrize("token", ["secret-a\r\nX-Other: b", "secret-\u2603", ""])
def test_a_token_that_no_header_can_hold_fails_its_own_call_alone_and_is_in_no_log(
    shop, program, salesforce, receiver, caplog, token
):
    salesforce.token = token
    added = add(shop, program, SALESFORCE, types=["conversion.recorded"])

    shop.sale(program, OPPORTUNITY, code="tea-with-ada")
    shop.settle()

    [failed] = deliveries(shop, added)
    reason = "no token: the answer has one that no header can hold"
    assert (failed["status"], failed["reason"], failed["retry_at"] is None) == ("failed", reason, False)
    assert updates(salesforce) == []
    assert "secret-" not in caplog.text


@pytest.mark.parametrize(("currency", "amount", "text"), [("JPY", 1999, "1999"), ("KWD", 1999, "1.999")])
def test_money_is_in_the_units_that_people_write(shop, hubspot, currency, amount, text):
    program = shop.program(currency=currency, rules=[])
    code = shop.link(program, shop.partner(program))["code"]
    add(shop, program, HUBSPOT)

    body = {"program": program["id"], "type": "sale", "external_id": "9001", "customer": {"external_id": "c"}}
    assert shop.post(
        "/v1/conversions", body | {"code": code, "amount": {"amount": amount, "currency": currency}}
    ).status
    shop.settle()

    [(_, _, update)] = updates(hubspot)
    assert update["properties"]["goodword_remaining"] == text


def test_a_partner_who_is_a_contact_has_their_status_there(shop, program, hubspot):
    add(shop, program, HUBSPOT, types=["partner.*"])

    shop.post(f"/v1/partners/{shop.ada['id']}/leave", {"program": program["id"]})
    shop.settle()
    shop.post(f"/v1/partners/{shop.ada['id']}/enrollments", {"program": program["id"]})
    shop.settle()

    assert updates(hubspot) == [
        ("PATCH", "/crm/v3/objects/contacts/601", {"properties": {"goodword_status": status, "goodword_tier": ""}})
        for status in ("left", "enrolled")
    ]


def test_what_is_no_record_of_the_crm_is_not_sent_and_what_it_does_not_know_is_not_sent_again(shop, program, hubspot):
    added = add(shop, program, HUBSPOT, types=["conversion.recorded"])
    hubspot.answer = lambda *_: (404, {}, b'{"status": "error", "message": "resource not found"}')

    shop.sale(program, "../../contacts/1", customer="c-1", code="tea-with-ada")
    shop.sale(program, "9001", customer="c-2", code="tea-with-ada")
    shop.sale(program, "9002", customer="c-3")
    shop.settle()

    reasons = sorted((one["status"], one["reason"]) for one in deliveries(shop, added))
    assert reasons == [("skipped", "no_record"), ("skipped", "record_not_found")]
    assert [path for _, path, _ in updates(hubspot)] == ["/crm/v3/objects/deals/9001"]
    state = shop.get(f"/v1/endpoints/{added['endpoint']['id']}").json
    assert (state["state"], state["failing_since"]) == ("active", None)


def test_only_types_that_it_has_records_for_are_sent_and_creation_says_which(shop, program, hubspot):
    everything = add(shop, program, HUBSPOT)["endpoint"]
    some = add(shop, program, HUBSPOT, types=["conversion.*"])["endpoint"]
    none = shop.post("/v1/endpoints", HUBSPOT | {"types": ["conversion.recorded", "reward.*"]})

    assert everything["types"] == [
        "conversion.amended",
        "conversion.credited",
        "conversion.recorded",
        "conversion.refunded",
        "conversion.restored",
        "partner.enrolled",
        "partner.left",
        "partner.returned",
        "partner.tier_changed",
    ]
    assert some["types"] == everything["types"][:5]
    assert (none.status, none.json["errors"][0]["pointer"]) == (422, "/types/1")
    assert "conversion.recorded" in none.json["detail"]


def test_a_token_is_in_one_row_and_in_no_answer_log_or_entry(shop, program, hubspot, caplog):
    caplog.set_level("DEBUG")
    added = add(shop, program, HUBSPOT)
    path = f"/v1/endpoints/{added['endpoint']['id']}"
    shop.sale(program, "9001", code="tea-with-ada")
    shop.settle()
    hubspot.answer = lambda *_: 500
    answers = [added, shop.get(path).json, shop.get("/v1/audit").json, deliveries(shop, added)]
    answers.append(shop.post(f"{path}/test", {"type": "conversion.recorded"}).json)
    browser = Browser(shop)
    browser.send("/admin/sign-in", key=shop.key)
    answers.append(browser.get(f"/admin/endpoints/{added['endpoint']['id']}").body)

    tables = ("programs", "messages", "events", "audit", "idempotency", "access", "partners", "conversions")
    holding = [row for table in tables for row in shop.rows(table) if TOKEN in str(row)]
    assert [row["pk"]["S"] for row in holding] == [added["endpoint"]["id"]]
    assert TOKEN not in str(answers)
    assert TOKEN not in caplog.text
    other = f"{TOKEN}-other"
    assert shop.post(f"{path}/credentials", {"credentials": {"token": other}}).status == 200
    shop.wait(minutes=1)
    shop.post(f"{path}/test", {"type": "conversion.recorded"})
    assert hubspot.calls[-1][1]["authorization"] == f"Bearer {other}"
    assert shop.call("DELETE", path).status == 200
    assert [row for row in shop.rows("programs") if row["kind"]["S"] == "credentials"] == []


def test_a_sample_names_a_record_that_no_crm_has(shop, program, salesforce):
    added = add(shop, program, SALESFORCE)

    result = shop.post(f"/v1/endpoints/{added['endpoint']['id']}/test", {"type": "conversion.recorded"}).json

    assert (result["delivered"], result["status_code"]) == (True, 204)
    [(method, path, body)] = updates(salesforce)
    assert (method, path) == ("PATCH", "/services/data/v63.0/sobjects/Opportunity/006000000000000AAA")
    assert body["Goodword_Status__c"] == "partly_refunded"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param(HUBSPOT | {"url": "https://api.hubapi.com.evil.example"}, "/url", id="another host"),
        pytest.param(HUBSPOT | {"url": "https://evil-api.hubapi.com"}, "/url", id="a host beside it"),
        pytest.param(HUBSPOT | {"url": "https://api.hubapi.com/crm"}, "/url", id="a path"),
        pytest.param(SALESFORCE | {"url": "https://my.salesforce.com"}, "/url", id="no domain of its own"),
        pytest.param(SALESFORCE | {"url": "https://api.hubapi.com"}, "/url", id="the other CRM"),
        pytest.param(HUBSPOT | {"credentials": CLIENT}, "/credentials", id="what the other CRM asks for"),
        pytest.param(HUBSPOT | {"credentials": None}, "/credentials", id="no credentials"),
        pytest.param(HUBSPOT | {"credentials": {"token": "a\r\nb"}}, "/credentials/token", id="a line's end"),
        pytest.param(HUBSPOT | {"format": "native"}, "/credentials", id="no CRM"),
        pytest.param(HUBSPOT | {"gives_benefits": True}, "/gives_benefits", id="gives benefits"),
    ],
)
def test_what_cannot_be_a_crm_is_refused_and_the_token_not_repeated(shop, program, body, pointer):
    answer = shop.post("/v1/endpoints", {"program": program["id"]} | body)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert TOKEN not in answer.body


def test_the_same_crm_is_added_once_and_with_other_credentials_refused(shop, program, hubspot):
    added = add(shop, program, HUBSPOT)

    again = shop.post("/v1/endpoints", HUBSPOT | {"program": program["id"]})
    other = shop.post("/v1/endpoints", HUBSPOT | {"program": program["id"], "credentials": {"token": "pat-other"}})
    wrong = shop.post("/v1/endpoints", HUBSPOT | {"program": program["id"], "credentials": CLIENT})

    assert (again.status, again.json["endpoint"]["id"]) == (201, added["endpoint"]["id"])
    assert (other.status, other.json["code"]) == (409, "endpoint_exists")
    assert "pat-other" not in other.body
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/credentials")
    shop.sale(program, "9001", code="tea-with-ada")
    shop.settle()
    assert {headers["authorization"] for _, headers, _ in hubspot.calls} == {f"Bearer {TOKEN}"}


def test_a_crm_has_no_secret_of_ours_to_rotate_and_others_have_no_credentials(shop, program, hubspot):
    crm = add(shop, program, HUBSPOT)["endpoint"]
    other = add(shop, program, {"url": "https://api.hubapi.com/hook"})["endpoint"]

    rotated = shop.post(f"/v1/endpoints/{crm['id']}/rotate", {"overlap_hours": 0})
    answer = shop.post(f"/v1/endpoints/{other['id']}/credentials", {"credentials": {"token": TOKEN}})

    assert (rotated.status, answer.status) == (422, 422)


def test_a_crm_is_added_on_a_page_which_shows_its_token_to_nobody(shop, program, hubspot):
    browser = Browser(shop)
    browser.send("/admin/sign-in", key=shop.key)
    path = f"/admin/programs/{program['id']}/endpoints"

    wrong = browser.send(path, url="https://hooks.example", format="hubspot", token=TOKEN)
    added = browser.send(path, url="https://api.hubapi.com", format="hubspot", token=TOKEN)
    page = browser.get(added.headers["Location"])
    replaced = browser.submit(added.headers["Location"].partition("?")[0], action="credentials", token=f"{TOKEN}-other")

    assert (wrong.status, added.status) == (422, 303)
    assert TOKEN not in wrong.body + page.body + replaced.body
    assert "HubSpot" in page.body
    assert "whsec_" not in page.body
    assert "The CRM is called with other credentials." in replaced.body
    [row] = [row for row in shop.rows("programs") if row["kind"]["S"] == "credentials"]
    assert row["token"]["S"] == f"{TOKEN}-other"
