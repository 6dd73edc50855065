"""What may happen to a business: one thing at a time, by chance, or everything once in a row."""

from datetime import timedelta

from tests.faults.invariants import table
from tests.faults.model import Report

AMOUNTS = [0, 1, 33, 999, 1999, 10_001, 2**40 + 1]


# How long ago something happened, or a code was typed, as a website tells it; None if it does not.
AGO = [None, *(timedelta(**ago) for ago in ({"seconds": 3}, {"minutes": 10}, {"hours": 3}, {"days": 2}))]


def click(business):
    business.click(business.chance.randrange(2))


def convert(business):
    conversion = report(business)
    business.convert(conversion.kind, conversion.customer, conversion.amount, conversion.touch, ago=conversion.ago)


def convert_all(business):
    business.convert_all([report(business) for _ in range(business.chance.choice([1, 2, 4]))])


def report(business):
    chance = business.chance
    touches = [*business.clicks[-3:], None, None, business.typed(chance.randrange(2), chance.choice(AGO))]
    kind = chance.choice(["sale", "sale", "lead"])
    customer = f"customer-{chance.randrange(4)}"
    return Report(kind, customer, chance.choice(AMOUNTS), chance.choice(touches), chance.choice([None, *AGO]))


def refund(business):
    sales = [sale for sale in business.sales.values() if sale.type == "sale" and sale.amount]
    if sales:
        sale = business.chance.choice(sales)
        left = sale.amount - sale.refunded
        business.refund(sale, business.chance.choice([1, max(1, left // 3), max(1, left), left + 1]))


def change_terms(business):
    business.change_terms(business.chance.choice([100, 2500, 3333]), business.chance.choice([0, 1, 14]))


def mature(business):
    business.schedule("mature")


def review(business):
    rewards = [row for row in table(business.shop, "rewards") if row["row"] == "reward" and row["to"] == "referrer"]
    if rewards:
        chosen = business.chance.choice(sorted(rewards, key=lambda row: row["pk"]))
        business.review(chosen["pk"], business.chance.choice(["hold", "release", "refuse"]))


def prepare(business):
    business.prepare()


def settle(business):
    if business.payouts:
        payout = business.chance.choice(business.payouts)
        owners = [
            row["owner_id"] for row in table(business.shop, "payouts") if row["kind"] == "item" and row["pk"] == payout
        ]
        some = [business.chance.choice(sorted(owners))] if owners and business.chance.random() < 0.4 else None
        business.settle(payout, business.chance.choice(["confirm", "confirm", "fail"]), some)


def wait(business):
    business.shop.wait(**business.chance.choice([{"seconds": 40}, {"minutes": 2}, {"hours": 9}, {"days": 2}]))


HAPPENINGS = [
    click,
    click,
    convert,
    convert,
    convert,
    convert_all,
    refund,
    refund,
    change_terms,
    mature,
    review,
    prepare,
    settle,
    wait,
]


def happen(business):
    business.chance.choice(HAPPENINGS)(business)
