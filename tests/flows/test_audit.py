"""Who did what: each decision leaves one entry with its change, and a chain that shows whether any is gone."""

import base64
import contextlib
import copy
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import pytest

import app as goodword
from chalicelib.access.sessions import begin
from chalicelib.audit import actor as actors
from chalicelib.audit.actor import Actor, Decided
from chalicelib.audit.entries import Action
from chalicelib.emails import suppressions
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.portal.session import COOKIE, LASTING
from tests import ready
from tests.faults.forked import forked
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Lost, Refused
from tests.faults.sampling import sample
from tests.flows.test_dead_letters import functions, give_up, lambda_  # noqa: F401
from tests.flows.test_joining import join
from tests.flows.test_unasked_emails import invite, stop_path
from tests.forms import Browser
from tests.introduced import decide_all
from tests.pictures import png
from tests.reading import read

NOTE = "A secret reason"
RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]
GIFT = {"on": "sale", "to": "referee", "benefit": {"kind": "gift", "name": "Tea"}}


def entries(shop, **query):
    """Return the audit entries that fit, oldest first, however many pages they are on."""
    listed, cursor = [], None
    while True:
        parameters = {**query, **({"cursor": cursor} if cursor else {})}
        answer = shop.get("/v1/audit?" + "&".join(f"{name}={value}" for name, value in parameters.items()))
        assert answer.status == 200, answer.body
        listed += answer.json["data"]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return listed[::-1]


def verified(shop):
    """Walk the audit trail to its end; return the bad row, if there is one."""
    cursor = ""
    while True:
        answer = shop.get(f"/v1/audit/verify{cursor}").json
        if not answer["has_more"]:
            return answer["bad"]
        cursor = f"?cursor={answer['next_cursor']}"


@pytest.fixture
def watched(shop, monkeypatch):
    """What each change was of: its action, and its subject's row as it is stored before and after."""
    changes = []
    commit = Actor.commit

    def watching(self, *written, **options):
        key = ("pk", "sk")

        def stored(write):
            row = write.row.serialize() if write else None
            table = write.row.Meta.table_name.removeprefix("goodword-test-") if write else None
            same = [one for one in shop.rows(table) if all(one[name] == row[name] for name in key)] if row else []
            return copy.deepcopy(same[0]) if same else None

        further = [one for one in written if isinstance(one, Decided)]
        parts = [(options["action"], next(iter(written), None)), *((one.action, one) for one in further)]
        before = [stored(write) for _, write in parts]
        refused = commit(self, *written, **options)
        if not refused:
            changes.extend((action, was, stored(write)) for (action, write), was in zip(parts, before, strict=True))
            # So that entries are listed in the order in which they were made, whoever made them.
            shop.wait(milliseconds=1)
        return refused

    monkeypatch.setattr(Actor, "commit", watching)
    return changes


# What each action is done by, in an order in which each can be done: by somebody with a key.
def decide_everything(shop):
    """Do everything once that somebody may decide by the API."""
    shop.wait(milliseconds=1)

    def post(path, body=None):
        answer = shop.post(path, body)
        assert answer.status in (200, 201), (path, answer.body)
        return answer.json

    program = post(
        "/v1/programs",
        {
            "name": "Tea",
            "landing_url": "https://tea.example/",
            "currency": "USD",
            "rules": [*RULES, GIFT],
            "joining": "approval",
            "tiers": [{"name": "gold", "minimum_sales": 99}],
        },
    )
    one = f"/v1/programs/{program['id']}"
    assert (
        shop.patch(one, {"joining": "approval", "origins": ["https://tea.example"], "name": "Tea & Co"}).status == 200
    )
    post(f"{one}/sender", {"email": "hello@go.example", "name": "Tea"})
    post(f"{one}/logo", {"image": base64.b64encode(png()).decode()})
    post(f"{one}/webhook", {"url": None})
    hook = post("/v1/endpoints", {"program": program["id"], "url": "https://tea.example/events"})["endpoint"]["id"]
    post(f"/v1/endpoints/{hook}/rotate", {"overlap_hours": 0})
    post(f"/v1/endpoints/{hook}/replay", {"from": "2026-03-01", "to": "2026-03-02"})
    post(f"/v1/endpoints/{hook}/state", {"state": "paused"})
    assert shop.call("DELETE", f"/v1/endpoints/{hook}").status == 200
    crm = {"url": "https://api.hubapi.com", "format": "hubspot", "credentials": {"token": "pat-na1-1"}}
    hook = post("/v1/endpoints", crm)["endpoint"]["id"]
    post(f"/v1/endpoints/{hook}/credentials", {"credentials": {"token": "pat-na1-2"}})
    post(f"{one}/terms", {"rules": RULES, "effective_from": "2026-03-12T00:00:00Z"})
    post(f"{one}/terms/withdraw", {"version": 2})
    cost = {"month": "2026-03", "kind": "running", "what": "tools", "amount": {"amount": 100, "currency": "USD"}}
    cost_id = post(f"{one}/costs", cost)["id"]
    post(f"{one}/costs/reverse", {"cost": cost_id, "note": "a mistake"})
    post(f"{one}/emails", {"template": "welcome", "language": "en", "subject": "Hi", "text": "Hello {{name}}"})
    post(f"{one}/emails", {"template": "welcome", "language": "en", "subject": "Ho", "text": "Hello {{name}}"})
    post(f"{one}/emails/restore", {"template": "welcome", "language": "en"})
    post(f"{one}/keys", {"name": "page"})
    key = post("/v1/keys", {"name": "another", "scopes": ["stats:read"]})
    post(f"/v1/keys/{key['key']['id']}/rotate")
    post(f"/v1/keys/{key['key']['id']}/revoke")
    post(f"{one}/end", {"touches_until": "2026-04-01T00:00:00Z", "sales_until": "2026-05-01T00:00:00Z"})
    other = post("/v1/programs", {"name": "B", "landing_url": "https://b.example/", "currency": "USD", "rules": []})
    post("/v1/partners/batch", {"partners": [{"name": "Eve", "external_id": "eve", "program": program["id"]}]})
    ada = post("/v1/partners", {"name": "Ada Lovelace", "email": "ada@mail.example", "programs": [program["id"]]})
    person = f"/v1/partners/{ada['id']}"
    post(f"{person}/enrollments", {"program": other["id"]})
    changes = {"locale": "de", "payout_name": "A. L.", "payout_email": "pay@mail.example"}
    assert shop.patch(person, changes).status == 200
    assert shop.patch(person, {"name": "Ada King"}).status == 200
    post(f"{person}/share-link", {"program": program["id"]})
    post(f"{person}/emails", {"off": ["tips"], "daily": True})
    post(f"{person}/feedback", {"score": 9, "words": "Nice people"})
    post(f"{person}/feedback", {"score": 8, "words": "Nice people"})
    post(f"{person}/category", {"category": "influencer", "note": NOTE})
    post(f"{person}/suspend", {"reason": "under_review", "note": NOTE})
    post(f"{person}/ban", {"reason": "fraud"})
    post(f"{person}/reactivate", {})
    post(
        f"{person}/tier",
        {"program": program["id"], "tier": "gold", "note": NOTE, "pinned_until": "2027-01-01T00:00:00Z"},
    )
    link = post("/v1/links", {"program": program["id"], "partner": ada["id"], "code": "ada-x"})
    shop.sale(program, code="ada-x")
    shop.settle()
    money, gift = sorted(
        shop.explained({"id": shop_conversion(shop)})["rewards"], key=lambda reward: reward["benefit"] is not None
    )
    for verb in ("hold", "release", "refuse"):
        post(f"/v1/rewards/{money['id']}/{verb}", {"note": NOTE})
    post(f"/v1/rewards/{gift['id']}/fulfill", {"reference": "by hand"})
    second = shop.sale(program, "order-2", code="ada-x").json["id"]
    shop.settle()
    for settled in ("confirm", "fail"):
        payout = post("/v1/payouts", {"currency": "USD"})
        post(f"/v1/payouts/{payout['id']}/prepare")
        post(f"/v1/payouts/{payout['id']}/{settled}", {"note": NOTE})
        if settled == "confirm":
            post(f"/v1/payouts/{payout['id']}/return", {"note": NOTE, "owners": [ada["id"]]})
    post("/v1/invitations", {"program": program["id"], "invitations": [{"email": "bea@mail.example"}]})
    for name in ("Cara", "Dora"):
        assert join(shop, program, name=name, email=f"{name.lower()}@mail.example").status == 200
    cara, dora = shop.get(f"/v1/applications?program={program['id']}").json["data"]
    post(f"/v1/applications/{cara['id']}/approve")
    refused = post(f"/v1/applications/{dora['id']}/refuse", {"note": NOTE})
    post(f"/v1/notes/{refused['note']['id']}/erase")
    suppressions.suppress(
        json.dumps(
            {
                "eventType": "Bounce",
                "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "gone@mail.example"}]},
            }
        ),
        at=shop.at,
    )
    refund = {"refund_id": "refund-1", "amount": {"amount": 100, "currency": "USD"}}
    amendment = {"amendment_id": "larger", "amount": {"amount": 2500, "currency": "USD"}}
    post(f"/v1/conversions/{second}/amendments", amendment)
    post(f"/v1/conversions/{second}/refunds", refund)
    post(f"/v1/conversions/{second}/restores", {"refund_id": "refund-1"})
    post(f"/v1/conversions/{second}/credit", {"partner": None, "reason": "abuse", "note": NOTE})
    post(f"/v1/conversions/{second}/void", {"reason": "test", "note": NOTE})
    post("/v1/suppressions/lift", {"email": "gone@mail.example"})
    changed = shop.patch(f"/v1/links/{link['id']}", {"channel": "blog", "destination": "https://tea.example/x"})
    assert changed.status == 200, changed.body
    post(f"/v1/links/{link['id']}/disable")
    shared = post("/v1/links", {"program": other["id"], "partner": ada["id"]})
    post(f"{person}/leave", {"program": other["id"]})
    shop.wait(minutes=1)
    post(f"{person}/enrollments", {"program": other["id"]})
    assert shop.get(f"/v1/links/{shared['id']}").status == 200
    decide_all(shop, other, ada)
    ready.decide_all(shop, other)
    post("/v1/reconciliation", {"day": "2026-03-09"})
    new = {"email": "meg@mail.example", "name": "Meg", "roles": [{"role": "viewer"}]}
    for path in ("/v1/adjustment-settings", "/v1/payout-settings"):
        post(path, {"approval_above": [{"amount": 100_000, "currency": "USD"}]})
    for amount in (100_000, 100_001):
        bonus = {"adjustment_id": f"bonus-{amount}", "type": "bonus", "reason": "goodwill", "note": NOTE}
        post(f"{person}/adjustments", bonus | {"amount": {"amount": amount, "currency": "USD"}})
    user = post("/v1/users", new)["id"]
    post(f"/v1/programs/{program['id']}/emails/test", {"template": "joined", "user": user})
    one = f"/v1/users/{user}"
    assert shop.call("PATCH", one, {"roles": [{"role": "manager", "program": program["id"]}]}).status == 200
    assert shop.call("DELETE", one).status == 200
    goal = {"for": "program", "metric": "sales", "period": "month", "value": 31}
    target = post(f"/v1/programs/{program['id']}/targets", goal)["id"]
    target = post(f"/v1/targets/{target}/replace", {"value": 40})["id"]
    post(f"/v1/targets/{target}/end", {})
    words = {"title": "How we work", "words": "Be kind."}
    material = post("/v1/materials", {"program": program["id"], "kind": "agreement", "language": "en", **words})["id"]
    post(f"/v1/materials/{material}/versions", words)
    post(f"/v1/materials/{material}/publish", {"version": 1})
    post(f"/v1/materials/{material}/reads", {"partner": person.rpartition("/")[2], "version": 1})
    post(f"/v1/materials/{material}/withdraw", None)
    trial = {"name": "T", "landing_url": "https://t.example/", "currency": "USD", "rules": [], "mode": "test"}
    assert shop.call("DELETE", f"/v1/programs/{post('/v1/programs', trial)['id']}").status == 200


def shop_conversion(shop):
    [row] = [one for one in shop.rows("conversions") if one["kind"]["S"] == "conversion"]
    return row["pk"]["S"]


BY_THE_API = {
    "adjustment.approval_set": 1,
    "adjustment.posted": 1,
    "adjustment.requested": 1,
    "application.approved": 1,
    "application.refused": 1,
    "application.sent": 2,
    "conversion.amended": 1,
    "conversion.credited": 1,
    "conversion.refunded": 1,
    "conversion.restored": 1,
    "conversion.voided": 1,
    "cost.entered": 1,
    "cost.reversed": 1,
    "day.repaired": 1,
    "endpoint.changed": 1,
    "endpoint.created": 2,
    "endpoint.deleted": 1,
    "endpoint.replayed": 1,
    "endpoint.rotated": 2,
    "feedback.given": 2,
    "introduction.accepted": 1,
    "introduction.declined": 1,
    "introduction.erased": 1,
    "introduction.extended": 1,
    "introduction.lost": 1,
    "introduction.moved": 1,
    "introduction.moved_up": 1,
    "introduction.needs_more": 1,
    "introduction.offered": 1,
    "introduction.received": 3,
    "introduction.second_in_line": 1,
    "introduction.talks_named": 1,
    "introduction.withdrawn": 1,
    "invitation.sent": 1,
    "key.created": 3,
    "key.revoked": 1,
    "key.rotated": 1,
    "link.changed": 1,
    "link.created": 2,
    "link.disabled": 2,
    "link.restored": 1,
    "note.erased": 1,
    "partner.banned": 1,
    "partner.changed": 2,
    "partner.created": 2,
    "partner.emails_changed": 1,
    "partner.enrolled": 2,
    "partner.imported": 1,
    "partner.left": 1,
    "partner.reactivated": 1,
    "partner.standing_changed": 2,
    "partner.suspended": 1,
    "payout.approval_set": 1,
    "payout.created": 2,
    "payout.item_failed": 1,
    "payout.item_paid": 1,
    "payout.item_returned": 1,
    "payout.prepared": 2,
    "program.created": 3,
    "program.deleted": 1,
    "program.end_set": 1,
    "program.logo_changed": 1,
    "program.sender_changed": 1,
    "program.receiving_changed": 1,
    "program.settings_changed": 1,
    "program.test_introduced": 1,
    "program.test_introduction_arrived": 1,
    "program.webhook_changed": 1,
    "reward.fulfilled": 1,
    "reward.held": 1,
    "reward.refused": 1,
    "reward.released": 1,
    "share_link.renewed": 1,
    "suppression.lifted": 1,
    "target.ended": 1,
    "target.replaced": 1,
    "material.created": 1,
    "material.drafted": 1,
    "material.published": 1,
    "material.read": 1,
    "material.withdrawn": 1,
    "target.set": 1,
    "template.customized": 2,
    "template.restored": 1,
    "template.tested": 1,
    "terms.added": 1,
    "terms.withdrawn": 1,
    "thanks.added": 1,
    "thanks.done": 1,
    "thanks.skipped": 1,
    "user.changed": 1,
    "user.invited": 2,
    "user.removed": 2,
}
# Of these the tests below say by whom.
BY_OTHERS = {
    # tests/flows/test_action_items.py.
    *("action_item.assigned", "action_item.dismissed", "action_item.done"),
    *("action_item.opened", "action_item.resolved"),
    "adjustment.approved",
    "adjustment.refused",
    "customer.changed",
    # tests/flows/test_offline_sale.py.
    "conversion.entered",
    "customer.emails_changed",
    "customer.erased",
    "customer.merged",
    "dead_letter.redriven",
    # tests/flows/test_introduced_people.py, test_introduced_sales.py.
    *("introduction.checked", "introduction.claimed", "introduction.lapsed", "introduction.noted", "introduction.won"),
    "invitation.accepted",
    "invitations.resumed",
    "invitations.stopped",
    "message.retried",
    # tests/flows/test_asking.py.
    *("moment.asked", "moment.declined", "moment.opened", "moment.shown", "program.asking_changed"),
    "partner.email_requested",
    "partner.erased",
    "partner.form_link_ended",
    # tests/flows/test_benefit_codes.py.
    "reward.code_replaced",
    # tests/flows/test_hand_over.py.
    *("partner.former_erased", "partner.handed_over", "partner.payee_confirmed"),
    "partner.joined",
    *("partner.name_shared", "partner.name_withdrawn"),
    "partner.merged",
    "partner.sign_in_link_sent",
    "payout.approved",
    # tests/flows/test_look_page.py.
    "program.logo_uploaded",
    "session.begun",
    "session.ended",
}


@pytest.mark.engine
def test_each_decision_leaves_one_entry_that_says_who_made_it_and_which_row_it_changed(shop, watched):
    decide_everything(shop)

    listed = entries(shop)
    assert Counter(one["action"] for one in listed) == BY_THE_API
    key = shop.get("/v1/keys").json["data"][-1]["id"]
    actors_of = {(one["actor"]["kind"], one["actor"]["id"]) for one in listed}
    assert actors_of == {("key", key), ("page", "join"), ("operator", "test")}
    # Of what came first nobody was watching: the shop's own key.
    for entry, (action, before, after) in zip(listed[1:], watched, strict=True):
        assert entry["action"] == action
        if action not in ("day.repaired", "endpoint.replayed"):
            assert entry["before"] == digest(before), action
            assert entry["after"] == digest(after), action
            assert entry["before"] != entry["after"], action
    assert verified(shop) is None


def digest(row):
    return fingerprints(row)[0] if row is not None else None


def test_the_actions_are_those_that_these_tests_have_done():
    assert set(get_args(Action)) == BY_THE_API.keys() | BY_OTHERS


# What is sent by a POST and is no decision, with the reason.
NO_DECISIONS = {
    "/admin/events": "nothing is written",
    "/admin/programs/{id}/email-preview": "nothing is written",
    "/admin/programs/{id}/terms/edit": "nothing is written",
    "/portal/erase-link": "an email is a row",
    "/admin/link": "an email is a row",
    "/portal/link": "an email is a row",
    "/portal/profile": "a cookie says which",
    "/portal/sign-in/{id}": "a session is a row",
    "/portal/sign-out": "a session is a row",
    "/portal/sign-out-everywhere": "a session is a row",
    "/v1/conversions": "a fact is a row",
    "/v1/conversions/batch": "a fact is a row",
    "/v1/endpoints/{id}/test": "nothing is written",
    "/v1/programs/{id}/emails/preview": "nothing is written",
    "/v1/programs/{id}/friend-name": "nothing is written",
    "/v1/programs/{id}/leads": "a fact is a row",
    "/v1/programs/{id}/terms/dry-run": "nothing is written",
}


@pytest.mark.engine
def test_every_post_is_a_decision_that_is_entered_or_is_named_here(shop, monkeypatch):
    called = set()
    request = shop.call

    def calling(method, path, body=None, **options):
        called.update({template for template in POSTS if method == "POST" and re.fullmatch(POSTS[template], path)})
        return request(method, path, body, **options)

    monkeypatch.setattr(shop, "call", calling)
    decide_everything(shop)

    by_pages = {
        path for path in POSTS if path.startswith(("/admin", "/ask/", "/portal", "/u/", "/s/", "/who/"))
    } - NO_DECISIONS.keys()
    elsewhere = {"/v1/dead-letters/{id}/redrive", "/v1/messages/{id}/retry", "/v1/invitations/csv"}
    # tests/flows/test_erasure.py.
    elsewhere |= {"/v1/partners/{id}/erase", "/v1/customers/{id}/erase"}
    # tests/flows/money/test_adjustment_approval.py: by a second key.
    elsewhere |= {"/v1/adjustments/{id}/approve", "/v1/adjustments/{id}/refuse"}
    # tests/flows/test_introduced_page.py.
    elsewhere |= {"/introduced/{id}"}
    # tests/flows/test_customers.py.
    elsewhere |= {"/v1/customers/{id}/merge"}
    # tests/flows/test_merged_partners.py.
    elsewhere |= {"/v1/partners/{id}/merge"}
    # tests/flows/test_action_items.py.
    elsewhere |= {f"/v1/action-items/{{id}}/{one}" for one in ("assign", "dismiss", "done")}
    # tests/flows/test_asking.py.
    elsewhere |= {f"/v1/{of}/{{id}}/{what}" for of in ("asks", "moments") for what in ("seen", "declined")}
    elsewhere |= {"/v1/programs/{id}/asking"}
    # tests/flows/test_introduced_sales.py.
    elsewhere |= {"/v1/introductions/{id}/won"}
    # tests/flows/test_promised_words.py.
    elsewhere |= {"/v1/introductions/{id}/word"}
    # tests/flows/test_hand_over.py.
    elsewhere |= {f"/v1/partners/{{id}}/{one}" for one in ("hand-over", "payee")}
    assert POSTS.keys() - called - by_pages - elsewhere == NO_DECISIONS.keys() - {"/v1/conversions"}
    assert by_pages == {
        "/admin/actions/selected",
        "/admin/actions/{id}",
        "/admin/adjustments",
        "/admin/adjustments/{id}",
        "/admin/customers/{id}",
        "/admin/customers/{id}/merge",
        "/admin/conversions/{id}/correct",
        "/admin/dead-letters/{id}",
        "/admin/endpoints",
        "/admin/endpoints/{id}",
        "/admin/endpoints/{id}/delete",
        "/admin/introductions/{id}",
        "/admin/introductions/{id}/won",
        "/admin/keys",
        "/admin/keys/{id}",
        "/admin/keys/{id}/revoke",
        "/admin/links/{id}",
        "/admin/links/{id}/end",
        "/admin/materials/{id}",
        "/admin/messages/{id}",
        "/admin/notes/{id}",
        "/admin/programs",
        "/admin/programs/{id}/receiving",
        "/admin/programs/{id}/receiving/test",
        "/admin/programs/{id}/thanks",
        "/admin/programs/{id}/thanks/new",
        "/admin/partners/{id}",
        "/admin/partners/{id}/adjustments",
        "/admin/partners/{id}/category",
        "/admin/partners/{id}/hand-over",
        "/admin/partners/{id}/emails",
        "/admin/partners/{id}/leave",
        "/admin/partners/{id}/links",
        "/admin/partners/{id}/merge",
        "/admin/partners/{id}/programs",
        "/admin/partners/{id}/share-link",
        "/admin/partners/{id}/sign-in",
        "/admin/partners/{id}/state",
        "/admin/partners/{id}/tier",
        "/admin/privacy/{id}/erase",
        "/admin/payout-settings",
        "/admin/payouts",
        "/admin/payouts/{id}",
        "/admin/people",
        "/admin/people/{id}",
        "/admin/people/{id}/remove",
        "/admin/programs/{id}/applications/selected",
        "/admin/programs/{id}/asking",
        "/admin/programs/{id}/asking/rule",
        "/admin/programs/{id}/costs",
        "/admin/programs/{id}/costs/reverse",
        "/admin/programs/{id}/margin",
        "/admin/programs/{id}/email",
        "/admin/programs/{id}/emails",
        "/admin/programs/{id}/delete",
        "/admin/programs/{id}/end",
        "/admin/programs/{id}/endpoints",
        "/admin/programs/{id}/import",
        "/admin/programs/{id}/joining",
        "/admin/programs/{id}/look",
        "/admin/programs/{id}/new-material",
        "/admin/programs/{id}/sale",
        "/admin/programs/{id}/sharing",
        "/admin/programs/{id}/settings",
        "/admin/programs/{id}/targets",
        "/admin/programs/{id}/terms",
        "/admin/targets/{id}",
        "/admin/rewards/{id}",
        "/admin/rewards/selected",
        "/admin/benefits/selected",
        "/admin/sign-in",
        "/admin/sign-in/{id}",
        "/admin/sign-out",
        "/admin/suppressions",
        "/ask/{id}",
        "/portal/come-back",
        "/portal/confirm/{id}",
        "/portal/emails",
        "/portal/erase",
        "/portal/feedback",
        "/portal/identity",
        "/portal/introduce",
        "/portal/introduce-several",
        "/portal/introductions/{id}",
        "/portal/leave",
        "/portal/materials/{id}",
        "/portal/links",
        "/portal/names",
        "/portal/names-stop",
        "/portal/payee",
        "/portal/settings",
        "/portal/share-links",
        "/s/{id}",
        "/u/{id}",
        "/who/{id}",
    }


POSTS = {
    path: re.escape(path).replace(re.escape("{id}"), "[^/]+")
    for path, methods in goodword.app.routes.items()
    if "POST" in methods
}


def test_conversions_and_clicks_are_rows_and_are_not_entered_once_more(shop):
    program = shop.program(rules=RULES)
    code = shop.link(program, shop.partner(program))["code"]
    before = len(shop.rows("audit"))

    shop.lead(program, code=code)
    shop.sale(program, code=code)
    shop.click({"code": code})
    shop.settle()

    assert len(shop.rows("audit")) == before


@pytest.mark.engine
def test_what_is_refused_or_changes_nothing_leaves_no_entry(shop):
    program = shop.program(rules=RULES, external_id="tea")
    ada = shop.partner(program)
    link = shop.link(program, ada, code="ada-x")
    shop.post(f"/v1/links/{link['id']}/disable")
    before = copy.deepcopy(shop.rows("audit"))

    same = {"name": "Tea", "landing_url": "https://tea.example/", "currency": "USD", "rules": [], "external_id": "tea"}
    assert shop.post("/v1/programs", same).status == 409
    assert shop.post("/v1/links", {"program": "ext_tea", "partner": ada["id"], "code": "ada-x"}).status == 409
    assert shop.post("/v1/partners/ptr_x/leave", {"program": "ext_tea"}).status == 404
    assert shop.post(f"/v1/links/{link['id']}/disable").status == 200
    assert shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": "ext_tea"}).status == 201
    assert shop.patch(f"/v1/programs/{program['id']}", {"name": program["name"]}).status == 200

    assert shop.rows("audit") == before


def test_a_call_with_a_key_that_is_sent_again_is_entered_once(shop):
    program = shop.program()
    body, key = {"name": "Bea", "programs": [program["id"]]}, {"Idempotency-Key": "bea"}

    answers = [shop.post("/v1/partners", body, headers=key) for _ in range(3)]

    assert len({answer.json["id"] for answer in answers}) == 1
    assert [one["subject"] for one in entries(shop, action="partner.created")] == [answers[0].json["id"]]


def test_entries_are_found_by_subject_actor_action_and_time_newest_first(shop):
    shop.wait(minutes=1)
    program = shop.program()
    shop.wait(minutes=1)
    ada = shop.partner(program)
    links = []
    for number in range(7):
        shop.wait(minutes=1)
        links.append(shop.link(program, ada, code=f"ada-{number}"))
    key = shop.get("/v1/keys").json["data"][0]["id"]

    first = shop.get("/v1/audit?action=link.created&limit=3").json
    assert [one["subject"] for one in first["data"]] == [one["id"] for one in links[:3:-1]]
    assert first["has_more"]
    assert [one["subject"] for one in entries(shop, action="link.created", limit=3)] == [one["id"] for one in links]
    assert [one["action"] for one in entries(shop)] == [
        *("key.created", "program.created", "partner.created"),
        *["link.created"] * 7,
    ]
    assert [one["action"] for one in entries(shop, subject=ada["id"])] == ["partner.created"]
    assert len(entries(shop, actor=key, limit=2)) == 9
    assert len(entries(shop, actor=key, action="link.created", limit=2)) == 7
    assert len(entries(shop, subject=links[0]["id"], actor=key, action="link.created")) == 1
    assert entries(shop, subject=links[0]["id"], action="link.disabled") == []
    at = {"from": links[2]["created_at"], "to": links[5]["created_at"]}
    for narrowed in ({}, {"actor": key}, {"action": "link.created"}):
        assert [one["subject"] for one in entries(shop, **at, **narrowed)] == [one["id"] for one in links[2:5]]
    assert entries(shop, **{"from": at["to"], "to": at["from"]}) == []
    mismatch = shop.get(f"/v1/audit?action=link.disabled&cursor={first['next_cursor']}")
    assert (mismatch.status, mismatch.json["code"]) == (422, "cursor_mismatch")
    for query in ("action=link.stolen", "from=yesterday", "limit=0", "who=me"):
        assert shop.get(f"/v1/audit?{query}").status == 422


def test_an_entry_says_by_which_call_it_came_and_only_admins_see_it(shop):
    program = shop.program()
    shop.post("/v1/partners", {"name": "Ada"}, headers={"X-Request-Id": "my-call-1"})
    reader = shop.post("/v1/keys", {"name": "r", "scopes": ["audit:read", "partners:write"]}).json["secret"]

    [entry] = entries(shop, action="partner.created")
    assert entry["request_id"] == "my-call-1"
    assert entry["at"] == "2026-03-10T12:00:00.000Z"
    assert (entry["before"], len(entry["after"]), entry["part"]) == (None, 64, None)
    assert shop.get("/v1/audit", key=reader).json["code"] == "forbidden"
    assert shop.get("/v1/audit/verify", key=reader).status == 200
    assert program


@pytest.mark.parametrize("path", ["/v1/ledger/verify", "/v1/audit/verify", "/v1/roots/verify", "/v1/reconciliation"])
def test_the_right_to_read_numbers_does_not_allow_verification(shop, path):
    numbers, audit = (
        shop.post("/v1/keys", {"name": "a key", "scopes": [scope]}).json["secret"]
        for scope in ("stats:read", "audit:read")
    )

    assert shop.get(path, key=numbers).json["code"] == "forbidden"
    assert shop.get(path, key=audit).status == 200
    assert shop.get(path).status == 200


@pytest.mark.engine
def test_no_entry_holds_what_is_personal_nor_what_anybody_wrote(shop):
    decide_everything(shop)

    stored = json.dumps(shop.rows("audit"))
    for words in ("Lovelace", "mail.example", "A. L.", NOTE, "Nice people", "Cara", "tea.example"):
        assert words not in stored


@pytest.mark.slow
def test_many_changes_by_one_actor_at_once_all_succeed_and_each_has_its_entry(running):
    """Against the running service, with threads as many as a website's workers."""
    mine = running.json("POST", "/v1/keys", {"name": "busy", "scopes": ["admin"]})

    def add(number):
        headers = {"Authorization": f"Bearer {mine['secret']}"}
        return running.call("POST", "/v1/partners", {"name": f"Busy {number}"}, **headers)[0]

    with ThreadPoolExecutor(16) as pool:
        statuses = Counter(pool.map(add, range(96)))

    assert statuses == {201: 96}
    listed, cursor = [], ""
    while True:
        page = running.json("GET", f"/v1/audit?actor={mine['key']['id']}&limit=100{cursor}")
        listed += page["data"]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len({one["subject"] for one in listed}) == len(listed) == 96
    assert running.json("GET", "/v1/audit/verify")["bad"] is None


@pytest.mark.engine
def test_who_finds_the_end_of_a_chain_taken_begins_or_continues_another(shop, monkeypatch):
    program = shop.program()
    find, meddled = actors.rows.find, []

    def find_and_be_overtaken(model, chain, sort, **options):
        head = find(model, chain, sort, **options)
        if model is actors.AuditHead and not meddled:
            meddled.append(chain)
            shop.post("/v1/partners", {"name": "First"})
        return head

    monkeypatch.setattr(actors.rows, "find", find_and_be_overtaken)
    monkeypatch.setattr(actors.secrets, "randbelow", lambda lanes: lanes - 1)

    assert shop.partner(program, name="Second")

    created = entries(shop, action="partner.created")
    assert len(created) == 2
    assert {one["chain"][-3:] for one in created} == {"#00", "#15"}
    assert verified(shop) is None


@pytest.mark.engine
def test_a_call_that_never_gets_a_place_may_be_retried_and_nothing_is_written(shop, monkeypatch):
    program = shop.program()
    shop.partner(program)
    before, find = len(shop.rows("partners")), actors.rows.find
    # As if others were always faster: each chain looks as if it were not there yet.
    blind = lambda model, *key, **options: None if model is actors.AuditHead else find(model, *key, **options)  # noqa: E731
    monkeypatch.setattr(actors.rows, "find", blind)
    monkeypatch.setattr(actors.secrets, "randbelow", lambda _lanes: 0)

    answer = shop.post("/v1/partners", {"name": "Second", "programs": [program["id"]]})

    assert (answer.status, answer.json["code"]) == (503, "busy")
    assert len(shop.rows("partners")) == before


@pytest.mark.engine
def test_one_byte_changed_in_any_row_or_a_row_that_is_gone_is_named(shop):
    program = shop.program()
    for number in range(3):
        shop.link(program, shop.partner(program, name=str(number)))
    assert verified(shop) is None
    rows = [copy.deepcopy(row) for row in shop.rows("audit")]
    assert len(rows) == 10
    for row in rows:
        named = "head" if row["sk"]["S"] == "head" else f"entry {row['sk']['S']}"
        for name in set(row) - {"pk", "sk"}:
            damaged = copy.deepcopy(row)
            [(kind, text)] = row[name].items()
            damaged[name] = {kind: str(int(text) ^ 1) if kind == "N" else text[:-1] + chr(ord(text[-1]) ^ 1)}
            shop.put_row("audit", damaged)
            bad = verified(shop)
            assert (bad["chain"], bad["row"]) == (row["pk"]["S"], named), name
            assert bad["what"]
        shop.delete_row("audit", row)
        assert verified(shop)["chain"] == row["pk"]["S"]
        shop.put_row("audit", row)
    assert verified(shop) is None


@pytest.mark.engine
def test_a_page_says_who_was_signed_in_and_in_which_session(shop, admin, monkeypatch):
    program = shop.program(joining="open")
    ada = shop.partner(program)
    key = shop.get("/v1/keys").json["data"][0]["id"]
    portal = Browser(shop)
    token = begin(ada["id"], lasting=LASTING, at=shop.at)
    portal.cookies = {COOKIE: token.cookie}

    assert portal.send("/portal/links", program=program["id"], code="my-own").status == 303
    portal.send("/portal/settings", locale="en", payout_name="Ada", payout_email="ada@mail.example")
    portal.send("/portal/emails", daily="on")
    portal.send("/portal/feedback", score="9", words="x")
    portal.send("/portal/names", program=program["id"], shared_name="Ada Lovelace", agrees="on")
    portal.send("/portal/names-stop", program=program["id"])
    portal.send("/portal/share-links")
    portal.send("/portal/leave", program=program["id"])
    admin.send(f"/admin/programs/{program['id']}/joining", action="invite", email="eve@mail.example")
    admin.send("/admin/payouts", currency="USD", once="once")

    by_ada = entries(shop, actor=ada["id"])
    assert [one["action"] for one in by_ada] == [
        *("link.created", "partner.changed", "partner.emails_changed", "feedback.given"),
        *("partner.name_shared", "partner.name_withdrawn"),
        *("share_link.renewed", "partner.left", "link.disabled"),
    ]
    assert {(one["actor"]["kind"], one["actor"]["session"]) for one in by_ada} == {("session", token.session_id)}
    by_admin = [one for one in entries(shop, actor=key) if one["actor"]["kind"] == "session"]
    assert [one["action"] for one in by_admin] == [
        *("session.begun", "invitation.sent", "payout.created", "payout.prepared"),
    ]
    [session] = {one["actor"]["session"] for one in by_admin}
    assert session.startswith("ses_")


@pytest.mark.engine
def test_public_pages_are_actors_too(shop):
    program = shop.program(joining="open")
    joined = join(shop, program, name="Bea", email="bea@mail.example")
    assert joined.status == 303
    shop.wait(seconds=1)
    cleo = shop.partner(program, name="Cleo", email="cleo@mail.example")
    shop.post(cleo["enrollments"][0]["share_url"].removeprefix("https://go.example"))
    shop.wait(seconds=1)
    invite(shop, program, {"email": "eve@mail.example"})
    path = stop_path(next(one for one in shop.mailbox.written if "eve@" in json.dumps(one["Destination"])))
    one_click = {"Content-Type": "application/x-www-form-urlencoded"}
    shop.post(path, b"List-Unsubscribe=One-Click", headers=one_click)
    shop.post(path, b"again=yes", headers=one_click)

    public = [(one["actor"]["id"], one["action"]) for one in entries(shop) if one["actor"]["kind"] == "page"]
    assert public == [
        ("join", "partner.joined"),
        ("join", "link.created"),
        ("share", "link.created"),
        ("unsubscribe", "invitations.stopped"),
        ("unsubscribe", "invitations.resumed"),
    ]


@pytest.mark.engine
def test_a_customer_who_unsubscribes_is_entered_by_an_id(shop):
    program = shop.program()
    code = shop.link(program, shop.partner(program))["code"]
    shop.sale(program, code=code)
    shop.settle()
    email = next(one for one in shop.mailbox.written if "customer-1" in json.dumps(one["Destination"]))

    for _ in range(2):
        shop.post(
            stop_path(email),
            b"List-Unsubscribe=One-Click",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )

    changed = entries(shop, action="customer.emails_changed")
    assert {one["subject"][:4] for one in changed} == {"cus_"}


def test_a_tier_that_rules_give_is_entered_by_their_schedule(shop):
    program = shop.tiered_program()
    ada = shop.partner(program)
    shop.sale(program, code=shop.link(program, ada)["code"])
    shop.settle()
    shop.settle()

    [entry] = entries(shop, action="partner.standing_changed")
    assert entry["actor"] == {"kind": "schedule", "id": "promote", "session": None}
    assert (entry["subject"], entry["part"], entry["request_id"]) == (ada["id"], program["id"], None)


def test_a_dead_letter_that_is_redriven_is_entered(shop, functions):  # noqa: F811
    program = shop.program()
    shop.sale(program, code=shop.link(program, shop.partner(program))["code"])
    give_up(shop)
    [dead] = shop.get("/v1/dead-letters").json["data"]

    assert shop.post(f"/v1/dead-letters/{dead['id']}/redrive").status == 200

    [entry] = entries(shop, action="dead_letter.redriven")
    assert (entry["subject"], entry["part"]) == (dead["id"], "conversions_to_rewards")


@pytest.mark.engine
def test_a_message_that_is_sent_again_is_entered(shop, watched):
    program = shop.program()
    shop.partner(program)
    shop.streams.run()
    rows = [one for one in shop.rows("messages") if one.get("channel", {}).get("S") == "letter"]
    failed = copy.deepcopy(rows[0]) | {"status": {"S": "failed"}}
    shop.put_row("messages", failed)

    for _ in range(2):
        assert shop.post(f"/v1/messages/{failed['id']['S']}/retry").status == 200

    [entry] = entries(shop, action="message.retried")
    assert entry["subject"] == failed["id"]["S"]
    [(_, before, after)] = [one for one in watched if one[0] == "message.retried"]
    assert (entry["before"], entry["after"]) == (digest(before), digest(after))


CHANGES = {
    "a partner": ("/v1/partners", {"name": "New", "external_id": "new"}, "partners"),
    "a key that is revoked": ("/v1/keys/{key}/revoke", None, "access"),
}


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.sweep
@pytest.mark.parametrize("name", CHANGES)
def test_a_crash_at_any_call_leaves_a_change_with_its_entry_or_neither(shop, name):
    path, body, table = CHANGES[name]
    key = shop.post("/v1/keys", {"name": "x", "scopes": ["stats:read"]}).json["key"]["id"]
    path = path.replace("{key}", key)
    shop.line.calls.clear()

    def count():
        shop.post(path, body)
        return len(shop.line.calls)

    calls = forked(count)
    assert calls >= 2
    before = len(shop.rows("audit")), copy.deepcopy(shop.rows(table))

    def run(fault):
        shop.line.calls.clear()
        shop.line.fault = fault
        with contextlib.suppress(Crash):
            shop.post(path, body)
        shop.line.fault = Fault()
        written = (len(shop.rows("audit")), shop.rows(table))
        assert (written[0] != before[0]) == (written[1] != before[1])
        again = shop.post(path, body).status
        assert again in (200, 201, 409)
        actions = Counter(one["action"] for one in entries(shop))
        assert actions["partner.created" if body else "key.revoked"] == 1
        assert verified(shop) is None
        return fault.hit

    refusals = [
        Refused(call, code="TransactionCanceledException", reason=reason, position=position)
        for call in range(calls)
        for reason in ("TransactionConflict", "ConditionalCheckFailed")
        for position in range(4)
    ]
    crashes = [kind(call) for call in range(calls) for kind in (CrashBefore, CrashAfter, Lost)]
    crashes = sample(crashes, 6)
    hits = [forked(run, fault) for fault in (*crashes, *sample(refusals, 6))]
    # Every crash comes; a refusal may be of a place that the call has not.
    assert sum(hits) >= len(crashes)


def test_admins_look_it_up_on_a_page_and_from_what_it_was_done_to(shop, admin):
    program = shop.program()
    ada = shop.partner(program, name="Ada <i>")
    shop.link(program, ada)

    def listed(query=""):
        return [row["What"] for row in read(admin.get(f"/admin/audit{query}").body).table("Audit trail")]

    assert "Partner created" in listed()
    assert "Ada &lt;i&gt;" in admin.get("/admin/audit").body
    assert f'href="/admin/audit?subject={ada["id"]}"' in admin.get(f"/admin/partners/{ada['id']}").body
    assert listed(f"?subject={ada['id']}") == ["Partner created"]
    key = shop.get("/v1/keys").json["data"][0]["id"]
    assert "Link created" in listed(f"?actor={key}")
    assert Browser(shop).get("/admin/audit").status == 401
    payout = shop.post("/v1/payouts", {"currency": "USD"}).json["id"]
    for path in (f"/admin/payouts/{payout}", f"/admin/programs/{program['id']}"):
        assert "Show audit trail" in admin.get(path).body
