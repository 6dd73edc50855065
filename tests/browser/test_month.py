"""A month of work on the admin pages: an owner, a manager, three partners, ten friends, and not one call by hand."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import month_money, month_setup
from tests.browser.month import FRIENDS, MANAGER, OWNER, PARTNERS, PURCHASES, Month, Shop, confirms
from tests.running import Running

# What the audit trail says of the month, oldest first: each decision, and who made it.
TRAIL = [
    *(("User invited", "Owner"), ("User changed", "Owner")),
    *(("Program created", "Owner"), ("Key created", "Owner")),
    *(("Program logo uploaded", "Owner"), ("Program settings changed", "Owner")),
    *(("Template customized", "Owner"), ("Template tested", "Owner")),
    *(("Adjustment approval set", "Owner"), ("Payout approval set", "Owner")),
    *([("Invitation sent", "Meg")] * 3),
    *(("Partner joined", "join"), ("Partner joined", "join"), ("Application sent", "join")),
    *(("Application approved", "Meg"), ("Conversion refunded", "Meg"), ("Conversion credited", "Meg")),
    *(("Reward fulfilled", "Meg"), ("Adjustment requested", "Owner"), ("Adjustment approved", "Meg")),
    *(("Partner banned", "Owner"), ("Customer merged", "Owner")),
    *(("Payout created", "Owner"), ("Payout prepared", "Owner"), ("Payout approved", "Meg")),
    *(("Payout item paid", "Owner"), ("Payout item paid", "Owner"), ("Payout item returned", "Owner")),
    *(("Terms added", "Owner"), ("Program end set", "Owner")),
]
# What happens many times, and is not a decision of the month.
COMMON = {"Link created", "Signed in"}


@pytest.fixture
def month(visit):
    running = Running()
    yield Month(running, visit)
    running.stop()


def test_a_month_of_real_work_is_done_on_pages_and_foots_at_its_end(month, website, picture):
    shop = Shop(month)
    website.page = "<!doctype html><html lang=en><title>Shop</title><h1>Welcome</h1></html>"
    month.begin(1)
    owner = month.sign_in(OWNER)
    month_setup.invite_the_manager(month, owner)
    month_setup.set_up_the_program(month, owner, website, picture)
    manager = month.sign_in(MANAGER)
    month_setup.invite_partners(month, manager)

    month.begin(2)
    links = month_setup.partners_join(month, picture)
    manager = month.sign_in(MANAGER)
    links["Cleo"] = month_setup.approve_the_application(month, manager)

    month.begin(3)
    friends_come(month, shop, links)
    month.begin(4)
    friends_buy(month, shop)

    month.begin(5)
    month.compare_days()
    manager = month.sign_in(MANAGER)
    month_money.refund(month, manager)
    month_money.move_a_credit(month, manager, picture)
    month_money.give_a_benefit(month, manager)
    owner = month.sign_in(OWNER)
    month_money.give_a_bonus(month, owner, manager)

    month.begin(8)
    owner = month.sign_in(OWNER)
    month_money.ban(month, owner)
    month_money.merge(month, owner, shop)

    month.begin(22)
    owner, manager = month.sign_in(OWNER), month.sign_in(MANAGER)
    month_money.prepare_and_pay(month, owner, manager)

    month.begin(25)
    owner = month.sign_in(OWNER)
    month_money.take_a_payment_back(month, owner, picture)
    month_money.change_the_terms(month, owner)

    month.begin(29)  # By now, it is summer time.
    owner = month.sign_in(OWNER)
    month_money.announce_the_end(month, owner)
    everything_foots(month, owner, picture)
    rows = month.every_row(owner, "/audit", "Audit trail")
    decisions = [(row["What"], row["By"].split()[0]) for row in reversed(rows)]
    assert [one for one in decisions if one[0] not in COMMON and one[1] not in ("run", "check_partners")] == TRAIL


def friends_come(month, shop, links):
    for name, friends in FRIENDS.items():
        for friend in friends:
            phone = month.phone(links[name])
            phone.wait_for_url("**/welcome?**")
            phone.get_by_role("heading", name="Welcome").wait_for()
            shop.visited(friend, phone)
            phone.context.close()


def friends_buy(month, shop):
    guest = "frida"
    for friend in PURCHASES:
        if friend != guest:
            shop.sign_up(friend)
    month.settle()
    for number, (friend, euros) in enumerate(PURCHASES.items(), 1001):
        shop.sell(friend, f"order-{number}", euros, guest=friend == guest)
    month.settle()


def everything_foots(month, owner, picture):
    month.go_to_program(owner)
    tiles = ("Clicks", "Sign-ups", "New customers", "Sales", "Revenue, net", "Rewards, net")
    assert [month.tile(owner, name) for name in tiles] == ["10", "10", "10", "11", "€850.00", "€85.00"]
    best = {row["Partner"]: row["Revenue, net"] for row in month.table(owner, "Top partners")}
    assert best == {"Anna": "€320.00", "Bob": "€280.00", "Cleo": "€250.00"}
    picture(owner, "month-6-program", full_page=True)

    balances = {name: balance_of(month, owner, name) for name in PARTNERS}
    assert balances == {
        "Anna": {"Held": 0, "Due": 3200, "In payout": 0, "Paid": 0},
        "Bob": {"Held": 0, "Due": 0, "In payout": 0, "Paid": 7800},
        "Cleo": {"Held": 0, "Due": 2500, "In payout": 0, "Paid": 0},
    }
    month.go(owner, "/owed")
    parts = {"Held": "Held", "Due": "Due", "In payout": "In payout", "Paid": "Paid so far"}
    for part, tile in parts.items():
        assert cents(month.tile(owner, tile)) == sum(one[part] for one in balances.values()), part
    # All rewards and the bonus are owed still, or paid.
    owed = cents(month.tile(owner, "Owed in total")) + cents(month.tile(owner, "Paid so far"))
    assert owed == 8500 + 5000
    month.go(owner, "/payouts")
    [payout] = month.table(owner, "Payouts")
    assert (payout["Total"], payout["Paid"], payout["Returned"]) == ("€110.00", "€78.00 (1)", "€32.00 (1)")

    month.go(owner, "/verification")
    owner.get_by_role("button", name="Verify everything").click()
    # Two entries of two accounts are of the sample program's own pipeline.
    confirms(owner, "All 33 entries of 5 accounts are as they were written")
    month.go(owner, "/reconciliation")
    days = month.table(owner, "Days")
    assert days
    assert {day["Differences"] for day in days} == {"0"}


def balance_of(month, page, name):
    """Return what a partner's statement closes with, once its lines sum to it and their page has the same."""
    month.go_to_program(page, "/partners")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    parts = ("Held", "Due", "In payout", "Paid")
    account = month.read(page).section("Account in EUR")
    on_page = {part: cents(account.tile(part)) for part in parts}
    page.get_by_role("link", name="Statement", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Statement: {name}")
    opening, *lines, closing = month.table(page, "Statement")
    assert {cents(opening[part]) for part in parts} == {0}
    closes = {part: cents(closing[part]) for part in parts}
    assert closes == on_page
    assert closes == {part: sum(cents(line[part]) for line in lines) for part in parts}
    assert lines[-1]["Owed after"] == closing["Owed after"]
    assert cents(closing["Owed after"]) == closes["Held"] + closes["Due"] + closes["In payout"]
    return closes


def cents(text):
    """Return an amount as pages show it in cents; an empty cell is none."""
    return int(re.sub(r"[€,.]", "", text) or 0)
