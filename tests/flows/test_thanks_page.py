"""The page of thanks: what is due, by when; each is done at a cost, or skipped for a reason, once."""

import pytest

from chalicelib.introductions.keep_promises import keep_promises
from tests.introduced import introduce, open_for_introductions
from tests.reading import read


@pytest.fixture
def tea(shop):
    return open_for_introductions(shop.program())


@pytest.fixture
def path(tea):
    return f"/admin/programs/{tea['id']}/thanks"


@pytest.fixture
def thanks(shop, tea):
    introduce(shop, tea, shop.partner(tea, name="Ada"))
    [one] = shop.get(f"/v1/thanks?program={tea['id']}").json["data"]
    return one


@pytest.mark.moto
def test_due_thanks_are_done_at_a_cost_and_listed_so(shop, admin, path, thanks):
    page = admin.get(path)
    assert "Ada" in page.body
    assert read(page.body).link("Grace Hopper") == f"/admin/introductions/{thanks['introduction']}"

    fields = {"thanks": thanks["id"], "step": "done", "kind": "gift", "cost": "12.50", "words": "A box of tea"}
    done = admin.submit(path, **fields)

    assert "Saved as done." in done.body
    assert "No thanks are due." in done.body
    assert admin.submit(path, **fields).status == 200
    listed = admin.get(f"{path}?state=done").body
    for text in ("A gift", "$12.50", "A box of tea"):
        assert text in listed
    assert shop.get(f"/v1/thanks/{thanks['id']}").json["cost"]["amount"] == 1250


def test_the_audit_trail_leads_from_settled_thanks_to_their_introduction(shop, admin, path, thanks):
    admin.submit(path, thanks=thanks["id"], step="skip", reason="not_allowed", kind="note")

    listed = admin.get(f"/admin/audit?subject={thanks['introduction']}&action=thanks.skipped").body

    assert f'href="/admin/introductions/{thanks["introduction"]}"' in listed


def test_thanks_are_skipped_for_a_reason(shop, admin, path, thanks):
    admin.submit(path, thanks=thanks["id"], step="skip", reason="not_allowed", kind="note")

    assert "may not accept it" in admin.get(f"{path}?state=skipped").body
    assert shop.get(f"/v1/thanks/{thanks['id']}").json["reason"] == "not_allowed"


def test_what_is_wrong_is_marked_and_what_was_typed_stays(shop, admin, path, thanks):
    answer = admin.send(path, thanks=thanks["id"], step="done", kind="gift", cost="much", words="A box of tea")

    assert answer.status == 422
    marked = [
        tag.attributes["name"]
        for tag in read(answer.body).all("input", "select")
        if tag.attributes.get("aria-invalid") == "true"
    ]
    assert marked == ["cost"]
    assert "A box of tea" in answer.body
    assert shop.get(f"/v1/thanks/{thanks['id']}").json["state"] == "due"


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({"step": "done", "kind": "gift", "cost": ""}, "cost"),
        ({"step": "skip", "reason": "other"}, "words"),
        ({"step": "skip", "reason": "partner_left", "kind": "gift", "cost": "5"}, "cost"),
    ],
)
def test_a_gift_needs_its_cost_another_reason_a_note_and_what_is_skipped_costs_nothing(
    shop, admin, path, thanks, fields, lacking
):
    answer = admin.send(path, thanks=thanks["id"], **fields)

    assert answer.status == 422
    [marked] = [one for one in read(answer.body).all("input") if one.attributes.get("aria-invalid") == "true"]
    assert marked.attributes["name"] == lacking
    assert shop.get(f"/v1/thanks/{thanks['id']}").json["state"] == "due"


def test_thanks_that_are_overdue_say_so(shop, admin, path, thanks):
    for days, overdue in ((3, False), (1, True)):
        shop.wait(days=days)
        assert admin.send("/admin/sign-in", key=shop.key).status == 303
        assert ("overdue" in admin.get(path).body) is overdue


def test_needs_attention_names_for_whom_thanks_are_due_and_states_as_the_board_does(shop, admin, tea, thanks):
    shop.wait(days=7)
    assert keep_promises(at=shop.at) == 1
    assert admin.send("/admin/sign-in", key=shop.key).status == 303

    page = read(admin.get(f"/admin/programs/{tea['id']}/check-ins").body)

    assert page.text.count("Grace Hopper") == 2
    assert page.link("Grace Hopper") == f"/admin/introductions/{thanks['introduction']}"
    [row] = page.table("Partners who wait to hear from you")
    assert row["State"] == "To answer"


def test_thanks_of_another_program_are_not_settled_here(shop, admin, thanks):
    other = shop.program(name="Coffee")

    answer = admin.send(f"/admin/programs/{other['id']}/thanks", thanks=thanks["id"], step="done")

    assert answer.status == 404
    assert shop.get(f"/v1/thanks/{thanks['id']}").json["state"] == "due"


def test_a_page_of_any_length_takes_thirty_calls_at_most(shop, admin, tea, path):
    ada = shop.partner(tea)
    for number in range(10):
        introduce(shop, tea, ada, f"person-{number}@mail.example")
    before = len(shop.line.calls)
    assert admin.get(path).status == 200
    assert len(shop.line.calls) - before <= 30
