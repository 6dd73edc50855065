"""The introduced person: what they say counts more than who was first, and nothing of them is kept too long."""

import contextlib
import json

import pytest

from chalicelib.introductions import claims
from chalicelib.introductions.find import IntroductionNotFound
from chalicelib.introductions.steps import MoveRefused
from chalicelib.introductions.turns import won
from chalicelib.kit import memory
from chalicelib.kit.dynamo import writes
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault
from tests.introduced import code_of, do, introduce, open_for_introductions, see

pytestmark = pytest.mark.engine

WHY = "Grace runs the harbor office and looks for tea."


@pytest.fixture
def tea(shop):
    return open_for_introductions(shop.program(external_id="tea"))


@pytest.fixture
def ada(shop, tea):
    return shop.partner(tea, external_id="ada", name="Ada", email="ada@mail.example")


@pytest.fixture
def bob(shop, tea):
    return shop.partner(tea, external_id="bob", name="Bob", email="bob@mail.example")


def token_of(introduction):
    return claims.make_token(introduction["id"])


def steps(shop, introduction):
    return [(one["to_state"], one["reason"], one["by"]) for one in see(shop, introduction)["history"]]


def stored(shop):
    """Return all that is stored about introductions, as text."""
    return json.dumps(shop.rows("introductions"), default=str)


def win(shop, introduction):
    row = claims.read_token(token_of(introduction))
    change = won(row, customer_id="cus_01KB4Z8V3HMXQ2T7N5R9C6J0FD", conversion_id="cnv_1", at=shop.at)
    assert not writes.commit(*change.writes)


def test_the_persons_own_word_makes_the_second_first_and_the_letter_is_evidence(shop, tea, ada, bob):
    first, second = introduce(shop, tea, ada).json, introduce(shop, tea, bob).json
    do(shop, first, "accept")
    shop.wait(seconds=1)
    assert {one.id for one in claims.list_claims(claims.read_token(token_of(second)))} == {first["id"], second["id"]}
    for _ in range(2):
        claimed = claims.claim(token_of(first), second["id"], at=shop.at)
        assert (claimed.state, claimed.place_in_line) == ("received", 1)
    assert steps(shop, second)[1:] == [("received", "named_by_person", "person")]
    assert steps(shop, first)[2:] == [("second_in_line", "named_another", "person")]
    evidence = [row["evidence"]["S"] for row in shop.rows("introductions") if "evidence" in row]
    assert evidence == [first["id"]]
    third = introduce(shop, tea, shop.partner(tea, email="cy@mail.example")).json
    do(shop, second, "decline", reason="no_fit")
    assert see(shop, first)["state"] == "received"
    assert see(shop, third)["state"] == "second_in_line"


def test_the_persons_word_for_the_first_changes_no_place(shop, tea, ada, bob):
    first, second = introduce(shop, tea, ada).json, introduce(shop, tea, bob).json
    for _ in range(2):
        assert claims.claim(token_of(first), first["id"], at=shop.at).state == "received"
    assert steps(shop, first)[1:] == [("received", "named_by_person", "person")]
    assert see(shop, second)["state"] == "second_in_line"


def test_a_word_comes_too_late_once_a_sale_won_another_one(shop, tea, ada, bob):
    first, second = introduce(shop, tea, ada).json, introduce(shop, tea, bob).json
    do(shop, first, "accept")
    win(shop, first)
    with pytest.raises(MoveRefused):
        claims.claim(token_of(second), second["id"], at=shop.at)
    assert see(shop, second)["state"] == "second_in_line"


def test_nobody_claims_without_the_letter_or_for_others(shop, tea, ada, bob):
    mine, other = introduce(shop, tea, ada).json, introduce(shop, tea, bob, "joan@navy.example").json
    for token in (f"{mine['id']}.AAAAAAAAAAAAAAAAAAAAAA", mine["id"], f"{other['id']}.{token_of(mine)[-22:]}", ""):
        with pytest.raises(IntroductionNotFound):
            claims.claim(token, mine["id"], at=shop.at)
    with pytest.raises(IntroductionNotFound):
        claims.claim(token_of(mine), other["id"], at=shop.at)


def test_a_claim_passes_on_lines_that_the_displaced_one_alone_had(shop, tea, ada, bob):
    both = introduce(shop, tea, ada, person={"phone": "+4930123456"}).json
    by_email = introduce(shop, tea, bob).json
    by_phone = introduce(shop, tea, shop.partner(tea, email="cy@m.example"), None, person={"phone": "+4930123456"}).json
    claims.claim(token_of(by_email), by_email["id"], at=shop.at)
    assert see(shop, both)["state"] == "second_in_line"
    assert see(shop, by_phone)["state"] == "received"


@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
def test_a_claim_that_crashes_anywhere_leaves_one_first(shop, tea, crash):
    at = 0
    while True:
        ada, bob = (shop.partner(tea, email=f"{name}{at}@mail.example") for name in "ab")
        first, second = (introduce(shop, tea, one, f"g{at}@navy.example").json for one in (ada, bob))
        shop.line.fault = crash(len(shop.line.calls) + at)
        with contextlib.suppress(Crash):
            claims.claim(token_of(second), second["id"], at=shop.at)
        hit, shop.line.fault = shop.line.fault.hit, Fault()
        assert sorted(see(shop, one)["state"] for one in (first, second)) == ["received", "second_in_line"]
        if not hit:
            break
        assert claims.claim(token_of(second), second["id"], at=shop.at).state == "received"
        assert len(steps(shop, second)) == 2
        at += 1
    assert at > 5


def test_the_person_has_all_deleted_and_the_next_one_goes_too(shop, tea, ada, bob):
    first, second = introduce(shop, tea, ada, why=WHY).json, introduce(shop, tea, bob).json
    do(shop, first, "ask", words="Is Grace still there?")
    for _ in range(2):
        claims.erase_all(token_of(first), at=shop.at)
    for one in (first, second):
        now = see(shop, one)
        assert (now["state"], now["reason"]) == ("lapsed", "asked_to_be_deleted")
        assert (now["person"], now["why"], now["words"]) == (None, None, None)
        assert {step["words"] for step in now["history"]} == {None}
    assert no_trace(shop)
    assert introduce(shop, tea, bob).json["state"] == "received"


def no_trace(shop):
    kinds = {row["kind"]["S"] for row in shop.rows("introductions")}
    left = [word for word in ("Grace", "grace", "Hopper", "harbor", "navy") if word in stored(shop)]
    return left == [] and not kinds & {"of_person", "first_in_line", "waiting_in_line"}


@pytest.mark.parametrize("ending", ["declined", "lapsed", "lost"])
def test_what_is_kept_goes_thirty_days_after_the_end(shop, tea, ada, ending):
    first = introduce(shop, tea, ada, why=WHY).json
    if ending == "declined":
        do(shop, first, "decline", reason="no_fit", words="Grace wants coffee.")
    elif ending == "lost":
        do(shop, first, "accept", words="Grace has time in May.")
        do(shop, first, "lost", reason="no_budget")
    else:
        do(shop, first, "withdraw")
    shop.wait(days=29)
    shop.run_schedule("check_introductions")
    assert see(shop, first)["person"]["name"] == "Grace Hopper"
    shop.wait(days=1)
    for _ in range(2):
        shop.run_schedule("check_introductions")
    gone = see(shop, first)
    assert (gone["state"], gone["person"], gone["why"]) == (ending, None, None)
    assert gone["erased_at"] is not None
    assert no_trace(shop)


def test_a_person_who_asks_the_business_is_found_and_erased_by_address_or_phone(shop, tea, ada):
    first = introduce(shop, tea, ada, person={"phone": "+4930123456"}, why=WHY).json
    for contact in ({"email": "Grace@Navy.example"}, {"phone": "0049 30 123456"}):
        persons = shop.post("/v1/introduced-people/find", contact).json["introductions"]
        assert [one["id"] for one in persons] == [first["id"]]
    assert code_of(shop.post("/v1/introduced-people/erase", {})) == (422, "invalid_value")
    assert shop.post("/v1/introduced-people/erase", {"phone": "+4930123456"}).json["introductions"] == [first["id"]]
    assert shop.post("/v1/introduced-people/find", {"email": "grace@navy.example"}).json["introductions"] == []
    assert no_trace(shop)


def test_a_partners_copy_has_their_words_and_the_introduced_persons_name_is_in_hers(shop, tea, ada):
    introduce(shop, tea, ada, "customer-1@mail.example", why=WHY)
    shop.sale(tea)
    shop.settle()
    [mine] = copied(shop, f"/v1/partners/{ada['id']}/data")
    assert (mine["why"], "person" in mine) == (WHY, False)
    [hers] = copied(shop, "/v1/customers/ext_customer-1/data")
    assert (hers["person"]["name"], hers["why"]) == ("Grace Hopper", WHY)


def copied(shop, path):
    return [one["fields"] for one in shop.get(path).json["data"] if one["kind"] == "introduction"]


def test_who_is_erased_is_gone_from_the_introductions_of_others(shop, tea, ada):
    first = introduce(shop, tea, ada, "customer-1@mail.example").json
    shop.sale(tea)
    shop.settle()
    assert shop.post("/v1/customers/ext_customer-1/erase", {"gives_up": True}).status == 200
    now = see(shop, first)
    assert now["person"] is None
    assert "customer-1@mail.example" not in stored(shop)


def test_introductions_of_a_merged_partner_are_the_survivors_and_none_is_behind_themselves(shop, tea, ada):
    twin = shop.partner(tea, email="ada@other.example")
    first = introduce(shop, tea, twin).json
    assert shop.post(f"/v1/partners/{twin['id']}/merge", {"into": ada["id"]}).status == 200
    memory.forget_everything()
    assert [one["id"] for one in shop.get(f"/v1/introductions?partner={ada['id']}").json["data"]] == [first["id"]]
    assert code_of(introduce(shop, tea, twin)) == (409, "already_introduced")
    assert code_of(introduce(shop, tea, twin, "ada@other.example")) == (422, "self_introduction")


def test_those_who_wait_behind_a_sale_are_declined_and_nobody_waits_any_longer(shop, tea, ada, bob):
    first, second = introduce(shop, tea, ada).json, introduce(shop, tea, bob).json
    do(shop, first, "accept")
    win(shop, first)
    shop.run_schedule("check_introductions")
    declined = see(shop, second)
    assert (declined["state"], declined["reason"]) == ("declined", "existing_customer")
    late = introduce(shop, tea, shop.partner(tea, email="cy@mail.example")).json
    assert (late["state"], late["reason"]) == ("declined", "existing_customer")


def test_a_test_program_leaves_no_introduction_behind(shop):
    program = open_for_introductions(shop.program(external_id="try", mode="test"))
    partner, other = (shop.partner(program, email=f"{name}@mail.example") for name in "xy")
    shop.post("/v1/talks", {"program": program["id"], "email": "joan@navy.example"})
    assert introduce(shop, program, partner).json["id"].startswith("itr_t")
    introduce(shop, program, other)
    introduce(shop, program, other, "joan@navy.example")
    shop.settle()
    assert shop.call("DELETE", f"/v1/programs/{program['id']}").status in (200, 202)
    memory.forget_everything()
    shop.wait(minutes=11)
    shop.run_schedule("delete_tests")
    assert shop.rows("introductions") == []


def test_a_lost_event_and_a_wrong_place_in_line_are_found(shop, tea, ada):
    introduce(shop, tea, ada)
    shop.settle()
    shop.wait(minutes=5)
    day = f"{shop.at:%Y-%m-%d}"
    assert reconciled(shop, day) == []
    [event] = [row for row in shop.rows("events") if row["type"]["S"].startswith("introduction.")]
    shop.delete_row("events", event)
    [head] = [row for row in shop.rows("introductions") if row["kind"]["S"] == "first_in_line"]
    shop.delete_row("introductions", head)
    assert reconciled(shop, day, repair=True) == [("event_missing", True), ("introduction_misplaced", False)]
    assert [row["pk"] for row in shop.rows("events") if row["type"]["S"].startswith("introduction.")] == [event["pk"]]


def reconciled(shop, day, repair=False):
    from tests.flows.money.test_proof import reconciled as compare

    return [(one["kind"], one["repaired"]) for one in compare(shop, day, repair=repair)[0]]
