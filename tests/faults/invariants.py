"""What must hold, looked at in the rows themselves: after every step, and once everything has been delivered."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import msgspec

from chalicelib.kit import ids, instants
from chalicelib.ledger.entries import PARTS, AccountState, Line, Reason, apply, hash_of
from chalicelib.payouts.prepare import hash_items as payout_hash
from chalicelib.payouts.table import Item
from chalicelib.reconciliation.compare import Comparison
from chalicelib.reconciliation.findings import ComparisonProgress
from tests.faults.audited import audited
from tests.faults.introductions import introduced_rows
from tests.faults.reading import table

# The id by which each kind of fact is decided.
_IDS = {
    "conversion": "pk",
    "refund": "refund_id",
    "restore": "restore_id",
    "amendment": "amendment_id",
    "correction": "correction_id",
}

# What of an item the hash of its payout is of.
_SEALED = ("account", "amount", "seq", "ledger_hash", "payee")


class Watch:
    """Remembers the ledger from look to look: what was entered must never change."""

    def __init__(self, shop):
        self.shop = shop
        self.entered = {}

    def look(self):
        """Check what holds at any moment. Returns how many rows were looked at."""
        ledger = table(self.shop, "ledger")
        heads = {row["pk"]: row for row in ledger if row["sk"] == "head"}
        entries = defaultdict(list)
        for row in ledger:
            if row["sk"] != "head":
                entries[row["pk"]].append(row)
        self._append_only(entries)
        states = {account: _walked(sorted(rows, key=lambda row: row["seq"])) for account, rows in entries.items()}
        assert set(heads) == set(states)
        for account, state in states.items():
            head = heads[account]
            assert {name: head[name] for name in AccountState.__struct_fields__} == {
                name: getattr(state, name) for name in AccountState.__struct_fields__
            }, account
            assert state.held >= 0, (account, state)
            assert state.frozen >= 0, (account, state)
            assert state.paid >= 0, (account, state)
        rewards = table(self.shop, "rewards")
        self._rewards(rewards, states, entries, self._adjustments(states, entries))
        self._payouts(states)
        self._caps(rewards)
        audited(self.shop)
        introduced_rows(self.shop)
        return len(ledger) + len(rewards)

    def _append_only(self, entries):
        now = {(row["pk"], row["sk"]): row for rows in entries.values() for row in rows}
        for key, row in self.entered.items():
            assert now.get(key) == row, f"entry {key} was changed"
        self.entered = now

    def _adjustments(self, states, entries):
        """What is posted has one entry, of its amount; what waits or was refused has none. Returns what was gained."""
        posted = Counter()
        stored = table(self.shop, "payouts")
        waiting = {row["pk"] for row in stored if row["kind"] == "adjustment_waiting" and "object" in row}
        for row in stored:
            if row["kind"] == "adjustment":
                gained = row["amount"] if row["type"] == "bonus" else -row["amount"]
                account = f"{row['partner_id']}#{row['currency']}"
                own = [(one["seq"], one["due"]) for one in entries[account] if one["source_id"] == row["pk"]]
                assert own == ([(row["seq"], gained)] if row["status"] == "posted" else []), (row, own)
                assert (row["status"] == "pending") == (row["pk"] in waiting), row
                posted[account] += gained if own else 0
        for account in states:
            entered = sum(one["due"] for one in entries[account] if one["kind"] == "adjustment")
            assert entered == posted[account], (account, entered, posted)
        return posted

    def _rewards(self, rows, states, entries, adjusted):
        """Rewards, adjustments and ledger agree: what is held, and what is due or was paid, owner by owner."""
        held, due = Counter(), Counter(adjusted)
        once = Counter()
        for row in rows:
            if row["row"] == "reward" and "benefit" in row:
                assert ("waits" in row) == (row["state"] in ("held", "due")), row
            elif row["row"] == "reward":
                account = f"{row['owner_id']}#{row['currency']}"
                assert 0 <= row["remaining"] <= row["granted"], row
                assert (row["state"] in ("reversed", "refused")) == (row["remaining"] == 0), row
                assert ("waits" in row) == (row["state"] == "held"), row
                (held if row["state"] == "held" else due)[account] += row["remaining"]
        for account, state in states.items():
            assert state.held == held[account], (account, state, held[account])
            assert state.due + state.frozen + state.paid == due[account], (account, state, due[account])
            for row in entries[account]:
                if row["kind"] == "reward":
                    once[row["reward_id"]] += 1
        assert all(count == 1 for count in once.values()), once
        decided = {row["conversion_id"] for row in rows if row["row"] == "decision"}
        for row in rows:
            if row["row"] == "reward":
                assert row["decision_id"] in decided, row
                assert "benefit" in row or once[row["pk"]] == 1, row

    def _payouts(self, states):
        """What is frozen or paid is in items, each account in one live payout at most, and sealed lists are final."""
        frozen, paid = Counter(), Counter()
        live = Counter()
        by_payout = defaultdict(list)
        rows = table(self.shop, "payouts")
        for row in rows:
            if row["kind"] == "item":
                by_payout[row["pk"]].append(row)
                if row["status"] == "frozen":
                    frozen[row["account"]] += row["amount"]
                    live[row["account"]] += 1
                elif row["status"] == "paid":
                    paid[row["account"]] += row["amount"]
        assert all(count == 1 for count in live.values()), live
        for account, state in states.items():
            assert (state.frozen, state.paid) == (frozen[account], paid[account]), (account, state)
            assert bool(state.payout) == (live[account] == 1)
        for row in rows:
            if row["kind"] == "payout" and row["status"] != "preparing":
                items = by_payout[row["pk"]]
                paid = [item["amount"] for item in items if item["status"] == "paid"]
                returned = [item["amount"] for item in items if item["status"] in ("failed", "returned")]
                noted = [row[name] for name in ("paid_items", "paid", "returned_items", "returned")]
                assert noted == [len(paid), sum(paid), len(returned), sum(returned)], row
                assert row["ended"] == len(paid) + len(returned), row
                assert row["total"] == sum(item["amount"] for item in items), row
                assert row["hash"] == payout_hash(
                    Item("", item["sk"], **{name: item.get(name) for name in _SEALED}) for item in items
                )

    def _caps(self, rows):
        leased = Counter()
        for row in rows:
            if row["row"] == "cap":
                assert row["used"] >= 0, row
                if row["sk"] != "cap":
                    assert row["used"] <= row["leased"], row
                    leased[row["pk"]] += row["leased"]
        for row in rows:
            if row["row"] == "budget":
                assert leased[row["pk"]] == row["leased"], row


def _walked(rows):
    state = AccountState()
    for row in rows:
        line = Line(
            account=row["pk"],
            seq=row["seq"],
            kind=row["kind"],
            gains=[row[part] for part in PARTS],
            balance=[row[f"{part}_after"] for part in PARTS],
            source_id=row["source_id"],
            reward_id=row["reward_id"],
            program_id=row["program_id"],
            reason=msgspec.json.decode(row["why"], type=Reason),
            at=row["at"],
            previous=row["previous"],
            note=row.get("note"),
        )
        assert sum(line.gains) == 0
        state = apply(state, line)
        assert row["hash"] == hash_of(line) == state.hash
    return state


def at_rest(business, *, emails_twice=0):
    """
    Check what must have come of everything, once all was delivered and the schedules have run.

    At most *emails_twice* emails may have gone out a second time: one for each crash between SES
    taking an email and the mark.
    """
    shop = business.shop
    rewards = table(shop, "rewards")
    decided = Counter(row["pk"] for row in rewards if row["row"] == "decision")
    reported = table(shop, "conversions")
    facts = [row[_IDS[row["kind"]]] for row in reported if row["kind"] != "credit"]
    # Who is credited is given what is earned: late, or by hand.
    facts += [ids.derived("crd", row["pk"]) for row in reported if row["kind"] == "credit"]
    corrections = [row for row in reported if row["kind"] == "correction"]
    facts += [ids.derived("ccr", row["correction_id"]) for row in corrections if row["what"] == "credit"]
    corrected = Counter(row["pk"] for row in corrections)
    assert corrected == {sale.id: sale.corrections for sale in business.sales.values() if sale.corrections}
    assert {row["pk"] for row in reported if row["kind"] == "credit"} >= {
        sale.id for sale in business.sales.values() if sale.number is None and not sale.corrections
    }
    assert sorted(decided) == sorted(facts), "everything reported is decided, once, and nothing else"
    for partner in business.partners:
        balance = shop.balance(partner)
        total, held = business.total(partner) + business.gained(partner), business.held(partner)
        assert balance["held"] == held, (partner["id"], balance, held)
        assert balance["due"] + balance["frozen"] + balance["paid"] == total - held, (partner["id"], balance, total)
    welcomed = [row for row in rewards if row["row"] == "reward" and row["to"] == "referee"]
    assert len(welcomed) == len(business.friends())
    business.check_introductions()
    _places(business)
    _numbers(business)
    _emails(business, emails_twice)
    assert shop.verified() is None


def _places(business):
    """Whatever a partner is credited with has a place of its own among what its customer did, with no gap."""
    places = defaultdict(list)
    rows = table(business.shop, "conversions")
    customers = [row for row in table(business.shop, "referrals") if row["kind"] == "customer"]
    accounts = {row["pk"]: row["merged_into"] for row in customers if "merged_into" in row}
    # A sale that was reported as one of nothing has no place, whatever it was amended to.
    reported = {row["pk"]: row for row in rows if row["kind"] == "conversion"}
    # Whoever it is credited to later, it keeps its place.
    own = defaultdict(set)
    for row in rows:
        sale = reported[row["pk"]]
        counts = row["kind"] in ("conversion", "credit", "correction") and (sale["type"] != "sale" or sale["amount"])
        if counts and row.get("partner_id"):
            own[row["pk"]].add(row["number"])
    for name, numbers in own.items():
        assert len(numbers) == 1, (name, numbers)
        customer = reported[name]["customer_id"]
        places[accounts.get(customer, customer), reported[name]["type"]] += numbers
    for (customer, _), numbers in places.items():
        # Guest and account began to count apart; from then on, they count on together.
        apart = customer in accounts.values() and max(numbers) <= len(numbers)
        assert apart or sorted(numbers) == list(range(1, len(numbers) + 1)), places


def _numbers(business):
    for partner in business.partners:
        first = business.versions[0].begins.date().isoformat()
        days = {"from": first, "to": business.shop.at.date().isoformat()}
        if (business.shop.at - business.versions[0].begins).days > 90:
            return
        totals = business.shop.stats("partners", partner, **days)["totals"]
        own = [sale for sale in business.sales.values() if sale.partner == partner["id"] and not sale.voided]
        sales = [sale for sale in own if sale.type == "sale"]
        counted = [sale for sale in sales if sale.reported]
        assert (totals["sales"], totals["leads"]) == (len(counted), len(own) - len(sales))
        revenue, refunded = totals["revenue"]["amount"], totals["refunded"]["amount"]
        assert revenue - refunded == sum(sale.amount - sale.refunded for sale in sales)
        if not any(sale.corrections or sale.number is None for sale in business.sales.values()):
            assert refunded == sum(sale.refunded for sale in sales)
            assert totals["refunds"] == sum(len(sale.standing) for sale in sales)
        assert totals["referrer_rewards"]["net"] == business.total(partner)
        clicked = sum(click.stored and click.partner == partner["id"] for click in business.clicks)
        assert totals["clicks"]["human"] >= clicked, (partner["id"], totals["clicks"], clicked, business.merged_into)


def _emails(business, twice):
    messages = table(business.shop, "messages")
    # An email for later waits for its moment, and what a busy day's email tells of names that email.
    waiting = {row["status"] for row in messages if row.get("send_at", "") > instants.text(business.shop.at)}
    done = {"sent", "skipped", "digested"}
    assert waiting <= {"waiting"}, waiting
    left = Counter(row["status"] for row in messages if row.get("send_at", "") <= instants.text(business.shop.at))
    assert set(left) <= done, left
    named = {row["digest_id"] for row in messages if row["status"] == "digested"}
    assert named <= {row["id"] for row in messages if row["letter"] == "digest"}
    sent = sum(row["status"] == "sent" for row in messages)
    assert sent <= len(business.shop.mailbox.sent) <= sent + twice


# What a message or a count comes to depends on what failed for good; of the rest, nothing may contradict itself.
_OF_MESSAGES_AND_COUNTS = (
    "event_missing",
    "message_missing",
    "delivery_missing",
    "message_stuck",
    "webhook_failed",
    "clicks_miscounted",
)


def no_false_alarm(shop):
    """Reconciliation finds nothing that contradicts itself in books that hold, however they came about."""
    days = {row["received_at"][:10] for row in table(shop, "conversions")}
    days |= {row["at"][:10] for row in table(shop, "ledger") if row["sk"] != "head"}
    for day in sorted(days):
        walk = Comparison(date.fromisoformat(day), ComparisonProgress(), repairs=(), grace=timedelta(), at=shop.at)
        walk.run(most_seconds=3600)
        differences = [one for one in walk.findings.differences if one.kind not in _OF_MESSAGES_AND_COUNTS]
        assert walk.done
        assert differences == [], differences
