"""The admin pages' forms: one that is refused says so first, marks the fields at fault, and keeps what was typed."""

import re
from pathlib import Path

import pytest

from tests.faults.world import built_once
from tests.flows.test_joining import join
from tests.forms import Browser
from tests.reading import read

TEMPLATES = sorted(Path("chalicelib/admin/templates").glob("*.html"))
FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)
FIELD = re.compile(r"<(?:input|textarea|select)[^>]*>")
TERMS = '{"rules": [{"on": "sale", "to": "nobody"}]}'
PROGRAM = {
    "name": "Pots",
    "landing_url": "https://pots.example",
    "currency": "EUR",
    "timezone": "UTC",
    "action": "check",
}
# Each form: its address, what is sent, which fields are at fault, and what is still typed in.
REFUSED = {
    "a program without a landing page": (
        "/admin/programs",
        PROGRAM | {"landing_url": "pots"},
        {"landing_url"},
        "pots",
    ),
    "a program with a rate that is none": (
        "/admin/programs",
        PROGRAM | {"partner_reward": "rate_bp", "partner_rate_bp": "much"},
        {"partner_rate_bp"},
        "much",
    ),
    "a partner without a name": ("/admin/partners/{ada}", {"name": "x" * 101}, {"name"}, "x" * 101),
    "a partner with an address that is none": (
        "/admin/partners/{ada}",
        {"name": "Ada", "email": "ada"},
        {"email"},
        "ada",
    ),
    "an invitation to nobody": (
        "/admin/programs/{program}/joining",
        {"action": "invite", "email": "nobody"},
        {"email"},
        "nobody",
    ),
    "invitations of which one is wrong": (
        "/admin/programs/{program}/joining",
        {"action": "invite_all", "csv": "email\nnobody"},
        {"csv"},
        "nobody",
    ),
    "an import of what is no table": (
        "/admin/programs/{program}/import",
        {"action": "check", "csv": "nobody"},
        {"csv"},
        "nobody",
    ),
    "an application that is refused without a note": (
        "/admin/programs/{approved}/joining",
        {"action": "refuse", "application": "{application}", "note": "x" * 501},
        {"note"},
        "x" * 501,
    ),
    "terms that are no JSON": (
        "/admin/programs/{program}/terms/edit",
        {"action": "check", "draft": "{"},
        {"draft"},
        "{",
    ),
    "terms that contradict themselves": (
        "/admin/programs/{program}/terms/edit",
        {"action": "form", "draft": TERMS},
        {"draft"},
        "nobody",
    ),
    "terms that are published with a mistake": (
        "/admin/programs/{program}/terms",
        {"action": "publish", "draft": TERMS, "once": "a-form", "before": "1"},
        {"draft"},
        "nobody",
    ),
    "terms in a form with a rate that is none": (
        "/admin/programs/{program}/terms/edit",
        {"action": "check", "rules/0/on": "sale", "rules/0/reward": "rate_bp", "rules/0/rate_bp": "much"},
        {"rules/0/to", "rules/0/rate_bp"},
        "much",
    ),
    "an endpoint without https": (
        "/admin/programs/{program}/endpoints",
        {"url": "http://shop.example/hook"},
        {"url"},
        "http://shop.example/hook",
    ),
    "an endpoint of no type": (
        "/admin/programs/{program}/endpoints",
        {"url": "https://shop.example/hook", "types": "none"},
        {"types"},
        "none",
    ),
    "an overlap that is too long": (
        "/admin/endpoints/{endpoint}",
        {"action": "rotate", "overlap_hours": "999"},
        {"overlap_hours"},
        "999",
    ),
    "a replay of no day": (
        "/admin/endpoints/{endpoint}",
        {"action": "replay", "from": "never", "to": "2026-03-10"},
        {"from"},
        "never",
    ),
    "a cost of a month that has not begun": (
        "/admin/programs/{program}/costs",
        {"month": "2031-01", "amount": "9.99", "kind": "running", "what": "tools", "once": "a-form"},
        {"month"},
        "2031-01",
    ),
    "a cost of no amount": (
        "/admin/programs/{program}/costs",
        {"month": "2026-03", "amount": "much", "kind": "other", "what": "tools", "once": "a-form"},
        {"amount"},
        "much",
    ),
    "a margin of more than all": ("/admin/programs/{program}/margin", {"margin": "101"}, {"margin"}, "101"),
    "a reward held without a note": (
        "/admin/rewards/{reward}",
        {"action": "hold", "note": "x" * 501},
        {"note"},
        "x" * 501,
    ),
    "a reward refused without a note": (
        "/admin/rewards/{reward}",
        {"action": "refuse", "note": "x" * 501},
        {"note"},
        "x" * 501,
    ),
    "a payment without a proof": (
        "/admin/payouts/{payout}",
        {"action": "confirm", "note": "x" * 501},
        {"note"},
        "x" * 501,
    ),
    "nobody in a payout": ("/admin/payouts/{payout}", {"action": "find", "find": "nobody"}, {"find"}, "nobody"),
    "a person with an address that is none": (
        "/admin/people",
        {"email": "nobody", "name": "Eve", "role": "viewer"},
        {"email"},
        "nobody",
    ),
    "a refund of more than there is": (
        "/admin/conversions/{sale}/correct",
        {"what": "refund", "amount": "99999.00", "reason": "returned", "once": "a-form"},
        {"amount"},
        "99999.00",
    ),
    "a credit to nobody who is a partner": (
        "/admin/conversions/{sale}/correct",
        {"what": "credit", "partner": "nobody", "reason": "other", "note": "x", "once": "a-form"},
        {"partner"},
        "nobody",
    ),
    "a sale of no amount": (
        "/admin/programs/{program}/sale",
        {"partner": "ada@mail.example", "order": "till-1", "amount": "much"},
        {"amount"},
        "much",
    ),
    "a sale by nobody": (
        "/admin/programs/{program}/sale",
        {"partner": "nobody", "order": "till-1", "amount": "1.00"},
        {"partner"},
        "nobody",
    ),
    "a key without a scope": (
        "/admin/keys",
        {"name": "Till", "once": "a-form"},
        {"conversions:write"},
        "yes",
    ),
    "a key without a name": ("/admin/keys", {"stats:read": "yes", "once": "a-form"}, {"name"}, ""),
    "a key for the pages of no program": (
        "/admin/keys",
        {"name": "Till", "program": "prg_none", "once": "a-form"},
        {"program"},
        "",
    ),
    "nobody at all": ("/admin/events", {"find": "nobody"}, {"find"}, "nobody"),
}


@pytest.fixture
@built_once
def names(shop, business):
    program, ada, _ = business
    approved = shop.program(name="Cups", joining="approval", external_id="cups")
    join(shop, approved, email="cy@mail.example")
    [application] = shop.get(f"/v1/applications?program={approved['id']}").json["data"]
    endpoint = {"program": program["id"], "url": "https://shop.example/events", "types": ["reward.due"]}
    added = shop.post("/v1/endpoints", endpoint)
    assert added.status == 201, added.body
    held = shop.program(name="Held", hold_days=14)
    bob = shop.partner(held, name="Bob", email="bob@mail.example")
    waiting = shop.sale(held, "order-2", "customer-2", code=shop.link(held, bob)["code"]).json
    shop.settle()
    return {
        "program": program["id"],
        "approved": approved["id"],
        "ada": ada["id"],
        "application": application["id"],
        "endpoint": added.json["endpoint"]["id"],
        "sale": waiting["id"],
        "reward": shop.reward(waiting)["id"],
        "payout": shop.pay_out()["id"],
    }


@pytest.mark.parametrize("form", REFUSED)
def test_an_admin_form_that_is_refused_marks_the_fields_at_fault_and_keeps_what_was_typed(admin, names, form):
    path, sent, at_fault, typed = REFUSED[form]
    sent = {name: names["application"] if value == "{application}" else value for name, value in sent.items()}

    answer = admin.send(path.format(**names), **sent)
    page = read(answer.body)

    assert answer.status in (400, 422)
    assert page.all("title")[0].text.startswith("That did not work: ")
    fields = [one for one in page.all("input", "textarea", "select") if "aria-invalid" in one.attributes]
    assert {one.attributes["name"] for one in fields} == at_fault
    assert all("notice" in one.attributes["aria-describedby"].split() for one in fields)
    [notice] = [one for one in page.all("p") if one.attributes.get("id") == "notice"]
    assert notice.text
    assert typed in [one.attributes.get("value", one.text) for one in fields] or typed in fields[0].text


def test_a_key_that_is_not_valid_is_marked_at_its_field(shop):
    answer = Browser(shop).send("/admin/sign-in", key="wrong")
    [field] = [one for one in read(answer.body).all("input") if "aria-invalid" in one.attributes]

    assert (field.attributes["name"], field.attributes["aria-describedby"]) == ("key", "hint notice")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_every_field_that_somebody_fills_in_can_be_marked(template):
    fields = [field for form in FORM.findall(template.read_text()) for field in FIELD.findall(form)]
    filled_in = [one for one in fields if 'type="hidden"' not in one and 'type="checkbox"' not in one]

    assert [one for one in filled_in if "mark(invalid" not in one] == []
