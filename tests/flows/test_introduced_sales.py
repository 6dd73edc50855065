"""A sale wins the introduction that brought its customer, in one transaction; whatever becomes of it, both agree."""

from datetime import timedelta

import pytest

from chalicelib.introductions.claims import claim, make_token
from chalicelib.kit import instants
from tests.flows.test_leads_from_pages import SITE, a_key, report
from tests.introduced import do, introduce, open_for_introductions, see

EMAIL = "grace@navy.example"
RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]


@pytest.fixture
def tea(shop):
    program = open_for_introductions(shop.program(external_id="tea", rules=RULES))
    program["ada"], program["bob"] = shop.partner(program, external_id="ada"), shop.partner(program, external_id="bob")
    return program


@pytest.fixture
def accepted(shop, tea):
    introduction = introduce(shop, tea, tea["ada"]).json
    assert do(shop, introduction, "accept").status == 200
    shop.wait(days=1)
    return introduction


def sale_of(shop, tea, amount=5000, *, email=None, **more):
    """Report a sale of Grace's, as the website knows her."""
    customer = {"external_id": "grace"} | ({"email": email} if email else {})
    body = {"program": tea["id"], "type": "sale", "external_id": "order-1", "customer": customer}
    return shop.post("/v1/conversions", body | {"amount": {"amount": amount, "currency": "USD"}} | more)


def named(introduction, **more):
    return {"touches": [{"introduction": introduction["id"]}, *more.get("others", [])]}


def refund(shop, sale, amount=5000, name="r"):
    body = {"refund_id": name, "amount": {"amount": amount, "currency": "USD"}}
    return shop.post(f"/v1/conversions/{sale['id']}/refunds", body)


def state_of(shop, introduction):
    now = see(shop, introduction)
    return now["state"], now["reason"]


def test_a_sale_that_names_an_introduction_wins_it_and_pays_its_partner(shop, tea, accepted):
    sale = sale_of(shop, tea, **named(accepted))

    assert sale.status == 201, sale.body
    assert (sale.json["partner"], sale.json["attribution"]) == (tea["ada"]["id"], "last_touch")
    assert (sale.json["introduction"], sale.json["number"]) == (accepted["id"], 1)
    [touch] = sale.json["touches"]
    assert (touch["by"], touch["touch"], touch["result"]) == ("introduction", accepted["id"], "won")
    assert touch["ordered_at"] == touch["received_at"] == accepted["received_at"]
    now = see(shop, accepted)
    assert (now["state"], now["customer"], now["conversion"]) == ("won", sale.json["customer"], sale.json["id"])
    shop.settle()
    assert shop.balance(tea["ada"])["due"] == 500


def test_a_sale_by_the_address_of_who_was_introduced_wins_without_naming_it(shop, tea, accepted):
    sale = sale_of(shop, tea, email="Grace+shop@Navy.example").json

    assert (sale["partner"], sale["introduction"]) == (tea["ada"]["id"], accepted["id"])
    assert state_of(shop, accepted) == ("won", None)


def test_nobody_is_bound_by_the_address_of_somebody_else(shop, tea, accepted):
    sale = sale_of(shop, tea, email="alan@navy.example").json

    assert (sale["partner"], sale["attribution"], sale["touches"]) == (None, "no_touch", [])
    assert state_of(shop, accepted) == ("accepted", None)


@pytest.mark.parametrize("touch", ["first", "last"])
def test_among_a_click_and_an_introduction_the_first_or_the_last_wins(shop, touch):
    program = open_for_introductions(shop.program(rules=RULES, touch=touch))
    ada, bob = shop.partner(program), shop.partner(program)
    introduction = introduce(shop, program, ada).json
    do(shop, introduction, "accept")
    shop.wait(hours=1)
    click = shop.click_id(shop.link(program, bob))
    shop.wait(hours=1)

    sale = sale_of(shop, program, email=EMAIL, touches=[{"click_id": click}]).json

    results = {one["by"]: one["result"] for one in sale["touches"]}
    if touch == "first":
        assert (sale["partner"], results) == (ada["id"], {"click": "not_first", "introduction": "won"})
        assert state_of(shop, introduction) == ("won", None)
    else:
        assert (sale["partner"], results) == (bob["id"], {"click": "won", "introduction": "not_last"})
        assert state_of(shop, introduction) == ("accepted", None)


@pytest.mark.parametrize("touch", ["first", "last"])
def test_a_guessed_address_takes_no_click_of_another_partner_until_the_introduction_is_accepted(shop, touch):
    program = open_for_introductions(shop.program(rules=RULES, touch=touch))
    ada, bob = shop.partner(program), shop.partner(program)
    links = shop.link(program, ada), shop.link(program, bob)

    def buy(name, link, introduction, *verbs):
        """Introduce and sell, with a click of a link before or after that, so that the introduction would win."""
        click = shop.click_id(link) if touch == "last" else None
        shop.wait(hours=1)
        made = introduction or introduce(shop, program, ada, f"{name}@navy.example").json
        shop.wait(hours=1)
        click = click or shop.click_id(link)
        for verb in verbs:
            do(shop, made, verb, words="Which?")
        customer = {"external_id": name, "email": f"{name}@navy.example"}
        fields = {"external_id": name, "customer": customer, "touches": [{"click_id": click}]}
        sale = sale_of(shop, program, **fields).json
        return sale["partner"], {one["by"]: one["result"] for one in sale["touches"]}["introduction"], made

    assert buy("a", links[1], None)[:2] == (bob["id"], "not_accepted")
    assert buy("b", links[1], None, "ask")[:2] == (bob["id"], "not_accepted")
    # Taken back once it is accepted, and made again, it waits for an answer again.
    accepted = introduce(shop, program, ada, "c@navy.example").json
    for verb in ("accept", "withdraw"):
        do(shop, accepted, verb)
    partner, result, again = buy("c", links[1], None)
    assert (partner, result, again["state"]) == (bob["id"], "not_accepted", "received")
    # A link of the same partner takes nothing from anyone else.
    assert buy("d", links[0], None)[:2] == (ada["id"], "won")
    assert buy("e", links[1], None, "accept")[:2] == (ada["id"], "won")


def test_a_page_keeps_the_customer_of_a_click_from_an_introduction_that_nobody_accepted(shop):
    program = open_for_introductions(shop.program(rules=RULES, origins=[SITE]))
    key, ada, bob = a_key(shop, program)["secret"], shop.partner(program), shop.partner(program)
    customer = {"external_id": "grace", "email": EMAIL}
    click = shop.click_id(shop.link(program, bob))
    assert report(shop, program, key, customer=customer, touches=[{"click_id": click}]).status == 201
    shop.wait(hours=1)
    introduction = introduce(shop, program, ada).json

    assert sale_of(shop, program, email=EMAIL).json["partner"] == bob["id"]
    assert state_of(shop, introduction) == ("received", None)


@pytest.mark.parametrize(
    ("reported", "introduced"),
    [("grace+shop@navy.example", EMAIL), ("g.hopper@gmail.com", "ghopper@googlemail.com"), (None, EMAIL)],
    ids=["a plus", "dots", "an address that is reported later"],
)
def test_who_was_a_customer_before_is_won_by_no_introduction_that_the_server_does_not_name(
    shop, tea, admin, reported, introduced
):
    assert sale_of(shop, tea, email=reported).json["partner"] is None
    shop.wait(hours=1)
    introduction = introduce(shop, tea, tea["ada"], introduced).json
    do(shop, introduction, "accept")
    shop.wait(hours=1)

    sale = sale_of(shop, tea, external_id="order-2", email=reported or introduced).json

    assert (sale["partner"], sale["attribution"]) == (None, "existing_customer")
    assert [(one["touch"], one["result"]) for one in sale["touches"]] == [(introduction["id"], "existing_customer")]
    assert state_of(shop, introduction) == ("accepted", None)
    page = admin.get(f"/admin/conversions/{sale['id']}").body
    assert "was received. Existing customer: it does not count." in page
    # What the server names is its own word about this customer.
    assert sale_of(shop, tea, external_id="order-3", **named(introduction)).json["partner"] == tea["ada"]["id"]


@pytest.mark.parametrize("merges", [True, False])
def test_who_bought_as_a_guest_before_is_won_by_no_introduction_once_the_guest_is_merged(shop, tea, merges):
    guest = {"external_id": "guest-1", "email": "grace+shop@navy.example"}
    assert sale_of(shop, tea, customer=guest).json["partner"] is None
    shop.wait(hours=1)
    introduction = introduce(shop, tea, tea["ada"], EMAIL).json
    do(shop, introduction, "accept")
    shop.wait(hours=1)
    signed_up = {"program": tea["id"], "type": "lead", "external_id": "lead-1", "customer": {"external_id": "grace"}}
    assert shop.post("/v1/conversions", signed_up).status == 201
    if merges:
        assert shop.post("/v1/customers/ext_guest-1/merge", {"into": "ext_grace"}).status == 200

    sale = sale_of(shop, tea, external_id="order-2", email=EMAIL).json

    assert sale["touches"][0]["result"] == ("existing_customer" if merges else "won")
    assert sale["partner"] == (None if merges else tea["ada"]["id"])


def test_a_page_binds_nobody_by_an_introduction_that_it_names(shop):
    program = open_for_introductions(shop.program(rules=RULES, origins=[SITE]))
    key, ada, bob = a_key(shop, program)["secret"], shop.partner(program), shop.partner(program)
    introduction = introduce(shop, program, ada, "nobody@evil.example").json
    do(shop, introduction, "accept")
    shop.wait(hours=1)
    click = shop.click_id(shop.link(program, bob))
    shop.wait(hours=1)

    for name, others in (("alan", []), ("grace", [{"click_id": click}])):
        touches = named(introduction, others=others)["touches"]
        customer = {"external_id": name}
        assert report(shop, program, key, external_id=name, customer=customer, touches=touches).status == 201

    leads = [shop.get(f"/v1/conversions/ext_{one}?type=lead&program={program['id']}").json for one in ("alan", "grace")]
    assert [(one["partner"], one["attribution"]) for one in leads] == [
        (None, "named_by_page"),
        (bob["id"], "last_touch"),
    ]
    assert [one["result"] for one in leads[1]["touches"]] == ["named_by_page", "won"]
    assert sale_of(shop, program, customer={"external_id": "alan"}).json["partner"] is None


def test_who_comes_by_a_link_of_the_partner_who_introduced_them_wins_the_introduction_too(shop, tea, accepted):
    click = shop.click_id(shop.link(tea, tea["ada"]))

    sale = sale_of(shop, tea, email=EMAIL, touches=[{"click_id": click}]).json

    assert [one["result"] for one in sale["touches"]] == ["won", "not_last"]
    assert (sale["introduction"], state_of(shop, accepted)) == (accepted["id"], ("won", None))


def test_inside_its_protection_no_other_introduction_of_the_same_person_wins(shop, tea, accepted):
    second = introduce(shop, tea, tea["bob"]).json
    by_phone = {"name": "Grace", "email": None, "phone": "+1 212 555 0100"}
    other_key = introduce(shop, tea, tea["bob"], person=by_phone).json
    assert (second["state"], other_key["state"]) == ("second_in_line", "received")
    shop.wait(hours=1)

    touches = [{"introduction": second["id"]}, {"introduction": other_key["id"]}]
    sale = sale_of(shop, tea, email=EMAIL, touches=touches).json

    assert sale["partner"] == tea["ada"]["id"]
    assert [one["result"] for one in sale["touches"]] == ["second_in_line", "second_in_line", "won"]
    assert state_of(shop, second)[0] == "second_in_line"


def test_an_introduction_counts_until_its_protection_ends(shop, tea, accepted):
    until = instants.parse(see(shop, accepted)["protected_until"])
    shop.wait(seconds=(until - shop.at).total_seconds() + 60)

    late = sale_of(shop, tea, **named(accepted)).json
    occurred_at = instants.text(until - timedelta(hours=1))
    in_time = sale_of(
        shop, tea, external_id="order-2", customer={"external_id": "g"}, occurred_at=occurred_at, **named(accepted)
    ).json

    assert (late["partner"], [one["result"] for one in late["touches"]]) == (None, ["outside_window"])
    assert in_time["partner"] == tea["ada"]["id"]


@pytest.mark.parametrize(
    ("why", "result"),
    [("unknown", "unknown_introduction"), ("declined", "introduction_not_open"), ("draft", "introduction_not_open")],
)
def test_what_is_no_open_introduction_is_listed_and_does_not_count(shop, tea, why, result):
    introduction = {"id": "itr_nothing"}
    if why != "unknown":
        introduction = introduce(shop, tea, tea["ada"], draft=why == "draft").json
    if why == "declined":
        do(shop, introduction, "decline", reason="no_fit")

    sale = sale_of(shop, tea, email=EMAIL, **named(introduction)).json

    assert (sale["partner"], sale["attribution"]) == (None, result)
    assert [(one["touch"], one["result"]) for one in sale["touches"]] == [(introduction["id"], result)]


def test_a_touch_is_a_link_or_an_introduction_and_never_both(shop, tea, accepted):
    both = sale_of(shop, tea, touches=[{"introduction": accepted["id"], "code": "tea"}])

    assert (both.status, both.json["errors"][0]["pointer"]) == (422, "/touches/0")


def test_who_was_introduced_and_signs_up_first_is_bound_by_the_sign_up_and_won_by_the_sale(shop, tea, accepted):
    lead = shop.post(
        "/v1/conversions",
        {
            "program": tea["id"],
            "type": "lead",
            "external_id": "lead-1",
            "customer": {"external_id": "grace", "email": EMAIL},
        },
    ).json
    assert (lead["introduction"], state_of(shop, accepted)) == (accepted["id"], ("accepted", None))
    # What the business says of it meanwhile takes nothing from the partner who brought them.
    do(shop, accepted, "lost", reason="no_budget")

    sale = sale_of(shop, tea).json

    assert (sale["attribution"], sale["introduction"]) == ("already_referred", accepted["id"])
    assert state_of(shop, accepted) == ("won", None)


def test_what_a_customer_bought_before_the_report_that_names_the_introduction_wins_it_late(shop, tea, accepted):
    direct = sale_of(shop, tea).json
    assert direct["partner"] is None
    shop.settle()
    shop.wait(minutes=1)

    named_later = {"touches": [{"introduction": accepted["id"]}], "customer": {"external_id": "grace"}}
    lead = {"program": tea["id"], "type": "lead", "external_id": "lead-1"} | named_later
    assert shop.post("/v1/conversions", lead).json["partner"] == tea["ada"]["id"]
    assert state_of(shop, accepted)[0] == "accepted"
    shop.settle()

    now = see(shop, accepted)
    assert (now["state"], now["conversion"]) == ("won", direct["id"])
    credited = shop.get(f"/v1/conversions/{direct['id']}").json
    assert (credited["attribution"], credited["introduction"]) == ("credited_late", accepted["id"])
    assert sale_of(shop, tea).json == direct
    refund(shop, direct)
    assert state_of(shop, accepted) == ("lost", "refunded")


def test_a_refund_in_full_loses_the_introduction_with_the_reward_and_a_restored_sale_wins_both_again(
    shop, tea, accepted
):
    sale = sale_of(shop, tea, **named(accepted)).json
    refund(shop, sale, 4999, "part")
    assert state_of(shop, accepted) == ("won", None)

    refund(shop, sale, 1, "rest")
    shop.settle()
    assert (state_of(shop, accepted), shop.balance(tea["ada"])["due"]) == (("lost", "refunded"), 0)

    shop.post(f"/v1/conversions/{sale['id']}/restores", {"refund_id": "rest"})
    shop.settle()
    assert state_of(shop, accepted) == ("won", None)
    assert see(shop, accepted)["conversion"] == sale["id"]
    states = [one["to_state"] for one in see(shop, accepted)["history"]]
    assert states == ["received", "accepted", "won", "lost", "won"]


def test_an_introduction_is_won_as_long_as_any_of_its_sales_counts(shop, tea, accepted):
    first = sale_of(shop, tea, **named(accepted)).json
    second = sale_of(shop, tea, external_id="order-2").json
    assert second["introduction"] == accepted["id"]

    refund(shop, first)
    assert state_of(shop, accepted) == ("won", None)
    refund(shop, second)
    assert state_of(shop, accepted) == ("lost", "refunded")
    third = sale_of(shop, tea, external_id="order-3").json
    assert (state_of(shop, accepted), see(shop, accepted)["conversion"]) == (("won", None), third["id"])


def test_a_sale_of_nothing_wins_nothing_until_it_becomes_one_of_something(shop, tea, accepted):
    sale = sale_of(shop, tea, 0, **named(accepted)).json
    assert (sale["introduction"], state_of(shop, accepted)[0]) == (accepted["id"], "accepted")

    for number, (amount, state) in enumerate([(900, "won"), (0, "lost")]):
        amendment = {"amendment_id": f"a-{number}", "amount": {"amount": amount, "currency": "USD"}}
        assert shop.post(f"/v1/conversions/{sale['id']}/amendments", amendment).status == 201
        assert state_of(shop, accepted)[0] == state


def test_a_void_loses_the_introduction_and_so_does_another_partners_credit_until_it_comes_back(shop, tea, accepted):
    sale = sale_of(shop, tea, **named(accepted)).json

    def credit(partner):
        body = {"partner": partner and partner["id"], "reason": "wrong_partner", "note": "as they say"}
        answer = shop.post(f"/v1/conversions/{sale['id']}/credit", body).json
        return answer["introduction"], *state_of(shop, accepted)

    assert credit(tea["bob"]) == (None, "lost", "credited_otherwise")
    assert credit(tea["ada"]) == (accepted["id"], "won", None)
    assert credit(None) == (None, "lost", "credited_otherwise")
    assert credit(tea["ada"]) == (accepted["id"], "won", None)
    # Whoever is bound to Ada by hand again came by the introduction; their next sale counts as well.
    other = sale_of(shop, tea, external_id="order-2").json
    shop.post(f"/v1/conversions/{sale['id']}/void", {"reason": "test", "note": "a test"})
    assert state_of(shop, accepted) == ("won", None)
    shop.post(f"/v1/conversions/{other['id']}/void", {"reason": "test", "note": "a test"})
    assert state_of(shop, accepted) == ("lost", "voided")


def test_the_call_that_says_won_reports_the_sale(shop, tea, accepted):
    body = {"external_id": "order-1", "amount": {"amount": 5000, "currency": "USD"}}

    won, again = (do(shop, accepted, "won", **body) for _ in range(2))

    assert (won.status, again.status, again.json) == (201, 201, won.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (won.json["type"], won.json["partner"]) == ("sale", tea["ada"]["id"])
    now = see(shop, accepted)
    assert (now["state"], now["conversion"], now["customer"]) == ("won", won.json["id"], won.json["customer"])
    customer = shop.get(f"/v1/customers/{now['customer']}").json
    assert (customer["email"], customer["name"]) == (EMAIL, "Grace Hopper")
    # Reported again once it is refunded, it gets its first answer.
    refund(shop, won.json)
    assert do(shop, accepted, "won", **body).json == won.json
    assert state_of(shop, accepted) == ("lost", "refunded")


def test_a_win_that_the_introduction_does_not_bring_stores_nothing(shop, tea, accepted):
    link = shop.link(tea, tea["bob"])
    elsewhere = {"external_id": "grace"}
    assert sale_of(shop, tea, external_id="order-0", customer=elsewhere, code=link["code"]).status == 201
    before = len(shop.rows("conversions"))

    body = {"external_id": "order-1", "amount": {"amount": 5000, "currency": "USD"}}
    refused = do(shop, accepted, "won", **body, customer=elsewhere)
    nothing = do(shop, accepted, "won", **body | {"amount": {"amount": 0, "currency": "USD"}})

    assert (refused.status, refused.json["code"]) == (409, "introduction_not_won")
    assert (nothing.status, nothing.json["errors"][0]["pointer"]) == (422, "/amount/amount")
    assert (len(shop.rows("conversions")), state_of(shop, accepted)) == (before, ("accepted", None))


def test_a_page_binds_nobody_by_the_address_it_says_and_the_server_then_does(shop):
    program = open_for_introductions(shop.program(rules=RULES, origins=[SITE]))
    key = a_key(shop, program)["secret"]
    ada, bob = shop.partner(program), shop.partner(program)
    introduction = introduce(shop, program, ada).json
    shop.wait(hours=1)
    click = shop.click_id(shop.link(program, bob))
    for name, touches in (("grace", []), ("alan", [{"click_id": click}])):
        customer = {"external_id": name, "email": EMAIL}
        assert report(shop, program, key, external_id=name, customer=customer, touches=touches).status == 201
    assert state_of(shop, introduction)[0] == "received"

    by_address = sale_of(shop, program, email=EMAIL).json
    # The page's click came last, so the introduction that nobody names does not take its customer.
    by_click = sale_of(shop, program, external_id="order-2", customer={"external_id": "alan", "email": EMAIL}).json

    assert (by_address["partner"], by_click["partner"]) == (ada["id"], bob["id"])


def test_the_explanation_lists_the_introduction_with_its_result(shop, tea, accepted):
    click = shop.click_id(shop.link(tea, tea["bob"]))
    sale = sale_of(shop, tea, email=EMAIL, touches=[{"click_id": click}]).json
    second = sale_of(shop, tea, external_id="order-2", customer={"external_id": "g"}, **named(accepted)).json
    shop.settle()

    explained = shop.get(f"/v1/conversions/{sale['id']}/explanation").json
    by_introduction = shop.get(f"/v1/conversions/{second['id']}/explanation").json

    assert [(one["by"], one["result"]) for one in explained["touches"]] == [
        ("click", "won"),
        ("introduction", "not_last"),
    ]
    assert by_introduction["why"] == (
        f"The only eligible touch of 1 reported: an introduction of {accepted['received_at']}."
    )
    assert by_introduction["referral"]["introduction"] == accepted["id"]


def test_a_program_without_introductions_reads_nothing_more(shop):
    program = shop.program(rules=RULES)
    with_settings = open_for_introductions(shop.program(rules=RULES, external_id="open"))

    def calls(program, name):
        customer = {"external_id": name, "email": f"{name}@mail.example"}
        sale_of(shop, program, external_id=f"{name}-0", customer={"external_id": f"{name}-0"})
        before = len(shop.line.calls)
        assert sale_of(shop, program, external_id=name, customer=customer).status == 201
        return len(shop.line.calls) - before

    assert calls(with_settings, "b") - calls(program, "a") == 1


def buy_before(shop, tea):
    """
    Have three people buy who are introduced, and then sign up by their introductions.

    The first introduction is given up then, and the last one is second in line by the person's own word.
    """
    reachable = {"name": "grace", "phone": "+1 212 555 0100"}
    people = [
        reachable,
        {"name": "alan", "email": None, "company": "Bletchley"},
        {"name": "mary", "email": "m@x.example"},
    ]
    introductions = [introduce(shop, tea, tea["ada"], person=person).json for person in people]
    other = introduce(shop, tea, tea["bob"], "m@x.example").json
    names = [person["name"] for person in people]
    shop.wait(hours=1)
    sign_up = {"program": tea["id"], "type": "lead", "occurred_at": instants.text(shop.at)}
    direct = [sale_of(shop, tea, external_id=one, customer={"external_id": one}).json for one in names]
    shop.settle()
    for name, introduction in zip(names, introductions, strict=True):
        do(shop, introduction, "accept")
        lead = sign_up | {"external_id": name, "customer": {"external_id": name}} | named(introduction)
        assert shop.post("/v1/conversions", lead).json["introduction"] == introduction["id"]
    assert do(shop, introductions[0], "lost", reason="no_budget").json["state"] == "lost"
    assert claim(make_token(introductions[2]["id"]), other["id"], at=shop.at).state == "received"
    return zip(introductions, direct, strict=True)


@pytest.mark.parametrize("by", ["reaction", "reconciliation"])
def test_what_is_credited_late_wins_introductions_whatever_became_of_them(shop, tea, by):
    late = buy_before(shop, tea)
    if by == "reconciliation":
        # The records of the sign-ups are lost.
        source = next(one for one in shop.streams.sources if one.function == "conversions_to_rewards")
        shop.streams.read["conversions_to_rewards"] = len(shop.streams.records(source))
        shop.wait(hours=2)
        shop.run_schedule("reconcile")
    else:
        shop.settle()

    for introduction, direct in late:
        assert (state_of(shop, introduction), see(shop, introduction)["conversion"]) == (("won", None), direct["id"])
    # Who was given up and is won again is first for their person again.
    assert introduce(shop, tea, tea["bob"]).json["reason"] == "existing_customer"


def test_what_is_won_is_a_sales_alone_to_change(shop, tea, accepted):
    sale_of(shop, tea, **named(accepted))

    lost = do(shop, accepted, "lost", reason="later")

    assert (lost.status, lost.json["code"], lost.json["allowed"]) == (409, "move_refused", [])
    assert state_of(shop, accepted) == ("won", None)


def test_the_page_of_a_conversion_lists_the_introduction_with_its_result(shop, tea, accepted, admin):
    click = shop.click_id(shop.link(tea, tea["bob"]))
    lost = sale_of(shop, tea, email=EMAIL, touches=[{"click_id": click}]).json
    won = sale_of(shop, tea, external_id="order-2", customer={"external_id": "g"}, **named(accepted)).json
    shop.settle()

    pages = [admin.get(f"/admin/conversions/{one['id']}").body for one in (lost, won)]

    assert f"The introduction of {tea['ada']['name']} was received. Another one counts." in pages[0]
    assert f"The introduction of {tea['ada']['name']} was received." in pages[1]
    assert all(f'href="/admin/introductions/{accepted["id"]}"' in page for page in pages)
