"""Customers are asked to tell a friend: once an event and rule, within limits, and never who is held out."""

import json
import re

import pytest

from tests.faults.world import world
from tests.forms import Browser

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "USD"}},
]


def rule(name="happy", on="score", **changes):
    return {"name": name, "on": on, "active": True} | changes


HAPPY = rule(when={"metadata": {"score": ["9", "10"]}})


def settings(*rules, **changes):
    return {"rules": list(rules) or [HAPPY], "hold_out_bp": 0} | changes


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    """A program that asks whoever gives 9 or 10."""
    return asking(shop, shop.program(rules=RULES, hold_days=0))


def asking(shop, program, *rules, **changes):
    answer = shop.post(f"/v1/programs/{program['id']}/asking", settings(*rules, **changes))
    assert answer.status == 200, answer.body
    return program


def score(shop, program, value=10, customer="c-1", external_id=None, type_="score", **person):
    person = {"external_id": customer, "email": f"{customer}@mail.example", "name": "Ada", **person}
    answer = shop.post(
        "/v1/conversions",
        {
            "program": program["id"],
            "type": type_,
            "external_id": external_id or f"{type_}-{customer}-{value}",
            "customer": person,
            "metadata": {"score": str(value)},
        },
    )
    assert answer.status == 201, answer.body
    settle(shop)
    return answer.json


def settle(shop):
    assert shop.streams.run() == []


def ask(shop, program, customer="ext_c-1", **query):
    more = "".join(f"&{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/customers/{customer}/ask?program={program['id']}{more}")
    assert answer.status == 200, answer.body
    return answer.json


def moments(shop, program, **query):
    more = "".join(f"&{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/moments?program={program['id']}{more}")
    assert answer.status == 200, answer.body
    return answer.json["data"]


def test_a_happy_customer_is_asked_once_and_in_words(shop, tea):
    score(shop, tea, 10)

    first, second = ask(shop, tea), ask(shop, tea)

    assert first["ask"] is True
    assert first["rule"] == "happy"
    assert "Would a friend like" in first["words"]
    assert first["join_url"].startswith("https://go.example/ask/")
    assert second == first
    [moment] = moments(shop, tea)
    assert (moment["state"], moment["asked_by"]) == ("due", "page")


def test_an_unhappy_customer_is_not_asked(shop, tea):
    score(shop, tea, 10)
    score(shop, tea, 3)

    assert ask(shop, tea) | {"object": "ask"} == {
        "object": "ask",
        "ask": False,
        "because": "unhappy",
        **dict.fromkeys(("moment", "rule", "words", "join_url", "token", "until")),
    }


def numbers(shop, program, query=""):
    answer = shop.get(f"/v1/programs/{program['id']}/asking/numbers{query}")
    assert answer.status == 200, answer.body
    return answer.json["total"]


def sales(shop, program, number, customer="c-1", **changes):
    for one in range(number):
        answer = shop.sale(program, f"order-{customer}-{one}", customer, 1000, **changes)
        assert answer.status == 201, answer.body
        settle(shop)
        shop.wait(minutes=1)


def path_of(url):
    return url.removeprefix("https://go.example")


def join(shop, url, **changes):
    """Open an ask's link, and send its form as it was filled in."""
    browser = Browser(shop)
    page = browser.get(path_of(url))
    assert page.status == 200, page.body
    form = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.body)[1] for name in FIELDS}
    answer = browser.send(path_of(url), **form | changes)
    settle(shop)
    return form, answer


def enrollments(shop):
    return [row for row in shop.rows("partners") if row["kind"] == {"S": "enrolment"}]


FIELDS = ("form", "agree", "name", "email")


def friend_buys(shop, program, partner_id, friend="friend-1", amount=10_000):
    links = shop.get(f"/v1/links?partner={partner_id}").json["data"]
    answer = shop.sale(program, f"order-of-{friend}", friend, amount, click_id=shop.click_id(links[0]))
    assert answer.status == 201, answer.body
    settle(shop)
    return answer.json


def test_the_third_purchase_is_asked_after_three_days(shop):
    program = asking(shop, shop.program(), rule("third_purchase", "sale", when={"number": 3}, wait_hours=72))
    sales(shop, program, 3)

    assert ask(shop, program)["because"] == "nothing_due"
    shop.wait(hours=72)

    assert ask(shop, program)["rule"] == "third_purchase"
    sales(shop, program, 1, customer="c-1")
    assert len(moments(shop, program)) == 1


def test_a_year_after_the_first_purchase_is_an_anniversary(shop):
    program = asking(shop, shop.program(), rule("anniversary", "anniversary"))
    sales(shop, program, 2)
    shop.wait(days=364)
    assert ask(shop, program)["ask"] is False
    shop.wait(days=1)

    assert ask(shop, program)["rule"] == "anniversary"
    assert len(moments(shop, program)) == 1


def test_a_friend_who_was_thanked_is_asked(shop):
    coupon = {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}}
    program = asking(shop, shop.program(rules=[coupon]), rule("friend_thanked", "friend_thanked"))
    partner = shop.partner(program)
    link = shop.link(program, partner)
    sale = shop.sale(program, "order-1", "c-1", 1000, click_id=shop.click_id(link)).json
    settle(shop)
    reward = shop.reward(sale, "referee")
    assert ask(shop, program)["because"] == "nothing_due"
    shop.post(f"/v1/rewards/{reward['id']}/fulfill", {})
    settle(shop)

    assert ask(shop, program)["rule"] == "friend_thanked"


def test_who_joins_with_one_tap_is_a_partner_who_agreed_and_is_the_customer(shop, tea):
    score(shop, tea)
    url = ask(shop, tea)["join_url"]

    form, answer = join(shop, url)

    assert (form["name"], form["email"]) == ("Ada", "c-1@mail.example")
    assert answer.status == 303
    assert "/s/" in answer.headers["Location"]
    [moment] = moments(shop, tea)
    assert moment["state"] == "joined"
    partner = shop.get(f"/v1/partners/{moment['partner']}").json
    [row] = enrollments(shop)
    assert row["agreed_version"] == {"N": "1"}
    assert len(row["agreed_hash"]["S"]) == 64
    assert partner["customer"] == shop.get("/v1/customers/ext_c-1").json["id"]
    score(shop, tea, 9)
    assert ask(shop, tea)["because"] == "is_partner_already"


def test_a_form_that_is_sent_twice_makes_one_partner_and_a_used_link_none(shop, tea):
    score(shop, tea)
    url = ask(shop, tea)["join_url"]
    form, first = join(shop, url)

    again = Browser(shop).send(path_of(url), **form)

    assert again.headers["Location"] == first.headers["Location"]
    assert Browser(shop).get(path_of(url)).status == 410
    assert len(shop.get(f"/v1/partners?program={tea['id']}").json["data"]) == 1


def test_a_form_keeps_what_was_typed_when_something_is_missing(shop, tea):
    score(shop, tea)

    _, answer = join(shop, ask(shop, tea)["join_url"], name="Ada of Tea", email="")

    assert answer.status == 422
    assert 'value="Ada of Tea"' in answer.body
    assert moments(shop, tea)[0]["state"] == "opened"


def test_friends_who_come_after_an_ask_are_counted_with_what_they_bring(shop, tea):
    score(shop, tea)
    _, answer = join(shop, ask(shop, tea)["join_url"])
    assert answer.status == 303
    partner = moments(shop, tea)[0]["partner"]

    first = friend_buys(shop, tea, partner, "friend-1", 10_000)
    friend_buys(shop, tea, partner, "friend-2", 5_000)
    shop.refund(first, 4_000)
    settle(shop)

    [moment] = moments(shop, tea)
    assert (moment["state"], moment["friends"], moment["revenue"]) == ("brought", 2, 11_000)
    # A tenth for the partner, and 5.00 for each friend, of which the refund took its share.
    assert moment["reward_cost"] == 600 + 300 + 500 + 500
    total = numbers(shop, tea)
    assert {name: total[name] for name in ("due", "asked", "opened", "joined", "shared", "brought", "friends")} == {
        **dict.fromkeys(("due", "asked", "opened", "joined", "shared", "brought"), 1),
        "friends": 2,
    }
    assert (total["revenue"], total["reward_cost"]) == (11_000, moment["reward_cost"])


def test_who_joined_has_shared_once_somebody_came_by_their_link(shop, tea):
    score(shop, tea)
    join(shop, ask(shop, tea)["join_url"])
    shop.run_schedule("check_partners")
    [moment] = moments(shop, tea)
    assert moment["state"] == "joined"
    [link] = shop.get(f"/v1/links?partner={moment['partner']}").json["data"]
    shop.click(link)
    shop.settle()
    for _ in range(2):
        shop.run_schedule("check_partners")

    assert moments(shop, tea)[0]["state"] == "shared"
    assert numbers(shop, tea)["shared"] == 1


def test_after_a_no_nobody_asks_for_a_while_and_after_never_never(shop, tea):
    score(shop, tea)
    moment = ask(shop, tea)["moment"]
    for _ in range(2):
        assert shop.post(f"/v1/moments/{moment}/declined", {}).json["state"] == "declined"
    score(shop, tea, 9)
    assert ask(shop, tea)["because"] == "declined"
    shop.wait(days=91)
    score(shop, tea, 9, external_id="later")
    second = ask(shop, tea)
    assert second["ask"] is True

    shop.post(f"/v1/moments/{second['moment']}/declined", {"for": "ever"})
    shop.wait(days=400)
    score(shop, tea, 9, external_id="much-later")

    assert ask(shop, tea)["because"] == "declined"
    assert numbers(shop, tea, "?from=2026-01")["declined"] == 2


def test_a_year_has_no_more_asks_than_the_program_says(shop):
    program = asking(shop, shop.program(), HAPPY, quiet_days=1, most_a_year=2)
    for number in range(3):
        score(shop, program, 10, external_id=f"s-{number}")
        answer = ask(shop, program)
        shop.wait(days=40)

    assert answer["because"] == "enough_this_year"
    shop.wait(days=400)
    score(shop, program, 10, external_id="next-year")
    assert ask(shop, program)["ask"] is True


def test_what_a_page_showed_stays_for_a_day(shop, tea):
    score(shop, tea)
    first = ask(shop, tea)
    shop.post(f"/v1/moments/{first['moment']}/seen")
    shop.wait(hours=23)
    assert ask(shop, tea) == first
    shop.wait(hours=2)

    assert ask(shop, tea)["because"] == "nothing_due"
    assert moments(shop, tea)[0]["state"] == "shown"


def test_an_open_refund_is_no_moment_to_ask_until_it_failed(shop, tea):
    sale = shop.sale(tea, "order-1", "c-1", 1000).json
    shop.refund(sale, 1000)
    score(shop, tea)
    assert ask(shop, tea)["because"] == "refund_open"
    shop.restore(sale)
    settle(shop)

    assert ask(shop, tea)["ask"] is True


def test_the_right_to_ask_is_earned_first(shop):
    program = asking(shop, shop.program(), HAPPY, not_before={"purchases": 2, "days": 30})
    sales(shop, program, 1)
    score(shop, program)
    assert ask(shop, program)["because"] == "too_soon"
    sales(shop, program, 1)
    assert ask(shop, program)["because"] == "too_soon"
    shop.sale(program, "order-x", "c-1", 1000)
    settle(shop)

    assert ask(shop, program)["ask"] is True


def test_unknown_and_erased_customers_are_answered_in_the_same_shape(shop, tea):
    score(shop, tea)
    asked_shape = ask(shop, tea, "ext_nobody")
    shop.post("/v1/customers/ext_c-1/erase", {})

    assert ask(shop, tea) == asked_shape
    assert asked_shape["because"] == "unknown"
    assert ask(shop, tea, "cus_01KB4Z8V3HMXQ2T7N5R9C6J0FD") == asked_shape


def test_a_rule_whose_event_nobody_reports_is_named(shop, tea):
    assert [one["rule"] for one in shop.get(f"/v1/programs/{tea['id']}/asking").json["silent"]] == ["happy"]
    score(shop, tea, 5)
    assert shop.get(f"/v1/programs/{tea['id']}/asking").json["silent"] == []
    day = f"{shop.at:%Y-%m-%d}"
    shop.wait(days=31)

    assert shop.get(f"/v1/programs/{tea['id']}/asking").json["silent"] == [
        {"rule": "happy", "on": "score", "last": day}
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (settings(HAPPY, HAPPY), "/rules/1/name"),
        (settings(rule(wait_hours=721)), "/rules/0/wait_hours"),
        (settings(hold_out_bp=5001), "/hold_out_bp"),
        (settings(rule(words={"en": "x" * 501})), "/rules/0/words/en"),
        (settings(rule(when={"number": 3})), "/rules/0/when/number"),
        (settings(*[rule(f"rule_{number}") for number in range(11)]), "/rules"),
    ],
)
def test_rules_that_make_no_sense_are_refused(shop, tea, body, pointer):
    answer = shop.post(f"/v1/programs/{tea['id']}/asking", body)

    assert answer.status == 422
    assert [one["pointer"] for one in answer.json["errors"]] == [pointer]
    assert shop.get(f"/v1/programs/{tea['id']}/asking").json["rules"][0]["name"] == "happy"


def test_a_program_asks_nobody_before_a_rule_is_switched_on(shop):
    program = shop.program()
    view = shop.get(f"/v1/programs/{program['id']}/asking").json

    assert [one["name"] for one in view["rules"]] == [
        *("happy", "third_purchase", "renewal", "anniversary", "friend_thanked", "solved")
    ]
    assert not any(one["active"] for one in view["rules"])
    assert view["hold_out_bp"] == 1000
    score(shop, program)
    assert ask(shop, program)["because"] == "nothing_due"
    assert moments(shop, program) == []


def test_a_page_asks_with_a_token_alone_and_its_key_learns_nothing(shop):
    program = asking(shop, shop.program(origins=["https://tea.example"]))
    score(shop, program)
    token = ask(shop, program)["token"]
    page = {"Authorization": "", "Origin": "https://tea.example"}

    answer = shop.get(f"/v1/asks/{token}?language=de", headers=page)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://tea.example"
    assert answer.json["decline"] == "Jetzt nicht"
    assert "c-1" not in answer.body
    elsewhere = shop.get(f"/v1/asks/{token}", headers=page | {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in elsewhere.headers
    assert shop.post(f"/v1/asks/{token}/seen", headers=page).json["state"] == "shown"
    assert shop.post(f"/v1/asks/{token}/declined", headers=page).json["state"] == "declined"
    assert shop.get(f"/v1/asks/{token[:-1]}x", headers=page).status == 410
    key = shop.post(f"/v1/programs/{program['id']}/keys", {"name": "website"}).json["secret"]
    assert shop.get(f"/v1/customers/ext_c-1/ask?program={program['id']}", key=key).status == 403


def test_test_programs_ask_their_own_customers_alone(shop):
    live, test = asking(shop, shop.program()), asking(shop, shop.program(mode="test"))
    score(shop, test)

    assert ask(shop, live)["because"] == "unknown"
    assert ask(shop, test)["ask"] is True
    assert moments(shop, test)[0]["id"].startswith("mom_t")
    assert moments(shop, live) == []


def test_what_a_guest_was_asked_counts_for_the_customer_they_became(shop, tea):
    score(shop, tea, customer="guest")
    score(shop, tea, customer="account")
    assert ask(shop, tea, "ext_guest")["ask"] is True

    shop.post("/v1/customers/ext_guest/merge", {"into": "ext_account"})

    # The ask of before is theirs now; there is no second one.
    assert ask(shop, tea, "ext_account")["moment"] == ask(shop, tea, "ext_guest")["moment"]
    shop.wait(days=2)
    assert sum(one["asked_at"] is not None for one in moments(shop, tea)) == 1


def test_a_copy_of_a_customers_data_has_what_they_were_asked_and_an_erasure_leaves_ids(shop, tea):
    score(shop, tea)
    sales(shop, tea, 1)
    ask(shop, tea)

    records = [record for page in data_of(shop, "ext_c-1") for record in page]
    kinds = [one["kind"] for one in records]
    assert (kinds.count("moment"), kinds.count("asking")) == (1, 1)
    assert next(one for one in records if one["kind"] == "moment")["fields"]["rule"] == "happy"
    customer = shop.get("/v1/customers/ext_c-1").json["id"]
    shop.post("/v1/customers/ext_c-1/erase", {})
    shop.run_schedule("retain")
    written = json.dumps(list(shop.rows("moments")), default=str)
    assert customer in written
    assert "c-1" not in written.replace(customer, "")


def data_of(shop, reference):
    cursor = ""
    while cursor is not None:
        page = shop.get(f"/v1/customers/{reference}/data{cursor}").json
        yield page["data"]
        cursor = f"?cursor={page['next_cursor']}" if page["has_more"] else None


def test_a_test_program_takes_all_that_it_asked_with_it(shop):
    test = asking(shop, shop.program(mode="test"))
    score(shop, test)
    _, answer = join(shop, ask(shop, test)["join_url"])
    assert answer.status == 303
    friend_buys(shop, test, moments(shop, test)[0]["partner"])
    assert len(shop.rows("moments")) > 4

    assert shop.call("DELETE", f"/v1/programs/{test['id']}").status == 200
    for _ in range(3):
        shop.wait(minutes=20)
        shop.run_schedule("delete_tests")

    assert shop.rows("moments") == []


def test_an_account_that_is_handed_over_is_no_longer_the_customers(shop, tea):
    score(shop, tea)
    join(shop, ask(shop, tea)["join_url"])
    partner = moments(shop, tea)[0]["partner"]
    body = {"name": "Bea", "email": "bea@mail.example", "reason": "sale", "note": "sold"}

    answer = shop.post(f"/v1/partners/{partner}/hand-over", body)

    assert answer.status == 200, answer.body
    assert shop.get(f"/v1/partners/{partner}").json["customer"] is None


@pytest.mark.parametrize("by", ["page", "email"])
def test_who_was_two_guests_is_asked_once_for_all_of_them(shop, by):
    program = asking(shop, shop.program(), HAPPY | {"by": by, "wait_hours": 1})
    for name in ("guest-1", "guest-2", "account"):
        score(shop, program, customer=name, may_contact=True)
    for name in ("guest-1", "guest-2"):
        assert shop.post(f"/v1/customers/ext_{name}/merge", {"into": "ext_account"}).status == 200
    shop.wait(hours=2)
    shop.run_schedule("send_scheduled")
    settle(shop)
    for name in ("guest-1", "guest-2", "account"):
        ask(shop, program, f"ext_{name}")

    assert numbers(shop, program)["asked"] == 1


def test_a_friend_counts_however_who_was_asked_became_a_partner(shop, tea):
    """By the website's id of a customer who was a guest before; the address is that of another, who was not asked."""
    for name in ("guest", "account", "other"):
        score(shop, tea, customer=name)
    assert ask(shop, tea, "ext_guest")["ask"] is True
    assert shop.post("/v1/customers/ext_guest/merge", {"into": "ext_account"}).status == 200
    partner = shop.partner(tea, external_id="account", email="other@mail.example")
    shop.link(tea, partner)

    friend_buys(shop, tea, partner["id"])

    total = numbers(shop, tea)
    assert (total["joined"], total["brought"], total["friends"], total["revenue"]) == (1, 1, 1, 10_000)
