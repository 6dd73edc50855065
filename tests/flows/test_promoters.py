"""What a partner's score leads to: who likes us is asked to share again, and who does not gets a call."""

import pytest

from tests.faults.world import world
from tests.flows.test_portal import link_for
from tests.forms import Browser


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def sent(monkeypatch):
    """Every email to sign in by that was handed over: to whom, and its text."""
    from chalicelib.emails import deliver

    emails = []
    hand_over = deliver.send

    def send(email, envelope):
        if "/portal/sign-in/" in email.text:
            emails.append((envelope.to, email.text))
        return hand_over(email, envelope)

    monkeypatch.setattr(deliver, "send", send)
    return emails


def items(shop, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    return [one for one in shop.get(f"/v1/action-items?{parameters}").json["data"] if one["rule"] == "low_score"]


def score(shop, partner, number):
    answer = shop.post(f"/v1/partners/{partner['id']}/feedback", {"score": number})
    assert answer.status in (200, 201), answer.body


def test_who_gives_nine_or_ten_in_the_portal_is_asked_to_share_again_at_once(shop, sent):
    program = shop.program()
    shop.partner(program)
    browser = Browser(shop)
    browser.send(link_for(shop, sent, "ada@mail.example", browser))
    assert "Share again" not in browser.get("/portal/feedback").body

    page = browser.submit("/portal/feedback", score="9", words="")

    assert "Share again" in page.body
    assert "Share Tea Shop" in page.body
    assert "https://go.example/s/" in page.body
    assert "Share again" not in browser.submit("/portal/feedback", score="8", words="").body


@pytest.mark.parametrize(("number", "opened"), [(6, 1), (0, 1), (7, 0), (10, 0)])
def test_a_low_score_opens_one_action_item_however_often_it_is_sent(shop, number, opened):
    program = shop.program()
    partner = shop.partner(program)

    for _ in range(2):
        score(shop, partner, number)

    listed = items(shop, partner=partner["id"])
    assert len(listed) == opened
    if opened:
        assert listed[0]["figures"] == {"score": number, "since": "2026-03-10"}
        assert listed[0]["program"] == program["id"]


def test_a_higher_score_resolves_it_and_a_low_one_on_another_day_opens_the_next(shop):
    partner = shop.partner(shop.program())
    score(shop, partner, 3)
    shop.wait(days=1)
    score(shop, partner, 8)
    assert items(shop, partner=partner["id"]) == []
    assert len(items(shop, partner=partner["id"], state="resolved")) == 1
    shop.wait(days=1)
    score(shop, partner, 2)

    assert len(items(shop, partner=partner["id"])) == 1


def test_the_daily_walk_leaves_it_to_a_person(shop):
    partner = shop.partner(shop.program())
    score(shop, partner, 3)
    shop.wait(days=2)
    shop.settle()
    shop.run_schedule("check_partners")

    [item] = items(shop, partner=partner["id"])
    assert shop.post(f"/v1/action-items/{item['id']}/done", {"note": "Called."}).status == 200
    assert items(shop, partner=partner["id"]) == []
