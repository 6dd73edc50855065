"""A visitor says who sent them by a name: it counts as a code does if it is one partner's, and is never a guess."""

from datetime import timedelta

import pytest

from chalicelib.kit import instants, memory
from chalicelib.partners import friend_names, friend_tokens
from tests.faults.world import built_once
from tests.flows.friends import SITE, Website, let_ask_often, with_annas

VIEW = {"object", "program", "answer", "token"}


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    let_ask_often(monkeypatch)


@pytest.fixture
@built_once
def website(shop):
    return Website(shop)


@pytest.fixture
@built_once
def annas(shop):
    return with_annas(shop)


def test_a_sale_with_the_answer_to_a_name_is_credited_to_the_partner_who_shares_it(shop, annas):
    answer = annas.ask("joerg mueller")
    sale = annas.sale(answer.json["token"])
    shop.settle()

    assert answer.status == 200, answer.body
    assert set(answer.json) == VIEW
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert answer.json["answer"] == "found"
    assert (sale["partner"], sale["attribution"]) == (annas.joerg["id"], "last_touch")
    [touch] = sale["touches"]
    assert (touch["by"], touch["result"], touch["partner"]) == ("friend_name", "won", annas.joerg["id"])
    assert touch["ordered_at"] == touch["received_at"]
    explained = shop.get(f"/v1/conversions/{sale['id']}/explanation").json
    assert explained["touches"][0]["result"] == "won"
    assert shop.reward(sale)["state"] == "due"


def test_the_answer_names_nobody_and_says_nothing_of_a_partner(annas):
    answer = annas.ask("Jörg Müller")

    for secret in (annas.joerg["id"], annas.joerg["id"][4:], "Jörg", "jm@"):
        assert secret not in answer.body


def test_of_two_of_one_name_the_letters_of_the_address_decide_and_without_them_nothing_is_paid(shop, annas):
    unanswered, answered = annas.ask("Anna").json, annas.ask("ANNA", "Be").json
    guess = annas.sale(unanswered["token"], "order-1", "c-1")
    settled = annas.sale(answered["token"], "order-2", "c-2")
    shop.settle()

    assert (unanswered["answer"], answered["answer"]) == ("which", "found")
    assert (guess["partner"], guess["attribution"]) == (None, "unclaimed")
    assert guess["touches"][0]["result"] == "unclaimed"
    assert shop.get(f"/v1/conversions/{guess['id']}/explanation").json["outcome"] is not None
    assert settled["partner"] == annas.other["id"]
    assert shop.balance(annas.anna)["due"] == 0


def test_a_name_of_nobody_or_letters_of_nobody_credit_nobody(shop, annas):
    unknown, wrong, alone = annas.ask("Anneliese").json, annas.ask("Anna", "zz").json, annas.ask("Jorg Muller", "zz")

    assert [one["answer"] for one in (unknown, wrong, alone.json)] == ["nobody"] * 3
    sale = annas.sale(unknown["token"])
    assert (sale["partner"], sale["attribution"]) == (None, "unknown_name")
    assert annas.ask("Anna", "--").json["code"] == "invalid_value"


def test_a_name_that_several_shared_when_it_was_typed_binds_nobody_later(annas):
    token = annas.token("Anna")
    annas.withdraw(annas.other)

    assert annas.sale(token)["attribution"] == "unclaimed"
    assert annas.answer("Anna") == "found"


def test_a_token_credits_who_was_found_and_no_one_who_shares_the_name_later(annas):
    token = annas.token("Jörg Müller")
    another = annas.member("Jörg Müller", "another@mail.example")
    first = annas.sale(token, "order-1", "c-1")
    annas.withdraw(annas.joerg)

    second = annas.sale(token, "order-2", "c-2")

    assert first["partner"] == annas.joerg["id"]
    assert (second["partner"], second["attribution"]) == (None, "name_withdrawn")
    assert annas.sale(annas.token("Jörg Müller"), "order-3", "c-3")["partner"] == another["id"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), id="another signature"),
        pytest.param(lambda token: token.replace("w_", "f_", 1), id="another answer"),
        pytest.param(lambda token: token[:-3], id="cut off"),
        pytest.param(lambda _: "Anna", id="the name itself"),
    ],
)
def test_a_token_that_we_did_not_sign_credits_nobody(annas, changed):
    assert annas.sale(changed(annas.token("Anna")))["attribution"] == "unknown_name"


def test_a_token_of_another_program_credits_nobody(shop, annas):
    token, other = annas.token("Jörg Müller"), shop.program()

    sale = shop.sale(other, "order-9", "c-9", touches=[{"friend_name": token}]).json

    assert (sale["partner"], sale["attribution"]) == (None, "unknown_name")


def test_a_token_counts_for_thirty_days_from_when_the_name_was_typed(shop, website):
    website.member("Anna", "anna@mail.example")
    token = website.token("Anna")
    shop.wait(days=29)
    early = website.sale(token, "order-1", "c-1")
    shop.wait(days=2)
    late = website.sale(token, "order-2", "c-2")

    assert early["partner"] is not None
    assert late["attribution"] == "outside_window"


def test_a_customer_who_names_themselves_is_held_as_with_their_own_code(annas):
    customer = {"external_id": "c-1", "email": "jm@mail.example"}
    touches = [{"friend_name": annas.token("Jörg Müller")}]
    body = {"program": annas.program["id"], "type": "lead", "external_id": "s-1", "customer": customer}
    sale = annas.shop.post("/v1/conversions", body | {"touches": touches}).json

    assert sale["self_referral"] == "address"


def test_touches_in_two_forms_at_once_are_refused(annas):
    touches = [{"friend_name": annas.token("Anna"), "code": "tea"}]
    answer = annas.shop.sale(annas.program, touches=touches)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/touches/0")


def test_a_name_is_looked_up_ten_times_an_hour_and_visitor(shop, website, monkeypatch):
    monkeypatch.setattr(friend_names, "MOST_OF_A_VISITOR", 10)
    statuses = [website.ask(f"Anna {number}").status for number in range(11)]

    assert statuses == [200] * 10 + [429]
    shop.wait(hours=1)
    assert website.ask("Anna").status == 200


def test_only_a_page_of_the_program_with_its_key_looks_names_up(shop, website):
    other = Website(shop)

    assert website.ask("Anna", origin="https://evil.example").json["code"] == "origin_not_allowed"
    assert website.ask("Anna", key=other.key).status == 404
    assert shop.post(f"/v1/programs/{website.program['id']}/friend-name", {"name": "Anna"}).status == 403


def test_known_and_unknown_names_take_the_same_calls_and_answers_are_equally_large(annas):
    def measured(name, hint=None):
        begin = len(annas.shop.line.calls)
        answer = annas.ask(name, hint)
        sent = [(one[0] if isinstance(one, tuple) else one) for one in annas.shop.line.calls[begin:]]
        return sent, len(answer.body), sorted((k, len(v)) for k, v in answer.headers.items() if k != "X-Request-Id")

    annas.ask("warm up")

    assert {annas.answer(name) for name in ("Jörg Müller", "Anna", "Nobody Knows")} == {"found", "which", "nobody"}
    real, unknown = measured("Jörg Müller"), measured("Olaf Müller")
    assert len(real[0]) == 4
    assert real == unknown == measured("Anna") == measured("\u202e🙂") == measured("Anna", "be") == measured("A", "be")


def test_who_is_banned_or_has_left_and_ended_programs_are_answered_as_nobody(shop, annas):
    shop.post(f"/v1/partners/{annas.other['id']}/ban", {"reason": "fraud", "earned": "hold"})
    banned = annas.answer("Anna"), annas.answer("Anna", "be")
    shop.post(f"/v1/partners/{annas.anna['id']}/leave", {"program": annas.program["id"]})
    left = annas.answer("Anna")
    begin, end = (instants.text(shop.at + timedelta(days=days)) for days in (10, 20))
    body = {"touches_until": begin, "sales_until": end}
    ended = shop.post(f"/v1/programs/{annas.program['id']}/end", body)
    shop.wait(days=11)
    memory.forget_everything()

    assert (banned, left) == (("found", "nobody"), "nobody")
    assert annas.answer("Jörg Müller") == "nobody", ended.body


def test_a_token_has_one_form_and_size_whatever_it_answers(annas):
    tokens = {name: annas.token(name) for name in ("Anna", "Jörg Müller", "Unknown Person")}

    assert {len(one) + len(answer) for one, answer in zip(tokens.values(), ("which", "found", "nobody"), strict=True)}
    assert all(len(one) <= friend_tokens.MOST_CHARACTERS for one in tokens.values())
