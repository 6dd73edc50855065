"""What may happen to a business: one thing at a time, by chance, or everything once in a row."""

from datetime import timedelta

from tests.faults.business import BOT
from tests.faults.invariants import table
from tests.faults.model import Report

AMOUNTS = [0, 1, 33, 999, 1999, 10_001, 2**40 + 1]


# How long ago something happened, or a code was typed, as a website tells it; None if it does not.
AGO = [None, *(timedelta(**ago) for ago in ({"seconds": 3}, {"minutes": 10}, {"hours": 3}, {"days": 2}))]


def click(business):
    business.click(business.chance.randrange(2))


def be_seen(business):
    """Have a bot, or whatever asks for a link's headers or fetches its page before, look at a link."""
    machines = [{"user_agent": BOT}, {"method": "HEAD"}, {"Sec-Purpose": "prefetch"}]
    business.be_seen(business.chance.randrange(2), **business.chance.choice(machines))


def convert(business):
    one = report(business)
    business.convert(one.kind, one.customer, one.amount, one.touch, ago=one.ago, tax=one.tax)


def convert_all(business):
    business.convert_all([report(business) for _ in range(business.chance.choice([1, 2, 4]))])


def report(business):
    chance = business.chance
    touches = [
        *business.clicks[-3:],
        *business.introduced[-1:],
        None,
        None,
        business.typed(chance.randrange(2), chance.choice(AGO)),
    ]
    kind = chance.choice(["sale", "sale", "lead"])
    customer = f"customer-{chance.randrange(4)}"
    amount = chance.choice(AMOUNTS)
    tax = chance.choice([0, 0, amount // 6, amount]) if kind == "sale" else 0
    return Report(kind, customer, amount, chance.choice(touches), chance.choice([None, *AGO]), tax)


def refund(business):
    chance = business.chance
    sales = [sale for sale in business.sales.values() if sale.type == "sale" and sale.amount]
    if sales:
        sale = chance.choice(sales)
        amount = chance.choice([1, max(1, sale.left // 3), max(1, sale.left), sale.left + 1])
        taxes = [None, None, 0, min(amount, sale.left_of_tax()), max(0, amount - sale.left_of_net())]
        business.refund(sale, amount, chance.choice(taxes))


def restore(business):
    """Take a refund back: one that stands, or once more one that was taken back."""
    refunds = [(sale, refund) for sale in business.sales.values() for refund in sale.refunds]
    if refunds:
        business.restore(*business.chance.choice(refunds))


def amend(business):
    chance = business.chance
    sales = [sale for sale in business.sales.values() if sale.type == "sale"]
    if sales:
        amount = chance.choice(AMOUNTS)
        business.amend(chance.choice(sales), amount, chance.choice([0, amount // 6, amount]))


def credit(business):
    """Credit a conversion to another partner, or to nobody, and perhaps back at once."""
    if business.sales:
        sale = business.chance.choice(list(business.sales.values()))
        for _ in range(business.chance.choice([1, 1, 3])):
            business.credit(sale, business.chance.choice([None, *business.partners]))


def void(business):
    if business.sales and business.chance.random() < 0.4:
        business.void(business.chance.choice(list(business.sales.values())))


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


def adjust(business):
    """Give a bonus, or make a deduction, perhaps one that waits; or decide one, perhaps once more."""
    chance = business.chance
    if chance.random() < 0.3:
        business.need_two()
    if business.second_key is not None and business.adjusted and chance.random() < 0.5:
        business.decide(chance.choice(business.adjusted), chance.choice(["approve", "approve", "refuse"]))
        return
    amount = chance.choice([1, 999, 10_000, 10_001, 2**40 + 1])
    business.adjust(chance.choice(business.partners), chance.choice(["bonus", "deduction"]), amount)


def introduce(business):
    """Have somebody introduced who buys, or will; or have the business say something of who was."""
    chance = business.chance
    if not business.introduced or chance.random() < 0.5:
        business.introduce(chance.randrange(2), f"customer-{chance.randrange(5)}")
        return
    introduced = chance.choice(business.introduced)
    verbs = [("accept", {}), ("accept", {}), ("decline", {"reason": "no_fit"}), ("move", {"state": "meeting"})]
    verb, body = chance.choice([*verbs, ("lost", {"reason": "later"}), ("extend", {})])
    if chance.random() < 0.2:
        business.win(introduced, chance.choice(AMOUNTS))
    else:
        business.move(introduced, verb, **body)


def roll_up(business):
    """Close the days that are over; what is reported of them later opens them again."""
    business.schedule("roll_up")


def wait(business):
    business.shop.wait(**business.chance.choice([{"seconds": 40}, {"minutes": 2}, {"hours": 9}, {"days": 2}]))


HAPPENINGS = [
    click,
    click,
    be_seen,
    convert,
    convert,
    convert,
    convert_all,
    refund,
    refund,
    restore,
    amend,
    credit,
    credit,
    void,
    change_terms,
    mature,
    review,
    prepare,
    settle,
    adjust,
    introduce,
    introduce,
    roll_up,
    wait,
    wait,
]


def happen(business):
    business.chance.choice(HAPPENINGS)(business)
