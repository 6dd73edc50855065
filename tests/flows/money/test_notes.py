"""What people say about money: beside the chain, so that it can be erased, and tampering is found all the same."""

import json
from types import SimpleNamespace

import pytest

from chalicelib.ledger.entries import Reason
from tests.faults.world import built_once

WORDS = "Grace of 12 Elm Street, grace@mail.example"


@pytest.fixture
@built_once
def books(shop):
    """A sale that paid a partner and a friend, the partner's reward refused with a note."""
    program = shop.program(hold_days=14)
    ada = shop.partner(program)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    shop.settle()
    reward = shop.reward(sale)
    refused = shop.post(f"/v1/rewards/{reward['id']}/refuse", {"note": WORDS}).json
    return SimpleNamespace(program=program, ada=ada, sale=sale, reward=refused, note=refused["note"]["id"])


def entries(shop, owner):
    return shop.get(f"/v1/partners/{owner['id']}/entries?currency=USD").json["data"]


def verification(shop):
    return shop.get("/v1/ledger/verify").json


def note_row(shop, identifier):
    [row] = [row for row in shop.rows("notes") if row["pk"] == {"S": identifier}]
    return row


def test_a_note_is_stored_beside_the_chain_and_shown_to_everyone_with_access(shop, books):
    assert books.reward["note"] == {"id": books.note, "words": WORDS, "state": "kept"}
    last = entries(shop, books.ada)[-1]
    assert (last["reason"], last["why"], last["note"]) == (
        {"code": "admin"},
        "By an admin",
        books.reward["note"],
    )
    assert shop.get(f"/v1/notes/{books.note}").json == books.reward["note"]


def test_words_stand_in_the_notes_alone_and_not_in_the_statement_a_partner_takes(shop, books):
    written = {table: json.dumps(shop.rows(table)) for table in ("ledger", "rewards", "payouts", "partners", "notes")}
    shop.wait(minutes=1)
    csv = shop.get(f"/v1/partners/{books.ada['id']}/statement?currency=USD&format=csv").body

    assert [table for table, text in written.items() if "Elm Street" in text] == ["notes"]
    assert "Elm Street" not in csv
    assert "By an admin" in csv


def test_an_erased_note_leaves_the_chain_as_it_was(shop, books):
    before = shop.rows("ledger")
    assert verification(shop)["notes_erased"] == 0

    answers = [shop.post(f"/v1/notes/{books.note}/erase") for _ in range(2)]

    erased = {"id": books.note, "words": None, "state": "erased"}
    assert [(answer.status, answer.json) for answer in answers] == [(200, erased)] * 2
    assert shop.rows("ledger") == before
    assert {"salt", "words"} & set(note_row(shop, books.note)) == set()
    proof = verification(shop)
    assert (proof["bad"], proof["notes_erased"]) == (None, 1)
    assert entries(shop, books.ada)[-1]["note"] == shop.get(f"/v1/notes/{books.note}").json == erased
    assert shop.get(f"/v1/rewards/{books.reward['id']}").json["note"] == erased


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"words": {"S": "all is well"}}, "its note was changed", id="other words"),
        pytest.param({"salt": {"S": "00"}}, "its note was changed", id="another salt"),
        pytest.param({"erased_at": {"S": "2026-03-10T12:00:00.000Z"}}, "its note was changed", id="half erased"),
        pytest.param(None, "its note is missing", id="gone"),
    ],
)
def test_a_note_that_was_changed_or_taken_away_is_found(shop, books, change, what):
    row = note_row(shop, books.note)
    if change is None:
        shop.delete_row("notes", row)
    else:
        shop.put_row("notes", row | change)

    assert verification(shop)["bad"]["what"] == what
    view = entries(shop, books.ada)[-1]["note"]
    assert (view["words"], view["state"]) == (None, what.split()[-1])


def test_a_note_put_in_the_place_of_another_is_found(shop, books):
    account = f"{books.ada['id']}#USD"
    [entry] = [row for row in shop.rows("ledger") if row["pk"] == {"S": account} and "note" in row]
    other = shop.post(f"/v1/partners/{books.ada['id']}/category", {"category": "partner", "note": "grown"}).json

    shop.put_row("ledger", entry | {"note": {"S": other["note"]["id"]}})

    assert shop.verified()["what"] == "its hash is not what follows from the rest of it"


def test_only_an_admin_reads_or_erases_notes_and_there_must_be_one(shop, books):
    reader = shop.post("/v1/keys", {"name": "numbers", "scopes": ["stats:read"]}).json["secret"]

    refused = [
        shop.get(f"/v1/notes/{books.note}", key=reader),
        shop.post(f"/v1/notes/{books.note}/erase", key=reader),
    ]
    unknown = [shop.get("/v1/notes/nte_x"), shop.post("/v1/notes/nte_x/erase"), shop.get("/v1/notes/rwd_1")]

    assert {answer.status for answer in refused} == {403}
    assert {(answer.status, answer.json["code"]) for answer in unknown} == {(404, "note_not_found")}


def test_each_owner_of_a_payout_has_a_note_of_their_own(shop, books):
    shop.wait(days=15)
    bea = shop.partner(books.program, name="Bea", email="bea@mail.example")
    for number, partner in enumerate((books.ada, bea)):
        shop.sale(
            books.program,
            f"order-{number + 7}",
            f"customer-{number + 7}",
            code=shop.link(books.program, partner)["code"],
        )
    shop.settle()
    shop.wait(days=15)
    shop.settle()
    payout = shop.pay_out()
    assert shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "statement 7"}).json["status"] == "paid"

    items = shop.get(f"/v1/payouts/{payout['id']}/items").json["data"]
    shop.post(f"/v1/notes/{items[0]['note']['id']}/erase")

    items = shop.get(f"/v1/payouts/{payout['id']}/items").json["data"]
    assert len({item["note"]["id"] for item in items}) == len(items) >= 3
    assert [item["note"]["words"] for item in items] == [None, *["statement 7"] * (len(items) - 1)]
    assert verification(shop)["notes_erased"] == 1


def test_the_same_call_again_gets_the_first_note_and_makes_no_other(shop, books):
    before = shop.rows("notes")

    again = shop.post(f"/v1/rewards/{books.reward['id']}/refuse", {"note": "said twice"})

    assert again.json["note"] == books.reward["note"]
    assert shop.rows("notes") == before


def test_notes_of_a_standing_and_of_an_application_are_erased_in_the_same_way(shop, books):
    from tests.flows.test_joining import join

    by_approval = shop.program(name="Asks", joining="approval")
    join(shop, by_approval)
    [application] = shop.get(f"/v1/applications?program={by_approval['id']}").json["data"]
    refused = shop.post(f"/v1/applications/{application['id']}/refuse", {"note": WORDS}).json
    changed = shop.post(f"/v1/partners/{books.ada['id']}/category", {"category": "partner", "note": WORDS}).json

    for view in (refused, changed):
        assert (view["note"]["words"], view["note"]["state"]) == (WORDS, "kept")
        shop.post(f"/v1/notes/{view['note']['id']}/erase")

    [application] = shop.get(f"/v1/applications?program={by_approval['id']}&status=refused").json["data"]
    [standing] = shop.get(f"/v1/partners/{books.ada['id']}/standing").json["data"]
    assert {view["note"]["state"] for view in (application, standing)} == {"erased"}


def test_rows_of_before_there_were_notes_are_shown_with_their_words(shop, books):
    [reward] = [
        row for row in shop.rows("rewards") if row["pk"] == {"S": books.reward["id"]} and row["row"] == {"S": "reward"}
    ]
    del reward["note"]
    shop.put_row("rewards", reward | {"reason": {"S": "looked odd"}})

    view = shop.get(f"/v1/rewards/{books.reward['id']}").json["note"]

    assert view == {"id": None, "words": "looked odd", "state": "kept"}


def reckoned(reason):
    """Reckon an amount from the numbers of an entry's reason alone."""

    def earned(remaining):
        total = reason.total or reason.base or 1
        if reason.flat is not None:
            return -(-reason.flat * remaining // total) if reason.total else reason.flat
        return -(-reason.base * remaining * reason.rate_bp // (total * 10_000))

    if reason.code == "refund":
        most = reason.granted if reason.granted is not None else earned(reason.total)
        return min(most, earned(reason.before)) - min(most, earned(reason.remaining))
    return earned(reason.remaining if reason.remaining is not None else reason.total or reason.base)


def test_the_amount_of_every_entry_follows_from_the_numbers_of_its_reason(shop):
    cap = {"per": "partner", "period": "month", "amount": 920}
    program = shop.program(caps=[cap], base_without=["tax"])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.lead(program, code=code)
    shop.settle()
    parts = {"breakdown": {"tax": 199, "shipping": 0, "discount": 0}}
    sales = [shop.sale(program, f"order-{number}", amount=1199, **parts).json for number in range(2)]
    shop.settle()
    for number, (sale, amount) in enumerate(((sales[0], 333), (sales[0], 866), (sales[1], 1000))):
        shop.refund(sale, amount, f"refund-{number}")
        shop.settle()

    checked = []
    for entry in entries(shop, ada):
        reason = Reason(**entry["reason"])
        amount = abs(entry["held"] + entry["due"])
        if reason.cut_by is not None:
            assert reckoned(reason) == reason.uncut
            assert amount < reason.uncut
        else:
            assert amount == reckoned(reason), entry
        checked.append(reason.code)
    assert checked == ["flat", "rate", "rate", "refund", "refund", "refund"]
