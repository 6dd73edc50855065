"""A benefit is given with the code that its owner needs: they see it, and no one else does."""

import json
import re

import pytest

from chalicelib.kit import memory
from tests.flows.receivers import HOST, receiving
from tests.forms import Browser
from tests.reading import read

pytestmark = pytest.mark.engine

GIFTS = [
    {"on": "sale", "to": "referrer", "benefit": {"kind": "gift", "name": "Tea"}},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}},
]
CODE, LINK, HOW = "ZEBRA-4711-QUX", "https://shop.example/redeem?c=ZEBRA-4711-QUX", "Enter it at the checkout."


@pytest.fixture
def mailbox(shop, monkeypatch):
    """All emails, as they are: to whom, the subject, the text and the HTML."""
    from chalicelib.emails import deliver

    emails, send = [], deliver.send

    def keep(email, envelope):
        emails.append((envelope.to, email.subject, email.text, email.html))
        return send(email, envelope)

    monkeypatch.setattr(deliver, "send", keep)
    return emails


@pytest.fixture
def gifts(shop):
    """A sale for which a partner is to be given tea, and their friend a coupon."""
    return gifts_in(shop)


def gifts_in(shop, **changes):
    program = shop.program(rules=GIFTS, **changes)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    who = {"external_id": "grace", "email": "grace@mail.example", "name": "Grace"}
    body = {"program": program["id"], "type": "sale", "external_id": "order-1", "code": code, "customer": who}
    sale = shop.post("/v1/conversions", body | {"amount": {"amount": 1999, "currency": "USD"}}).json
    shop.settle()
    return program, ada, {side: shop.reward(sale, side)["id"] for side in ("referrer", "referee")}


def give(shop, reward, **fields):
    answer = shop.post(f"/v1/rewards/{reward}/fulfill", fields)
    shop.settle()
    return answer


def code_of(answer):
    return answer.status, answer.json["type"].rpartition("#")[2]


def page_in(text):
    return re.search(r"https://go\.example(/benefit/[\w-]+)", text)[1]


def to_grace(mailbox):
    return [one for one in mailbox if "grace@mail.example" in one[0]]


def test_a_friend_gets_the_code_by_email_and_on_a_page_that_only_its_link_opens(shop, gifts, mailbox):
    _, _, rewards = gifts
    assert give(shop, rewards["referee"], code=CODE, instructions=HOW).json["has_code"] is True

    [(_, subject, text, html)] = to_grace(mailbox)
    assert subject == "For you: 5 off from Tea Shop"
    for part in (CODE, HOW):
        assert part in text
        assert part in html
    path = page_in(text)
    page = shop.call("GET", path, headers={"Authorization": "", "Accept-Language": "de"})
    assert page.status == 200
    assert "Ihr Code" in page.body
    text_of_page = read(shop.get(path).body).text
    for part in ("5 off", CODE, HOW):
        assert part in text_of_page
    assert page.headers["Cache-Control"] == "no-store, private"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/benefit/x", f"/benefit/{'é' * 48}"):
        assert shop.get(wrong).status == 404


def test_a_code_that_is_a_link_is_a_button(shop, gifts, mailbox):
    _, _, rewards = gifts
    give(shop, rewards["referee"], code=LINK)
    [(_, _, text, _)] = to_grace(mailbox)
    assert read(shop.get(page_in(text)).body).link("Use it now") == LINK


def test_a_partner_sees_the_code_in_the_portal_and_on_the_share_page_and_their_email_has_none(
    shop, gifts, mailbox, sign_in
):
    _, ada, rewards = gifts
    give(shop, rewards["referrer"], code=CODE, instructions=HOW)

    about = [one for one in mailbox if "code is ready" in one[1]]
    assert [to for to, *_ in about] == [about[0][0]]
    assert "ada@mail.example" in about[0][0]
    assert CODE not in "".join(about[0])
    share = shop.get(f"/v1/partners/{ada['id']}").json["enrollments"][0]["share_url"].removeprefix("https://go.example")
    for page in (sign_in("ada@mail.example").get("/portal"), Browser(shop).get(share)):
        assert f"Your code: {CODE} {HOW}" in read(page.body).text


def test_no_list_event_audit_entry_message_page_or_log_has_the_code(shop, admin, gifts, caplog):
    program, ada, rewards = gifts
    for one in rewards.values():
        give(shop, one, code=CODE, instructions=HOW, reference="ref-1")
    shop.wait(minutes=2)
    messages = [one["id"] for one in shop.get("/v1/messages?limit=100").json["data"]]
    pages = [
        *(f"/v1/rewards/{one}" for one in rewards.values()),
        *("/v1/rewards", "/v1/rewards?waits=give", "/v1/events?limit=100", "/v1/audit", "/v1/messages?limit=100"),
        *(f"/v1/programs/{program['id']}", f"/v1/partners/{ada['id']}", "/v1/customers", "/v1/conversions"),
        f"/v1/partners/{ada['id']}/data?limit=100",
    ]
    answers = {path: shop.get(path) for path in pages[:-1]}
    admin_pages = [
        *("/admin", "/admin/benefits", "/admin/events", "/admin/audit", "/admin/messages", "/admin/rewards"),
        *(f"/admin/rewards/{one}" for one in rewards.values()),
        *(f"/admin/messages/{one}" for one in messages),
        f"/admin/partners/{ada['id']}",
    ]
    answers |= {path: admin.get(path) for path in admin_pages}
    assert {one.status for one in answers.values()} == {200}
    assert [path for path, one in answers.items() if CODE in one.body] == []
    assert HOW not in "".join(one.body for path, one in answers.items() if not path.startswith("/admin/rewards/"))
    # Who gave it recognizes it.
    assert "…-QU" not in admin.get(f"/admin/rewards/{rewards['referee']}").body
    assert "…QUX" in admin.get(f"/admin/rewards/{rewards['referee']}").body
    stored = {name: json.dumps(shop.rows(name)) for name in ("events", "messages", "audit", "idempotency", "stats")}
    assert [name for name, text in stored.items() if CODE in text] == []
    assert CODE not in caplog.text
    types = [one["type"] for one in shop.get("/v1/events?limit=100").json["data"]]
    assert types.count("benefit.code_given") == 2


@pytest.mark.parametrize(
    "code",
    ["", " ", "a  b", "a\nb", "a\tb", "x" * 301, "http://shop.example", "javascript://x", "ab\u202ecd", "https://"],
)
def test_a_code_is_of_visible_characters_or_an_https_link(shop, gifts, code):
    _, _, rewards = gifts
    assert code_of(give(shop, rewards["referee"], code=code)) == (422, "invalid_value")
    assert shop.get(f"/v1/rewards/{rewards['referee']}").json["state"] == "due"
    assert code_of(give(shop, rewards["referee"], code=CODE, instructions="x" * 501)) == (422, "invalid_value")


def test_a_code_comes_later_once_and_another_one_only_where_it_is_said_to_replace_it(shop, gifts, mailbox):
    _, _, rewards = gifts
    reward = rewards["referee"]
    assert code_of(shop.post(f"/v1/rewards/{reward}/fulfill", {"code": CODE, "replaces": True})) == (
        409,
        "code_not_replaceable",
    )
    assert give(shop, reward, reference="r").json["has_code"] is False
    for _ in range(2):
        assert give(shop, reward, code=CODE).json["has_code"] is True
    assert code_of(give(shop, reward, code="OTHER")) == (409, "reward_fulfilled")
    first = [text for _, subject, text, _ in to_grace(mailbox) if CODE in text]
    assert len(first) == 1

    shop.wait(seconds=1)
    for _ in range(2):
        second = {"code": "SECOND-1", "instructions": HOW, "replaces": True}
        assert shop.post(f"/v1/rewards/{reward}/fulfill", second).status == 200
        shop.settle()
    assert len([text for _, _, text, _ in to_grace(mailbox) if "SECOND-1" in text]) == 1
    page = shop.get(page_in(first[0])).body
    assert "SECOND-1" in page
    assert CODE not in page
    actions = [one["action"] for one in shop.get(f"/v1/audit?subject={reward}").json["data"]]
    assert sorted(actions) == ["reward.code_replaced", "reward.fulfilled", "reward.fulfilled"]
    assert shop.verified() is None


def test_what_is_taken_back_shows_its_code_no_longer(shop, gifts, mailbox, sign_in):
    _, _, rewards = gifts
    for one in rewards.values():
        give(shop, one, code=CODE)
    path = page_in(to_grace(mailbox)[-1][2])
    shop.refund({"id": shop.get(f"/v1/rewards/{rewards['referee']}").json["conversion"]}, 1999)
    shop.settle()
    assert "no code here" in shop.get(path).body
    assert CODE not in shop.get(path).body
    assert CODE not in sign_in("ada@mail.example").get("/portal").body


def test_an_erasure_takes_the_code_and_its_owners_own_copy_has_it(shop, gifts, mailbox):
    _, ada, rewards = gifts
    for one in rewards.values():
        give(shop, one, code=CODE, instructions=HOW)
    path = page_in(to_grace(mailbox)[-1][2])
    assert CODE in shop.get("/v1/customers/ext_grace/data?limit=100").body
    assert CODE in shop.get(f"/v1/partners/{ada['id']}/data?limit=100").body
    for one in ("customers/ext_grace", f"partners/{ada['id']}"):
        assert shop.post(f"/v1/{one}/erase", {"gives_up": True}).status == 200
    shop.settle()
    assert CODE not in json.dumps(shop.rows("rewards"))
    assert HOW not in json.dumps(shop.rows("rewards"))
    assert "no code here" in shop.get(path).body


@pytest.fixture
def webhook(shop, monkeypatch):
    with receiving(monkeypatch) as server:
        yield server


def test_a_server_that_gives_benefits_answers_with_the_code_and_its_answer_is_not_kept(shop, webhook, mailbox, caplog):
    answers = {"referee": {"code": CODE, "instructions": HOW, "id": 7}, "referrer": {"code": "bad\ncode"}}

    def answer(_path, _headers, body):
        text = json.dumps(answers[json.loads(body)["data"]["to"]] | {"more": "y" * 900})
        return 200, {"Content-Type": "application/json"}, text.encode()

    webhook.answer = answer
    rewards = _by_webhook(shop)

    assert {side: shop.get(f"/v1/rewards/{one}").json["state"] for side, one in rewards.items()} == {
        "referee": "fulfilled",
        "referrer": "fulfilled",
    }
    assert shop.get(f"/v1/rewards/{rewards['referee']}").json["has_code"] is True
    # A code that cannot be used is none, and the benefit is given all the same.
    assert shop.get(f"/v1/rewards/{rewards['referrer']}").json["has_code"] is False
    [text] = [text for _, _, text, _ in to_grace(mailbox) if CODE in text]
    assert CODE in shop.get(page_in(text)).body
    assert CODE not in json.dumps(shop.rows("messages"))
    assert CODE not in caplog.text
    assert "cannot be used" in caplog.text


def test_a_call_that_is_answered_again_with_another_code_changes_nothing(shop, webhook, monkeypatch):
    codes = iter(["FIRST-1", "SECOND-2", "THIRD-3", "FOURTH-4"])

    def answer(_path, _headers, body):
        return 200, {}, json.dumps({"code": next(codes)}).encode()

    webhook.answer = answer
    rewards = _by_webhook(shop)
    codes_stored = {one["pk"]["S"]: one["code"]["S"] for one in shop.rows("rewards") if "code" in one}
    shop.streams.rewind("messages_to_webhooks")
    shop.settle()
    assert codes_stored == {one["pk"]["S"]: one["code"]["S"] for one in shop.rows("rewards") if "code" in one}
    assert set(codes_stored) == set(rewards.values())


def _by_webhook(shop):
    program = shop.program(rules=GIFTS)
    assert shop.post(f"/v1/programs/{program['id']}/webhook", {"url": f"https://{HOST}/give"}).status == 200
    memory.forget_everything()
    code = shop.link(program, shop.partner(program))["code"]
    who = {"external_id": "grace", "email": "grace@mail.example", "name": "Grace"}
    body = {"program": program["id"], "type": "sale", "external_id": "order-1", "code": code, "customer": who}
    sale = shop.post("/v1/conversions", body | {"amount": {"amount": 1999, "currency": "USD"}}).json
    shop.settle()
    shop.settle()
    return {side: shop.reward(sale, side)["id"] for side in ("referrer", "referee")}
