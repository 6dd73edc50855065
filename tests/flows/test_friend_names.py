"""A visitor says who sent them by a name: it counts as a code does if it is one partner's, and is never a guess."""

import json
from datetime import timedelta

import pytest

from chalicelib.audit.actor import Actor
from chalicelib.kit import clock, instants, memory
from chalicelib.partners import friend_names, friend_tokens, shared_names
from chalicelib.partners.shared_name_table import NameHolder
from chalicelib.partners.table import PartnerRow
from tests.faults.world import built_once

SITE = "https://shop.example"
WORDS = {"words_hash": "words", "language": "en"}
VIEW = {"object", "program", "answer", "token"}
ADMIN = Actor("operator", "test")


class Website:
    """A program with a website and a publishable key, and partners who share names."""

    def __init__(self, shop):
        self.shop, self.program = shop, shop.program(origins=[SITE])
        self.key = shop.post(f"/v1/programs/{self.program['id']}/keys", {"name": "website"}).json["secret"]

    def member(self, name, email, *, shared=None):
        partner = self.shop.partner(self.program, name=name, email=email)
        self.share(partner, shared or name)
        return partner

    def share(self, partner, name):
        return shared_names.share(partner["id"], self.program["id"], name, **WORDS, actor=ADMIN, at=clock.now())

    def withdraw(self, partner):
        shared_names.withdraw(partner["id"], self.program["id"], actor=ADMIN, at=clock.now())

    def ask(self, name, hint=None, *, origin=SITE, key=None):
        body = {"name": name} | ({"hint": hint} if hint else {})
        path = f"/v1/programs/{self.program['id']}/friend-name"
        return self.shop.post(path, body, key=key or self.key, headers={"Origin": origin})

    def answer(self, name, hint=None):
        return self.ask(name, hint).json["answer"]

    def sale(self, token, external_id="order-1", customer="customer-1", **more):
        touches = [{"friend_name": token}]
        return self.shop.sale(self.program, external_id, customer, touches=touches, **more).json


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Let one visitor ask more often than one may: one test is about the limit."""
    monkeypatch.setattr(friend_names, "MOST_OF_A_VISITOR", 1000)


@pytest.fixture
@built_once
def website(shop):
    return Website(shop)


@pytest.fixture
@built_once
def annas(shop):
    """Two partners called Anna, whose addresses begin otherwise; and Jörg, who is the only one."""
    website = Website(shop)
    website.anna = website.member("Anna", "anna@mail.example")
    website.other = website.member("Anna", "bee@mail.example")
    website.joerg = website.member("Jörg Müller", "jm@mail.example")
    return website


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
    known = annas.sale(answered["token"], "order-2", "c-2")
    shop.settle()

    assert (unanswered["answer"], answered["answer"]) == ("which", "found")
    assert (guess["partner"], guess["attribution"]) == (None, "unclaimed")
    assert guess["touches"][0]["result"] == "unclaimed"
    assert shop.get(f"/v1/conversions/{guess['id']}/explanation").json["outcome"] is not None
    assert known["partner"] == annas.other["id"]
    assert shop.balance(annas.anna)["due"] == 0


def test_a_name_of_nobody_or_letters_of_nobody_credit_nobody(shop, annas):
    unknown, wrong, alone = annas.ask("Anneliese").json, annas.ask("Anna", "zz").json, annas.ask("Jorg Muller", "zz")

    assert [one["answer"] for one in (unknown, wrong, alone.json)] == ["nobody"] * 3
    sale = annas.sale(unknown["token"])
    assert (sale["partner"], sale["attribution"]) == (None, "unknown_name")
    assert annas.ask("Anna", "--").json["code"] == "invalid_value"


def test_a_name_that_several_shared_when_it_was_typed_binds_nobody_later(annas):
    token = annas.ask("Anna").json["token"]
    annas.withdraw(annas.other)

    assert annas.sale(token)["attribution"] == "unclaimed"
    assert annas.answer("Anna") == "found"


def test_a_token_credits_who_was_found_and_no_one_who_shares_the_name_later(annas):
    token = annas.ask("Jörg Müller").json["token"]
    another = annas.member("Jörg Müller", "another@mail.example")
    first = annas.sale(token, "order-1", "c-1")
    annas.withdraw(annas.joerg)

    second = annas.sale(token, "order-2", "c-2")

    assert first["partner"] == annas.joerg["id"]
    assert (second["partner"], second["attribution"]) == (None, "name_withdrawn")
    assert annas.sale(annas.ask("Jörg Müller").json["token"], "order-3", "c-3")["partner"] == another["id"]


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
    assert annas.sale(changed(annas.ask("Anna").json["token"]))["attribution"] == "unknown_name"


def test_a_token_of_another_program_credits_nobody(shop, annas):
    token, other = annas.ask("Jörg Müller").json["token"], shop.program()

    sale = shop.sale(other, "order-9", "c-9", touches=[{"friend_name": token}]).json

    assert (sale["partner"], sale["attribution"]) == (None, "unknown_name")


def test_a_token_counts_for_thirty_days_from_when_the_name_was_typed(shop, website):
    website.member("Anna", "anna@mail.example")
    token = website.ask("Anna").json["token"]
    shop.wait(days=29)
    early = website.sale(token, "order-1", "c-1")
    shop.wait(days=2)
    late = website.sale(token, "order-2", "c-2")

    assert early["partner"] is not None
    assert late["attribution"] == "outside_window"


def test_a_customer_who_names_themselves_is_held_as_with_their_own_code(annas):
    customer = {"external_id": "c-1", "email": "jm@mail.example"}
    touches = [{"friend_name": annas.ask("Jörg Müller").json["token"]}]
    body = {"program": annas.program["id"], "type": "lead", "external_id": "s-1", "customer": customer}
    sale = annas.shop.post("/v1/conversions", body | {"touches": touches}).json

    assert sale["self_referral"] == "address"


def test_touches_in_two_forms_at_once_are_refused(annas):
    touches = [{"friend_name": annas.ask("Anna").json["token"], "code": "tea"}]
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
    known, unknown = measured("Jörg Müller"), measured("Olaf Müller")
    assert len(known[0]) == 4
    assert known == unknown == measured("Anna") == measured("\u202e🙂") == measured("Anna", "be") == measured("A", "be")


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


def test_a_former_name_counts_for_400_days_and_three_former_names_at_most(shop, website):
    partner = website.member("Anna Berg", "anna@mail.example")
    website.share(partner, "Anna Thal")
    assert website.answer("Anna Berg") == website.answer("Anna Thal") == "found"
    shop.wait(days=400)
    assert (website.answer("Anna Berg"), website.answer("Anna Thal")) == ("nobody", "found")

    for number in "12345":
        shop.wait(minutes=1)
        website.share(partner, f"Anna {number}")

    names = ("Anna Thal", "Anna 1", "Anna 2", "Anna 3", "Anna 4", "Anna 5")
    assert [website.answer(one) for one in names] == ["nobody", "nobody", "found", "found", "found", "found"]
    assert len(list(NameHolder.scan(NameHolder.sort == partner["id"]))) == 4


def test_a_name_is_withdrawn_at_once_with_all_former_ones(website):
    partner = website.member("Anna Berg", "anna@mail.example")
    website.share(partner, "Anna Thal")

    website.withdraw(partner)
    website.withdraw(partner)

    assert [website.answer(one) for one in ("Anna Berg", "Anna Thal")] == ["nobody", "nobody"]
    assert not list(NameHolder.scan(NameHolder.sort == partner["id"]))


def test_friends_can_tell_those_of_one_name_apart_by_two_letters(website):
    website.member("Anna", "anna@mail.example")
    alike = website.shop.partner(website.program, name="Änna", email="AN.berg@mail.example")

    with pytest.raises(shared_names.NameTaken):
        website.share(alike, "ÄNNA")
    assert website.share(alike, "Anna Berg").name == "Anna Berg"


def test_two_who_match_after_a_change_of_address_are_never_chosen_between(shop, annas):
    shop.patch(f"/v1/partners/{annas.other['id']}", {"email": "ann@mail.example"})

    assert annas.answer("Anna", "an") == "which"
    assert annas.sale(annas.ask("Anna", "an").json["token"])["attribution"] == "unclaimed"


def test_of_more_than_are_read_nobody_is_chosen(annas, monkeypatch):
    monkeypatch.setattr(shared_names, "READ_HOLDERS", 2)
    monkeypatch.setattr(friend_names, "READ_HOLDERS", 2)

    assert annas.answer("Anna", "be") == "which"


@pytest.mark.parametrize(
    "name", ["A", "Google", "Program", "🙂🙂🙂", "\u202eannA", "Support", "F4", "Anna <b>", "x" * 51]
)
def test_names_that_are_no_persons_cannot_be_shared(website, name):
    partner = website.shop.partner(website.program, email="anna@mail.example")
    brand = website.program["name"] if name == "Program" else name

    with pytest.raises(shared_names.SharedNameRefused):
        website.share(partner, brand)
    assert not list(NameHolder.scan(NameHolder.sort == partner["id"]))


def test_a_duplicates_names_lead_to_the_partner_who_stays_and_so_do_tokens(shop, annas):
    before = annas.ask("Jörg Müller").json["token"]
    merged = shop.post(f"/v1/partners/{annas.joerg['id']}/merge", {"into": annas.anna["id"]})
    memory.forget_everything()

    assert merged.status == 200, merged.body
    assert annas.sale(before, "order-1", "c-1")["partner"] == annas.anna["id"]
    assert annas.sale(annas.ask("Jörg Müller").json["token"], "order-2", "c-2")["partner"] == annas.anna["id"]
    # By either address of the one person.
    assert annas.answer("Anna", "jm") == annas.answer("Anna", "an") == "found"
    annas.withdraw(annas.anna)
    assert annas.answer("Jörg Müller") == "nobody"


def test_the_name_of_a_duplicate_alone_becomes_the_partners_own(shop, website):
    one = website.member("Anna Berg", "anna@mail.example")
    other = shop.partner(website.program, name="A", email="a2@mail.example")
    merged = shop.post(f"/v1/partners/{one['id']}/merge", {"into": other["id"]})

    assert merged.status == 200, merged.body
    assert website.sale(website.ask("Anna Berg").json["token"])["partner"] == other["id"]


def test_a_name_goes_neither_to_who_takes_an_account_over_nor_stays_after_an_erasure(shop, annas):
    body = {"name": "Heir", "email": "heir@mail.example", "reason": "sale"}
    answer = shop.post(f"/v1/partners/{annas.joerg['id']}/hand-over", body)
    erased = shop.post(f"/v1/partners/{annas.anna['id']}/erase", {"gives_up": True})

    assert (answer.status, erased.status) == (200, 200), answer.body
    assert (annas.answer("Jörg Müller"), annas.answer("Anna", "an")) == ("nobody", "nobody")
    stored = [json.dumps(row.serialize()) for row in PartnerRow.scan()]
    assert not [row for row in stored if "Jörg Müller" in row and "shared_name" in row]
    assert {row.sort for row in NameHolder.scan()} == {annas.other["id"]}


def test_a_copy_of_the_data_has_the_shared_name_and_when_it_was_agreed_to(shop, annas):
    records = shop.get(f"/v1/partners/{annas.joerg['id']}/data").json["data"]

    [record] = [one["fields"] for one in records if one["kind"] == "shared_name"]
    assert record["name"] == "Jörg Müller"
    assert record["consented_at"]


def test_the_trail_says_that_a_name_was_shared_and_withdrawn(shop, annas):
    annas.withdraw(annas.joerg)
    entries = shop.get(f"/v1/audit?subject={annas.joerg['id']}").json["data"]

    assert {"partner.name_shared", "partner.name_withdrawn"} <= {one["action"] for one in entries}


def test_a_token_has_one_form_and_size_whatever_it_answers(annas):
    tokens = {name: annas.ask(name).json["token"] for name in ("Anna", "Jörg Müller", "Unknown Person")}

    assert {len(one) + len(answer) for one, answer in zip(tokens.values(), ("which", "found", "nobody"), strict=True)}
    assert all(len(one) <= friend_tokens.MOST_CHARACTERS for one in tokens.values())
