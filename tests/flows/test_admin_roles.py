"""Roles: for every admin page and form, who may see it and send it, in which programs; and nothing else is offered."""

import re

import pytest

import app as goodword
from chalicelib.kit import memory
from chalicelib.users.roles import ROLES
from tests.faults.world import built_once
from tests.flows.test_joining import join
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.forms import Browser
from tests.introduced import introduce, open_for_introductions
from tests.reading import read

OWNERS, ALL = {"owner"}, set(ROLES)
DECIDE, PAY = {"owner", "manager"}, {"owner", "payouts"}
# Who may do it, where; and what stands in the path.
ROUTES = {
    ("GET", "/admin"): (ALL, "any", None),
    ("GET", "/admin/overview"): (ALL, "any", None),
    ("GET", "/admin/programs"): (ALL, "any", None),
    ("GET", "/admin/programs/export"): (ALL, "any", None),
    ("GET", "/admin/new-program"): (OWNERS, "all", None),
    ("POST", "/admin/programs"): (OWNERS, "all", None),
    ("GET", "/admin/programs/{id}"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/next-steps"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/report"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/funnel"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/roi"): (ALL, "its", "program"),
    ("POST", "/admin/programs/{id}/margin"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/costs"): (ALL, "its", "program"),
    ("POST", "/admin/programs/{id}/costs"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/costs/reverse"): (DECIDE, "its", "program"),
    ("POST", "/admin/programs/{id}/costs/reverse"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/calculator"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/leaderboard"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/leaderboard.csv"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/sources"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/sources.csv"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/cohorts"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/partners"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/partners/export"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/invitations"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/invitations/export"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/joining"): (ALL, "its", "program"),
    ("POST", "/admin/programs/{id}/joining"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/applications"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/applications/export"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/applications/selected"): (DECIDE, "its", "program"),
    ("POST", "/admin/programs/{id}/applications/selected"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/import"): (DECIDE, "its", "program"),
    ("POST", "/admin/programs/{id}/import"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/import/export"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/refuse"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/withdraw"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/check-ins"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/check-ins/export"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/receiving"): (ALL, "its", "program"),
    ("POST", "/admin/programs/{id}/receiving"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/receiving/test"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/thanks"): (ALL, "its", "program"),
    ("POST", "/admin/programs/{id}/thanks"): (DECIDE, "its", "program"),
    ("POST", "/admin/programs/{id}/thanks/new"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/thanks/sums"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/introductions"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/introductions/export"): (ALL, "its", "program"),
    ("GET", "/admin/introductions/{id}"): (ALL, "its", "introduction"),
    ("POST", "/admin/introductions/{id}"): (DECIDE, "its", "introduction"),
    ("GET", "/admin/introductions/{id}/won"): (ALL, "its", "introduction"),
    ("POST", "/admin/introductions/{id}/won"): (DECIDE, "its", "introduction"),
    ("GET", "/admin/programs/{id}/targets"): (ALL, "its", "program"),
    ("POST", "/admin/programs/{id}/targets"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/materials"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/new-material"): (DECIDE, "its", "program"),
    ("POST", "/admin/programs/{id}/new-material"): (DECIDE, "its", "program"),
    ("GET", "/admin/materials/{id}"): (ALL, "its", "material"),
    ("POST", "/admin/materials/{id}"): (DECIDE, "its", "material"),
    ("GET", "/admin/materials/{id}/readers"): (ALL, "its", "material"),
    ("GET", "/admin/programs/{id}/asking"): (ALL, "its", "program"),
    ("POST", "/admin/programs/{id}/asking"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/asking/rule"): (DECIDE, "its", "program"),
    ("POST", "/admin/programs/{id}/asking/rule"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/moments"): (ALL, "its", "program"),
    ("GET", "/admin/programs/{id}/moments/export"): (ALL, "its", "program"),
    ("GET", "/admin/targets/{id}"): (ALL, "its", "target"),
    ("POST", "/admin/targets/{id}"): (DECIDE, "its", "target"),
    ("GET", "/admin/actions"): (ALL, "any", None),
    ("GET", "/admin/actions/export"): (ALL, "any", None),
    ("GET", "/admin/actions/selected"): (DECIDE, "any", None),
    ("POST", "/admin/actions/selected"): (DECIDE, "any", None),
    ("GET", "/admin/actions/{id}"): (ALL, "its", "action item"),
    ("POST", "/admin/actions/{id}"): (DECIDE, "its", "action item"),
    ("GET", "/admin/adjustments"): (DECIDE, "all", None),
    ("GET", "/admin/adjustments/export"): (DECIDE, "all", None),
    ("POST", "/admin/adjustments"): (OWNERS, "all", None),
    ("GET", "/admin/adjustments/{id}"): (DECIDE, "all", "adjustment"),
    ("POST", "/admin/adjustments/{id}"): (DECIDE, "all", "adjustment"),
    ("GET", "/admin/partners/{id}/adjustments"): (ALL, "its", "partner"),
    ("GET", "/admin/partners/{id}/adjustments/export"): (ALL, "its", "partner"),
    ("POST", "/admin/partners/{id}/adjustments"): (DECIDE, "all", "partner"),
    ("GET", "/admin/partners/{id}/statement"): (ALL, "its", "partner"),
    ("GET", "/admin/partners/{id}/statement/export"): (ALL, "its", "partner"),
    ("GET", "/admin/owed"): (ALL, "all", None),
    ("GET", "/admin/verification"): (ALL, "all", None),
    ("GET", "/admin/reconciliation"): (ALL, "all", None),
    ("GET", "/admin/programs/{id}/terms"): (ALL, "its", "program"),
    ("POST", "/admin/programs/{id}/terms"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/terms/edit"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/terms/edit"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/endpoints"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/endpoints"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/sale"): (DECIDE, "its", "program"),
    ("POST", "/admin/programs/{id}/sale"): (DECIDE, "its", "program"),
    ("GET", "/admin/programs/{id}/settings"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/settings"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/sharing"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/sharing"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/look"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/look"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/delete"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/delete"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/end"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/end/confirm"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/end"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/emails"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/emails"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/email"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/email"): (OWNERS, "its", "program"),
    ("GET", "/admin/programs/{id}/email-preview"): (OWNERS, "its", "program"),
    ("POST", "/admin/programs/{id}/email-preview"): (OWNERS, "its", "program"),
    ("GET", "/admin/suppressions"): (OWNERS, "all", None),
    ("POST", "/admin/suppressions"): (OWNERS, "all", None),
    ("GET", "/admin/links"): (ALL, "any", None),
    ("GET", "/admin/links/export"): (ALL, "any", None),
    ("GET", "/admin/links/{id}"): (ALL, "its", "link"),
    ("GET", "/admin/links/{id}/export"): (ALL, "its", "link"),
    ("POST", "/admin/links/{id}"): (DECIDE, "its", "link"),
    ("GET", "/admin/links/{id}/end"): (DECIDE, "its", "link"),
    ("POST", "/admin/links/{id}/end"): (DECIDE, "its", "link"),
    ("GET", "/admin/partners"): (ALL, "all", None),
    ("GET", "/admin/partners/export"): (ALL, "all", None),
    ("GET", "/admin/partners/{id}"): (ALL, "its", "partner"),
    # Their address opens what they have in all programs.
    ("GET", "/admin/partners/{id}/tree"): (ALL, "its", "partner"),
    ("POST", "/admin/partners/{id}"): (OWNERS, "all", "partner"),
    ("POST", "/admin/partners/{id}/category"): (OWNERS, "all", "partner"),
    ("POST", "/admin/partners/{id}/tier"): (OWNERS, "its", "partner"),
    ("POST", "/admin/partners/{id}/programs"): (DECIDE, "its", "partner"),
    ("POST", "/admin/partners/{id}/links"): (DECIDE, "its", "partner"),
    ("POST", "/admin/partners/{id}/emails"): (OWNERS, "all", "partner"),
    ("POST", "/admin/partners/{id}/sign-in"): (OWNERS, "all", "partner"),
    ("GET", "/admin/partners/{id}/state"): (OWNERS, "all", "partner"),
    ("POST", "/admin/partners/{id}/state"): (OWNERS, "all", "partner"),
    ("GET", "/admin/partners/{id}/hand-over"): (OWNERS, "all", "partner"),
    ("POST", "/admin/partners/{id}/hand-over"): (OWNERS, "all", "partner"),
    ("GET", "/admin/partners/{id}/leave"): (DECIDE, "its", "partner"),
    ("POST", "/admin/partners/{id}/leave"): (DECIDE, "its", "partner"),
    ("GET", "/admin/partners/{id}/share-link"): (DECIDE, "its", "partner"),
    ("POST", "/admin/partners/{id}/share-link"): (DECIDE, "its", "partner"),
    ("GET", "/admin/partners/{id}/merge"): (OWNERS, "all", "partner"),
    ("POST", "/admin/partners/{id}/merge"): (OWNERS, "all", "partner"),
    ("GET", "/admin/privacy/{id}/data"): (OWNERS, "all", "partner"),
    ("GET", "/admin/privacy/{id}/erase"): (OWNERS, "all", "partner"),
    ("POST", "/admin/privacy/{id}/erase"): (OWNERS, "all", "partner"),
    ("GET", "/admin/endpoints"): (OWNERS, "all", None),
    ("POST", "/admin/endpoints"): (OWNERS, "all", None),
    ("GET", "/admin/endpoints/{id}"): (OWNERS, "its", "endpoint"),
    ("POST", "/admin/endpoints/{id}"): (OWNERS, "its", "endpoint"),
    ("GET", "/admin/endpoints/{id}/delete"): (OWNERS, "its", "endpoint"),
    ("POST", "/admin/endpoints/{id}/delete"): (OWNERS, "its", "endpoint"),
    ("GET", "/admin/rewards"): (ALL, "any", None),
    ("GET", "/admin/rewards/export"): (ALL, "any", None),
    ("GET", "/admin/rewards/selected"): (DECIDE, "any", None),
    ("POST", "/admin/rewards/selected"): (DECIDE, "any", None),
    ("GET", "/admin/benefits"): (ALL, "any", None),
    ("GET", "/admin/benefits/export"): (ALL, "any", None),
    ("GET", "/admin/benefits/selected"): (DECIDE, "any", None),
    ("POST", "/admin/benefits/selected"): (DECIDE, "any", None),
    ("GET", "/admin/rewards/{id}"): (ALL, "its", "reward"),
    ("POST", "/admin/rewards/{id}"): (DECIDE, "its", "reward"),
    ("GET", "/admin/rewards/{id}/refuse"): (DECIDE, "its", "reward"),
    ("GET", "/admin/payouts"): (PAY, "all", None),
    ("POST", "/admin/payouts"): (PAY, "all", None),
    ("POST", "/admin/payout-settings"): (OWNERS, "all", None),
    ("GET", "/admin/payouts/export"): (PAY, "all", None),
    ("GET", "/admin/payouts/{id}"): (PAY, "all", "payout"),
    ("POST", "/admin/payouts/{id}"): (PAY, "all", "payout"),
    ("GET", "/admin/payouts/{id}/items"): (PAY, "all", "payout"),
    ("GET", "/admin/payouts/{id}/items/export"): (PAY, "all", "payout"),
    ("GET", "/admin/payouts/{id}/settle"): (PAY, "all", "payout"),
    ("GET", "/admin/payouts/{id}/export"): (PAY, "all", "payout"),
    ("GET", "/admin/liability"): (PAY, "all", None),
    ("GET", "/admin/search"): (ALL, "all", None),
    ("GET", "/admin/conversions"): (ALL, "all", None),
    ("GET", "/admin/conversions/export"): (ALL, "all", None),
    ("GET", "/admin/conversions/{id}"): (ALL, "its", "conversion"),
    ("GET", "/admin/conversions/{id}/correct"): (DECIDE, "its", "conversion"),
    ("POST", "/admin/conversions/{id}/correct"): (DECIDE, "its", "conversion"),
    ("GET", "/admin/exports"): (ALL, "all", None),
    # Payments only for those who pay.
    ("GET", "/admin/exports/{id}"): (ALL, "all", "export"),
    ("GET", "/admin/customers"): (ALL, "all", None),
    ("GET", "/admin/customers/export"): (ALL, "all", None),
    ("GET", "/admin/events"): (ALL, "all", None),
    ("POST", "/admin/events"): (ALL, "all", None),
    ("GET", "/admin/customers/{id}"): (ALL, "all", "customer"),
    ("GET", "/admin/customers/{id}/source"): (ALL, "all", "customer"),
    ("POST", "/admin/customers/{id}"): (OWNERS, "all", "customer"),
    ("GET", "/admin/customers/{id}/statement"): (ALL, "all", "customer"),
    ("GET", "/admin/customers/{id}/statement/export"): (ALL, "all", "customer"),
    ("GET", "/admin/customers/{id}/merge"): (OWNERS, "all", "customer"),
    ("POST", "/admin/customers/{id}/merge"): (OWNERS, "all", "customer"),
    ("GET", "/admin/messages"): (OWNERS, "all", None),
    ("GET", "/admin/messages/{id}"): (OWNERS, "all", "nothing"),
    ("POST", "/admin/messages/{id}"): (OWNERS, "all", "nothing"),
    ("POST", "/admin/dead-letters/{id}"): (OWNERS, "all", "nothing"),
    ("GET", "/admin/feedback"): (DECIDE, "all", None),
    ("GET", "/admin/feedback/export"): (DECIDE, "all", None),
    ("GET", "/admin/audit"): (ALL, "all", None),
    ("GET", "/admin/audit/export"): (ALL, "all", None),
    ("GET", "/admin/events/export"): (ALL, "all", None),
    ("GET", "/admin/messages/export"): (OWNERS, "all", None),
    ("GET", "/admin/people"): (OWNERS, "all", None),
    ("POST", "/admin/people"): (OWNERS, "all", None),
    ("GET", "/admin/people/export"): (OWNERS, "all", None),
    ("GET", "/admin/notes/{id}"): (OWNERS, "all", "nothing"),
    ("POST", "/admin/notes/{id}"): (OWNERS, "all", "nothing"),
    ("GET", "/admin/people/{id}"): (OWNERS, "all", "person"),
    ("POST", "/admin/people/{id}"): (OWNERS, "all", "person"),
    ("GET", "/admin/people/{id}/remove"): (OWNERS, "all", "person"),
    # Sent by an owner, it would be done.
    ("POST", "/admin/people/{id}/remove"): (OWNERS, "all", "nothing"),
    ("GET", "/admin/keys"): (OWNERS, "all", None),
    ("POST", "/admin/keys"): (OWNERS, "all", None),
    ("GET", "/admin/keys/export"): (OWNERS, "all", None),
    ("GET", "/admin/keys/{id}"): (OWNERS, "all", "key"),
    ("POST", "/admin/keys/{id}"): (OWNERS, "all", "key"),
    ("GET", "/admin/keys/{id}/revoke"): (OWNERS, "all", "key"),
    ("POST", "/admin/keys/{id}/revoke"): (OWNERS, "all", "nothing"),
}
# Whoever is here need not be signed in, or has only to be.
OPEN = {
    *(("POST", "/admin/sign-in"), ("GET", "/admin/sign-in"), ("POST", "/admin/sign-out"), ("GET", "/admin/sign-out")),
    *(("POST", "/admin/link"), ("GET", "/admin/link"), ("GET", "/admin/sign-in/{id}"), ("POST", "/admin/sign-in/{id}")),
    *(("GET", "/admin/static/{id}"), ("GET", "/admin/{proxy+}")),
    ("GET", "/admin/dead-letters/{id}"),
    ("GET", "/admin/payout-settings"),
    ("GET", "/admin/programs/{id}/margin"),
    ("GET", "/admin/programs/{id}/thanks/new"),
    ("GET", "/admin/programs/{id}/receiving/test"),
    *(
        ("GET", f"/admin/partners/{{id}}/{form}")
        for form in ("category", "tier", "programs", "links", "emails", "sign-in")
    ),
}
# No program is given the payouts of all.
BY_PROGRAM = sorted(ALL - {"payouts"})
QUERIES = {
    "/admin/conversions/{id}/correct": "?what=void",
    "/admin/liability": "?currency=USD",
    "/admin/partners/{id}/state": "?to=banned",
    "/admin/payouts/{id}/settle": "?action=confirm",
    "/admin/programs/{id}/email": "?template=joined",
    "/admin/programs/{id}/email-preview": "?template=joined",
}


def test_every_admin_page_and_form_is_in_the_table_of_permissions():
    served = {
        (method, path)
        for path, methods in goodword.app.routes.items()
        if path.startswith("/admin")
        for method in methods
        if method != "HEAD"
    }
    assert served == ROUTES.keys() | OPEN


@pytest.fixture
@built_once
def things(shop):
    """Return the ids of everything that may stand in a path, of one program; and the other program."""
    program, other = shop.program(joining="approval", hold_days=14), shop.program(name="Other")
    ada = shop.partner(program)
    link = shop.link(program, ada)
    sale = shop.sale(program, code=link["code"]).json
    introduced = introduce(shop, open_for_introductions(program), ada).json
    shop.settle()
    hook = shop.post("/v1/endpoints", {"program": program["id"], "url": "https://tea.example/events"}).json
    terms = {"rules": [], "effective_from": "2026-03-20T00:00:00Z"}
    assert shop.post(f"/v1/programs/{program['id']}/terms", terms).status == 201
    paid = shop.partner(other, name="Bea", email="bea@mail.example")
    shop.sale(other, "order-2", "customer-2", code=shop.link(other, paid)["code"])
    shop.settle()
    money = {"amount": 100, "currency": "USD"}
    bonus = {"adjustment_id": "one", "type": "bonus", "amount": money, "reason": "goodwill", "note": "thanks"}
    assert shop.post("/v1/adjustment-settings", {"approval_above": [{"amount": 1, "currency": "USD"}]}).status == 200
    adjustment = shop.post(f"/v1/partners/{ada['id']}/adjustments", bonus).json["id"]
    goal = {"for": "program", "metric": "sales", "period": "month", "value": 310}
    target = shop.post(f"/v1/programs/{program['id']}/targets", goal).json["id"]
    guide = {"program": program["id"], "kind": "guide", "language": "en", "title": "Guide", "words": "Words."}
    material = shop.post("/v1/materials", guide).json["id"]
    shop.run_schedule("check_partners")
    return {
        "program": program["id"],
        "other": other["id"],
        "partner": ada["id"],
        "link": link["id"],
        "customer": sale["customer"],
        "conversion": sale["id"],
        "reward": shop.reward(sale)["id"],
        "endpoint": hook["endpoint"]["id"],
        "payout": shop.pay_out()["id"],
        "adjustment": adjustment,
        "target": target,
        "introduction": introduced["id"],
        "material": material,
        "action item": shop.get(f"/v1/action-items?program={program['id']}").json["data"][0]["id"],
        "person": invited(shop, "somebody@mail.example", [{"role": "viewer"}])["id"],
        "key": shop.get("/v1/keys").json["data"][0]["id"],
        "nothing": "unknown",
        "export": "partners",
    }


def path_of(path, kind, things):
    return path.replace("{id}", things[kind] if kind else "") + QUERIES.get(path, "")


def ask(browser, method, path):
    return browser.get(path) if method == "GET" else browser.send(path, action="nothing")


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.parametrize("role", sorted(ALL))
def test_a_role_in_all_programs_opens_and_sends_what_the_table_says_and_nothing_else(shop, sent, things, role):  # noqa: F811
    invited(shop, "eve@mail.example", [{"role": role}])
    eve = entered(shop, sent, "eve@mail.example")
    before = len(shop.rows("audit"))

    answers = {
        (method, path): ask(eve, method, path_of(path, kind, things)) for (method, path), (_, _, kind) in ROUTES.items()
    }

    refused = {route for route, answer in answers.items() if answer.status == 403}
    assert refused == {route for route, (roles, _, _) in ROUTES.items() if role not in roles}
    assert {answer.status for answer in answers.values()} <= {200, 303, 403, 404, 409, 422}
    for route in refused:
        assert "Your role does not allow this" in read(answers[route].body).text
    # What was sent by who may says too little to be done, but for a link, which was ended; by an owner, one to sign in
    # was sent, too, and an endpoint was deleted.
    assert len(shop.rows("audit")) == before + {"manager": 1, "owner": 3}.get(role, 0)


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.parametrize("role", BY_PROGRAM)
def test_a_role_in_one_program_opens_and_sends_what_is_of_that_program_alone(shop, sent, things, role):  # noqa: F811
    browsers = {}
    # Who is refused comes first: an endpoint is deleted by who may.
    for name, program in (("bob", things["other"]), ("eve", things["program"])):
        invited(shop, f"{name}@mail.example", [{"role": role, "program": program}])
        browsers[name] = entered(shop, sent, f"{name}@mail.example")
    allowed = {"eve": set(), "bob": set()}

    for (method, path), (_, _, kind) in ROUTES.items():
        for name, browser in browsers.items():
            if ask(browser, method, path_of(path, kind, things)).status != 403:
                allowed[name].add((method, path))

    of_any = {route for route, (roles, where, _) in ROUTES.items() if role in roles and where == "any"}
    its = {route for route, (roles, where, _) in ROUTES.items() if role in roles and where == "its"}
    assert allowed == {"eve": of_any | its, "bob": of_any}
    for name, own, others in (("eve", "Tea Shop", "Other"), ("bob", "Other", "Tea Shop")):
        names = [one["Program"] for one in read(browsers[name].get("/admin").body).table("Programs")]
        assert (own in names, others in names) == (True, False)


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.parametrize("role", sorted(ALL))
@pytest.mark.parametrize("where", ["in all programs", "in one"])
def test_nothing_is_offered_that_would_be_refused(shop, sent, things, role, where):  # noqa: F811
    program = things["program"] if where == "in one" and role in BY_PROGRAM else None
    invited(shop, "eve@mail.example", [{"role": role, "program": program}])
    eve = entered(shop, sent, "eve@mail.example")
    assert join(shop, {"id": things["program"]}, name="Cara", email="cara@mail.example").status == 200
    offered = set()

    for (method, path), (_, _, kind) in ROUTES.items():
        if method == "GET" and (answer := eve.get(path_of(path, kind, things))).status == 200:
            page = read(answer.body) if "html" in answer.headers["Content-Type"] else read("")
            offered |= {("POST", one.attributes["action"]) for one in page.all("form") if "action" in one.attributes}
            offered |= {("GET", one.attributes["href"]) for one in page.all("a")}

    inside = {(method, path) for method, path in offered if re.match(r"/admin(/|$)", path)}
    assert len(inside) > 8
    for method, path in inside - {("POST", "/admin/sign-out")}:
        assert ask(eve, method, path).status != 403, (method, path)


@pytest.mark.slow
@pytest.mark.engine
def test_no_address_shows_a_viewer_of_one_program_who_takes_part_in_another(shop, sent, things):  # noqa: F811
    own, others = {"id": things["program"]}, {"id": things["other"]}
    assert shop.patch(f"/v1/programs/{others['id']}", {"joining": "approval"}).status == 200
    invitees = [{"name": "Bea Invited", "email": "bea-invited@mail.example"}]
    for program in (own, others):
        name = "Bea" if program is others else "Ann"
        assert join(shop, program, name=f"{name} Applied", email=f"{name}@applied.example").status == 200
    assert shop.post("/v1/invitations", {"program": others["id"], "invitations": invitees}).status < 300
    shop.settle()
    invited(shop, "eve@mail.example", [{"role": "viewer", "program": own["id"]}])
    eve, owner = entered(shop, sent, "eve@mail.example"), Browser(shop)
    assert owner.send("/admin/sign-in", key=shop.key).status == 303
    paths = [path for (method, path), (_, _, kind) in ROUTES.items() if method == "GET" and kind == "program"]

    leaks = [
        path for path in paths if "Bea" in eve.get(f"{path.replace('{id}', own['id'])}?program={others['id']}").body
    ]

    assert leaks == []
    theirs = [path for path in paths if "Bea" in str(owner.get(path.replace("{id}", others["id"])).body)]
    assert {"/admin/programs/{id}/applications", "/admin/programs/{id}/invitations"} <= {*theirs}


@pytest.mark.engine
def test_a_manager_of_one_program_answers_no_application_of_another(shop, sent, things):  # noqa: F811
    program = {"id": things["program"]}
    assert join(shop, program, name="Cara", email="cara@mail.example").status == 200
    [application] = shop.get(f"/v1/applications?program={program['id']}").json["data"]
    invited(shop, "eve@mail.example", [{"role": "manager", "program": things["other"]}])
    eve = entered(shop, sent, "eve@mail.example")
    other = f"/admin/programs/{things['other']}"

    for action in ("approve", "refuse"):
        answer = eve.send(f"{other}/joining", action=action, application=application["id"], note="x")
        assert (answer.status, "There is no application" in answer.body) == (422, True)
    assert eve.get(f"{other}/refuse?application={application['id']}").status == 404
    assert shop.get(f"/v1/applications?program={program['id']}").json["data"][0]["decided_at"] is None


def test_an_id_shows_a_manager_of_one_program_no_action_item_of_another(shop, sent, things):  # noqa: F811
    invited(shop, "eve@mail.example", [{"role": "manager", "program": things["other"]}])
    eve = entered(shop, sent, "eve@mail.example")

    for step in ({}, {"step": "do", "once": "a-form", "note": "x"}):
        answer = eve.send("/admin/actions/selected", action="done", pick_0=things["action item"], **step)
        assert (answer.status, "Ada" in answer.body) == (404, False)
    assert shop.get(f"/v1/action-items/{things['action item']}").json["state"] == "open"


def test_a_person_with_roles_in_two_programs_may_do_in_each_what_its_role_allows(shop, sent, things):  # noqa: F811
    roles = [{"role": "viewer"}, {"role": "manager", "program": things["program"]}]
    invited(shop, "eve@mail.example", roles)
    eve = entered(shop, sent, "eve@mail.example")

    pages = {name: read(eve.get(f"/admin/programs/{things[name]}/joining").body) for name in ("program", "other")}

    assert ("Invite" in pages["program"].buttons, "Invite" in pages["other"].buttons) == (True, False)
    assert eve.send(f"/admin/programs/{things['other']}/joining", action="invite").status == 403


def test_an_upcoming_version_of_terms_is_shown_to_who_looks_after_the_program_alone(shop, sent, things):  # noqa: F811
    browsers = [Browser(shop)]
    for name, program in (("eve", things["program"]), ("bob", things["other"])):
        invited(shop, f"{name}@mail.example", [{"role": "viewer", "program": program}])
        browsers.append(entered(shop, sent, f"{name}@mail.example"))

    assert [one.get(f"/terms/{things['program']}-2").status for one in browsers] == [404, 200, 404]


@pytest.mark.engine
def test_a_manager_of_one_program_retries_no_delivery_of_another(shop, sent, things):  # noqa: F811
    memory.forget_everything()
    shop.lead({"id": things["program"]}, "signup-1", "customer-9")
    shop.streams.run()
    own = shop.post("/v1/endpoints", {"program": things["other"], "url": "https://bea.example/events"}).json["endpoint"]
    [message] = {row["id"]["S"] for row in shop.rows("messages") if row.get("endpoint_id") == {"S": things["endpoint"]}}
    invited(shop, "eve@mail.example", [{"role": "owner", "program": things["other"]}])
    eve = entered(shop, sent, "eve@mail.example")

    answer = eve.send(f"/admin/endpoints/{own['id']}", action="retry", message=message)

    assert (answer.status, "There is no delivery" in answer.body) == (422, True)
    assert eve.send(f"/admin/endpoints/{things['endpoint']}", action="retry", message=message).status == 403


@pytest.mark.engine
def test_of_a_partner_in_two_programs_a_role_in_one_shows_that_one_alone(shop, sent, things):  # noqa: F811
    other = {"id": things["other"]}
    assert shop.post(f"/v1/partners/{things['partner']}/enrollments", {"program": other["id"]}).status == 201
    hidden = shop.link(other, {"id": things["partner"]}, code="in-the-other", channel="Secret channel")
    invited(shop, "eve@mail.example", [{"role": "manager", "program": things["program"]}])
    invited(shop, "oda@mail.example", [{"role": "manager"}])
    path = f"/admin/partners/{things['partner']}"

    eve, oda = (entered(shop, sent, f"{name}@mail.example").get(path).body for name in ("eve", "oda"))

    seen_by_all = [hidden["code"], "Secret channel", "$3.00"]
    assert [text in oda for text in seen_by_all] == [True] * 3
    assert [text in eve for text in seen_by_all] == [False] * 3
