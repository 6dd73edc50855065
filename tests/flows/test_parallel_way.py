"""The parallel way: what is said many times at once happens once. Against the running service."""

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.slow


def test_parallel_posts_of_one_sale_are_one_sale(running):
    link = running.json("GET", "/v1/links/tea-with-ada")
    before = running.json("GET", "/v1/partners/ext_sample-ada/balances")["balances"][0]["due"]

    def post(number):
        body = {
            "program": link["program"],
            "type": "sale",
            "external_id": f"parallel-{number % 10}",
            "customer": {"external_id": f"parallel-{number % 10}"},
            "amount": {"amount": 1000, "currency": "USD"},
            "code": "tea-with-ada",
        }
        return running.call("POST", "/v1/conversions", body)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(80)))
    running.json("POST", "/_local/settle")

    assert {status for status, _, _ in answers} == {201}
    assert len({content for _, _, content in answers}) == 10
    assert sum("Idempotent-Replayed" not in headers for _, headers, _ in answers) == 10
    after = running.json("GET", "/v1/partners/ext_sample-ada/balances")["balances"][0]["due"]
    assert after - before == 10 * 100


def test_parallel_refunds_never_give_back_more_than_the_sale(running):
    body = {
        "program": "ext_sample",
        "type": "sale",
        "external_id": "refunded",
        "customer": {"external_id": "refunded"},
        "amount": {"amount": 1000, "currency": "USD"},
    }
    sale = running.json("POST", "/v1/conversions", body)

    def refund(number):
        money = {"refund_id": f"refund-{number}", "amount": {"amount": 300, "currency": "USD"}}
        return running.call("POST", f"/v1/conversions/{sale['id']}/refunds", money)[0]

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(refund, range(6)))

    assert statuses == [201, 201, 201, 422, 422, 422]
    assert running.json("GET", f"/v1/conversions/{sale['id']}")["refunded"]["amount"] == 900


def test_parallel_calls_with_one_idempotency_key_act_once(running):
    def join(_):
        return running.call("POST", "/v1/partners", {"name": "Twin"}, **{"Idempotency-Key": "twins"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(join, range(16)))

    assert {status for status, _, _ in answers} == {201}
    assert len({content for _, _, content in answers}) == 1


def test_a_form_sent_many_times_at_once_makes_one_partner_with_one_link(running):
    join_page = running.read_label("join page").removeprefix(running.url)
    form = re.search(rb'name="form" value="([^"]+)"', running.call("GET", join_page)[2])[1].decode()
    body = urlencode({"form": form, "name": "Thumb", "email": "thumb@mail.example", "agree": "1"})

    def send(_):
        return running.send(join_page, body)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(24)))

    assert {status for status, _ in answers} == {303}
    assert len({headers["Location"] for _, headers in answers}) == 1
    invited = {"program": "ext_sample", "invitations": [{"email": "thumb@mail.example"}]}
    assert running.json("POST", "/v1/invitations", invited)["data"][0]["result"] == "partner_already"


def test_an_invitation_asked_for_many_times_at_once_is_one_email(running):
    invited = {"program": "ext_sample", "invitations": [{"email": "often@mail.example", "name": "Often"}]}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: running.json("POST", "/v1/invitations", invited), range(24)))
    running.json("POST", "/_local/settle")

    results = [answer["data"][0]["result"] for answer in answers]
    assert (results.count("invited"), results.count("invited_before")) == (1, 23)
    emails = running.json("GET", "/_local/mailbox.json")["emails"]
    assert len([one for one in emails if "often@mail.example" in one["to"][0]]) == 1


def test_a_batch_of_partners_sent_many_times_at_once_creates_each_once(running):
    people = [
        {"name": "By id", "external_id": "batch-1", "program": "ext_sample", "link": {"code": "batch-of-one"}},
        {"name": "By address", "email": "batch@mail.example", "program": "ext_sample", "link": {"channel": "flyer"}},
    ]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: running.json("POST", "/v1/partners/batch", {"partners": people}), range(24)))

    for number in range(len(people)):
        of_one = [answer["data"][number] for answer in answers]
        assert sorted(one["result"] for one in of_one) == ["created", *["unchanged"] * 23]
        assert len({(one["partner"], one["link"]["id"]) for one in of_one}) == 1
