"""Leads that a website's pages report with a publishable key: from the program's origins, and of new customers only."""

import pytest

from chalicelib.conversions import take_lead as leads

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

    from chalicelib.referrals import find

    assert find.find_by_external_id("c-1").customer.email == "c-1@mail.example"


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
    answer = shop.post(f"/v1/programs/{shop.program()['id']}/settings", {"origins": [SITE, origin]})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/origins/1")
