"""An admin takes a partner out of a program, or gives their page another address: a page says first what that does."""

import pytest

from tests.emails import settle as settle_emails
from tests.faults.world import built_once
from tests.flows.test_audit import entries
from tests.reading import read

pytestmark = pytest.mark.engine
RATE = {"on": "sale", "to": "referrer", "rate_bp": 1500}


@pytest.fixture
@built_once
def ada(shop):
    """Ada, in Tea with two links and $3.00, and in Coffee."""
    tea, coffee = shop.program(name="Tea", rules=[RATE]), shop.program(name="Coffee", rules=[RATE])
    ada = shop.partner(tea, name="Ada")
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": coffee["id"]})
    for program, code in ((tea, "tea-0"), (tea, "tea-1"), (coffee, "coffee")):
        shop.link(program, ada, code=code)
    shop.sale(tea, amount=2000, code="tea-0")
    shop.settle()
    return ada["id"], tea["id"]


def open_from_their_page(admin, ada, program, label):
    page = read(admin.get(f"/admin/partners/{ada}?program={program}").body)
    answer = admin.get(page.link(label))
    assert answer.status == 200, answer.body
    return read(answer.body)


def test_a_page_says_what_leaving_does_and_then_the_links_end_and_the_money_stays(shop, admin, ada):
    ada, tea = ada
    question = open_from_their_page(admin, ada, tea, "Take them out of this program")
    assert "Their 2 links there end at once" in question.text
    assert "Not paid out yet: $3.00." in question.text
    assert "They get an email about it." in question.text
    sent = {"program": question.hidden("program"), "once": question.hidden("once")}

    answers = [admin.send(f"/admin/partners/{ada}/leave", **sent) for _ in range(2)]

    assert [one.status for one in answers] == [303, 303]
    page = read(admin.get(answers[0].headers["Location"]).body)
    assert "Ada is out of Tea." in page.text
    live = {one["code"]: one["disabled_at"] is None for one in shop.get(f"/v1/links?partner={ada}").json["data"]}
    assert live == {"tea-0": False, "tea-1": False, "coffee": True}
    assert shop.balance({"id": ada})["due"] == 300
    assert [one["actor"]["kind"] for one in entries(shop, subject=ada) if one["action"] == "partner.left"] == [
        "session"
    ]
    settle_emails(shop)
    assert "You have left Tea" in [subject for subject, to in shop.emails() if "ada@" in to]
    left = read(admin.get(f"/admin/partners/{ada}?program={tea}").body)
    assert "Take them out of this program" not in left.text


def test_a_page_has_another_address_once_however_often_the_form_is_sent(shop, admin, ada):
    ada, tea = ada

    def address():
        enrollments = shop.get(f"/v1/partners/{ada}").json["enrollments"]
        return next(one["share_url"] for one in enrollments if one["program"] == tea)

    before = address()
    question = open_from_their_page(admin, ada, tea, "Replace this address")
    assert "The present address ends at once" in question.text
    assert address() == before
    sent = {"program": question.hidden("program"), "once": question.hidden("once")}
    first = admin.send(f"/admin/partners/{ada}/share-link", **sent)
    after = address()
    again = admin.send(f"/admin/partners/{ada}/share-link", **sent)

    assert (first.status, again.status) == (303, 303)
    assert before != after == address()
    assert after in read(admin.get(f"/admin/partners/{ada}?program={tea}").body).text
    assert shop.get(before.removeprefix("https://go.example")).status == 404
    assert shop.get(after.removeprefix("https://go.example")).status == 200
    renewed = [one for one in entries(shop, subject=ada) if one["action"] == "share_link.renewed"]
    assert [one["actor"]["kind"] for one in renewed] == ["session"]


def test_neither_is_done_where_the_partner_never_was(shop, admin, ada):
    ada, _ = ada
    other = shop.program(name="Other")

    for act in ("leave", "share-link"):
        page = admin.get(f"/admin/partners/{ada}/{act}?program={other['id']}")
        answer = admin.send(f"/admin/partners/{ada}/{act}", program=other["id"], once="x" * 26)
        assert (page.status, answer.status) == (422, 422)
        assert admin.send(f"/admin/partners/nobody/{act}", program=other["id"], once="x" * 26).status == 404
