"""
What a report must say of a business, counted anew: from rows of clicks, conversions and the ledger, one by one.

Nothing that statistics are made of is read: no decisions, no outcomes, no sums. Rewards follow from the facts, in exact
fractions; of a refused reward, the ledger says what had moved it before.
"""

import json
from collections import defaultdict
from zoneinfo import ZoneInfo

from chalicelib.kit import ids, instants
from tests.faults.model import Refund, earned
from tests.faults.reading import table
from tests.reports.histories import Recount

TERMS = ("tier", "terms_version", "customer")
ORIGINS = ("country", "device", "referrer_host")


class RecountOfFacts(Recount):
    """Everything that is counted of a business, by the days of a time zone; and who clicked on which day."""

    def __init__(self, business, zone):
        shop, program = business.shop, business.program["id"]
        self.zone = ZoneInfo(zone)
        self.channels = {row["pk"]: row.get("channel") for row in table(shop, "links") if row.get("code")}
        partners = [row for row in table(shop, "partners") if row["kind"] == "partner"]
        self.categories = {row["pk"]: row["category"] for row in partners}
        clicks = [row for row in table(shop, "clicks") if row["row"] == "click" and row["program_id"] == program]
        self.visits = {
            (_code(row), ids.time_of(row["sk"]).date().isoformat(), row["visitor"])
            for row in clicks
            if row["kind"] == "human"
        }
        self.facts = [*self._of_clicks(clicks), *self._of_conversions(business)]

    def _of_clicks(self, clicks):
        for row in clicks:
            kind = row["kind"]
            numbers = {"hits": 1, "clicks": int(kind != "head"), "human_clicks": int(kind == "human")}
            names, numbers = self._fact(ids.time_of(row["sk"]), row["partner_id"], _code(row), kind, numbers)
            yield names | {name: row.get(name) for name in ORIGINS} | dict.fromkeys(TERMS), numbers

    def _of_conversions(self, business):
        for at, credit, numbers in (fact for one in reported(business) for fact in one.counted):
            if credit.partner is None:
                nobodys = ("leads", "sales", "revenue")
                numbers = numbers | {f"unattributed_{name}": numbers.get(name, 0) for name in nobodys}
            names, numbers = self._fact(at, credit.partner, credit.link, None, numbers)
            terms = dict(zip(TERMS, (None, str(credit.version), credit.customer), strict=True))
            yield names | terms, numbers

    def visitors(self, first, last):
        """Return the unique visitors of all links, UTC day by UTC day."""
        return sum(first <= day <= last for _, day, _ in self.visits)


def _code(row):
    return row["pk"].partition("#")[0]


def reported(business):
    """Return the conversions of a business, each with what it counts as in `counted`."""
    rows, entries = defaultdict(list), defaultdict(list)
    for row in table(business.shop, "conversions"):
        if row["program_id"] == business.program["id"]:
            rows[row["pk"]].append(row)
    for row in table(business.shop, "ledger"):
        if row["sk"] != "head":
            entries[row["reward_id"]].append(row)
    return [Reported(several, entries, business) for several in rows.values()]


def order_of(row):
    """Return the place of what was reported of a conversion later: by turns, and of refunds by what was left before."""
    refund = row["kind"] == "refund"
    return row.get("turns", 0), refund, -row["remaining_before"] if refund else 0


class Credit:
    """Who a conversion counts for, from one report of it to another: what their reward is, and what moves it."""

    def __init__(self, row, entries, *, version, granted_as, link=None):
        self.partner, self.link, self.number, self.version = row.get("partner_id"), link, row["number"], version
        own = entries[ids.derived("rwd", granted_as, "sale_referrer")]
        self.moved_by = {one["source_id"] for one in own}
        self.refusal = next((one for one in own if one["kind"] == "refusal"), None)
        self.reward, self.is_given = 0, False

    @property
    def customer(self):
        """Return whether its customer was new to their partner; None if nobody is credited, or it has no number."""
        return {0: None, 1: "new"}.get(self.number, "known") if self.partner is not None else None


class Reported:
    """A conversion with all that was reported of it: its state from report to report, and what that counts as."""

    def __init__(self, rows, entries, business):
        [self.first] = [row for row in rows if row["kind"] == "conversion"]
        self.later = sorted((row for row in rows if row["kind"] not in ("conversion", "credit")), key=order_of)
        for row in rows:
            if row["kind"] == "credit":
                self.later.insert(sum(_is_before(one, row) for one in self.later), row)
        self.entries, self.business = entries, business
        self.at = instants.parse(self.first["received_at"])
        self.amount, self.tax, self.refunds = self.first["amount"], _tax(self.first) or 0, {}
        self.welcome = 0
        # Who it counts for by now.
        self.credit = None
        self.counted = [*self._count()]

    @property
    def left(self):
        return self.amount - sum(refund.amount for refund in self.refunds.values())

    def _count(self):
        """Yield when something is counted, for which credit, and the numbers: in the order of the reports."""
        first = self.first
        credit = Credit(
            first, self.entries, version=first["terms_version"], granted_as=first["pk"], link=first.get("code_key")
        )
        yield self._begin(credit)
        for row in self.later:
            if row["kind"] == "credit":
                yield from self._end(credit)
                credit = Credit(
                    row, self.entries, version=row["terms_version"], granted_as=first["pk"], link=row.get("code_key")
                )
                yield self._begin(credit)
            elif row["kind"] == "correction":
                yield from self._end(credit)
                if row["what"] == "void":
                    return
                credit = Credit(row, self.entries, version=credit.version, granted_as=row["correction_id"])
                yield self._begin(credit)
            else:
                numbers = self._change(row, credit)
                yield instants.parse(row["received_at"]), credit, numbers
        yield from self._refused(credit)
        self.credit = credit

    def _begin(self, credit):
        """Count it for somebody: when it was received, whenever it is credited to them."""
        credit.reward = self._owed(credit)
        credit.is_given = credit.reward > 0
        if self.first["type"] == "lead" and credit.partner is not None and credit.number == 1:
            # Its friend is welcomed once, and keeps that.
            self.welcome = self.welcome or self.business.versions[credit.version - 1].welcome
        return self.at, credit, self._as_it_is(credit)

    def _end(self, credit):
        """Count it for them no more: with what is left of it and of its rewards, but for what was refused."""
        yield from self._refused(credit)
        numbers = self._as_it_is(credit)
        yield self.at, credit, {name: -number for name, number in numbers.items()}

    def _as_it_is(self, credit):
        """Return the numbers of it alone. A sale of nothing is an event, also once it is amended."""
        numbers = {"referrer_earned": credit.reward, "referee_earned": self.welcome, "revenue": self.left}
        if self.first["type"] == "lead":
            return numbers | {"leads": 1}
        if self.first["type"] == "sale" and self.first["amount"]:
            return numbers | {"sales": 1, "customers": int(credit.number == 1 and credit.partner is not None)}
        return numbers | {"events": 1}

    def _change(self, row, credit):
        """Return what a refund, a restore or an amendment counts as."""
        left = self.left
        if row["kind"] == "refund":
            self.refunds[row["refund_id"]] = Refund(row["refund_id"], row["amount"], _tax(row))
            numbers, source = {"refunds": 1, "refunded": row["amount"]}, row["refund_id"]
        elif row["kind"] == "restore":
            refund = self.refunds.pop(row["refund_id"])
            numbers, source = {"refunds": -1, "refunded": -refund.amount}, row["restore_id"]
        else:
            self.amount, self.tax = row["amount"], _tax(row) or 0
            numbers, source = {"revenue": self.left - left}, row["amendment_id"]
        moved = self._moved(credit, source)
        if row["kind"] == "amendment":
            return numbers | {"referrer_earned": moved}
        return numbers | {"referrer_reversed": -moved}

    def _moved(self, credit, source):
        """Return what a change gives of the reward; nothing, once it was refused."""
        owed = self._owed(credit)
        if credit.refusal is not None and credit.is_given and source not in credit.moved_by:
            return 0
        moved, credit.reward = owed - credit.reward, owed
        credit.is_given |= owed > 0
        return moved

    def _refused(self, credit):
        """Yield that what was left of a reward was refused."""
        if credit.refusal is not None:
            at = instants.parse(credit.refusal["at"])
            yield at, credit, {"referrer_reversed": credit.reward}
            credit.reward = 0

    def _owed(self, credit):
        """Return what its partner is owed for it as it is: nothing if they were stopped when it was received."""
        stopped = self.business.was_stopped(credit.partner, self.at)
        if credit.partner is None or stopped or self.first["type"] == "lead":
            return 0
        rate_bp = self.business.versions[credit.version - 1].rate_bp
        return earned(self.amount, self.tax, self.refunds.values(), rate_bp)


def _is_before(change, credit):
    """Return whether something was reported before a late credit, which begins with what it left."""
    turn, left = change.get("turns", 0), credit["amount"] - credit["given_back"]
    if turn != credit.get("turns", 0):
        return turn < credit.get("turns", 0)
    return change["kind"] != "refund" or change["remaining_before"] > left


def _tax(row):
    """Return how much of an amount is tax; None if nobody said."""
    parts = json.loads(row.get("breakdown") or "null")
    return parts and parts.get("tax", 0)
