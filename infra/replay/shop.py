"""Plays a story over HTTP: the shop's server, its visitors, and the machines that come with them."""

import hashlib
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from infra.replay import books, facts, introduced
from infra.replay.asks import begin_asking
from infra.replay.client import Client
from infra.replay.story import WINDOW_DAYS, Customer, Refund, Story, Visit

_THREADS = 8
_ASK_EVERY, _ASK_AGAIN = 20, 0.025
_LONGEST_REWARD = 60.0
# So many of the busiest days are compared with their effects, and their promptness with the input.
_DAYS_COMPARED = 1
_COUNTED = ["conversions_to_rewards", "rewards_to_stats", "clicks_to_stats"]
# With what else a day is compared.
_EFFECTS = [
    *("conversions_to_events", "introductions_to_events", "ledger_to_events", "links_to_events", "partners_to_events"),
    *("events_to_messages", "events_to_moments", "messages_to_mailbox"),
]


class Shop:
    """A program with its partners, and all that happens to it."""

    def __init__(self, client: Client, story: Story) -> None:
        self.client = client
        self.story = story
        self.partners: dict[str, dict[str, Any]] = {}
        self.channels = facts.channels_of(story)
        self.codes: dict[str, str] = {}
        self.clicks: dict[str, str] = {}
        self.conversions: dict[int, str] = {}
        self.waits: list[float] = []
        # Of some days: how many conversions were decided, as promptness counts them.
        self.prompt: dict[date, int] = {}
        self._pool = ThreadPoolExecutor(_THREADS)

    def open(self) -> None:
        """Make the program, its terms of today and of next year, and its first partners with their links."""
        self.move_clock(min(self.story.days) - timedelta(days=1))
        money = {"amount": books.REFEREE_WELCOME, "currency": books.CURRENCY}
        welcome = {"on": "lead", "to": "referee", "flat": money}
        body = {
            "name": "CDNOW",
            "landing_url": "https://cdnow.example/welcome",
            "currency": books.CURRENCY,
            "window_days": WINDOW_DAYS,
            "rules": [welcome, {"on": "sale", "to": "referrer", "rate_bp": int(books.FIRST_RATE * 10_000)}],
            "introductions": "first_received",
        }
        self.program = self.client.api("POST", "/v1/programs", body)["id"]
        if min(self.story.days) < books.SECOND_TERMS:
            later = {
                "window_days": WINDOW_DAYS,
                "effective_from": f"{books.SECOND_TERMS.isoformat()}T00:00:00Z",
                "rules": [welcome, {"on": "sale", "to": "referrer", "rate_bp": int(books.SECOND_RATE * 10_000)}],
                "introductions": "first_received",
            }
            self.client.api("POST", f"/v1/programs/{self.program}/terms", later)
        begin_asking(self.client, self.program)
        introduced.open_for_introductions(self.client, self.program)
        first = [name for name in self.story.partners if self.story.customers[name].joins is None]
        self._all(self._join, first)

    def play(self, progress: Callable[[int], object]) -> None:
        """Live through every day. What a customer does in a day is in order; customers are in parallel."""
        visits: dict[date, list[Customer]] = defaultdict(list)
        buys: dict[date, list[Customer]] = defaultdict(list)
        for customer in self.story.customers.values():
            for day in dict.fromkeys(visit.day for visit in customer.visits):
                visits[day].append(customer)
            if customer.way == "introduced" and customer.touched is not None:
                visits[customer.touched].append(customer)
            for day in dict.fromkeys(purchase.day for purchase in customer.purchases):
                buys[day].append(customer)
        busy = sorted(self.story.days, key=lambda day: (-len(buys[day]), day))[:_DAYS_COMPARED]
        for day in self.story.days:
            self.move_clock(day)
            today = {customer.name: customer for customer in [*visits[day], *buys[day]]}
            self._all(lambda customer, day=day: self._live(customer, day), list(today.values()))  # type: ignore[misc]
            self._all(self._refund, self.story.refunds.get(day, []))
            if day in busy:
                self._compare(day)
            progress(sum(len([one for one in customer.purchases if one.day == day]) for customer in buys[day]))
        # Where clicks came from is counted once their day is over.
        self.move_clock(max(self.story.days) + timedelta(days=3), wait_for=[*_COUNTED, *_EFFECTS])
        self.client.api("POST", "/_local/settle")

    @property
    def partner_ids(self) -> dict[str, str]:
        """Return the service's ids of the partners."""
        return {name: partner["id"] for name, partner in self.partners.items()}

    def move_clock(self, day: date, *, hour: int = 12, wait_for: Sequence[str] = _COUNTED) -> None:
        """Set the clock to an hour of a day, once these reactions have happened; others may still be on their way."""
        self.client.api("POST", "/_local/clock", {"now": f"{day.isoformat()}T{hour:02}:00:00Z", "wait_for": wait_for})

    def _compare(self, day: date) -> None:
        """Have a day compared with its effects on the morning after, and note how many conversions were decided."""
        self.move_clock(day + timedelta(days=1), hour=6, wait_for=[*_COUNTED, *_EFFECTS])
        self.client.api("POST", "/_local/schedules", {"run": "reconcile"})
        path = f"/v1/programs/{self.program}/promptness?from={day}&to={day}&timezone=UTC"
        self.prompt[day] = self.client.api("GET", path)["totals"]["decided"]["count"]

    def numbers(self) -> Counter[str]:
        """Return the program's statistics over the whole time, added up from as many calls as it takes."""
        total: Counter[str] = Counter()
        begin, end = min(self.story.days), max(self.story.days) + timedelta(days=1)
        while begin <= end:
            last = min(end, begin + timedelta(days=91))
            path = f"/v1/programs/{self.program}/stats?from={begin.isoformat()}&to={last.isoformat()}"
            totals = self.client.api("GET", path)["totals"]
            for group in ("clicks", "referrer_rewards", "referee_rewards"):
                total.update({f"{group}.{name}": count for name, count in totals[group].items()})
            total.update({name: totals[name] for name in ("leads", "sales", "refunds", "customers")})
            total.update({name: totals[name]["amount"] for name in ("revenue", "refunded")})
            begin = last + timedelta(days=1)
        return total

    def balances(self) -> dict[str, int]:
        """Return what the service says it owes each partner."""

        def ask(name: str) -> int:
            accounts = self.client.api("GET", f"/v1/partners/{self.partners[name]['id']}/balances")["balances"]
            return int(accounts[0]["due"])

        return dict(zip(self.story.partners, self._pool.map(ask, self.story.partners), strict=True))

    def _join(self, name: str) -> None:
        body = {
            "name": f"Customer {name}",
            "email": f"{name}@customers.example",
            "external_id": name,
            "programs": [self.program],
        }
        self.partners[name] = self.client.api("POST", "/v1/partners", body)
        link = {"program": self.program, "partner": f"ext_{name}", "channel": self.channels[name]}
        link = self.client.api("POST", "/v1/links", {key: value for key, value in link.items() if value is not None})
        self.codes[name] = link["code"]

    def _live(self, customer: Customer, day: date) -> None:
        for visit in customer.visits:
            if visit.day == day:
                self._visit(customer, visit)
        if customer.way == "introduced" and customer.touched == day:
            introduced.introduce(self.client, self.program, customer)
        if customer.signs_up == day:
            self._report(customer, "lead", f"signup-{customer.name}", None)
        for purchase in customer.purchases:
            if purchase.day == day:
                answer = self._report(customer, "sale", str(purchase.line), purchase.cents)
                self.conversions[purchase.line] = answer["id"]
                if purchase.line % _ASK_EVERY == 0:
                    self._wait_for_reward(answer["id"])
        if customer.joins == day:
            self._join(customer.name)

    def _visit(self, customer: Customer, visit: Visit) -> None:
        path = f"/{self.codes[visit.partner]}"
        address = ".".join(str(number) for number in hashlib.sha256(customer.name.encode()).digest()[:4])
        for number, machine in enumerate(visit.machines):
            self.client.follow(path, {"User-Agent": machine, "X-Forwarded-For": f"192.0.2.{number}"})
        referrer = f"https://{facts.REFERRER_HOST}/post"
        person = {"User-Agent": visit.agent, "X-Forwarded-For": address, "Referer": referrer}
        target = self.client.follow(path, person)
        match = re.search(r"gw_click=([^&]+)", target)
        assert match is not None, target
        self.clicks[customer.name] = match[1]

    def _report(self, customer: Customer, type_: str, key: str, cents: int | None) -> dict[str, Any]:
        body: dict[str, Any] = {
            "program": self.program,
            "type": type_,
            "external_id": key,
            "customer": {"external_id": customer.name, "email": f"{customer.name}@customers.example"},
        }
        if cents is not None:
            body["amount"] = {"amount": cents, "currency": books.CURRENCY}
        if type_ == "lead" and customer.name in self.clicks:
            body["click_id"] = self.clicks[customer.name]
        elif type_ == "lead" and customer.way == "code" and customer.partner is not None:
            body["code"] = self.codes[customer.partner].lower()
        return self.client.api("POST", "/v1/conversions", body)

    def _refund(self, refund: Refund) -> None:
        body = {"refund_id": refund.key, "amount": {"amount": refund.cents, "currency": books.CURRENCY}}
        self.client.api("POST", f"/v1/conversions/{self.conversions[refund.line]}/refunds", body)

    def _wait_for_reward(self, conversion: str) -> None:
        """Ask until the sale is decided, and note how long that took since it was answered."""
        answered = time.monotonic()
        while time.monotonic() - answered < _LONGEST_REWARD:
            if self.client.api("GET", f"/v1/conversions/{conversion}/explanation")["decided_at"] is not None:
                self.waits.append(time.monotonic() - answered)
                return
            time.sleep(_ASK_AGAIN)
        raise SystemExit(f"{conversion} was not decided within {_LONGEST_REWARD:.0f} seconds")

    def _all(self, act: Callable[[Any], object], subjects: list[Any]) -> None:
        for _ in self._pool.map(act, subjects):
            pass
