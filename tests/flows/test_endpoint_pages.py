"""The admin pages of webhook endpoints: each form is answered by a redirect, and twice is harmless."""

import html
import json
import re

import pytest

from tests.flows.receivers import HOST, receiving, verifies

pytestmark = pytest.mark.engine


@pytest.fixture
def receiver(monkeypatch):
    with receiving(monkeypatch) as server:
        yield server


def secret_on(page):
    match = re.search(r"<code>(whsec_[^<]+)</code>", page.body)
    return html.unescape(match[1]) if match else None


def add(admin, program, **fields):
    path = f"/admin/programs/{program['id']}/endpoints"
    answer = admin.send(path, **{"url": f"https://{HOST}/events", "types": "conversion.recorded, reward.*"} | fields)
    assert answer.status == 303, answer.body
    path = re.search(r"/admin/endpoints/[^?]+", answer.headers["Location"])[0]
    return path, admin.get(answer.headers["Location"])


def test_an_endpoint_is_added_and_its_secret_is_shown_on_the_page_that_follows(shop, business, admin, receiver):
    program, _, _ = business

    path, page = add(admin, program)
    _, again = add(admin, program)
    shop.wait(minutes=6)
    later = admin.get(path)
    shop.sale(program, "order-2")
    shop.settle()

    assert [one["types"] for one in shop.get(f"/v1/endpoints?program={program['id']}").json["data"]] == [
        ["conversion.recorded", "reward.*"]
    ]
    assert secret_on(page)
    assert (secret_on(again), secret_on(later)) == (None, None)
    assert all(verifies(secret_on(page), *call[1:]) for call in receiver.calls)
    assert receiver.calls


def test_what_an_endpoint_cannot_be_is_said_beside_the_form_as_it_was_filled_in(shop, business, admin):
    program, _, _ = business

    answer = admin.send(f"/admin/programs/{program['id']}/endpoints", url=f"https://{HOST}/", types="sales.*")

    assert answer.status == 422
    assert 'value="sales.*"' in answer.body
    assert shop.get(f"/v1/endpoints?program={program['id']}").json["data"] == []


def test_an_endpoint_is_paused_woken_given_another_secret_and_tried(shop, business, admin, receiver):
    program, _, _ = business
    path, first = add(admin, program)
    receiver.answer = lambda *_: (202, {}, b"<b>hello</b>")

    paused = [admin.submit(path, action="pause") for _ in range(2)]
    active = [admin.submit(path, action="activate") for _ in range(2)]
    rotated = admin.submit(path, action="rotate", overlap_hours="24")
    again = admin.send(path, action="rotate", overlap_hours="24")
    tried = admin.submit(path, action="sample", type="reward.due")
    nothing = admin.send(path, action="dance")

    assert all("The endpoint is paused." in page.body for page in paused)
    assert all("The endpoint is active again." in page.body for page in active)
    assert secret_on(rotated) not in (None, secret_on(first))
    assert again.status == nothing.status == 422
    assert "The endpoint answered 202 after" in tried.body
    assert "&lt;b&gt;hello&lt;/b&gt;" in tried.body
    assert json.loads(receiver.calls[-1][2])["test"] is True


def test_deliveries_are_listed_with_their_answers_and_sent_again(shop, business, admin, receiver):
    program, _, _ = business
    path, _ = add(admin, program, types="conversion.recorded")
    receiver.answer = lambda *_: (503, {}, b"<script>alert(1)</script>")
    shop.wait(minutes=2)
    shop.sale(program, "order-2")
    shop.settle()

    failed = admin.get(f"{path}?status=failed")
    receiver.answer = lambda *_: 200
    [message] = re.findall(r'name="message" value="([^"]+)"', failed.body)
    page = admin.submit(path, action="retry", message=message)
    shop.settle()
    sent = admin.send(path, action="retry", message=message)

    assert "status 503" in failed.body.lower()
    assert "&lt;script&gt;" in failed.body
    assert "The delivery will be retried." in page.body
    assert 'name="message"' not in admin.get(path).body
    assert sent.status == 422
    assert len(set(receiver.ids())) == 1


def test_a_span_is_replayed_once_however_often_its_form_is_sent(shop, business, admin, receiver):
    program, _, _ = business
    path, page = add(admin, program, types="conversion.recorded")
    shop.wait(minutes=2)
    [once] = re.findall(r'name="once" value="([^"]+)"', page.body)

    pages = [
        admin.submit(path, action="replay", once=once, **{"from": "2026-03-10", "to": "2026-03-11"}) for _ in range(2)
    ]
    shop.settle()
    backwards = admin.send(path, action="replay", once=once, **{"from": "2026-03-11", "to": "2026-03-10"})

    assert all("1 event will be sent again." in page.body for page in pages)
    assert len(receiver.calls) == 1
    assert backwards.status == 422


def test_deleting_says_what_it_does_and_twice_is_harmless(shop, business, admin, receiver):
    program, _, _ = business
    path, _ = add(admin, program)

    warning = admin.get(f"{path}/delete")
    page = admin.submit(f"{path}/delete")
    again = admin.send(f"{path}/delete")

    assert "pending deliveries are skipped" in warning.body
    assert f"https://{HOST}/events was deleted." in page.body
    assert again.status == 404
    assert shop.get(f"/v1/endpoints?program={program['id']}").json["data"] == []
