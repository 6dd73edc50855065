"""How many calls the pages of accounts take, with many accounts and long ones: thirty at most, and then they go on."""

import pytest

from bench.simulated import metered
from chalicelib.kit.dynamo import writes
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import Movement, Reason
from chalicelib.notes.table import new_note
from tests.bench.test_calls_of_pages import calls_of
from tests.forms import Browser
from tests.reading import read

ACCOUNTS, ENTRIES = 900, 1500
MOST = 30


@pytest.fixture(scope="module")
def large():
    """A ledger of many accounts, and one of a partner with many entries, each with a note."""
    with metered(units=False) as (shop, meter):
        program = shop.program()
        ada = shop.partner(program)
        for number in range(ACCOUNTS):
            enter(f"ptr_{number}", 1, shop.at)
        for _ in range(ENTRIES // 20):
            shop.wait(seconds=1)
            enter(ada["id"], 20, shop.at)
        shop.wait(seconds=1)
        admin = Browser(shop)
        admin.send("/admin/sign-in", key=shop.key)
        yield meter, ada, admin


def enter(owner, number, at):
    noted = [new_note("because", at=at) for _ in range(number)]
    reason = Reason("bonus", adjusted_for="other")
    movements = [
        Movement(owner, "USD", "adjustment", 100, "expense", "due", "adj_1", reason, note=note.id) for note in noted
    ]
    assert writes.commit(*append(movements, at=at).writes, *(writes.insert(note) for note in noted)) == []


@pytest.mark.parametrize(
    ("path", "last", "pages"),
    [
        ("/admin/owed", "All accounts are included", 3),
        ("/admin/verification?run=1", "are as they were written, on", 4),
        ("/admin/verification?run=1&owner={ada}&currency=USD", "All 1,500 entries of 1 account", 3),
    ],
)
def test_a_page_over_all_accounts_takes_thirty_calls_at_most_and_goes_on_to_the_end(large, path, last, pages):
    meter, ada, admin = large
    path, taken = path.format(ada=ada["id"]), []
    while path is not None:
        calls, answer = calls_of(meter, lambda path=path: admin.get(path))
        taken.append(calls)
        page = read(answer.body)
        path = next((one.attributes["href"] for one in page.all("a") if one.text == "Continue"), None)

    print(f"\n{taken} calls", end=" ")
    assert last in page.text
    assert max(taken) <= MOST
    assert len(taken) <= pages


@pytest.mark.parametrize("query", ["", "?from=2026-03-01&to=2026-03-31", "?from=2020-01-01&to=2020-01-02"])
def test_a_statement_of_a_long_account_takes_thirty_calls_at_most(large, query):
    meter, ada, admin = large

    calls, _ = calls_of(meter, lambda: admin.get(f"/admin/partners/{ada['id']}/statement{query}"))

    print(f"\n{calls} calls", end=" ")
    assert calls <= MOST
