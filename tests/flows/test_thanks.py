"""Partners are thanked for what they bring, whatever becomes of it: within three days, or not, for a reason."""

import contextlib
from datetime import date

import pytest

from chalicelib.introductions.table import Introduction
from chalicelib.introductions.thanks_table import Thanks
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault
from tests.introduced import do, introduce, open_for_introductions

RULES = {"received": "note", "meeting": "call", "won": "gift"}


@pytest.fixture
def tea(shop):
    return open_for_introductions(shop.program(timezone="Europe/Berlin"), thanks=RULES)


@pytest.fixture
def ada(shop, tea):
    return shop.partner(tea, external_id="ada")


@pytest.fixture
def received(shop, tea, ada):
    return introduce(shop, tea, ada).json


def thanks_of(shop, program, state="due"):
    return shop.get(f"/v1/thanks?program={program['id']}&state={state}").json["data"]


def settle(shop, thanks, state="done", **body):
    return shop.post(f"/v1/thanks/{thanks['id']}/settle", {"state": state} | body)


@pytest.mark.moto
def test_every_introduction_that_is_received_is_thanked_for_within_three_days(shop, tea, ada, received):
    [thanks] = thanks_of(shop, tea)

    assert (thanks["for"], thanks["kind"], thanks["to"]) == ("received", "note", ada["id"])
    assert thanks["introduction"] == received["id"]
    assert (date.fromisoformat(thanks["due_on"]) - shop.at.date()).days == 3
    assert thanks["cost"] == {"amount": 0, "currency": "USD"}
    assert shop.get(f"/v1/thanks/{thanks['id']}").json == thanks


def test_it_is_thanked_for_whatever_becomes_of_it(shop, tea, ada, received):
    second = introduce(shop, tea, shop.partner(tea, external_id="bob")).json
    draft = introduce(shop, tea, ada, "draft@navy.example", draft=True).json
    do(shop, received, "decline", reason="no_fit")

    thanked = {one["introduction"]: one["for"] for one in thanks_of(shop, tea)}
    assert thanked == {received["id"]: "received", second["id"]: "received"}
    do(shop, draft, "receive")
    assert draft["id"] in {one["introduction"] for one in thanks_of(shop, tea)}


@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
def test_wherever_a_call_crashes_what_was_received_is_thanked_for_and_nothing_else(shop, tea, ada, crash):
    at, thanked = 0, 0
    while True:
        shop.line.fault = crash(len(shop.line.calls) + at)
        with contextlib.suppress(Crash):
            introduce(shop, tea, ada, f"person-{at}@mail.example")
        hit, shop.line.fault = shop.line.fault.hit, Fault()
        stored = list(Introduction.by_partner.query(ada["id"]))
        of_each = [list(Thanks.query(one.id, Thanks.sort.startswith("thanks#"))) for one in stored]
        assert [len(thanks) for thanks in of_each] == [1] * len(stored)
        assert len(thanks_of(shop, tea)) == len(stored)
        thanked += len(stored)
        if not hit:
            break
        at += 1
        shop.wait(days=1)
    assert at > 5
    assert thanked > 0


def test_a_second_meeting_is_no_second_occasion(shop, tea, received):
    do(shop, received, "accept")
    for stage in ("meeting", "proposal", "meeting"):
        assert do(shop, received, "move", state=stage).json["state"] == stage

    assert sorted(one["for"] for one in thanks_of(shop, tea)) == ["meeting", "received"]


def test_without_a_rule_nobody_is_thanked(shop):
    program = open_for_introductions(shop.program(), thanks={"won": "gift"})
    introduce(shop, program, shop.partner(program))

    assert thanks_of(shop, program) == []


@pytest.mark.moto
def test_thanks_are_done_at_a_cost_once_and_stay_so(shop, tea, received):
    [thanks] = thanks_of(shop, tea)
    body = {"kind": "gift", "cost": {"amount": 2500, "currency": "USD"}, "words": "A box of tea."}

    done = settle(shop, thanks, **body)

    assert done.status == 200
    assert (done.json["state"], done.json["kind"], done.json["cost"]["amount"]) == ("done", "gift", 2500)
    assert done.json["note"]["words"] == "A box of tea."
    assert settle(shop, thanks, **body).json == done.json
    assert settle(shop, thanks, kind="call").json["code"] == "thanks_settled"
    assert settle(shop, thanks, "skipped", reason="partner_left").json["code"] == "thanks_settled"
    assert thanks_of(shop, tea) == []
    assert thanks_of(shop, tea, "done") == [done.json]


def test_thanks_are_skipped_for_a_reason(shop, tea, received):
    [thanks] = thanks_of(shop, tea)

    skipped = settle(shop, thanks, "skipped", reason="partner_declined").json

    assert (skipped["state"], skipped["reason"], skipped["settled_at"] is None) == (
        "skipped",
        "partner_declined",
        False,
    )
    assert thanks_of(shop, tea, "skipped") == [skipped]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"state": "skipped"}, "/reason"),
        ({"state": "skipped", "reason": "bored"}, "/reason"),
        ({"state": "skipped", "reason": "other", "cost": {"amount": 1, "currency": "USD"}}, "/cost"),
        ({"state": "done", "reason": "other"}, "/reason"),
        ({"state": "done", "cost": {"amount": 1, "currency": "EUR"}}, "/cost/currency"),
        ({"state": "done", "kind": "gift"}, "/cost"),
        ({"state": "done", "kind": "donation", "words": "To the library."}, "/cost"),
        ({"state": "skipped", "reason": "other"}, "/words"),
        ({"state": "skipped", "reason": "partner_left", "kind": "gift"}, "/kind"),
        ({"state": "due"}, "/state"),
        ({"state": "done", "kind": "money"}, "/kind"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_with_its_place(shop, tea, received, body, pointer):
    [thanks] = thanks_of(shop, tea)

    refused = shop.post(f"/v1/thanks/{thanks['id']}/settle", body)

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, pointer)
    assert thanks_of(shop, tea) == [thanks]


@pytest.mark.parametrize("name", ["thk_", "thk_x_won", "itr_01KB4Z8V3HMXQ2T7N5R9C6J0FD", "x"])
def test_thanks_that_do_not_exist_are_not_there(shop, name):
    assert shop.get(f"/v1/thanks/{name}").status == 404
    assert shop.post(f"/v1/thanks/{name}/settle", {"state": "done"}).status == 404


def test_thanks_are_listed_by_program_or_by_partner_page_by_page(shop, tea, ada):
    for number in range(3):
        introduce(shop, tea, ada, f"person-{number}@navy.example")
    first = shop.get(f"/v1/thanks?partner={ada['id']}&limit=2").json
    rest = shop.get(f"/v1/thanks?partner={ada['id']}&limit=2&cursor={first['next_cursor']}").json

    assert (len(first["data"]), len(rest["data"]), rest["has_more"]) == (2, 1, False)
    assert shop.get("/v1/thanks").json["errors"][0]["pointer"] == "/program"
    assert shop.get(f"/v1/thanks?partner={ada['id']}&program={tea['id']}").status == 422


@pytest.mark.moto
def test_what_was_given_counts_in_the_return_and_sums_up_by_partner_and_year(shop, tea, ada):
    bob = shop.partner(tea, external_id="bob")
    for partner, name, kind, cost in (
        (ada, "a", "gift", 2500),
        (ada, "b", "donation", 1000),
        (bob, "c", "note", 0),
    ):
        one = introduce(shop, tea, partner, f"{name}@navy.example").json
        [thanks] = [row for row in thanks_of(shop, tea) if row["introduction"] == one["id"]]
        assert settle(shop, thanks, kind=kind, cost={"amount": cost, "currency": "USD"}).status == 200

    view = shop.get(f"/v1/programs/{tea['id']}/roi").json
    [line] = [one for one in view["lines"] if one["name"] == "thanks"]
    assert (line["amount"]["amount"], line["source"], line["in_cost"]) == (3500, "counted", True)
    assert view["cost"]["amount"] == sum(one["amount"]["amount"] for one in view["lines"] if one["in_cost"])
    sheet = shop.get(f"/v1/programs/{tea['id']}/roi?format=csv").body
    assert '"thanks","counted","USD","yes","","","","","3500","3500","1"' in sheet
    sums = f"/v1/thanks/sums?program={tea['id']}&year="
    year = shop.at.year
    assert shop.get(f"{sums}{year}").json["data"] == [
        {"partner": ada["id"], "number": 2, "cost": 3500, "gifts": 2500, "donations": 1000},
        {"partner": bob["id"], "number": 1, "cost": 0, "gifts": 0, "donations": 0},
    ]
    assert [one["partner"] for one in shop.get(f"{sums}{year}&partner=ext_bob").json["data"]] == [bob["id"]]
    assert shop.get(f"{sums}{year - 1}").json["data"] == []
