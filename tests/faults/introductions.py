"""Whom partners introduce to a business, and what must come of it: an introduction is won as long as a sale counts."""

import contextlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kit import instants
from tests.faults.line import Crash
from tests.faults.model import CLOCKS, Report
from tests.faults.reading import table
from tests.introduced import open_for_introductions

FIRST = {"received", "needs_more", "accepted", "in_touch", "meeting", "proposal", "won"}
# What the program does not take is refused: a second one by the same partner, or more than they may have.
_REFUSED = {"already_introduced", "too_many_open", "too_many_today", "partner_not_enrolled", "introductions_closed"}


@dataclass
class Introduced:
    """An introduction as a touch of whoever was introduced, as it was before their report."""

    id: str
    partner: str
    customer: str
    at: datetime
    until: datetime | None = None
    is_open: bool = False
    # Whether the business accepted it; and whether it was only looked up by the customer's address.
    accepted: bool = False
    by_address: bool = False

    def eligible(self, occurred_at, at):
        in_time = self.until is None or occurred_at <= self.until
        return self.is_open and in_time and self.at <= occurred_at + CLOCKS

    def sent_at(self, occurred_at):
        return min(self.at, occurred_at)

    def terms(self, business):
        return business.in_force(self.at)

    def ordered_at(self, at):
        return self.at

    @property
    def fields(self):
        return {"touches": [{"introduction": self.id}]}


class Introductions:
    """The part of a business that takes introductions, and what must come of them."""

    def take_introductions(self):
        """Have the program take introductions, if it does not."""
        while not self.takes_introductions:
            with contextlib.suppress(Crash):
                open_for_introductions(self.program)
                self.takes_introductions = True

    def introduce(self, which, customer):
        """Have a partner introduce a customer, or somebody who may become one; refused, it is None."""
        self.take_introductions()
        body = {
            "program": self.program["id"],
            "partner": self.partners[which % len(self.partners)]["id"],
            "person": {"name": customer, "email": f"{customer}@mail.example"},
            "closeness": "friend",
        }
        answer = self.call("POST", "/v1/introductions", body)
        if answer.status != 201:
            assert answer.json["type"].rpartition("#")[2] in _REFUSED, answer.body
            return None
        partner = self.who_stays(body["partner"])
        assert answer.json["partner"] == partner, answer.body
        assert answer.json["state"] in ("received", "second_in_line", "declined"), answer.body
        introduced = Introduced(answer.json["id"], partner, customer, self.shop.at)
        self.introduced.append(introduced)
        return introduced

    def move(self, introduced, verb, **body):
        """Have the business do something with an introduction; what its state does not allow is refused."""
        answer = self.call("POST", f"/v1/introductions/{introduced.id}/{verb}", body)
        assert answer.status in (200, 409), answer.body
        return answer

    def win(self, introduced, amount):
        """Say that an introduction was won: its sale is reported, or refused and not there."""
        number = len(self.sales)
        body = {"external_id": f"sale-{number}", "amount": {"amount": amount, "currency": "USD"}}
        body["customer"] = {"external_id": introduced.customer, "email": f"{introduced.customer}@mail.example"}
        report = Report("sale", introduced.customer, amount, introduced)
        touches = self.touches_of(introduced.customer, introduced)
        answer = self.call("POST", f"/v1/introductions/{introduced.id}/won", body, once=False)
        if answer.status == 201:
            assert answer.json["introduction"] == introduced.id, answer.body
            return self._expect(report, answer.json, touches)
        assert answer.status in (409, 422), answer.body
        assert not [row for row in table(self.shop, "conversions") if row.get("external_id") == f"sale-{number}"]
        return None

    def now(self, introduced):
        """Return an introduction as it is by now: whether it is open, and until when it is protected."""
        rows = table(self.shop, "introductions")
        [row] = [one for one in rows if (one["pk"], one["sk"]) == (introduced.id, "introduction")]
        until = instants.parse(row["protected_until"]) if "protected_until" in row else None
        partner = self.who_stays(introduced.partner)
        is_open = row["state"] in FIRST
        steps = sorted((one for one in rows if one["pk"] == introduced.id and one["kind"] == "step"), key=_number)
        answers = [one["to_state"] for one in steps if one["to_state"] in ("received", "accepted")]
        accepted = answers[-1:] == ["accepted"]
        return Introduced(introduced.id, partner, introduced.customer, introduced.at, until, is_open, accepted)

    def touches_of(self, customer, touch):
        """Return by what a customer may be bound: the touch of their report, and who introduced them first."""
        names = {customer, self.account(customer)}
        introduced = [self.now(one) for one in self.introduced if one.customer in names]
        by_address = [
            replace(one, by_address=True) for one in introduced if one.is_open and one.id != getattr(touch, "id", None)
        ]
        touches = [touch] if touch is not None else []
        return [self.now(one) if isinstance(one, Introduced) else one for one in touches] + by_address

    def binds(self, touches, occurred_at):
        """Return the touch that binds, which is the last one, and the introduction that brought the customer."""
        at = self.shop.at
        eligible = [one for one in touches if one.eligible(occurred_at, at) and not self._came_too_late(one)]
        firm = {self.who_stays(one.partner) for one in eligible if not _yields(one)}
        eligible = [one for one in eligible if not _yields(one) or firm <= {one.partner}]
        introduced = sorted((one for one in eligible if isinstance(one, Introduced)), key=lambda one: one.at)
        eligible = [one for one in eligible if not isinstance(one, Introduced) or one is introduced[0]]
        if not eligible:
            return None, None
        winner = max(reversed(eligible), key=lambda one: one.ordered_at(at))
        by = introduced[0] if introduced and introduced[0].partner == self.who_stays(winner.partner) else None
        return winner, by and by.id

    def _came_too_late(self, touch):
        """Return whether a touch is an introduction of whoever was a customer: then it counts only if it is named."""
        if not (isinstance(touch, Introduced) and touch.by_address):
            return False
        customer = self.account(touch.customer)
        return any(sale.customer == customer and sale.received_at <= touch.at for sale in self.sales.values())

    def check_introductions(self):
        """An introduction is won as long as a sale that it brought counts, by what the website and admins reported."""
        rows = {one["pk"]: one for one in table(self.shop, "introductions") if one["sk"] == "introduction"}
        for introduced in self.introduced:
            sales = [sale for sale in self.sales.values() if sale.introduction == introduced.id and sale.counts]
            row = rows[introduced.id]
            assert (row["state"] == "won", row["sales"]) == (bool(sales), len(sales)), (row, sales)


def _yields(touch):
    """Return whether a touch counts only if no other partner's does: nobody named it or accepted it."""
    return isinstance(touch, Introduced) and touch.by_address and not touch.accepted


def _number(step):
    return step["number"]


def introduced_rows(shop):
    """
    Check what holds of introductions at any moment.

    Sales and introductions agree, whoever is first is so in each of their lines, and the history says each state.
    """
    rows, lines, steps = {}, {}, {}
    for row in table(shop, "introductions"):
        if row["kind"] == "introduction":
            rows[row["pk"]] = row
        elif row["kind"] == "first_in_line":
            lines.setdefault(row["introduction_id"], []).append(row["pk"])
        elif row["kind"] == "step":
            steps.setdefault(row["pk"], []).append(row)
    sales = [row for row in table(shop, "conversions") if row["kind"] == "conversion" and _left(row)] if rows else []
    for name, row in rows.items():
        own = [sale["pk"] for sale in sales if sale.get("sale_of") == name]
        assert (row["state"] == "won", row["sales"]) == (bool(own), len(own)), (row, own)
        if row["state"] in FIRST - {"won"}:
            assert len(lines.get(name, [])) == len(_keys(row)), (row, lines)
        history = sorted(steps[name], key=lambda one: one["number"])
        assert [one["number"] for one in history] == list(range(1, row["steps"] + 1)), row
        assert history[-1]["to_state"] == row["state"], row
    assert all(rows[name]["state"] in FIRST for name in lines), (rows, lines)


def _keys(row):
    """Return the keys of the introduced person, in each of which there is a line."""
    return json.loads(row["keys"])


def _left(row):
    """Return what is left of a conversion; nothing, if it was voided."""
    amended = json.loads(row.get("amended", "null"))
    return 0 if "voided_at" in row else (amended["amount"] if amended else row["amount"]) - row["refunded"]
