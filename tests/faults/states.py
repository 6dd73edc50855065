"""A state machine over all that can happen to money, with what must hold looked at after each step."""

import random
from contextlib import ExitStack

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.faults.business import BOT, opened
from tests.faults.deliveries import Deliveries, a_fault
from tests.faults.drawing import drawn_from
from tests.faults.happenings import AGO, AMOUNTS
from tests.faults.invariants import Watch, table
from tests.faults.line import Fault
from tests.faults.model import Report
from tests.faults.schedules import rest
from tests.faults.world import world

PICKS = st.integers(0, 1000)
WHICH = st.integers(0, 2)
SEEDS = st.integers(0, 2**32)
# What the business says of an introduction.
ANSWERS = [
    *[("accept", {}), ("decline", {"reason": "no_fit"}), ("move", {"state": "meeting"})],
    *[("lost", {"reason": "later"}), ("extend", {})],
]
ADJUSTMENTS = [1, 999, 10_000, 10_001, 2**40 + 1]
# A conversion: its kind, customer and amount; which touch; how long ago it happened, and the code was typed; how much
# of the amount is tax.
TAX = st.sampled_from([0, 6, 1])
REPORT = [
    st.sampled_from(["sale", "lead"]),
    st.integers(0, 3),
    st.sampled_from(AMOUNTS),
    PICKS,
    st.sampled_from(AGO),
    st.sampled_from(AGO),
    TAX,
]


class Money(RuleBasedStateMachine):
    """Clicks, conversions and what becomes of them, terms, holds and payouts in any order, delivered in any way."""

    steps = 0

    def __init__(self):
        super().__init__()
        self.opened = ExitStack()
        self.drawn = self.opened.enter_context(drawn_from(1))
        self.shop = self.opened.enter_context(world())
        self.business = opened(self.shop, random.Random(1), hold_days=2, partners=3)
        self.deliveries = Deliveries(self.shop, random.Random(2))
        self.watch = Watch(self.shop)

    @initialize(seed=SEEDS)
    def draw_from(self, seed):
        self.drawn.seed(seed)

    @rule(which=WHICH)
    def click(self, which):
        self.business.click(which)

    @rule(which=WHICH, options=st.sampled_from([{"user_agent": BOT}, {"method": "HEAD"}, {"Sec-Purpose": "prefetch"}]))
    def be_seen(self, which, options):
        self.business.be_seen(which, **options)

    @rule()
    def roll_up(self):
        """Close the days that are over; what is reported of them later opens them again."""
        self.business.schedule("roll_up")

    @rule(values=st.tuples(*REPORT))
    def convert(self, values):
        one = self._report(*values)
        self.business.convert(one.kind, one.customer, one.amount, one.touch, ago=one.ago, tax=one.tax)

    @rule(reports=st.lists(st.tuples(*REPORT), min_size=1, max_size=4))
    def convert_all(self, reports):
        self.business.convert_all([self._report(*one) for one in reports])

    def _report(self, kind, customer, amount, pick, ago, typed_ago, share):
        touches = [*self.business.clicks[-3:], *self.business.introduced[-1:], None]
        touches.append(self.business.typed(pick, typed_ago))
        tax = amount // share if share and kind == "sale" else 0
        return Report(kind, f"customer-{customer}", amount, touches[pick % len(touches)], ago, tax)

    @precondition(lambda self: self._sales())
    @rule(pick=PICKS, share=st.sampled_from([1, 2, 3, 100]), part=st.sampled_from([None, None, "tax", "net", "both"]))
    def refund(self, pick, share, part):
        """Refund some of a sale: of no part, of tax or net alone, or of as much tax as there may be."""
        sale = self._sales()[pick % len(self._sales())]
        amount = max(1, sale.left // share)
        taxes = {None: None, "tax": amount, "net": 0, "both": min(amount, sale.left_of_tax())}
        self.business.refund(sale, amount, taxes[part])

    @precondition(lambda self: self._refunds())
    @rule(pick=PICKS)
    def restore(self, pick):
        """Take back a refund; perhaps one that was taken back before."""
        refunds = self._refunds()
        self.business.restore(*refunds[pick % len(refunds)])

    @precondition(lambda self: self._amendable())
    @rule(pick=PICKS, amount=st.sampled_from(AMOUNTS), share=TAX)
    def amend(self, pick, amount, share):
        """Make an order larger or smaller; perhaps one of which something is refunded, which is refused."""
        sales = self._amendable()
        self.business.amend(sales[pick % len(sales)], amount, amount // share if share else 0)

    @precondition(lambda self: self.business.sales)
    @rule(pick=PICKS, whom=st.sampled_from([None, 0, 1, 2]))
    def credit(self, pick, whom):
        """Credit a conversion to one of the partners, or to nobody; perhaps to whom it is credited."""
        conversions = list(self.business.sales.values())
        partner = self.business.partners[whom] if whom is not None else None
        self.business.credit(conversions[pick % len(conversions)], partner)

    @precondition(lambda self: self.business.sales)
    @rule(pick=PICKS)
    def void(self, pick):
        conversions = list(self.business.sales.values())
        self.business.void(conversions[pick % len(conversions)])

    @rule(which=WHICH, pick=st.integers(0, 4))
    def introduce(self, which, pick):
        """Introduce somebody who buys, or may; perhaps one who was introduced before, or is a customer."""
        self.business.introduce(which, f"customer-{pick}")

    @precondition(lambda self: self.business.introduced)
    @rule(pick=PICKS, answer=st.sampled_from(ANSWERS))
    def answer_introduction(self, pick, answer):
        introduced = self.business.introduced[pick % len(self.business.introduced)]
        self.business.move(introduced, answer[0], **answer[1])

    @precondition(lambda self: self.business.introduced)
    @rule(pick=PICKS, amount=st.sampled_from(AMOUNTS))
    def win_introduction(self, pick, amount):
        self.business.win(self.business.introduced[pick % len(self.business.introduced)], amount)

    @rule(rate_bp=st.sampled_from([1, 333, 10_000]), hold_days=st.sampled_from([0, 2, 30]))
    def change_terms(self, rate_bp, hold_days):
        self.business.change_terms(rate_bp, hold_days)

    @rule()
    def mature(self):
        self.business.schedule("mature")

    @precondition(lambda self: self._rewards())
    @rule(pick=PICKS, verb=st.sampled_from(["hold", "release", "refuse"]))
    def review(self, pick, verb):
        self.business.review(self._rewards()[pick % len(self._rewards())], verb)

    @rule()
    def prepare(self):
        self.business.prepare()

    @precondition(lambda self: self.business.payouts)
    @rule(pick=PICKS, verb=st.sampled_from(["confirm", "fail", "return"]), some=st.booleans())
    def settle(self, pick, verb, some):
        payout = self.business.payouts[pick % len(self.business.payouts)]
        owners = sorted(
            row["owner_id"] for row in table(self.shop, "payouts") if row["kind"] == "item" and row["pk"] == payout
        )
        # What came back is always said of somebody.
        named = owners[:1] if some or verb == "return" else None
        if named != []:
            self.business.settle(payout, verb, named)

    @rule(which=WHICH, type_=st.sampled_from(["bonus", "deduction"]), amount=st.sampled_from(ADJUSTMENTS))
    def adjust(self, which, type_, amount):
        self.business.adjust(self.business.partners[which], type_, amount)

    @rule(which=WHICH, how=st.sampled_from(["suspend", "ban"]), earned=st.sampled_from(["keep", "hold"]))
    def stop(self, which, how, earned):
        self.business.stop(self.business.partners[which], how, earned)

    @precondition(lambda self: self.business.stops)
    @rule(which=WHICH)
    def reactivate(self, which):
        self.business.reactivate(self.business.partners[which])

    @precondition(lambda self: self._mergeable())
    @rule(pick=PICKS)
    def merge(self, pick):
        """Merge the third partner into one of the others, or once more into the same."""
        into = self._mergeable()
        self.business.merge(self.business.partners[2], into[pick % len(into)])

    @rule()
    def merge_guest(self):
        """Merge the last customer into the first, once both have done something, or once more."""
        self.business.merge_guest("customer-3", "customer-0")

    @rule()
    def need_two(self):
        self.business.need_two()

    @precondition(lambda self: self.business.second_key and self.business.adjusted)
    @rule(pick=PICKS, verb=st.sampled_from(["approve", "refuse"]))
    def decide(self, pick, verb):
        self.business.decide(self.business.adjusted[pick % len(self.business.adjusted)], verb)

    @rule(batches=st.integers(1, 6), seed=PICKS)
    def deliver(self, batches, seed):
        """Deliver some batches: with crashes, redeliveries, refusals, split shards and dead letters, by chance."""
        self.deliveries.chance = random.Random(seed)
        for _ in range(batches):
            self.deliveries.step()

    @rule(seed=PICKS)
    def crash(self, seed):
        """Have a fault hit one of the next calls, whoever makes it."""
        self.shop.line.fault = a_fault(random.Random(seed), len(self.shop.line.calls))

    @rule()
    def redrive(self):
        for mapping in self.deliveries.mappings:
            if mapping.dead:
                self.deliveries._redrive(mapping)

    @rule(wait=st.sampled_from([{"seconds": 40}, {"minutes": 2}, {"hours": 13}, {"days": 3}]))
    def advance(self, wait):
        self.shop.wait(**wait)
        # It runs every hour; in days without it, emails would wait longer than it looks back.
        self.business.schedule("send_scheduled")

    @invariant()
    def everything_holds(self):
        type(self).steps += 1
        self.watch.look()

    def teardown(self):
        try:
            self.shop.line.fault = Fault()
            rest(self.business, self.deliveries, self.watch)
        finally:
            self.opened.close()

    def _sales(self):
        return [sale for sale in self.business.sales.values() if sale.type == "sale" and sale.amount > sale.refunded]

    def _refunds(self):
        return [(sale, refund) for sale in self.business.sales.values() for refund in sale.refunds]

    def _mergeable(self):
        """Return whom the third partner may be merged into: if they were, that one alone."""
        stays = self.business.merged_into.get(self.business.partners[2]["id"])
        return [one for one in self.business.partners[:2] if stays in (None, one["id"])]

    def _amendable(self):
        return [sale for sale in self.business.sales.values() if sale.type == "sale"]

    def _rewards(self):
        rows = table(self.shop, "rewards")
        return sorted(row["pk"] for row in rows if row["row"] == "reward" and row["to"] == "referrer")
