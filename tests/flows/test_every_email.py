"""Every email there is, caused by what causes it, among people and programs whose names mean harm."""

import re
from datetime import timedelta
from email.utils import getaddresses

import pytest

from chalicelib.access.sessions import begin
from chalicelib.emails.catalog import FOOTERS, TEMPLATES
from chalicelib.kit import instants, memory
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.outbox.table import Message
from chalicelib.portal.session import COOKIE, LASTING
from chalicelib.programs.receiving import Receiving
from chalicelib.programs.table import Program
from tests.emails import settle
from tests.emails.test_markup import SAFE_TAGS, Tags
from tests.faults.sampling import sample
from tests.faults.world import world
from tests.flows.friends import with_annas
from tests.flows.test_joining import join
from tests.flows.test_materials import published
from tests.forms import Browser
from tests.introduced import do, introduce
from tests.world import RULES

pytestmark = pytest.mark.slow

HOSTILE = {
    "markup": "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>",
    "attributes": "\" onmouseover='alert(1)' style=\"x:url(https://evil.example)",
    "directions": "\u202egnp.exe\u2066\u200f\u202dאבג\u2028\u0085Bcc: x@evil.example",
    "headers": 'Ada" <x@evil.example>, =?utf-8?q?=0D=0ABcc:x=40evil.example?=',
    "templates": "{{amount}} {% raw %} {{7*7}} [x](javascript:alert(1)) {{stop_url}}",
}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def opened(shop, name, **changes):
    program = shop.tiered_program(name=name, joining="approval", **changes)
    shop.verify_sender("tea@shop.example")
    sender = {"name": name[:64], "email": "tea@shop.example", "reply_to": "help@shop.example"}
    assert shop.post(f"/v1/programs/{program['id']}/sender", sender).status in (200, 201)
    memory.forget_everything()
    return program


def people_come_and_go(shop, name):
    """Cause what is written to people, and to partners about themselves."""
    program = opened(shop, name)
    user = {"email": "adm@mail.example", "name": name, "roles": [{"role": "owner"}]}
    assert shop.post("/v1/users", user).status == 201
    Browser(shop).send("/admin/link", email="adm@mail.example")
    body = {"program": program["id"], "invitations": [{"email": "inv@mail.example", "name": name}]}
    assert shop.post("/v1/invitations", body).status == 200
    for who in ("yes", "no"):
        join(shop, program, email=f"{who}@mail.example", name=name)
    settle(shop)
    pending = {one["email"]: one["id"] for one in shop.get(f"/v1/applications?program={program['id']}").json["data"]}
    shop.post(f"/v1/applications/{pending['yes@mail.example']}/approve")
    shop.post(f"/v1/applications/{pending['no@mail.example']}/refuse", {"note": "no"})
    quiet = shop.partner(program, name=name, email="quiet@mail.example")
    join(shop, program, email="quiet@mail.example", name=name)
    Browser(shop).send("/portal/link", email="quiet@mail.example")
    settle(shop)
    shop.patch(f"/v1/partners/{quiet['id']}", {"locale": "en", "payout_name": name, "payout_email": "a@b.example"})
    signed_in = Browser(shop)
    mailbox = address_digests("quiet@mail.example")[0]
    signed_in.cookies[COOKIE] = begin(quiet["id"], mailbox=mailbox, lasting=LASTING, at=shop.at).cookie
    assert signed_in.send("/portal/identity", name=name, email="new@mail.example").status == 303
    settle(shop)
    identity = {"email": "newer@mail.example"}
    assert shop.patch(f"/v1/partners/{quiet['id']}", identity).status == 200
    tier = {"program": program["id"], "tier": "gold", "note": "by hand", "pinned_until": "2027-01-01T00:00:00Z"}
    assert shop.post(f"/v1/partners/{quiet['id']}/tier", tier).status == 201
    later = {"rules": [RULES[0]], "effective_from": instants.text(shop.at + timedelta(days=9))}
    terms = shop.post(f"/v1/programs/{program['id']}/terms", later)
    assert terms.status == 201, terms.body
    end = {"touches_until": "2026-12-01T00:00:00Z", "sales_until": "2026-12-31T00:00:00Z", "payout_note": name[:500]}
    assert shop.post(f"/v1/programs/{program['id']}/end", end).status == 200
    # A title may have the program's name filled in, and no other braces.
    published(shop, program, title="{{program}}" if "{{" in name else name[:99], must_read=True)
    memory.forget_everything()
    shop.run_schedule("announce_terms")
    settle(shop)
    withdrawn = {"version": terms.json["version"]}
    assert shop.post(f"/v1/programs/{program['id']}/terms/withdraw", withdrawn).status == 200
    memory.forget_everything()
    shop.run_schedule("announce_terms")
    for _ in range(2):
        shop.wait(days=10)
        settle(shop)
    twice = shop.partner(program, name=name, email="twice@mail.example")
    assert shop.post(f"/v1/partners/{twice['id']}/merge", {"into": quiet["id"]}).status == 200
    memory.forget_everything()
    settle(shop)
    assert shop.post(f"/v1/partners/{quiet['id']}/leave", {"program": program["id"]}).status == 200
    heir = {"name": name, "email": "heir@mail.example", "reason": "sale"}
    assert shop.post(f"/v1/partners/{quiet['id']}/hand-over", heir).status == 200
    settle(shop)


def friends_come_and_buy(shop, name):
    """Cause what is written about friends and money."""
    program = opened(shop, name)
    held = opened(shop, name, hold_days=7)
    ada = shop.partner(program, name=name, programs=[program["id"], held["id"]])
    code = shop.link(program, ada)["code"]
    called = {"program": program["id"], "type": "demo_call", "external_id": "call", "code": code}
    assert shop.post("/v1/conversions", called | {"customer": {"external_id": "caller"}}).status == 201
    settle(shop)
    gifts = [{"on": "sale", "to": side, "benefit": {"kind": "gift", "name": "Tea"}} for side in ("referrer", "referee")]
    giving = shop.program(name=name, rules=gifts)
    assert shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": giving["id"]}).status == 201
    bought = {"program": giving["id"], "type": "sale", "external_id": "gift", "code": shop.link(giving, ada)["code"]}
    bought |= {"customer": {"external_id": "g", "email": "g@mail.example", "name": name}}
    sale = shop.post("/v1/conversions", bought | {"amount": {"amount": 1999, "currency": "USD"}}).json
    settle(shop)
    for side in ("referrer", "referee"):
        handout = {"code": "<b>TEA*_[1](x)", "instructions": name[:500]}
        assert shop.post(f"/v1/rewards/{shop.reward(sale, side)['id']}/fulfill", handout).status == 200
    settle(shop)
    for n in range(6):
        customer = {"external_id": f"c-{n}", "email": f"c-{n}@mail.example", "name": name}
        bought = {"program": program["id"], "type": "sale", "external_id": f"order-{n}", "code": code}
        bought |= {"customer": customer, "amount": {"amount": 1999, "currency": "USD"}}
        sale = shop.post("/v1/conversions", bought).json
        settle(shop)
    shop.refund(sale, 999)
    happy = {"name": "happy", "on": "score", "active": True, "by": "email"}
    assert shop.post(f"/v1/programs/{program['id']}/asking", {"rules": [happy], "hold_out_bp": 0}).status == 200
    person = {"external_id": "happy", "email": "happy@mail.example", "name": name, "may_contact": True}
    score = {"program": program["id"], "type": "score", "external_id": "score", "metadata": {"score": "10"}}
    assert shop.post("/v1/conversions", score | {"customer": person}).status == 201
    settle(shop)
    for kind, reason in (("bonus", "campaign"), ("deduction", "correction")):
        money = {"amount": 100, "currency": "USD"}
        body = {"adjustment_id": kind, "type": kind, "amount": money, "reason": reason, "note": name[:400]}
        assert shop.post(f"/v1/partners/{ada['id']}/adjustments", body).status == 201
    website = with_annas(shop)
    customer = {"external_id": "friend-of-anna", "email": "friend@mail.example", "name": name}
    named = {"program": website.program["id"], "type": "sale", "external_id": "named", "customer": customer}
    named |= {"amount": {"amount": 100, "currency": "USD"}, "touches": [{"friend_name": website.token("Anna")}]}
    assert shop.post("/v1/conversions", named).status == 201
    settle(shop)
    assert shop.post(f"/v1/conversions/{sale['id']}/void", {"reason": "test", "note": "ours"}).status == 200
    settle(shop)
    code = shop.link(held, ada)["code"]
    sales = [shop.sale(held, f"held-{n}", f"h-{n}", code=code).json for n in range(2)]
    settle(shop)
    reward = shop.reward(sales[0])["id"]
    for verb in ("hold", "release", "refuse"):
        assert shop.post(f"/v1/rewards/{reward}/{verb}", {"note": "odd"}).status == 200
    shop.wait(days=8)
    settle(shop)
    for verbs in (["fail"], ["confirm", "return"], ["confirm"]):
        payout = shop.pay_out()
        for verb in verbs:
            items = shop.get(f"/v1/payouts/{payout['id']}/items").json["data"]
            # Not all of them: what fails for everybody was called off, and is told to nobody.
            owners = [one["owner"] for one in items if one["owner"].startswith("cus_")][:1]
            answer = shop.post(f"/v1/payouts/{payout['id']}/{verb}", {"note": verb, "owners": [*owners, ada["id"]]})
            assert answer.status == 200, answer.body
            settle(shop)
            shop.wait(hours=1)
            settle(shop)
    shop.at = shop.at.replace(month=shop.at.month + 1, day=2)
    for days in (0, 5):
        shop.wait(days=days)
        shop.run_schedule("send_monthly")
        settle(shop)


def people_are_introduced(shop, name):
    """Cause what is written about people whom partners introduce."""
    program = opened(shop, name)
    receiving = Receiving(
        open=True, owner="adm@mail.example", calendar_url="https://tea.example/meet", protection_days=40
    )
    Program.get(program["id"], "program").update(actions=[Program.receiving.set(receiving)])
    memory.forget_everything()
    assert shop.post(f"/v1/programs/{program['id']}/readiness/test", {"step": "send"}).status == 200
    ada, bob = (
        shop.partner(program, name=name, external_id=f"intro-{one}", email=f"{one}@mail.example")
        for one in ("introducer", "another")
    )

    def introduced(partner, email, **more):
        company = name if email.startswith("first") else None
        person = {"person": {"name": name, "email": email, "company": company}}
        answer = introduce(shop, program, partner, why=f"{name} {{{{url}}}}", **person, **more)
        assert answer.status == 201, answer.body
        settle(shop)
        return answer.json

    def act(introduction, verb, **body):
        answer = do(shop, introduction, verb, **body)
        assert answer.status in (200, 201), answer.body
        settle(shop)

    consent = {"digest": "a" * 64, "at": "2026-03-10T11:00:00.000Z"}
    first = introduced(ada, "first@mail.example", sent_by="us", consent=consent)
    second = introduced(bob, "first@mail.example")
    for verb, body in (
        ("ask", {"words": name}),
        ("answer", {"words": name}),
        ("accept", {"words": name}),
        ("move", {"state": "meeting", "words": name}),
        ("lost", {"reason": "later", "words": name}),
    ):
        act(first, verb, **body)
    act(second, "decline", reason="no_fit", words=name)
    bought = introduced(ada, "won@mail.example")
    act(bought, "accept")
    act(bought, "won", external_id="navy", amount={"amount": 1999, "currency": "USD"})
    introduced(ada, "waits@mail.example")
    act(introduced(ada, "ends@mail.example"), "accept")
    # Until a morning after the promise, and then until nothing came of it.
    for days in (0, 3, 14, 15):
        shop.wait(days=days, hours=-shop.at.hour + 9)
        shop.run_schedule("check_introductions")
        settle(shop)


@pytest.fixture(params=sample(HOSTILE, 2))
def written(request):
    with world() as shop:
        friends_come_and_buy(shop, HOSTILE[request.param])
        people_come_and_go(shop, HOSTILE[request.param])
        people_are_introduced(shop, HOSTILE[request.param])
        sent = {one.template for one in Message.scan() if one.status == "sent" and one.channel == "email"}
        yield sent, shop.mailbox.written


@pytest.mark.sweep
def test_every_email_is_sent_and_names_do_no_harm_in_any(written):
    sent, emails = written

    assert sent == set(TEMPLATES) - FOOTERS
    for email in emails:
        simple = email["Content"]["Simple"]
        headers = [simple["Subject"]["Data"], email["FromEmailAddress"], *email["Destination"]["ToAddresses"]]
        headers += [one["Value"] for one in simple["Headers"]]
        assert [one for one in headers if CONTROL.search(one)] == []
        [(_, to)] = getaddresses(email["Destination"]["ToAddresses"])
        [(_, sender)] = getaddresses([email["FromEmailAddress"]])
        assert to.endswith("@mail.example")
        assert sender in ("tea@shop.example", "hello@go.example")
        assert email.get("ReplyToAddresses", ["help@shop.example"]) == ["help@shop.example"]
        text, html = simple["Body"]["Text"]["Data"], simple["Body"]["Html"]["Data"]
        assert not CONTROL.search(text.replace("\n", ""))
        # A line break in a name begins no line; what is quoted in a paragraph of its own may begin with anything.
        assert not re.search(r"^\s*bcc: x@", text, re.MULTILINE | re.IGNORECASE)
        tags = Tags(html)
        assert set(tags.started) <= SAFE_TAGS
        assert not any(attribute.startswith("on") for attribute in tags.attributes)
        assert all(address.startswith(("https://go.example/", "https://tea.example/")) for address in tags.addresses)
