"""Batches of partners: each item by itself, once however often it is sent, and nothing of it in a dry run."""

import contextlib

import pytest

from bench.simulated import metered
from chalicelib.kit import memory
from chalicelib.onboarding import batch
from chalicelib.onboarding.batch_shapes import MOST
from tests.faults.forked import forked
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Lost, Refused
from tests.faults.sampling import sample

BATCH = "/v1/partners/batch"


def send(shop, *items, **more):
    answer = shop.post(BATCH, {"partners": list(items), **more})
    assert answer.status == 200, answer.body
    return answer.json["data"]


def results(answers):
    return [one["result"] for one in answers]


def people(shop):
    return {one["name"]: one for one in shop.get("/v1/partners").json["data"]}


def person(program, name="Ada", **more):
    key = name.lower()
    item = {"name": name, "external_id": key, "email": f"{key}@mail.example", "program": program["id"]}
    return item | {"link": {"code": f"tea-{key}"}} | more


def test_the_same_batch_twice_creates_every_partner_with_their_enrollment_and_link_once(shop):
    program = shop.program()
    batch_of_two = [person(program, "Ada", category="influencer", locale="de"), person(program, "Bea")]

    first, again = send(shop, *batch_of_two), send(shop, *batch_of_two)

    assert (results(first), results(again)) == (["created"] * 2, ["unchanged"] * 2)
    assert again == [one | {"result": "unchanged"} for one in first]
    ada = shop.get("/v1/partners/ext_ada").json
    assert (ada["id"], ada["category"], ada["locale"]) == (first[0]["partner"], "influencer", "de")
    assert [(one["program"], one["share_url"]) for one in ada["enrollments"]] == [
        (program["id"], first[0]["share_url"])
    ]
    assert first[0]["link"]["url"] == "https://go.example/tea-ada"
    assert shop.get("/v1/links/tea-ada").json == first[0]["link"]
    assert shop.click(first[0]["link"]).status == 302
    assert len(people(shop)) == 2


def test_new_partners_get_the_welcome_email_once_and_those_who_were_there_none(shop):
    program = shop.program()
    shop.partner(program, external_id="bea", email="bea@mail.example")
    shop.settle()
    before = len(shop.emails())

    for _ in range(2):
        send(shop, person(program), person(program, "Bea"))
        shop.settle()

    assert shop.emails()[before:] == [("Welcome: your first steps with Tea Shop", "Ada <ada@mail.example>")]


def test_one_bad_item_refuses_nothing_but_itself_and_says_where(shop):
    program = shop.program()
    shop.link(program, shop.partner(program, name="Old"), code="taken")
    bad = [
        {"external_id": "x"},
        {"name": "Nobody"},
        {"name": "Eve", "email": "eve", "surprise": 1},
        person(program, "Cyd", link={"code": "taken"}),
        person(program, "Dan", link={"code": "api"}),
        person(program, "Eli", link={"destination": "https://evil.example/"}),
        {"name": "Fay", "external_id": "fay", "link": {"code": "fay"}},
        person({"id": "prg_none"}, "Gus"),
    ]

    answers = send(shop, person(program, "Ada"), *bad, person(program, "Bea"))

    assert results(answers) == ["created", *["refused"] * len(bad), "created"]
    assert [[(error["code"], error["pointer"]) for error in one["problem"]["errors"]] for one in answers[1:-1]] == [
        [("invalid_value", "/name")],
        [("invalid_value", "/external_id")],
        [("invalid_value", "/email"), ("invalid_value", "/surprise")],
        [("code_taken", "/link/code")],
        [("code_refused", "/link/code")],
        [("destination_refused", "/link/destination")],
        [("invalid_value", "/program")],
        [("program_not_found", "/program")],
    ]
    assert answers[1]["problem"]["status"] == 422
    assert people(shop).keys() == {"Old", "Ada", "Bea"}


def test_a_dry_run_says_what_would_happen_and_writes_nothing(shop):
    program = shop.program()
    old = shop.partner(program, name="Known", external_id="known")
    items = [
        person(program, "Ada"),
        # The same partner a second time: they would be there by then, with their first link.
        person(program, "Ada"),
        person(program, "Ada", link={"code": "second"}),
        person(program, "Bea", link={"code": "tea-ada"}),
        {"email": "cyd@mail.example", "name": "Cyd"},
        {"email": "Cyd@mail.example", "program": program["id"]},
        {"external_id": "known", "program": program["id"], "link": {"channel": "flyer"}},
        {"external_id": "known", "program": program["id"]},
    ]
    tables = ("partners", "links", "audit", "idempotency")
    before = {table: shop.rows(table) for table in tables}

    rehearsed = send(shop, *items, dry_run=True)

    assert {table: shop.rows(table) for table in tables} == before
    done = send(shop, *items)
    expected = ["created", "unchanged", "added", "refused", "created", "added", "added", "unchanged"]
    assert (results(rehearsed), results(done)) == (expected, expected)
    assert [one["partner"] for one in rehearsed] == [None] * 6 + [old["id"]] * 2
    assert [one["link"] for one in rehearsed] == [None] * len(items)
    assert rehearsed[3]["problem"] == done[3]["problem"]
    assert rehearsed[-1] == done[-1]


def test_a_known_partner_gets_an_enrollment_and_links_and_is_not_changed(shop):
    program, other = shop.program(), shop.program(name="Other")
    ada = shop.partner(program, external_id="ada", email="ada@mail.example")
    new = {"external_id": "ada", "name": "Someone", "email": "ADA@mail.example", "category": "influencer"}

    [first] = send(shop, new | {"program": other["id"], "link": {"code": "winter", "channel": "flyer"}})
    [again] = send(shop, {"email": "ada@mail.example", "program": other["id"], "link": {"code": "winter"}})
    [changed] = send(
        shop, new | {"program": other["id"], "link": {"code": "winter", "channel": "mail", "external_id": "w"}}
    )

    assert (first["result"], first["partner"], first["ignored"]) == ("added", ada["id"], ["/name", "/category"])
    assert (again["result"], again["link"]) == ("unchanged", first["link"])
    assert changed["ignored"] == ["/name", "/category", "/link/channel", "/link/external_id"]
    after = shop.get(f"/v1/partners/{ada['id']}").json
    assert (after["name"], after["category"]) == (ada["name"], "client")
    assert {one["program"] for one in after["enrollments"]} == {program["id"], other["id"]}
    actions = [one["action"] for one in shop.get(f"/v1/audit?subject={ada['id']}").json["data"]]
    assert actions == ["partner.imported", "partner.created"]


def test_a_link_without_a_code_is_found_again_by_where_it_leads(shop):
    program = shop.program()
    item = person(program, link={"channel": "flyer"})

    first, again = send(shop, item), send(shop, item)
    [another] = send(shop, person(program, link={"channel": "mail"}))

    assert first[0]["link"] == again[0]["link"]
    assert (another["result"], another["link"]["channel"]) == ("added", "mail")
    assert len(shop.get(f"/v1/links?partner={first[0]['partner']}").json["data"]) == 2


def test_without_an_id_of_yours_the_address_says_who_it_is_unless_several_have_it(shop):
    program = shop.program()
    item = {"name": "Ada", "email": "ada@mail.example", "program": program["id"]}

    first, again = send(shop, item), send(shop, item)
    assert (results(first), results(again)) == (["created"], ["unchanged"])
    # Found even if the address was corrected at once.
    assert shop.patch(f"/v1/partners/{first[0]['partner']}", {"email": "ada@new.example"}).status == 200
    assert [one["partner"] for one in send(shop, item)] == [first[0]["partner"]]

    [twin] = send(shop, {"external_id": "twin", "name": "Twin", "email": "ada@new.example"})
    assert (twin["result"], twin["same_email"]) == ("created", [first[0]["partner"]])
    [refused] = send(shop, item | {"email": "ada@new.example"})
    assert (refused["problem"]["code"], refused["problem"]["status"]) == ("partner_ambiguous", 409)


def test_who_left_was_banned_or_was_erased_is_not_brought_back(shop):
    program = shop.program()
    for key in ("left", "banned", "erased"):
        shop.partner(program, external_id=key, email=f"{key}@mail.example")
    shop.post("/v1/partners/ext_left/leave", {"program": program["id"]})
    shop.post("/v1/partners/ext_banned/ban", {"reason": "fraud"})
    shop.post("/v1/partners/ext_erased/erase", {"confirm": True})
    before = shop.rows("partners")

    answers = send(
        shop, *(person(program, key) for key in ("left", "banned")), person(program, "New", email="banned@mail.example")
    )

    assert [one["problem"]["code"] for one in answers] == ["partner_left", "partner_banned", "partner_banned"]
    assert shop.rows("partners") == before


def test_a_program_that_has_ended_takes_neither_partners_nor_links(shop):
    program = shop.program()
    send(shop, person(program))
    end = {"touches_until": "2026-03-11T00:00:00Z", "sales_until": "2026-04-11T00:00:00Z"}
    assert shop.post(f"/v1/programs/{program['id']}/end", end).status == 200
    shop.wait(days=2)
    memory.forget_everything()

    answers = send(shop, person(program), person(program, link={"code": "another"}), person(program, "Bea"))

    assert results(answers) == ["unchanged", "refused", "refused"]
    assert [one["problem"]["code"] for one in answers[1:]] == ["program_ended"] * 2


def test_a_link_that_was_ended_is_not_created_again(shop):
    program = shop.program()
    send(shop, person(program))
    shop.post("/v1/links/tea-ada/disable")

    [refused] = send(shop, person(program))

    assert (refused["problem"]["code"], refused["problem"]["errors"][0]["pointer"]) == ("code_taken", "/link/code")


def test_what_time_did_not_suffice_for_is_named_and_may_be_sent_again(shop, monkeypatch):
    program = shop.program()
    items = [person(program, name) for name in ("Ada", "Bea", "Cyd")]
    monkeypatch.setattr(batch, "_MOST_SECONDS", 0.0)

    rounds = [results(send(shop, *items))]
    monkeypatch.setattr(batch, "_MOST_SECONDS", 8.0)
    rounds.append(results(send(shop, *items)))

    assert rounds == [["created", "not_reached", "not_reached"], ["unchanged", "created", "created"]]


def test_a_batch_has_a_hundred_items_at_most_and_links_need_their_scope(shop):
    program = shop.program()
    key = shop.post("/v1/keys", {"name": "no links", "scopes": ["partners:write"]}).json["secret"]

    assert shop.post(BATCH, {"partners": []}).status == 422
    assert shop.post(BATCH, {"partners": [{"name": "x"}] * (MOST + 1)}).status == 422
    refused = shop.post(BATCH, {"partners": [person(program)]}, key=key)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    without = {name: value for name, value in person(program).items() if name != "link"}
    assert results(shop.post(BATCH, {"partners": [without]}, key=key).json["data"]) == ["created"]


@pytest.mark.slow
@pytest.mark.sweep
@pytest.mark.engine
def test_a_crash_at_any_call_leaves_an_item_whole_or_not_begun_and_the_next_call_ends_it(shop):
    program = shop.program()
    bea = shop.partner(program, external_id="bea")
    other = shop.program(name="Other")
    items = [person(program), {"name": "Bea", "external_id": "bea", "program": other["id"], "link": {"code": "bea"}}]
    shop.line.calls.clear()

    def count():
        send(shop, *items)
        return len(shop.line.calls)

    calls = forked(count)

    def run(fault):
        shop.line.calls.clear()
        shop.line.fault = fault
        with contextlib.suppress(Crash):
            shop.post(BATCH, {"partners": items})
        shop.line.fault = Fault()
        memory.forget_everything()
        states = []
        for number, code in enumerate(("tea-ada", "bea")):
            partner = shop.get(f"/v1/partners/ext_{items[number]['external_id']}")
            enrolled = partner.status == 200 and items[number]["program"] in [
                one["program"] for one in partner.json["enrollments"]
            ]
            states.append({enrolled, shop.get(f"/v1/links/{code}").status == 200})
        assert all(len(state) == 1 for state in states), states
        answers = send(shop, *items)
        assert set(results(answers)) <= {"created", "added", "unchanged"}
        assert answers[1]["partner"] == bea["id"]
        imported = shop.get("/v1/audit?action=partner.imported").json["data"]
        assert len(imported) == 2
        assert shop.verified() is None
        return fault.hit

    refusals = [
        Refused(call, code="TransactionCanceledException", reason=reason, position=position)
        for call in range(calls)
        for reason in ("TransactionConflict", "ConditionalCheckFailed")
        for position in range(2)
    ]
    crashes = sample([kind(call) for call in range(calls) for kind in (CrashBefore, CrashAfter, Lost)], 9)
    hits = [forked(run, fault) for fault in (*crashes, *sample(refusals, 9))]
    assert sum(hits) > len(crashes)


# What an item takes at most: who it is, their links, and one transaction; and two reads of the call, key and program.
CALLS = {"created": 13, "added": 8, "unchanged": 7}


@pytest.mark.engine
def test_an_item_takes_few_calls_of_the_database_and_as_many_in_a_large_batch():
    with metered() as (shop, meter):
        program = shop.program()

        def calls(result, *items):
            memory.forget_everything()
            meter.clear()
            assert set(results(send(shop, *items))) == {result}
            return sum(meter.counted.values())

        new = [person(program, f"P{number}", email=f"p{number}@mail.example") for number in range(20)]
        by_address = [{name: value for name, value in one.items() if name != "external_id"} for one in new]
        others = [one | {"email": f"other-{one['email']}", "link": {"channel": "mail"}} for one in by_address]
        more = [one | {"link": {"code": f"more-{number}"}} for number, one in enumerate(new)]
        taken = {
            "created": [calls("created", one) for one in (new[0], others[0])],
            "added": [calls("added", more[0])],
            "unchanged": [calls("unchanged", one) for one in (new[0], others[0], more[0])],
        }
        several = calls("created", *new[1:], *others[1:])

    at_most = {result: max(numbers) for result, numbers in taken.items()}
    assert at_most == CALLS
    assert several - 2 <= len(new[1:]) * (sum(taken["created"]) - 4)
