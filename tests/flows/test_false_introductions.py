"""What a partner writes about a person proves nothing: others lose nothing by a false number, company or answer."""

from unittest.mock import patch

import pytest

from chalicelib.introductions import claims, line
from chalicelib.introductions.find import IntroductionNotFound
from chalicelib.introductions.steps import MoveRefused
from chalicelib.programs.receiving import PartnerQuestion
from tests.introduced import code_of, do, introduce, open_for_introductions, see

pytestmark = pytest.mark.engine

PHONE = "+49301234567"


@pytest.fixture
def tea(shop):
    questions = [PartnerQuestion("budget", "number", {"en": "Budget?"}), PartnerQuestion("need", "text", {"en": "?"})]
    return open_for_introductions(shop.program(external_id="tea"), questions=questions)


@pytest.fixture
def ada(shop, tea):
    return shop.partner(tea, external_id="ada", name="Ada", email="ada@mail.example")


@pytest.fixture
def mal(shop, tea):
    return shop.partner(tea, external_id="mal", name="Mal", email="mal@evil.example")


@pytest.fixture
def bob(shop, tea):
    return shop.partner(tea, external_id="bob", name="Bob", email="bob@other.example")


def link_of(introduction):
    """Return the token of the link in our email to the introduced person, and the introduction that it is of."""
    token = claims.make_token(introduction["id"])
    return token, claims.read_token(token)


def sell(shop, program, email, order="o1", **more):
    customer = {"external_id": f"buys {email}", "email": email}
    amount = {"amount": 5000, "currency": "USD"}
    body = {"program": program["id"], "type": "sale", "external_id": order, "customer": customer, "amount": amount}
    return shop.post("/v1/conversions", body | more).json


def reads(shop, introduction):
    now = see(shop, introduction)
    return now["state"], now["person"] is not None


def test_a_mailbox_of_ones_own_opens_no_introduction_with_the_same_phone_number(shop, tea, ada, mal, bob):
    trap = introduce(shop, tea, mal, "drop@evil.example", person={"phone": PHONE}).json
    real = introduce(shop, tea, ada, person={"phone": PHONE}, why="Secret.").json
    by_phone = introduce(shop, tea, bob, None, person={"phone": PHONE}).json
    token, row = link_of(trap)
    assert [one.id for one in claims.list_kept(row)] == [trap["id"]]
    for other in (real, by_phone):
        with pytest.raises(IntroductionNotFound):
            claims.claim(token, other["id"], at=shop.at)
    assert claims.erase_all(token, at=shop.at) == [trap["id"]]
    assert reads(shop, real) == ("received", True)
    assert reads(shop, by_phone) == ("received", True)


def test_whoever_asks_the_business_is_found_by_phone_as_before(shop, tea, ada, mal):
    one = introduce(shop, tea, mal, "drop@evil.example", person={"phone": PHONE}).json
    two = introduce(shop, tea, ada, person={"phone": PHONE}).json
    listed = shop.post("/v1/introduced-people/find", {"phone": PHONE}).json["introductions"]
    assert {each["id"] for each in listed} == {one["id"], two["id"]}
    assert len(shop.post("/v1/introduced-people/erase", {"phone": PHONE}).json["introductions"]) == 2
    assert not [row for row in shop.rows("introductions") if row["kind"]["S"] in ("of_person", "first_in_line")]


def test_a_false_phone_number_puts_nobody_behind_it_so_the_sale_is_the_right_partners(shop, tea, ada, mal):
    introduce(shop, tea, mal, "drop@evil.example", person={"phone": PHONE})
    real = introduce(shop, tea, ada, person={"phone": PHONE}).json
    assert (real["state"], real["place_in_line"]) == ("received", 1)
    assert sell(shop, tea, "grace@navy.example")["partner"] == ada["id"]


def test_two_people_who_waited_for_one_number_are_both_first_once_it_is_free(shop, tea, ada, mal, bob):
    before = introduce(shop, tea, bob, None, person={"phone": PHONE}).json
    one = introduce(shop, tea, mal, "drop@evil.example", person={"phone": PHONE}).json
    two = introduce(shop, tea, ada, person={"phone": PHONE}).json
    assert (one["state"], two["state"]) == ("second_in_line", "second_in_line")
    do(shop, before, "decline", reason="no_fit")
    assert [see(shop, each)["state"] for each in (one, two)] == ["received", "received"]
    assert sell(shop, tea, "grace@navy.example")["partner"] == ada["id"]


def test_who_waits_for_an_address_is_not_held_up_by_a_number_that_became_anothers(shop, tea, ada, mal, bob):
    by_phone = introduce(shop, tea, bob, None, person={"phone": PHONE}).json
    by_email = introduce(shop, tea, bob).json
    other = introduce(shop, tea, mal, "drop@evil.example", person={"phone": PHONE}).json
    both = introduce(shop, tea, ada, person={"phone": PHONE}).json
    do(shop, by_phone, "decline", reason="no_fit")
    assert [see(shop, each)["state"] for each in (other, both)] == ["received", "second_in_line"]
    do(shop, by_email, "decline", reason="no_fit")
    assert see(shop, both)["state"] == "received"


def test_the_walk_moves_up_who_still_waits_behind_a_strangers_number(shop, tea, ada, mal):
    introduce(shop, tea, mal, "drop@evil.example", person={"phone": PHONE})
    with patch.object(line, "are_different", return_value=False):
        real = introduce(shop, tea, ada, person={"phone": PHONE}).json
    shop.wait(days=5)
    shop.run_schedule("check_introductions")
    now = see(shop, real)
    assert (real["state"], now["state"], now["reason"]) == ("second_in_line", "received", "moved_up")
    assert sell(shop, tea, "grace@navy.example")["partner"] == ada["id"]


def test_a_claim_leaves_the_company_with_whoever_introduced_a_colleague(shop, tea, ada, mal, bob):
    acme = {"company": "Acme"}
    xena = introduce(shop, tea, ada, "xena@acme.example", person=acme).json
    do(shop, xena, "accept")
    yoda = introduce(shop, tea, bob, "yoda@acme.example").json
    again = introduce(shop, tea, mal, "yoda@acme.example", person=acme).json
    token, _ = link_of(yoda)
    for _ in range(2):
        assert claims.claim(token, again["id"], at=shop.at).state == "received"
    assert [see(shop, each)["state"] for each in (xena, yoda, again)] == ["accepted", "second_in_line", "received"]
    late = introduce(shop, tea, bob, "zoe@acme.example", person=acme).json
    do(shop, again, "decline", reason="no_fit")
    assert [see(shop, each)["state"] for each in (late, yoda)] == ["second_in_line", "received"]
    assert sell(shop, tea, "xena@acme.example")["partner"] == ada["id"]


def test_who_reads_the_mailbox_of_a_function_claims_no_company(shop, tea, ada, bob):
    navy = {"company": "Navy"}
    first = introduce(shop, tea, ada, "grace@navy.example", person=navy).json
    second = introduce(shop, tea, bob, "info@navy.example", person=navy).json
    token, row = link_of(second)
    assert claims.list_claims(row) == []
    with pytest.raises((IntroductionNotFound, MoveRefused)):
        claims.claim(token, second["id"], at=shop.at)
    assert [see(shop, each)["state"] for each in (first, second)] == ["received", "second_in_line"]


def test_an_address_of_a_function_is_found_erased_and_in_talks_as_any_other(shop, tea, ada, bob):
    navy, contact = {"company": "Navy"}, {"email": "Info@navy.example"}
    one, two = (introduce(shop, tea, each, "info@navy.example", person=navy).json for each in (ada, bob))
    listed = shop.post("/v1/introduced-people/find", contact).json["introductions"]
    assert {each["id"] for each in listed} == {one["id"], two["id"]}
    assert len(claims.erase_all(link_of(one)[0], at=shop.at)) == 2
    assert [see(shop, each)["person"] for each in (one, two)] == [None, None]
    assert not [row for row in shop.rows("introductions") if row["kind"]["S"] == "of_person"]
    assert shop.post("/v1/talks", contact | {"program": tea["id"]}).status == 200
    declined = introduce(shop, tea, ada, "info@navy.example", person=navy).json
    assert (declined["state"], declined["reason"]) == ("declined", "already_in_talks")


def test_a_partner_is_thanked_once_for_a_person_whom_they_introduce_again(shop, tea, ada, bob):
    for email, phone in (("grace@navy.example", PHONE), ("grace@navy.example", None), (None, PHONE)):
        do(shop, introduce(shop, tea, ada, email, person={"phone": phone}).json, "withdraw")
    introduce(shop, tea, ada, "joan@navy.example")
    introduce(shop, tea, bob)
    thanks = shop.get(f"/v1/thanks?program={tea['id']}").json["data"]
    assert sorted(one["to"] for one in thanks) == sorted([ada["id"], ada["id"], bob["id"]])


def test_a_draft_that_was_not_received_takes_no_thanks_from_the_one_that_is(shop, tea, ada):
    draft = introduce(shop, tea, ada, draft=True).json
    do(shop, introduce(shop, tea, ada).json, "withdraw")
    assert do(shop, draft, "receive").json["state"] == "received"
    assert len(shop.get(f"/v1/thanks?program={tea['id']}").json["data"]) == 1


def test_answers_that_were_not_asked_or_are_endless_are_refused_and_change_nothing(shop, tea, ada):
    one = introduce(shop, tea, ada, answers={"budget": "12"}).json
    do(shop, one, "ask", words="What do they need?")
    for answers in ({"other": "A"}, {"need": "A" * 60_000}, {"budget": "many"}, {"x" * 5_000: "A"}, {"need": "\x00"}):
        refused = do(shop, one, "answer", answers=answers)
        assert code_of(refused) == (422, "invalid_value")
    assert (see(shop, one)["state"], see(shop, one)["answers"]) == ("needs_more", {"budget": "12"})
    answered = do(shop, one, "answer", answers={"need": "Tea."}).json
    assert (answered["state"], answered["answers"]) == ("received", {"budget": "12", "need": "Tea."})


def test_a_customer_of_another_program_is_nobodys_customer_here(shop, tea, ada):
    other = shop.program(external_id="other", name="Other shop")
    sell(shop, other, "grace@navy.example")
    shop.settle()
    assert introduce(shop, tea, ada).json["state"] == "received"
    sold = shop.partner(other, external_id="sold", email="sold@mail.example")
    sell(shop, other, "joan@navy.example", "o2", touches=[{"click_id": shop.click_id(shop.link(other, sold))}])
    shop.settle()
    assert introduce(shop, tea, ada, "joan@navy.example").json["state"] == "received"


def test_a_customer_of_this_program_is_declined_whoever_brought_them(shop, tea, ada, bob):
    sell(shop, tea, "grace@navy.example", touches=[{"click_id": shop.click_id(shop.link(tea, bob))}])
    assert introduce(shop, tea, ada).json["reason"] == "existing_customer"
    sell(shop, tea, "joan@navy.example", "o2")
    shop.settle()
    assert introduce(shop, tea, ada, "joan@navy.example").json["reason"] == "existing_customer"
