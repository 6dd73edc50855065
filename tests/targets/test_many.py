"""Pages and walk with thousands of partners: reads are bounded, and each partner is checked with a few."""

from datetime import timedelta

import pytest

from chalicelib.kit import ids, memory
from chalicelib.kit.dynamo import items as items_of_tables
from chalicelib.targets.table import ITEM, ActionItem, Check, check_ins_of, check_key, items_in
from tests.faults.world import world
from tests.forms import Browser
from tests.reading import read

PARTNERS = 2_500


@pytest.fixture(scope="module")
def crowd():
    """A program of thousands who need attention, each with an action item; and an admin."""
    with world() as shop:
        program = shop.program()
        for number in range(PARTNERS):
            at = shop.at - timedelta(seconds=number)
            item = ActionItem(
                ids.new("act", at),
                ITEM,
                object=items_in("open", program["id"])[0],
                program_list=items_in("open", program["id"])[1],
                program_id=program["id"],
                partner_id=ids.new("ptr", at),
                rule="quiet_since" if number else "emails_bounce",
                figures={"since": "2026-02-01"},
                state="open",
                owner="usr_eve" if number == PARTNERS - 1 else None,
                due_on="2026-03-20",
                created_at=at,
            )
            check = Check(
                str(item.partner_id),
                check_key(program["id"]),
                object=check_ins_of(program["id"]),
                program_id=program["id"],
                current={item.rule: item.id},
                version=1,
                day="2026-03-10",
                why="stuck" if number == PARTNERS - 1 else "quiet",
                step="shared" if number == PARTNERS - 1 else None,
                since=at - timedelta(days=31),
                category="client",
                checked_at=at,
            )
            for row in (item, check):
                items_of_tables.put(row.Meta.table_name, row.serialize())
        browser = Browser(shop)
        assert browser.send("/admin/sign-in", key=shop.key).status == 303
        yield shop, program, browser


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/admin/programs/{program}/check-ins", 50),
        ("/admin/programs/{program}/check-ins?why=stuck", 1),
        ("/admin/programs/{program}/check-ins?step=shared", 1),
        ("/admin/actions", 50),
        ("/admin/actions?program={program}&owner=usr_eve", 1),
        ("/admin/actions?rule=emails_bounce", 1),
        ("/admin/actions?state=done", 0),
    ],
)
def test_a_page_takes_few_calls_however_many_partners_there_are_and_whatever_the_filter(crowd, path, rows):
    shop, program, browser = crowd
    memory.forget_everything()
    before = len(shop.line.calls)

    page = read(browser.get(path.format(program=program["id"])).body)
    calls = len(shop.line.calls) - before

    print(f"\n{path}: {calls} calls", end=" ")
    label = "Action items" if path.startswith("/admin/actions") else "Partners who need attention"
    listed = page.table(label) if rows else []
    assert len(listed) == rows
    assert rows or "Nothing matches." in page.text
    assert calls <= 30


@pytest.mark.slow
@pytest.mark.engine
def test_every_partner_of_a_program_is_reached_page_by_page_once(crowd):
    shop, program, _ = crowd
    partners, cursor = [], ""
    while True:
        page = shop.get(f"/v1/action-items?program={program['id']}&limit=100{cursor}").json
        partners += [one["partner"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert len(partners) == len(set(partners)) == PARTNERS


@pytest.mark.engine
def test_the_walk_takes_a_few_calls_for_each_further_partner():
    taken = []
    for number in (5, 25):
        with world() as shop:
            program = shop.program()
            for one in range(number):
                shop.partner(program, name=f"P{one}", email=f"p{one}@mail.example")
            shop.settle()
            shop.wait(days=20)
            shop.run_schedule("check_partners")
            shop.wait(days=1)
            before = len(shop.line.calls)
            shop.run_schedule("check_partners")
            taken.append(len(shop.line.calls) - before)

    # How they stand, their links, their closed days; and what was found out.
    assert taken[1] - taken[0] <= 20 * 4
