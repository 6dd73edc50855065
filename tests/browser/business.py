"""A business of three weeks, told day by day to the running service, with the people around it."""

import random
import re
from datetime import UTC, datetime, timedelta

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"  # noqa: E501
DAYS = 21
HOSTILE = "<script>alert(1)</script>\u202egpj.exe"


class Business:
    """What was set up: a program, two partners with links on three channels, and what came of them."""

    def __init__(self, running, *, days=DAYS):
        self.running = running
        self.chance = random.Random(7)
        self.at = datetime.now(UTC) - timedelta(days=days)
        self._tick()
        self.program = self.post(
            "/v1/programs",
            name="Tea & Cake",
            currency="EUR",
            landing_url="https://tea.example/welcome",
            rules=[
                {"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "EUR"}},
                {"on": "sale", "to": "referrer", "rate_bp": 1500},
            ],
        )
        self.ada = self._partner("Ada Lindqvist", "ada@tea.example")
        self.bob = self._partner("Bob", "bob@tea.example")
        self.links = [
            self._link(self.ada, "ada-email", "Newsletter"),
            self._link(self.ada, "ada-insta", "Instagram"),
            self._link(self.bob, "tea-bob", "Podcast"),
        ]
        for day in range(days):
            self._live_through(day)
        self.settle()
        self._action = None

    def post(self, path, **body):
        return self._send("POST", path, body)

    def patch(self, path, **body):
        return self._send("PATCH", path, body)

    def _send(self, method, path, body):
        answer = self.running.json(method, path, body)
        assert "code" not in answer or answer.get("object"), answer
        return answer

    def an_hour_later(self):
        """Let an hour pass: nobody gets more than a few links an hour."""
        self.at += timedelta(hours=1)
        self._tick()

    def settle(self):
        self.running.call("POST", "/_local/settle")

    def check_partners(self):
        """Have a day pass, and every partner and target be checked."""
        self.at += timedelta(days=1)
        self._tick()
        self.settle()
        self.running.call("POST", "/_local/schedules", {"run": "check_partners"})

    def action(self):
        """Return an open action item, about a partner whose target is far away; there is one of the program, too."""
        if self._action is None:
            path = f"/v1/programs/{self.program['id']}/targets"
            for subject, metric, value in (
                ("program", "net_revenue", 300_000),
                (f"partner:{self.bob['id']}", "leads", 90),
            ):
                self.post(path, **{"for": subject}, metric=metric, period="year", value=value)
            self.post(path, **{"for": "category:client"}, metric="human_clicks", period="month", value=60)
            self.check_partners()
            items = self.running.json("GET", f"/v1/action-items?partner={self.bob['id']}")["data"]
            self._action = next(one["id"] for one in items if one["rule"] == "target_behind")
        return self._action

    def email_to(self, address):
        """Return the text of the last email to an address."""
        self.settle()
        emails = self.running.json("GET", "/_local/mailbox.json")["emails"]
        return next(one["text"] for one in reversed(emails) if any(address in to for to in one["to"]))

    def sign_in_link(self, address):
        return re.search(r"http://\S+/portal/sign-in/\S+", self.email_to(address))[0]

    def hostile_partner(self):
        """Return a partner with names nobody should have, in a program that has one too."""
        program = self.post(
            "/v1/programs",
            name=HOSTILE,
            currency="EUR",
            landing_url="https://tea.example/x",
            rules=[{"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "EUR"}}],
        )
        address = f"eve{self.chance.randrange(10**9)}@tea.example"
        partner = self.post("/v1/partners", name=HOSTILE * 2, email=address, programs=[program["id"]])
        self.post("/v1/links", program=program["id"], partner=partner["id"], channel=HOSTILE)
        return program, partner, address

    def _partner(self, name, email):
        return self.post("/v1/partners", name=name, email=email, programs=[self.program["id"]])

    def _link(self, partner, code, channel):
        return self.post("/v1/links", program=self.program["id"], partner=partner["id"], code=code, channel=channel)

    def _live_through(self, day):
        for link in self.links:
            for _visitor in range(self.chance.randrange(1, 7)):
                _, headers, _ = self.running.call("GET", f"/{link['code']}", **{"User-Agent": BROWSER})
            if self.chance.random() < 0.45:
                click = re.search(r"gw_click=([^&]+)", headers["Location"])[1]
                customer = {"external_id": f"{link['code']}-{day}"}
                shared = {"program": self.program["id"], "customer": customer}
                self.post(
                    "/v1/conversions", type="lead", external_id=f"s-{link['code']}-{day}", click_id=click, **shared
                )
                if self.chance.random() < 0.6:
                    amount = {"amount": self.chance.randrange(900, 9000), "currency": "EUR"}
                    sale = {"type": "sale", "external_id": f"o-{link['code']}-{day}", "amount": amount}
                    self.post("/v1/conversions", **sale, **shared)
        self.at += timedelta(days=1)
        self._tick()

    def _tick(self):
        self.running.json("POST", "/_local/clock", {"now": self.at.strftime("%Y-%m-%dT%H:%M:%SZ")})
