"""The daily root: what is cut off the end of a chain is found, as are roots that were changed."""

import copy
import json

import pytest

from chalicelib.ledger import entries as ledger_entries
from chalicelib.reconciliation import publish_root as publishing
from chalicelib.reconciliation import roots as rooting
from chalicelib.reconciliation.roots import get_roots
from infra import books
from tests.faults.world import built_once
from tests.flows.test_audit import verified


@pytest.fixture
@built_once
def business(shop):
    """A business with accounts and decisions, and the root of the day."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    code = shop.link(program, shop.partner(program))["code"]
    for number in range(3):
        shop.sale(program, f"order-{number}", code=code)
    shop.settle()
    shop.run_schedule("publish_root")
    return program, code


def compared(shop):
    """Compare with the last root to the end; return the last answer."""
    cursor = ""
    while True:
        answer = shop.get(f"/v1/roots/verify{cursor}").json
        if not answer["has_more"]:
            return answer
        cursor = f"?cursor={answer['next_cursor']}"


def emailed(shop):
    return [subject for subject, to in shop.emails() if to == "admin@go.example"]


def test_before_the_first_root_there_is_nothing_to_compare_with(shop):
    assert compared(shop) == {
        "object": "root_verification",
        "day": None,
        "root": None,
        "chains": 0,
        "bad": None,
        "has_more": False,
        "next_cursor": None,
    }


def test_a_root_is_kept_and_emailed_once_a_day_however_often_its_schedule_runs(shop, business):
    first = compared(shop)
    shop.run_schedule("publish_root")

    assert (first["day"], first["bad"]) == ("2026-03-10", None)
    assert first["chains"] == len([row for table in ("ledger", "audit") for row in shop.rows(table) if is_head(row)])
    assert emailed(shop) == ["Root of 2026-03-10"]
    assert compared(shop) == first
    shop.wait(days=1)
    shop.run_schedule("publish_root")
    second = compared(shop)
    assert emailed(shop) == ["Root of 2026-03-10", "Root of 2026-03-11"]
    assert second["root"] != first["root"]
    assert get_roots().find("2026-03-11").previous == f"2026-03-10 {first['root']}"


def is_head(row):
    return row["sk"]["S"] == "head"


@pytest.mark.moto
def test_a_root_is_emailed_where_there_is_nothing_but_a_program(shop):
    shop.program()

    for _ in range(2):
        shop.run_schedule("publish_root")

    assert emailed(shop) == ["Root of 2026-03-10"]
    assert compared(shop)["bad"] is None


@pytest.mark.engine
def test_the_email_has_the_root_that_is_compared_with(shop, business):
    [email] = [one for one in shop.mailbox.written if "admin@go.example" in json.dumps(one["Destination"])]

    text = email["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert compared(shop)["root"] in text
    assert "https://go.example" in text


def test_what_is_appended_after_the_root_does_not_matter(shop, business):
    program, code = business
    shop.sale(program, "order-9", code=code)
    shop.partner(program, name="Bea")
    shop.settle()

    assert compared(shop)["bad"] is None


@pytest.mark.engine
@pytest.mark.parametrize("table", ["ledger", "audit"])
def test_a_chain_whose_end_was_cut_off_follows_and_is_found_by_the_root(shop, business, table):
    rows = [copy.deepcopy(row) for row in shop.rows(table)]
    [head, *_] = sorted((row for row in rows if is_head(row)), key=lambda row: -int(row["seq"]["N"]))
    chain = sorted(
        (row for row in rows if row["pk"] == head["pk"] and not is_head(row)), key=lambda row: row["sk"]["S"]
    )
    *_, before, last = chain
    shop.delete_row(table, last)
    # As somebody would who knows how: the head is moved back to what follows from the rest.
    moved = head | {"seq": before["seq"], "hash": before["hash"], "at": before["at"]}
    if table == "ledger":
        moved |= {part: before[f"{part}_after"] for part in ledger_entries.PARTS}
    shop.put_row(table, moved)
    assert shop.verified() is None
    assert verified(shop) is None

    bad = compared(shop)["bad"]

    assert (bad["chain"], bad["row"]) == (f"{table} {head['pk']['S']}", f"entry {last['sk']['S']}")
    assert "gone" in bad["what"]


@pytest.mark.engine
def test_a_chain_that_was_written_anew_is_found_by_the_root(shop, business):
    row = copy.deepcopy(next(row for row in shop.rows("audit") if not is_head(row)))
    every = [copy.deepcopy(one) for one in shop.rows("audit") if one["pk"] == row["pk"]]
    for one in every:
        shop.delete_row("audit", one)
    assert verified(shop) is None

    assert compared(shop)["bad"]["chain"] == f"audit {row['pk']['S']}"


@pytest.mark.engine
def test_a_root_that_was_changed_or_is_gone_is_found_by_its_parts_and_by_the_next_one(shop, business):
    roots = get_roots()
    root = roots.find("2026-03-10")
    heads = roots.read(root.parts[0].key)
    roots.write(root.parts[0].key, heads.replace(b"ledger", b"ledgex"))
    assert compared(shop)["bad"]["chain"] == root.parts[0].key
    roots.write(root.parts[0].key, heads)
    shop.wait(days=1)
    shop.run_schedule("publish_root")
    assert compared(shop)["bad"] is None

    document = json.loads(roots.read("roots/2026-03-10/root.json"))
    roots.write("roots/2026-03-10/root.json", json.dumps(document | {"ledger": 99}).encode())

    assert compared(shop)["bad"]["chain"] == "root 2026-03-10"


@pytest.mark.engine
def test_the_next_days_run_raises_an_alarm_and_publishes_all_the_same(shop, business, caplog):
    caplog.set_level("INFO")
    row = next(row for row in shop.rows("audit") if row["sk"]["S"] == "000000000001")
    shop.delete_row("audit", row)
    shop.wait(days=1)

    shop.run_schedule("publish_root")

    assert [record.broken for record in caplog.records if hasattr(record, "broken")] == [1]
    assert compared(shop)["day"] == "2026-03-11"


@pytest.mark.engine
def test_a_run_that_died_is_done_by_the_next_one(shop, business, monkeypatch):
    shop.wait(days=1)

    def dies(*_arguments):
        raise OSError("no answer")

    with monkeypatch.context() as dying:
        dying.setattr(publishing, "_send", dies)
        with pytest.raises(OSError, match="no answer"):
            shop.run_schedule("publish_root")
    assert emailed(shop) == ["Root of 2026-03-10"]
    published = compared(shop)["root"]
    shop.run_schedule("publish_root")

    assert emailed(shop) == ["Root of 2026-03-10", "Root of 2026-03-11"]
    assert compared(shop)["root"] == published


@pytest.mark.engine
def test_many_heads_are_in_parts_and_a_long_comparison_goes_on_where_it_was(shop, monkeypatch):
    monkeypatch.setattr(rooting, "HEADS_A_PART", 2)
    from chalicelib.reconciliation import compare_root

    monkeypatch.setattr(compare_root, "_A_CALL", 1)
    monkeypatch.setattr(compare_root.compare_root, "__kwdefaults__", {"most_seconds": -1.0})
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    for name in ("ada", "bea", "cleo", "dora"):
        code = shop.link(program, shop.partner(program, name=name, email=f"{name}@mail.example"))["code"]
        shop.sale(program, name, customer=f"friend-of-{name}", code=code)
    shop.settle()
    shop.run_schedule("publish_root")

    assert len(get_roots().find("2026-03-10").parts) == 3
    first = shop.get("/v1/roots/verify").json
    assert (first["chains"], first["has_more"]) == (1, True)
    assert (compared(shop)["chains"], compared(shop)["bad"]) == (6, None)


@pytest.mark.engine
def test_make_verify_walks_ledger_and_audit_trail_and_compares_with_the_root(shop, business, monkeypatch, capsys):
    def call(options, method, path, values):
        query = "&".join(f"{name}={value}" for name, value in values.items())
        return shop.get(f"{path}?{query}").json

    monkeypatch.setattr(books, "_call", call)
    monkeypatch.setattr("sys.argv", ["books", "verify", "--key", shop.key])

    def verify():
        with pytest.raises(SystemExit) as ended:
            books.main()
        return ended.value.code, capsys.readouterr().out

    code, printed = verify()
    assert code == 0
    assert f"The root of 2026-03-10 is {compared(shop)['root']}." in printed
    shop.delete_row("audit", next(row for row in shop.rows("audit") if row["sk"]["S"] == "000000000001"))
    code, printed = verify()
    assert code == 1
    assert "BAD: operator" in printed or "BAD: test#00" in printed or "BAD: key_" in printed
