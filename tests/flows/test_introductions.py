"""A partner introduces somebody: the first is first, and everybody hears what becomes of it."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.kit import instants
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault
from tests.introduced import code_of, do, introduce, open_for_introductions, see

pytestmark = pytest.mark.engine


@pytest.fixture
def tea(shop):
    return open_for_introductions(shop.program(external_id="tea"))


@pytest.fixture
def ada(shop, tea):
    return shop.partner(tea, external_id="ada", name="Ada", email="ada@mail.example")


@pytest.fixture
def bob(shop, tea):
    return shop.partner(tea, external_id="bob", name="Bob", email="bob@mail.example")


def events(shop, introduction):
    shop.streams.run()
    shop.wait(minutes=2)
    listed = shop.get(f"/v1/events?program={introduction['program']}&type=introduction.*").json["data"]
    theirs = sorted(
        (one for one in listed if one["subject"] == introduction["id"]), key=lambda one: one["data"]["number"]
    )
    return [(one["type"].partition(".")[2], one["data"].get("reason")) for one in theirs]


def states(shop, introduction):
    return [(step["to_state"], step["reason"], step["by"]) for step in see(shop, introduction)["history"]]


def test_the_first_received_is_first_and_the_second_hears_how_long_the_first_is_protected(shop, tea, ada, bob):
    first = introduce(shop, tea, ada).json
    assert (first["state"], first["place_in_line"]) == ("received", 1)
    second = introduce(shop, tea, bob, "Grace+tea@Navy.example").json
    assert (second["state"], second["place_in_line"]) == ("second_in_line", 2)
    assert (second["first_since"], second["first_until"]) == (first["received_at"], first["protected_until"])
    answer = str(second)
    assert ada["id"] not in answer
    assert first["id"] not in answer


@pytest.mark.parametrize("ending", ["decline", "lost", "lapse", "withdraw", "erase"])
def test_the_second_moves_up_once_however_the_first_ends(shop, tea, ada, bob, ending):
    first, second = introduce(shop, tea, ada).json, introduce(shop, tea, bob).json
    shop.wait(seconds=1)
    third = introduce(shop, tea, shop.partner(tea, email="cy@mail.example")).json
    if ending == "decline":
        do(shop, first, "decline", reason="no_fit", words="Not our kind of company.")
    elif ending == "lost":
        do(shop, first, "accept")
        do(shop, first, "lost", reason="no_budget")
    elif ending == "withdraw":
        do(shop, first, "withdraw")
    elif ending == "erase":
        assert shop.post(f"/v1/partners/{ada['id']}/erase", {}).status == 200
    else:
        shop.wait(days=30)
        shop.run_schedule("check_introductions")
    for _ in range(2):
        shop.run_schedule("check_introductions")
    assert see(shop, first)["state"] == {"decline": "declined", "lost": "lost"}.get(ending, "lapsed")
    moved = see(shop, second)
    assert (moved["state"], moved["reason"], moved["place_in_line"]) == ("received", "moved_up", 1)
    assert moved["received_at"] == second["received_at"]
    assert [one for one in states(shop, second) if one[0] == "received"] == [("received", "moved_up", "time")]
    assert see(shop, third)["state"] == "second_in_line"


def test_the_words_of_a_decline_are_told_and_its_reason_is_on_record(shop, tea, ada):
    first = introduce(shop, tea, ada).json
    declined = do(shop, first, "decline", reason="outside_territory", words="We do not sell there yet.").json
    assert (declined["reason"], declined["words"]) == ("outside_territory", "We do not sell there yet.")
    assert states(shop, first) == [("received", None, "business"), ("declined", "outside_territory", "business")]
    assert events(shop, first) == [("received", None), ("declined", "outside_territory")]
    assert code_of(do(shop, first, "decline")) == (422, "invalid_value")
    assert do(shop, first, "decline", reason="no_fit").json["reason"] == "outside_territory"


def test_a_draft_takes_no_place_until_it_is_received(shop, tea, ada, bob):
    draft = introduce(shop, tea, ada, draft=True).json
    assert (draft["state"], draft["place_in_line"], draft["received_at"]) == ("offered", None, None)
    assert introduce(shop, tea, bob).json["place_in_line"] == 1
    assert do(shop, draft, "receive").json["state"] == "second_in_line"
    assert do(shop, draft, "receive").json["state"] == "second_in_line"
    assert events(shop, draft) == [("second_in_line", "introduced_before")]


def test_a_draft_expires_after_thirty_days(shop, tea, ada):
    draft = introduce(shop, tea, ada, draft=True).json
    shop.wait(days=29)
    shop.run_schedule("check_introductions")
    assert see(shop, draft)["state"] == "offered"
    shop.wait(days=1)
    shop.run_schedule("check_introductions")
    lapsed = see(shop, draft)
    assert (lapsed["state"], lapsed["reason"]) == ("lapsed", "draft_expired")
    assert code_of(do(shop, draft, "receive")) == (409, "move_refused")


def test_a_customer_is_declined_at_once(shop, tea, ada):
    assert shop.sale(tea).status == 201
    shop.settle()
    assert_declined(shop, introduce(shop, tea, ada, "Customer-1@mail.example").json, "existing_customer")


def test_one_in_talks_is_declined_at_once_until_the_talks_are_old(shop, tea, ada, bob):
    talks = shop.post("/v1/talks", {"program": "ext_tea", "email": "grace@navy.example"}).json
    assert_declined(shop, introduce(shop, tea, ada, "GRACE@navy.example").json, "already_in_talks")
    shop.at = instants.parse(talks["until"])
    assert introduce(shop, tea, bob).json["state"] == "received"
    assert code_of(shop.post("/v1/talks", {"program": "ext_tea"})) == (422, "invalid_value")


def assert_declined(shop, introduction, reason):
    assert (introduction["state"], introduction["reason"]) == ("declined", reason)
    assert introduction["allowed"] == []
    assert states(shop, introduction) == [("declined", reason, "time")]


def test_the_person_is_known_by_phone_too_and_a_company_by_its_domain(shop, tea, ada, bob):
    phone = {"phone": "+49 30 / 123 45 67"}
    assert introduce(shop, tea, ada, None, person=phone).json["state"] == "received"
    again = introduce(shop, tea, bob, "other@mail.example", person={"phone": "0049 30 1234567"}).json
    assert again["state"] == "second_in_line"
    acme = {"company": "Acme"}
    assert introduce(shop, tea, ada, "x@eu.acme.example", person=acme).json["state"] == "received"
    assert introduce(shop, tea, bob, "y@acme.example", person=acme).json["state"] == "second_in_line"
    assert introduce(shop, tea, bob, "y@acme.example").json["state"] == "received"
    assert introduce(shop, tea, bob, "z@gmail.com", person=acme).json["state"] == "received"


def test_a_partner_introduces_two_people_of_a_company_and_each_of_them_once(shop, tea, ada, bob):
    acme = {"company": "Acme"}
    first = introduce(shop, tea, ada, "x@acme.example", person=acme).json
    second = introduce(shop, tea, ada, "y@acme.example", person=acme).json
    assert (first["state"], second["state"]) == ("received", "received")
    again = introduce(shop, tea, ada, "x@acme.example", person=acme)
    assert (code_of(again), again.json["introduction"]) == ((409, "already_introduced"), first["id"])
    assert code_of(introduce(shop, tea, ada, "info@acme.example", person=acme)) == (409, "already_introduced")
    waiting = introduce(shop, tea, bob, "z@acme.example", person=acme).json
    do(shop, second, "decline", reason="no_fit")
    assert see(shop, waiting)["state"] == "second_in_line"
    do(shop, first, "decline", reason="no_fit")
    assert see(shop, waiting)["state"] == "received"


def test_one_who_waits_for_two_firsts_moves_up_when_the_last_of_them_ends(shop, tea, ada, bob):
    by_email = introduce(shop, tea, ada).json
    by_phone = introduce(shop, tea, bob, None, person={"phone": "+4930123456"}).json
    cy = shop.partner(tea, email="cy@mail.example")
    both = introduce(shop, tea, cy, person={"phone": "+4930123456"}).json
    do(shop, by_email, "decline", reason="no_fit")
    assert see(shop, both)["state"] == "second_in_line"
    late = introduce(shop, tea, ada, draft=True).json
    do(shop, by_phone, "decline", reason="no_fit")
    assert see(shop, both)["state"] == "received"
    assert do(shop, late, "receive").json["state"] == "second_in_line"


@pytest.mark.parametrize(
    ("person", "more", "refusal"),
    [
        ({"email": "ada+me@mail.example"}, {}, (422, "self_introduction")),
        ({"email": "x@mailinator.com"}, {}, (422, "disposable_email")),
        ({"email": "info@navy.example"}, {}, (422, "role_address")),
        ({"email": None}, {}, (422, "person_unreachable")),
        ({"phone": "12345"}, {}, (422, "invalid_value")),
        ({}, {"sent_by": "us"}, (422, "consent_needed")),
        ({}, {"expected_amount": {"amount": 1, "currency": "EUR"}}, (422, "invalid_value")),
        ({}, {"answers": {"budget": "1"}}, (422, "invalid_value")),
        ({}, {"why": ""}, (422, "invalid_value")),
    ],
)
def test_what_cannot_be_introduced_is_refused_and_nothing_is_kept(shop, tea, ada, person, more, refusal):
    assert code_of(introduce(shop, tea, ada, person=person, **more)) == refusal
    assert shop.get("/v1/introductions").json["data"] == []
    assert introduce(shop, tea, ada, "info@navy.example", person={"company": "Navy"}).status == 201


def test_a_program_that_takes_none_refuses_and_so_do_strangers_and_the_suspended(shop, tea, ada):
    closed = shop.program(external_id="closed")
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": closed["id"]})
    assert code_of(introduce(shop, closed, ada)) == (409, "introductions_closed")
    stranger = shop.partner(closed, email="dan@mail.example")
    assert code_of(introduce(shop, tea, stranger)) == (422, "partner_not_enrolled")
    stop = {"reason": "under_review", "earned": "hold", "note": "we look into it"}
    assert shop.post(f"/v1/partners/{ada['id']}/suspend", stop).status in (200, 201)
    assert code_of(introduce(shop, tea, ada)) == (409, "introductions_closed")


def test_a_wrong_move_is_refused_with_the_allowed_ones(shop, tea, ada):
    first = introduce(shop, tea, ada).json
    assert first["allowed"] == ["accepted", "declined", "needs_more"]
    refused = do(shop, first, "move", state="meeting")
    assert code_of(refused) == (409, "move_refused")
    assert refused.json["allowed"] == ["accepted", "declined", "needs_more"]
    do(shop, first, "accept")
    assert do(shop, first, "move", state="proposal").json["state"] == "proposal"
    assert do(shop, first, "move", state="in_touch", words="Back to the start.").json["state"] == "in_touch"
    assert code_of(do(shop, first, "decline", reason="no_fit")) == (409, "move_refused")
    assert code_of(do(shop, first, "move", state="won")) == (422, "invalid_value")
    assert events(shop, first) == [("received", None), ("accepted", None), ("moved", None), ("moved", None)]


def test_a_partner_answers_what_was_missing_and_keeps_their_place(shop, tea, ada, bob):
    first, second = introduce(shop, tea, ada).json, introduce(shop, tea, bob).json
    assert do(shop, first, "ask", words="Which office is she at?").json["state"] == "needs_more"
    answered = do(shop, first, "answer", words="In Boston.").json
    assert (answered["state"], answered["place_in_line"]) == ("received", 1)
    assert see(shop, second)["state"] == "second_in_line"
    assert code_of(do(shop, first, "answer", words="Again.")) == (409, "move_refused")


def test_the_twenty_first_open_introduction_is_refused_with_the_list(shop, tea, ada):
    open_for_introductions(tea, most_a_day=100)
    made = [introduce(shop, tea, ada, f"g{number}@navy.example").json for number in range(20)]
    refused = introduce(shop, tea, ada, "late@navy.example")
    assert code_of(refused) == (429, "too_many_open")
    assert {one["id"] for one in refused.json["open"]} == {one["id"] for one in made}
    do(shop, made[0], "withdraw")
    assert introduce(shop, tea, ada, "late@navy.example").status == 201
    assert code_of(introduce(shop, tea, ada, "later@navy.example")) == (429, "too_many_open")


def test_an_address_book_cannot_be_tried_out_in_a_day(shop, tea, ada):
    shop.sale(tea)
    shop.settle()
    probes = [introduce(shop, tea, ada, "customer-1@mail.example").json["state"] for _ in range(10)]
    assert probes == ["declined"] * 10
    refused = introduce(shop, tea, ada)
    assert code_of(refused) == (429, "too_many_today")
    shop.wait(seconds=int(refused.headers["Retry-After"]))
    assert introduce(shop, tea, ada).status == 201


def test_acceptance_protects_and_a_late_move_extends_it_once(shop, tea, ada):
    first = introduce(shop, tea, ada).json
    accepted = do(shop, first, "accept").json
    assert days_until(shop, accepted) == 90
    shop.wait(days=59)
    assert days_until(shop, do(shop, first, "move", state="in_touch").json) == 31
    shop.wait(days=2)
    assert days_until(shop, do(shop, first, "move", state="meeting").json) == 119
    assert code_of(do(shop, first, "extend")) == (409, "already_extended")
    shop.wait(days=110)
    assert days_until(shop, do(shop, first, "move", state="proposal").json) == 9
    shop.wait(days=9)
    shop.run_schedule("check_introductions")
    lapsed = see(shop, first)
    assert (lapsed["state"], lapsed["reason"]) == ("lapsed", "protection_over")


def test_the_business_extends_once_by_hand(shop, tea, ada):
    first = introduce(shop, tea, ada).json
    assert code_of(do(shop, first, "extend")) == (409, "move_refused")
    do(shop, first, "accept")
    assert days_until(shop, do(shop, first, "extend", words="She is on leave.").json) == 180
    assert code_of(do(shop, first, "extend")) == (409, "already_extended")


def test_the_partner_hears_twice_that_protection_ends(shop, tea, ada):
    first = introduce(shop, tea, ada).json
    do(shop, first, "accept")
    for days, times in ((75, 0), (1, 1), (10, 1), (1, 2), (2, 2)):
        shop.wait(days=days)
        for _ in range(2):
            shop.run_schedule("check_introductions")
        assert [one[1] for one in states(shop, first)].count("protection_ends") == times
    shop.wait(days=1)
    shop.run_schedule("check_introductions")
    assert states(shop, first)[-1] == ("lapsed", "protection_over", "time")


def days_until(shop, introduction):
    return (instants.parse(introduction["protected_until"]) - shop.at).days


def test_an_introduction_sent_again_with_its_key_is_made_once(shop, tea, ada):
    body = {"program": tea["id"], "partner": ada["id"], "person": {"name": "G", "email": "g@navy.example"}}
    answers = [
        shop.post("/v1/introductions", body | {"closeness": "friend"}, headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]
    assert [one.status for one in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert len(shop.get("/v1/introductions").json["data"]) == 1
    assert code_of(introduce(shop, tea, ada, "g@navy.example")) == (409, "already_introduced")


def test_many_at_the_same_moment_have_one_first(shop, tea):
    partners = [shop.partner(tea, email=f"p{number}@mail.example") for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        made = [one.json for one in pool.map(lambda partner: introduce(shop, tea, partner), partners)]
    assert sorted(one["state"] for one in made) == ["received", *["second_in_line"] * 23]
    first = next(one for one in made if one["state"] == "received")
    assert {one["first_since"] for one in made if one is not first} == {first["received_at"]}


@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
def test_an_end_that_crashes_anywhere_moves_the_next_one_up_once(shop, tea, crash):
    at = 0
    while True:
        ada, bob = (shop.partner(tea, email=f"{name}{at}@mail.example") for name in "ab")
        first = introduce(shop, tea, ada, f"g{at}@navy.example").json
        second = introduce(shop, tea, bob, f"g{at}@navy.example").json
        shop.line.fault = crash(len(shop.line.calls) + at)
        with contextlib.suppress(Crash):
            do(shop, first, "decline", reason="no_fit")
        hit, shop.line.fault = shop.line.fault.hit, Fault()
        if not hit:
            break
        state = see(shop, first)["state"]
        assert see(shop, second)["state"] == {"received": "second_in_line", "declined": "received"}[state]
        assert do(shop, first, "decline", reason="no_fit").json["state"] == "declined"
        assert [one[0] for one in states(shop, second)] == ["second_in_line", "received"]
        at += 1
    assert at > 5


def test_lists_have_filters_and_pages_both_ways(shop, tea, ada, bob):
    made = []
    for number in range(3):
        shop.wait(minutes=1)
        made.append(introduce(shop, tea, ada, f"g{number}@navy.example").json["id"])
    shop.wait(minutes=1)
    second = introduce(shop, tea, bob, "g0@navy.example").json["id"]
    assert ids(shop, "") == [second, *reversed(made)]
    assert ids(shop, f"?partner={ada['id']}&program=ext_tea") == [*reversed(made)]
    assert ids(shop, "?program=ext_tea&state=second_in_line") == [second]
    assert ids(shop, "?partner=ext_bob&state=received") == []
    page = shop.get("/v1/introductions?limit=3").json
    after = shop.get(f"/v1/introductions?limit=3&cursor={page['next_cursor']}").json
    assert [one["id"] for one in after["data"]] == [made[0]]
    back = shop.get(f"/v1/introductions?limit=3&cursor={after['previous_cursor']}").json
    assert [one["id"] for one in back["data"]] == [one["id"] for one in page["data"]]
    assert shop.get("/v1/introductions/itr_nobody").status == 404


def ids(shop, query):
    return [one["id"] for one in shop.get(f"/v1/introductions{query}").json["data"]]


def test_an_introduction_is_found_by_its_id(shop, tea, ada):
    first = introduce(shop, tea, ada).json
    [result] = shop.get(f"/v1/search?q={first['id']}").json["data"]
    assert (result["type"], result["label"]) == ("introduction", "Grace Hopper")
    assert shop.get(result["path"]).json["id"] == first["id"]
    assert shop.get("/v1/search?q=itr_01KB4Z8V3HMXQ2T7N5R9C6J0FD").json["data"] == []
